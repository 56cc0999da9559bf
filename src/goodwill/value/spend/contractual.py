"""What the two models of subscriptions share: at each renewal a subscriber leaves or stays, and we see which.

The probability of staying for τ turns is B(γ, δ+τ)/B(γ, δ), where τ = t^c turns at period t: with c = 1 every renewal
is alike for one subscriber (shifted beta-geometric); with c other than 1 staying gets harder or easier with time
(beta-discrete-Weibull).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from goodwill.errors import ModelError, NotEnoughData
from goodwill.value.spend.base import SpendModel, check_level, plain_climb
from goodwill.value.spend.checks import as_numbers, check_finite, check_not_negative, check_whole
from goodwill.value.spend.newton import Evaluate
from goodwill.value.spend.special import digamma, log_rising, trigamma
from goodwill.value.spend.terms import in_logarithms
from goodwill.value.spend.unsure import as_likely

Array = npt.NDArray[np.float64]
GAMMA, DELTA, C = range(3)

#: What is left after so many discount times, e^-40, is nothing; and no sum is longer than this.
ENDLESS, LONGEST = 40.0, 10_000_000


class Turn(NamedTuple):
    """The logarithm of survival at some periods, with gradient (3, periods) and Hessian (3, 3, periods)."""

    value: Array
    gradient: Array
    hessian: Array


class ContractualModel(SpendModel):
    """The parent of the two models."""

    def _shape(self, params: Sequence[float] | None = None) -> tuple[float, float, float]:
        """γ, δ, c."""
        values = list(self._fit.params.values()) if params is None else list(params)
        return values[0], values[1], values[2] if len(values) > 2 else 1.0

    def fit(self, survivors: Any) -> Self:
        """Fit by maximum likelihood.

        survivors: how many were there at each period, the size of the cohort first; or a list of several cohorts,
        which may differ in length.

        Errors: ModelError for counts that are negative, fractional or rise; NotEnoughData for fewer than two periods
        or where nobody left. Warnings: FlatRidgeWarning, StoppedEarlyWarning.
        """
        cohorts = [self._checked(cohort) for cohort in split_cohorts(survivors)]
        lost = np.zeros(max(len(cohort) for cohort in cohorts))
        stayed = np.zeros(len(lost))
        for cohort in cohorts:
            lost[1 : len(cohort)] += cohort[:-1] - cohort[1:]
            stayed[len(cohort) - 1] += cohort[-1]
        if not lost.any():
            mend = "follow the cohort for longer; nothing can be said before somebody leaves"
            raise NotEnoughData("nobody left", where=type(self).__name__, mend=mend)
        if np.count_nonzero(lost) < len(self.names) and len(lost) <= len(self.names):
            mend = f"give at least {len(self.names) + 1} counts"
            raise NotEnoughData("too few periods for the parameters", where=type(self).__name__, mend=mend)
        climb = plain_climb(self.names, [1.0] * len(self.names))
        optimum = climb.run(self._likelihood(lost, stayed), 1e-10)
        self._settle(optimum, climb, float(sum(cohort[0] for cohort in cohorts)))
        return self

    def _checked(self, survivors: Any) -> Array:
        where = type(self).__name__
        counts = as_numbers("survivors", survivors, where)
        if counts.ndim != 1 or len(counts) < 2:
            mend = "give at least the cohort's size and one later count"
            raise NotEnoughData("too few periods", where=where, mend=mend)
        counted = "survivors are counts of subscribers"
        check_finite("survivors", counts, where)
        check_not_negative("survivors", counts, where, counted)
        check_whole("survivors", counts, where, counted)
        rises = np.flatnonzero(np.diff(counts) > 0)
        if len(rises):
            mend = "a cohort can only lose subscribers: count those who joined later in a cohort of their own"
            raise ModelError(f"survivors rise from period {rises[0]} to {rises[0] + 1}", where=where, mend=mend)
        return counts.astype(np.float64)

    def _likelihood(self, lost: Array, stayed: Array) -> Evaluate:
        """Σ lost(t) ln(S(t−1) − S(t)) + Σ stayed(t) ln S(t), by the logarithms of the parameters."""
        periods, size = np.arange(len(lost), dtype=np.float64), len(self.names)

        def evaluate(point: Array) -> tuple[float, Array, Array]:
            natural = np.exp(point)
            turn = log_survival(*self._shape(natural.tolist()), periods)
            value = float((stayed * turn.value).sum())
            gradient = np.einsum("t,it->i", stayed, turn.gradient)
            hessian = np.einsum("t,ijt->ij", stayed, turn.hessian)
            leave = log_leaving(turn)
            value += float((lost[1:] * leave.value).sum())
            gradient += np.einsum("t,it->i", lost[1:], leave.gradient)
            hessian += np.einsum("t,ijt->ij", lost[1:], leave.hessian)
            return value, *in_logarithms(gradient[:size], hessian[:size, :size], natural)

        return evaluate

    # -- questions ---------------------------------------------------------------------------------------------------

    def _log_survival(self, periods: Any) -> Array:
        gamma, delta, c = self._shape()
        turns = np.asarray(periods, dtype=np.float64) ** c
        return log_rising(delta, turns) - log_rising(gamma + delta, turns)

    def _checked_periods(self, periods: Any, least: int) -> Array:
        where = type(self).__name__
        values = as_numbers("periods", periods, where)
        check_finite("periods", values.reshape(-1), where)
        if np.any(values < least):
            raise ModelError(f"a period is below {least}", where=where, mend=f"periods count from {least}")
        return values.astype(np.float64)

    def survival(self, periods: Any) -> Array:
        """The share of a cohort that is still there after so many periods: 1 after none."""
        answer: Array = np.asarray(np.exp(self._log_survival(self._checked_periods(periods, 0))))[()]
        return answer

    def retention(self, periods: Any) -> Array:
        """The share of those there at the period before who stay: S(t) / S(t−1), t from 1."""
        t = self._checked_periods(periods, 1)
        answer: Array = np.asarray(np.exp(self._log_survival(t) - self._log_survival(t - 1)))[()]
        return answer

    def discounted_expected_lifetime(self, rate: float, horizon: float = np.inf) -> float:
        """Periods paid by a new subscriber, each worth (1 + rate)^−t of one today: Σ S(t) (1 + rate)^−t, t from 0.

        Fader & Hardie (2010), Customer-base valuation in a contractual setting: The perils of ignoring heterogeneity,
        Marketing Science 29(1).
        """
        count = self._length(rate, horizon)
        t = np.arange(count, dtype=np.float64)
        return float(np.exp(self._log_survival(t) - t * np.log1p(rate)).sum())

    def discounted_expected_residual_lifetime(self, rate: float, renewals: Any, horizon: float = np.inf) -> Array:
        """Periods still to be paid by somebody who has renewed so often, just before the next renewal is due.

        Σ S(t)/S(n−1) (1 + rate)^−(t−n), t from n = renewals + 1: Fader & Hardie (2010), equation 7.
        renewals: one number, or one a subscriber. horizon: how many of the coming periods count.
        """
        renewed = self._checked_periods(renewals, 0)
        count = self._length(rate, horizon)
        distinct, place = np.unique(renewed.reshape(-1), return_inverse=True)
        ahead = np.arange(count, dtype=np.float64)
        values = np.empty(len(distinct))
        for row, already in enumerate(distinct):
            logs = self._log_survival(already + 1 + ahead) - self._log_survival(already) - ahead * np.log1p(rate)
            values[row] = np.exp(logs).sum()
        answer: Array = values[place].reshape(renewed.shape)[()]
        return answer

    def _length(self, rate: float, horizon: float) -> int:
        where = type(self).__name__
        if not (np.isfinite(rate) and rate >= 0):
            raise ModelError(f"the rate is {rate:g}", where=where, mend="give a rate of zero or more a period")
        if not horizon >= 0 or (rate == 0 and np.isinf(horizon)):
            mend = "give a number of periods, zero or more (infinite only with a rate)"
            raise ModelError(f"the horizon is {horizon:g}", where=where, mend=mend)
        enough = LONGEST if rate == 0 else int(np.ceil(ENDLESS / np.log1p(rate)))
        return int(min(horizon, enough, LONGEST))

    def draw_lifetimes(self, renewals: Any, draws: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
        """What might happen: further renewals of each subscriber, one row a draw, one column a subscriber.

        Each draw takes a probability of leaving from what the renewals so far say, then counts the renewals to come.
        """
        renewed = np.atleast_1d(self._checked_periods(renewals, 0))
        gamma, delta, c = self._shape()
        turns = renewed**c
        leaves = np.clip(rng.beta(gamma, np.broadcast_to(delta + turns, (draws, len(renewed)))), 1e-300, 1 - 1e-16)
        further = turns + np.log1p(-rng.random(leaves.shape)) / np.log1p(-leaves)
        last = np.floor(np.minimum(further ** (1 / c), float(LONGEST)))
        # Rounding of (n^c)^(1/c) must not take away a renewal that has happened.
        return np.asarray(np.maximum(last - renewed, 0), dtype=np.int64)

    def interval(
        self,
        renewals: Any,
        *,
        of: Literal["outcome", "expectation"] = "outcome",
        level: float = 0.8,
        rate: float = 0.0,
        horizon: float = 1000,
    ) -> tuple[Array, Array]:
        """Low and high end for each subscriber.

        of="outcome": of the further renewals, at most `horizon` (exact; of a model fitted to fewer than 20,000
        subscribers mixed over the parameters that its data allow as well). of="expectation": of the discounted expected
        residual lifetime over `horizon` periods, given how well the parameters are known.
        """
        check_level(type(self).__name__, level)
        if of == "expectation":
            return self._expectation_interval(
                lambda model: model.discounted_expected_residual_lifetime(rate, renewals, horizon), level
            )
        renewed = self._checked_periods(renewals, 0)
        ahead = np.arange(1, self._length(0.0, horizon) + 1, dtype=np.float64)
        mixed = as_likely(self)
        survive = np.zeros((*renewed.shape, len(ahead)))
        for model in mixed:
            logs = model._log_survival(renewed[..., None] + ahead) - model._log_survival(renewed)[..., None]
            survive += np.exp(logs) / len(mixed)
        tail = (1 - level) / 2
        # P(at least j further renewals) = survive[j-1]: the quantile is the number of j for which it is high enough.
        low, high = ((survive > 1 - q).sum(axis=-1).astype(np.float64) for q in (tail, 1 - tail))
        return low, high

    def simulate(self, subscribers: int, periods: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
        """A new cohort followed over some periods: survivors, the cohort's size first."""
        lifetimes = self.draw_lifetimes(np.zeros(subscribers), 1, rng)[0]
        return np.array([int((lifetimes >= period).sum()) for period in range(periods + 1)])


def split_cohorts(survivors: Any) -> list[Any]:
    """Several cohorts as they are, a single one as a list of one."""
    if isinstance(survivors, (list, tuple)) and survivors and np.ndim(survivors[0]) == 1:
        return list(survivors)
    return [survivors]


def log_survival(gamma: float, delta: float, c: float, periods: Array) -> Turn:
    """ln B(γ, δ+t^c) − ln B(γ, δ) with its derivatives by γ, δ, c."""
    turns = periods**c
    log_period = np.log(np.maximum(periods, 1.0))
    by_c, second_by_c = turns * log_period, turns * log_period**2
    both = gamma + delta
    g = digamma(both) - digamma(both + turns)
    d = digamma(delta + turns) - digamma(delta) + g
    by_turns = digamma(delta + turns) - digamma(both + turns)
    gg = trigamma(both) - trigamma(both + turns)
    dd = trigamma(delta + turns) - trigamma(delta) + gg
    g_turns = -trigamma(both + turns)
    d_turns = trigamma(delta + turns) - trigamma(both + turns)
    gradient = np.array([g, d, by_turns * by_c])
    hessian = np.empty((3, 3, len(periods)))
    hessian[GAMMA, GAMMA] = hessian[GAMMA, DELTA] = hessian[DELTA, GAMMA] = gg
    hessian[DELTA, DELTA] = dd
    hessian[GAMMA, C] = hessian[C, GAMMA] = g_turns * by_c
    hessian[DELTA, C] = hessian[C, DELTA] = d_turns * by_c
    hessian[C, C] = d_turns * by_c**2 + by_turns * second_by_c
    return Turn(log_rising(delta, turns) - log_rising(both, turns), gradient, hessian)


def log_leaving(turn: Turn) -> Turn:
    """ln(S(t−1) − S(t)) for t = 1, 2, ..., with its derivatives, from those of ln S."""
    before = Turn(turn.value[:-1], turn.gradient[:, :-1], turn.hessian[:, :, :-1])
    after = Turn(turn.value[1:], turn.gradient[:, 1:], turn.hessian[:, :, 1:])
    lost = -np.expm1(after.value - before.value)
    up = 1 / lost
    down = up - 1
    gradient = up * before.gradient - down * after.gradient
    hessian = (
        up * (before.hessian + before.gradient[:, None] * before.gradient[None])
        - down * (after.hessian + after.gradient[:, None] * after.gradient[None])
        - gradient[:, None] * gradient[None]
    )
    return Turn(before.value + np.log(lost), gradient, hessian)
