"""Charts as inline SVG: bars and their labels, coloured by the page's style. Integers in, pixels out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

__all__ = ["Pair", "columns", "diverging", "pairs", "split"]

WIDTH = 760
ROW = 34
LABEL = 220
FIGURES = 150


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and a figure before and after."""

    label: str
    old: int
    new: int


def _svg(height: int, title: str, body: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}" '
        f'preserveAspectRatio="xMidYMin meet">{body}</svg>'
    )


def _bar(x: int, y: int, width: int, height: int, kind: str, tip: str) -> str:
    return (
        f'<rect class="{kind}" x="{x}" y="{y}" width="{max(width, 1)}" height="{max(height, 1)}" rx="2">'
        f"<title>{escape(tip)}</title></rect>"
    )


def _text(x: int, y: int, text: str, kind: str) -> str:
    return f'<text class="{kind}" x="{x}" y="{y}">{escape(text)}</text>'


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def pairs(rows: Sequence[Pair], tell: Callable[[int], str], title: str) -> str:
    """Two lying bars a row, the old above the new."""
    most = max([1, *(max(abs(row.old), abs(row.new)) for row in rows)])
    room = WIDTH - LABEL - FIGURES
    parts = []
    for number, row in enumerate(rows):
        y = number * ROW + 4
        parts.append(
            f"<g><title>{escape(row.label)}</title>{_text(LABEL - 10, y + 17, _short(row.label, 30), 'label end')}</g>"
        )
        for value, kind, down in ((row.old, "old", 0), (row.new, "new", 13)):
            wide = abs(value) * room // most
            parts.append(_bar(LABEL, y + down, wide, 11, kind, f"{row.label}: {tell(value)}"))
            parts.append(_text(LABEL + wide + 6, y + down + 9, tell(value), "figure"))
    return _svg(len(rows) * ROW + 4, title, "".join(parts))


def diverging(rows: Sequence[tuple[str, int]], tell: Callable[[int], str], title: str) -> str:
    """One bar a row, to the left below zero and to the right above."""
    least, most = min([0, *(value for _, value in rows)]), max([0, *(value for _, value in rows)])
    span = max(most - least, 1)
    # Figures stand outside of their bars, so each side that is used needs room for them.
    left, right = LABEL + (110 if least else 0), WIDTH - (110 if most else 0)
    zero = left + -least * (right - left) // span
    parts = [f'<line class="axis" x1="{zero}" y1="0" x2="{zero}" y2="{len(rows) * 26 + 4}"/>']
    for number, (label, value) in enumerate(rows):
        y = number * 26 + 5
        wide = abs(value) * (right - left) // span
        start = zero if value >= 0 else zero - wide
        parts.append(
            f"<g><title>{escape(label)}</title>{_text(LABEL - 10, y + 13, _short(label, 30), 'label end')}</g>"
        )
        if value:
            parts.append(_bar(start, y, wide, 17, "up" if value > 0 else "down", f"{label}: {tell(value)}"))
        side = (zero + wide + 6, "figure") if value >= 0 else (start - 6, "figure end")
        parts.append(_text(side[0], y + 13, tell(value), side[1]))
    return _svg(len(rows) * 26 + 4, title, "".join(parts))


def _step(most: int, least: int) -> int:
    """A round step, so that five or fewer of them reach the most."""
    step = least
    while True:
        for factor in (1, 2, 5):
            if 5 * step * factor >= most:
                return step * factor
        step *= 10


def columns(
    rows: Sequence[Pair], tell: Callable[[int], str], scale: Callable[[int], str], unit: int, title: str
) -> str:
    """Two standing bars a row of data, side by side; a scale in whole units, which `scale` writes."""
    height, left, foot = 240, 90, 34
    step = _step(max([1, *(max(row.old, row.new) for row in rows)]), unit)
    steps = -(-max([1, *(max(row.old, row.new) for row in rows)]) // step)
    most, parts = step * steps, []
    for number in range(steps + 1):
        y = height - foot - number * (height - foot - 12) // steps
        parts.append(f'<line class="grid" x1="{left}" y1="{y}" x2="{WIDTH}" y2="{y}"/>')
        parts.append(_text(left - 8, y + 4, scale(number * step // unit), "figure end"))
    pitch = (WIDTH - left) * 16 // max(len(rows), 1)
    wide = max(min(pitch // 16 * 2 // 5, 28), 1)
    every = (len(rows) * 72 - 1) // (WIDTH - left) + 1
    for number, row in enumerate(rows):
        middle = left + (number * pitch + pitch // 2) // 16
        for value, kind, x in ((row.old, "old", middle - wide), (row.new, "new", middle)):
            tall = max(value, 0) * (height - foot - 12) // most
            parts.append(_bar(x, height - foot - tall, wide, tall, kind, f"{row.label}: {tell(value)}"))
        if number % every == 0:
            parts.append(_text(middle, height - foot + 18, row.label, "label middle"))
    return _svg(height, title, "".join(parts))


def split(rows: Sequence[tuple[str, int, str]], title: str) -> str:
    """One bar cut by share. Each row is a tip, a count and a kind."""
    whole = sum(count for _, count, _ in rows) or 1
    parts, at = [], 0
    for tip, count, kind in rows:
        wide = count * WIDTH // whole
        if count:
            parts.append(_bar(at, 0, wide, 22, kind, tip))
        at += wide
    return _svg(22, title, "".join(parts))
