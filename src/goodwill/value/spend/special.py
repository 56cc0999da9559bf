"""Gamma and beta functions, as differences that stay exact for very large arguments, and two quadrature rules."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

#: Above this, Stirling's series with three terms is exact to the last digit of a float.
STIRLING_FROM = 100.0


def log_rising(base: Any, count: Any) -> Array:
    """ln Γ(base + count) − ln Γ(base), without the loss of digits that the plain difference has for a large base.

    >>> round(float(np.exp(log_rising(2.0, 3.0))), 9)
    24.0
    """
    from scipy.special import gammaln

    base, count = np.asarray(base, dtype=np.float64), np.asarray(count, dtype=np.float64)
    total = base + count
    plain = gammaln(total) - gammaln(base)
    if not np.any(base > STIRLING_FROM):
        return np.asarray(plain)
    large = np.maximum(base, STIRLING_FROM)
    stirling = (
        (large - 0.5) * np.log1p(count / large)
        + count * np.log(large + count)
        - count
        + stirling_tail(large + count)
        - stirling_tail(large)
    )
    return np.asarray(np.where(base > STIRLING_FROM, stirling, plain))


def stirling_tail(value: Array) -> Array:
    """The terms of Stirling's series that vanish for a large value."""
    inverse: Array = 1 / value
    square = inverse * inverse
    return np.asarray(inverse * (1 / 12 - square * (1 / 360 - square / 1260)))


def log_beta_ratio(a: Any, b: Any, more_a: Any, more_b: Any) -> Array:
    """ln B(a + more_a, b + more_b) − ln B(a, b).

    >>> float(np.exp(log_beta_ratio(1.0, 1.0, 1.0, 0.0)))
    0.5
    """
    return log_rising(a, more_a) + log_rising(b, more_b) - log_rising(np.add(a, b), np.add(more_a, more_b))


def digamma(value: Any) -> Array:
    """ψ(value), the derivative of ln Γ."""
    from scipy.special import psi

    return np.asarray(psi(value))


def trigamma(value: Any) -> Array:
    """ψ′(value), the second derivative of ln Γ."""
    from scipy.special import zeta

    return np.asarray(zeta(2.0, value))


@cache
def gauss_legendre(nodes: int) -> tuple[Array, Array]:
    """Nodes and weights of Gauss–Legendre quadrature on [0, 1].

    >>> node, weight = gauss_legendre(24)
    >>> abs(float((weight * node**7).sum()) - 1 / 8) < 1e-15
    True
    """
    node, weight = np.polynomial.legendre.leggauss(nodes)
    return (node + 1) / 2, weight / 2


def beta_rule(a: Any, b: Any, points: int = 150) -> tuple[Array, Array, Array]:
    """p, 1 − p and weights for the mean over Beta(a, b) of a function that vanishes at p = 0 and at p = 1.

    The trapezoidal rule in y = ln(p/(1−p)), over the range where p^(a+1) (1−p)^(b+1) is above e^−40 of its height: such
    a rule converges exponentially for a smooth integrand that falls off at both ends (Trefethen & Weideman 2014).
    a and b are broadcast; the points come first in the answer.

    >>> p, rest, weight = beta_rule(0.5, 2.0)
    >>> abs(float((weight * p * rest).sum()) - 0.5 * 2.0 / (2.5 * 3.5)) < 1e-14  # E[p (1 − p)]
    True
    """
    from scipy.special import betaln

    a, b = np.broadcast_arrays(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))
    left, right = a + 1, b + 1
    middle = np.log(left / right)
    height = -left * softplus(-middle) - right * softplus(middle)
    width = np.sqrt(80 * (left + right) / (left * right))
    ends = []
    for outward, slope in ((-1, left), (1, right)):
        y = middle + outward * (width + 40 / slope)
        for _ in range(6):  # Newton on a concave function: each step stays outside of the end that it comes closer to
            fall = left / (1 + np.exp(np.minimum(y, 700))) - right / (1 + np.exp(np.minimum(-y, 700)))
            y = y - (-left * softplus(-y) - right * softplus(y) - (height - 40)) / fall
        ends.append(y)
    step = (ends[1] - ends[0]) / (points - 1)
    y = ends[0] + np.arange(points).reshape(-1, *(1,) * a.ndim) * step
    log_p, log_rest = -softplus(-y), -softplus(y)
    weight = step * np.exp(a * log_p + b * log_rest - betaln(a, b))
    return np.exp(log_p), np.exp(log_rest), np.asarray(weight)


def softplus(y: Array) -> Array:
    """ln(1 + e^y)."""
    return np.asarray(np.maximum(y, 0.0) + np.log1p(np.exp(-np.abs(y))))
