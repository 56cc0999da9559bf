"""Statistics that several rooms need: intervals, draws, robust errors, matched comparison, rank agreement.

Each function is deterministic: where chance is drawn on, the seed is an argument.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from goodwill.errors import ModelError, NotEnoughData

if TYPE_CHECKING:
    from collections.abc import Callable

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate, its standard error, and the interval at `level`."""

    estimate: float
    standard_error: float
    low: float
    high: float
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class MatchedDifference:
    """What the exposed did more than those like them who were not exposed. See `matched_difference`."""

    estimate: float
    standard_error: float
    low: float
    high: float
    pairs: int  # how many exposed found a partner
    left_out: int = 0  # exposed with nobody like them within the caliper
    level: float = 0.95

    @property
    def se(self) -> float:
        return self.standard_error


def normal_quantile(level: float) -> float:
    """How many standard errors each side an interval of this level spans.

    >>> round(normal_quantile(.95), 4), round(normal_quantile(.8), 4)
    (1.96, 1.2816)
    """
    if not 0 < level < 1:
        raise ModelError(f"the level of an interval is {level}", mend="give a share between 0 and 1, e.g. .95")
    return NormalDist().inv_cdf(0.5 + level / 2)


def normal_interval(estimate: float, standard_error: float, level: float = 0.95) -> Interval:
    """The interval of an estimate that is normal around the truth.

    >>> normal_interval(10, 2)
    Interval(estimate=10.0, standard_error=2.0, low=6.08..., high=13.91..., level=0.95)
    """
    half = normal_quantile(level) * standard_error
    return Interval(float(estimate), float(standard_error), float(estimate - half), float(estimate + half), level)


def quantile_interval(draws: npt.ArrayLike, level: float = 0.8, axis: int = 0) -> tuple[Floats, Floats]:
    """The equal-tailed interval of draws: what lies between its two quantiles.

    `draws` has the draws along `axis`; the two ends have the shape of the rest.

    >>> low, high = quantile_interval(np.arange(101.), level=.8)
    >>> round(float(low), 9), round(float(high), 9)
    (10.0, 90.0)
    """
    given = np.asarray(draws, dtype=np.float64)
    if given.size == 0:
        raise NotEnoughData("no draws to take an interval of", mend="draw at least one")
    tail = (1 - level) / 2
    ends = np.quantile(given, [tail, 1 - tail], axis=axis)
    return ends[0], ends[1]


def wilson(successes: float, trials: float, level: float = 0.95) -> Interval:
    """The interval of a share, good for few trials too (Wilson 1927, score interval).

    The estimate is successes / trials; its standard error the binomial one.

    >>> share = wilson(8, 10)
    >>> share.estimate, round(share.low, 3), round(share.high, 3)
    (0.8, 0.49, 0.943)
    """
    if trials <= 0 or not 0 <= successes <= trials:
        raise ModelError(
            f"{successes:g} successes of {trials:g} trials", mend="give 0 ≤ successes ≤ trials, and a trial at least"
        )
    z = normal_quantile(level)
    share = successes / trials
    centre = (share + z**2 / (2 * trials)) / (1 + z**2 / trials)
    half = z / (1 + z**2 / trials) * float(np.sqrt(share * (1 - share) / trials + z**2 / (4 * trials**2)))
    error = float(np.sqrt(share * (1 - share) / trials))
    # At the ends the formula reaches 0 and 1 exactly but for rounding.
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == trials else min(1.0, centre + half)
    return Interval(share, error, low, high, level)


def share_difference(successes: tuple[float, float], trials: tuple[float, float], level: float = 0.95) -> Interval:
    """The second share less the first, with Newcombe's hybrid score interval (1998, method 10).

    >>> fall = share_difference((56, 48), (70, 80))
    >>> round(fall.estimate, 4), round(fall.low, 4), round(fall.high, 4)
    (-0.2, -0.3339, -0.0524)
    """
    first = wilson(successes[0], trials[0], level)
    second = wilson(successes[1], trials[1], level)
    difference = second.estimate - first.estimate
    error = float(np.hypot(first.standard_error, second.standard_error))
    low = difference - float(np.hypot(second.estimate - second.low, first.high - first.estimate))
    high = difference + float(np.hypot(second.high - second.estimate, first.estimate - first.low))
    return Interval(difference, error, low, high, level)


def dirichlet_draws(
    counts: npt.ArrayLike, draws: int = 20_000, seed: int = 0, prior: float | npt.ArrayLike = 0.5
) -> Floats:
    """Draws of the shares behind counts of exclusive classes, shape (draws, classes).

    The posterior under a Dirichlet prior; ½ for each class is Jeffreys' (Jeffreys 1946).

    >>> dirichlet_draws([10, 0, 0]).mean(axis=0).round(2).tolist()
    [0.91, 0.04, 0.04]
    """
    seen = np.asarray(counts, dtype=np.float64)
    if seen.ndim != 1 or seen.size < 2 or not np.isfinite(seen).all() or (seen < 0).any():
        raise ModelError("counts of classes must be at least two numbers, none below 0")
    return np.random.default_rng(seed).dirichlet(seen + np.asarray(prior, dtype=np.float64), size=draws)


def newey_west(design: npt.ArrayLike, residuals: npt.ArrayLike, lags: int) -> Floats:
    """The covariance of least-squares coefficients when errors are uneven and follow one another.

    Newey & West (1987), Bartlett weights 1 − l / (lags + 1); no small-sample factor. With lags = 0 it is White's
    (1980) HC0. `design` is (n, k), `residuals` (n,), in order of time; the result is (k, k).

    >>> X = np.column_stack([np.ones(4), [0., 1, 2, 3]])
    >>> newey_west(X, [1., -1, -1, 1], lags=0).round(3).tolist()
    [[0.7, -0.3], [-0.3, 0.2]]
    """
    X = np.asarray(design, dtype=np.float64)
    e = np.asarray(residuals, dtype=np.float64)
    if X.ndim != 2 or e.shape != (X.shape[0],):
        raise ModelError(f"a design of shape {X.shape} does not go with residuals of shape {e.shape}")
    if lags < 0 or lags >= X.shape[0]:
        raise ModelError(f"lags = {lags} with {X.shape[0]} times", mend="give 0 ≤ lags < the number of times")
    scores = X * e[:, None]
    meat = scores.T @ scores
    for lag in range(1, lags + 1):
        crossed = scores[lag:].T @ scores[:-lag]
        meat += (1 - lag / (lags + 1)) * (crossed + crossed.T)
    bread = np.linalg.pinv(X.T @ X)
    covariance: Floats = bread @ meat @ bread
    return covariance


def spearman(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Spearman's rank correlation (1904), ties at their mean rank; 0 where one side does not vary.

    >>> round(spearman([1, 2, 3, 4], [10, 20, 40, 30]), 3)
    0.8
    """
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if x.shape != y.shape or x.ndim != 1 or x.size < 2:
        raise ModelError(f"ranks of shapes {x.shape} and {y.shape} cannot be compared", mend="give two equal lists")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ModelError("a rank correlation of numbers that are not all finite", mend="leave out what is missing")
    rank_x, rank_y = mean_ranks(x) - (x.size + 1) / 2, mean_ranks(y) - (y.size + 1) / 2
    spread = float(np.sqrt((rank_x @ rank_x) * (rank_y @ rank_y)))
    return float(rank_x @ rank_y) / spread if spread > 0 else 0.0


def mean_ranks(values: npt.ArrayLike) -> Floats:
    """Ranks from 1, ties at their mean.

    >>> mean_ranks([30, 10, 10]).tolist()
    [3.0, 1.5, 1.5]
    """
    _, place, counts = np.unique(np.asarray(values, dtype=np.float64), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks: Floats = (last - (counts - 1) / 2)[place.ravel()]
    return ranks


def bootstrap(
    statistic: Callable[[Floats], float],
    data: npt.ArrayLike,
    *,
    draws: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> Interval:
    """The percentile interval of a statistic by drawing rows again (Efron 1979).

    `data` has one row (or number) a unit; `statistic` takes rows and gives a number.

    >>> mean = bootstrap(lambda rows: float(rows.mean()), [1., 2, 3, 4, 5], draws=200)
    >>> mean.estimate, mean.low < 3 < mean.high
    (3.0, True)
    """
    rows = np.asarray(data, dtype=np.float64)
    if rows.shape[0] < 2:
        raise NotEnoughData(f"{rows.shape[0]} rows to draw from", mend="a bootstrap needs two at least")
    random = np.random.default_rng(seed)
    found = np.array([statistic(rows[random.integers(0, rows.shape[0], rows.shape[0])]) for _ in range(draws)])
    low, high = quantile_interval(found, level)
    return Interval(float(statistic(rows)), float(found.std(ddof=1)), float(low), float(high), level)


def matched_difference(
    outcome: npt.ArrayLike,
    exposed: npt.ArrayLike,
    covariates: npt.ArrayLike,
    *,
    neighbours: int = 1,
    caliper: float | None = 0.5,
    level: float = 0.95,
    most: int = 50_000,
    seed: int = 0,
) -> MatchedDifference:
    """The mean outcome of the exposed less that of those most like them, corrected for what still differs.

    Nearest neighbours with replacement on standardised covariates (Abadie & Imbens 2006), the part that the covariates
    still explain taken off by a regression on the unexposed (Abadie & Imbens 2011); the standard error is theirs, with
    the variance within the unexposed taken from each one's own nearest neighbour. It shows an association between
    people alike in what was measured; only an experiment proves an effect.

    Parameters
    ----------
    outcome: (n,) numbers, e.g. margin in the months after.
    exposed: (n,) true where the person was exposed.
    covariates: (n, k) numbers known before the exposure, e.g. purchases, recency, age, spend per purchase.
    neighbours: how many of the unexposed each exposed is compared with.
    caliper: pairs further apart than this many standard deviations (root mean square over covariates) are left out;
        None keeps all.
    most: of more exposed than this a sample by `seed` is compared.

    Raises `ModelError` where shapes disagree or a number is not finite, `NotEnoughData` where fewer than 10 pairs are
    found.

    >>> random = np.random.default_rng(1)
    >>> x = random.normal(size=(400, 2)); t = random.random(400) < 1 / (1 + np.exp(-x[:, 0]))
    >>> y = 3 * x[:, 0] + 2. * t + random.normal(size=400)
    >>> found = matched_difference(y, t, x)
    >>> found.low < 2 < found.high
    True
    """
    y, t, x = _checked(outcome, exposed, covariates)
    inside, outside = np.flatnonzero(t), np.flatnonzero(~t)
    needed = max(2, neighbours + 1)
    if inside.size < 10 or outside.size < max(10, needed):
        raise NotEnoughData(
            f"{inside.size} exposed and {outside.size} unexposed to compare", mend="10 of each are the least"
        )
    if inside.size > most:
        inside = np.sort(np.random.default_rng(seed).choice(inside, most, replace=False))
    from scipy.spatial import cKDTree

    scaled = _standardised(x)
    # Many people are exactly alike (one purchase, say): a hair's breadth of chance spreads them over their twins.
    scaled = scaled + np.random.default_rng(seed).normal(scale=1e-6, size=scaled.shape)
    tree = cKDTree(scaled[outside])
    distance, partner = tree.query(scaled[inside], k=neighbours)
    distance, partner = distance.reshape(inside.size, neighbours), partner.reshape(inside.size, neighbours)
    near = np.ones(inside.size, dtype=bool)
    if caliper is not None:
        near = distance[:, -1] <= caliper * np.sqrt(scaled.shape[1])
    inside, partner = inside[near], outside[partner[near]]
    if inside.size < 10:
        raise NotEnoughData(
            f"only {inside.size} of the exposed are like anybody unexposed", mend="widen the caliper, or gather more"
        )
    expected = _expected_if_unexposed(y, scaled, partner, inside)
    differences = y[inside] - (y[partner] + expected[0][:, None] - expected[1]).mean(axis=1)
    estimate = float(differences.mean())
    error = _matching_error(y, scaled, tree, outside, partner, differences, neighbours)
    around = normal_interval(estimate, error, level)
    return MatchedDifference(estimate, error, around.low, around.high, int(inside.size), int((~near).sum()), level)


def _checked(
    outcome: npt.ArrayLike, exposed: npt.ArrayLike, covariates: npt.ArrayLike
) -> tuple[Floats, npt.NDArray[np.bool_], Floats]:
    y = np.asarray(outcome, dtype=np.float64)
    t = np.asarray(exposed).astype(bool)
    x = np.asarray(covariates, dtype=np.float64)
    x = x[:, None] if x.ndim == 1 else x
    if y.ndim != 1 or t.shape != y.shape or x.shape[0] != y.size:
        raise ModelError(
            f"outcome {y.shape}, exposed {t.shape} and covariates {x.shape} do not go together",
            mend="give one row of each for every person",
        )
    if not (np.isfinite(y).all() and np.isfinite(x).all()):
        raise ModelError("some outcomes or covariates are not finite", mend="leave out people with something missing")
    return y, t, x


def _standardised(x: Floats) -> Floats:
    spread = x.std(axis=0)
    varies = spread > 0
    if not varies.any():
        return np.zeros((x.shape[0], 1))
    scaled: Floats = (x[:, varies] - x[:, varies].mean(axis=0)) / spread[varies]
    return scaled


def _expected_if_unexposed(
    y: Floats, x: Floats, partner: npt.NDArray[np.intp], inside: npt.NDArray[np.intp]
) -> tuple[Floats, Floats]:
    """What a regression on the matched unexposed expects of the exposed and of their partners."""
    rows = partner.ravel()
    design = np.column_stack([np.ones(rows.size), x[rows]])
    slope = np.linalg.lstsq(design, y[rows], rcond=None)[0]
    return slope[0] + x[inside] @ slope[1:], slope[0] + x[partner] @ slope[1:]


def _matching_error(
    y: Floats,
    x: Floats,
    tree: object,
    outside: npt.NDArray[np.intp],
    partner: npt.NDArray[np.intp],
    differences: Floats,
    neighbours: int,
) -> float:
    """Abadie & Imbens (2006), theorem 7, for the effect on the exposed."""
    used, times = np.unique(partner, return_counts=True)
    # A partner's own variance: half the squared gap to the nearest other unexposed.
    nearest = np.asarray(tree.query(x[used], k=2)[1])  # type: ignore[attr-defined]
    own = np.searchsorted(outside, used)
    other = outside[np.where(nearest[:, 0] == own, nearest[:, 1], nearest[:, 0])]
    variance = (y[used] - y[other]) ** 2 / 2
    weight = times / neighbours
    reused = float(((weight**2 - times / neighbours**2) * variance).sum())
    between = float(((differences - differences.mean()) ** 2).sum())
    return float(np.sqrt(between + max(reused, 0.0)) / differences.size)
