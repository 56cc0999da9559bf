"""The Net Promoter Score and its interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from goodwill.errors import ModelError, NotEnoughData
from goodwill.estimate import dirichlet_draws, normal_interval, normal_quantile, quantile_interval

PROMOTERS, DETRACTORS = 9, 6
"""9 and 10 promote, 7 and 8 are passive, 0 to 6 detract."""
FEW = 30
"""With fewer answers than this the interval comes from the Dirichlet posterior, not from the normal curve."""
DRAWS = 20_000


@dataclass(frozen=True, slots=True)
class Nps:
    """A Net Promoter Score in points (−100 to 100)."""

    score: float
    standard_error: float
    low: float
    high: float
    answers: int
    promoters: int
    passives: int
    detractors: int
    level: float = 0.95
    evidence: str = "measured"


@dataclass(frozen=True, slots=True)
class NpsDifference:
    """The second group's score less the first's, in points."""

    difference: float
    standard_error: float
    low: float
    high: float
    first: Nps
    second: Nps
    level: float = 0.95
    evidence: str = "measured"


def nps(scores: npt.ArrayLike, *, level: float = 0.95, seed: int = 0) -> Nps:
    """The Net Promoter Score of answers from 0 to 10, with its interval.

    NPS = 100 (p − d), where p is the share of answers 9 and 10, d the share of 0 to 6 (Reichheld 2003);
    Var = 100² (p + d − (p − d)²) / n, of a trinomial (Rocks 2016). The interval is of level `level` (95 % unless said):
    normal from 30 answers on; with fewer, or where all answers are of one kind, the quantiles of 20,000 draws of
    (p, d) from their Dirichlet posterior with ½ an answer of each kind before, by `seed`.

    Raises `NotEnoughData` without an answer, `ModelError` where an answer is no whole number from 0 to 10.

    >>> answers = [10] * 50 + [8] * 30 + [3] * 20
    >>> found = nps(answers)
    >>> found.score, round(found.standard_error, 2), round(found.low, 1), round(found.high, 1)
    (30.0, 7.81, 14.7, 45.3)
    """
    promoters, passives, detractors = _counted(scores)
    n = promoters + passives + detractors
    p, d = promoters / n, detractors / n
    score, error = 100 * (promoters - detractors) / n, 100 * float(np.sqrt(max(p + d - (p - d) ** 2, 0.0) / n))
    if n < FEW or error == 0:
        low, high = quantile_interval(_draws((promoters, passives, detractors), seed), level)
        ends = min(float(low), score), max(float(high), score)
    else:
        around = normal_interval(score, error, level)
        ends = max(around.low, -100.0), min(around.high, 100.0)
    return Nps(score, error, *ends, n, promoters, passives, detractors, level)


def nps_difference(a: npt.ArrayLike, b: npt.ArrayLike, *, level: float = 0.95, seed: int = 0) -> NpsDifference:
    """How far the score of `b` lies above that of `a`, two independent groups of answers from 0 to 10.

    The variances add. The interval is normal where both groups have 30 answers or more, else of Dirichlet draws, as in
    `nps`.

    >>> rise = nps_difference([10] * 40 + [5] * 60, [10] * 60 + [5] * 40)
    >>> rise.difference, round(rise.standard_error, 2)
    (40.0, 13.86)
    """
    first, second = nps(a, level=level, seed=seed), nps(b, level=level, seed=seed + 1)
    difference = second.score - first.score
    error = float(np.hypot(first.standard_error, second.standard_error))
    if min(first.answers, second.answers) < FEW or first.standard_error * second.standard_error == 0:
        drawn = _draws(_kinds(second), seed + 1) - _draws(_kinds(first), seed)
        low, high = quantile_interval(drawn, level)
        ends = min(float(low), difference), max(float(high), difference)
    else:
        half = normal_quantile(level) * error
        ends = difference - half, difference + half
    return NpsDifference(difference, error, *ends, first, second, level)


def _counted(scores: npt.ArrayLike) -> tuple[int, int, int]:
    try:
        given = np.asarray(scores, dtype=np.float64).ravel()
    except (TypeError, ValueError) as wrong:
        raise ModelError("the answers are not all numbers", where="nps", mend="leave out empty answers") from wrong
    if not given.size:
        raise NotEnoughData("no answer to score", where="nps", mend="give at least one answer from 0 to 10")
    wrong_ones = ~np.isfinite(given) | (given < 0) | (given > 10) | (given != np.rint(given))
    if wrong_ones.any():
        place = int(np.argmax(wrong_ones))
        raise ModelError(
            f"answer {place + 1} is {given[place]:g}",
            where="nps",
            mend="answers are whole numbers from 0 to 10; leave out empty ones",
        )
    promoters, detractors = int((given >= PROMOTERS).sum()), int((given <= DETRACTORS).sum())
    return promoters, given.size - promoters - detractors, detractors


def _kinds(found: Nps) -> tuple[int, int, int]:
    return found.promoters, found.passives, found.detractors


def _draws(kinds: tuple[int, int, int], seed: int) -> npt.NDArray[np.float64]:
    shares = dirichlet_draws(kinds, DRAWS, seed)
    return 100 * (shares[:, 0] - shares[:, 2])
