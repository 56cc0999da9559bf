"""The purchase histories that a model is fitted to, arranged so that a pass over them is cheap."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from goodwill.value.spend.checks import CHUNK

Array = npt.NDArray[np.float64]

#: Above this frequency a table with one place for every count would be wasteful.
LARGEST_TABLE = 1_000_000
#: How many customers the first climb looks at, and from how many on it pays to do so.
SAMPLE, SAMPLE_FROM = 20_000, 60_000


def settled_at(customers: int) -> float:
    """What one more step may still add to the log-likelihood of a large sample: a thirtieth of a standard error.

    The step is taken, too, and leaves about the square of that.

    >>> settled_at(1_000_000)
    0.001
    """
    return min(1e-8 * customers, 1e-3)


@dataclass(frozen=True)
class Histories:
    """One row a customer, or `weights` customers: frequency, recency, age as given (whole numbers or floats)."""

    frequency: npt.NDArray[Any]
    recency: npt.NDArray[Any]
    age: npt.NDArray[Any]
    weights: Array | None

    def __len__(self) -> int:
        return len(self.frequency)

    @property
    def customers(self) -> float:
        """How many customers the rows stand for."""
        return float(len(self)) if self.weights is None else float(self.weights.sum())

    def sample(self, size: int = SAMPLE) -> Histories:
        """Some of the customers, the same ones every time."""
        chosen = np.random.default_rng(20_050_501).integers(0, len(self), size)
        weights = None if self.weights is None else self.weights[chosen]
        return Histories(self.frequency[chosen], self.recency[chosen], self.age[chosen], weights)

    def counts(self) -> tuple[Array, Array]:
        """The distinct frequencies, and how many customers have each."""
        if len(self) and self.frequency.max() > LARGEST_TABLE:
            distinct, inverse = np.unique(self.frequency, return_inverse=True)
            return distinct.astype(np.float64), np.bincount(inverse, self.weights).astype(np.float64)
        size = int(self.frequency.max()) + 1 if len(self) else 0
        number = np.zeros(size)
        for start in range(0, len(self), CHUNK):
            part = slice(start, start + CHUNK)
            weights = None if self.weights is None else self.weights[part]
            number += np.bincount(self.frequency[part].astype(np.int64, copy=False), weights, size)
        distinct = np.flatnonzero(number)
        return distinct.astype(np.float64), number[distinct]

    def repeaters(self) -> Histories:
        """Those who bought again."""
        return self._where(self.frequency > 0)

    def by_gap(self) -> Histories:
        """The same customers, ordered by how long their silence is beside their habit."""
        scale = max(float(self.age.mean()) / 4, 1e-300)
        gap = (1 + self.frequency) * np.log((self.age + scale) / (self.recency + scale))
        order = np.argsort(gap, kind="stable")
        weights = None if self.weights is None else self.weights[order]
        return Histories(self.frequency[order], self.recency[order], self.age[order], weights)

    def ages_of_the_rest(self, merged: bool) -> tuple[Array, Array | None]:
        """The ages of those who never bought again, with weights; equal ages merged into one where asked."""
        rest = self.frequency == 0
        age = self.age[rest].astype(np.float64, copy=False)
        weights = None if self.weights is None else self.weights[rest]
        if not merged:
            return age, weights
        if weights is None:
            distinct, number = np.unique(age, return_counts=True)
            return distinct, number.astype(np.float64)
        distinct, inverse = np.unique(age, return_inverse=True)
        return distinct, np.bincount(inverse, weights).astype(np.float64)

    def _where(self, chosen: npt.NDArray[np.bool_]) -> Histories:
        weights = None if self.weights is None else self.weights[chosen]
        frequency = self.frequency[chosen]
        # Half the memory, and exact: no customer buys two thousand million times.
        small = frequency.astype(np.int32) if len(frequency) and frequency.max() < 2**31 else frequency
        return Histories(small, self.recency[chosen], self.age[chosen], weights)
