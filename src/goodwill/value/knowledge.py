"""What a customer teaches, and spares us: answers that helped others, ideas that shipped, what the firm set a value on.

No accepted estimator exists (Tomczyk 2016, "Knowledge sharing and customer knowledge value"), so this is bookkeeping.
The contacts that a solved question spares the service are counted in three ways:

* accepted answers: the one contact of the customer who asked;
* the survey chain: everyone who said that it helped (the asker, thanks, helpful votes) would have contacted us;
* the 1-in-20 rule: of those who read it, the share `contact_share` would have.

The low end of the range is the least of them, the high end the most (with the share's own range), the middle the
lesser of the two that count readers: the cautious one. Each is multiplied by the cost of a contact.

The next horizon is expected to repeat the past year, what is older counting less (half after a year): an estimate. An
idea that shipped is worth what the firm entered, shared among the first three who said it as 6 : 3 : 2 (1, ½, ⅓).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts.columns import Floats, Integers, floats
from goodwill.ledger.kinds import ASSUMED, ESTIMATED, MEASURED
from goodwill.value.columns import until
from goodwill.value.influence import helps_or_recommends
from goodwill.value.ranges import NINTH_DECILE, Range

if TYPE_CHECKING:
    from goodwill.lake import Facts
    from goodwill.value.accounts import Accounts
    from goodwill.value.talk import Talk

YEAR = 365.0
FIRST_TO_SAY = 3
CONTACTS_ENOUGH = 20
ANSWER_RULE = "contacts spared: survey chain, 1 in 20, accepted answers; the cautious middle; rule 1"
VALUE_RULE = "value entered by the firm, shared among the first three to say it; rule 1"


@dataclass(frozen=True)
class Taught:
    """Sums of knowledge, one row a member and kind, sorted: low, middle, high in money for the horizon."""

    member: Integers
    kind: list[str]
    low: Floats
    middle: Floats
    high: Floats
    evidence: npt.NDArray[np.uint8]
    rule: list[str]

    def __len__(self) -> int:
        return len(self.member)


@dataclass(frozen=True)
class Answers:
    """Answers that helped, one row each: who gave them, days ago, contacts that they spared in the past year."""

    member: Integers
    age: Floats
    low: Floats
    middle: Floats
    high: Floats

    def __len__(self) -> int:
        return len(self.member)


def answers(said: Talk, share: Range) -> Answers:
    """The answers of the past year that were accepted, thanked for or voted helpful."""
    if not len(said):
        return Answers(np.empty(0, dtype=np.int64), *(np.empty(0) for _ in range(4)))
    thanks = _thanks(said)
    votes = np.nan_to_num(said.votes)
    asked = np.where(said.parent >= 0, said.parent, said.question)
    able = helps_or_recommends(said) & (said.accepted | (said.question >= 0) | _asks(said, asked))
    rows = np.flatnonzero(able & (said.accepted | (thanks > 0) | (votes > 0)) & (said.age < YEAR))
    asked = asked[rows]
    readers = np.fmax(said.audience[rows], np.where(asked >= 0, said.audience[np.maximum(asked, 0)], np.nan))
    # Several good answers to one question share its readers.
    thread = np.where(asked >= 0, asked, -2 - rows)
    _, place, number = np.unique(thread, return_inverse=True, return_counts=True)
    readers = readers / number[place]
    asker = said.accepted[rows].astype(np.float64)
    chain = np.maximum(np.maximum(asker, np.minimum(thanks[rows], 1.0)) + votes[rows], 1.0)
    counted = ~np.isnan(readers)
    twentieth = [np.where(counted, readers * part, chain) for part in (share.low, share.middle, share.high)]
    one = np.ones(len(rows))
    return Answers(
        said.author[rows],
        said.age[rows],
        np.minimum(np.minimum(twentieth[0], chain), one),
        np.minimum(twentieth[1], chain),
        np.maximum(np.maximum(twentieth[2], chain), one),
    )


def _asks(said: Talk, asked: Integers) -> npt.NDArray[np.bool_]:
    row = np.maximum(asked, 0)
    asks: npt.NDArray[np.bool_] = (asked >= 0) & said.asks[row] & (said.somebody[row] != said.somebody)
    return asks


def _thanks(said: Talk) -> Floats:
    """How many others thanked for each message."""
    rows = np.flatnonzero(said.thanks & (said.parent >= 0))
    rows = rows[said.somebody[rows] != said.somebody[said.parent[rows]]]
    pairs = np.unique(np.stack([said.parent[rows], said.somebody[rows]]), axis=1)
    return np.bincount(pairs[0], minlength=len(said)).astype(np.float64)


def contact_cost(facts: Facts, as_of: datetime) -> tuple[Range, int, tuple[str, ...]]:
    """What one contact with the service costs: the past year's replies and calls, where they carry cost or minutes."""
    actions = until(facts.arrow("actions"), as_of, 365)
    answered = actions.filter(pc.is_in(actions["kind"], value_set=pa.array(["reply", "call"])))
    cost, minutes = floats(answered["cost"], np.nan), floats(answered["minutes"], np.nan)
    hourly = facts.firm.assumptions.hourly_cost
    paid = np.where(np.isnan(cost), minutes / 60 * hourly.value, cost)
    known = ~np.isnan(paid)
    if known.sum() < CONTACTS_ENOUGH:
        assumed = facts.firm.assumptions.contact_cost
        return Range.of(assumed), ESTIMATED if assumed.measured else ASSUMED, ()
    mean = float(paid[known].mean())
    error = NINTH_DECILE * float(paid[known].std(ddof=1)) / float(np.sqrt(known.sum()))
    by_time = bool((np.isnan(cost) & known).any())
    low, high = (hourly.low / hourly.value, hourly.high / hourly.value) if by_time and hourly.value else (1.0, 1.0)
    found = Range(max(mean * low - error, 0.0), mean, mean * high + error)
    note = f"a contact with the service cost {mean:.2f}, over {int(known.sum()):,} replies and calls of the past year"
    return found, MEASURED | (ASSUMED if by_time else 0), (note,)


def taught(
    facts: Facts, said: Talk, who: Accounts, as_of: datetime, horizon_days: float
) -> tuple[Taught, Answers, tuple[str, ...]]:
    """Everything that customers taught, as money for the coming horizon; the answers that it counts; notes."""
    share = Range.of(facts.firm.assumptions.contact_share)
    cost, evidence, notes = contact_cost(facts, as_of)
    given = answers(said, share)
    parts = [_of_answers(given, cost, horizon_days, ESTIMATED | evidence | ASSUMED)]
    entered, more = contributions(facts, who, as_of)
    parts.append(entered)
    return _together(parts), given, (*notes, *more)


def _of_answers(given: Answers, cost: Range, horizon_days: float, evidence: int) -> Taught:
    """The past year's contacts spared, as a rate for the horizon, what is older counting less."""
    repeat = np.exp2(-given.age / YEAR) * horizon_days / YEAR
    member, place = np.unique(given.member, return_inverse=True)

    def added(contacts: Floats, each: float) -> Floats:
        return np.bincount(place, contacts * repeat * each, minlength=len(member)).astype(np.float64)

    return Taught(
        member,
        ["answer"] * len(member),
        added(given.low, cost.low),
        added(given.middle, cost.middle),
        added(given.high, cost.high),
        np.full(len(member), evidence, dtype=np.uint8),
        [ANSWER_RULE] * len(member),
    )


def contributions(facts: Facts, who: Accounts, as_of: datetime) -> tuple[Taught, tuple[str, ...]]:
    """Ideas that shipped and whatever else the firm set a value on; the others are counted, not valued."""
    given = until(facts.arrow("contributions"), as_of)
    given = given.sort_by([("at", "ascending"), ("contribution_id", "ascending")])
    rows = given.to_pylist()
    member = who.member(given["customer_id"])
    shared: dict[str, list[int]] = {}
    for row, one in enumerate(rows):
        if one["state"] != "declined":
            shared.setdefault(_same_idea(one), []).append(row)
    sums: dict[tuple[int, str], Floats] = {}
    strangers = 0
    for same in shared.values():
        worth = _entered(rows, same, as_of)
        if worth is None:
            continue
        first = list(dict.fromkeys(rows[row]["customer_id"] for row in same))[:FIRST_TO_SAY]
        places = 1 / np.arange(1, len(first) + 1)
        by_id = {rows[row]["customer_id"]: (int(member[row]), rows[row]["kind"]) for row in reversed(same)}
        for name, part in zip(first, places / places.sum(), strict=True):
            if by_id[name][0] < 0:
                strangers += 1
                continue
            sums[by_id[name]] = sums.get(by_id[name], np.zeros(3)) + part * worth
    keys = sorted(sums)
    money = np.array([sums[key] for key in keys]).reshape(len(keys), 3)
    notes = (f"{strangers:,} contributions are by people who are no customers: known, not booked",) if strangers else ()
    return Taught(
        np.array([key[0] for key in keys], dtype=np.int64),
        [key[1] for key in keys],
        money[:, 0],
        money[:, 1],
        money[:, 2],
        np.full(len(keys), ASSUMED, dtype=np.uint8),
        [VALUE_RULE] * len(keys),
    ), notes


def _same_idea(one: dict[str, object]) -> str:
    """What tells one idea from another: its word, else that it was said alone."""
    word = str(one["idea"] or "").strip().casefold()
    return f"idea {word}" if word and one["kind"] == "idea" else f"alone {one['contribution_id']}"


def _entered(rows: list[dict[str, object]], same: list[int], as_of: datetime) -> Floats | None:
    """Low, middle and high of the value that the firm entered for an idea; None where it entered none.

    Entered on several rows it counts once, as the largest. A year after it was said it begins to fade, by half a year's
    passing for each year.
    """
    valued = [rows[row] for row in same if rows[row]["value"] is not None]
    if not valued:
        return None
    best = max(valued, key=lambda one: float(one["value"]))  # type: ignore[arg-type]
    middle = float(best["value"])  # type: ignore[arg-type]
    low = middle if best["value_low"] is None else float(best["value_low"])  # type: ignore[arg-type]
    high = middle if best["value_high"] is None else float(best["value_high"])  # type: ignore[arg-type]
    age = (as_of - rows[same[0]]["at"]).total_seconds() / 86_400  # type: ignore[operator]
    fade = 2.0 ** (-max(age - YEAR, 0.0) / YEAR)
    faded: Floats = fade * np.array([min(low, middle), middle, max(high, middle)])
    return faded


def _together(parts: list[Taught]) -> Taught:
    return Taught(
        np.concatenate([part.member for part in parts]),
        [kind for part in parts for kind in part.kind],
        np.concatenate([part.low for part in parts]),
        np.concatenate([part.middle for part in parts]),
        np.concatenate([part.high for part in parts]),
        np.concatenate([part.evidence for part in parts]),
        [rule for part in parts for rule in part.rule],
    )
