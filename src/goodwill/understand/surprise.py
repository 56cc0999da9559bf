"""How surprising a week's number is: against what the weeks before let us expect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST_WEEKS = 4
"""Weeks before this one without which nothing is expected."""
_UNUSUAL = 2.58  # Noufaily et al. 2013: past weeks beyond this residual count less
_LARGEST = 99.0


@dataclass(frozen=True, slots=True)
class Surprise:
    """This week's number against what was expected of it.

    `severity` is −log10 of the chance that so many (or more) come by chance: 2 is one week in a hundred, 3 in a
    thousand. `slack` is the same for so few or fewer.
    """

    expected: float
    high: float  # one week in a hundred lies above
    severity: float
    slack: float


def surprise(counts: Sequence[int], exposure: Sequence[float]) -> Surprise | None:
    """Judges the last of W weekly counts by those before.

    Args:
        counts: [W] messages of a theme a week, oldest first, this week last.
        exposure: [W] all messages of each week (or what part of a week it was): what the counts are a share of.

    Returns:
        None with fewer than four weeks before this one that have any exposure.

    Method: Farrington, Andrews, Beale and Catchpole 1996, without their trend and season, which need years: a rate by
    quasi-Poisson from the weeks before, weeks of past outbreaks counting less (residuals above 2.58 as in Noufaily et
    al. 2013), overdispersion from Pearson's χ². The chance is a negative binomial's with that mean and a variance that
    also holds the rate's own error; half a message is added to the past, so that what never came before can still be
    judged.

    >>> quiet = surprise([9, 11, 10, 12, 8, 11], [200] * 6)
    >>> loud = surprise([9, 11, 10, 12, 8, 31], [200] * 6)
    >>> round(quiet.expected), quiet.severity < 1, loud.severity > 5
    (10, True, True)
    """
    shares = np.asarray(exposure, np.float64)
    before, past, now = shares[:-1] > 0, np.asarray(counts[:-1], np.float64), int(counts[-1])
    if before.sum() < LEAST_WEEKS or shares[-1] <= 0:
        return None
    past, shares, at_risk = past[before], shares[:-1][before], float(shares[-1])
    rate = float(np.median(past / shares)) + 0.5 / float(shares.sum())  # an outbreak does not move the median
    for _ in range(3):
        residual = _residuals(past, rate * shares)
        spread = max(1.0, 1.4826 * float(np.median(np.abs(residual))))
        weight = np.where(residual > _UNUSUAL * spread, (_UNUSUAL * spread / np.maximum(residual, 1e-9)) ** 2, 1.0)
        rate = float(((weight * past).sum() + 0.5) / (weight * shares).sum())
    expected = rate * at_risk
    pearson = (weight * (past - rate * shares) ** 2 / (rate * shares)).sum() / max(weight.sum() - 1, 1)
    dispersion = max(1.0, float(pearson))
    variance = dispersion * (expected + expected * at_risk / float((weight * shares).sum()))
    above = _chance_of_at_least(now, expected, variance)
    below = 1 - _chance_of_at_least(now + 1, expected, variance)
    return Surprise(expected, _high(expected, variance), _severity(above), _severity(below))


def _residuals(past: npt.NDArray[np.float64], expected: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Anscombe's residuals for counts: 1.5 (y^⅔ − μ^⅔) / μ^⅙."""
    return np.asarray(1.5 * (past ** (2 / 3) - expected ** (2 / 3)) / expected ** (1 / 6))


def _chance_of_at_least(count: int, mean: float, variance: float) -> float:
    """The upper tail of a negative binomial (of a Poisson where the variance is no larger than the mean)."""
    from scipy.special import betainc, gammainc

    if count <= 0:
        return 1.0
    if variance <= mean * (1 + 1e-9):
        return float(gammainc(count, mean))
    size = mean**2 / (variance - mean)
    return float(betainc(count, size, 1 - mean / variance))


def _high(mean: float, variance: float) -> float:
    """The least number that one week in a hundred reaches."""
    low, high = 0, 1
    while _chance_of_at_least(high, mean, variance) > 0.01:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _chance_of_at_least(middle, mean, variance) > 0.01 else (low, middle)
    return float(high)


def _severity(chance: float) -> float:
    return min(_LARGEST, max(0.0, -float(np.log10(max(chance, 1e-300)))))
