"""A report as a JSON document: decimal strings as in every other document."""

from tillgate.core.numbers import Rounding, currency_digits, divide, format_decimal
from tillgate.core.programme import Programme
from tillgate.core.text import Text

from .report import Effect, GroupRow, Mover, Report, RuleRow, Side, Sums

__all__ = ["MECHANICAL", "Figure", "Scale", "figures_of", "report_document"]

Json = dict[str, object]

#: Said wherever a report is shown.
MECHANICAL = Text(
    "Показан только механический эффект: те же чеки, пересчитанные по другой программе. "
    "Как изменится поведение гостей, отчёт не знает.",
    "This shows the mechanical effect only: the same receipts priced by another programme. "
    "How guests would change their behaviour it does not know.",
)


class Scale:
    """Figures of a report in their decimal form."""

    def __init__(self, report: Report) -> None:
        self.old, self.new = report.old, report.new
        self.digits = currency_digits(report.new.currency)
        self.points_digits = max(report.old.points.digits, report.new.points.digits)

    def money(self, minor: int) -> str:
        return format_decimal(minor, self.digits)

    def points(self, units: int) -> str:
        """Units of the finer of the two programmes."""
        return format_decimal(units, self.points_digits)

    def fine(self, units: int, programme: Programme) -> int:
        """A programme's units of points as units of the finer of the two."""
        return int(units * 10 ** (self.points_digits - programme.points.digits))

    def liability_minor(self, side: Side, programme: Programme) -> int:
        """What the points that stayed with guests are worth."""
        worth = (side.earned - side.spent) * programme.points.worth_minor
        return divide(worth, 10**programme.points.digits, Rounding.HALF_UP)


class Figure:
    """One figure before and after."""

    def __init__(self, old: int, new: int) -> None:
        self.old, self.new, self.change = old, new, new - old


def figures_of(sums: Sums, scale: Scale) -> tuple[dict[str, Figure], dict[str, Figure]]:
    """Money by name, points by name."""
    old, new = sums.old, sums.new
    amounts = {
        "discount": Figure(old.discount_minor, new.discount_minor),
        "redeemed": Figure(old.redeemed_minor, new.redeemed_minor),
        "net": Figure(sums.net_minor(old), sums.net_minor(new)),
        "liability": Figure(scale.liability_minor(old, scale.old), scale.liability_minor(new, scale.new)),
    }
    points = {
        "earned": Figure(scale.fine(old.earned, scale.old), scale.fine(new.earned, scale.new)),
        "spent": Figure(scale.fine(old.spent, scale.old), scale.fine(new.spent, scale.new)),
    }
    return amounts, points


def report_document(report: Report) -> Json:
    """The whole report."""
    scale = Scale(report)
    return {
        "new": _programme(report.new),
        "old": _programme(report.old),
        "currency": report.new.currency,
        "source": report.source,
        "totals": _sums(report.totals, scale),
        "rules": [_rule(row, scale) for row in report.rules],
        "segments": [_group(row, scale) for row in report.segments],
        "stores": [_group(row, scale) for row in report.stores],
        "weeks": [_group(row, scale) for row in report.weeks],
        "dearer": [_mover(one, scale) for one in report.dearer],
        "cheaper": [_mover(one, scale) for one in report.cheaper],
        "errors": {
            "count": report.errors,
            "by_reason": report.errors_by_reason,
            "first": [
                {"line": one.line, "id": one.id, "reason": one.reason, "path": one.path, **_both(one.message)}
                for one in report.problems
            ],
        },
        "notes": [_both(note) for note in (MECHANICAL, *report.notes)],
    }


def _both(text: Text) -> Json:
    return {"ru": text.ru, "en": text.en}


def _programme(programme: Programme) -> Json:
    name = programme.name
    found: Json = {"id": programme.id, "revision": programme.revision}
    return found | ({"name": _both(name)} if name is not None else {})


def _sums(sums: Sums, scale: Scale) -> Json:
    amounts, points = figures_of(sums, scale)
    return {
        "receipts": sums.receipts,
        "touched": sums.touched,
        "dearer": {"receipts": sums.dearer, "amount": scale.money(sums.dearer_minor)},
        "cheaper": {"receipts": sums.cheaper, "amount": scale.money(sums.cheaper_minor)},
        "list": scale.money(sums.list_minor),
        **{
            key: {"old": scale.money(one.old), "new": scale.money(one.new), "change": scale.money(one.change)}
            for key, one in amounts.items()
        },
        **{
            key: {"old": scale.points(one.old), "new": scale.points(one.new), "change": scale.points(one.change)}
            for key, one in points.items()
        },
    }


def _group(row: GroupRow, scale: Scale) -> Json:
    return {"key": row.key, **_sums(row.sums, scale)}


def _rule(row: RuleRow, scale: Scale) -> Json:
    found: Json = {"id": row.id}
    if row.name is not None:
        found["name"] = _both(row.name)
    return found | {"old": _effect(row.old, scale, scale.old), "new": _effect(row.new, scale, scale.new)}


def _effect(effect: Effect | None, scale: Scale, programme: Programme) -> Json | None:
    if effect is None:
        return None
    return {
        "receipts": effect.fires,
        "amount": scale.money(effect.amount_minor),
        "points": scale.points(scale.fine(effect.points, programme)),
    }


def _mover(one: Mover, scale: Scale) -> Json:
    return {
        "line": one.line,
        "id": one.id,
        "store": one.store,
        "time": one.time,
        "old": scale.money(one.old_minor),
        "new": scale.money(one.new_minor),
        "change": scale.money(one.new_minor - one.old_minor),
        "rules": [
            {
                "rule": rule.id,
                "amount": {"old": scale.money(rule.old_minor), "new": scale.money(rule.new_minor)},
                "points": {
                    "old": scale.points(scale.fine(rule.old_points, scale.old)),
                    "new": scale.points(scale.fine(rule.new_points, scale.new)),
                },
            }
            for rule in one.rules
        ],
    }
