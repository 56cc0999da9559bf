"""Spend models held against what happened: fitted on the first part of the log, judged on the weeks held out."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.errors import GoodwillError, GoodwillWarning
from goodwill.value.summary import Summary, summary

if TYPE_CHECKING:
    import altair as alt

    from goodwill.lake import Facts
    from goodwill.value.spend.purchases import PurchaseModel

Floats = npt.NDArray[np.float64]

SHORTEST, LONGEST, PART = 56, 364, 1 / 3  # days of the hold-out: a third of the log, between eight weeks and a year
MOST_TO_FIT, MOST_TO_JUDGE = 40_000, 10_000
LARGEST_COUNT = 150
LEAST_PROBABILITY = 1e-12
TENTHS = 10
SEED = 19_970_930


@dataclass(frozen=True)
class Candidate:
    """One model on the weeks held out.

    `log_likelihood` is that of the counts held out, over `customers`; `mean_absolute_error` and
    `root_mean_square_error` are of purchases a customer; `expected` and `actual` their totals. `weeks` counts from the
    beginning of the hold-out, `expected_by_week` and `actual_by_week` are cumulative; `tenths` has expected and actual
    mean purchases of customers in ten groups, from those of whom least is expected.
    """

    model: str
    log_likelihood: float
    mean_absolute_error: float
    root_mean_square_error: float
    expected: float
    actual: float
    customers: int
    weeks: tuple[int, ...]
    expected_by_week: tuple[float, ...]
    actual_by_week: tuple[float, ...]
    tenths: tuple[tuple[float, float], ...]

    def told(self) -> dict[str, Any]:
        """As plain values, for the report."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class HeldOut:
    """The first part of the log as a summary, and the purchases of the rest, week by week."""

    fitted: Summary
    judged: Summary
    horizon: float  # grains
    weeks: tuple[int, ...]
    by_week: tuple[float, ...]  # cumulative


def hold_out(facts: Facts, bought: Summary, as_of: datetime) -> HeldOut | None:
    """Splits the log in time; None where it is too short. Only customers of `bought` are looked at."""
    first = bought.rows["first_at"].cast(pa.date32()).cast(pa.int32())
    begin = pc.min(first).as_py()
    if begin is None:
        return None
    days = as_of.timestamp() / 86_400 - begin
    kept_out = int(min(days * PART, LONGEST)) // 7 * 7
    if kept_out < SHORTEST:
        return None
    split = as_of - timedelta(days=kept_out)
    early = summary(facts, as_of=split, grain=bought.grain, hold_out_until=as_of).on(bought.clock)
    known = np.asarray(pc.is_in(early.customer_id, value_set=bought.customer_id)).astype(bool)
    early = early.take(known & (early.column("occasions") > 0))
    rng = np.random.default_rng(SEED)
    judged = _some(early, MOST_TO_JUDGE, rng)
    weeks, by_week = _weekly(facts, judged, split, as_of)
    return HeldOut(_some(early, MOST_TO_FIT, rng), judged, judged.ahead(kept_out), weeks, by_week)


def _some(rows: Summary, most: int, rng: np.random.Generator) -> Summary:
    if len(rows) <= most:
        return rows
    chosen = np.zeros(len(rows), dtype=bool)
    chosen[rng.choice(len(rows), most, replace=False)] = True
    return rows.take(chosen)


def _weekly(
    facts: Facts, judged: Summary, split: datetime, as_of: datetime
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Purchases of the judged customers after the split, cumulative by week."""
    import ibis

    names = facts.lake.put("value_judged", pa.table({"customer_id": judged.customer_id}))
    log = facts.purchases
    late = log.filter(
        log.at > ibis.literal(split, "timestamp('UTC')"), log.at <= ibis.literal(as_of, "timestamp('UTC')")
    )
    late = late.semi_join(names, "customer_id").mutate(day=late.at.date(), money=late.amount.cast("float64"))
    days = late.group_by(["customer_id", "day"]).agg(net=late.money.sum())
    counted = days.filter(days.net > 0).group_by("day").agg(bought=lambda table: table.count()).order_by("day")
    found = facts.lake.arrow(counted)
    since = np.asarray(found["day"].cast(pa.date32()).cast(pa.int32())) - int(split.timestamp() // 86_400)
    number = round((as_of - split).days / 7)
    week = np.clip((since - 1) // 7, 0, number - 1).astype(np.int64)
    each = np.bincount(week, np.asarray(found["bought"]), minlength=number)
    return tuple(range(1, number + 1)), tuple(np.cumsum(each).tolist())


def judge(model: PurchaseModel, held: HeldOut) -> Candidate | None:
    """Fits `model` to the first part and holds it against the rest; None where it cannot be fitted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GoodwillWarning)
        try:
            model.fit(held.fitted.frequency, held.fitted.recency, held.fitted.age)
        except GoodwillError:
            return None
    history = held.judged.frequency, held.judged.recency, held.judged.age
    came = held.judged.column("held_out")
    expected = model.expected_purchases(held.horizon, *history)
    error = expected - came
    ahead = [held.judged.ahead(7.0 * number) for number in held.weeks]
    by_week = [float(model.expected_purchases(time, *history).sum()) for time in ahead]
    return Candidate(
        type(model).__name__,
        _log_likelihood(model, held, came),
        float(np.abs(error).mean()),
        float(np.sqrt((error**2).mean())),
        float(expected.sum()),
        float(came.sum()),
        len(came),
        held.weeks,
        tuple(by_week),
        held.by_week,
        _tenths(expected, came),
    )


def _log_likelihood(model: PurchaseModel, held: HeldOut, came: Floats) -> float:
    """Σ ln P(the number that came | history); counts beyond the largest looked at share what is left."""
    history = held.judged.frequency, held.judged.recency, held.judged.age
    largest = int(min(came.max(initial=0), LARGEST_COUNT))
    chance = model.purchase_count_distribution(held.horizon, largest, *history)
    rest = 1 - chance.sum(axis=1)
    count = np.minimum(came, largest).astype(np.int64)
    own = np.where(came > largest, rest, chance[np.arange(len(came)), count])
    return float(np.log(np.maximum(own, LEAST_PROBABILITY)).sum())


def _tenths(expected: Floats, came: Floats) -> tuple[tuple[float, float], ...]:
    order = np.argsort(expected, kind="stable")
    groups = [group for group in np.array_split(order, TENTHS) if len(group)]
    return tuple((float(expected[group].mean()), float(came[group].mean())) for group in groups)


def tracking_chart(candidates: tuple[Candidate, ...]) -> alt.Chart:
    """Cumulative purchases held out, week by week: what came, and what each model expected."""
    import altair as alt

    rows = [
        {"week": week, "purchases": count, "line": candidate.model}
        for candidate in candidates
        for week, count in zip(candidate.weeks, candidate.expected_by_week, strict=True)
    ]
    if candidates:
        first = candidates[0]
        rows += [
            {"week": week, "purchases": count, "line": "what came"}
            for week, count in zip(first.weeks, first.actual_by_week, strict=True)
        ]
    chart: alt.Chart = (
        alt.Chart({"values": rows})
        .mark_line()
        .encode(
            x=alt.X("week:Q", title="weeks held out"),
            y=alt.Y("purchases:Q", title="purchases, cumulative"),
            color=alt.Color("line:N", title=None),
        )
    )
    return chart
