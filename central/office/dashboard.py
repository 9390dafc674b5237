"""The first page: what a head office wants to know at a glance."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from msgspec import Struct

from tillgate.central.customers.models import Customer
from tillgate.central.fleet.models import ONLINE_WITHIN, Gateway
from tillgate.central.ledger.models import AccountKind, Entry
from tillgate.central.programmes.publishing import current_revision, published_document
from tillgate.central.purchases.models import Quarantine, Receipt
from tillgate.central.stores.models import Organisation, Store
from tillgate.core.numbers import currency_digits, parse_decimal

from .charts import Chart, draw_bars
from .words import money, points

__all__ = ["dashboard"]

CHART_DAYS = 14
RECENT_RECEIPTS = 8


class Figure(Struct, frozen=True):
    """A number with its name and the page behind it."""

    name: str
    value: str
    note: str = ""
    url: str = ""
    #: good, bad or nothing.
    mood: str = ""


class Step(Struct, frozen=True):
    """What to do next while something is still empty."""

    text: str
    url: str
    done: bool


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the figures that the reader may see to the index page's values."""
    organisation = Organisation.objects.order_by("pk").first()
    if organisation is None:
        return {**context, "figures": [], "steps": _steps(None)}
    may = request.user.has_perm
    now = timezone.now()
    figures: list[Figure] = []
    if may("fleet.view_gateway"):
        figures += _fleet(now)
    if may("purchases.view_receipt"):
        figures += _sales(organisation, now)
    if may("ledger.view_entry"):
        figures += _points(organisation, now)
    steps = _steps(organisation)
    return {
        **context,
        "figures": figures,
        "chart": _chart(organisation, now) if may("purchases.view_receipt") else None,
        "receipts": _receipts() if may("purchases.view_receipt") else None,
        "gateways": _gateways(now) if may("fleet.view_gateway") else None,
        "steps": steps if may("stores.add_store") and not all(step.done for step in steps) else [],
    }


def _midnight(now: datetime) -> datetime:
    today = timezone.localtime(now)
    return timezone.make_aware(datetime.combine(today.date(), time.min))


def _fleet(now: datetime) -> list[Figure]:
    known = Gateway.objects.filter(revoked=False)
    online = known.filter(last_seen_at__gte=now - ONLINE_WITHIN).count()
    total = known.count()
    open_events = Quarantine.objects.filter(resolved_at__isnull=True).count()
    figures = [
        Figure(_("Stores"), str(Store.objects.count()), url=reverse("admin:stores_store_changelist")),
        Figure(
            _("Gateways online"),
            _("%(online)d of %(total)d") % {"online": online, "total": total},
            url=reverse("admin:fleet_gateway_changelist"),
            mood="bad" if online < total else "good" if total else "",
        ),
    ]
    if open_events:
        url = f"{reverse('admin:purchases_quarantine_changelist')}?resolved_at__isempty=1"
        figures.append(Figure(_("Events in quarantine"), str(open_events), url=url, mood="bad"))
    return figures


def _sales(organisation: Organisation, now: datetime) -> list[Figure]:
    today = Receipt.objects.filter(committed_at__gte=_midnight(now), cancelled_at__isnull=True)
    sums = today.aggregate(count=Count("pk"), total=Sum("total_minor"), known=Count("customer"))
    share = f"{100 * sums['known'] // sums['count']} %" if sums["count"] else "—"
    url = reverse("admin:purchases_receipt_changelist")
    return [
        Figure(
            _("Receipts today"),
            str(sums["count"]),
            note=_("%(share)s with a customer") % {"share": share} if sums["count"] else "",
            url=url,
        ),
        Figure(_("Sold today"), money(sums["total"] or 0, organisation.currency), url=url),
        Figure(_("Customers"), str(Customer.objects.count()), url=reverse("admin:customers_customer_changelist")),
    ]


def _points(organisation: Organisation, now: datetime) -> list[Figure]:
    digits = organisation.points_digits
    since = now - timedelta(days=30)
    recent = Q(transaction__recorded_at__gte=since)
    kinds = {
        row["account__kind"]: row
        for row in Entry.objects.filter(account__customer__isnull=True)
        .values("account__kind")
        .annotate(all=Sum("points"), month=Sum("points", filter=recent))
    }

    def month(kind: AccountKind) -> int:
        return int(kinds.get(kind, {}).get("month") or 0)

    # What customers have is what programmes gave: the other side of every entry.
    owed = -sum(int(row["all"]) for row in kinds.values())
    url = reverse("admin:ledger_transaction_changelist")
    return [
        Figure(_("Points issued"), points(-month(AccountKind.ISSUED), digits), note=_("in 30 days"), url=url),
        Figure(_("Points redeemed"), points(month(AccountKind.REDEEMED), digits), note=_("in 30 days"), url=url),
        Figure(_("Points owed to customers"), points(owed, digits), note=_worth(organisation, owed), url=url),
    ]


def _worth(organisation: Organisation, owed: int) -> str:
    settings = published_document(organisation.pk).get("points", {})
    worth = parse_decimal(str(settings.get("worth", "1.00")), currency_digits(organisation.currency))
    return _("worth %(money)s") % {
        "money": money(owed * worth // 10**organisation.points_digits, organisation.currency)
    }


def _chart(organisation: Organisation, now: datetime) -> Chart:
    first = _midnight(now) - timedelta(days=CHART_DAYS - 1)
    receipts = Receipt.objects.filter(committed_at__gte=first, cancelled_at__isnull=True)
    days = (
        receipts.annotate(day=TruncDate("committed_at")).values("day").annotate(sold=Sum("total_minor"), n=Count("pk"))
    )
    by_day = {row["day"]: (int(row["sold"]), int(row["n"])) for row in days}
    values = []
    for offset in range(CHART_DAYS):
        day = timezone.localtime(first).date() + timedelta(days=offset)
        sold, count = by_day.get(day, (0, 0))
        receipts_text = ngettext("%(count)d receipt", "%(count)d receipts", count) % {"count": count}
        title = f"{date_format(day, 'j E')}: {money(sold, organisation.currency)}, {receipts_text}"
        values.append((date_format(day, "d.m"), sold, title))
    return draw_bars(values, money(max(value for _, value, _ in values), organisation.currency))


def _receipts() -> list[dict[str, Any]]:
    newest = Receipt.objects.select_related("store", "customer").order_by("-committed_at")[:RECENT_RECEIPTS]
    return [
        {
            "url": reverse("admin:purchases_receipt_change", args=(row.pk,)),
            "time": row.committed_at,
            "store": row.store,
            "customer": row.customer,
            "total": money(row.total_minor, row.currency),
        }
        for row in newest
    ]


def _gateways(now: datetime) -> Iterable[dict[str, Any]]:
    for row in Gateway.objects.filter(revoked=False).select_related("store"):
        yield {
            "url": reverse("admin:fleet_gateway_change", args=(row.pk,)),
            "name": row.gateway_id,
            "store": row.store,
            "online": row.is_online(now),
            "seen": row.last_seen_at,
            "queue": row.queue_rows,
        }


def _steps(organisation: Organisation | None) -> list[Step]:
    in_force = organisation is not None and current_revision(organisation.pk, timezone.now()) is not None
    return [
        Step(_("Name the organisation"), reverse("admin:stores_organisation_add"), organisation is not None),
        Step(_("Add a store"), reverse("admin:stores_store_add"), Store.objects.exists()),
        Step(_("Add a gateway and copy its token"), reverse("admin:fleet_gateway_add"), Gateway.objects.exists()),
        Step(_("Write and publish a programme"), reverse("admin:programmes_programme_changelist"), in_force),
        Step(_("Register a customer"), reverse("admin:customers_customer_add"), Customer.objects.exists()),
    ]
