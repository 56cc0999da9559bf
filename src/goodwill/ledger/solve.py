"""The worth solve: who has what follows from him, and what he keeps of it.

Of all that owner ``j`` brings, the share ``a_ij`` would not be there without beneficiary ``i``. What follows from a
customer is what he generates himself and his shares of what follows from others::

    V = g + A V          gross: "follows"
    x = V − passed on    net: "worth", with passed on_j = V_j · Σ_i a_ij

``V − g`` is the index of Hubbell (1965), which Kumar et al. (2013) use for the influence of customers. Since ``A V``
adds up to what is passed on, ``Σ x = Σ g``: every unit of money is counted once, with cycles and with negative
shares too (the idea of re-allocation: Däs, Klier, Klier, Lindner, Thiel 2017).

How it is solved. As ``Σ_i |a_ij| ≤ q < 1`` for each owner, the Neumann series ``V ← g + A V`` converges by the factor
``q`` a round in the 1-norm. Each round is speeded by the conservation law itself: ``Σ (I − A) V = Σ g`` holds for the
solution, so the estimate is scaled until it holds. That takes away the slowest part of the error (the whole network
too rich or too poor) and leaves the part that mixes fast. A scaling that does not shrink the residual as the Neumann
round would is not taken, so the bound of the plain series always holds. Measured against Gauss–Seidel, Anderson
acceleration and Numba in ``docs/decisions/0003-how-the-worth-solve-works.md``.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from goodwill.errors import BooksError, ModelError, NotConverged
from goodwill.ledger.matrix import (
    Floats,
    Integers,
    built,
    given_away,
    is_dense,
    order_of_values,
    product,
    values_of,
    with_values,
)

TOLERANCE = 1e-10  # of Σ|g|, on the sum of all errors in V
LAW_TOLERANCE = 1e-9  # of Σ|g|, on Σx − Σg
MAX_ROUNDS = 5_000
STRIP = 1 << 15  # customers whose sums are worked on at a time: they stay in the processor's cache


class WorthSolution(NamedTuple):
    """What follows from each customer and what he is worth; both of the shape of ``generated``, in its unit."""

    gross: Floats
    net: Floats


def solve_worth(
    generated: npt.ArrayLike,
    owner: npt.ArrayLike,
    beneficiary: npt.ArrayLike,
    share: npt.ArrayLike,
    *,
    tolerance: float = TOLERANCE,
) -> WorthSolution:
    """Solve ``V = g + A V`` and book the shares: gross ``V`` (follows) and net ``x`` (worth), with ``Σ x = Σ g``.

    Parameters
    ----------
    generated : (n,) or (n, k)
        ``g``: what each customer generates, in money; ``k`` columns (draws, say) share the ties.
    owner, beneficiary : (m,) integers in 0 … n − 1
        Tie by tie: of what ``owner`` brings, a share goes to ``beneficiary``. Repeated ties add.
    share : (m,)
        ``a``: part of one. May be negative (harm, as in Hubbell's index). Shares given as float32 are kept so, and the
        sums are float64 all the same. From 33 million ties on, columns of 32-bit integers and of floats are worked on
        where they lie: leave them as they are until the answer is there.
    tolerance
        On ``Σ|error in V|``, as a part of ``Σ|g|``. The law holds to rounding whatever it is.

    Raises
    ------
    ModelError (a ValueError)
        Naming the row: NaN, a position out of range, a tie to oneself, columns of different lengths, an owner whose
        ``Σ|share|`` is 1 or more.
    NotConverged
        If shares lie so near 1 that 5,000 rounds do not do.

    Examples
    --------
    The second customer was brought by the first, who has a half of what he brings:

    >>> solution = solve_worth([10.0, 100.0], owner=[1], beneficiary=[0], share=[0.5])
    >>> solution.gross.tolist(), solution.net.tolist()
    ([60.0, 100.0], [60.0, 50.0])

    References
    ----------
    Hubbell, C. H. (1965). An input-output approach to clique identification. Sociometry 28(4), 377–399.
    Kumar, V., Bhaskaran, V., Mirchandani, R., Shah, M. (2013). Creating a measurable social media marketing
    strategy: Increasing the value and ROI of intangibles and tangibles for Hokey Pokey. Marketing Science 32(2).
    """
    g = _checked_generated(generated)
    return TieMatrix(g.shape[0], owner, beneficiary, share).solve(g, tolerance=tolerance)


class TieMatrix:
    """The ties of ``size`` customers: built and checked once, solved as often as one likes.

    ``scale`` in its methods multiplies the shares: one number for all ties or one for each tie, in the order in which
    they were given. So τ halved, τ doubled and draws of τ need no new matrix.

    >>> ties = TieMatrix(2, owner=[1], beneficiary=[0], share=[0.4])
    >>> ties.solve([10.0, 100.0]).net.tolist()
    [50.0, 60.0]
    >>> ties.solve([10.0, 100.0], scale=0.5).net.tolist()
    [30.0, 80.0]
    >>> ties.transfers(ties.solve([10.0, 100.0]).gross).tolist()
    [40.0]
    """

    def __init__(self, size: int, owner: npt.ArrayLike, beneficiary: npt.ArrayLike, share: npt.ArrayLike) -> None:
        self.size = size
        self.owner = _checked_positions(owner, "owner", size)
        self.beneficiary = _checked_positions(beneficiary, "beneficiary", size)
        self.share = _checked_shares(share)
        _check_ties(self.owner, self.beneficiary, self.share)
        self._matrix = self._built(self.share)
        self._order: Integers | slice | None = None
        self._given, self._largest = self._check_given(self._matrix)

    @property
    def given(self) -> Floats:
        """Σ of the shares that each owner gives away, (n,)."""
        return self._given

    def solve(
        self,
        generated: npt.ArrayLike,
        *,
        scale: float | npt.ArrayLike | None = None,
        tolerance: float = TOLERANCE,
    ) -> WorthSolution:
        """Gross and net for ``generated`` of shape (n,) or (n, k); see :func:`solve_worth`."""
        g = _checked_generated(generated)
        if g.shape[0] != self.size:
            raise ModelError(
                f"generated has {g.shape[0]} rows, the ties are of {self.size} customers",
                where="solve_worth",
                mend="give one row for each customer",
            )
        matrix, given, largest = self._scaled(scale)

        def one(own: Floats) -> WorthSolution:
            v = _solve(matrix, own, largest, tolerance)
            return WorthSolution(v, _booked(matrix, given, own, v))

        if g.ndim == 1:
            return one(g)
        gross, net = np.empty_like(g), np.empty_like(g)
        # Column by column: SciPy's product with many columns at once was measured to take half as long again.
        for column in range(g.shape[1]):
            gross[:, column], net[:, column] = one(np.ascontiguousarray(g[:, column]))
        return WorthSolution(gross, net)

    def transfers(self, gross: npt.ArrayLike, *, scale: float | npt.ArrayLike | None = None) -> Floats:
        """The money of each tie, (m,) in the order given: share × what follows from the owner."""
        shares = self.share if scale is None else self.share * np.asarray(scale, dtype=np.float64)
        money: Floats = shares * np.asarray(gross, dtype=np.float64)[self.owner]
        return money

    def _built(self, values: npt.NDArray[Any]) -> Any:
        return built(self.size, self.owner, self.beneficiary, values)

    def _scaled(self, scale: float | npt.ArrayLike | None) -> tuple[Any, Floats, float]:
        if scale is None:
            return self._matrix, self._given, self._largest
        factor = np.asarray(scale, dtype=np.float64)
        if factor.shape not in ((), self.share.shape):
            raise ModelError(
                f"scale has {factor.size} values for {self.share.size} ties",
                where="solve_worth",
                mend="give one number, or one for each tie",
            )
        if not np.isfinite(factor).all():
            raise ModelError("scale has a value that is not finite", where="solve_worth", mend="leave out or mend it")
        if factor.ndim == 0:
            matrix = with_values(self._matrix, values_of(self._matrix) * float(factor))
        elif is_dense(self._matrix):
            matrix = self._built(self.share * factor)
        else:
            if self._order is None:
                self._order = order_of_values(self._matrix, self.owner, self.beneficiary)
            matrix = with_values(self._matrix, (self.share * factor)[self._order])
        given, largest = self._check_given(matrix)
        return matrix, given, largest

    def _check_given(self, matrix: Any) -> tuple[Floats, float]:
        """Σ share and the largest Σ|share| of an owner; refused from 1 on, as the chain would never end."""
        given = given_away(matrix)
        if self.size == 0 or self.share.size == 0:
            return given, 0.0
        values = values_of(matrix)
        absolute = given if values.min() >= 0 else given_away(with_values(matrix, np.abs(values)))
        if absolute.max() >= 1.0 and not is_dense(matrix):
            summed = matrix.tocsr(copy=True)  # repeated ties of opposite sign may still cancel
            summed.sum_duplicates()
            absolute = given_away(abs(summed))
        worst = int(absolute.argmax())
        if absolute[worst] >= 1.0:
            row = int(np.flatnonzero(self.owner == worst)[0])
            raise ModelError(
                f"the shares of owner {worst} (first tie: row {row}) add up to {absolute[worst]:.6g}",
                where="solve_worth",
                mend="an owner must keep something: let Σ|share| stay below 1",
            )
        return given, float(absolute[worst])


def _solve(matrix: Any, g: Floats, largest: float, tolerance: float) -> Floats:
    if largest == 0.0 or not g.any():
        return g.copy()
    if is_dense(matrix):
        return np.asarray(np.linalg.solve(np.eye(len(matrix)) - matrix, g), dtype=np.float64)
    return _iterate(matrix, g, largest, tolerance)


def _iterate(matrix: Any, g: Floats, largest: float, tolerance: float) -> Floats:
    """Neumann rounds, each scaled so that the conservation law holds; see the head of this file.

    With ``w = (I − A) V`` the estimate ``c V`` leaves the residual ``r = g − c w``, which needs no further product,
    and the next estimate is ``c V + r``, whose residual is ``A r``. So ``‖error‖₁ ≤ q/(1 − q) ‖r‖₁``.
    """
    target, size = float(g.sum()), float(np.abs(g).sum())
    goal = tolerance * (1.0 - largest) / largest * size
    v, left = g.copy(), size
    strips = [slice(start, start + STRIP) for start in range(0, len(g), STRIP)]

    def residual(factor: float, strip: slice) -> Floats:
        short: Floats = w[strip] * -factor
        short += g[strip]
        return short

    def length(factor: float) -> float:
        """Σ|residual| of the estimate scaled by ``factor``."""
        with np.errstate(over="ignore", invalid="ignore"):  # a factor beyond all measure is refused below
            return sum(float(np.abs(residual(factor, strip)).sum()) for strip in strips)

    w = np.empty(0)
    for turn in range(1, MAX_ROUNDS + 1):
        del w  # before the next one is made
        w = product(matrix, v)
        np.subtract(v, w, out=w)
        balance = float(w.sum())
        factor = target / balance if balance else 1.0
        promised = largest * left  # what a plain Neumann round is sure to reach
        left = length(factor)
        if not left <= promised:
            factor = 1.0
            left = length(factor)
        for strip in strips:
            v[strip] *= factor
            v[strip] += residual(factor, strip)
        if left <= goal:
            return v
        # Shares near 1 can ask for more than float64 holds: then the last digit is enough.
        if turn % 64 == 0 and left <= 1e-15 * float(np.abs(v).sum()):
            return v
    raise NotConverged(
        f"after {MAX_ROUNDS} rounds the residual is still {left / size:.1e} of the sum; some owner gives away "
        f"{largest:.6g} of what he brings",
        where="solve_worth",
        mend="cap the shares of one owner at .99 or less",
    )


def _booked(matrix: Any, given: Floats, g: Floats, gross: Floats) -> Floats:
    """x = g + transfers in − transfers out, from the same V: so Σ x = Σ g to rounding, whatever the tolerance."""
    net = product(matrix, gross)
    net += g
    for start in range(0, len(net), STRIP):
        strip = slice(start, start + STRIP)
        net[strip] -= given[strip] * gross[strip]
    off = abs(float(net.sum()) - float(g.sum()))
    if off > LAW_TOLERANCE * float(np.abs(g).sum()):
        raise BooksError(
            f"worth and what was generated differ by {off:.3e}",
            where="solve_worth",
            mend="this is a fault of goodwill: please report it with the shares",
        )
    return net


def _checked_generated(generated: npt.ArrayLike) -> Floats:
    g = np.asarray(generated, dtype=np.float64)
    if g.ndim not in (1, 2):
        raise ModelError(
            f"generated has {g.ndim} dimensions", where="solve_worth", mend="give the shape (n,) or (n, k)"
        )
    finite = np.isfinite(g)
    if not finite.all():
        row = int(np.flatnonzero(~finite if g.ndim == 1 else ~finite.all(axis=1))[0])
        raise ModelError(
            f"generated, row {row}: {'NaN' if np.isnan(g[row]).any() else 'infinite'}",
            where="solve_worth",
            mend="every customer needs a finite sum; 0 for nothing",
        )
    return g


def _checked_positions(values: npt.ArrayLike, name: str, size: int) -> Integers:
    positions = np.asarray(values)
    if positions.size == 0:
        return np.empty(0, dtype=np.int32)
    if positions.ndim != 1 or positions.dtype.kind not in "iu":
        raise ModelError(
            f"{name} is {positions.ndim}-dimensional of {positions.dtype}",
            where="solve_worth",
            mend=f"give integer positions from 0 to {size - 1} in one column",
        )
    if positions.min() < 0 or positions.max() >= size:
        row = int(np.flatnonzero((positions < 0) | (positions >= size))[0])
        raise ModelError(
            f"{name}, row {row}: {positions[row]} is out of range",
            where="solve_worth",
            mend=f"there are {size} customers, so positions go from 0 to {size - 1}",
        )
    if positions.dtype.itemsize < 4 or positions.dtype.kind == "u":
        return positions.astype(np.int64)
    return positions


def _checked_shares(share: npt.ArrayLike) -> npt.NDArray[np.floating[Any]]:
    """Shares as they are where they are floats; float32 stays float32."""
    given = np.asarray(share)
    if given.dtype == np.float32:
        return np.ascontiguousarray(given)
    return np.ascontiguousarray(given, dtype=np.float64)


def _check_ties(owner: Integers, beneficiary: Integers, share: npt.NDArray[np.floating[Any]]) -> None:
    if not owner.shape == beneficiary.shape == share.shape:
        raise ModelError(
            f"owner has {owner.size} rows, beneficiary {beneficiary.size}, share {share.size}",
            where="solve_worth",
            mend="give all three for each tie",
        )
    if share.size and not math.isfinite(float(share.sum())):
        row = int(np.flatnonzero(~np.isfinite(share))[0])
        raise ModelError(f"share, row {row}: {share[row]}", where="solve_worth", mend="a share is a part of one")
    selves = owner == beneficiary
    if selves.any():
        row = int(selves.argmax())
        raise ModelError(
            f"row {row}: customer {owner[row]} has a tie to himself",
            where="solve_worth",
            mend="leave it out: what he brings is his own already",
        )
