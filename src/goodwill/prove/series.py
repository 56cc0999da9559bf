"""An interrupted time series: what happened at a date, against where the series was heading."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from goodwill.errors import ModelError, NotEnoughData
from goodwill.estimate import newey_west, normal_quantile

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class InterruptedSeries:
    """The change of level and slope at the interruption, in the units of the series (and of it per step)."""

    level: float
    level_error: float
    slope: float
    slope_error: float
    counterfactual: Floats  # (n − at,): what the series would have been from `at` on
    fitted: Floats  # (n,)
    difference: float  # mean of fitted less counterfactual from `at` on
    difference_error: float
    low: float
    high: float
    lags: int
    at: int
    level_of_interval: float = 0.95


def interrupted_series(
    values: npt.ArrayLike, at: int, lags: int = 2, *, level: float = 0.95, season: int = 0
) -> InterruptedSeries:
    """Segmented regression with Newey–West errors (Wagner et al. 2002; Newey & West 1987).

        y_t = b0 + b1 t + level · 1[t ≥ at] + slope · (t − at) · 1[t ≥ at] + e_t

    `level` is the jump at step `at`, `slope` the change of trend after it. The counterfactual carries b0 + b1 t on. The
    mean difference from `at` on has an interval of level `level`. `values` are evenly spaced in time, `at` is the index
    (from 0) of the first value after the interruption, `lags` how many steps errors may follow one another; the
    covariance has no small-sample factor. With `season` = s > 1, s − 1 dummies for the place within s steps are added.

    Raises `ModelError` where a value is not finite or `at` leaves fewer than two values on a side, `NotEnoughData`
    where there are fewer than 8 values or not more values than coefficients.

    >>> before, after = np.arange(10.), np.arange(10., 20.) - 5
    >>> found = interrupted_series(np.concatenate([before, after]), at=10)
    >>> round(found.level, 6), round(abs(found.slope), 6), found.counterfactual[0].round(6).item()
    (-5.0, 0.0, 10.0)
    """
    y = np.asarray(values, dtype=np.float64)
    n = y.size
    if y.ndim != 1 or not np.isfinite(y).all():
        raise ModelError(
            "the series is not one row of finite numbers", where="interrupted_series", mend="fill the gaps"
        )
    if n < 8:
        raise NotEnoughData(f"{n} values", where="interrupted_series", mend="8 are the least; more are better")
    if isinstance(at, bool) or int(at) != at or not 2 <= at <= n - 2:
        raise ModelError(f"at = {at} of {n} values", where="interrupted_series", mend="leave two values on each side")
    at = int(at)
    X = _design(n, at, season)
    if X.shape[1] >= n:
        raise NotEnoughData(f"{n} values for {X.shape[1]} coefficients", where="interrupted_series")
    b = np.linalg.lstsq(X, y, rcond=None)[0]
    covariance = newey_west(X, y - X @ b, lags)
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    changed = X[at:].copy()
    changed[:, [2, 3]] = 0.0
    gap = (X[at:] - changed).mean(axis=0)
    difference = float(gap @ b)
    error = float(np.sqrt(max(float(gap @ covariance @ gap), 0.0)))
    half = normal_quantile(level) * error
    return InterruptedSeries(
        float(b[2]),
        float(errors[2]),
        float(b[3]),
        float(errors[3]),
        changed @ b,
        X @ b,
        difference,
        error,
        difference - half,
        difference + half,
        lags,
        at,
        level,
    )


def _design(n: int, at: int, season: int) -> Floats:
    t = np.arange(n, dtype=np.float64)
    after = (t >= at).astype(np.float64)
    columns = [np.ones(n), t, after, after * (t - at)]
    columns += [(t % season == place).astype(np.float64) for place in range(1, season)]
    return np.column_stack(columns)
