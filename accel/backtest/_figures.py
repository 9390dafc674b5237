"""Figures of a part of the receipts, and their sum: whole numbers, so the parts add up in any order."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from tillgate.core.programme import Programme, all_rules
from tillgate.core.text import Text

from .report import Effect, GroupRow, Mover, Problem, Report, RuleRow, Side, Sums

__all__ = ["PROBLEMS_MAX", "Figures", "Vector", "report_of"]

#: receipts, touched, dearer, cheaper, dearer_minor, cheaper_minor, list_minor, then discount, redeemed, earned and
#: spent of the old programme, then of the new one.
Vector = tuple[int, ...]
K = TypeVar("K")
EMPTY: Vector = (0,) * 15
PROBLEMS_MAX = 20


@dataclass(slots=True)
class Figures:
    """What some of the receipts add up to."""

    total: Vector = EMPTY
    stores: dict[str, Vector] = field(default_factory=dict)
    #: None: the guest is unknown; "": known, in no segment.
    segments: dict[str | None, Vector] = field(default_factory=dict)
    #: Year and ISO week as 202647; 0: no time.
    weeks: dict[int, Vector] = field(default_factory=dict)
    #: rule id -> receipts, money, points
    old_rules: dict[str, Vector] = field(default_factory=dict)
    new_rules: dict[str, Vector] = field(default_factory=dict)
    dearer: list[Mover] = field(default_factory=list)
    cheaper: list[Mover] = field(default_factory=list)
    errors: dict[str, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def merge(self, other: "Figures") -> None:
        """Add another part's."""
        self.total = plus(self.total, other.total)
        add_all(self.stores, other.stores)
        add_all(self.segments, other.segments)
        add_all(self.weeks, other.weeks)
        add_all(self.old_rules, other.old_rules)
        add_all(self.new_rules, other.new_rules)
        self.dearer += other.dearer
        self.cheaper += other.cheaper
        for reason, count in other.errors.items():
            self.errors[reason] = self.errors.get(reason, 0) + count
        self.problems = sorted(self.problems + other.problems, key=lambda one: one.line)[:PROBLEMS_MAX]


def plus(one: Vector, other: Vector) -> Vector:
    """Their sum, number by number."""
    return tuple(a + b for a, b in zip(one, other, strict=True))


def add_all(into: dict[K, Vector], other: dict[K, Vector]) -> None:
    """The same for every key."""
    for key, vector in other.items():
        into[key] = plus(into[key], vector) if key in into else vector


def report_of(
    figures: Figures, old: Programme, new: Programme, source: str, notes: tuple[Text, ...], top: int
) -> Report:
    """The figures in their order: rules as in the documents, stores and segments by name, weeks by time."""
    return Report(
        old=old,
        new=new,
        source=source,
        notes=notes,
        totals=_sums(figures.total),
        rules=tuple(_rules(figures, old, new)),
        stores=tuple(GroupRow(key, _sums(figures.stores[key])) for key in sorted(figures.stores)),
        segments=tuple(
            GroupRow(key, _sums(figures.segments[key]))
            for key in sorted(figures.segments, key=lambda key: (key is None, key == "", key or ""))
        ),
        weeks=tuple(
            GroupRow(f"{key // 100:04d}-W{key % 100:02d}" if key else None, _sums(figures.weeks[key]))
            for key in sorted(figures.weeks, key=lambda key: (key == 0, key))
        ),
        dearer=_greatest(figures.dearer, top),
        cheaper=_greatest(figures.cheaper, top),
        errors=sum(figures.errors.values()),
        errors_by_reason=dict(sorted(figures.errors.items())),
        problems=tuple(figures.problems),
    )


def _sums(vector: Vector) -> Sums:
    receipts, touched, dearer, cheaper, dearer_minor, cheaper_minor, list_minor = vector[:7]
    return Sums(
        receipts=receipts,
        touched=touched,
        dearer=dearer,
        cheaper=cheaper,
        dearer_minor=dearer_minor,
        cheaper_minor=cheaper_minor,
        list_minor=list_minor,
        old=Side(*vector[7:11]),
        new=Side(*vector[11:]),
    )


def _greatest(movers: list[Mover], top: int) -> tuple[Mover, ...]:
    return tuple(sorted(movers, key=lambda one: (-abs(one.new_minor - one.old_minor), one.line))[:top])


def _rules(figures: Figures, old: Programme, new: Programme) -> Iterable[RuleRow]:
    """Rules of the new programme, then those that only the old one has."""
    before = {rule.id: rule for rule in all_rules(old)}
    after = {rule.id: rule for rule in all_rules(new)}
    for rule in [*after.values(), *(rule for rule in before.values() if rule.id not in after)]:
        yield RuleRow(
            id=rule.id,
            name=rule.name,
            old=Effect(*figures.old_rules.get(rule.id, (0, 0, 0))) if rule.id in before else None,
            new=Effect(*figures.new_rules.get(rule.id, (0, 0, 0))) if rule.id in after else None,
        )
