"""A backtest's report as tables in a terminal."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text as Styled

from tillgate.accel.backtest import MECHANICAL, GroupRow, Mover, Report, Scale, Words, figures_of

__all__ = ["print_report"]

ROWS_MAX = 15


def print_report(console: Console, report: Report, language: str) -> None:
    """Totals, rules, segments, stores and weeks, movers, what could not be priced; on a console without markup."""
    say, scale = Words(language, report.new.currency), Scale(report)
    console.print(f"{say('new')}: {say.programme(report.new)}", markup=False, highlight=False)
    console.print(f"{say('old')}: {say.programme(report.old)}", markup=False, highlight=False)
    console.print(_totals(report, say, scale))
    console.print(_rules(report, say, scale))
    for title, key, groups, empty in (
        ("by_segment", "segment", report.segments, "no_segment"),
        ("by_store", "store", report.stores, "no_store"),
        ("by_week", "week", report.weeks, "no_time"),
    ):
        console.print(_groups(title, key, groups, empty, say, scale))
    for title, movers in (("movers_cheaper", report.cheaper), ("movers_dearer", report.dearer)):
        if movers:
            console.print(_movers(title, movers, say))
    if report.errors:
        _print_errors(console, report, say)
    for note in (MECHANICAL, *report.notes):
        console.print(Styled(say.text(note), style="italic"))


def _table(title: str, left: int, *columns: str) -> Table:
    """The first columns are words, the others figures."""
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    for number, column in enumerate(columns):
        words = number < left
        table.add_column(
            column, justify="left" if words else "right", overflow="fold", no_wrap=not words, min_width=10 * words
        )
    return table


def _totals(report: Report, say: Words, scale: Scale) -> Table:
    sums = report.totals
    amounts, points = figures_of(sums, scale)
    table = _table(say("totals"), 1, say("what"), say("old"), say("new"), say("change"))
    for key, figure in amounts.items():
        table.add_row(say(key), say.money(figure.old), say.money(figure.new), say.signed(say.money(figure.change)))
    for key, figure in points.items():
        old, new, change = (say.decimal(k, scale.points_digits) for k in (figure.old, figure.new, figure.change))
        table.add_row(say(key), old, new, say.signed(change))
    table.add_row(say("list"), "", say.money(sums.list_minor), "", end_section=True)
    table.add_row(say("receipts"), "", say.count(sums.receipts), "")
    table.add_row(say("touched_long"), "", say.count(sums.touched), say.percent(sums.touched, sums.receipts))
    table.add_row(say("cheaper"), "", say.count(sums.cheaper), say.money(-sums.cheaper_minor))
    table.add_row(say("dearer"), "", say.count(sums.dearer), say.signed(say.money(sums.dearer_minor)))
    return table


def _rules(report: Report, say: Words, scale: Scale) -> Table:
    heads = [f"{say(what)}\n{say(when)}" for what in ("fires", "money", "points") for when in ("old", "new")]
    table = _table(say("by_rule"), 1, say("rule"), *heads)
    for row in report.rules:
        sides = ((row.old, report.old), (row.new, report.new))
        fires = [say.count(effect.fires) if effect else "—" for effect, _ in sides]
        money = [say.amount(effect.amount_minor) if effect else "—" for effect, _ in sides]
        points = [
            say.decimal(scale.fine(effect.points, programme), scale.points_digits) if effect else "—"
            for effect, programme in sides
        ]
        name = row.id if row.name is None else f"{say.text(row.name)}\n{row.id}"
        table.add_row(name, *fires, *money, *points)
    return table


def _groups(title: str, key: str, groups: Sequence[GroupRow], empty: str, say: Words, scale: Scale) -> Table:
    net = f"{say('net_short')}\n{say('change')}"
    discount = [f"{say('discount')}\n{say(when)}" for when in ("old", "new")]
    earned = f"{say('points')}\n{say('change')}"
    table = _table(say(title), 1, say(key), say("receipts"), say("touched"), *discount, net, earned)
    for group in groups[:ROWS_MAX]:
        sums = group.sums
        amounts, points = figures_of(sums, scale)
        name = group.key or say("unknown_guest" if group.key is None and key == "segment" else empty)
        table.add_row(
            name,
            say.count(sums.receipts),
            say.percent(sums.touched, sums.receipts),
            say.amount(amounts["discount"].old),
            say.amount(amounts["discount"].new),
            say.signed(say.amount(amounts["net"].change)),
            say.signed(say.decimal(points["earned"].change, scale.points_digits)),
        )
    if len(groups) > ROWS_MAX:
        table.caption = say("more_rows").format(len(groups) - ROWS_MAX)
    return table


def _movers(title: str, movers: Sequence[Mover], say: Words) -> Table:
    heads = (say("receipt"), say("store"), say("time"), say("old"), say("new"), say("change"))
    table = _table(say(title), 3, *heads)
    for one in movers[:ROWS_MAX]:
        name = one.id or f"{say('line')} {one.line}"
        old, new, change = (say.amount(k) for k in (one.old_minor, one.new_minor, one.new_minor - one.old_minor))
        table.add_row(name, one.store, one.time[:16].replace("T", " "), old, new, say.signed(change))
    return table


def _print_errors(console: Console, report: Report, say: Words) -> None:
    counts = ", ".join(f"{reason} {say.count(count)}" for reason, count in report.errors_by_reason.items())
    console.print(Styled(f"{say('errors')}: {say.count(report.errors)} ({counts})", style="red"))
    for one in report.problems[:ROWS_MAX]:
        console.print(Styled(f"  {say('line')} {one.line} {one.id}: {one.path}: {say.text(one.message)}"))
