"""Newton's method for a likelihood whose gradient and Hessian are known exactly.

A step is the Newton step with the eigenvalues of the Hessian made safely negative (Nocedal & Wright, Numerical
Optimization, 2nd edition, section 3.4), never longer than two units in any coordinate, halved until the likelihood
rises. The coordinates are logarithms of parameters, so that two units are a factor of seven.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from goodwill.errors import NotConverged

Array = npt.NDArray[np.float64]
#: At a point: the value, the gradient (k,) and the Hessian (k, k).
Evaluate = Callable[[Array], tuple[float, Array, Array]]

LONGEST_STEP = 2.0
MOST_HALVINGS = 30
#: So many passes in a row that gain next to nothing, with little left to gain: the rest of the way is a flat ridge.
LEVEL_PASSES, LEVEL_GAIN, LEVEL_LEFT = 4, 1e-5, 1e-2


@dataclass(frozen=True)
class Optimum:
    """Where the climb ended.

    `decrement` is what one more Newton step would add to the value, as the last pass saw it; `at_bound` marks the
    coordinates that ran into their bound; the Hessian is that of the last pass.
    """

    point: Array
    value: float
    hessian: Array
    decrement: float
    converged: bool
    at_bound: npt.NDArray[np.bool_]
    passes: int


def maximise(
    evaluate: Evaluate, start: Array, lower: Array, upper: Array, tolerance: float, most_passes: int = 200
) -> Optimum:
    """Climb from `start` until one more step would add less than `tolerance` to the value.

    That last step is taken all the same, without another pass: its error is of the order of the tolerance squared.
    Errors: NotConverged where the value is not finite at the start.

    >>> def hill(x):
    ...     return -float((x[0] - 3) ** 2), np.array([-2 * (x[0] - 3)]), np.array([[-2.0]])
    >>> maximise(hill, np.zeros(1), np.full(1, -9.0), np.full(1, 9.0), 1e-10).point
    array([3.])
    """
    point = np.clip(start, lower, upper)
    value, gradient, hessian = evaluate(point)
    passes, level = 1, 0
    if not np.isfinite(value):
        raise NotConverged("the likelihood is not finite at the start", mend="check the units of the data")
    while True:
        step, decrement, held = bounded_step(point, gradient, hessian, lower, upper)
        trial = np.clip(point + step, lower, upper)
        if decrement < tolerance:
            return Optimum(trial, value + decrement, hessian, decrement, True, held, passes)
        if level >= LEVEL_PASSES and decrement < LEVEL_LEFT:
            return Optimum(point, value, hessian, decrement, True, held, passes)
        if passes >= most_passes:
            return Optimum(point, value, hessian, decrement, False, held, passes)
        for _ in range(MOST_HALVINGS):
            seen = evaluate(trial)
            passes += 1
            # Close to the top, rounding in a sum over millions of customers can hide a rise: allow for it.
            if np.isfinite(seen[0]) and seen[0] >= value - 1e-13 * abs(value):
                break
            trial = point + (trial - point) / 2
        else:
            return Optimum(point, value, hessian, decrement, decrement < LEVEL_LEFT, held, passes)
        level = level + 1 if seen[0] - value < LEVEL_GAIN else 0
        point, (value, gradient, hessian) = trial, seen


def bounded_step(
    point: Array, gradient: Array, hessian: Array, lower: Array, upper: Array
) -> tuple[Array, float, npt.NDArray[np.bool_]]:
    """The step, cut short where it meets a bound; what the whole step should add; the coordinates held at a bound.

    The step is shortened as a whole, not clipped: along a narrow ridge a clipped step would leave the ridge.
    """
    held = ((point <= lower) & (gradient < 0)) | ((point >= upper) & (gradient > 0))
    while True:
        step, decrement = newton_step(gradient, hessian, ~held)
        stuck = ~held & (((point <= lower) & (step < 0)) | ((point >= upper) & (step > 0)))
        if not stuck.any():
            break
        held = held | stuck
    room = np.where(step > 0, upper - point, point - lower)
    reach = np.abs(step)
    fraction = float(np.min(room[reach > 0] / reach[reach > 0], initial=1.0))
    return step * fraction, decrement, held


def newton_step(gradient: Array, hessian: Array, free: npt.NDArray[np.bool_]) -> tuple[Array, float]:
    """The step up in the free coordinates, and what it should add to the value.

    >>> newton_step(np.array([1.0]), np.array([[-4.0]]), np.array([True]))
    (array([0.25]), 0.125)
    """
    step = np.zeros_like(gradient)
    if not free.any():
        return step, 0.0
    values, vectors = np.linalg.eigh(-hessian[np.ix_(free, free)])
    safe = np.maximum(np.abs(values), max(1e-12 * float(np.abs(values).max()), 1e-300))
    along = vectors.T @ gradient[free]
    decrement = float((along**2 / safe).sum() / 2)
    step[free] = vectors @ (along / safe)
    longest = float(np.abs(step).max())
    return (step if longest <= LONGEST_STEP else step * (LONGEST_STEP / longest)), decrement


def inverse_information(hessian: Array, free: npt.NDArray[np.bool_]) -> Array:
    """The covariance of estimates: the inverse of minus the Hessian; NaN where it cannot be had.

    >>> inverse_information(np.array([[-4.0]]), np.array([True]))
    array([[0.25]])
    """
    covariance = np.full(hessian.shape, np.nan)
    if free.any():
        values, vectors = np.linalg.eigh(-hessian[np.ix_(free, free)])
        if values[0] > 0:
            covariance[np.ix_(free, free)] = (vectors / values) @ vectors.T
    return covariance
