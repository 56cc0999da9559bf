"""Who brought whom, and who sways whom: the true ties, and the responses that they leave behind.

A share is the part of what a customer brings next year that would not be there without the other. Referral comes
first: one half where the newcomer would not have come otherwise. Influence takes its share of the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goodwill.demo import stories
from goodwill.demo.setting import CRAFTS, TODAY, TRUTHS, YEAR
from goodwill.demo.world import REFERRED

if TYPE_CHECKING:
    from goodwill.demo.people import Flags, Integers, People, Purchases, Reals

_LEAST_GAP = 3.0  # days between a referrer's arrival and the newcomer's


@dataclass
class Referrals:
    """One row a referral, in order of time."""

    referrer: Integers
    referred: Integers
    at: Reals
    converted_at: Reals  # the first purchase; inf where they only registered
    needed: Flags  # truth: they would not have come otherwise
    answer: Reals  # the newcomer's own answer, would they have come anyway (0–1), NaN where not asked
    reward_cents: Integers


@dataclass
class Ties:
    """One row a true tie of influence: `by` sways `who`; the shares of one `who` sum to their total share."""

    who: Integers
    by: Integers
    share: Reals
    responses: Integers
    last_at: Reals


@dataclass
class Responses:
    """One row a response that a customer makes to another's words."""

    who: Integers
    by: Integers
    at: Reals
    meant: Flags  # it is the trace of a true tie (now, or of one that has faded)


def draw_referrals(people: People, rng: np.random.Generator) -> Referrals:
    """Each referred newcomer is brought by somebody who was there before; a few bring many.

    Sets `people.brought`: one half where the newcomer was needed, converted and was brought within the past year.
    """
    order = np.argsort(people.arrival, kind="stable")
    eagerness = rng.gamma(0.35, 1.0, people.size) * (1 + 0.6 * people.member) * np.exp(0.4 * people.content)
    eagerness[people.organisation] *= 0.1
    eagerness[: stories.RESERVED] = 0.0
    reach = np.cumsum(eagerness[order])
    referred = np.flatnonzero(people.source == REFERRED)
    before = np.searchsorted(people.arrival[order], people.arrival[referred] - _LEAST_GAP) - 1
    ceiling = np.where(before >= 0, reach[np.maximum(before, 0)], 0.0)
    place = np.searchsorted(reach, rng.random(len(referred)) * ceiling, side="right")
    possible = (before >= 0) & (ceiling > 0)
    referrer = order[np.minimum(place, people.size - 1)]
    friends = np.isin(referred, stories.FRIEND_INDICES)
    referrer = np.where(friends, stories.OWNER_INDEX, referrer)
    possible = (possible | friends) & (referrer != referred)
    people.source[referred[~possible]] = 2  # word of mouth: nobody in particular
    referred, referrer = referred[possible], referrer[possible]
    return _told(people, referrer, referred, rng)


def _told(people: People, referrer: Integers, referred: Integers, rng: np.random.Generator) -> Referrals:
    many = len(referred)
    needed = rng.random(many) >= TRUTHS.would_have_come
    needed[np.isin(referred, stories.FRIEND_INDICES)] = True
    answer = np.where(needed, rng.beta(1.1, 7.5, many), rng.beta(7.5, 1.3, many))
    answer = np.round(answer * 4) / 4
    answer[rng.random(many) < 0.22] = np.nan
    converted = np.where(people.registered_only[referred], np.inf, people.arrival[referred])
    at = np.maximum(people.arrival[referred] - rng.exponential(4.0, many), people.arrival[referrer] + 1.0)
    at = np.minimum(at, people.arrival[referred] - 0.02)
    order = np.lexsort((referred, at))
    reward = np.where(np.isfinite(converted) & (rng.random(many) < 0.7), 500, 0)
    people.brought[referred[needed & np.isfinite(converted) & (at > TODAY - YEAR)]] = 0.5
    return Referrals(
        referrer[order], referred[order], at[order], converted[order], needed[order], answer[order], reward[order]
    )


# --- influence ----------------------------------------------------------------------------------------------------


def draw_ties(people: People, sales: Purchases, rng: np.random.Generator) -> tuple[Ties, Responses]:
    """Who sways those that are swayed, how strongly, and the responses by which it shows."""
    swayed = np.flatnonzero(people.total_share > 0)
    who = np.repeat(swayed, 1 + np.minimum(rng.poisson(0.4, len(swayed)), 3))
    by = _listened_to(people, people.craft[who], rng)
    by[np.isin(who, stories.FRIEND_INDICES)] = stories.OWNER_INDEX
    pairs = np.unique(np.stack([who, by], axis=1)[(who != by) & (by >= 0)], axis=0)
    who, by = pairs[:, 0], pairs[:, 1]
    _unswayed(people, who)

    last_at = _near_a_purchase(people, sales, who, by, rng)
    fade = 0.5 ** ((TODAY - last_at) / TRUTHS.influence_half_life)
    strength = rng.gamma(2.5, 1 / 2.5, len(who)) * (0.15 + fade)
    part = strength / np.maximum(np.bincount(who, strength, people.size)[who], 1e-12)
    count = 1 + rng.poisson(0.7 * np.sqrt(part) * (0.3 + fade))
    ties = Ties(who, by, part * people.total_share[who] * (1 - people.brought[who]), count, last_at)

    tie = np.repeat(np.arange(len(who)), count)
    number = np.arange(len(tie)) - np.repeat(np.cumsum(count) - count, count)
    at = last_at[tie] - np.where(number == 0, 0.0, rng.exponential(24.0, len(tie)))
    earliest = np.maximum(np.maximum(people.arrival[who], people.arrival[by])[tie] + 0.2, TODAY - YEAR)
    responses = Responses(who[tie], by[tie], np.clip(at, np.minimum(earliest, last_at[tie]), TODAY - 0.01), tie >= 0)
    return ties, responses


def _unswayed(people: People, who: Integers) -> None:
    """Where nobody was found who could have swayed them, nobody did."""
    found = np.zeros(people.size, dtype=bool)
    found[who] = True
    people.total_share[~found] = 0.0


def _listened_to(people: People, craft: Integers, rng: np.random.Generator) -> Integers:
    """Draws whom each listens to, by power: four times in five within their own circle; −1 where nobody speaks."""
    chosen = np.full(len(craft), -1)
    own = rng.random(len(craft)) < 0.8
    speakers = np.flatnonzero(people.power > 0)
    for circle in range(-1, len(CRAFTS)):
        inside = speakers if circle < 0 else speakers[people.craft[speakers] == circle]
        rows = np.flatnonzero(~own if circle < 0 else own & (craft == circle))
        if len(inside) == 0 or len(rows) == 0:
            continue
        reach = np.cumsum(people.power[inside])
        place = np.searchsorted(reach, rng.random(len(rows)) * reach[-1], side="right")
        chosen[rows] = inside[np.minimum(place, len(inside) - 1)]
    return chosen


def _near_a_purchase(people: People, sales: Purchases, who: Integers, by: Integers, rng: np.random.Generator) -> Reals:
    """When each tie last showed: half of the time within ten days before a purchase of theirs, else at any time."""
    since = np.maximum(np.maximum(people.arrival[who], people.arrival[by]) + 0.5, TODAY - YEAR)
    since = np.minimum(since, TODAY - 1.0)
    anytime = since + rng.random(len(who)) ** 0.8 * (TODAY - 0.5 - since)
    first = np.searchsorted(sales.buyer, who, side="left")
    count = np.searchsorted(sales.buyer, who, side="right") - first
    pick = np.minimum(first + (rng.random(len(who)) * count).astype(np.int64), max(sales.size - 1, 0))
    near = (sales.at[pick] if sales.size else np.zeros(len(who))) - rng.uniform(0.05, 10.0, len(who))
    usable = (count > 0) & (near > since) & (rng.random(len(who)) < 0.6)
    return np.where(usable, near, anytime)


def draw_other_responses(people: People, rng: np.random.Generator) -> tuple[Responses, Responses]:
    """Responses without a tie: (those of the year before, whose influence has faded; those that mean nothing)."""
    size = people.size
    speakers = np.flatnonzero(people.power > 0)
    if len(speakers) == 0:
        none = np.zeros(0, dtype=np.int64)
        nobody = Responses(none, none, np.zeros(0), np.zeros(0, dtype=bool))
        return nobody, nobody
    ready = np.flatnonzero(people.arrival < TODAY - YEAR - 30)
    ready = ready[ready >= stories.RESERVED]
    old_who = np.sort(rng.choice(ready, int(0.07 * len(ready)), replace=False)) if len(ready) else ready
    old_by = _listened_to(people, people.craft[old_who], rng)
    since = np.maximum(people.arrival[old_who], people.arrival[old_by]) + 1
    old_at = since + rng.random(len(old_who)) * (TODAY - YEAR - 5 - since)
    kept = (old_by >= 0) & (old_by != old_who) & (since < TODAY - YEAR - 5)
    old = Responses(old_who[kept], old_by[kept], old_at[kept], np.ones(int(kept.sum()), dtype=bool))

    many = int(0.04 * size)
    who = rng.integers(min(stories.RESERVED, size - 1), size, many)
    spoken = rng.random(many) < 0.75
    by = np.where(spoken, _listened_to(people, people.craft[who], rng), rng.integers(0, size, many))
    since = np.maximum(people.arrival[who], people.arrival[by]) + 0.5
    at = since + rng.random(many) * (TODAY - 0.1 - since)
    kept = (by >= 0) & (by != who) & (since < TODAY - 0.2) & ~people.organisation[by] & ~people.scripted[by]
    kept &= (by >= stories.RESERVED) | (by == stories.OWNER_INDEX)
    idle = Responses(who[kept], by[kept], at[kept], np.zeros(int(kept.sum()), dtype=bool))
    return old, idle
