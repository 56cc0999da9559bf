"""What BG/NBD and MBG/NBD share: after a purchase a customer leaves with a probability of their own.

The probability p varies over customers by a beta distribution (a, b). In the BG/NBD one can leave after each repeat
purchase, in the MBG/NBD also after the first purchase of all; the formulas then differ by one in a single place, called
`chances` here: how often somebody with x repeat purchases has had the chance to leave is x, or x + 1.

Both likelihoods are written as

    ln L = ln Γ(r+x)/Γ(r) + ln B(a, b+x+c)/B(a, b) − x ln α − (r+x) ln(1 + T/α) + ln(1 + e^D)
    D    = (r+x) ln((α+T)/(α+t)) + ln a − ln(b+x+c−1)

with c = 0 (BG; and no last term where x = 0) or c = 1 (MBG); 1/(1 + e^D) is the probability of being alive.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from goodwill.value.spend.alive_purchases import ExpectedWhileAlive, share_kept_by_row
from goodwill.value.spend.checks import check_finite, check_not_negative
from goodwill.value.spend.customers import Customers, Simulated, cut
from goodwill.value.spend.fitting import CoefficientGroup
from goodwill.value.spend.histories import Histories
from goodwill.value.spend.purchases import PurchaseModel
from goodwill.value.spend.special import digamma, log_beta_ratio, log_rising, trigamma
from goodwill.value.spend.terms import Terms, Value, blocks

Array = npt.NDArray[np.float64]
R, ALPHA, A, B = range(4)


class GeometricDropout(PurchaseModel):
    """The parent of BG/NBD and MBG/NBD."""

    names = ("r", "alpha", "a", "b")
    groups = (
        CoefficientGroup("purchase", "purchase", ALPHA, -1.0),
        CoefficientGroup("dropout_a", "dropout", A, 1.0),
        CoefficientGroup("dropout_b", "dropout", B, 1.0),
    )
    #: Chances to leave before the first repeat purchase: c above.
    chances: ClassVar[int]

    # -- likelihood --------------------------------------------------------------------------------------------------

    def count_terms(self, parameters: Sequence[Value], frequency: Array) -> Terms:
        """ln Γ(r+x)/Γ(r) + ln B(a, b+x+c)/B(a, b) − x ln α."""
        r, alpha, a, b = parameters
        x = frequency
        more = x + self.chances
        both = np.add(a, b)
        sum_slope = digamma(both) - digamma(both + more)
        sum_bend = trigamma(both) - trigamma(both + more)
        return Terms(
            log_rising(r, x) + log_beta_ratio(a, b, 0.0, more) - x * np.log(alpha),
            {
                R: digamma(r + x) - digamma(r),
                ALPHA: -x / alpha,
                A: sum_slope,
                B: digamma(b + more) - digamma(b) + sum_slope,
            },
            {
                (R, R): trigamma(r + x) - trigamma(r),
                (ALPHA, ALPHA): x / np.square(alpha),
                (A, A): sum_bend,
                (A, B): sum_bend,
                (B, B): trigamma(b + more) - trigamma(b) + sum_bend,
            },
        )

    def time_terms(self, parameters: Sequence[Value], frequency: Array, recency: Array, age: Array) -> Terms:
        """−(r+x) ln(1 + T/α) + ln(1 + e^D)."""
        r, alpha, a, b = parameters
        k = r + frequency
        by_age, by_recency = 1 / (alpha + age), 1 / (alpha + recency)
        u = np.log1p(age / alpha)
        length = u - np.log1p(recency / alpha)
        chances = frequency + self.chances
        never = None if self.chances or chances.all() else chances == 0
        # Without a repeat purchase nobody has had the chance to leave: any value above zero will do there.
        c = 1 / (b + chances - 1) if never is None else 1 / np.where(never, 1.0, b + chances - 1)
        gone, softplus = share_and_softplus(k * length + np.log(a * c))
        if never is not None:
            gone[never], softplus[never] = 0.0, 0.0
        unsure = gone * (1 - gone)
        d_alpha = k * (by_age - by_recency)
        from_age, second_age = by_age - 1 / alpha, by_age**2
        unsure_length, unsure_alpha, unsure_c = unsure * length, unsure * d_alpha, unsure * c
        return Terms(
            softplus - k * u,
            {R: gone * length - u, ALPHA: gone * d_alpha - k * from_age, A: gone / a, B: -gone * c},
            {
                (R, R): unsure_length * length,
                (R, ALPHA): unsure_length * d_alpha + gone * (by_age - by_recency) - from_age,
                (R, A): unsure_length / a,
                (R, B): -unsure_length * c,
                (ALPHA, ALPHA): unsure_alpha * d_alpha
                + k * (second_age - 1 / np.square(alpha) - gone * (second_age - by_recency**2)),
                (ALPHA, A): unsure_alpha / a,
                (ALPHA, B): -unsure_alpha * c,
                (A, A): (unsure - gone) / np.square(a),
                (A, B): -unsure_c / a,
                (B, B): unsure_c * c + gone * c**2,
            },
        )

    def starting_values(self, histories: Histories) -> tuple[list[float], list[float]]:
        """As many purchases a unit of time as there were, a rate that varies a good deal, one in four leaving."""
        few = histories.sample() if len(histories) > 50_000 else histories
        weights = np.ones(len(few)) if few.weights is None else few.weights
        time = max(float((few.age * weights).sum()), 1e-12)
        count = max(float((few.frequency * weights).sum()), 1.0)
        return [0.5, 0.5 * time / count, 1.0, 3.0], [11.5, 20.0, 11.5, 11.5]

    # -- predictions -------------------------------------------------------------------------------------------------

    def alive(self, customers: Customers) -> Array:
        """1 / (1 + e^D)."""
        r, alpha, a, b = customers.parameters
        x = customers.frequency
        odds = (r + x) * np.log((alpha + customers.age) / (alpha + customers.recency))
        # At x = 0 the BG/NBD's b + x - 1 may be negative; the value is not used there.
        odds += np.log(a / np.where(x + self.chances > 0, b + x + (self.chances - 1), 1.0))
        still: Array = 1 - share_and_softplus(odds)[0]
        return np.where(x + self.chances > 0, still, 1.0)

    def expected_while_alive(self, customers: Customers, horizon: Array) -> Array:
        """E[(1 − (1 + p h/(α+T))^−(r+x)) / p] over p ~ Beta(a, b+x+c), by way of its share of k h/(α+T)."""
        r, _, a, b = customers.parameters
        b = b + self.chances
        own = isinstance(a, np.ndarray) or isinstance(b, np.ndarray)
        share = None if own else self._share(customers, horizon)
        values = np.empty(len(customers))
        for part in blocks(len(customers)):
            some = customers.block(part)
            theta = horizon[part] / (some.parameters[ALPHA] + some.age)
            k = r + some.frequency
            if share is None:
                kept = share_kept_by_row(k, cut(a, part), cut(b, part) + some.frequency, theta)
            else:
                kept = share(customers.frequency[part], np.log1p(theta))
            values[part] = k * theta * kept
        return values

    def _share(self, customers: Customers, horizon: Array) -> ExpectedWhileAlive:
        """The look-up that serves all customers, as wide as the widest of them needs."""
        r, _, a, b = (float(np.asarray(value).flat[0]) for value in customers.parameters)
        widest = 0.0
        for part in blocks(len(customers)):
            some = customers.block(part)
            widest = max(widest, float((horizon[part] / (some.parameters[ALPHA] + some.age)).max()))
        return ExpectedWhileAlive(r, a, b + self.chances, customers.frequency, float(np.log1p(widest)))

    def draw_while_alive(self, customers: Customers, horizon: float, rng: np.random.Generator) -> Array:
        """The lesser of the purchases that the rate brings, and of those up to the one after which they leave."""
        r, alpha, a, b = customers.parameters
        x = customers.frequency
        made = rng.poisson(rng.standard_gamma(r + x) * (horizon / (alpha + customers.age))).astype(np.float64)
        bought = np.flatnonzero(made)  # only who buys can leave after a purchase
        leaves = rng.beta(np.broadcast_to(a, x.shape)[bought], (b + x)[bought] + self.chances)
        # A geometric draw by its inverse: exact for tiny p too, where a whole number would overflow.
        until = np.ceil(np.log1p(-rng.random(len(bought))) / np.log1p(-np.clip(leaves, 1e-300, 1 - 1e-16)))
        made[bought] = np.minimum(made[bought], np.maximum(until, 1.0))
        return made

    def counts_while_alive(self, customers: Customers, horizon: float, largest: int) -> Array:
        """Fader, Hardie & Lee (2005), equation 8, with the parameters that a history leaves (r+x, α+T, a, b+x+c).

        P(n) = B(a, b′+n)/B(a, b′) NBD(n) + B(a+1, b′+n−1)/B(a, b′) P(NBD ≥ n): still there after n purchases, or
        gone with the n-th.
        """
        r, alpha, a, b = customers.parameters
        k = (r + customers.frequency)[:, None]
        scale = np.broadcast_to(alpha + customers.age, k[:, 0].shape)[:, None]
        a_, b_ = np.reshape(a, (-1, 1)), np.reshape(b + customers.frequency, (-1, 1)) + self.chances
        n = np.arange(largest + 1, dtype=np.float64)
        negative_binomial = nbd_probabilities(k, scale, horizon, n)
        at_least = 1 - np.cumsum(negative_binomial, axis=1) + negative_binomial
        stays = np.exp(log_beta_ratio(a_, b_, 0.0, n))
        leaves = np.where(n > 0, stays * a_ / np.where(n > 0, b_ + n - 1, 1.0), 0.0)
        return np.asarray(stays * negative_binomial + leaves * np.maximum(at_least, 0.0))

    def simulate(self, age: Any, rng: np.random.Generator) -> Simulated:
        """Newcomers followed up to their ages: purchase, perhaps leave, wait for the next purchase, and so on.

        The model must be without covariates.
        """
        where = type(self).__name__
        T = np.atleast_1d(np.asarray(age, dtype=np.float64))
        check_finite("age", T, where)
        check_not_negative("age", T, where, "give the time for which each customer is followed")
        r, alpha, a, b = self._predicting({}, len(T))
        rate = rng.standard_gamma(r, len(T)) / alpha
        leaves = rng.beta(a, b, len(T))
        clock, recency, frequency = np.zeros(len(T)), np.zeros(len(T)), np.zeros(len(T), dtype=np.int64)
        there = np.arange(len(T))
        if self.chances:
            there = there[rng.random(len(there)) >= leaves[there]]
        while len(there):
            with np.errstate(divide="ignore", over="ignore"):
                clock[there] += rng.standard_exponential(len(there)) / rate[there]
            there = there[clock[there] <= T[there]]
            frequency[there] += 1
            recency[there] = clock[there]
            there = there[rng.random(len(there)) >= leaves[there]]
        return Simulated(frequency, recency, T)


def share_and_softplus(odds: Array) -> tuple[Array, Array]:
    """e^D / (1 + e^D) and ln(1 + e^D), for any size of D.

    >>> share, softplus = share_and_softplus(np.array([0.0, 1000.0]))
    >>> share.tolist(), softplus.round(4).tolist()
    ([0.5, 1.0], [0.6931, 1000.0])
    """
    small = np.exp(-np.abs(odds))
    share = np.where(odds > 0, 1.0, small) / (1 + small)
    return share, np.maximum(odds, 0.0) + np.log1p(small)


def nbd_probabilities(k: Array, scale: Array, horizon: float | Array, n: Array) -> Array:
    """P(n purchases in `horizon`) at a rate from Gamma(k, scale): the negative binomial."""
    from scipy.special import gammaln

    share = np.log(horizon / (scale + horizon)) if np.all(np.asarray(horizon) > 0) else None
    if share is None:
        with np.errstate(divide="ignore"):
            share = np.log(horizon / (scale + horizon))
    raised = np.where(n > 0, n * np.where(n > 0, share, 0.0), 0.0)
    return np.asarray(np.exp(log_rising(k, n) - gammaln(n + 1) - k * np.log1p(horizon / scale) + raised))
