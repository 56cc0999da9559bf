"""Fitting a model of purchases to histories by maximum likelihood, with covariates or without."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Literal, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from goodwill.errors import NotEnoughData
from goodwill.value.spend.base import REACH, Climb, SpendModel
from goodwill.value.spend.checks import check_enough, check_histories, check_weights, columns
from goodwill.value.spend.covariates import mixing_matrix, read_covariates
from goodwill.value.spend.histories import SAMPLE_FROM, Histories, settled_at
from goodwill.value.spend.newton import Evaluate
from goodwill.value.spend.terms import Link, Terms, Value, add_up, blocks, in_logarithms, linked, summed

Array = npt.NDArray[np.float64]


class CoefficientGroup(NamedTuple):
    """Coefficients that move one parameter: prefix of their names, kind of covariate, parameter, direction."""

    prefix: str
    kind: Literal["purchase", "dropout"]
    parameter: int
    direction: float


class FittedToHistories(SpendModel):
    """A model whose data are frequency, recency and age. A model says its terms; here they become a fit."""

    #: Which coefficients covariates get.
    groups: ClassVar[tuple[CoefficientGroup, ...]]
    #: Does merging equal ages of those who never came back pay? It does where their terms are dear.
    merges_ages: ClassVar[bool] = True
    #: Does it pay to have customers together whose time of leaving is about equally sure?
    sorts_by_gap: ClassVar[bool] = False

    @abstractmethod
    def count_terms(self, parameters: Sequence[Value], frequency: Array) -> Terms:
        """The terms of the log-likelihood that depend on the frequency alone."""

    @abstractmethod
    def time_terms(self, parameters: Sequence[Value], frequency: Array, recency: Array, age: Array) -> Terms:
        """The other terms."""

    def never_returned_terms(self, parameters: Sequence[Value], age: Array) -> Terms:
        """`time_terms` of customers who never bought again; a model may know a shorter way."""
        zero = np.zeros_like(age)
        return self.time_terms(parameters, zero, zero, age)

    @abstractmethod
    def starting_values(self, histories: Histories) -> tuple[list[float], list[float]]:
        """Where the climb begins, and how far (in logarithms) it may go either way."""

    # -- fitting -----------------------------------------------------------------------------------------------------

    def fit(
        self,
        frequency: Any,
        recency: Any,
        age: Any,
        weights: Any = None,
        *,
        purchase_covariates: Any = None,
        dropout_covariates: Any = None,
        equal: Iterable[Sequence[str]] = (),
    ) -> Self:
        """Fit by maximum likelihood.

        frequency, recency, age: one value a customer: repeat purchases, time of the last one, age, both counted
        from the first purchase, in one unit of time. weights: how many customers a row stands for.
        purchase_covariates, dropout_covariates: a mapping from names to columns, a table, or a matrix with one row a
        customer. equal: groups of parameters that share one value, such as [("purchase:x", "dropout:x")].

        Errors: ModelError for histories that cannot be (it names the row), NotEnoughData where nobody bought again
        or there are fewer customers than parameters. Warnings: FlatRidgeWarning, StoppedEarlyWarning.
        """
        where = type(self).__name__
        count, last, whole = columns(where, frequency=frequency, recency=recency, age=age)
        check_histories(where, count, last, whole)
        histories = Histories(count, last, whole, check_weights(where, weights, len(count)))
        check_enough(where, histories.customers, len(self.names) + 1)
        self._check_anybody_came_back(histories)
        covariates = {
            "purchase": read_covariates("purchase", purchase_covariates, len(count), where),
            "dropout": read_covariates("dropout", dropout_covariates, len(count), where),
        }
        climb = self._climb(histories, covariates, equal)
        if any(names for names, _ in covariates.values()):
            evaluate = self._likelihood_with_covariates(histories, covariates)
            optimum = climb.run(evaluate, 1e-10)
        elif len(histories) < SAMPLE_FROM:
            optimum = climb.run(self._likelihood(histories), 1e-10)
        else:
            # A sample takes the climb to within a few standard errors of the top; two full passes do the rest.
            near = climb.run(self._likelihood(histories.sample()), 1e-6)
            optimum = climb.run(self._likelihood(histories), settled_at(len(histories)), near.point)
        self._settle(optimum, climb, histories.customers)
        return self

    def _check_anybody_came_back(self, histories: Histories) -> None:
        counted = histories.weights is None or bool((histories.weights[histories.frequency > 0] > 0).any())
        if not (histories.frequency > 0).any() or not counted:
            mend = "take a longer period; with first purchases alone nothing is known of the next ones"
            raise NotEnoughData("nobody bought again (all frequencies are 0)", where=type(self).__name__, mend=mend)

    def _climb(
        self, histories: Histories, covariates: dict[str, tuple[list[str], Array]], equal: Iterable[Sequence[str]]
    ) -> Climb:
        """Start and bounds by name; coefficients of covariates start at nought."""
        start, reach = self.starting_values(histories)
        names = [
            *self.names,
            *(f"{group.prefix}:{name}" for group in self.groups for name in covariates[group.kind][0]),
        ]
        extra = len(names) - len(start)
        mixing = mixing_matrix(names, equal, type(self).__name__)
        begin = np.concatenate([np.log(start), np.zeros(extra)])
        wide = np.concatenate([reach, np.full(extra, REACH)])
        free = mixing.T / mixing.sum(axis=0)[:, None]
        return Climb(names, mixing, free @ begin, free @ (begin - wide), free @ (begin + wide))

    def _likelihood(self, histories: Histories) -> Evaluate:
        """The log-likelihood, its gradient and Hessian by the logarithms of the parameters."""
        counts, number = histories.counts()
        repeaters = histories.repeaters()
        repeaters = repeaters.by_gap() if self.sorts_by_gap else repeaters
        ages, ages_weights = histories.ages_of_the_rest(self.merges_ages)
        size = len(self.names)

        def evaluate(point: Array) -> tuple[float, Array, Array]:
            natural = np.exp(point)
            parameters: list[Value] = natural.tolist()
            parts = [summed(self.count_terms(parameters, counts), number, len(counts), size)]
            for part in blocks(len(ages)):
                terms = self.never_returned_terms(parameters, ages[part])
                weights = None if ages_weights is None else ages_weights[part]
                parts.append(summed(terms, weights, len(ages[part]), size))
            for part in blocks(len(repeaters)):
                x, t, T, weights = block_of(repeaters, part)
                parts.append(summed(self.time_terms(parameters, x, t, T), weights, len(x), size))
            value, gradient, hessian = add_up(parts)
            return value, *in_logarithms(gradient, hessian, natural)

        return evaluate

    def _likelihood_with_covariates(
        self, histories: Histories, covariates: dict[str, tuple[list[str], Array]]
    ) -> Evaluate:
        """The same by the logarithms of the parameters at covariates of nought, then the coefficients."""
        matrices = {kind: values for kind, (_, values) in covariates.items()}

        def evaluate(point: Array) -> tuple[float, Array, Array]:
            parts = []
            for part in blocks(len(histories)):
                x, t, T, weights = block_of(histories, part)
                design = {kind: values[part] for kind, values in matrices.items()}
                parameters = self._parameters_of(point, design)
                links = self._links(design)
                for terms in (self.count_terms(parameters, x), self.time_terms(parameters, x, t, T)):
                    parts.append(linked(terms, weights, len(x), parameters, links))
            return add_up(parts)

        return evaluate

    def _links(self, design: dict[str, Array]) -> list[Link]:
        """What each coordinate of the climb moves."""
        plain = [Link(position, 1.0) for position in range(len(self.names))]
        return plain + [
            Link(group.parameter, group.direction * column) for group in self.groups for column in design[group.kind].T
        ]

    def _parameters_of(self, point: Array, design: dict[str, Array]) -> list[Value]:
        """Each customer's parameters, from the coordinates of the climb and the covariates."""
        logs: list[Value] = [float(value) for value in point[: len(self.names)]]
        position = len(self.names)
        for group in self.groups:
            width = design[group.kind].shape[1]
            if width:
                coefficients = point[position : position + width]
                # einsum, not @: small products in threaded BLAS are slow
                moved = np.einsum("ij,j->i", design[group.kind], coefficients)
                logs[group.parameter] = logs[group.parameter] + group.direction * moved
            position += width
        return [np.exp(value) if isinstance(value, np.ndarray) else float(np.exp(value)) for value in logs]

    def _is_coefficient(self, name: str) -> bool:
        return any(name.startswith(f"{group.prefix}:") for group in self.groups)


def block_of(histories: Histories, part: slice) -> tuple[Array, Array, Array, Array | None]:
    """Frequency, recency, age as floats, and weights, of one block."""
    weights = None if histories.weights is None else histories.weights[part]
    return (
        histories.frequency[part].astype(np.float64, copy=False),
        histories.recency[part].astype(np.float64, copy=False),
        histories.age[part].astype(np.float64, copy=False),
        weights,
    )
