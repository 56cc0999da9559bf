"""Which model of spending, and how it stood the test of the weeks held out: a table and three pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from goodwill.report import charts
from goodwill.report.figures import count, in_words, initial, whole
from goodwill.report.grounds import MODELS
from goodwill.report.view import Chart, Empty

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import altair as alt

PLAIN_LEVEL = 0.8


@dataclass(frozen=True, slots=True)
class ModelRow:
    name: str
    taken: bool
    log_likelihood: str
    behind: str  # how far its log-likelihood lies below the best
    mean_absolute_error: str
    root_mean_square_error: str
    total: str  # expected over what came, in percent


@dataclass(frozen=True, slots=True)
class SpendChoice:
    words: tuple[str, ...]
    rows: tuple[ModelRow, ...]
    charts: tuple[Chart, ...]
    empty: Empty | None = None


def spend_choice(told: Mapping[str, Any]) -> SpendChoice:
    """The section from `Valuation.spend`."""
    compared: list[dict[str, Any]] = list(told.get("comparison") or ())
    if not compared:
        return SpendChoice((), (), (), _nothing(told))
    compared.sort(key=lambda one: -one["log_likelihood"])
    taken = next((one for one in compared if one["model"] == told["model"]), compared[0])
    return SpendChoice(
        words=_words(told, compared, taken),
        rows=tuple(_row(one, compared[0], one is taken) for one in compared),
        charts=_charts(taken),
    )


def _nothing(told: Mapping[str, Any]) -> Empty:
    if told.get("assumed"):
        return Empty(
            "Too few people bought again for a model to be fitted.",
            "Purchases to come rest on purchases_a_year in goodwill.toml; a longer log ends that.",
        )
    return Empty(
        "The log is too short to hold weeks out, so BG/NBD was taken untested.",
        "From half a year of purchases on, three models are compared here.",
    )


def _words(told: Mapping[str, Any], compared: Sequence[Mapping[str, Any]], taken: Mapping[str, Any]) -> tuple[str, ...]:
    weeks, name = taken["weeks"][-1], _name(taken["model"])
    subscribed = told["model"] != taken["model"]
    words = [
        f"{initial(in_words(len(compared)))} models were fitted to the log without its last {count(weeks, 'week')} "
        f"and asked how often each of {count(taken['customers'], 'customer')} would buy in them. {name} gave what came "
        "the greatest likelihood"
        + (": it is used for those who buy without a subscription." if subscribed else ": it is used.")
    ]
    share = taken["expected"] / taken["actual"] if taken["actual"] else 1.0
    words.append(
        f"It expected {whole(round(taken['expected']))} purchases, and {whole(round(taken['actual']))} came "
        f"({_percent(share, 1)} of them)."
    )
    level = told.get("level", PLAIN_LEVEL)
    if abs(level - PLAIN_LEVEL) >= 0.0005:
        words.append(
            f"Intervals are made at {_percent(level, 1)}: by what those weeks brought, such intervals hold four fifths."
        )
    return tuple(words)


def _row(one: Mapping[str, Any], best: Mapping[str, Any], taken: bool) -> ModelRow:
    behind = best["log_likelihood"] - one["log_likelihood"]
    return ModelRow(
        name=_name(one["model"]),
        taken=taken,
        log_likelihood=f"{one['log_likelihood']:,.1f}".replace("-", "\u2212"),
        behind="best" if one is best else f"\u2212{behind:,.1f}",
        mean_absolute_error=f"{one['mean_absolute_error']:.3f}",
        root_mean_square_error=f"{one['root_mean_square_error']:.3f}",
        total=_percent(one["expected"] / one["actual"], 1) if one["actual"] else "",
    )


def _charts(taken: Mapping[str, Any]) -> tuple[Chart, ...]:
    name, weeks = _name(taken["model"]), list(taken["weeks"])
    expected, came = list(taken["expected_by_week"]), list(taken["actual_by_week"])
    lines = f"Full line: what came. Dashed: what {name} expected."
    apart = max(abs(one - other) for one, other in zip(expected, came, strict=True))
    tenths = [(float(one), float(other)) for one, other in taken["tenths"]]
    return (
        charts.draw(
            lambda width, height: _two_lines(weeks, came, expected, width, height),
            "Purchases since the weeks began, added up",
            f"{lines} They are never further apart than {count(round(apart), 'purchase')}.",
        ),
        charts.draw(
            lambda width, height: _two_lines(weeks, _steps(came), _steps(expected), width, height),
            "Purchases week by week",
            f"{lines} Between {whole(min(_steps(came)))} and {whole(max(_steps(came)))} came in a week.",
        ),
        charts.draw(
            lambda width, height: _against(tenths, width, height),
            "Expected and come, in ten groups of customers",
            "Each point is a tenth of them, from those of whom least was expected to those of whom most was, with its "
            f"mean number of purchases ({tenths[0][0]:.1f} expected and {tenths[0][1]:.1f} come in the first, "
            f"{tenths[-1][0]:.1f} and {tenths[-1][1]:.1f} in the last). On the dashed line they are the same.",
            height=280,
        ),
    )


def _steps(added: Sequence[float]) -> list[float]:
    """Week by week, from what is added up.

    >>> _steps([2.0, 5.0])
    [2.0, 3.0]
    """
    return [now - before for before, now in zip([0.0, *added[:-1]], added, strict=True)]


def _two_lines(weeks: Sequence[int], came: Sequence[float], expected: Sequence[float], width: int, height: int) -> Any:
    """What came as a full line, what was expected as a dashed one, on one scale from nought."""
    import altair as alt

    def data(values: Sequence[float]) -> alt.InlineData:
        return alt.InlineData(
            values=[{"week": week, "number": round(number, 3)} for week, number in zip(weeks, values, strict=True)]
        )

    top = max(1.0, *came, *expected)
    x = alt.X(
        "week:Q",
        title="weeks held out",
        scale=alt.Scale(domain=[min(1, weeks[0]), weeks[-1]], nice=False),
        axis=alt.Axis(tickMinStep=1, tickCount=6, grid=False, domain=False, ticks=False, labelPadding=8, format=".0f"),
    )
    y = alt.Y("number:Q", title=None, scale=alt.Scale(domain=[0, top], nice=True), axis=_numbers(room=_room(top)))
    layers = (
        alt.Chart(data(came)).mark_line(color=charts.INK, strokeWidth=1.5).encode(x=x, y=y),
        alt.Chart(data(expected)).mark_line(color=charts.ACCENT, strokeWidth=2.5, strokeDash=[5, 4]).encode(x=x, y=y),
    )
    return charts._plain(alt.layer(*layers), width, height)


def _against(tenths: Sequence[tuple[float, float]], width: int, height: int) -> Any:
    """Mean purchases that came over those expected, with the line on which they are the same."""
    import altair as alt

    top = max(0.1, *(max(pair) for pair in tenths))
    rows = [{"expected": round(one, 4), "came": round(other, 4)} for one, other in tenths]
    points = alt.InlineData(values=list(rows))
    same = alt.InlineData(values=[{"expected": end, "came": end} for end in (0.0, top)])
    scale = alt.Scale(domain=[0, top], nice=True)
    x = alt.X("expected:Q", title="expected", scale=scale, axis=_numbers(".3~g"))
    y = alt.Y("came:Q", title="came", scale=scale, axis=_numbers(".3~g"))
    layers = (
        alt.Chart(same).mark_line(color=charts.SOFT, strokeWidth=1, strokeDash=[2, 3]).encode(x=x, y=y),
        alt.Chart(points).mark_point(color=charts.ACCENT, filled=True, size=46, opacity=1).encode(x=x, y=y),
    )
    return charts._plain(alt.layer(*layers), width, height)


def _numbers(form: str = ",.0f", room: float = 0) -> alt.Axis:
    import altair as alt

    return alt.Axis(tickCount=5, domain=False, ticks=False, labelPadding=8, format=form, minExtent=room)


def _room(largest: float) -> float:
    """Room for the labels of an axis: the page's letters are wider than those that the picture is measured with.

    >>> _room(8000.0)
    56.0
    """
    return 8.0 * len(f"{largest:,.0f}") + 16


def _name(model: str) -> str:
    return MODELS.get(model, model)


def _percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f} %"
