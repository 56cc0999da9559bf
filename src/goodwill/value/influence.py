"""Whom a customer sways: shares of what others bring, by those others' own positive responses.

Weight by response, not by followers: of what swayed customer j brings, the share τ_j goes to those whose words j
answered kindly, in proportion to how often and how lately j did. After Kumar et al. (2013), "Creating a measurable
social media marketing strategy", Marketing Science 32(2), who share an influencee's value among influencers by such
responses; Sheldrake (2011), "The Business of Influence", warns against follower scores.

What can sway is a message that recommends or praises us, or helps: it answers someone else's question, or others
thanked for it. What shows that it did is an act of the swayed person alone: they took it as the answer, thanked for it,
answered it kindly, or bought within a fortnight of such an act. Complaints and warnings make no tie and unmake none;
nor do voices, staff and competitors.

    w_ij = Σ strength · 2^(−age / half-life)         over j's responses to i in the past year
    τ_j  = τ (1 − e^(−4 W_j)),  W_j = Σ_i w_ij        little evidence is little sway; much evidence is τ
    a_ij = (1 − Σ referral shares of j) τ_j w_ij / W_j
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from goodwill.value.talk import Talk

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

YEAR = 365.0
SOON = 14.0  # days within which a purchase is taken for a response
STRENGTH = {"accepted": 1.0, "thanked": 1.0, "bought": 1.0, "positive": 0.5, "kind": 0.25}
"""What one response weighs: taken as the answer, thanked, bought soon after, answered gladly, answered kindly."""
ENOUGH = 0.25
"""Evidence that is worth 63 % of all there could be: one kind word of today. A thank-you is worth 98 %."""
RULE = "influence: a share by the swayed person's own responses; rule 1"


@dataclass(frozen=True)
class Sway:
    """Pairs of customers, one row each, sorted by swayed then by: members of `Accounts`.

    `weight` is w_ij; `responses` how many acts it rests on; `latest` days before as_of; `bought` whether a purchase
    followed.
    """

    swayed: Integers
    by: Integers
    weight: Floats
    responses: Integers
    latest: Floats
    bought: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.swayed)


@dataclass(frozen=True)
class Responses:
    """Single acts: `by` said something, `swayed` responded `age` days ago with this strength."""

    swayed: Integers
    by: Integers
    age: Floats
    strength: Floats

    def __len__(self) -> int:
        return len(self.swayed)


def helps_or_recommends(said: Talk) -> npt.NDArray[np.bool_]:
    """The messages that can sway: they recommend or praise us, answer a question, or were taken as help by others.

    Whoever tells of a trouble to help others may sound negative; that others thanked for it shows that it helped.
    What complains of us or warns of us is never among them.
    """
    if not len(said):
        return said.asks
    parent = np.maximum(said.parent, 0)
    asked = (said.parent >= 0) & said.asks[parent] & (said.somebody[parent] != said.somebody)
    kindly = said.friendly & (said.recommends | asked | (said.question >= 0))
    able: npt.NDArray[np.bool_] = (said.author >= 0) & said.blameless & (kindly | said.accepted | _thanked(said))
    return able


def _thanked(said: Talk) -> npt.NDArray[np.bool_]:
    """Did somebody else thank for the message, or pass it on with a good word?"""
    rows = np.flatnonzero((said.parent >= 0) & (said.thanks | said.recommends))
    rows = rows[said.somebody[rows] != said.somebody[said.parent[rows]]]
    found = np.zeros(len(said), dtype=bool)
    found[said.parent[rows]] = True
    return found


def responses(said: Talk) -> Responses:
    """Every positive response of the past year to a message that helps or recommends."""
    able = helps_or_recommends(said)
    parts = [_replies(said, able), _accepted(said, able)]
    swayed, by, age, strength = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    good = (swayed >= 0) & (by >= 0) & (swayed != by) & (age < YEAR) & (strength > 0)
    order = np.lexsort((strength[good], age[good], by[good], swayed[good]))
    return Responses(*(column[good][order] for column in (swayed, by, age, strength)))


def _replies(said: Talk, able: npt.NDArray[np.bool_]) -> tuple[Integers, Integers, Floats, Floats]:
    """Kind words in answer to a message that can sway."""
    rows = np.flatnonzero((said.parent >= 0) & said.friendly & (said.author >= 0))
    rows = rows[able[said.parent[rows]]]
    strength = np.full(len(rows), STRENGTH["kind"])
    strength[(said.positive | said.recommends)[rows]] = STRENGTH["positive"]
    strength[said.thanks[rows]] = STRENGTH["thanked"]
    return said.author[rows], said.author[said.parent[rows]], said.age[rows], strength


def _accepted(said: Talk, able: npt.NDArray[np.bool_]) -> tuple[Integers, Integers, Floats, Floats]:
    """An answer that the one who asked took as theirs.

    Who asked is the author of the message that it answers. Where only the thread is known it is who asked first, if
    that was no complaint as well: a complaint must not make its author beholden by its mere place.
    """
    asked = np.where(said.parent >= 0, said.parent, said.question)
    rows = np.flatnonzero(said.accepted & able & (asked >= 0))
    strength = np.full(len(rows), STRENGTH["accepted"])
    return said.author[asked[rows]], said.author[rows], said.age[rows], strength


def purchases_after(given: Responses, buyer: Integers, bought: Floats) -> Responses:
    """Purchases within a fortnight of a response, each counted once for each who was responded to.

    `buyer` (members) and `bought` (days before as_of) are one row a purchase.
    """
    order = np.lexsort((-bought, buyer))
    buyer, bought = buyer[order], bought[order]
    # One number that orders by person, then by time: later is larger.
    span = float(max(bought.max(initial=0.0), given.age.max(initial=0.0))) + SOON + 2.0
    when = buyer * span + (span - 1 - bought)
    said = given.swayed * span + (span - 1 - given.age)
    first = np.searchsorted(when, said, side="right")
    last = np.searchsorted(when, np.minimum(said + SOON, (given.swayed + 1) * span - 1e-9), side="right")
    number = np.maximum(last - first, 0)
    row = np.repeat(np.arange(len(given)), number)
    which = first[row] + np.arange(len(row)) - np.repeat(np.cumsum(number) - number, number)
    triple = np.stack([given.swayed[row], given.by[row], which])
    triple = np.unique(triple, axis=1)
    return Responses(triple[0], triple[1], bought[triple[2]], np.full(triple.shape[1], STRENGTH["bought"]))


def sway(given: Responses, after: Responses, half_life: float) -> Sway:
    """Responses added up over pairs, the older counting less."""
    swayed, by = np.concatenate([given.swayed, after.swayed]), np.concatenate([given.by, after.by])
    age, strength = np.concatenate([given.age, after.age]), np.concatenate([given.strength, after.strength])
    bought = np.repeat([False, True], [len(given), len(after)])
    weight = strength * np.exp2(-age / half_life)
    order = np.lexsort((bought, age, by, swayed))
    swayed, by, age, weight, bought = (column[order] for column in (swayed, by, age, weight, bought))
    new = np.concatenate([[True], (swayed[1:] != swayed[:-1]) | (by[1:] != by[:-1])])[: len(swayed)]
    starts = np.flatnonzero(new)
    if not len(starts):
        none = np.empty(0, dtype=np.int64)
        return Sway(none, none, np.empty(0), none, np.empty(0), np.empty(0, dtype=bool))
    return Sway(
        swayed[starts],
        by[starts],
        np.add.reduceat(weight, starts),
        np.diff(np.append(starts, len(swayed))),
        age[starts],
        np.logical_or.reduceat(bought, starts),
    )


def divided(pairs: Sway) -> tuple[Floats, Floats]:
    """For each pair: j's evidence 1 − e^(−4 W_j), and i's part of it w_ij / W_j."""
    if not len(pairs):
        return np.empty(0), np.empty(0)
    total = np.bincount(pairs.swayed, pairs.weight)[pairs.swayed]
    return -np.expm1(-total / ENOUGH), pairs.weight / total
