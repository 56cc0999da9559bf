"""The firm's own calendar: a clock that runs fast in brisk months and slow in quiet ones.

The spend models take a steady rate. Where December brings twice the purchases of other months, customers who came since
are taken for slower buyers than they are. So time is counted on a clock on which purchases come evenly (the operational
time of a non-homogeneous Poisson process; Cox & Lewis 1966): a month counts as s_m months, s_m being the repeat
purchases that came in it over those that the model without a season expected, over all years, with a mean of 1 over the
year. It is used where the log shows each month twice or nearly, and where the likelihood says so: in clock time the
log-likelihood gains Σ R_m ln s_m from the change of variable, and the eleven indices must pay for themselves by AIC.
"""

from __future__ import annotations

import calendar
import warnings
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from goodwill.errors import GoodwillError, GoodwillWarning
from goodwill.facts.columns import Floats, Integers, floats
from goodwill.value.clock import STEADY, Clock, month_edges
from goodwill.value.spend import BetaGeoNBD

if TYPE_CHECKING:
    from goodwill.lake import Facts
    from goodwill.value.summary import Summary

FEWEST_DAYS = 600  # of log
FEWEST_PURCHASES = 600  # repeats, for twelve indices
PRIOR = 25.0  # purchases a month that speak for no season
LEAST, MOST = 0.2, 5.0
INDICES = 11
WORTH_IT = 0.05  # a year that is more even than that is even


def seasonal_clock(facts: Facts, bought: Summary, as_of: datetime) -> tuple[Clock, list[str]]:
    """The clock of a firm from its log, and what is to be said of it; a steady one where there is no telling."""
    first = _days(bought.rows["first_at"])
    buyers = bought.column("occasions") > 0
    today = (as_of.astimezone(UTC).date() - date(1970, 1, 1)).days
    if not buyers.any() or today - first[buyers].min() < FEWEST_DAYS:
        return STEADY, []
    if bought.frequency.sum() < FEWEST_PURCHASES:
        return STEADY, []
    edges = month_edges()
    came = _repeats_by_month(facts, first[buyers], as_of, edges)
    some = bought.take(buyers)
    plain = _fit(some)
    if plain is None:
        return STEADY, []
    index = _index(came, _expected_by_month(plain, first[buyers], today, edges, some.in_grains(1.0)))
    if np.abs(index - 1).max() < WORTH_IT:
        return STEADY, []
    clock = Clock(tuple(index.tolist()))
    timed = _fit(some.on(clock))
    if timed is None:
        return STEADY, []
    gain = timed.log_likelihood + float((came * np.log(np.tile(index, len(came) // 12))).sum()) - plain.log_likelihood
    if gain <= INDICES:
        return STEADY, []
    high, low = int(index.argmax()), int(index.argmin())
    said = (
        f"the calendar counts: {calendar.month_name[high + 1]} brings {index[high]:.2f} times the purchases of an even "
        f"month, {calendar.month_name[low + 1]} {index[low]:.2f} times; rates are reckoned with it"
    )
    return clock, [said]


def _fit(some: Summary) -> BetaGeoNBD | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", GoodwillWarning)
        try:
            return BetaGeoNBD(time_unit=some.grain).fit(some.frequency, some.recency, some.age)
        except GoodwillError:
            return None


def _repeats_by_month(facts: Facts, first: Integers, as_of: datetime, edges: Floats) -> Floats:
    """Repeat purchases in each month since 1970: all purchases less the first ones."""
    import ibis

    log = facts.purchases
    log = log.filter(log.customer_id.notnull(), log.at <= ibis.literal(as_of, "timestamp('UTC')"))
    days = log.mutate(day=log.at.date(), money=log.amount.cast("float64"))
    days = days.group_by(["customer_id", "day"]).agg(net=days.money.sum())
    found = facts.lake.arrow(days.filter(days.net > 0).group_by("day").agg(bought=lambda table: table.count()))
    day, number = _days(found["day"]), floats(found["bought"], 0.0)
    months = len(edges) - 1
    every = np.bincount(np.clip(np.searchsorted(edges, day, "right") - 1, 0, months), number, minlength=len(edges))
    new = np.bincount(np.clip(np.searchsorted(edges, first, "right") - 1, 0, months), minlength=len(edges))
    came: Floats = np.maximum(every - new, 0.0)
    return came


def _expected_by_month(model: BetaGeoNBD, first: Integers, today: int, edges: Floats, unit: float) -> Floats:
    """Repeat purchases that the model without a season expects in each month, of customers by the day they came."""
    day, number = np.unique(first, return_counts=True)
    expected = np.zeros(len(edges))
    begin = max(int(np.searchsorted(edges, day[0], "right")) - 1, 0)
    end = int(np.searchsorted(edges, today, "right"))
    by_then = np.zeros(len(day))
    for month in range(begin, end):
        until = min(edges[month + 1], today) if month + 1 < len(edges) else today
        age = np.maximum(until - day, 0.0) * unit
        so_far = np.asarray(model.expected_purchases(age), dtype=np.float64)
        expected[month] = float((number * (so_far - by_then)).sum())
        by_then = so_far
    return expected


def _index(came: Floats, expected: Floats) -> Floats:
    """(12,) the speed of each calendar month, drawn towards 1 by the prior, with a mean of 1 over the year."""
    years = len(came) // 12
    seen, meant = came.reshape(years, 12).sum(axis=0), expected.reshape(years, 12).sum(axis=0)
    raw = np.clip((seen + PRIOR) / (meant + PRIOR), LEAST, MOST)
    index: Floats = raw / raw.mean()
    return index


def _days(column: pa.ChunkedArray) -> Integers:
    """Days since 1970; 0 where there is none."""
    return np.asarray(column.cast(pa.date32()).cast(pa.int32()).fill_null(0), dtype=np.int64)
