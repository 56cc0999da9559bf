"""The customers of a prediction: their histories and their parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from goodwill.value.spend.terms import Value

Array = npt.NDArray[np.float64]


class Simulated(NamedTuple):
    """Customers made up from a model: one value each."""

    frequency: npt.NDArray[np.int64]
    recency: Array
    age: Array


@dataclass(frozen=True)
class Customers:
    """Histories to predict for, flat, with the parameters of each customer and the shape that the answer takes.

    Numbers stay as they were given (no copy of ten million of them); those of a `block` are floats.
    """

    parameters: list[Value]
    frequency: npt.NDArray[Any]
    recency: npt.NDArray[Any]
    age: npt.NDArray[Any]
    shape: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.frequency)

    def block(self, part: slice) -> Customers:
        """Some of the customers."""
        parameters = [cut(value, part) for value in self.parameters]
        x, t, T = (values[part].astype(np.float64, copy=False) for values in (self.frequency, self.recency, self.age))
        return Customers(parameters, x, t, T, x.shape)


def cut(value: Value, part: slice) -> Value:
    """The part of a parameter that differs by customer; one that does not stays as it is."""
    return value[part] if isinstance(value, np.ndarray) else value


def pick(customers: Customers, who: npt.NDArray[np.int64]) -> Customers:
    """The customers at these positions, repeated as asked."""
    parameters = [value[who] if isinstance(value, np.ndarray) else value for value in customers.parameters]
    return Customers(parameters, customers.frequency[who], customers.recency[who], customers.age[who], who.shape)


def shaped(values: Array, customers: Customers) -> Array:
    """The answer in the shape of the question: a number for a number."""
    answer: Array = values.reshape(customers.shape)[()]
    return answer
