"""Small bars inside tables, drawn by hand as inline SVG.

Each is stretched to its column (`preserveAspectRatio="none"`), so it carries no letters; every figure that it shows
stands in words beside it, and it is hidden from screen readers. Colours are classes, so that light, dark and print
are the style sheet's business. SVG rather than a coloured box, because browsers print it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

WIDTH = 1000  # units across; one decimal of them is finer than any screen


def _number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _box(left: float, right: float, kind: str, top: float = 0, height: float = 10) -> str:
    start, width = max(0.0, min(left, right)), abs(right - left)
    return (
        f'<rect class="{kind}" x="{_number(start)}" y="{_number(top)}" width="{_number(width)}" height="{height:g}"/>'
    )


def _line(at: float, kind: str, top: float = 0, bottom: float = 10) -> str:
    x = _number(at)
    return f'<line class="{kind}" x1="{x}" x2="{x}" y1="{top:g}" y2="{bottom:g}"/>'


def _across(left: float, right: float, kind: str, y: float = 5) -> str:
    return f'<line class="{kind}" x1="{_number(left)}" x2="{_number(right)}" y1="{y:g}" y2="{y:g}"/>'


def _svg(inside: Iterable[str], kind: str) -> Markup:
    shapes = "".join(inside)
    return Markup(
        f'<svg class="bar {kind}" viewBox="0 0 {WIDTH} 10" preserveAspectRatio="none" aria-hidden="true">{shapes}</svg>'
    )


def parts(values: Sequence[tuple[str, float]], low: float, high: float, largest: float) -> Markup:
    """A stacked bar of the parts above zero, with the interval of the whole as a whisker; `largest` is the scale."""
    scale = WIDTH / largest if largest > 0 else 0.0
    shapes, at = [], 0.0
    for kind, value in values:
        width = max(0.0, value) * scale
        if width > 0:
            shapes.append(_box(at, at + width, f"fill-{kind}", 0, 7))
            at += width
    if high > low:
        ends = max(0.0, low * scale), min(WIDTH, max(0.0, high * scale))
        shapes.append(_across(*ends, "whisker", 9))
    return _svg(shapes, "parts")


def range_around(earns: float, costs: tuple[float, float, float], most: tuple[float, float]) -> Markup:
    """What a practice costs (low, middle, high) to the left of the axis, what it earns to the right of it.

    `most`: the largest cost and the largest earning of all rows; they say where the axis stands, on one scale.
    """
    low, middle, high = costs
    scale = WIDTH / sum(most) if sum(most) > 0 else 0.0
    axis = most[0] * scale
    shapes = [
        _box(axis - middle * scale, axis, "fill-debit", 1.5, 7),
        _box(axis, axis + earns * scale, "fill-credit", 1.5, 7),
    ]
    if high > low:
        shapes.append(_across(axis - high * scale, axis - low * scale, "whisker over", 5))
    shapes.append(_line(axis, "axis"))
    return _svg(shapes, "range")


def share(value: float, kind: str = "plain") -> Markup:
    """A share of 1, on a track."""
    return _svg(
        [_box(0, WIDTH, "track", 2, 6), _box(0, WIDTH * min(1.0, max(0.0, value)), f"fill-{kind}", 2, 6)], "share"
    )


def shares(values: Sequence[tuple[str, float]]) -> Markup:
    """Shares of 1 side by side: negative, neutral, positive."""
    shapes, at = [], 0.0
    for kind, value in values:
        shapes.append(_box(at * WIDTH, (at + value) * WIDTH, f"fill-{kind}", 1.5, 7))
        at += value
    return _svg(shapes, "mood")


def score(value: float, low: float, high: float, lowest: float = -100, highest: float = 100) -> Markup:
    """A score as a tick on its scale, with its interval and the zero."""

    def place(number: float) -> float:
        return WIDTH * (min(highest, max(lowest, number)) - lowest) / (highest - lowest)

    return _svg(
        [
            _across(0, WIDTH, "scale"),
            _line(place(0), "axis", 1, 9),
            _box(place(low), place(high), "fill-interval", 2.5, 5),
            _line(place(value), "tick", 0.5, 9.5),
        ],
        "score",
    )


def weeks(values: Sequence[float], at: int, otherwise: Sequence[float]) -> Markup:
    """A share week by week as a line, a tick where something changed, and dashed what it would have been otherwise."""
    most = max((*values, *otherwise), default=0.0)
    step, scale = WIDTH / max(1, len(values) - 1), 9 / most if most > 0 else 0.0

    def line(points: Sequence[float], first: int, kind: str) -> str:
        places = " ".join(
            f"{_number((first + place) * step)},{9.5 - min(most, max(0.0, value)) * scale:.2f}"
            for place, value in enumerate(points)
        )
        return f'<polyline class="{kind}" points="{places}"/>'

    shapes = [_line((at - 0.5) * step, "axis"), line(values, 0, "line")]
    if len(otherwise):
        shapes.append(line(otherwise, at, "line otherwise"))
    return _svg(shapes, "weeks")
