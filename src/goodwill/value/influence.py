"""Whom a customer sways: shares of what others bring, by those others' own positive responses.

Weight by response, not by followers: of what swayed customer j brings, the share τ_j goes to those whose words j
answered kindly, in proportion to how often and how lately j did. After Kumar et al. (2013), "Creating a measurable
social media marketing strategy", Marketing Science 32(2), who share an influencee's value among influencers by such
responses; Sheldrake (2011), "The Business of Influence", warns against follower scores.

What can sway is a message that recommends or praises us, or helps: it answers someone else's question, or others say
that it helped them. What shows that it did is an act of the swayed person alone: they took it as the answer, thanked
for it, answered it gladly, or bought within a fortnight of such an act. Complaints and warnings make no tie and unmake
none; nor do voices, staff and competitors. A reader may err about a word, so each act counts by its probability, and a
tie is one that is more likely than not.

    w_ij = Σ probability · strength · 2^(−age / half-life)         over j's responses to i in the past year
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
STRENGTH = {"accepted": 1.0, "thanked": 1.0, "bought": 1.0, "positive": 0.5}
"""What one response weighs: taken as the answer, thanked, bought soon after, answered gladly or passed on."""
ENOUGH = 0.25
"""Evidence that is worth 63 % of all there could be. A glad word of today is worth 86 %, a thank-you 98 %."""
LIKELY, HARDLY, CERTAIN = 0.5, 0.1, 1 - 1e-12
"""More likely than not; too unlikely to be looked at; as certain as a logarithm takes."""
RULE = "influence: a share by the swayed person's own responses; rule 2"


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
    """Single acts: `by` said something, `swayed` responded `age` days ago with this strength.

    `chance` is the probability that the act is a positive response.
    """

    swayed: Integers
    by: Integers
    age: Floats
    strength: Floats
    chance: Floats

    def __len__(self) -> int:
        return len(self.swayed)


def helps_or_recommends(said: Talk) -> npt.NDArray[np.bool_]:
    """The messages that can sway: they recommend or praise us, answer a question, or helped others who say so.

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
    rows = np.flatnonzero(_responds(said) & (said.thanks | said.recommends))
    rows = rows[said.somebody[rows] != said.somebody[said.parent[rows]]]
    found = np.zeros(len(said), dtype=bool)
    found[said.parent[rows]] = True
    return found


def gladness(said: Talk) -> Floats:
    """(messages,) the probability that it is a good word, if it responds to somebody; 0 for what is read as against us.

    Thanks and recommendations are as the reader decided; of other words its probability that the mood is positive.
    """
    glad: Floats = np.where(said.thanks | said.recommends, 1.0, said.glad)
    return glad


def _responds(said: Talk) -> npt.NDArray[np.bool_]:
    """The messages that respond to another one. Who answers a question is not swayed by it, save who thanks.

    What was taken as the answer is one, and the message that it answers was a question, however they read.
    """
    asks = said.asks.copy()
    asks[said.parent[said.accepted & said.blameless & (said.parent >= 0)]] = True  # a complaint changes nothing
    found: npt.NDArray[np.bool_] = (said.parent >= 0) & ~said.accepted & (said.thanks | ~asks[said.parent])
    return found


def responses(said: Talk) -> Responses:
    """Every act of the past year that may be a positive response to a message that helps or recommends."""
    able = helps_or_recommends(said)
    parts = [_replies(said, able), _accepted(said, able)]
    swayed, by, age, strength, chance = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    good = (swayed >= 0) & (by >= 0) & (swayed != by) & (age < YEAR) & (chance >= HARDLY)
    order = np.lexsort((chance[good], strength[good], age[good], by[good], swayed[good]))
    return Responses(*(column[good][order] for column in (swayed, by, age, strength, chance)))


def _replies(said: Talk, able: npt.NDArray[np.bool_]) -> tuple[Integers, Integers, Floats, Floats, Floats]:
    """Words in response to a message that can sway."""
    rows = np.flatnonzero(_responds(said) & (said.author >= 0))
    rows = rows[able[said.parent[rows]]]
    strength = np.where(said.thanks[rows], STRENGTH["thanked"], STRENGTH["positive"])
    return said.author[rows], said.author[said.parent[rows]], said.age[rows], strength, gladness(said)[rows]


def _accepted(said: Talk, able: npt.NDArray[np.bool_]) -> tuple[Integers, Integers, Floats, Floats, Floats]:
    """An answer that the one who asked took as theirs.

    Who asked is the author of the message that it answers. Where only the thread is known it is who asked first, if
    that was no complaint as well: a complaint must not make its author beholden by its mere place.
    """
    asked = np.where(said.parent >= 0, said.parent, said.question)
    rows = np.flatnonzero(said.accepted & able & (asked >= 0))
    sure = np.ones(len(rows))
    return said.author[asked[rows]], said.author[rows], said.age[rows], STRENGTH["accepted"] * sure, sure


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
    order = np.lexsort((given.chance[row], which, given.by[row], given.swayed[row]))
    row, which = row[order], which[order]
    swayed, by = given.swayed[row], given.by[row]
    new = (np.diff(swayed) != 0) | (np.diff(by) != 0) | (np.diff(which) != 0)
    last = np.append(new, True)[: len(row)]  # the likeliest response of each who bought, to each, before each purchase
    row, which = row[last], which[last]
    strength = np.full(len(row), STRENGTH["bought"])
    return Responses(given.swayed[row], given.by[row], bought[which], strength, given.chance[row])


def sway(given: Responses, after: Responses, half_life: float) -> Sway:
    """Responses added up over pairs, each by its probability, the older counting less.

    A pair is a tie where it is more likely than not that there was a positive response at all: so books recognise what
    is probable (IAS 37), and a hundred doubtful words to as many people do not add up to money.
    """
    swayed, by = np.concatenate([given.swayed, after.swayed]), np.concatenate([given.by, after.by])
    age, chance = np.concatenate([given.age, after.age]), np.concatenate([given.chance, after.chance])
    bought = np.repeat([False, True], [len(given), len(after)])
    weight = np.concatenate([given.strength, after.strength]) * chance * np.exp2(-age / half_life)
    # A purchase after a response is no more certain than the response.
    missed = np.where(bought, 0.0, np.log1p(-np.minimum(chance, CERTAIN)))
    order = np.lexsort((chance, bought, age, by, swayed))
    swayed, by, age, weight, missed, bought = (x[order] for x in (swayed, by, age, weight, missed, bought))
    new = np.concatenate([[True], (swayed[1:] != swayed[:-1]) | (by[1:] != by[:-1])])[: len(swayed)]
    starts = np.flatnonzero(new)
    if not len(starts):
        none = np.empty(0, dtype=np.int64)
        return Sway(none, none, np.empty(0), none, np.empty(0), np.empty(0, dtype=bool))
    tie = -np.expm1(np.add.reduceat(missed, starts)) >= LIKELY
    columns = (
        swayed[starts],
        by[starts],
        np.add.reduceat(weight, starts),
        np.diff(np.append(starts, len(swayed))),
        age[starts],
        np.logical_or.reduceat(bought, starts),
    )
    return Sway(*(column[tie] for column in columns))


def divided(pairs: Sway) -> tuple[Floats, Floats]:
    """For each pair: j's evidence 1 − e^(−4 W_j), and i's part of it w_ij / W_j."""
    if not len(pairs):
        return np.empty(0), np.empty(0)
    total = np.bincount(pairs.swayed, pairs.weight)[pairs.swayed]
    return -np.expm1(-total / ENOUGH), pairs.weight / total
