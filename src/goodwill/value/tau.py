"""τ: of what a customer brings, the part that is due to those who swayed them.

Where the firm measured it in an experiment (`[assumptions] influence_share`, measured = true) that stands. Else those
who responded kindly to other customers' words are held against customers alike who did not, and what is found is
weighed against the assumption, each by its precision. Where too few responded the assumption stands alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goodwill.ledger.kinds import ASSUMED, ESTIMATED
from goodwill.value.alike import SPLIT, YEAR, Before, difference, tempered
from goodwill.value.influence import LIKELY
from goodwill.value.ranges import Range

if TYPE_CHECKING:
    from goodwill.assumptions import Assumption
    from goodwill.value.influence import Responses
    from goodwill.value.talk import Talk

LARGEST = 0.5
NOT_PROVEN = "associated, not proven"


@dataclass(frozen=True)
class Tau:
    """The share with its range, its evidence, and a sentence that says where it comes from."""

    share: Range
    evidence: int
    words: str


def influence_share(assumed: Assumption, at: Before | None, given: Responses, said: Talk, members: int) -> Tau:
    """τ for a firm. `at` is None where nobody is to be compared."""
    entered = Range.of(assumed)
    if assumed.measured:
        return Tau(entered, ESTIMATED, f"τ = {assumed.value:g}, as the firm's experiment showed")
    found = None
    if at is not None:
        window = (given.age >= SPLIT) & (given.age < YEAR) & (given.chance >= LIKELY)
        exposed = np.zeros(members, dtype=bool)
        exposed[given.swayed[window]] = True
        # How much they said before, complaints left aside: the talkative differ from the silent anyway.
        talked = (said.author >= 0) & ~said.against & (said.age >= YEAR)
        spoke = np.bincount(said.author[talked], minlength=members).astype(np.float64)
        found = difference(at, exposed, spoke)
    if found is None:
        return Tau(entered, ASSUMED, f"τ = {assumed.value:g} is assumed: too few responded to compare them with others")
    share = tempered(entered, found.share, found.error, 0.0, LARGEST)
    words = (
        f"τ = {share.middle:.3g} ({share.low:.2g} to {share.high:.2g}): {found.pairs:,} who responded kindly spent "
        f"{found.share:+.1%} (± {1.28 * found.error:.1%}) against customers alike who did not, weighed with the "
        f"assumption {assumed.value:g}; {NOT_PROVEN}"
    )
    return Tau(share, ESTIMATED | ASSUMED, words)
