"""Pages of receipts and of the quarantine. Receipts come from the stores; nobody edits them."""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from google.protobuf.message import DecodeError
from unfold.decorators import action, display

from tillgate.central.office.pages import OfficeAdmin, ReadOnlyAdmin
from tillgate.central.office.words import money, points, quantity
from tillgate.central.programmes.models import Revision
from tillgate.central.programmes.names import rule_names
from tillgate.core.errors import TillgateError
from tillgate.type.v1.purchase_pb2 import Purchase

from ._again import apply_again, give_up
from .models import Quarantine, Receipt, ReceiptLine

RECEIPT_LABELS = {"online": "success", "offline": "warning", "cancelled": "danger"}


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    """Receipts with their lines and discounts."""

    list_display = ("committed_at", "store", "guest", "total", "discount", "earned", "redeemed", "how")
    list_filter = ("store", "committed_at", "offline")
    list_select_related = ("store", "customer", "gateway")
    search_fields = (
        "=purchase_id", "customer__phone", "customer__last_name", "customer__identifiers__value", "fiscal_document",
    )  # fmt: skip
    search_help_text = _("Purchase number, phone, card, last name or fiscal document")
    date_hierarchy = "committed_at"
    ordering = ("-committed_at",)
    show_full_result_count = False
    change_form_before_template = "office/receipt_lines.html"
    fieldsets = (
        (
            _("Sale"),
            {
                "fields": (
                    ("committed_at", "received_at"),
                    ("store", "lane_id"),
                    ("customer", "how_text"),
                    "purchase_id",
                )
            },
        ),
        (
            _("Money"),
            {"fields": (("list_price", "discount"), ("paid_by_points", "certificates"), ("total", "paid_with"))},
        ),
        (_("Points"), {"fields": (("earned", "redeemed"), ("programme", "programme_revision"), "hold_id")}),
        (_("Fiscal document"), {"fields": (("fiscal_drive", "fiscal_document", "fiscal_sign"),)}),
        (
            _("From the gateway"),
            {"fields": (("gateway", "epoch", "seq"), "utc_offset_minutes"), "classes": ["collapse"]},
        ),
    )

    @display(description=_("customer"), ordering="customer__last_name", empty_value="—")
    def guest(self, row: Receipt) -> str | None:
        """Who bought, if known."""
        return str(row.customer) if row.customer else None

    @display(description=_("total"), ordering="total_minor")
    def total(self, row: Receipt) -> str:
        """What was to pay."""
        return money(row.total_minor, row.currency)

    @display(description=_("list price"), ordering="list_minor")
    def list_price(self, row: Receipt) -> str:
        """Before discounts."""
        return money(row.list_minor, row.currency)

    @display(description=_("discount"), ordering="discount_minor")
    def discount(self, row: Receipt) -> str:
        """What the rules took off."""
        return money(row.discount_minor, row.currency)

    @display(description=_("paid by points"))
    def paid_by_points(self, row: Receipt) -> str:
        """Money that points stood for."""
        return money(row.redeemed_minor, row.currency)

    @display(description=_("paid by certificates"))
    def certificates(self, row: Receipt) -> str:
        """Money that gift certificates stood for."""
        return money(row.tender_minor, row.currency)

    @display(description=_("paid with"), empty_value="—")
    def paid_with(self, row: Receipt) -> str:
        """What was taken for it, as the till told."""
        words = {"cash": gettext("cash"), "card": gettext("bank card"), "sbp": gettext("fast payment")}
        tenders = _document(row).tenders
        return ", ".join(f"{words.get(one.type, one.type)} {money(one.amount_minor, row.currency)}" for one in tenders)

    @display(description=_("points earned"), ordering="earned_points")
    def earned(self, row: Receipt) -> str:
        """With a plus."""
        return points(row.earned_points, row.points_digits, signed=True)

    @display(description=_("points redeemed"), ordering="redeemed_points")
    def redeemed(self, row: Receipt) -> str:
        """With a minus."""
        return points(-row.redeemed_points, row.points_digits)

    @display(description=_("state"), label=RECEIPT_LABELS)
    def how(self, row: Receipt) -> tuple[str, str]:
        """Sold with or without the central; cancelled."""
        if row.cancelled_at is not None:
            when = date_format(timezone.localtime(row.cancelled_at), "SHORT_DATETIME_FORMAT")
            return "cancelled", gettext("cancelled %(when)s") % {"when": when}
        return ("offline", gettext("sold offline")) if row.offline else ("online", gettext("sold"))

    @display(description=_("state"))
    def how_text(self, row: Receipt) -> str:
        """The same without its colour."""
        return str(self.how(row)[1])

    def get_readonly_fields(self, request: HttpRequest, obj: Receipt | None = None) -> Any:
        """Computed ones."""
        return (
            "how_text", "total", "list_price", "discount", "paid_by_points", "certificates", "earned", "redeemed",
            "paid_with",
        )  # fmt: skip

    def page_values(self, row: Receipt) -> dict[str, Any]:
        """The lines as a receipt shows them."""
        return {"receipt": row, "lines": _lines(row)}


def _lines(receipt: Receipt) -> list[dict[str, Any]]:
    names = _rule_names(receipt)
    discounts: dict[int, list[tuple[str, str]]] = {}
    for row in receipt.discounts.all():
        given = (names.get(row.rule_id, row.rule_id), money(-row.amount_minor, receipt.currency))
        discounts.setdefault(row.position, []).append(given)
    called = {position: line.name for position, line in enumerate(_document(receipt).basket.lines, 1)}
    return [
        {**_line(line, receipt, discounts.get(line.position, [])), "name": called.get(line.position, "")}
        for line in receipt.lines.all()
    ]


def _document(receipt: Receipt) -> Purchase:
    """The purchase as the gateway sent it: names of goods and tenders are read by people only."""
    try:
        return Purchase.FromString(bytes(receipt.document))
    except DecodeError:
        return Purchase()


def _rule_names(receipt: Receipt) -> dict[str, str]:
    priced_by = Revision.objects.filter(
        programme__organisation=receipt.organisation_id,
        programme__code=receipt.programme,
        revision=receipt.programme_revision,
    ).first()
    return rule_names(json.loads(priced_by.document), get_language() or "ru") if priced_by else {}


def _line(line: ReceiptLine, receipt: Receipt, discounts: list[tuple[str, str]]) -> dict[str, Any]:
    return {
        "position": line.position,
        "sku": line.sku,
        "categories": ", ".join(line.categories),
        "quantity": quantity(line.quantity_milli),
        "unit_price": money(line.unit_price_minor, receipt.currency),
        "list": money(line.list_minor, receipt.currency),
        "discounts": discounts,
        "redeemed": money(-line.redeemed_minor, receipt.currency) if line.redeemed_minor else "",
        "net": money(line.net_minor, receipt.currency),
        "points": points(line.points_earned, receipt.points_digits, signed=True),
    }


@admin.register(Quarantine)
class QuarantineAdmin(OfficeAdmin):
    """Events that could not be applied. Somebody looks, mends what is wrong, and has them applied, or never."""

    list_display = ("received_at", "gateway", "reason", "purchase_id", "state")
    list_filter = ("reason", "gateway", ("resolved_at", admin.EmptyFieldListFilter))
    search_fields = ("purchase_id", "reason", "detail")
    ordering = ("-received_at",)
    list_select_related = ("gateway",)
    actions = None
    actions_detail = ("apply_again", "give_up")
    FACTS = ("gateway", "epoch", "seq", "reason", "detail", "purchase_id", "customer_id", "received_at")
    readonly_fields = FACTS
    fieldsets = ((None, {"fields": FACTS}), (_("What was done"), {"fields": ("resolved_at", "note")}))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Gateways fill it."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Quarantine | None = None) -> bool:
        """Nothing is thrown away."""
        return False

    @action(description=_("Apply again"), icon="replay", permissions=["change"])
    def apply_again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then apply the event."""
        text = _("The event is applied as if it came now. If what was wrong with it is still wrong, it stays here.")
        return self._decide(request, object_id, apply_again, _("Apply again"), text)

    @action(description=_("Never apply"), icon="block", permissions=["change"])
    def give_up(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask, then close the event and return what it held."""
        text = _("The event is closed without effect. Points that were held for it go back to the customer.")
        return self._decide(request, object_id, give_up, _("Never apply"), text)

    def _decide(
        self,
        request: HttpRequest,
        object_id: str,
        deed: Callable[[BaseDatabaseWrapper, int, datetime], bool],
        title: Any,
        text: Any,
    ) -> HttpResponse:
        row = Quarantine.objects.get(pk=object_id)
        if request.method != "POST":
            return self.ask(request, row, title, text, title)
        try:
            done = deed(connection, row.pk, timezone.now())
        except TillgateError as error:
            messages.error(request, gettext("Nothing has changed: %(detail)s") % {"detail": f"{error.reason}: {error}"})
            return self.back_to(row)
        if done:
            self.log_change(request, row, deed.__name__)
            messages.success(request, gettext("Done."))
        else:
            messages.info(request, gettext("The event was closed before."))
        return self.back_to(row)

    @display(description=_("state"), label={"open": "danger", "resolved": "success"})
    def state(self, row: Quarantine) -> tuple[str, str]:
        """Whether somebody looked."""
        return ("open", gettext("open")) if row.resolved_at is None else ("resolved", gettext("resolved"))
