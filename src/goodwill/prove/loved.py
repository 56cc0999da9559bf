"""Love: would they recommend us, by period, touchpoint and colleague; and were the unhappy followed up."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.compute as pc

from goodwill.estimate import Interval, wilson
from goodwill.facts.columns import HOUR, NEVER, Integers, codes, instant, instants, integers, places
from goodwill.prove.scores import DETRACTORS, Nps, NpsDifference, nps, nps_difference

if TYPE_CHECKING:
    from datetime import datetime

    import pyarrow as pa

    from goodwill.lake import Facts

FOLLOW_UP_HOURS = 48
"""In what time an unhappy answer is to be followed up."""
FEW_PEOPLE = 5
"""Figures over fewer people than this are hidden where the reader may not see persons."""


@dataclass(frozen=True, slots=True)
class NpsOf:
    """The score of one group of answers; `score` is None where it is hidden."""

    name: str
    score: Nps | None
    answers: int
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Love:
    """The Net Promoter Score of the past year, its parts, its change, and the closed loop."""

    score: Nps | None  # None without an answer
    by_period: tuple[NpsOf, ...]  # calendar quarters, oldest first
    by_touchpoint: tuple[NpsOf, ...]  # most answers first
    by_staff: tuple[NpsOf, ...]
    change: NpsDifference | None  # the past 90 days against the 90 before
    followed_up: Interval | None  # share of detractors followed up within 48 hours
    detractors: int  # those whose 48 hours have passed
    hidden: int = 0  # how many groups are hidden


def love(facts: Facts, *, as_of: datetime, level: float = 0.95, see_persons: bool = True) -> Love:
    """The Net Promoter Score of the year before `as_of` with its interval, by quarter, touchpoint and colleague.

    A detractor counts as followed up when an action for them (or on a message of theirs) came within 48 hours after
    the answer; those whose 48 hours have not passed are not counted yet. With `see_persons` False, groups of fewer than
    five answers are hidden and their number is given.

    >>> from datetime import UTC, datetime
    >>> import pyarrow as pa
    >>> from goodwill.firm import Firm
    >>> from goodwill.lake import Facts
    >>> may = datetime(2026, 5, 1, tzinfo=UTC)
    >>> answers = pa.table({"response_id": ["1", "2"], "at": [may, may], "score": [10, 4]})
    >>> love(Facts.from_arrow(Firm(), {"responses": answers}), as_of=may).score.score
    0.0
    """
    end = instant(as_of)
    responses = facts.responses
    lately = responses.filter(
        (responses.at <= as_of) & (responses.at > as_of - timedelta(days=365)) & responses.score.notnull()
    )
    table = facts.lake.arrow(lately.order_by("response_id"))
    score, at = integers(table["score"]), instants(table["at"])
    if not len(score):
        return Love(None, (), (), (), None, None, 0)
    groups = {
        name: _by(score, column, level, see_persons)
        for name, column in (
            ("period", _quarters(table)),
            ("touchpoint", table["touchpoint"]),
            ("staff", table["staff"]),
        )
    }
    share, detractors = _followed_up(facts, table, score, at, as_of, end)
    hidden = sum(group.hidden for found in groups.values() for group in found)
    return Love(
        nps(score, level=level),
        tuple(sorted(groups["period"], key=lambda group: group.name)),
        groups["touchpoint"],
        groups["staff"],
        _change(score, at, end, level),
        share,
        detractors,
        hidden,
    )


def _quarters(table: pa.Table) -> pa.ChunkedArray:
    year, quarter = pc.year(table["at"]), pc.quarter(table["at"])
    return pc.binary_join_element_wise(pc.cast(year, "string"), pc.cast(quarter, "string"), " Q")


def _by(score: Integers, column: pa.ChunkedArray, level: float, see_persons: bool) -> tuple[NpsOf, ...]:
    code, names = codes(column)
    found = []
    for place, name in enumerate(names):
        theirs = score[code == place]
        hidden = len(theirs) < FEW_PEOPLE and not see_persons
        found.append(NpsOf(name, None if hidden else nps(theirs, level=level), len(theirs), hidden))
    return tuple(sorted(found, key=lambda group: (-group.answers, group.name)))


def _change(score: Integers, at: Integers, end: int, level: float) -> NpsDifference | None:
    quarter = 90 * 24 * HOUR
    new, old = at > end - quarter, (at <= end - quarter) & (at > end - 2 * quarter)
    if not new.any() or not old.any():
        return None
    return nps_difference(score[old], score[new], level=level)


def _followed_up(
    facts: Facts, table: pa.Table, score: Integers, at: Integers, as_of: datetime, end: int
) -> tuple[Interval | None, int]:
    due = (score <= DETRACTORS) & (at + FOLLOW_UP_HOURS * HOUR <= end)
    due &= places(table["customer_id"], pc.unique(table["customer_id"]).drop_null()) >= 0
    if not due.any():
        return None, 0
    actions, messages = facts.actions, facts.messages
    by_message = actions.filter(actions.customer_id.isnull()).inner_join(messages, "message_id")
    owners = actions.filter(actions.customer_id.notnull()).select("customer_id", "at")
    through = by_message.select(customer_id=messages.customer_id, at=actions.at)
    acts = facts.lake.arrow(owners.union(through).filter(lambda act: act.at <= as_of))
    known = pc.unique(table["customer_id"]).drop_null()
    who, when = places(acts["customer_id"], known), instants(acts["at"])
    kept = (who >= 0) & (when != NEVER)
    ticks = np.unique(np.concatenate([when[kept], at]))
    width = len(ticks) + 1
    shelf = np.sort(who[kept] * width + np.searchsorted(ticks, when[kept]))
    mine = places(table["customer_id"], known)
    start = np.searchsorted(shelf, mine * width + np.searchsorted(ticks, at))
    stop = np.searchsorted(shelf, mine * width + np.searchsorted(ticks, at + FOLLOW_UP_HOURS * HOUR, side="right"))
    answered = int(((stop > start) & due).sum())
    return wilson(answered, int(due.sum())), int(due.sum())
