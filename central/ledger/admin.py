"""Pages of the ledger, for reading: why a balance is what it is."""

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from tillgate.central.office.pages import ReadOnlyAdmin, ReadOnlyInline
from tillgate.central.office.words import points

from .models import Entry, Hold, Lot, LotUse, Transaction


def _digits(row: Any) -> int:
    digits: int = row.customer.organisation.points_digits if row.customer else 0
    return digits


class EntryInline(ReadOnlyInline):
    """Both sides of a movement."""

    model = Entry
    fields = ("account_name", "amount")

    @display(description=_("account"))
    def account_name(self, row: Entry) -> str:
        """Whose, and of which kind."""
        owner = str(row.account.customer) if row.account.customer else row.account.programme
        return f"{owner} · {row.account.get_kind_display()}"

    @display(description=_("points"))
    def amount(self, row: Entry) -> str:
        """With its sign."""
        return points(row.points, row.account.organisation.points_digits, signed=True)


class LotUseInline(ReadOnlyInline):
    """Which lots the points were taken from or returned to."""

    model = LotUse
    fields = ("lot", "points")


@admin.register(Transaction)
class TransactionAdmin(ReadOnlyAdmin):
    """Movements of points, newest first."""

    list_display = ("happened_at", "customer", "movement", "amount", "key", "note")
    list_filter = ("movement", "happened_at")
    list_select_related = ("customer__organisation",)
    search_fields = ("key", "customer__phone", "customer__last_name")
    search_help_text = _("Key, phone or last name")
    ordering = ("-id",)
    show_full_result_count = False
    inlines = (EntryInline, LotUseInline)
    fields = ("key", "movement", "customer", "happened_at", "recorded_at", "note")

    def get_queryset(self, request: Any) -> Any:
        """With the entries: their sum stands in the list."""
        return super().get_queryset(request).prefetch_related("entries__account")

    @display(description=_("points"))
    def amount(self, row: Transaction) -> str:
        """What the customer got or gave."""
        own = sum(entry.points for entry in row.entries.all() if entry.account.customer_id == row.customer_id)
        return points(own, _digits(row), signed=True)


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    """Every side of every movement."""

    list_display = ("transaction", "movement", "customer", "account_kind", "amount")
    list_filter = ("transaction__movement", "account__kind")
    list_select_related = ("transaction__customer", "account__organisation")
    search_fields = ("transaction__key", "transaction__customer__phone", "transaction__customer__last_name")
    ordering = ("-id",)
    show_full_result_count = False
    fields = ("transaction", "customer", "account_kind", "amount")
    readonly_fields = ("customer", "account_kind", "amount")

    @display(description=_("movement"))
    def movement(self, row: Entry) -> str:
        """Its template."""
        return row.transaction.get_movement_display()

    @display(description=_("customer"))
    def customer(self, row: Entry) -> str:
        """Whose movement it is."""
        return str(row.transaction.customer)

    @display(description=_("account"))
    def account_kind(self, row: Entry) -> str:
        """Which account this side stands on."""
        return row.account.get_kind_display()

    @display(description=_("points"), ordering="points")
    def amount(self, row: Entry) -> str:
        """With its sign."""
        return points(row.points, row.account.organisation.points_digits, signed=True)


@admin.register(Lot)
class LotAdmin(ReadOnlyAdmin):
    """Points by the purchase they came from, with what is left of them."""

    list_display = ("transaction", "customer", "given", "left", "activates_at", "expires_at")
    list_filter = (("expires_at", admin.EmptyFieldListFilter), "expires_at")
    list_select_related = ("transaction", "customer__organisation")
    search_fields = ("customer__phone", "customer__last_name", "transaction__key")
    ordering = ("-id",)
    fields = ("transaction", "customer", "given", "left", "activates_at", "expires_at")
    readonly_fields = ("given", "left")

    @display(description=_("points"), ordering="points")
    def given(self, row: Lot) -> str:
        """At first."""
        return points(row.points, _digits(row))

    @display(description=_("remaining"), ordering="remaining")
    def left(self, row: Lot) -> str:
        """Now."""
        return points(row.remaining, _digits(row))


@admin.register(Hold)
class HoldAdmin(ReadOnlyAdmin):
    """Points set aside for purchases under way."""

    list_display = ("hold_id", "gateway", "customer", "amount", "state", "created_at", "closed_at")
    list_filter = ("state", "gateway")
    list_select_related = ("gateway", "customer__organisation")
    search_fields = ("hold_id", "customer__phone", "customer__last_name")
    ordering = ("-created_at",)
    fields = ("hold_id", "gateway", "customer", "amount", "state", "created_at", "closed_at")
    readonly_fields = ("amount",)

    @display(description=_("points"), ordering="points")
    def amount(self, row: Hold) -> str:
        """Set aside."""
        return points(row.points, _digits(row))
