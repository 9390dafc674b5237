"""The figures of a report that fit on the admin's page; the rest is in the report itself."""

from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.formats import number_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from tillgate.accel.backtest import Words
from tillgate.central.office.words import money
from tillgate.core.numbers import currency_digits

from .models import Backtest

__all__ = ["Figure", "Heads", "RuleFigures", "Totals", "heads_of", "rules_of", "totals_of"]

RULES_SHOWN = 12
#: Key of the report, words, whether it is money.
LABELS = (
    ("discount", _("Discounts"), True),
    ("redeemed", _("Paid by points"), True),
    ("net", _("Guests pay"), True),
    ("earned", _("Points earned"), False),
    ("spent", _("Points spent"), False),
    ("liability", _("Liability for points"), True),
)


class Heads(NamedTuple):
    """What the columns of the two revisions are called."""

    old: str
    new: str


class Figure(NamedTuple):
    """One row of the table."""

    label: Any
    old: str
    new: str
    change: str


class Totals(NamedTuple):
    """The whole period."""

    receipts: str
    touched: str
    touched_share: str
    cheaper: str
    cheaper_amount: str
    dearer: str
    dearer_amount: str
    errors: str
    figures: list[Figure]


class RuleFigures(NamedTuple):
    """One rule, before and after: how often it gave, and how much."""

    name: str
    fires_old: str
    fires_new: str
    gave_old: str
    gave_new: str


def heads_of(row: Backtest) -> Heads:
    """By their numbers; those of two programmes by name as well."""
    both = (row.against, row.revision)
    if row.against.programme_id != row.revision.programme_id:
        return Heads(*map(str, both))
    return Heads(*(gettext("Revision %(number)s") % {"number": one.revision} for one in both))


def totals_of(report: dict[str, Any], language: str) -> Totals:
    """From the report document."""
    totals, currency = report["totals"], report["currency"]
    receipts, touched = totals["receipts"], totals["touched"]
    return Totals(
        receipts=_figure(receipts),
        touched=_figure(touched),
        touched_share=Words(language, currency).percent(touched, receipts),
        cheaper=_figure(totals["cheaper"]["receipts"]),
        cheaper_amount=_money(totals["cheaper"]["amount"], currency),
        dearer=_figure(totals["dearer"]["receipts"]),
        dearer_amount=_money(totals["dearer"]["amount"], currency),
        errors=_figure(report["errors"]["count"]) if report["errors"]["count"] else "",
        figures=[_row(label, totals[key], currency if is_money else "") for key, label, is_money in LABELS],
    )


def _row(label: Any, figures: dict[str, str], currency: str) -> Figure:
    """Without a currency the figures are points."""
    old, new, change = (
        _money(figures[side], currency) if currency else _figure(figures[side]) for side in ("old", "new", "change")
    )
    return Figure(label, old, new, f"+{change}" if Decimal(figures["change"]) > 0 else change)


def rules_of(report: dict[str, Any], language: str) -> list[RuleFigures]:
    """Those that gave most, before or after."""
    rules = sorted(report["rules"], key=lambda rule: -max(_weight(rule["old"]), _weight(rule["new"])))
    return [
        RuleFigures(
            name=rule.get("name", {}).get(language) or rule["id"],
            fires_old=_fires(rule["old"]),
            fires_new=_fires(rule["new"]),
            gave_old=_gave(rule["old"], report["currency"]),
            gave_new=_gave(rule["new"], report["currency"]),
        )
        for rule in rules[:RULES_SHOWN]
    ]


def _weight(effect: dict[str, Any] | None) -> Decimal:
    return Decimal(0) if effect is None else Decimal(effect["amount"]) + Decimal(effect["points"])


def _fires(effect: dict[str, Any] | None) -> str:
    return "—" if effect is None else _figure(effect["receipts"])


def _gave(effect: dict[str, Any] | None, currency: str) -> str:
    if effect is None:
        return "—"
    if Decimal(effect["points"]):
        return f"{_figure(effect['points'])} ★"
    if not Decimal(effect["amount"]):
        return "—"
    return _money(effect["amount"], currency)


def _figure(value: str | int | Decimal) -> str:
    return number_format(Decimal(value), force_grouping=True).replace("-", "−")


def _money(text: str, currency: str) -> str:
    return money(int(Decimal(text).scaleb(currency_digits(currency))), currency)
