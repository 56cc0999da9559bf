"""How firm is the order? The same books with τ halved and with τ doubled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from goodwill.estimate import spearman
from goodwill.ledger import TieMatrix

if TYPE_CHECKING:
    from goodwill.ledger import Book
    from goodwill.value.accounts import Accounts
    from goodwill.value.ties import Network

Floats = npt.NDArray[np.float64]
TOP = 10
LARGEST_SHARE = 0.95


@dataclass(frozen=True)
class Order:
    """The order by follows at another τ, against the order at the one in use.

    `tau` is the share used; `spearman` the rank correlation over customers; `kept` how many of the first tenth stay in
    it; `top` the ids of the first ten, with `ranks` their rank at the τ in use.
    """

    name: str
    tau: float
    spearman: float
    kept: float
    top: tuple[str, ...]
    ranks: tuple[int, ...]


@dataclass(frozen=True)
class Stability:
    """The orders at τ halved and doubled, the first customers at the τ in use, and a sentence."""

    tau: float
    low: float
    high: float
    top: tuple[str, ...]
    orders: tuple[Order, ...]
    words: str

    def __str__(self) -> str:
        """Lines for a terminal.

        >>> print(Stability(.1, .05, .2, (), (Order("halved", .05, .998, .97, (), ()),), "It is firm"))
        how firm is the order? τ = 0.1 (0.05 to 0.2)
          τ halved to 0.05: 97 % of the first tenth stay in it, rank correlation 0.998
        It is firm
        """
        lines = [f"how firm is the order? τ = {self.tau:.2g} ({self.low:.2g} to {self.high:.2g})"]
        lines += [
            f"  τ {order.name} to {order.tau:.2g}: {order.kept:.0%} of the first tenth stay in it,".replace("%", " %")
            + f" rank correlation {order.spearman:.3f}"
            for order in self.orders
        ]
        return "\n".join([*lines, self.words])


def stability(book: Book, ties: Network, who: Accounts) -> Stability:
    """Solve again with other shares for influence; the pool stands in no order."""
    use = ties.tau.middle
    size, generated = who.single, book.generated / 100.0
    before = book.gross[:size]
    first = _ranked(before)
    matrix = TieMatrix(len(who), ties.owner, ties.beneficiary, ties.share)
    orders = []
    for name, factor in (("halved", 0.5), ("doubled", 2.0)):
        tau = min(use * factor, LARGEST_SHARE)
        scale = np.where(ties.referral, 1.0, tau / use) if use else np.ones(len(ties))
        after = matrix.solve(generated, scale=scale).gross[:size]
        orders.append(_compared(name, tau, first, before, after, who))
    top = tuple(who.ids.take(first[:TOP]).to_pylist())
    return Stability(use, ties.tau.low, ties.tau.high, top, tuple(orders), _said(orders))


def _ranked(money: Floats) -> npt.NDArray[np.int64]:
    """Positions by money, most first; equal sums in the order of their ids. Cents decide: less is solver's dust."""
    return np.argsort(-np.rint(money * 100), kind="stable")


def _compared(
    name: str, tau: float, first: npt.NDArray[np.int64], before: Floats, after: Floats, who: Accounts
) -> Order:
    order = _ranked(after)
    number = max(1, len(order) // 10) if len(order) else 0
    rank = np.empty(len(first), dtype=np.int64)
    rank[first] = np.arange(1, len(first) + 1)
    agree = spearman(np.rint(before * 100), np.rint(after * 100)) if len(order) > 1 else 1.0
    kept = len(np.intersect1d(first[:number], order[:number])) / number if number else 1.0
    top = order[:TOP]
    return Order(name, tau, agree, kept, tuple(who.ids.take(top).to_pylist()), tuple(rank[top].tolist()))


def _said(orders: list[Order]) -> str:
    worst = min(orders, key=lambda order: order.kept)
    return (
        f"With τ {worst.name} ({worst.tau:.2g}) {100 * worst.kept:.0f} % of the first tenth of customers stay in it; "
        "influence is associated, not proven"
    )
