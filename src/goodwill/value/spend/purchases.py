"""What BG/NBD, MBG/NBD and Pareto/NBD share: fitting, and every question that can be asked of a fitted model.

All of them describe customers who buy whenever they like and leave without a word. Data for each customer: frequency
(repeat purchases), recency (time of the last purchase) and age (end of the period), both counted from the first
purchase, in one unit of time. Purchase rates vary over customers by a gamma distribution (r, alpha); what differs is
how customers leave.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt

from goodwill.errors import ModelError
from goodwill.value.spend.base import check_level
from goodwill.value.spend.checks import as_numbers, check_finite, check_histories, check_horizon
from goodwill.value.spend.covariates import match_covariates
from goodwill.value.spend.customers import Customers, Simulated, pick, shaped
from goodwill.value.spend.fitting import FittedToHistories
from goodwill.value.spend.special import gauss_legendre
from goodwill.value.spend.terms import Value, blocks
from goodwill.value.spend.unsure import as_likely

Array = npt.NDArray[np.float64]

#: Numbers held at once while outcomes are drawn.
DRAWN_AT_ONCE = 1_000_000
#: From so many purchases on, quantiles are drawn rather than read off the distribution.
LONGEST_TABLE = 5000
#: Beyond this many discount times, what is still to come is worth e^-40 of itself.
ENDLESS = 40.0


class PurchaseModel(FittedToHistories):
    """The parent of the three models for customers who buy at any time and leave unseen."""

    # -- what each model says for itself -----------------------------------------------------------------------------

    @abstractmethod
    def alive(self, customers: Customers) -> Array:
        """The probability that each is still a customer."""

    @abstractmethod
    def expected_while_alive(self, customers: Customers, horizon: Array) -> Array:
        """Expected purchases over the horizon of each customer, were they known to be alive."""

    @abstractmethod
    def draw_while_alive(self, customers: Customers, horizon: float, rng: np.random.Generator) -> Array:
        """Purchases over the horizon, one draw for each customer, were they known to be alive."""

    @abstractmethod
    def counts_while_alive(self, customers: Customers, horizon: float, largest: int) -> Array:
        """P(n purchases over the horizon), n = 0..largest, of customers known to be alive: (customers, largest+1)."""

    @abstractmethod
    def simulate(self, age: Any, rng: np.random.Generator) -> Simulated:
        """Newcomers followed up to their ages."""

    # -- the customers of a prediction -------------------------------------------------------------------------------

    def _customers(self, frequency: Any, recency: Any, age: Any, covariates: dict[str, Any], *others: Any) -> Customers:
        """Broadcast and check what a prediction is asked for."""
        where = type(self).__name__
        arrays = [
            as_numbers(name, values, where)
            for name, values in (("frequency", frequency), ("recency", recency), ("age", age))
        ]
        try:
            shape = np.broadcast_shapes(*(array.shape for array in arrays), *(np.shape(other) for other in others))
        except ValueError:
            lengths = ", ".join(str(array.shape) for array in arrays)
            mend = "give one value of each for every customer"
            raise ModelError(f"the columns differ in length {lengths}", where=where, mend=mend) from None
        flat = [np.broadcast_to(array, shape).reshape(-1) for array in arrays]
        for name, array in zip(("frequency", "recency", "age"), flat, strict=True):
            check_finite(name, array, where)
        check_histories(where, *flat)
        return Customers(self._predicting(covariates, len(flat[0])), flat[0], flat[1], flat[2], shape)

    def _predicting(self, covariates: dict[str, Any], length: int) -> list[Value]:
        """The parameters of each customer of a prediction."""
        params = self._fit.params
        point = np.array([np.log(value) if name in self.names else value for name, value in params.items()])
        design = {}
        for kind in ("purchase", "dropout"):
            prefixes = [f"{group.prefix}:" for group in self.groups if group.kind == kind]
            wanted = [name[len(prefixes[0]) :] for name in params if name.startswith(prefixes[0])]
            given = covariates.get(kind)
            if wanted or given is not None:
                design[kind] = match_covariates(kind, wanted, given, length, type(self).__name__)
            else:
                design[kind] = np.empty((0, 0))
        return self._parameters_of(point, design)

    # -- questions ---------------------------------------------------------------------------------------------------

    def log_density(
        self, frequency: Any, recency: Any, age: Any, *, purchase_covariates: Any = None, dropout_covariates: Any = None
    ) -> Array:
        """The log-likelihood of each customer."""
        given = {"purchase": purchase_covariates, "dropout": dropout_covariates}
        customers = self._customers(frequency, recency, age, given)
        values = np.empty(len(customers))
        for part in blocks(len(customers)):
            some = customers.block(part)
            counted = self.count_terms(some.parameters, some.frequency).value
            values[part] = counted + self.time_terms(some.parameters, some.frequency, some.recency, some.age).value
        return shaped(values, customers)

    def probability_alive(
        self, frequency: Any, recency: Any, age: Any, *, purchase_covariates: Any = None, dropout_covariates: Any = None
    ) -> Array:
        """The probability that each is still a customer at their age; all zeros: a newcomer."""
        given = {"purchase": purchase_covariates, "dropout": dropout_covariates}
        customers = self._customers(frequency, recency, age, given)
        self._warn_of(customers)
        values = np.empty(len(customers))
        for part in blocks(len(customers)):
            values[part] = self.alive(customers.block(part))
        return shaped(values, customers)

    def _warn_of(self, customers: Customers) -> None:
        """Say so where the model claims to know what it cannot."""

    def expected_purchases(
        self,
        horizon: Any,
        frequency: Any = 0,
        recency: Any = 0,
        age: Any = 0,
        *,
        purchase_covariates: Any = None,
        dropout_covariates: Any = None,
    ) -> Array:
        """Expected purchases over the next `horizon` units of time; all zeros: of a newcomer after the first one.

        The horizon is one number or one for each customer; the answer has one value a customer.
        Errors: ModelError for a negative horizon and for histories that cannot be.
        """
        given = {"purchase": purchase_covariates, "dropout": dropout_covariates}
        ahead = as_numbers("horizon", horizon, type(self).__name__)
        check_horizon(type(self).__name__, ahead)
        customers = self._customers(frequency, recency, age, given, ahead)
        time = np.broadcast_to(ahead, customers.shape).reshape(-1)
        return shaped(self.expected(customers, time), customers)

    def expected(self, customers: Customers, horizon: npt.NDArray[Any]) -> Array:
        """Expected purchases of customers that were checked already."""
        values = self.expected_while_alive(customers, horizon)
        for part in blocks(len(customers)):
            values[part] *= self.alive(customers.block(part))
        return values

    def discounted_expected_purchases(
        self,
        horizon: Any,
        rate: float,
        frequency: Any = 0,
        recency: Any = 0,
        age: Any = 0,
        *,
        purchase_covariates: Any = None,
        dropout_covariates: Any = None,
    ) -> Array:
        """Expected purchases over the horizon, each worth e^(-rate · time) of one today.

        rate: continuously compounded, per unit of time: for 10 % a year and weeks it is ln(1.1) / 52. With a rate
        above zero the horizon may be infinite (`math.inf`). An integral over the horizon by 48-node Gauss–Legendre.
        Fader, Hardie & Lee (2005), RFM and CLV: Using iso-value curves for customer base analysis.
        """
        where = type(self).__name__
        if not (np.isfinite(rate) and rate >= 0):
            raise ModelError(f"the rate is {rate:g}", where=where, mend="give a rate of zero or more per unit of time")
        ahead = as_numbers("horizon", horizon, where)
        check_horizon(where, ahead, endless=rate > 0)
        given = {"purchase": purchase_covariates, "dropout": dropout_covariates}
        customers = self._customers(frequency, recency, age, given, ahead)
        time = np.broadcast_to(ahead, customers.shape).reshape(-1).astype(np.float64)
        if rate == 0:
            return shaped(self.expected(customers, time), customers)
        time = np.minimum(time, ENDLESS / rate)
        # By parts: e^(-dH) E(H) + d ∫ e^(-ds) E(s) ds, with s = scale (e^v - 1), so that nodes are dense near today.
        scale = np.minimum(1 / rate, 1 + customers.age)
        values = np.exp(-rate * time) * self.expected_while_alive(customers, time)
        longest = np.log1p(time / scale)
        for node, weight in zip(*gauss_legendre(48), strict=True):
            soon = scale * np.expm1(node * longest)
            density = rate * np.exp(-rate * soon) * (scale + soon) * longest * weight
            values += density * self.expected_while_alive(customers, soon)
        for part in blocks(len(customers)):
            values[part] *= self.alive(customers.block(part))
        return shaped(values, customers)

    def purchase_count_distribution(
        self,
        horizon: float,
        largest: int,
        frequency: Any = 0,
        recency: Any = 0,
        age: Any = 0,
        *,
        purchase_covariates: Any = None,
        dropout_covariates: Any = None,
    ) -> Array:
        """P(n purchases over the next `horizon`) for n = 0..largest: the last axis of the answer.

        What is missing to one is the probability of more than `largest`. All zeros: a newcomer.
        """
        where = type(self).__name__
        check_horizon(where, np.asarray(horizon))
        if largest < 0:
            raise ModelError(f"largest is {largest}", where=where, mend="give 0 or more")
        given = {"purchase": purchase_covariates, "dropout": dropout_covariates}
        customers = self._customers(frequency, recency, age, given)
        values = np.empty((len(customers), largest + 1))
        for part in blocks(len(customers), max(1, DRAWN_AT_ONCE // (48 * (largest + 1)))):
            some = customers.block(part)
            alive = self.alive(some)
            values[part] = alive[:, None] * self.counts_while_alive(some, float(horizon), largest)
            values[part, 0] += 1 - alive
        return values.reshape(*customers.shape, largest + 1)

    def draw_purchases(
        self,
        horizon: float,
        frequency: Any,
        recency: Any,
        age: Any,
        draws: int,
        rng: np.random.Generator,
        *,
        purchase_covariates: Any = None,
        dropout_covariates: Any = None,
    ) -> npt.NDArray[np.int32]:
        """What might happen: purchases over the next `horizon`, one row a draw, one column a customer.

        Each draw takes a customer's rate and way of leaving from what their history says of them, then lets the
        horizon pass. The same generator state gives the same draws.
        """
        check_horizon(type(self).__name__, np.asarray(horizon))
        given = {"purchase": purchase_covariates, "dropout": dropout_covariates}
        one = [
            np.atleast_1d(as_numbers("history", values, type(self).__name__)) for values in (frequency, recency, age)
        ]
        customers = self._customers(one[0], one[1], one[2], given)
        drawn = np.zeros((draws, len(customers)), dtype=np.int32)
        for part in blocks(len(customers), max(1, DRAWN_AT_ONCE // max(draws, 1))):
            some = customers.block(part)
            # Only who is still there can buy: the others' zeros stand already.
            alive = rng.random((draws, len(some))) < self.alive(some)
            who = np.nonzero(alive)[1]
            if len(who):
                those = pick(some, who)
                bought = np.minimum(self.draw_while_alive(those, float(horizon), rng), np.iinfo(np.int32).max)
                here = drawn[:, part]
                here[alive] = bought.astype(np.int32)
        return drawn

    def interval(
        self,
        horizon: float,
        frequency: Any,
        recency: Any,
        age: Any,
        *,
        of: Literal["outcome", "expectation"] = "outcome",
        level: float = 0.8,
        purchase_covariates: Any = None,
        dropout_covariates: Any = None,
    ) -> tuple[Array, Array]:
        """Low and high end for each customer.

        of="outcome": between which numbers the purchases that happen will lie (quantiles of their distribution: exact,
        so a whole number covers at least its share). A model fitted to fewer than 20,000 customers mixes the
        distributions of the parameters that its data allow as well (`draw_models`), so that few data make wider
        intervals. of="expectation": where the expected number lies, given how well the parameters are known (delta
        method; needs a fitted model).
        """
        where = type(self).__name__
        check_level(where, level)
        check_horizon(where, np.asarray(horizon))
        given = {"purchase_covariates": purchase_covariates, "dropout_covariates": dropout_covariates}
        if of == "expectation":
            return self._expectation_interval(
                lambda model: model.expected_purchases(horizon, frequency, recency, age, **given), level
            )
        covariates = {"purchase": purchase_covariates, "dropout": dropout_covariates}
        mixed = [(model, model._customers(frequency, recency, age, covariates)) for model in as_likely(self)]
        customers = mixed[0][1]
        shares = (1 - level) / 2, (1 + level) / 2
        low, high = np.empty(len(customers)), np.empty(len(customers))
        for part in blocks(len(customers)):
            some = [(model, those.block(part)) for model, those in mixed]
            low[part], high[part] = self._quantiles(some, float(horizon), shares)
        return shaped(low, customers), shaped(high, customers)

    def _quantiles(
        self, mixed: Sequence[tuple[Self, Customers]], horizon: float, shares: tuple[float, float]
    ) -> tuple[Array, Array]:
        """The least numbers of purchases that are reached with these probabilities, on average over the models.

        Most customers need few terms of their distribution; those who need more are asked again, with more.
        """
        length = len(mixed[0][1])
        ends = np.empty((2, length))
        waiting, largest = np.arange(length), 15
        while len(waiting) and largest < LONGEST_TABLE:
            still = []
            for part in blocks(len(waiting), max(1, DRAWN_AT_ONCE // largest)):
                who = waiting[part]
                reached = np.zeros((len(who), largest + 1))
                for model, customers in mixed:
                    some = pick(customers, who)
                    alive = model.alive(some)[:, None]
                    counts = model.counts_while_alive(some, horizon, largest)
                    reached += (np.cumsum(alive * counts, axis=1) + 1 - alive) / len(mixed)
                done = reached[:, -1] >= shares[1]
                for end, share in zip(ends, shares, strict=True):
                    end[who[done]] = (reached[done] < share).sum(axis=1)
                still.append(who[~done])
            waiting, largest = np.concatenate(still), largest * 4 + 3
        if len(waiting):  # thousands of purchases: a gamma of the rate is all that is left to see
            ends[:, waiting] = drawn_quantiles([(model, pick(some, waiting)) for model, some in mixed], horizon, shares)
        return ends[0], ends[1]


def drawn_quantiles(
    mixed: Sequence[tuple[PurchaseModel, Customers]], horizon: float, shares: tuple[float, float]
) -> Array:
    """The same by a thousand draws."""
    rng = np.random.default_rng(0)
    length, each = len(mixed[0][1]), -(-1000 // len(mixed))
    drawn = np.empty((2, length))
    for position in range(length):
        bought = []
        for model, customers in mixed:
            one = pick(customers, np.full(each, position))
            bought.append(np.where(rng.random(each) < model.alive(one), model.draw_while_alive(one, horizon, rng), 0.0))
        drawn[:, position] = np.quantile(np.concatenate(bought), shares, method="inverted_cdf")
    return drawn
