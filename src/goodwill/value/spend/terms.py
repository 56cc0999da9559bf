"""Log-likelihood terms with their first and second derivatives, and how they are added up over customers.

A model writes the terms of a block of customers in its natural parameters. Here they are summed, turned to the
coordinates that the climb uses (logarithms of parameters, coefficients of covariates), and joined over blocks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
#: One number for the whole block, or one a customer.
Value = Array | float

#: Rows in a block. Small enough for a core's own cache, and below the 10,000 at which OpenBLAS would start threads
#: for a plain inner product (ten times slower here).
BLOCK = 8192


@dataclass
class Terms:
    """Terms of a block of customers: value, first derivatives by parameter, second by pair (i <= j) of parameters."""

    value: Value
    gradient: dict[int, Value]
    hessian: dict[tuple[int, int], Value]


@dataclass(frozen=True)
class Link:
    """One coordinate of the climb: which parameter's logarithm it moves, and by how much for each customer.

    For the logarithm of a parameter the factor is 1; for the coefficient of a covariate it is ± the covariate.
    """

    parameter: int
    factor: Value


def total(values: Value, weights: Array | None, length: int) -> float:
    """Sum over the customers of a block, with weights if there are any."""
    if not isinstance(values, np.ndarray) or values.ndim == 0:
        return float(values) * (length if weights is None else float(weights.sum()))
    return float(values.sum()) if weights is None else float(values @ weights)


def summed(terms: Terms, weights: Array | None, length: int, size: int) -> tuple[float, Array, Array]:
    """Sums of a block in the natural parameters: value, gradient (size,), Hessian (size, size)."""
    gradient, hessian = np.zeros(size), np.zeros((size, size))
    for i, values in terms.gradient.items():
        gradient[i] = total(values, weights, length)
    for (i, j), values in terms.hessian.items():
        hessian[i, j] = hessian[j, i] = total(values, weights, length)
    return total(terms.value, weights, length), gradient, hessian


def in_logarithms(gradient: Array, hessian: Array, parameters: Array) -> tuple[Array, Array]:
    """Gradient and Hessian by the logarithms of the parameters, from those by the parameters.

    >>> gradient, hessian = in_logarithms(np.array([1.0]), np.array([[2.0]]), np.array([3.0]))
    >>> gradient.tolist(), hessian.tolist()
    ([3.0], [[21.0]])
    """
    by_log = gradient * parameters
    return by_log, hessian * np.outer(parameters, parameters) + np.diag(by_log)


def linked(
    terms: Terms, weights: Array | None, length: int, parameters: Sequence[Value], links: Sequence[Link]
) -> tuple[float, Array, Array]:
    """Sums of a block by the coordinates of `links`, where each customer has parameters of their own."""
    slope = {i: values * parameters[i] for i, values in terms.gradient.items()}
    bend: dict[tuple[int, int], Value] = {
        (i, j): values * parameters[i] * parameters[j] for (i, j), values in terms.hessian.items()
    }
    for i, values in slope.items():
        bend[i, i] = bend.get((i, i), 0.0) + values
    size = len(links)
    gradient, hessian = np.zeros(size), np.zeros((size, size))
    for row, one in enumerate(links):
        gradient[row] = total(slope.get(one.parameter, 0.0) * one.factor, weights, length)
        for column, other in enumerate(links[: row + 1]):
            pair = min(one.parameter, other.parameter), max(one.parameter, other.parameter)
            if pair in bend:
                summand = bend[pair] * one.factor * other.factor
                hessian[row, column] = hessian[column, row] = total(summand, weights, length)
    return total(terms.value, weights, length), gradient, hessian


def add_up(parts: Sequence[tuple[float, Array, Array]]) -> tuple[float, Array, Array]:
    """Join sums over several blocks."""
    return (
        float(sum(part[0] for part in parts)),
        np.sum([part[1] for part in parts], axis=0),
        np.sum([part[2] for part in parts], axis=0),
    )


def blocks(length: int, size: int = BLOCK) -> list[slice]:
    """The slices that cut `length` rows into blocks.

    >>> blocks(5, 2)
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    return [slice(start, min(start + size, length)) for start in range(0, length, size)]


def in_blocks(rows: Callable[[slice], Array], length: int, size: int = BLOCK) -> Array:
    """One value a customer, computed block by block so that memory stays flat."""
    values = np.empty(length)
    for block in blocks(length, size):
        values[block] = rows(block)
    return values
