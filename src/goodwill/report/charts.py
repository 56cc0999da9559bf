"""The pictures with axes: Altair specifications, drawn as SVG in this process, with no network.

One specification serves the page, a notebook and a PNG. On the page its colours become the style sheet's variables,
so that the picture follows light, dark and print.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from goodwill.report.view import Chart

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import altair as alt

# Stand-ins while a picture is drawn; `_dress` turns them into the style sheet's variables.
INK, SOFT, RULE, ACCENT, WASH = "#010101", "#020202", "#030303", "#040404", "#050505"
_VARIABLES = {INK: "ink", SOFT: "soft", RULE: "rule", ACCENT: "accent", WASH: "accent-wash"}
WIDE, NARROW = 620, 340  # points across; the letters are the same size in both
_FONT = "Inter, system-ui, sans-serif"


def concentration(people: Sequence[float], held: Sequence[float], half_at: float, width: int, height: int) -> alt.Chart:
    """The share of all worth (0–1) that is held by the first share of customers (0–1), the most valuable first.

    `half_at`: the share of customers who hold half. Lorenz (1905), drawn from the top down.
    """
    import altair as alt

    # The picture starts at nobody and nothing, and is closed by the plain diagonal: all alike.
    curve = alt.InlineData(values=[{"people": x, "held": y} for x, y in zip(people, held, strict=True)])
    alike = alt.InlineData(values=[{"people": 0, "held": 0}, {"people": 1, "held": 1}])
    half = alt.InlineData(values=[{"people": half_at, "held": 0.5, "label": f"half: {_percent(half_at)} of customers"}])
    top = max(1.0, *held) if held else 1.0
    x = alt.X("people:Q", title="customers, the most valuable first", axis=_percent_axis(width), scale=_scale(0, 1))
    y = alt.Y("held:Q", title=None, axis=_percent_axis(height), scale=_scale(min(0.0, *held), top))
    near_the_right = half_at > 0.45
    layers = (
        alt.Chart(curve).mark_area(color=WASH, line=False).encode(x=x, y=y),
        alt.Chart(alike).mark_line(color=SOFT, strokeWidth=1, strokeDash=[2, 3]).encode(x=x, y=y),
        alt.Chart(curve).mark_line(color=ACCENT, strokeWidth=2).encode(x=x, y=y),
        alt.Chart(half).mark_rule(color=INK, strokeWidth=1).encode(x=x, y=y, y2=alt.datum(min(0.0, *held))),
        alt.Chart(half).mark_point(color=INK, filled=True, size=36, opacity=1).encode(x=x, y=y),
        alt.Chart(half)
        .mark_text(
            align="right" if near_the_right else "left",
            dx=-9 if near_the_right else 9,
            dy=5,
            color=INK,
            fontWeight=500,
        )
        .encode(x=x, y=y, text="label:N"),
    )
    return _plain(alt.layer(*layers), width, height)


def scores(rows: Sequence[Mapping[str, Any]], width: int, height: int) -> alt.Chart:
    """A Net Promoter Score by period with its interval. Rows: {period, score, low, high}, in order of time."""
    import altair as alt

    data = alt.InlineData(values=[dict(row) for row in rows])
    bottom = min(0.0, *(float(row["low"]) for row in rows))
    top = max(0.0, *(float(row["high"]) for row in rows))
    every = max(1, -(-len(rows) * 62 // max(1, width)))
    shown = [row["period"] for place, row in enumerate(rows) if (len(rows) - 1 - place) % every == 0]
    x = alt.X(
        "period:O",
        sort=[row["period"] for row in rows],
        title=None,
        axis=alt.Axis(values=shown, labelAngle=0, ticks=False, domain=False, labelPadding=8, grid=False),
    )
    axis = alt.Axis(tickCount=5, domain=False, ticks=False, labelPadding=8, format=".0f")
    y = alt.Y("score:Q", title=None, scale=_scale(bottom, top, nice=True), axis=axis)
    layers = (
        alt.Chart(data).mark_rule(color=WASH, strokeWidth=7).encode(x=x, y=alt.Y("low:Q", title=None), y2="high:Q"),
        alt.Chart(alt.InlineData(values=[{"score": 0}])).mark_rule(color=SOFT, strokeWidth=1).encode(y=y),
        alt.Chart(data).mark_line(color=ACCENT, strokeWidth=1.5).encode(x=x, y=y),
        alt.Chart(data).mark_point(color=ACCENT, filled=True, size=34, opacity=1).encode(x=x, y=y),
    )
    return _plain(alt.layer(*layers), width, height)


def draw(picture: Callable[[int, int], alt.Chart], title: str, words: str, height: int = 240) -> Chart:
    """Both widths of a picture, dressed for the page."""
    wide, narrow = (_dress(_svg(picture(width, height)), title) for width in (WIDE, NARROW))
    return Chart(wide, narrow, title, words)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.095 else f"{100 * share:.1f} %"


def _percent_axis(length: int) -> alt.Axis:
    import altair as alt

    values = [0, 0.25, 0.5, 0.75, 1] if length > 200 else [0, 0.5, 1]
    # Vega's own '%' format has no space before the sign.
    words = "format(datum.value * 100, '.0f') + ' %'"
    return alt.Axis(values=values, labelExpr=words, ticks=False, domain=False, labelPadding=8)


def _scale(low: float, high: float, *, nice: bool = False) -> alt.Scale:
    import altair as alt

    return alt.Scale(domain=[low, high], nice=nice, zero=False)


def _plain(layered: alt.LayerChart | alt.FacetChart, width: int, height: int) -> alt.Chart:
    axis = {
        "gridColor": RULE,
        "labelColor": SOFT,
        "titleColor": SOFT,
        "labelFont": _FONT,
        "titleFont": _FONT,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": 400,
        "titlePadding": 10,
    }
    return (  # type: ignore[no-any-return]
        layered.properties(
            width=width,
            height=height,
            padding={"left": 0, "right": 12, "top": 8, "bottom": 6},
            autosize={"type": "fit", "contains": "padding"},
            background="transparent",
        )
        .configure_view(stroke=None, fill=None)
        .configure_axis(**axis)
        .configure_text(font=_FONT, fontSize=12)
    )


def _svg(picture: alt.Chart) -> str:
    import vl_convert

    # Key order is settled, so that the same picture is the same bytes.
    specification = json.loads(json.dumps(picture.to_dict(), sort_keys=True))
    return str(vl_convert.vegalite_to_svg(specification))


def _dress(svg: str, title: str) -> Markup:
    """Stand-in colours become variables; what a screen reader would stumble over goes; the words stand beside it."""
    for stand_in, variable in _VARIABLES.items():
        svg = re.sub(rf'(fill|stroke)="{stand_in}"', rf'\1="var(--{variable})"', svg)
    svg = re.sub(r' (?:aria-[a-z]+|role|pointer-events)="[^"]*"', "", svg)
    svg = re.sub(r' xmlns(?::xlink)?="[^"]*"| version="1.1"', "", svg)
    svg = re.sub(r' font-family="[^"]*"', "", svg)
    return Markup(svg.replace("<svg ", '<svg aria-hidden="true" focusable="false" ', 1))
