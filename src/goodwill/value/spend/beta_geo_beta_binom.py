"""The BG/BB model of Fader, Hardie & Shang, for purchases at set occasions."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from goodwill.errors import ModelError, NotEnoughData
from goodwill.value.spend.base import SpendModel, check_level, plain_climb
from goodwill.value.spend.checks import (
    as_numbers,
    check_enough,
    check_finite,
    check_not_negative,
    check_weights,
    check_whole,
    columns,
    refuse_rows,
)
from goodwill.value.spend.newton import Evaluate
from goodwill.value.spend.special import digamma, log_beta_ratio, trigamma
from goodwill.value.spend.terms import blocks, in_logarithms
from goodwill.value.spend.unsure import as_likely

Array = npt.NDArray[np.float64]
ALPHA, BETA, GAMMA, DELTA = range(4)

#: Numbers held at once while outcomes are drawn.
DRAWN_AT_ONCE = 1_000_000
#: Beyond this many occasions what is discounted at any rate worth the name is next to nothing.
MOST_OCCASIONS = 100_000


class BetaGeoBetaBinom(SpendModel):
    """At each occasion (a yearly appeal, an event) a customer who is still there buys with a probability of their own.

    Before each occasion they may leave for good. Parameters: alpha, beta (probability of buying: beta over customers),
    gamma, delta (probability of leaving: beta). Data: frequency (occasions bought at), recency (the last of them,
    0 for none) and opportunities (occasions so far), the first purchase of all not among them.

    Source: Fader, Hardie & Shang (2010), Customer-base analysis in a discrete-time noncontractual setting, Marketing
    Science 29(6), equations 5 to 13.

    >>> model = BetaGeoBetaBinom.from_params(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
    >>> round(float(model.probability_alive(6, 6, 6)), 2)
    0.93
    >>> round(float(model.expected_purchases(5, 6, 6, 6)), 2)
    3.75
    """

    names = ("alpha", "beta", "gamma", "delta")

    # -- fitting -----------------------------------------------------------------------------------------------------

    def fit(self, frequency: Any, recency: Any, opportunities: Any, weights: Any = None) -> Self:
        """Fit by maximum likelihood.

        frequency, recency, opportunities: whole numbers, one value a customer, or a row for `weights` customers.

        Errors: ModelError for histories that cannot be (it names the row), NotEnoughData where nobody bought at all.
        Warnings: FlatRidgeWarning, StoppedEarlyWarning.
        """
        where = type(self).__name__
        x, t, n = columns(where, frequency=frequency, recency=recency, opportunities=opportunities)
        check_occasions(where, x, t, n)
        heavy = check_weights(where, weights, len(x))
        customers = float(len(x)) if heavy is None else float(heavy.sum())
        check_enough(where, customers, len(self.names) + 1)
        if not (x > 0).any():
            mend = "take more occasions; without a purchase nothing is known of the next ones"
            raise NotEnoughData("nobody bought (all frequencies are 0)", where=where, mend=mend)
        climb = plain_climb(self.names, [1.0, 1.0, 0.5, 2.0])
        optimum = climb.run(likelihood(*merged(x, t, n, heavy)), 1e-10 * max(1.0, customers / 1e5))
        self._settle(optimum, climb, customers)
        return self

    # -- questions ---------------------------------------------------------------------------------------------------

    def _histories(
        self, frequency: Any, recency: Any, opportunities: Any
    ) -> tuple[Array, Array, Array, tuple[int, ...]]:
        where = type(self).__name__
        named = (("frequency", frequency), ("recency", recency), ("opportunities", opportunities))
        arrays = [as_numbers(name, values, where) for name, values in named]
        try:
            shape = np.broadcast_shapes(*(array.shape for array in arrays))
        except ValueError:
            mend = "give one value of each for every customer"
            raise ModelError("the columns differ in length", where=where, mend=mend) from None
        flat = [np.broadcast_to(array, shape).reshape(-1) for array in arrays]
        for (name, _), array in zip(named, flat, strict=True):
            check_finite(name, array, where)
        check_occasions(where, *flat)
        x, t, n = (array.astype(np.float64) for array in flat)
        return x, t, n, shape

    def log_density(self, frequency: Any, recency: Any, opportunities: Any) -> Array:
        """The log-likelihood of each customer."""
        x, t, n, shape = self._histories(frequency, recency, opportunities)
        answer: Array = nodes_of(list(self._fit.params.values()), x, t, n).total.reshape(shape)[()]
        return answer

    def probability_alive(self, frequency: Any, recency: Any, opportunities: Any, *, ahead: int = 1) -> Array:
        """The probability that each is still a customer `ahead` occasions after the last one seen.

        ahead=1, the default, is the paper's: still there when the next occasion comes (equation 11). ahead=0: still
        there at the last one seen.
        """
        if ahead < 0:
            raise ModelError(f"ahead is {ahead}", where=type(self).__name__, mend="give 0 or more")
        x, t, n, shape = self._histories(frequency, recency, opportunities)
        params = list(self._fit.params.values())
        now = nodes_of(params, x, t, n)
        alive = np.exp(now.alive - now.total + log_beta_ratio(params[GAMMA], params[DELTA] + n, 0.0, ahead))
        answer: Array = alive.reshape(shape)[()]
        return answer

    def expected_purchases(self, horizon: int, frequency: Any = 0, recency: Any = 0, opportunities: Any = 0) -> Array:
        """Expected purchases at the next `horizon` occasions (equation 13, summed occasion by occasion)."""
        return self.discounted_expected_purchases(horizon, 0.0, frequency, recency, opportunities)

    def discounted_expected_purchases(
        self, horizon: float, rate: float, frequency: Any = 0, recency: Any = 0, opportunities: Any = 0
    ) -> Array:
        """The same, a purchase j occasions ahead counting (1 + rate)^−j; with a rate, the horizon may be infinite."""
        where = type(self).__name__
        if not (np.isfinite(rate) and rate >= 0):
            raise ModelError(f"the rate is {rate:g}", where=where, mend="give a rate of zero or more an occasion")
        if not horizon >= 0 or (rate == 0 and np.isinf(horizon)):
            mend = "give a number of occasions, zero or more (infinite only with a rate)"
            raise ModelError(f"the horizon is {horizon:g}", where=where, mend=mend)
        if np.isfinite(horizon) and horizon != int(horizon):
            raise ModelError(
                f"the horizon is {horizon:g}", where=where, mend="occasions are counted: give a whole number"
            )
        most = MOST_OCCASIONS if rate == 0 else min(MOST_OCCASIONS, int(np.ceil(40 / np.log1p(rate))))
        steps = int(min(horizon, most if np.isinf(horizon) else horizon))
        x, t, n, shape = self._histories(frequency, recency, opportunities)
        alpha, beta, gamma, delta = params = list(self._fit.params.values())
        distinct, place = np.unique(n, return_inverse=True)
        stays = np.zeros(len(distinct))
        for row, seen in enumerate(distinct):
            ahead = np.arange(1, steps + 1, dtype=np.float64)
            stays[row] = np.exp(log_beta_ratio(gamma, delta + seen, 0.0, ahead) - ahead * np.log1p(rate)).sum()
        now = nodes_of(params, x, t, n)
        buys = (alpha + x) / (alpha + beta + n)
        answer: Array = (np.exp(now.alive - now.total) * buys * stays[place]).reshape(shape)[()]
        return answer

    def purchase_count_distribution(
        self, horizon: int, frequency: Any = 0, recency: Any = 0, opportunities: Any = 0
    ) -> Array:
        """P(n purchases at the next `horizon` occasions), n = 0..horizon: the last axis of the answer (equation 8)."""
        from scipy.special import gammaln

        x, t, n, shape = self._histories(frequency, recency, opportunities)
        params = list(self._fit.params.values())
        a, b = (params[ALPHA] + x)[:, None], (params[BETA] + n - x)[:, None]
        d = (params[DELTA] + n)[:, None]
        number = np.arange(horizon + 1, dtype=np.float64)
        values = np.zeros((len(x), horizon + 1))
        for stayed in range(horizon + 1):  # occasions before they left; at the horizon: still there
            left = 0.0 if stayed == horizon else 1.0
            some = number[: stayed + 1]
            ways = gammaln(stayed + 1) - gammaln(some + 1) - gammaln(stayed - some + 1)
            chance = log_beta_ratio(a, b, some, stayed - some) + log_beta_ratio(params[GAMMA], d, left, stayed)
            values[:, : stayed + 1] += np.exp(ways + chance)
        now = nodes_of(params, x, t, n)
        alive = np.exp(now.alive - now.total)
        values *= alive[:, None]
        values[:, 0] += 1 - alive
        return values.reshape(*shape, horizon + 1)

    def draw_purchases(
        self, horizon: int, frequency: Any, recency: Any, opportunities: Any, draws: int, rng: np.random.Generator
    ) -> npt.NDArray[np.int32]:
        """What might happen: purchases at the next `horizon` occasions, one row a draw, one column a customer."""
        x, t, n, _ = self._histories(*(np.atleast_1d(v) for v in (frequency, recency, opportunities)))
        alpha, beta, gamma, delta = params = list(self._fit.params.values())
        now = nodes_of(params, x, t, n)
        alive = np.exp(now.alive - now.total)
        drawn = np.zeros((draws, len(x)), dtype=np.int32)
        for part in blocks(len(x), max(1, DRAWN_AT_ONCE // max(draws, 1))):
            there = rng.random((draws, len(x[part]))) < alive[part]
            who = np.nonzero(there)[1]
            buys = rng.beta((alpha + x[part])[who], (beta + n[part] - x[part])[who])
            leaves = np.clip(rng.beta(gamma, (delta + n[part])[who]), 1e-300, 1 - 1e-16)
            stays = np.floor(np.log1p(-rng.random(len(who))) / np.log1p(-leaves))
            drawn[:, part][there] = rng.binomial(np.minimum(stays, horizon).astype(np.int64), buys)
        return drawn

    def interval(
        self,
        horizon: int,
        frequency: Any,
        recency: Any,
        opportunities: Any,
        *,
        of: Literal["outcome", "expectation"] = "outcome",
        level: float = 0.8,
    ) -> tuple[Array, Array]:
        """Low and high end for each customer: of the purchases that happen (exact), or of their expected number.

        Of a model fitted to fewer than 20,000 customers the outcome is mixed over the parameters that its data allow as
        well (`draw_models`).
        """
        check_level(type(self).__name__, level)
        history = (frequency, recency, opportunities)
        if of == "expectation":
            return self._expectation_interval(lambda model: model.expected_purchases(horizon, *history), level)
        mixed = as_likely(self)
        chances = sum(model.purchase_count_distribution(horizon, *history) for model in mixed) / len(mixed)
        reached = np.cumsum(chances, axis=-1)
        tail = (1 - level) / 2
        return (reached < tail).sum(axis=-1).astype(np.float64), (reached < 1 - tail).sum(axis=-1).astype(np.float64)

    def simulate(self, opportunities: Any, rng: np.random.Generator) -> tuple[Array, Array, Array]:
        """Newcomers followed over their opportunities: frequency, recency, opportunities."""
        n = np.atleast_1d(np.asarray(opportunities, dtype=np.int64))
        alpha, beta, gamma, delta = self._fit.params.values()
        buys, leaves = rng.beta(alpha, beta, len(n)), rng.beta(gamma, delta, len(n))
        frequency, recency = np.zeros(len(n)), np.zeros(len(n))
        there = np.ones(len(n), dtype=np.bool_)
        for occasion in range(1, int(n.max(initial=0)) + 1):
            there &= (rng.random(len(n)) >= leaves) & (occasion <= n)
            bought = there & (rng.random(len(n)) < buys)
            frequency[bought] += 1
            recency[bought] = occasion
        return frequency, recency, n.astype(np.float64)


class Nodes(NamedTuple):
    """The ways in which a history can have come about: left after the m-th occasion, or still there.

    m and left: (nodes, customers); height: the logarithm of each; alive: that of 'still there'; total: of the sum.
    """

    m: Array
    left: Array
    height: Array
    alive: Array
    total: Array


def nodes_of(params: list[float], x: Array, t: Array, n: Array) -> Nodes:
    """Equation 5: B(α+x, β+n−x) B(γ, δ+n) + Σ B(α+x, β+m−x) B(γ+1, δ+m) over m = t..n−1, over B(α, β) B(γ, δ)."""
    alpha, beta, gamma, delta = params
    longest = int((n - t).max(initial=0))
    m = np.minimum(t + np.arange(longest + 1)[:, None], n)
    steps = np.arange(longest + 1)[:, None] - (n - t)
    left = (steps < 0).astype(np.float64)
    height = log_beta_ratio(alpha, beta, x, m - x) + log_beta_ratio(gamma, delta, left, m)
    alive = height[(n - t).astype(np.int64), np.arange(len(x))] if len(x) else np.empty(0)
    height = np.where(steps > 0, -np.inf, height)
    top = height.max(axis=0)
    return Nodes(m, left, height, alive, top + np.log(np.exp(height - top).sum(axis=0)))


def likelihood(x: Array, t: Array, n: Array, weights: Array) -> Evaluate:
    """The log-likelihood by the logarithms of the parameters.

    As in any sum of exponentials e^h: the gradient is the mean of h', the Hessian the mean of h'' + h'h'ᵀ less the
    product of the means.
    """

    def evaluate(point: Array) -> tuple[float, Array, Array]:
        natural = np.exp(point)
        alpha, beta, gamma, delta = params = natural.tolist()
        nodes = nodes_of(params, x, t, n)
        share = np.exp(nodes.height - nodes.total)
        m, left = nodes.m, nodes.left
        buying, leaving = (alpha + beta, m), (gamma + delta, m + left)
        pairs = [(alpha, x, buying), (beta, m - x, buying), (gamma, left, leaving), (delta, m, leaving)]
        slopes, gradient, hessian = [], np.zeros(4), np.zeros((4, 4))
        for base, more, (both, more_both) in pairs:
            slopes.append(digamma(base + more) - digamma(base) - digamma(both + more_both) + digamma(both))
        means = [(share * slope).sum(axis=0) for slope in slopes]
        for i, (base, more, (both, more_both)) in enumerate(pairs):
            gradient[i] = (weights * means[i]).sum()
            for j in range(i + 1):
                second = np.zeros(())
                if pairs[j][2] is pairs[i][2]:
                    second = trigamma(both) - trigamma(both + more_both)
                    if i == j:
                        second = second + trigamma(base + more) - trigamma(base)
                bend = (share * (second + slopes[i] * slopes[j])).sum(axis=0) - means[i] * means[j]
                hessian[i, j] = hessian[j, i] = (weights * bend).sum()
        return float((weights * nodes.total).sum()), *in_logarithms(gradient, hessian, natural)

    return evaluate


def merged(
    x: npt.NDArray[Any], t: npt.NDArray[Any], n: npt.NDArray[Any], weights: Array | None
) -> tuple[Array, Array, Array, Array]:
    """The distinct histories, and how many customers have each."""
    base = int(n.max(initial=0)) + 1
    key = (n.astype(np.int64) * base + t.astype(np.int64)) * base + x.astype(np.int64)
    distinct, inverse = np.unique(key, return_inverse=True)
    number = np.bincount(inverse, weights).astype(np.float64)
    split = [distinct % base, distinct // base % base, distinct // base**2]
    return split[0].astype(np.float64), split[1].astype(np.float64), split[2].astype(np.float64), number


def check_occasions(where: str, x: npt.NDArray[Any], t: npt.NDArray[Any], n: npt.NDArray[Any]) -> None:
    """Refuse histories that cannot be."""
    counted = "count occasions: 0, 1, 2, ..."
    for name, values in (("frequency", x), ("recency", t), ("opportunities", n)):
        check_not_negative(name, values, where, counted)
        check_whole(name, values, where, counted)
    mend = "recency is the number of the last occasion bought at, opportunities how many there were"
    refuse_rows(lambda last, whole: last > whole, [t, n], "recency is beyond opportunities", where, mend)
    mend = "who bought at x occasions bought last at the x-th or later, and never at 0"
    refuse_rows(
        lambda count, last: (count > last) | ((count == 0) & (last > 0)),
        [x, t],
        "frequency and recency contradict each other",
        where,
        mend,
    )
