"""A report as one HTML page: style and charts inside, nothing fetched, readable in the light, in the dark, on paper."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from html import escape
from importlib import resources
from typing import Literal

from . import _charts as charts
from ._document import MECHANICAL, Figure, Scale, figures_of
from ._words import Words
from .report import Effect, GroupRow, Mover, Report, RuleRow

__all__ = ["report_html"]

ROWS_MAX = 200
CHART_ROWS_MAX = 15
Cell = str | tuple[str, str]
Label = Callable[[str | None], str]


@cache
def _style() -> str:
    return resources.files(__package__).joinpath("report.css").read_text(encoding="utf-8")


def report_html(report: Report, language: Literal["ru", "en"]) -> str:
    """The whole page."""
    page = _Page(report, language)
    title = escape(f"{page.say('title')}: {page.say.programme(report.new)}")
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{_style()}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(page.parts())
        + "\n</main>\n</body>\n</html>\n"
    )


class _Page:
    def __init__(self, report: Report, language: str) -> None:
        self.report = report
        self.say = Words(language, report.new.currency)
        self.scale = Scale(report)
        self.names = {row.id: self.say.text(row.name) for row in report.rules if row.name is not None}

    def parts(self) -> Iterable[str]:
        report, say = self.report, self.say
        yield self.head()
        yield self.tiles()
        yield self.share()
        yield self.section("totals", self.totals(), f'<p class="soft">{escape(say("money_in").format(say.unit))}</p>')
        yield self.section("by_week", self.weeks(), self.groups("week", report.weeks, self.week))
        yield self.section("by_rule", self.rule_charts(), self.rules())
        hint = f'<p class="soft">{escape(say("segments_overlap"))}</p>' if len(report.segments) > 1 else ""
        segments = self.changes("change_by_segment", report.segments, self.segment)
        yield self.section("by_segment", hint, segments, self.groups("segment", report.segments, self.segment))
        stores = self.changes("change_by_store", report.stores, self.store)
        yield self.section("by_store", stores, self.groups("store", report.stores, self.store))
        yield self.section("movers_cheaper", self.movers(report.cheaper, "none_cheaper"))
        yield self.section("movers_dearer", self.movers(report.dearer, "none_dearer"))
        yield self.section("errors", self.errors())
        yield f"<footer>{escape(say('made_by'))}</footer>"

    def section(self, title: str, *parts: str) -> str:
        return f"<section><h2>{escape(self.say(title))}</h2>{''.join(parts)}</section>"

    # Names of groups

    def segment(self, key: str | None) -> str:
        return self.say("unknown_guest") if key is None else key or self.say("no_segment")

    def store(self, key: str | None) -> str:
        return key or self.say("no_store")

    def week(self, key: str | None) -> str:
        return key or self.say("no_time")

    def rule(self, name: str) -> str:
        return self.names.get(name, name)

    # Parts

    def head(self) -> str:
        report, say = self.report, self.say
        weeks = [row.key for row in report.weeks if row.key is not None]
        period = f" · {say('period')} {weeks[0]} – {weeks[-1]}" if weeks else ""
        versus = "".join(
            f'<p class="versus"><span class="chip {kind}"></span>{escape(say(kind))}: '
            f"<b>{escape(say.programme(programme))}</b></p>"
            for kind, programme in (("new", report.new), ("old", report.old))
        )
        notes = "".join(f"<p>{escape(say.text(note))}</p>" for note in (MECHANICAL, *report.notes))
        told = f"{say('source')}: {say(report.source) if report.source == 'central' else report.source}{period}"
        source = f'<p class="soft">{escape(told)}</p>'
        return f'<h1>{escape(say("title"))}</h1>{versus}{source}<div class="note">{notes}</div>'

    def tiles(self) -> str:
        say, sums = self.say, self.report.totals
        amounts, points = figures_of(sums, self.scale)
        tiles = [
            (say("receipts"), say.count(sums.receipts), f"{say('errors')}: {say.count(self.report.errors)}"),
            (say("touched_long"), say.percent(sums.touched, sums.receipts), say.count(sums.touched)),
            (say("cheaper"), say.count(sums.cheaper), say.money(-sums.cheaper_minor)),
            (say("dearer"), say.count(sums.dearer), say.signed(say.money(sums.dearer_minor))),
        ]
        tiles += [
            (say(key), say.signed(say.money(amounts[key].change)), self.before_after(amounts[key], say.money))
            for key in ("discount", "net", "liability")
        ]
        earned = points["earned"]
        tiles.append((say("earned"), say.signed(self.points(earned.change)), self.before_after(earned, self.points)))
        return '<div class="tiles">' + "".join(
            f'<div class="tile"><div class="name">{escape(name)}</div><div class="value">{escape(value)}</div>'
            f'<div class="more">{escape(more)}</div></div>'
            for name, value, more in tiles
        ) + "</div>"  # fmt: skip

    def before_after(self, figure: Figure, tell: Callable[[int], str]) -> str:
        return f"{tell(figure.old)} → {tell(figure.new)}"

    def points(self, units: int) -> str:
        return self.say.decimal(units, self.scale.points_digits)

    def share(self) -> str:
        say, sums = self.say, self.report.totals
        same = sums.receipts - sums.dearer - sums.cheaper
        rows = [("cheaper", sums.cheaper, "down"), ("same_price", same, "same"), ("dearer", sums.dearer, "up")]
        told = [(f"{say(key)}: {say.count(count)}", count, kind) for key, count, kind in rows]
        legend = "".join(
            f'<span><span class="chip {kind}"></span>{escape(text)} ({say.percent(count, sums.receipts)})</span>'
            for text, count, kind in told
        )
        return f'<figure>{charts.split(told, say("share"))}</figure><p class="legend">{legend}</p>'

    def totals(self) -> str:
        say, sums = self.say, self.report.totals
        amounts, points = figures_of(sums, self.scale)
        rows: list[list[Cell]] = [[say("list"), say.amount(sums.list_minor), say.amount(sums.list_minor), ""]]
        for key, figure in amounts.items():
            hint = f"<br><span class='id'>{escape(say('liability_hint'))}</span>" if key == "liability" else ""
            rows.append(
                [
                    (f"{escape(say(key))}{hint}", "raw"),
                    say.amount(figure.old),
                    say.amount(figure.new),
                    say.signed(say.amount(figure.change)),
                ]
            )
        for key, figure in points.items():
            told = [self.points(figure.old), self.points(figure.new), say.signed(self.points(figure.change))]
            rows.append([say(key), *told])
        return self.table(["what", "old", "new", "change"], rows)

    def weeks(self) -> str:
        say, rows = self.say, [row for row in self.report.weeks if row.key is not None]
        if not rows:
            return ""
        pairs = [
            charts.Pair(self.week(row.key), row.sums.old.discount_minor, row.sums.new.discount_minor) for row in rows
        ]
        return self.chart(
            "discount_by_week", charts.columns(pairs, say.money, say.count, 10**say.digits, say("discount_by_week"))
        )

    def chart(self, title: str, drawn: str, *, legend: bool = True) -> str:
        say = self.say
        both = "".join(f'<span><span class="chip {kind}"></span>{escape(say(kind))}</span>' for kind in ("old", "new"))
        told = f'<p class="legend">{both}</p>' if legend else ""
        return f"<figure><h3>{escape(say(title))}</h3>{told}{drawn}</figure>"

    def changes(self, title: str, groups: Sequence[GroupRow], label: Label) -> str:
        """Where guests pay more or less, the greatest change first."""
        rows = [
            (label(row.key), row.sums.dearer_minor - row.sums.cheaper_minor)
            for row in sorted(groups, key=lambda row: -abs(row.sums.dearer_minor - row.sums.cheaper_minor))
        ][:CHART_ROWS_MAX]
        if not any(change for _, change in rows):
            return ""
        say = self.say
        drawn = charts.diverging(rows, lambda change: say.signed(say.money(change)), say(title))
        return self.chart(title, drawn, legend=False)

    def rule_charts(self) -> str:
        money: list[charts.Pair] = []
        points: list[charts.Pair] = []
        for row in self.report.rules:
            old, new = row.old or Effect(), row.new or Effect()
            if old.amount_minor or new.amount_minor:
                money.append(charts.Pair(self.rule(row.id), old.amount_minor, new.amount_minor))
            if old.points or new.points:
                fine = self.scale.fine
                before, after = fine(old.points, self.report.old), fine(new.points, self.report.new)
                points.append(charts.Pair(self.rule(row.id), before, after))
        drawn = ""
        for title, pairs, tell in (("money_by_rule", money, self.say.money), ("points_by_rule", points, self.points)):
            shown = sorted(pairs, key=lambda pair: -max(pair.old, pair.new))[:CHART_ROWS_MAX]
            if shown:
                drawn += self.chart(title, charts.pairs(shown, tell, self.say(title)))
        return drawn

    def rules(self) -> str:
        say, fine = self.say, self.scale.fine
        shown = [row for row in self.report.rules if (row.old or Effect()).fires or (row.new or Effect()).fires]
        rows: list[list[Cell]] = []
        for row in shown[:ROWS_MAX]:
            old, new = row.old or Effect(), row.new or Effect()
            before, after = fine(old.points, self.report.old), fine(new.points, self.report.new)
            rows.append([
                self.rule_name(row),
                self.side(row.old, say.count(old.fires)), self.side(row.new, say.count(new.fires)),
                self.side(row.old, say.amount(old.amount_minor)), self.side(row.new, say.amount(new.amount_minor)),
                say.signed(say.amount(new.amount_minor - old.amount_minor)),
                self.side(row.old, self.points(before)), self.side(row.new, self.points(after)),
                say.signed(self.points(after - before)),
            ])  # fmt: skip
        keys = ["rule"] + [
            f"{what}/{when}" for what in ("fires", "money", "points") for when in ("old", "new", "change")
        ]
        keys.remove("fires/change")
        silent = len(self.report.rules) - len(shown)
        tail = f'<p class="soft">{escape(say("silent_rules").format(say.count(silent)))}</p>' if silent else ""
        return self.table(keys, rows, len(shown)) + tail

    def rule_name(self, row: RuleRow) -> Cell:
        return (f"{escape(self.names[row.id])}<br><span class='id'>{escape(row.id)}</span>", "raw") if (
            row.id in self.names
        ) else row.id  # fmt: skip

    def side(self, effect: Effect | None, text: str) -> str:
        return "—" if effect is None else text

    def groups(self, key: str, groups: Sequence[GroupRow], label: Label) -> str:
        say = self.say
        rows: list[list[Cell]] = []
        for group in groups[:ROWS_MAX]:
            sums = group.sums
            amounts, points = figures_of(sums, self.scale)
            change = amounts["net"].change
            rows.append([
                label(group.key), say.count(sums.receipts), say.percent(sums.touched, sums.receipts),
                say.amount(amounts["discount"].old), say.amount(amounts["discount"].new),
                say.amount(amounts["net"].old), say.amount(amounts["net"].new),
                (escape(say.signed(say.amount(change))), "up" if change > 0 else "down" if change < 0 else ""),
                say.signed(self.points(points["earned"].change)), say.signed(self.points(points["spent"].change)),
            ])  # fmt: skip
        keys = [key, "receipts", "touched", "discount/old", "discount/new", "net/old", "net/new", "net/change"]
        return self.table([*keys, "earned/change", "spent/change"], rows, len(groups))

    def movers(self, movers: Sequence[Mover], none: str) -> str:
        say = self.say
        if not movers:
            return f'<p class="soft">{escape(say(none))}</p>'
        rows: list[list[Cell]] = []
        for one in movers:
            change = one.new_minor - one.old_minor
            place = f"{say('line')} {say.count(one.line)}"
            name = f"{escape(one.id)}<br><span class='id'>{escape(place)}</span>" if one.id else escape(place)
            rows.append([
                (name, "raw"), (escape(one.store), "left"), (escape(one.time[:16].replace("T", " ")), "left"),
                say.amount(one.old_minor), say.amount(one.new_minor),
                (escape(say.signed(say.amount(change))), "up" if change > 0 else "down"),
                ("<br>".join(escape(text) for text in self.rule_changes(one)), "wide"),
            ])  # fmt: skip
        return self.table(["receipt", "store", "time", "net/old", "net/new", "change", "rules_differ"], rows)

    def rule_changes(self, one: Mover) -> Iterable[str]:
        say, fine = self.say, self.scale.fine
        for rule in one.rules:
            told = []
            if rule.old_minor or rule.new_minor:
                told.append(f"{say.money(rule.old_minor)} → {say.money(rule.new_minor)}")
            if rule.old_points or rule.new_points:
                before = self.points(fine(rule.old_points, self.report.old))
                told.append(f"{before} → {self.points(fine(rule.new_points, self.report.new))} {say('of_points')}")
            yield f"{self.rule(rule.id)}: {', '.join(told)}"

    def errors(self) -> str:
        say, report = self.say, self.report
        if not report.errors:
            return f'<p class="soft">{escape(say("errors_none"))}</p>'
        reasons: list[list[Cell]] = [[reason, say.count(count)] for reason, count in report.errors_by_reason.items()]
        rows: list[list[Cell]] = [
            [
                f"{say('line')} {say.count(one.line)} {one.id}",
                (f"{escape(one.path)}: {escape(say.text(one.message))}", "wide"),
            ]
            for one in report.problems
        ]
        return (
            f"<p>{escape(say('errors_some'))}</p>{self.table(['reason', 'receipts'], reasons)}"
            f"<h3>{escape(say('errors_first'))}</h3>{self.table(['receipt', 'reason'], rows)}"
        )

    def table(self, keys: Sequence[str], rows: Sequence[Sequence[Cell]], of: int = 0) -> str:
        if not rows:
            return f'<p class="soft">{escape(self.say("nothing"))}</p>'
        heads = "".join(
            f"<th{' class=wide' if key == 'rules_differ' else ' class=left' if key in ('store', 'time') else ''}>"
            f"{'<br>'.join(escape(self.say(part)) for part in key.split('/'))}</th>"
            for key in keys
        )
        body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
        more = self.say("more_rows").format(self.say.count(of - len(rows)))
        tail = f'<p class="soft">{escape(more)}</p>' if of > len(rows) else ""
        return f'<div class="scroll"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>{tail}'


def _cell(cell: Cell) -> str:
    """Text, or what is HTML already with its class."""
    if isinstance(cell, str):
        return f"<td>{escape(cell)}</td>"
    html, kind = cell
    return f'<td class="{kind}">{html}</td>' if kind and kind != "raw" else f"<td>{html}</td>"
