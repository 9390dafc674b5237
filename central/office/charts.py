"""Charts as SVG, drawn here: nothing is loaded, and they are there without scripts."""

from collections.abc import Sequence

from msgspec import Struct

__all__ = ["Bar", "Chart", "draw_bars"]

WIDTH = 720
HEIGHT = 200
BOTTOM = 24
TOP = 18
#: Of a bar's share of the width, what stays free.
GAP = 0.3


class Bar(Struct, frozen=True):
    """One day: where its bar stands and what is written on it."""

    x: float
    y: float
    width: float
    height: float
    centre: float
    label: str
    title: str
    #: Not every day's label fits.
    labelled: bool


class Chart(Struct, frozen=True):
    """What the template needs."""

    width: int
    height: int
    baseline: int
    bars: tuple[Bar, ...]
    highest: str
    top: int


def draw_bars(values: Sequence[tuple[str, int, str]], highest: str) -> Chart:
    """Bars for `(label, value, title)`; `highest` is what stands at the greatest one."""
    most = max((value for _, value, _ in values), default=0)
    share = WIDTH / max(len(values), 1)
    room = HEIGHT - BOTTOM - TOP
    step = max(1, len(values) // 7)
    bars = []
    for index, (label, value, title) in enumerate(values):
        height = round(room * value / most, 1) if most else 0.0
        x = round(index * share + share * GAP / 2, 1)
        width = round(share * (1 - GAP), 1)
        labelled = (len(values) - 1 - index) % step == 0
        centre = round(x + width / 2, 1)
        bars.append(Bar(x, round(HEIGHT - BOTTOM - height, 1), width, height, centre, label, title, labelled))
    return Chart(WIDTH, HEIGHT, HEIGHT - BOTTOM, tuple(bars), highest if most else "", TOP)
