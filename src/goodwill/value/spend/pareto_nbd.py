"""The Pareto/NBD model of Schmittlein, Morrison & Colombo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from goodwill.value.spend.checks import check_finite, check_not_negative
from goodwill.value.spend.customers import Customers, Simulated
from goodwill.value.spend.fitting import CoefficientGroup
from goodwill.value.spend.geometric_dropout import nbd_probabilities
from goodwill.value.spend.histories import Histories
from goodwill.value.spend.purchases import PurchaseModel
from goodwill.value.spend.special import digamma, gauss_legendre, log_rising, trigamma
from goodwill.value.spend.terms import Terms, Value, blocks

Array = npt.NDArray[np.float64]
R, ALPHA, S, BETA = range(4)

#: Nodes of the integral over the unknown time of leaving, and up to which exponent fewer of them are as exact (an error
#: below 1e-11, measured over random parameters); where the integral is cut off: e^-38 of its height.
NODES, FEWER, NEGLIGIBLE = 24, ((0.5, 6), (2.0, 8), (4.0, 12), (12.0, 16)), 38.0
#: Rows at once, each with its nodes: what a core's own cache holds.
ROWS = 512


class Leaving(NamedTuple):
    """The integral over the time τ of leaving, at its nodes: the value's logarithm, and each node's share.

    share, after_purchase = ln(1 + τ/α), after_life = ln(1 + τ/β), 1/(α+τ), 1/(β+τ): (nodes, customers).
    """

    logarithm: Array
    share: Array
    log_alpha: Array
    log_beta: Array
    by_alpha: Array
    by_beta: Array


class ParetoNBD(PurchaseModel):
    """Customers buy at a steady rate of their own and leave for good at an unknown time.

    Parameters: r, alpha (purchase rates over customers: gamma with shape r and rate alpha), s, beta (rates of leaving:
    gamma with shape s and rate beta); alpha and beta are in units of time.
    Covariates: alpha · exp(−coefficient · value) with coefficients "purchase:…", beta · exp(−coefficient · value) with
    "dropout:…": a positive coefficient means more purchases, or sooner gone.

    Sources: Schmittlein, Morrison & Colombo (1987), Counting your customers, Management Science 33; Fader & Hardie
    (2005), A note on deriving the Pareto/NBD model; covariates: Fader & Hardie (2007).

    The likelihood is Γ(r+x)/Γ(r) α^−x times

        (1+T/α)^−(r+x) (1+T/β)^−s  +  s/β ∫ₜᵀ (1+τ/α)^−(r+x) (1+τ/β)^−(s+1) dτ,

    alive at T, or gone at τ. The integral is taken by 24-node Gauss–Legendre in ln(min(α, β) + τ), where the integrand
    is smooth whatever the parameters, so no ₂F₁ is needed and the derivatives come from the same nodes.

    >>> model = ParetoNBD.from_params(r=0.5533, alpha=10.5776, s=0.6061, beta=11.6562)
    >>> round(float(model.expected_purchases(52, 26, 30.86, 31)), 2)
    25.46
    >>> round(float(model.probability_alive(26, 30.86, 31)), 4)
    0.9979
    """

    names = ("r", "alpha", "s", "beta")
    groups = (
        CoefficientGroup("purchase", "purchase", ALPHA, -1.0),
        CoefficientGroup("dropout", "dropout", BETA, -1.0),
    )

    sorts_by_gap = True

    # -- likelihood --------------------------------------------------------------------------------------------------

    def count_terms(self, parameters: Sequence[Value], frequency: Array) -> Terms:
        """ln Γ(r+x)/Γ(r) − x ln α."""
        r, alpha, _, _ = parameters
        return Terms(
            log_rising(r, frequency) - frequency * np.log(alpha),
            {R: digamma(r + frequency) - digamma(r), ALPHA: -frequency / alpha},
            {(R, R): trigamma(r + frequency) - trigamma(r), (ALPHA, ALPHA): frequency / np.square(alpha)},
        )

    def time_terms(self, parameters: Sequence[Value], frequency: Array, recency: Array, age: Array) -> Terms:
        """The logarithm of alive-or-gone above, joined from small blocks that stay in the cache."""
        parts = []
        for part in blocks(len(frequency), ROWS):
            own = [value[part] if isinstance(value, np.ndarray) else value for value in parameters]
            parts.append(alive_or_gone(own, frequency[part], recency[part], age[part]))
        if len(parts) == 1:
            return parts[0]
        whole = [np.concatenate([part.value for part in parts])] if parts else [np.empty(0)]
        gradient = {i: np.concatenate([part.gradient[i] for part in parts]) for i in range(4)} if parts else {}
        pairs = parts[0].hessian if parts else {}
        hessian = {pair: np.concatenate([part.hessian[pair] for part in parts]) for pair in pairs}
        return Terms(whole[0], dict(gradient), dict(hessian))

    def starting_values(self, histories: Histories) -> tuple[list[float], list[float]]:
        """As many purchases a unit of time as there were; half of the customers gone after the mean age."""
        few = histories.sample() if len(histories) > 50_000 else histories
        weights = np.ones(len(few)) if few.weights is None else few.weights
        time = max(float((few.age * weights).sum()), 1e-12)
        count = max(float((few.frequency * weights).sum()), 1.0)
        return [0.5, 0.5 * time / count, 0.5, time / max(float(weights.sum()), 1e-12)], [11.5, 20.0, 11.5, 20.0]

    # -- predictions -------------------------------------------------------------------------------------------------

    def alive(self, customers: Customers) -> Array:
        """The part of the likelihood that is alive at T."""
        values = np.empty(len(customers))
        for part in blocks(len(customers), ROWS):
            own = customers.block(part)
            stays, goes = log_stays(own), log_goes(own)
            values[part] = 1 / (1 + np.exp(np.minimum(goes - stays, 700.0)))
        return values

    def expected_while_alive(self, customers: Customers, horizon: Array) -> Array:
        """(r+x)/(α+T) · (β+T) · (1 − (1 + h/(β+T))^(1−s)) / (s−1); at s = 1 the logarithm that this tends to."""
        values = np.empty(len(customers))
        for part in blocks(len(customers)):
            own = customers.block(part)
            r, alpha, s, beta = own.parameters
            width = np.log1p(horizon[part] / (beta + own.age))
            slope = (np.asarray(s, dtype=np.float64) - 1) * width
            small = np.abs(slope) < 1e-8
            factor = np.where(small, 1 - slope / 2, -np.expm1(-slope) / np.where(small, 1.0, slope))
            values[part] = (r + own.frequency) / (alpha + own.age) * (beta + own.age) * width * factor
        return values

    def draw_while_alive(self, customers: Customers, horizon: float, rng: np.random.Generator) -> Array:
        """Purchases at the drawn rate until the horizon, or until the drawn time of leaving if that comes first."""
        r, alpha, s, beta = customers.parameters
        x = customers.frequency
        made = rng.poisson(rng.standard_gamma(r + x) * (horizon / (alpha + customers.age))).astype(np.float64)
        bought = np.flatnonzero(made)
        leaving = rng.standard_gamma(np.broadcast_to(s, x.shape)[bought]) / (beta + customers.age)[bought]
        with np.errstate(divide="ignore"):
            life = rng.standard_exponential(len(bought)) / leaving
        # Each of the purchases of a whole horizon falls into the life lived of it with an equal chance.
        lived = np.minimum(life / horizon, 1.0) if horizon > 0 else life
        made[bought] = rng.binomial(made[bought].astype(np.int64), lived)
        return made

    def counts_while_alive(self, customers: Customers, horizon: float, largest: int) -> Array:
        """The negative binomial over the horizon for who stays, over the time until leaving for who does not.

        Fader & Hardie (2005); the time of leaving is integrated out by 48-node Gauss–Legendre in ln(β + T + τ).
        """
        r, alpha, s, beta = customers.parameters
        k = (r + customers.frequency)[:, None]
        scale = np.broadcast_to(alpha + customers.age, customers.age.shape)[:, None]
        life = np.broadcast_to(beta + customers.age, customers.age.shape)[:, None]
        shape = np.reshape(s, (-1, 1))
        n = np.arange(largest + 1, dtype=np.float64)
        width = np.log1p(horizon / life)
        values = nbd_probabilities(k, scale, horizon, n) * np.exp(-shape * width)
        if horizon > 0:
            for node, weight in zip(*gauss_legendre(48), strict=True):
                time = life * np.expm1(node * width)
                values += weight * width * shape * np.exp(-shape * node * width) * nbd_probabilities(k, scale, time, n)
        return np.asarray(values)

    def simulate(self, age: Any, rng: np.random.Generator) -> Simulated:
        """Newcomers followed up to their ages. The model must be without covariates."""
        where = type(self).__name__
        T = np.atleast_1d(np.asarray(age, dtype=np.float64))
        check_finite("age", T, where)
        check_not_negative("age", T, where, "give the time for which each customer is followed")
        r, alpha, s, beta = self._predicting({}, len(T))
        rate = rng.standard_gamma(r, len(T)) / alpha
        with np.errstate(divide="ignore"):
            life = rng.standard_exponential(len(T)) / (rng.standard_gamma(s, len(T)) / beta)
        there = np.minimum(life, T)
        frequency = rng.poisson(rate * there)
        # The last of n purchases at random times in [0, there] is there · U^(1/n).
        last = there * rng.random(len(T)) ** (1 / np.maximum(frequency, 1))
        return Simulated(frequency.astype(np.int64), np.where(frequency > 0, last, 0.0), T)


def log_stays(customers: Customers) -> Array:
    """The logarithm of the first term: alive at T."""
    r, alpha, s, beta = customers.parameters
    age = customers.age
    return np.asarray(-(r + customers.frequency) * np.log1p(age / alpha) - s * np.log1p(age / beta))


def log_goes(customers: Customers) -> Array:
    """The logarithm of the second term: gone between the last purchase and T; −infinity where these are one."""
    r, alpha, s, beta = customers.parameters
    logarithm = leaving(r + customers.frequency, alpha, s, beta, customers.recency, customers.age).logarithm
    return np.asarray(np.log(s) - np.log(beta) + logarithm)


def leaving(k: Array, alpha: Value, s: Value, beta: Value, recency: Array, age: Array) -> Leaving:
    """∫ (1+τ/α)^−k (1+τ/β)^−(s+1) dτ from recency to age, by Gauss–Legendre in v = ln((δ+τ)/(δ+t)), δ = min(α, β).

    Where the integrand falls steeply (many purchases) the range of v is cut where nothing is left of it; where it
    hardly changes over the block, fewer nodes do.
    """
    lesser, greater = np.minimum(alpha, beta), np.maximum(alpha, beta)
    start = lesser + recency
    fall = exponent(k, alpha, s, beta, lesser, recency)
    span = np.log1p((age - recency) / start)
    span = np.minimum(span, NEGLIGIBLE / np.maximum(fall, 1e-12))
    steepest = np.maximum(np.abs(fall), np.abs(exponent(k, alpha, s, beta, lesser, age)))
    node, weight = gauss_legendre(enough_nodes(float((np.maximum(steepest, 1.0) * span).max(initial=0.0))))
    node, weight = node[:, None], weight[:, None]
    further = node * span
    grown = np.exp(further)
    by_lesser = 1 / (start * grown)
    time = recency + start * (grown - 1)
    log_lesser = np.log1p(recency / lesser) + further
    by_greater, log_greater = 1 / (greater + time), np.log1p(time / greater)
    purchases_first = np.asarray(alpha <= beta)
    if purchases_first.ndim:
        log_alpha, log_beta = chosen(purchases_first, log_lesser, log_greater)
        by_alpha, by_beta = chosen(purchases_first, by_lesser, by_greater)
    elif purchases_first:
        log_alpha, log_beta, by_alpha, by_beta = log_lesser, log_greater, by_lesser, by_greater
    else:
        log_alpha, log_beta, by_alpha, by_beta = log_greater, log_lesser, by_greater, by_lesser
    height = -k * log_alpha - (s + 1) * log_beta
    top = height[0]
    share = weight * grown * np.exp(height - top)
    total = share.sum(axis=0)
    share /= total
    with np.errstate(divide="ignore"):
        logarithm = top + np.log(total) + np.log(span * start)
    return Leaving(logarithm, share, log_alpha, log_beta, by_alpha, by_beta)


def exponent(k: Array, alpha: Value, s: Value, beta: Value, lesser: Value, time: Array) -> Array:
    """How steeply the integrand falls in v at a time: less its logarithmic derivative."""
    at = lesser + time
    return np.asarray(k * (at / (alpha + time)) + (s + 1) * (at / (beta + time)) - 1)


def enough_nodes(steepness: float) -> int:
    """The nodes that are enough where the integrand changes by at most e^steepness."""
    return next((nodes for up_to, nodes in FEWER if steepness < up_to), NODES)


def chosen(first: npt.NDArray[np.bool_], lesser: Array, greater: Array) -> tuple[Array, Array]:
    """(lesser, greater) where `first` holds, else the other way round."""
    return np.where(first, lesser, greater), np.where(first, greater, lesser)


def alive_or_gone(parameters: Sequence[Value], frequency: Array, recency: Array, age: Array) -> Terms:
    """The logarithm of the two terms' sum, its gradient and Hessian, for one block of customers.

    For a sum of exponentials e^h the gradient is the mean of the h', the Hessian the mean of h'' + h'h'ᵀ less the
    product of the means; the mean is over alive, and over every node of gone.
    """
    r, alpha, s, beta = parameters
    k = r + frequency
    gone = leaving(k, alpha, s, beta, recency, age)
    log_age, life_age = np.log1p(age / alpha), np.log1p(age / beta)
    alive_term = -k * log_age - s * life_age
    gone_term = np.log(s) - np.log(beta) + gone.logarithm
    top = np.maximum(alive_term, gone_term)
    alive_share, gone_share = np.exp(alive_term - top), np.exp(gone_term - top)
    both = alive_share + gone_share
    alive_share, gone_share = alive_share / both, gone_share / both

    # Logarithmic derivatives: alive (one value), gone (a value a node); by r, alpha, s, beta.
    from_alpha, from_beta = 1 / np.asarray(alpha), 1 / np.asarray(beta)
    age_alpha, age_beta = 1 / (alpha + age), 1 / (beta + age)
    alive_slopes = [-log_age, -k * (age_alpha - from_alpha), -life_age, -s * (age_beta - from_beta)]
    weighted = gone_share * gone.share
    raw = [gone.log_alpha, gone.by_alpha, gone.log_beta, gone.by_beta]
    first = [(weighted * values).sum(axis=0) for values in raw]  # sums of a temporary: faster here than einsum
    second = second_moments(weighted, raw)
    # The slope of a node is offset + factor · raw; the moments of the raw values give those of the slopes.
    offset: list[Any] = [0.0, k * from_alpha, 1 / np.asarray(s), s * from_beta]
    factor: list[Any] = [-1.0, -k, -1.0, -(s + 1)]
    gradient: dict[int, Value] = {}
    for i in range(4):
        gradient[i] = alive_share * alive_slopes[i] + offset[i] * gone_share + factor[i] * first[i]
    hessian: dict[tuple[int, int], Value] = {}
    for i, j in second:
        mean_product = (
            offset[i] * offset[j] * gone_share
            + offset[i] * factor[j] * first[j]
            + offset[j] * factor[i] * first[i]
            + factor[i] * factor[j] * second[i, j]
        )
        hessian[i, j] = alive_share * alive_slopes[i] * alive_slopes[j] + mean_product - gradient[i] * gradient[j]
    # Means of the second derivatives.
    hessian[R, ALPHA] += -alive_share * (age_alpha - from_alpha) + gone_share * from_alpha - first[1]
    hessian[ALPHA, ALPHA] += (
        alive_share * k * (age_alpha**2 - from_alpha**2) + k * second[1, 1] - gone_share * k * from_alpha**2
    )
    hessian[S, S] -= gone_share / np.square(s)
    hessian[S, BETA] += -alive_share * (age_beta - from_beta) + gone_share * from_beta - first[3]
    hessian[BETA, BETA] += (
        alive_share * s * (age_beta**2 - from_beta**2) + (s + 1) * second[3, 3] - gone_share * s * from_beta**2
    )
    return Terms(top + np.log(both), gradient, hessian)


def second_moments(weighted: Array, raw: Sequence[Array]) -> dict[tuple[int, int], Array]:
    """Σ over nodes of weight · one · other, for each pair; through one buffer, since memory is what it costs."""
    buffer, moments = np.empty_like(weighted), {}
    for i, one in enumerate(raw):
        heavy = weighted * one
        for j in range(i, len(raw)):
            np.multiply(heavy, raw[j], out=buffer)
            moments[i, j] = np.add.reduce(buffer, axis=0)
    return moments
