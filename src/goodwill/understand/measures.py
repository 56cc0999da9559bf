"""How well readings agree with what people say: accuracy, precision and recall, order, calibration, cut-offs.

Plain functions on arrays; `goodwill.understand.evaluate` asks them about a firm's corrections.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from goodwill.estimate import wilson

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

BINS = 10
GRID = np.round(np.arange(0.05, 0.951, 0.01), 2)
"""Cut-offs that are tried."""
_NEAR_THE_BEST = 0.98
_FOLDS = 5


@dataclass(frozen=True, slots=True)
class Accuracy:
    """How many of so many were right, with the 95 % interval of the share (Wilson 1927)."""

    right: int
    count: int

    @property
    def share(self) -> float:
        """The share that was right; NaN of none."""
        return self.right / self.count if self.count else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        """Its 95 % interval; (0, 1) of none."""
        if not self.count:
            return 0.0, 1.0
        found = wilson(self.right, self.count)
        return found.low, found.high


@dataclass(frozen=True, slots=True)
class Agreement:
    """One label against the people's word: how often it was said and meant."""

    both: int
    said: int
    meant: int

    @property
    def precision(self) -> float:
        """Of those it was said of, the share that meant it; NaN where it was never said."""
        return self.both / self.said if self.said else float("nan")

    @property
    def recall(self) -> float:
        """Of those that meant it, the share it was said of; NaN where nobody meant it."""
        return self.both / self.meant if self.meant else float("nan")

    @property
    def f1(self) -> float:
        """The harmonic mean of both; NaN where it was neither said nor meant."""
        return 2 * self.both / (self.said + self.meant) if self.said + self.meant else float("nan")


@dataclass(frozen=True, slots=True)
class Bin:
    """Readings whose probability lay in [low, high): how sure they were on the mean, how many were right."""

    low: float
    high: float
    count: int
    said: float
    came: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether probabilities mean what they say. `error` is the expected calibration error."""

    error: float
    count: int
    bins: tuple[Bin, ...]


def accuracy_of(right: Flags) -> Accuracy:
    """Counts what is true.

    >>> accuracy_of(np.array([True, False])).share
    0.5
    """
    return Accuracy(int(right.sum()), len(right))


def agreement(truth: Flags, said: Flags) -> Agreement:
    """Compares one label's two columns, [N] each.

    >>> agreement(np.array([True, True, False]), np.array([True, False, False])).f1
    0.6666666666666666
    """
    return Agreement(int((truth & said).sum()), int(said.sum()), int(truth.sum()))


def calibration(chance: Floats, came: Flags, bins: int = BINS) -> Calibration:
    """Expected calibration error over bins of equal width: Σ (n_b / N) |said_b − came_b|.

    Source: Guo, Pleiss, Sun, Weinberger, 'On Calibration of Modern Neural Networks' (2017), equation 3.

    Args:
        chance: [N] probabilities as they were said.
        came: [N] whether it was so.
        bins: how many.

    >>> round(calibration(np.array([0.9, 0.9, 0.6, 0.6]), np.array([True, True, True, False])).error, 3)
    0.1
    """
    where = np.minimum((chance * bins).astype(int), bins - 1)
    found = []
    for place in range(bins):
        here = where == place
        if here.any():
            said, share = float(chance[here].mean()), float(came[here].mean())
            found.append(Bin(place / bins, (place + 1) / bins, int(here.sum()), said, share))
    error = sum(one.count * abs(one.said - one.came) for one in found) / max(1, len(chance))
    return Calibration(error, len(chance), tuple(found))


def pairs_in_order(truth: Floats, said: Floats) -> float:
    """Of all pairs that differ in truth, the share that is ordered right; ties count half. NaN where none differs.

    The probability of concordance: Mann and Whitney (1947), and Harrell's C without censoring.

    >>> pairs_in_order(np.array([0.0, 0.5, 1.0]), np.array([0.1, 0.1, 0.9]))
    0.8333333333333334
    """
    right, pairs = 0.0, 0
    for begin in range(0, len(truth), 1024):  # blocks, so that the table of pairs stays small
        here = slice(begin, begin + 1024)
        above = truth[here, None] > truth[None, :]
        right += float(((said[here, None] > said) + 0.5 * (said[here, None] == said))[above].sum())
        pairs += int(above.sum())
    return right / pairs if pairs else float("nan")


def f1_at(chance: Floats, truth: Flags, cut_off: float) -> float:
    """F1 of saying yes from the cut-off on; 0 where nothing was said or meant."""
    found = agreement(truth, chance >= cut_off).f1
    return 0.0 if np.isnan(found) else found


def best_cut_off(chance: Floats, truth: Flags, miss_costs: float | None = None) -> float:
    """The cut-off with the highest F1; or the one that costs least where a miss costs so many false alarms.

    The best single point of a grid is a matter of luck, so the cut-off is the mean of those within 2 % of the best.
    Lipton, Elkan, Naryanaswamy (2014): the F1-optimal cut-off lies below one half; Elkan (2001): with calibrated
    probabilities the cheapest one is 1 / (1 + miss_costs).

    >>> best_cut_off(np.array([0.1, 0.2, 0.3, 0.8]), np.array([False, False, True, True])) <= 0.3
    True
    """
    if miss_costs is None:
        scores = np.array([f1_at(chance, truth, cut_off) for cut_off in GRID])
        return float(GRID[scores >= _NEAR_THE_BEST * scores.max()].mean())
    costs = np.array([cost_of(truth, chance >= cut_off, miss_costs) for cut_off in GRID])
    return float(GRID[costs <= costs.min() / _NEAR_THE_BEST].mean())


def folds_of(count: int, folds: int = _FOLDS, seed: int = 0) -> npt.NDArray[np.int64]:
    """[N] which of the folds each stands in: even in size, shuffled by the seed."""
    return np.random.default_rng(seed).permutation(count) % folds


def tried(chance: Floats, truth: Flags, miss_costs: float | None = None, folds: int = _FOLDS) -> Flags:
    """[N] what is said of each with the `best_cut_off` of the other folds: k-fold cross-validation (Stone 1974).

    Folds are drawn among yes and no apart, so that each has its share of both.
    """
    fold = np.zeros(len(truth), np.int64)
    for kind in (truth, ~truth):
        fold[kind] = folds_of(int(kind.sum()), folds)
    said = np.zeros(len(truth), bool)
    for place in range(folds):
        here = fold == place
        if here.any():
            said[here] = chance[here] >= best_cut_off(chance[~here], truth[~here], miss_costs)
    return said


def cost_of(truth: Flags, said: Flags, miss_costs: float) -> float:
    """False alarms, and each miss as so many of them."""
    return float((said & ~truth).sum() + miss_costs * (truth & ~said).sum())
