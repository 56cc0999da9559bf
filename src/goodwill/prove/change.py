"""What happened to negative messages after something was done about their cause."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goodwill.errors import NotEnoughData
from goodwill.estimate import Interval, share_difference
from goodwill.facts.columns import DAY, Flags, Floats, Integers, instant
from goodwill.prove.series import InterruptedSeries, interrupted_series

if TYPE_CHECKING:
    from datetime import datetime

    from goodwill.prove.said import Said

AROUND_DAYS = 180
"""How far before and after the date is looked, at most."""
LEAST_AUTHORS = 20
"""With fewer authors a day on a side, added up, nothing is said: not enough data."""


@dataclass(frozen=True, slots=True)
class Change:
    """The share of negative messages about a cause, before and after; one message of a person a day counts."""

    at: datetime
    days: int  # on each side
    before: float  # share of all that was said about us that was negative about it
    after: float
    difference: Interval  # after less before, as a share; 95 %
    relative: float | None  # difference over before: −.26 is a fall by 26 %
    relative_low: float | None
    relative_high: float | None
    weeks: tuple[float, ...]  # the share week by week, 7 days each, on both sides
    week_of_change: int
    series: InterruptedSeries | None  # over the weeks, with the counterfactual
    words: str = ""


def measured_change(said: Said, about: Flags, when: datetime | None, end: int) -> Change | None:
    """The share of negative messages about a cause before and after a date, and against where it was heading.

    The same number of days is taken on both sides: as many as have passed, at most 180. The share is of all that was
    said about us, so a quieter season does not count as a success. Of several messages of one person on one day one
    counts. The interval is Newcombe's (1998). None where nothing was done or too little was said on a side.
    """
    if when is None:
        return None
    at = instant(when)
    start = int(said.at.min()) if len(said) else at
    days = int(min((end - at) // DAY, (at - start) // DAY, AROUND_DAYS))
    if days < 7:
        return None
    inside = said.about_us & (said.at >= at - days * DAY) & (said.at < at + days * DAY)
    rows = np.flatnonzero(inside)
    day = (said.at[rows] - at) // DAY
    # One person's one day, negative about it if any of that day's messages was.
    key, place = np.unique(np.column_stack([said.person[rows], day]), axis=0, return_inverse=True)
    bad = np.zeros(len(key), dtype=bool)
    np.logical_or.at(bad, place.ravel(), about[rows])
    later = key[:, 1] >= 0
    sizes = int((~later).sum()), int(later.sum())
    if min(sizes) < LEAST_AUTHORS:
        return None
    counts = int(bad[~later].sum()), int(bad[later].sum())
    difference = share_difference((float(counts[0]), float(counts[1])), (float(sizes[0]), float(sizes[1])))
    before, after = counts[0] / sizes[0], counts[1] / sizes[1]
    weeks, of_change = _weekly(key[:, 1], bad, days)
    relative = None if before == 0 else difference.estimate / before
    ends = _relative_ends(counts, sizes)
    return Change(
        when,
        days,
        before,
        after,
        difference,
        relative,
        *ends,
        tuple(weeks.tolist()),
        of_change,
        _series(weeks, of_change),
    )


def _relative_ends(counts: tuple[int, int], sizes: tuple[int, int]) -> tuple[float | None, float | None]:
    """The interval of after over before, less 1, on the scale of logarithms (Katz et al. 1978)."""
    if not counts[0] or not counts[1]:
        return None, None
    middle = np.log(counts[1] / sizes[1]) - np.log(counts[0] / sizes[0])
    error = np.sqrt(1 / counts[0] - 1 / sizes[0] + 1 / counts[1] - 1 / sizes[1])
    return float(np.expm1(middle - 1.96 * error)), float(np.expm1(middle + 1.96 * error))


def _weekly(day: Integers, bad: Flags, days: int) -> tuple[Floats, int]:
    whole = days // 7
    week = day // 7 + whole
    kept = (week >= 0) & (week < 2 * whole)
    said = np.bincount(week[kept], minlength=2 * whole)
    negative = np.bincount(week[kept], weights=bad[kept], minlength=2 * whole)
    return negative / np.maximum(said, 1), whole


def _series(weeks: Floats, at: int) -> InterruptedSeries | None:
    try:
        return interrupted_series(weeks, at=at) if at >= 4 else None
    except NotEnoughData:
        return None
