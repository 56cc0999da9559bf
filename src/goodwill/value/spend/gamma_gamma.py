"""The gamma-gamma model of spend per purchase."""

from __future__ import annotations

from typing import Any, Literal, Self

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
from goodwill.value.spend.histories import SAMPLE_FROM, Histories, settled_at
from goodwill.value.spend.newton import Evaluate
from goodwill.value.spend.special import digamma, log_rising, trigamma
from goodwill.value.spend.terms import Terms, add_up, blocks, in_logarithms, summed
from goodwill.value.spend.unsure import as_likely

Array = npt.NDArray[np.float64]
P, Q, GAMMA = range(3)

#: Numbers held at once while outcomes are drawn.
DRAWN_AT_ONCE = 1_000_000
#: Halvings of an interval that holds a quantile: 2^-50 of it is left.
BISECTIONS = 50


class GammaGamma(SpendModel):
    """What a customer spends per purchase: gamma around a mean of their own, means inverse gamma over customers.

    Parameters: p (shape of a customer's own purchases), q, gamma (how customers differ; gamma in money). The mean over
    customers is p · gamma / (q − 1). With q ≤ 1 there is none: such parameters are refused, given or fitted.
    It takes spend to be unrelated to how often somebody buys: check that before you use it.

    Sources: Colombo & Jiang (1999); Fader, Hardie & Lee (2005), RFM and CLV; Fader & Hardie (2013), The gamma-gamma
    model of monetary value, equations 1a and 5.

    >>> model = GammaGamma.from_params(p=6.25, q=3.74, gamma=15.44)
    >>> round(float(model.expected_spend(2, 22.35)), 2)
    24.66
    """

    names = ("p", "q", "gamma")

    def _checked_params(self, params: dict[str, float]) -> dict[str, float]:
        checked = super()._checked_params(params)
        refuse_no_mean(checked["q"])
        return checked

    # -- fitting -----------------------------------------------------------------------------------------------------

    def fit(self, frequency: Any, mean_spend: Any, weights: Any = None) -> Self:
        """Fit by maximum likelihood.

        frequency: purchases that the mean is over, one value a customer (repeat purchases, as a rule); mean_spend:
        money per purchase; weights: how many customers a row stands for. Rows with frequency 0 say nothing about spend
        and are left out.

        Errors: ModelError for a spend that is not above zero, and where the fit ends at q ≤ 1 (no mean);
        NotEnoughData where nobody bought again. Warnings: FlatRidgeWarning, StoppedEarlyWarning.
        """
        where = type(self).__name__
        (count,) = columns(where, frequency=frequency)
        spend = as_numbers("mean_spend", mean_spend, where)
        check_not_negative("frequency", count, where, "frequency counts purchases: 0, 1, 2, ...")
        check_whole("frequency", count, where, "frequency counts purchases: 0, 1, 2, ...")
        if spend.shape != count.shape:
            mend = "give one value of each for every customer"
            what = f"the columns differ in length (frequency {len(count)}, mean_spend {spend.shape})"
            raise ModelError(what, where=where, mend=mend)
        heavy = check_weights(where, weights, len(count))
        mend = "net the returns of a customer against the purchases first, and leave out who spent nothing"
        refuse_rows(
            lambda n, money: (n > 0) & ~(np.isfinite(money) & (money > 0)),
            [count, spend],
            "mean_spend is missing, infinite or not above zero",
            where,
            mend,
        )
        bought = count > 0
        if not bought.any():
            raise NotEnoughData("all frequencies are 0", where=where, mend="take a longer period")
        total = count[bought].astype(np.float64) * spend[bought]
        spent = Histories(count[bought], total, total, None if heavy is None else heavy[bought])
        check_enough(where, spent.customers, len(self.names) + 1)
        mean = float(np.average(spend[bought], weights=spent.weights))
        climb = plain_climb(self.names, [2.0, 3.0, mean])
        if len(spent) < SAMPLE_FROM:
            optimum = climb.run(likelihood(spent), 1e-10)
        else:
            near = climb.run(likelihood(spent.sample()), 1e-6)
            optimum = climb.run(likelihood(spent), settled_at(len(spent)), near.point)
        refuse_no_mean(float(np.exp(optimum.point[Q])))
        self._settle(optimum, climb, spent.customers)
        return self

    # -- questions ---------------------------------------------------------------------------------------------------

    def _after(self, frequency: Any, mean_spend: Any) -> tuple[Array, Array]:
        """What a history leaves of q and gamma: q + p x and gamma + x z, of the shape of the question."""
        where = type(self).__name__
        count, spend = as_numbers("frequency", frequency, where), as_numbers("mean_spend", mean_spend, where)
        try:
            count, spend = np.broadcast_arrays(count, spend)
        except ValueError:
            mend = "give one value of each for every customer"
            raise ModelError("frequency and mean_spend differ in length", where=where, mend=mend) from None
        check_finite("frequency", count.reshape(-1), where)
        check_not_negative("frequency", count.reshape(-1), where, "frequency counts purchases: 0, 1, 2, ...")
        refuse_rows(
            lambda n, money: (n > 0) & ~(np.isfinite(money) & (money > 0)),
            [count.reshape(-1), spend.reshape(-1)],
            "mean_spend is missing, infinite or not above zero",
            where,
            "net the returns of a customer against the purchases first; who bought nothing has frequency 0",
        )
        params = self._fit.params
        total = np.where(count > 0, count * np.where(count > 0, spend, 0.0), 0.0)
        return params["q"] + params["p"] * count, params["gamma"] + total

    def expected_spend(self, frequency: Any = 0, mean_spend: Any = 0) -> Array:
        """Expected money per purchase, one value a customer; frequency 0: the mean over all customers.

        p (gamma + x z) / (p x + q − 1), Fader & Hardie (2013), equation 5.
        """
        q, gamma = self._after(frequency, mean_spend)
        answer: Array = np.asarray(self._fit.params["p"] * gamma / (q - 1))[()]
        return answer

    def draw_spend(
        self, frequency: Any, mean_spend: Any, draws: int, rng: np.random.Generator, purchases: Any = None
    ) -> Array:
        """What might be spent: one row a draw, one column a customer.

        purchases: how many, one number or an array (draws, customers) such as `draw_purchases` gives; the money is
        that of all of them together (0 for none). Without it: of one purchase.
        """
        q, gamma = (np.atleast_1d(values) for values in self._after(frequency, mean_spend))
        p = self._fit.params["p"]
        number = np.broadcast_to(np.asarray(1 if purchases is None else purchases), (draws, len(q)))
        drawn = np.zeros((draws, len(q)))
        for part in blocks(len(q), max(1, DRAWN_AT_ONCE // max(draws, 1))):
            some = number[:, part]
            bought = some > 0
            who = np.nonzero(bought)[1]
            here = drawn[:, part]
            here[bought] = gamma[part][who] * rng.standard_gamma(p * some[bought]) / rng.standard_gamma(q[part][who])
        return drawn

    def interval(
        self,
        frequency: Any,
        mean_spend: Any,
        *,
        of: Literal["outcome", "expectation"] = "outcome",
        level: float = 0.8,
        purchases: int = 1,
    ) -> tuple[Array, Array]:
        """Low and high end for each customer.

        of="outcome": where the money of the next `purchases` purchases together will lie (exact: a beta prime
        distribution, of a model fitted to fewer than 20,000 customers mixed over the parameters that its data allow as
        well, see `draw_models`). of="expectation": where the expected spend per purchase lies, given how well the
        parameters are known (delta method; needs a fitted model).
        """
        check_level(type(self).__name__, level)
        if of == "expectation":
            return self._expectation_interval(lambda model: model.expected_spend(frequency, mean_spend), level)
        mixed = [
            (model._fit.params["p"] * purchases, *model._after(frequency, mean_spend)) for model in as_likely(self)
        ]
        low, high = (mixed_quantile(mixed, probability) for probability in ((1 - level) / 2, (1 + level) / 2))
        return low, high


def mixed_quantile(mixed: list[tuple[float, Array, Array]], probability: float) -> Array:
    """The money below which the sum of purchases lies with this probability, on average over (shape, q, gamma).

    Given one set of parameters the share S/(γ+S) of a sum S is Beta(shape, q). The quantiles of the single sets are on
    both sides of that of their mean, which bisection then finds to the last digits.
    """
    from scipy.special import betainc, betaincinv

    single = []
    for shape, q, gamma in mixed:
        share = betaincinv(shape, q, probability)
        single.append(np.asarray(gamma * share / (1 - share)))
    if len(single) == 1:
        answer: Array = single[0][()]
        return answer
    low, high = np.min(single, axis=0), np.max(single, axis=0)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        reached = sum(betainc(shape, q, middle / (gamma + middle)) for shape, q, gamma in mixed) / len(mixed)
        low, high = np.where(reached < probability, middle, low), np.where(reached < probability, high, middle)
    found: Array = np.asarray((low + high) / 2)[()]
    return found


def refuse_no_mean(q: float) -> None:
    """Refuse q ≤ 1, with the reason.

    >>> refuse_no_mean(0.9)
    Traceback (most recent call last):
        ...
    goodwill.errors.ModelError: GammaGamma: q is 0.9, and with q at 1 or below the mean spend over ... is infinite ...
    """
    if q <= 1:
        what = (
            f"q is {q:.4g}, and with q at 1 or below the mean spend over customers is infinite (p gamma / (q - 1)): "
            "a few huge purchases dominate"
        )
        mend = "set those apart (an account of their own), or value each customer by their own mean"
        raise ModelError(what, where="GammaGamma", mend=mend)


def likelihood(spent: Histories) -> Evaluate:
    """The log-likelihood by the logarithms of p, q, gamma; `recency` of the histories holds the money in total.

    With S = x z: lnΓ(px+q) − lnΓ(px) − lnΓ(q) − q ln(1+S/γ) − px ln(1+γ/S) − ln z.
    """
    counts, number = spent.counts()
    constant = -sum(
        float(np.log(total / count).sum() if weights is None else (np.log(total / count) * weights).sum())
        for count, total, weights in (money_block(spent, part) for part in blocks(len(spent)))
    )

    def evaluate(point: Array) -> tuple[float, Array, Array]:
        p, q, gamma = np.exp(point).tolist()
        parts = [summed(count_terms(p, q, counts), number, len(counts), 3)]
        for part in blocks(len(spent)):
            count, total, weights = money_block(spent, part)
            parts.append(summed(money_terms(p, q, gamma, count, total), weights, len(count), 3))
        value, gradient, hessian = add_up(parts)
        return value + constant, *in_logarithms(gradient, hessian, np.exp(point))

    return evaluate


def money_block(spent: Histories, part: slice) -> tuple[Array, Array, Array | None]:
    """Purchases, money in total, and weights, of one block."""
    weights = None if spent.weights is None else spent.weights[part]
    return spent.frequency[part].astype(np.float64, copy=False), spent.recency[part], weights


def count_terms(p: float, q: float, count: Array) -> Terms:
    """lnΓ(px+q) − lnΓ(px) − lnΓ(q)."""
    from scipy.special import gammaln

    own, joint = p * count, p * count + q
    bend = trigamma(joint)
    return Terms(
        log_rising(own, q) - gammaln(q),
        {P: count * (digamma(joint) - digamma(own)), Q: digamma(joint) - digamma(q)},
        {(P, P): count**2 * (bend - trigamma(own)), (P, Q): count * bend, (Q, Q): bend - trigamma(q)},
    )


def money_terms(p: float, q: float, gamma: float, count: Array, total: Array) -> Terms:
    """−q ln(1+S/γ) − px ln(1+γ/S)."""
    by_both = 1 / (gamma + total)
    weight = p * count + q
    by_q, by_p = np.log1p(total / gamma), count * np.log1p(gamma / total)
    return Terms(
        -q * by_q - p * by_p,
        {P: -by_p, Q: -by_q, GAMMA: q / gamma - weight * by_both},
        {
            (P, GAMMA): -count * by_both,
            (Q, GAMMA): 1 / gamma - by_both,
            (GAMMA, GAMMA): weight * by_both**2 - q / gamma**2,
        },
    )
