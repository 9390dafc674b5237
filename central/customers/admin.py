"""Pages of customers and card kinds."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from simple_history.admin import SimpleHistoryAdmin
from unfold.admin import TabularInline
from unfold.decorators import display

from tillgate.central.ledger.models import Transaction
from tillgate.central.office.pages import OfficeAdmin
from tillgate.central.office.words import money, points
from tillgate.central.purchases.models import Receipt

from .changes import note_removed, touch
from .forms import CardForm, CardKindForm, CustomerForm
from .identity import keep_phone
from .models import CardKind, Customer, Identifier, IdentifierKind

#: How much of a customer's history stands on their own page.
RECENT_ROWS = 10


@admin.register(CardKind)
class CardKindAdmin(SimpleHistoryAdmin, OfficeAdmin):
    """Kinds of cards. Gateways hear of a change when they connect next."""

    form = CardKindForm
    list_display = ("kind", "name_ru", "name_en", "pattern")
    search_fields = ("kind", "name_ru", "name_en")


class CardInline(TabularInline):
    """The customer's cards."""

    model = Identifier
    form = CardForm
    verbose_name = _("card")
    verbose_name_plural = _("cards")
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[Identifier]:
        """Not the phone: it is a field of the customer."""
        rows: QuerySet[Identifier] = super().get_queryset(request)
        return rows.filter(kind=IdentifierKind.CARD)


@admin.register(Customer)
class CustomerAdmin(SimpleHistoryAdmin, OfficeAdmin):
    """Customers. What is changed here reaches the tills within seconds."""

    form = CustomerForm
    inlines = (CardInline,)
    list_display = ("person", "phone", "tier", "balance", "purchases", "turnover", "last_visit", "state")
    list_filter = ("tier", "card_kind", "blocked", "registered_at")
    list_filter_submit = True
    search_fields = ("first_name", "last_name", "phone", "identifiers__value")
    search_help_text = _("Name, phone or card number")
    list_select_related = ("organisation",)
    show_full_result_count = False
    change_form_outer_after_template = "office/customer_history.html"
    FIGURES = ("balance", "purchases", "turnover", "first_purchase_at", "last_purchase_at")
    readonly_fields = FIGURES
    fieldsets = (
        (None, {"fields": (("first_name", "last_name"), ("phone", "birthday"), ("tier", "card_kind"), "blocked")}),
        (_("Points and purchases"), {"fields": FIGURES}),
        (_("More"), {"fields": ("segments", "attributes", "organisation", "registered_at"), "classes": ["collapse"]}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Customer | None = None) -> Any:
        """A customer who is just being written has no figures."""
        return self.fieldsets if obj else (self.fieldsets[0], self.fieldsets[2])

    def get_readonly_fields(self, request: HttpRequest, obj: Customer | None = None) -> Any:
        """Points and cards belong to an organisation: it stays."""
        return (*self.FIGURES, "organisation") if obj else self.FIGURES

    @display(description=_("customer"), ordering="last_name")
    def person(self, row: Customer) -> str:
        """Name, or what else there is."""
        return str(row)

    @display(description=_("points"), ordering="points_available")
    def balance(self, row: Customer) -> str:
        """Points available."""
        return points(row.points_available, row.organisation.points_digits)

    @display(description=_("turnover"), ordering="turnover_minor")
    def turnover(self, row: Customer) -> str:
        """All purchases together."""
        return money(row.turnover_minor, row.organisation.currency)

    @display(description=_("last purchase"), ordering="last_purchase_at", empty_value="—")
    def last_visit(self, row: Customer) -> str | None:
        """The day."""
        when = row.last_purchase_at
        return date_format(timezone.localtime(when), "SHORT_DATE_FORMAT") if when else None

    @display(description=_("state"), ordering="blocked", label={"blocked": "danger"}, empty_value="")
    def state(self, row: Customer) -> tuple[str, str] | None:
        """Only what is out of the ordinary."""
        return ("blocked", gettext("blocked")) if row.blocked else None

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """When the cards are saved too, tell the gateways: once, in the same transaction."""
        super().save_related(request, form, formsets, change)
        keep_phone(form.instance)
        touch(form.instance)

    def delete_model(self, request: HttpRequest, obj: Customer) -> None:
        """Tell the gateways to forget."""
        key = obj.pk
        super().delete_model(request, obj)
        note_removed(key)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> None:
        """One by one, so that each is written to the history."""
        for customer in queryset:
            self.delete_model(request, customer)

    def page_values(self, row: Customer) -> dict[str, Any]:
        """What happened lately."""
        return _history(row)


def _history(customer: Customer) -> dict[str, Any]:
    digits = customer.organisation.points_digits
    receipts = Receipt.objects.filter(customer=customer).select_related("store").order_by("-committed_at")
    movements = Transaction.objects.filter(customer=customer).order_by("-id")
    shown = movements.prefetch_related("entries__account")[:RECENT_ROWS]
    return {
        "receipts": [
            {
                "url": reverse("admin:purchases_receipt_change", args=(row.pk,)),
                "time": row.committed_at,
                "store": row.store,
                "total": money(row.total_minor, row.currency),
                "earned": points(row.earned_points, row.points_digits, signed=True),
                "redeemed": points(-row.redeemed_points, row.points_digits),
                "cancelled": row.cancelled_at is not None,
            }
            for row in receipts[:RECENT_ROWS]
        ],
        "movements": [
            {
                "url": reverse("admin:ledger_transaction_change", args=(row.pk,)),
                "time": row.happened_at,
                "movement": row.get_movement_display(),
                "points": points(_own_points(row, customer), digits, signed=True),
                "note": row.note,
            }
            for row in shown
        ],
        "receipts_url": f"{reverse('admin:purchases_receipt_changelist')}?customer__id__exact={customer.pk}",
        "movements_url": f"{reverse('admin:ledger_transaction_changelist')}?customer__id__exact={customer.pk}",
    }


def _own_points(movement: Transaction, customer: Customer) -> int:
    """What it changed for the customer: a hold changes nothing, it only sets aside."""
    return sum(entry.points for entry in movement.entries.all() if entry.account.customer_id == customer.pk)
