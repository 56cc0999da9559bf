"""Expected purchases of a customer who is alive, where each purchase may be the last one.

Given a rate λ ~ Gamma(k, s) and a probability p ~ Beta(a, B) of leaving after a purchase, the expected number over a
horizon h is E[(1 − e^(−λph))/p]. Papers print it with one ₂F₁ and a factor 1/(a−1), which fails at a = 1 and loses
digits near it, or wherever a parameter is large. With θ = h/s it is also

    k θ · F,    F = E_p[(1 − (1 + pθ)^−k) / (p k θ)],    p ~ Beta(a, B),

where nothing cancels: F lies between 0 and 1. Its mean over p is taken by the trapezoidal rule in ln(p/(1−p)), to the
last digits for any parameters. For one model F depends on the frequency and on w = ln(1 + θ) alone, and is smooth in w
(its nearest singularity is at distance π from the real axis). So for each distinct frequency a few tens of values at
Chebyshev nodes give all of it, whether there are a thousand customers or ten million.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from goodwill.value.spend.special import beta_rule
from goodwill.value.spend.terms import Value, blocks

Array = npt.NDArray[np.float64]

#: Cells of the look-up table that serves many customers; cubic between them: an error of some 1e-13.
CELLS = 1024
#: From how many customers on the table pays.
TABLE_FROM = 20_000
#: Frequencies worked out at once, and customers at once who have parameters of their own.
FREQUENCIES_AT_ONCE, ROWS_AT_ONCE = 16, 256


class ExpectedWhileAlive:
    """F above as a function of frequency and w, for one r, a, b (the B above is b + frequency), up to a widest w.

    >>> frequency, w = np.array([0.0, 2.0]), np.array([0.5, 1.5])
    >>> share = ExpectedWhileAlive(0.25, 0.8, 2.5, frequency, 1.5)
    >>> share(frequency, w).round(6).tolist()
    [0.917512, 0.611698]
    """

    def __init__(self, r: float, a: float, b: float, frequency: Array, widest: float) -> None:
        self.widest = max(widest, 1e-12)
        self.distinct = distinct_values(frequency)
        self._place: npt.NDArray[np.int64] | None = None
        if len(self.distinct) and self.distinct[-1] < 1_000_000:
            self._place = np.zeros(int(self.distinct[-1]) + 1, dtype=np.int64)
            self._place[self.distinct.astype(np.int64)] = np.arange(len(self.distinct))
        angle = (np.arange(self._nodes(r, a, b)) + 0.5) * np.pi / self._nodes(r, a, b)
        theta = np.expm1(self.widest / 2 * (1 + np.cos(angle)))
        values = np.empty((len(self.distinct), len(angle)))
        for some in blocks(len(self.distinct), FREQUENCIES_AT_ONCE):
            x = self.distinct[some][:, None]
            values[some] = share_kept(r + x, a, b + x, theta)
        turn = np.cos(np.outer(np.arange(len(angle)), angle)) * (2 / len(angle))
        turn[0] /= 2
        self._series = np.einsum("in,xn->ix", turn, values)
        self.many = len(frequency) >= TABLE_FROM
        if self.many:
            self._tabulate()

    def _nodes(self, r: float, a: float, b: float) -> int:
        """Enough for the singularity at distance π, and for an exponential fall by the purchases that risk leaving."""
        by_singularity = 36 / np.arcsinh(2 * np.pi / self.widest)
        risky = (r + self.distinct) * (a / (a + b + self.distinct)) * self.widest
        by_fall = 10 + 6 * np.sqrt(risky.max(initial=0.0))
        return int(np.clip(np.ceil(max(by_singularity, by_fall)), 14, 400))

    def _tabulate(self) -> None:
        grid = np.linspace(-1.0, 1.0, CELLS + 1)
        slopes = np.polynomial.chebyshev.chebder(self._series) * (2 / CELLS)
        self._values = chebyshev_sum(self._series[:, None, :], grid[:, None]).T.ravel().copy()
        self._slopes = chebyshev_sum(slopes[:, None, :], grid[:, None]).T.ravel().copy()

    def __call__(self, frequency: Array, width: Array) -> Array:
        """F for customers whose frequencies were among those given, at w = `width`."""
        place = self._places(frequency)
        if not self.many:
            return chebyshev_sum(self._series[:, place], width * (2 / self.widest) - 1)
        at = width * (CELLS / self.widest)
        cell = np.minimum(at.astype(np.int64), CELLS - 1)
        s = at - cell
        left = place * (CELLS + 1) + cell
        low, high = self._values[left], self._values[left + 1]
        slope_low, slope_high = self._slopes[left], self._slopes[left + 1]
        rise = high - low
        # The cubic through both values and both slopes (Hermite).
        cubic = slope_low + slope_high - 2 * rise
        return np.asarray(low + s * (slope_low + s * (rise - slope_low - cubic + s * cubic)))

    def _places(self, frequency: Array) -> npt.NDArray[np.int64]:
        if self._place is not None:
            return self._place[frequency.astype(np.int64)]
        return np.searchsorted(self.distinct, frequency)


def share_kept(k: Array, a: Value, b: Value, theta: Array) -> Array:
    """F = E_p[(1 − (1 + pθ)^−k) / (p k θ)] over p ~ Beta(a, b); the arguments are broadcast.

    The ends of the range of p are taken out of the mean exactly (a line from F at p = 0, which is 1, to F at p = 1), so
    that what is left falls to nothing at both ends, however small a and b are.
    """
    steep = np.maximum(theta, 1e-30)  # at a horizon of nought F is 1
    p, rest, weight = beta_rule(a, b)
    extra = np.broadcast(k, theta, np.asarray(a), np.asarray(b)).ndim - (p.ndim - 1)
    p, rest, weight = (part.reshape(part.shape[0], *(1,) * extra, *part.shape[1:]) for part in (p, rest, weight))
    full = k * steep
    value = -np.expm1(-k * np.log1p(p * steep)) / (p * full)
    at_one = -np.expm1(-k * np.log1p(steep)) / full
    mean = np.asarray(a) / np.add(a, b)
    return np.asarray(1 - mean + at_one * mean + (weight * (value - rest - at_one * p)).sum(axis=0))


def share_kept_by_row(k: Array, a: Value, b: Value, theta: Array) -> Array:
    """The same for customers each with parameters of their own, block by block."""
    values = np.empty(len(k))
    own_a, own_b = np.broadcast_to(a, values.shape), np.broadcast_to(b, values.shape)
    for part in blocks(len(values), ROWS_AT_ONCE):
        values[part] = share_kept(k[part], own_a[part], own_b[part], theta[part])
    return values


def distinct_values(frequency: Array) -> Array:
    """The distinct frequencies, sorted, without sorting all of them where they are small."""
    if not len(frequency) or frequency.max() >= 1_000_000:
        return np.unique(frequency)
    seen = np.zeros(int(frequency.max()) + 1, dtype=np.bool_)
    for part in blocks(len(frequency), 65_536):
        seen[frequency[part].astype(np.int64)] = True
    return np.flatnonzero(seen).astype(np.float64)


def chebyshev_sum(series: Array, at: Array) -> Array:
    """Σ c_n T_n(at), by Clenshaw's recurrence; the coefficients lie along the first axis.

    >>> chebyshev_sum(np.array([[1.0], [2.0], [3.0]]), np.array([0.5])).tolist()  # 1 + 2x + 3(2x² − 1)
    [0.5]
    """
    doubled = 2 * at
    last: Array = np.zeros(np.broadcast_shapes(series.shape[1:], at.shape))
    before = last
    for coefficients in series[:0:-1]:
        last, before = coefficients + doubled * last - before, last
    return np.asarray(series[0] + at * last - before)
