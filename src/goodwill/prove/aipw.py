"""What answering did, from records where the answered differ from the others: cross-fitted, doubly robust."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from goodwill.errors import ModelError, NotEnoughData
from goodwill.estimate import Interval, normal_quantile
from goodwill.facts.columns import Flags, Floats, Integers
from goodwill.prove.nuisance import expected_outcome, propensity_to_be_treated, widened

FOLDS, REPEATS = 5, 5
LEAST = 20
"""With fewer treated, or untreated, than this there is not enough data."""


def edge(n: int) -> float:
    """A propensity closer than this to 0 or 1 is moved here: 5 / (√n · ln n), at most .1 (Gruber et al. 2022).

    >>> round(edge(445), 3), round(edge(100_000), 4)
    (0.039, 0.0014)
    """
    return float(min(5 / (np.sqrt(n) * np.log(n)), 0.1))


@dataclass(frozen=True, slots=True)
class Effect:
    """An average effect, in the outcome's unit, and how far it can be trusted."""

    estimate: float
    standard_error: float
    low: float
    high: float
    people: int
    treated: int
    target: str  # 'ate': on all; 'att': on those treated
    bare: Interval  # the difference of means, before anything is adjusted for
    propensity_low: float  # the smallest and the largest propensity
    propensity_high: float
    at_the_edge: float  # share of people whose propensity was moved to the edge: nobody like them on the other side
    imbalance_before: float  # largest standardised difference of a covariate between treated and not
    imbalance_after: float  # the same, weighted: below .1 is usually called balanced
    placebo: Interval | None  # the same method on an outcome from before: should hold 0
    level: float
    words: tuple[str, ...] = ()
    evidence: str = "estimated"


def effect_aipw(
    outcome: npt.ArrayLike,
    treated: npt.ArrayLike,
    covariates: npt.ArrayLike | None = None,
    propensity: npt.ArrayLike | None = None,
    target: Literal["ate", "att"] = "ate",
    seed: int = 0,
    *,
    level: float = 0.95,
    placebo: npt.ArrayLike | None = None,
) -> Effect:
    """The average effect of a treatment by augmented inverse propensity weighting, cross-fitted.

    Robins, Rotnitzky & Zhao (1994); cross-fitting, its influence function and the median over repeated splits are those
    of Chernozhukov et al. (2018, sections 3 and 5). Outcomes are expected by ridge regression on covariates and their
    squares for each arm, propensities by ridge logistic regression; either may be wrong, not both. Where an experiment
    set the propensity, pass it: estimating it only adds error.

    Parameters
    ----------
    outcome: (n,) numbers.
    treated: (n,) true or 1 where treated.
    covariates: (n, k) numbers known before the treatment; none: arms are compared as they are.
    propensity: the known probability of being treated, one or (n,); None: estimated.
    target: 'ate', the effect on all, or 'att', on those treated.
    seed: of the splits.
    level: of the interval.
    placebo: (n,) an outcome from before the treatment; its 'effect' should be none.

    Raises `ModelError` where shapes, numbers or the target cannot be, `NotEnoughData` with fewer than 20 people in an
    arm.

    >>> random = np.random.default_rng(1)
    >>> x = random.normal(size=(2000, 2)); t = random.random(2000) < 1 / (1 + np.exp(-x[:, 0]))
    >>> y = 2 * x[:, 0] + x[:, 1] + 1.5 * t + random.normal(size=2000)
    >>> found = effect_aipw(y, t, x)
    >>> found.bare.estimate > 2.5, found.low < 1.5 < found.high, found.imbalance_after < .1
    (True, True, True)
    """
    y, t, x, known = _checked(outcome, treated, covariates, propensity, target)
    fits = [_once(y, t, x, known, target, seed + again) for again in range(REPEATS if x is not None else 1)]
    estimates = np.array([fit.estimate for fit in fits])
    estimate = float(np.median(estimates))
    error = float(np.sqrt(np.median([fit.error**2 + (fit.estimate - estimate) ** 2 for fit in fits])))
    middle = fits[int(np.argmin(np.abs(estimates - estimate)))]
    before, after = _imbalance(t, x, middle.propensity, target)
    moved = float(middle.moved.mean() if target == "ate" else middle.moved[t].mean())
    half = normal_quantile(level) * error
    return Effect(
        estimate,
        error,
        estimate - half,
        estimate + half,
        len(y),
        int(t.sum()),
        target,
        _bare(y, t, level),
        float(middle.propensity.min()),
        float(middle.propensity.max()),
        moved,
        before,
        after,
        _placebo(placebo, t, x, known, target, seed, level),
        level,
        _words(moved, after, known is not None),
    )


@dataclass(frozen=True, slots=True)
class _Fit:
    estimate: float
    error: float
    propensity: Floats
    moved: Flags


def _once(y: Floats, t: Flags, x: Floats | None, known: Floats | None, target: str, seed: int) -> _Fit:
    """One split: what is expected of each person is learnt from the other folds."""
    n = len(y)
    if x is None:
        share = np.full(n, t.mean()) if known is None else known
        at_rest, at_work = np.full(n, y[~t].mean()), np.full(n, y[t].mean())
        return _scored(y, t, at_rest, at_work, share, target)
    at_rest, at_work, share = np.empty(n), np.empty(n), np.empty(n)
    fold = _folds(t, seed)
    wide = widened(x)
    for place in range(FOLDS):
        here, there = fold == place, fold != place
        at_rest[here] = expected_outcome(wide[there & ~t], y[there & ~t], wide[here])
        at_work[here] = expected_outcome(wide[there & t], y[there & t], wide[here])
        if known is None:
            share[here] = propensity_to_be_treated(wide[there], t[there], wide[here])
    return _scored(y, t, at_rest, at_work, share if known is None else known, target)


def _folds(t: Flags, seed: int) -> Integers:
    """Each arm spread evenly over the folds, in an order drawn by the seed."""
    fold = np.empty(len(t), dtype=np.int64)
    random = np.random.default_rng(seed)
    for arm in (t, ~t):
        rows = np.flatnonzero(arm)
        fold[random.permutation(rows)] = np.arange(len(rows)) % FOLDS
    return fold


def _scored(y: Floats, t: Flags, at_rest: Floats, at_work: Floats, share: Floats, target: str) -> _Fit:
    """The estimate as the mean of each person's score, and its error from how the scores vary."""
    least = edge(len(y))
    if target == "ate":
        moved = (share < least) | (share > 1 - least)
        e = np.clip(share, least, 1 - least)
        score = at_work - at_rest + t * (y - at_work) / e - ~t * (y - at_rest) / (1 - e)
        estimate = float(score.mean())
        influence = score - estimate
    else:
        # Who is unlikely to be treated stands for nobody treated, and may weigh nothing: only the upper end is moved.
        moved = t & (share > 1 - least)
        e = np.clip(share, 1e-12, 1 - least)
        p = t.mean()
        score = (t - ~t * e / (1 - e)) * (y - at_rest) / p
        estimate = float(score.mean())
        influence = score - t * estimate / p
    error = float(np.sqrt((influence**2).sum() / (len(y) * (len(y) - 1))))
    return _Fit(estimate, error, e, moved)


def _bare(y: Floats, t: Flags, level: float) -> Interval:
    difference = float(y[t].mean() - y[~t].mean())
    error = float(np.sqrt(y[t].var(ddof=1) / t.sum() + y[~t].var(ddof=1) / (~t).sum()))
    half = normal_quantile(level) * error
    return Interval(difference, error, difference - half, difference + half, level)


def _imbalance(t: Flags, x: Floats | None, e: Floats, target: str) -> tuple[float, float]:
    if x is None:
        return 0.0, 0.0
    weight = np.where(t, 1 / e, 1 / (1 - e)) if target == "ate" else np.where(t, 1.0, e / (1 - e))
    spread = np.sqrt((x[t].var(axis=0) + x[~t].var(axis=0)) / 2)
    spread[spread == 0] = 1.0
    before = np.abs(x[t].mean(axis=0) - x[~t].mean(axis=0)) / spread
    weighted = [np.average(x[arm], axis=0, weights=weight[arm]) for arm in (t, ~t)]
    after = np.abs(weighted[0] - weighted[1]) / spread
    return float(before.max()), float(after.max())


def _placebo(
    placebo: npt.ArrayLike | None,
    t: Flags,
    x: Floats | None,
    known: Floats | None,
    target: Literal["ate", "att"],
    seed: int,
    level: float,
) -> Interval | None:
    if placebo is None:
        return None
    found = effect_aipw(placebo, t, x, known, target, seed, level=level)
    return Interval(found.estimate, found.standard_error, found.low, found.high, level)


def _words(moved: float, after: float, experiment: bool) -> tuple[str, ...]:
    said = []
    if moved > 0.05:
        said.append(f"{moved:.0%} of the people have nobody like them on the other side: the effect on them is a guess")
    if after > 0.1 and not experiment:
        said.append("treated and untreated still differ after weighting: read the estimate as associated, not proven")
    return tuple(said)


def _checked(
    outcome: npt.ArrayLike,
    treated: npt.ArrayLike,
    covariates: npt.ArrayLike | None,
    propensity: npt.ArrayLike | None,
    target: str,
) -> tuple[Floats, Flags, Floats | None, Floats | None]:
    where = "effect_aipw"
    y, given = np.asarray(outcome, dtype=np.float64), np.asarray(treated)
    if target not in ("ate", "att"):
        raise ModelError(f"no target is called {target!r}", where=where, mend="choose 'ate' or 'att'")
    if y.ndim != 1 or given.shape != y.shape:
        raise ModelError(f"outcome {y.shape} and treated {given.shape} do not go together", where=where)
    if not np.isin(given, [0, 1]).all():
        raise ModelError("treated holds more than yes and no", where=where, mend="give 0 and 1, or true and false")
    t = given.astype(bool)
    x = None
    if covariates is not None:
        x = np.asarray(covariates, dtype=np.float64)
        x = x[:, None] if x.ndim == 1 else x
        if x.ndim != 2 or x.shape[0] != len(y):
            raise ModelError(f"covariates {x.shape} do not go with {len(y)} outcomes", where=where)
        x = x[:, x.std(axis=0) > 0] if np.isfinite(x).all() else x
        x = x if x.shape[1] else None
    if not np.isfinite(y).all() or (x is not None and not np.isfinite(x).all()):
        raise ModelError(
            "an outcome or a covariate is not finite", where=where, mend="leave out people with something missing"
        )
    if min(t.sum(), (~t).sum()) < LEAST:
        raise NotEnoughData(
            f"not enough data: {t.sum()} treated and {(~t).sum()} untreated",
            where=where,
            mend=f"{LEAST} each are least",
        )
    return y, t, x, _known(propensity, len(y), where)


def _known(propensity: npt.ArrayLike | None, n: int, where: str) -> Floats | None:
    if propensity is None:
        return None
    e = np.asarray(propensity, dtype=np.float64)
    if e.ndim > 1 or (e.ndim == 1 and len(e) != n):
        raise ModelError(f"propensity {e.shape} does not go with {n} outcomes", where=where)
    if not ((e > 0) & (e < 1)).all():
        raise ModelError("a propensity is not between 0 and 1", where=where, mend="give probabilities, e.g. .5")
    return np.broadcast_to(e, (n,)).astype(np.float64)
