"""Line charts as small SVG files that read on light and dark paper."""

from dataclasses import dataclass

WIDTH, HEIGHT = 720, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 176, 40, 44
COLOURS = ("#2f7de1", "#d9822b", "#2f9e6e")
STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#6f6f6f}.t{font-weight:600}.g{stroke:#8886;stroke-width:1}"
    "polyline{fill:none;stroke-width:2.5;stroke-linejoin:round}"
    "@media(prefers-color-scheme:dark){text{fill:#b8b8b8}}"
)


@dataclass(frozen=True, slots=True)
class Chart:
    """Values of named lines at the same places along x."""

    title: str
    x_name: str
    x: list[int]
    lines: dict[str, list[float]]

    def svg(self) -> str:
        top = max(value for values in self.lines.values() for value in values)
        step = nice_step(top)
        ceiling = step * (int(top / step) + 1)
        parts = [self._grid(ceiling, step), *self._x_axis()]
        labels: list[tuple[float, str]] = []
        for k, (name, values) in enumerate(self.lines.items()):
            points = " ".join(
                f"{self._at(x):.1f},{height(value, ceiling):.1f}" for x, value in zip(self.x, values, strict=True)
            )
            parts.append(f'<polyline stroke="{COLOURS[k]}" points="{points}"/>')
            labels.append((height(values[-1], ceiling), f'style="fill:{COLOURS[k]}">{name}, {spoken(values[-1])}'))
        parts += place_labels(labels)
        body = "\n".join(parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'aria-label="{self.title}"><style>{STYLE}</style>\n'
            f'<text class="t" x="12" y="22">{self.title}</text>\n{body}\n</svg>\n'
        )

    def _at(self, x: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * x / self.x[-1]

    def _grid(self, ceiling: float, step: float) -> str:
        found = []
        for k in range(round(ceiling / step) + 1):
            y = height(k * step, ceiling)
            found.append(f'<path class="g" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
            found.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{k * step:g}</text>')
        return "\n".join(found)

    def _x_axis(self) -> list[str]:
        step = nice_step(self.x[-1])
        marks = [round(k * step) for k in range(int(self.x[-1] / step) + 1)]
        y = HEIGHT - BOTTOM + 18
        found = [f'<text x="{self._at(mark):.1f}" y="{y}" text-anchor="middle">{mark:,}</text>' for mark in marks]
        middle = (LEFT + WIDTH - RIGHT) / 2
        return [*found, f'<text x="{middle}" y="{HEIGHT - 8}" text-anchor="middle">{self.x_name}</text>']


def height(value: float, ceiling: float) -> float:
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / ceiling


def nice_step(top: float) -> float:
    """1, 2 or 5 times a power of ten, so that there are four to ten steps."""
    size = 10.0 ** (len(str(int(top))) - 1) if top >= 1 else 0.1
    return next(size * part for part in (0.1, 0.2, 0.5, 1, 2) if top / (size * part) <= 8)


def spoken(value: float) -> str:
    return f"{value:.1f} µs" if value < 100 else f"{value:,.0f} µs"


def place_labels(labels: list[tuple[float, str]]) -> list[str]:
    """Names beside the ends of their lines, pushed apart where they would touch."""
    found: list[str] = []
    last = 1e9
    for y, text in sorted(labels, reverse=True):
        last = min(y + 4, last - 17)
        found.append(f'<text x="{WIDTH - RIGHT + 8}" y="{last:.1f}" {text}</text>')
    return found
