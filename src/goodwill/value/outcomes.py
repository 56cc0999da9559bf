"""Joint draws of what may come: own purchases, margins, who was truly brought, τ, knowledge; then who has what of it.

Each draw is one possible year of the whole firm: the same margin, τ and cost of a contact for everybody, their own
purchases for each. The books are solved for each draw with the shares of that draw, so a customer's interval holds the
luck of those whom they brought and swayed as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from goodwill.value.accounts import Accounts
    from goodwill.value.own import Own
    from goodwill.value.ties import Network

Floats = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]

SEED = 20_070_510
MOST_AT_ONCE = 2_000_000  # numbers of one block of draws
NUMBERS = ((20_000, 199), (100_000, 99), (400_000, 49))  # up to so many accounts, so many draws
FEWEST = 29
TOLERANCE = 1e-4
MOST_ROUNDS = 200


@dataclass(frozen=True)
class Outcomes:
    """The 80 % interval of the outcome for each account, (accounts,) money each."""

    follows_low: Floats
    follows_high: Floats
    worth_low: Floats
    worth_high: Floats
    own_low: Floats
    own_high: Floats
    draws: int


@dataclass(frozen=True)
class Fixed:
    """What each account generates besides purchases, (accounts,) money: its middle and its range."""

    low: Floats
    middle: Floats
    high: Floats


def number_of_draws(accounts: int) -> int:
    """How many draws a firm of this size gets; one less than a multiple of ten, so that tenths fall on draws."""
    return next((draws for most, draws in NUMBERS if accounts <= most), FEWEST)


def outcomes(
    own: Own,
    place: npt.NDArray[np.int64],
    fixed: Fixed,
    pool_mean: float,
    ties: Network,
    who: Accounts,
    *,
    seed: int = SEED,
) -> Outcomes:
    """Draws the year over and over.

    `place` is the account of each row of `own`; `pool_mean` the pool's expected own margin.
    """
    size, draws = len(who), number_of_draws(len(who))
    streams = [np.random.default_rng([seed, stream]) for stream in range(5)]
    tau = np.minimum(ties.tau.draw(streams[0], draws), 0.95)
    taught = streams[1].standard_normal(draws)
    follows, worth, spend = (np.empty((draws, size), dtype=np.float32) for _ in range(3))
    chain = _Chain(ties, size)
    block = max(1, min(draws, MOST_AT_ONCE // max(size, 1)))
    for start in range(0, draws, block):
        number = min(block, draws - start)
        money = np.zeros((number, size))
        if len(place):
            money[:, place] = own.draw(streams[2], number)
        if who.pool is not None:
            money[:, who.pool] = _pool_draws(money[:, : who.pool], own, pool_mean, who.pooled, streams[3])
        for row in range(number):
            draw = start + row
            spend[draw] = money[row]
            generated = money[row] + _around(fixed, taught[draw])
            type_one = streams[4].random(size) < ties.type_one
            follows[draw], worth[draw] = chain.solve(generated, type_one, float(tau[draw]))
    level = own.spending.level
    return Outcomes(*interval(follows, level), *interval(worth, level), *interval(spend, level), draws)


def _around(fixed: Fixed, normal: float) -> Floats:
    """The fixed part at one point of its range: the same for all, as its uncertainty is."""
    reach = (fixed.middle - fixed.low) if normal < 0 else (fixed.high - fixed.middle)
    return fixed.middle + normal / 1.2815515655446004 * reach


def _pool_draws(single: Floats, own: Own, mean: float, number: int, rng: np.random.Generator) -> Floats:
    """The pool's outcome: its mean moved as the others' sum is, and the luck of its members.

    With nobody to learn it from, a member's luck is taken to be as large as the mean.
    """
    total = float(own.expected.sum())
    together = single.sum(axis=1) / total if total else np.ones(len(single))
    spread = float(single.std()) if single.size else mean / max(number, 1)
    drawn: Floats = mean * together + spread * np.sqrt(number) * rng.standard_normal(len(single))
    return drawn


class _Chain:
    """V = g + A V for shares that differ from draw to draw by owner: A = R·T + I·U with R and I fixed."""

    def __init__(self, ties: Network, size: int) -> None:
        from scipy.sparse import csr_array

        def matrix(rows: npt.NDArray[np.bool_]) -> Any:
            where = ties.beneficiary[rows], ties.owner[rows]
            return csr_array((ties.base[rows], where), shape=(size, size))

        self.brought, self.swayed = matrix(ties.referral), matrix(~ties.referral)
        self.given_brought = np.asarray(self.brought.sum(axis=0)).ravel()
        self.given_swayed = np.asarray(self.swayed.sum(axis=0)).ravel()
        self.referred = ties.referred
        self.empty = not len(ties)

    def solve(self, generated: Floats, type_one: npt.NDArray[np.bool_], tau: float) -> tuple[Floats, Floats]:
        """What follows from each account, and what it is worth, in one draw."""
        if self.empty:
            return generated, generated
        left = tau * (1 - np.where(type_one, self.referred, 0.0))
        follows = generated.copy()
        enough = TOLERANCE * float(np.abs(generated).sum())
        for _ in range(MOST_ROUNDS):
            received = self.brought @ np.where(type_one, follows, 0.0) + self.swayed @ (left * follows)
            step = generated + received - follows
            follows += step
            if float(np.abs(step).sum()) <= enough:
                break
        given = np.where(type_one, self.given_brought, 0.0) + left * self.given_swayed
        return follows, generated + received - given * follows


def interval(drawn: Singles, level: float = 0.8) -> tuple[Floats, Floats]:
    """The interval of draws, (draws, accounts): equal tails, or one tail where the least outcome is a likely one.

    A tenth of the draws lies beyond each end; with one less than a multiple of ten draws a new outcome then does so
    with probability exactly .1. Where more than a tenth of the draws are the least one (nothing bought), nothing can
    lie below, and the whole fifth is left above.

    >>> low, high = interval(np.arange(1.0, 100.0, dtype=np.float32)[:, None])
    >>> float(low[0]), float(high[0])
    (10.0, 90.0)
    >>> often_nothing = np.maximum(np.arange(99.0, dtype=np.float32) - 50, 0)[:, None]
    >>> low, high = interval(often_nothing)
    >>> float(low[0]), float(high[0])
    (0.0, 29.0)
    """
    draws, size = drawn.shape
    tail = (1 - level) / 2
    first, last, wide = (share * (draws + 1) - 1 for share in (tail, 1 - tail, 1 - 2 * tail))
    low, high = np.empty(size), np.empty(size)
    step = max(1, MOST_AT_ONCE // draws)
    for start in range(0, size, step):
        part = np.sort(drawn[:, start : start + step], axis=0)
        least = _in_order(part, first)
        atom = least == part[0]
        low[start : start + step] = least
        high[start : start + step] = np.where(atom, _in_order(part, wide), _in_order(part, last))
    return low, high


def _in_order(drawn: Singles, place: float) -> Floats:
    """The draws at a place in their order, counted from 0; between two of them in proportion."""
    at = min(max(place, 0.0), len(drawn) - 1.0)
    before = round(at) if abs(at - round(at)) < 1e-9 else int(at)
    after = min(before + 1, len(drawn) - 1)
    found: Floats = drawn[before] + max(at - before, 0.0) * (drawn[after] - drawn[before]).astype(np.float64)
    return found
