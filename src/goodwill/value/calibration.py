"""Do the intervals hold what they say? Asked of the weeks held out, whose outcome is known.

Models are never quite true, so intervals of their draws hold a little less, or more, than they promise. The customers
of the hold-out tell by how much: the level is found at which intervals made on the first part of the log hold as much
of what came after it as they would at 80 % if the models were true, and intervals of the coming year are made at that
level. (That is 80 %, and a little more where many will almost surely buy nothing: an interval cannot hold less than its
only likely point.) This is the calibration of Kuleshov, Fenner & Ermon (2018), Accurate uncertainties for deep learning
using calibrated regression, on a sample set apart, as split conformal prediction has it (Papadopoulos et al. 2002).

With few customers what is found is mostly luck, so it is drawn towards the plain 80 % by its precision.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from goodwill.value.outcomes import Singles, interval
from goodwill.value.spending import LEVEL

if TYPE_CHECKING:
    from goodwill.facts.columns import Floats
    from goodwill.value.compare import HeldOut
    from goodwill.value.spending import FreeSpending
    from goodwill.value.summary import Summary

DRAWS, FRESH = 199, 39
MOST = 4000  # customers: the share inside is then known to ±.006
FEWEST = 200
SEED = 20_180_711
GRID = np.linspace(0.7, 0.95, 26)
PRIOR = 0.02  # by how much models of spend are off, as a rule: one standard deviation of the share inside


def calibrated_level(early: FreeSpending, held: HeldOut) -> float:
    """The level at which intervals of draws hold as much of the money of the weeks held out as 80 % promises.

    `early` is fitted to the first part of the log alone.
    """
    rng = np.random.default_rng(SEED)
    judged = held.judged
    if len(judged) < FEWEST:
        return LEVEL
    if len(judged) > MOST:
        chosen = np.zeros(len(judged), dtype=bool)
        chosen[rng.choice(len(judged), MOST, replace=False)] = True
        judged = judged.take(chosen)
    drawn = money_drawn(early, judged, held.horizon, DRAWS, rng)
    fresh = money_drawn(early, judged, held.horizon, FRESH, rng)
    promised = share_inside(*interval(drawn, LEVEL), fresh)
    came = judged.column("held_out_amount")
    inside = [share_inside(*interval(drawn, float(level)), came) for level in GRID]
    found = float(np.interp(promised, np.maximum.accumulate(inside), GRID))
    return LEVEL + trust(len(judged)) * (found - LEVEL)


def money_drawn(early: FreeSpending, judged: Summary, horizon: float, draws: int, rng: np.random.Generator) -> Singles:
    """Money that may come, (draws, customers)."""
    bought = early.draw(judged, horizon, draws, rng)
    row, who = np.nonzero(bought)
    money = np.zeros(bought.shape, dtype=np.float32)
    money[row, who] = early.draw_spend(judged, who, bought[row, who].astype(np.float64), rng)
    return money


def share_inside(low: Floats, high: Floats, came: Floats | Singles) -> float:
    """The share of outcomes, (customers,) or (draws, customers), within their intervals, to the half cent."""
    return float(np.mean((came >= low - 0.005) & (came <= high + 0.005)))


def trust(customers: int) -> float:
    """How far the share inside that so many customers show is to be believed: prior variance over the whole.

    >>> round(trust(400), 2), round(trust(4000), 2)
    (0.5, 0.91)
    """
    return PRIOR**2 / (PRIOR**2 + LEVEL * (1 - LEVEL) / customers)
