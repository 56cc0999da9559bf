"""Customers alike but for one thing: what those who had it did more, or less, than those who had not.

One instant splits the past year in two. What happened before it (a kind response, a complaint) tells the exposed from
the others; what was bought after it is compared between customers who were alike in their purchases up to it (matching:
Abadie & Imbens 2006, 2011). This shows an association between people alike in what was measured; only an experiment
proves an effect. As purchases that the exposure itself brought before the split count as likeness, the difference is
rather too small than too large.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from goodwill.errors import NotEnoughData
from goodwill.estimate import matched_difference
from goodwill.facts.columns import Floats, Integers
from goodwill.value.ranges import NINTH_DECILE, Range
from goodwill.value.summary import summary

if TYPE_CHECKING:
    from goodwill.lake import Facts
    from goodwill.value.accounts import Accounts

SPLIT = 182  # days before as_of
YEAR = 365
FEWEST = 100  # exposed, and others
MOST = 20_000
SEED = 20_110_101


@dataclass(frozen=True)
class Before:
    """Customers at the split, one row each: members, what they were like, and money that they spent after it."""

    member: Integers
    likeness: Floats  # (customers, k)
    spent: Floats


@dataclass(frozen=True)
class Difference:
    """What the exposed spent more than those alike, as a part of what the exposed spent (or would have)."""

    share: float
    error: float
    pairs: int


def before(facts: Facts, who: Accounts, as_of: datetime) -> Before:
    """The customers valued one by one who had bought by the split."""
    early = summary(facts, as_of=as_of - timedelta(days=SPLIT), hold_out_until=as_of)
    member = who.member(early.customer_id)
    known = (member >= 0) & (early.column("occasions") > 0)
    known &= who.of_members(member) < who.single
    early, member = early.take(known), member[known]
    likeness = np.stack(
        [
            np.log1p(early.frequency),
            early.recency,
            early.age,
            np.log1p(early.column("mean_of_all")),
            np.log1p(np.maximum(early.column("year_amount"), 0.0)),
        ],
        axis=1,
    )
    return Before(member, likeness, np.maximum(early.column("held_out_amount"), 0.0))


def difference(at: Before, exposed: npt.NDArray[np.bool_], more: Floats | None = None) -> Difference | None:
    """The exposed against those alike; `exposed` and `more` (a further likeness) are by member. None: too few."""
    inside = exposed[at.member]
    if inside.sum() < FEWEST or (~inside).sum() < FEWEST:
        return None
    likeness = at.likeness if more is None else np.column_stack([at.likeness, np.log1p(more[at.member])])
    rows = _some(inside)
    try:
        found = matched_difference(at.spent[rows], inside[rows], likeness[rows], level=0.8)
    except NotEnoughData:
        return None
    mean = float(at.spent[rows][inside[rows]].mean())
    level = max(mean, mean - found.estimate)  # what they spent, or would have spent, whichever is more
    if level <= 0 or found.pairs < FEWEST or not np.isfinite(found.standard_error):
        return None
    return Difference(found.estimate / level, found.standard_error / level, found.pairs)


def _some(inside: npt.NDArray[np.bool_]) -> Integers:
    """At most so many of each side, the same ones every time."""
    rng = np.random.default_rng(SEED)
    sides = [np.flatnonzero(side) for side in (inside, ~inside)]
    return np.sort(np.concatenate([rng.choice(side, min(len(side), MOST), replace=False) for side in sides]))


def tempered(assumed: Range, found: float, error: float, least: float, most: float) -> Range:
    """What was assumed and what was found, each by its precision; within bounds that make sense.

    What was found by comparing the alike may be biased by what nobody recorded, and more data do not mend that. So its
    variance has a part that never shrinks, as wide as the assumption's own (bias modelling: Turner, Spiegelhalter,
    Smith and Thompson 2009): however many customers there are, it weighs no more than what the firm says it knows.

    >>> both = tempered(Range(0.05, 0.1, 0.2), found=0.3, error=0.0, least=0.0, most=0.5)
    >>> round(both.low, 2), round(both.middle, 2), round(both.high, 2)
    (0.15, 0.2, 0.25)
    """
    spread = max((assumed.high - assumed.low) / (2 * NINTH_DECILE), 1e-9)
    variance = error**2 + spread**2
    precision = 1 / spread**2 + 1 / variance
    middle = (assumed.middle / spread**2 + found / variance) / precision
    half = NINTH_DECILE / precision**0.5
    low, middle, high = (min(max(value, least), most) for value in (middle - half, middle, middle + half))
    return Range(low, middle, high)
