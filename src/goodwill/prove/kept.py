"""Promises kept, and whether everybody waits alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.estimate import Interval, wilson
from goodwill.facts import POOL
from goodwill.facts.columns import (
    DAY,
    HOUR,
    NEVER,
    Flags,
    Floats,
    Integers,
    codes,
    flags,
    floats,
    instant,
    instants,
    integers,
    places,
)
from goodwill.prove.said import ASKING, YEAR, Said, first_answers, said_in, solved_by_others

if TYPE_CHECKING:
    from datetime import datetime

    from goodwill.lake import Facts

WARN_FROM = 1.5
"""A group that waits so many times as long as all others is named."""
LEAST_MESSAGES, FEW_PEOPLE = 10, 5
"""Below these a group's waiting is shown (or hidden) but not warned about."""
CALM_DAYS = 14
"""An answered matter is resolved when its author complains of nothing for so long after the answer."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One written promise over the past year."""

    promise_id: str
    kind: str
    channel: str | None
    within_hours: float | None
    text: str | None
    rate: Interval | None  # share kept of those that could be kept or broken by now; None where it cannot be told
    kept: int
    broken: int
    open: int  # neither kept nor due yet
    written: bool = True
    note: str = ""
    evidence: str = "measured"


@dataclass(frozen=True, slots=True)
class Waiting:
    """How long one group waited for a first answer, and how much was resolved."""

    by: str  # 'worth', 'audience', 'language', 'channel'
    group: str
    messages: int
    people: int | None  # None where hidden
    hours: float | None  # median; messages still waiting count with what they waited; None: most still wait
    kept: float | None  # share answered in the time promised
    answered: float | None
    resolved: float | None  # of those answered 14 days ago or more: nothing more complained of since
    ratio: float | None  # median share of the promised time used, over that of all others
    warns: bool
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Promises:
    """The kept-rate of each promise, and the table of equal treatment."""

    kept: tuple[Kept, ...]
    waiting: tuple[Waiting, ...]
    warnings: tuple[str, ...]
    evidence: str = "measured"


@dataclass(frozen=True)
class _Owed:
    """Messages that wanted an answer: how long they waited, and what was promised."""

    said: Said
    hours: Floats  # until the first answer, or until now
    answered: Flags
    promised: Floats
    promise: Integers  # row of the promise; −1: only assumed
    resolved: Flags
    settled: Flags  # answered long enough ago to tell whether it is resolved

    @property
    def kept(self) -> Flags:
        return self.answered & (self.hours <= self.promised)

    @property
    def told(self) -> Flags:
        """Kept or broken by now."""
        return self.answered | (self.hours > self.promised)


def promises(
    facts: Facts, readings: pa.Table, worth: pa.Table, *, as_of: datetime, see_persons: bool = True
) -> Promises:
    """The kept-rate of each written promise over the past year, and who waited how long.

    An answer's promise holds for messages that want one: complaints, questions, warnings, ideas, leaving and negative
    moods about us, unless the source says that they were said to others. The strictest promise of the channel holds,
    else the one for all channels, else the assumed time (shown as not written). An answer of another customer that was
    accepted counts as one. Refunds are counted from returns to the next refund for the same customer. Whether a call
    was made in time cannot be told from the records, and the row says so.

    The waiting table compares groups by worth fifth, audience, language and channel: the median time to a first answer
    (Kaplan & Meier 1958, since some still wait), the share kept, answered, and resolved. `ratio` compares the share of
    the promised time that was used, so a channel with a longer promise is no false alarm; from 1.5 it warns.

    >>> from datetime import UTC, datetime
    >>> from goodwill.facts import READINGS, WORTH
    >>> from goodwill.firm import Firm
    >>> from goodwill.lake import Facts
    >>> promised = pa.table({"promise_id": ["24h"], "kind": ["answer"], "within_hours": [24.0]})
    >>> facts = Facts.from_arrow(Firm(), {"promises": promised})
    >>> found = promises(facts, READINGS.empty(), WORTH.empty(), as_of=datetime(2026, 5, 1, tzinfo=UTC))
    >>> found.kept[0].promise_id, found.kept[0].rate, found.warnings
    ('24h', None, ())
    """
    written = facts.arrow("promises")
    owed = _owed(facts, readings, written, as_of)
    rows = written.to_pylist()
    kept = [
        _kept_answers(row, owed, owed.promise == place) for place, row in enumerate(rows) if row["kind"] == "answer"
    ]
    if (owed.promise < 0).any():
        hours = facts.firm.assumptions.answer_hours.value
        assumed = {"promise_id": "", "kind": "answer", "channel": None, "text": None, "within_hours": hours}
        kept.append(_kept_answers(assumed, owed, owed.promise < 0, written=False))
    kept += [_kept_refunds(row, facts, as_of) for row in rows if row["kind"] == "refund"]
    kept += [_cannot_tell(row) for row in rows if row["kind"] == "call"]
    table = _waiting(owed, worth, see_persons)
    return Promises(tuple(kept), table, tuple(_warning(line) for line in table if line.warns))


def _owed(facts: Facts, readings: pa.Table, written: pa.Table, as_of: datetime) -> _Owed:
    end = instant(as_of)
    said = said_in(facts, readings, as_of - YEAR, as_of)
    wants = (said.intent(*ASKING) | said.negative) & said.about_us & (said.flow != 1)
    # What customers say to each other is owed no answer.
    wants &= flags(said["to_us"], True)
    answer, solved = first_answers(facts, said, as_of), solved_by_others(said)
    answer = np.where((answer == NEVER) | ((solved != NEVER) & (solved < answer)), solved, answer)
    rows = np.flatnonzero(wants)
    again = _next_complaint(said)[rows]
    said, answer = _take(said, rows), answer[rows]
    answered = answer != NEVER
    hours = np.where(answered, answer - said.at, end - said.at) / HOUR
    promised, promise = _promised(said, written, facts.firm.assumptions.answer_hours.value)
    calm = ~((again > answer) & (again <= answer + CALM_DAYS * DAY))
    settled = answered & (answer + CALM_DAYS * DAY <= end)
    return _Owed(said, hours, answered, promised, promise, calm, settled)


def _take(said: Said, rows: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Said:
    return Said(
        said.table.take(pa.array(rows)),
        said.at[rows],
        said.holds[rows],
        said.negative[rows],
        said.neutral[rows],
        said.positive[rows],
        said.flow[rows],
        said.person[rows],
        said.is_customer[rows],
    )


def _next_complaint(said: Said) -> Integers:
    """When the same person next complained after each message; `NEVER` where they did not."""
    after = np.full(len(said), NEVER, dtype=np.int64)
    bad = np.flatnonzero(said.complains)
    order = bad[np.lexsort((said.at[bad], said.person[bad]))]
    ticks = np.unique(said.at)
    width = len(ticks) + 1
    shelf = said.person[order] * width + np.searchsorted(ticks, said.at[order])
    wanted = said.person * width + np.searchsorted(ticks, said.at)
    place = np.searchsorted(shelf, wanted, side="right")
    inside = np.flatnonzero(place < len(order))
    same = inside[said.person[order[place[inside]]] == said.person[inside]]
    after[same] = said.at[order[place[same]]]
    return after


def _promised(said: Said, written: pa.Table, assumed: float) -> tuple[Floats, Integers]:
    """The strictest answer promised on each message's channel, else on all channels, else the assumed hours."""
    channel = pc.utf8_lower(pc.fill_null(said["channel"], ""))
    hours = {True: np.full(len(said), np.inf), False: np.full(len(said), np.inf)}
    which = {True: np.full(len(said), -1), False: np.full(len(said), -1)}
    since = instants(written["since"])
    for place, row in enumerate(written.select(["kind", "channel", "within_hours"]).to_pylist()):
        if row["kind"] != "answer" or row["within_hours"] is None:
            continue
        everywhere = not row["channel"]
        covers = (said.at >= since[place]) & (row["within_hours"] < hours[everywhere])
        if not everywhere:
            covers &= flags(pc.equal(channel, pa.scalar(row["channel"].lower())))
        hours[everywhere][covers], which[everywhere][covers] = row["within_hours"], place
    promised = np.where(which[False] >= 0, hours[False], hours[True])
    promise = np.where(which[False] >= 0, which[False], which[True])
    return np.where(np.isfinite(promised), promised, assumed), promise.astype(np.int64)


def _kept_answers(row: dict[str, Any], owed: _Owed, covered: Flags, *, written: bool = True) -> Kept:
    kept, told = int((owed.kept & covered).sum()), int((owed.told & covered).sum())
    return Kept(
        row["promise_id"],
        "answer",
        row["channel"],
        row["within_hours"],
        row["text"],
        wilson(kept, told) if told else None,
        kept,
        told - kept,
        int(covered.sum()) - told,
        written,
        "" if written else "no promise in writing covers these; the time is assumed",
        "measured" if written else "assumed",
    )


def _kept_refunds(row: dict[str, Any], facts: Facts, as_of: datetime) -> Kept:
    """From a return to the customer's next refund."""
    hours = row["within_hours"]
    purchases, actions = facts.purchases, facts.actions
    returns = purchases.filter(
        (purchases.kind == "return")
        & purchases.customer_id.notnull()
        & (purchases.at > as_of - YEAR)
        & (purchases.at <= as_of)
    ).select("purchase_id", "customer_id", returned="at")
    refunds = actions.filter((actions.kind == "refund") & actions.customer_id.notnull() & (actions.at <= as_of))
    refunds = refunds.select(refunded_id="customer_id", refunded="at")
    pairs = returns.left_join(
        refunds, [returns.customer_id == refunds.refunded_id, refunds.refunded >= returns.returned]
    )
    first = facts.lake.arrow(
        pairs.group_by("purchase_id", "returned").agg(refunded=pairs.refunded.min()).order_by("purchase_id")
    )
    started, done, end = instants(first["returned"]), instants(first["refunded"]), instant(as_of)
    note = "from a return to the customer's next refund"
    if hours is None or not (done != NEVER).any():
        return _row(row, None, (0, 0, 0), "no refund stands in the actions: it cannot be told")
    took = np.where(done == NEVER, end - started, done - started) / HOUR
    kept = int(((done != NEVER) & (took <= hours)).sum())
    told = int(((done != NEVER) | (took > hours)).sum())
    return _row(row, wilson(kept, told) if told else None, (kept, told - kept, len(took) - told), note)


def _cannot_tell(row: dict[str, Any]) -> Kept:
    return _row(row, None, (0, 0, 0), "who asked for a call stands nowhere in the records: it cannot be told")


def _row(row: dict[str, Any], rate: Interval | None, counts: tuple[int, int, int], note: str) -> Kept:
    promise_id, kind, channel, hours, text = (
        row[name] for name in ("promise_id", "kind", "channel", "within_hours", "text")
    )
    return Kept(promise_id, kind, channel, hours, text, rate, *counts, written=True, note=note)


# --- equal treatment ----------------------------------------------------------------------------------------------


def _waiting(owed: _Owed, worth: pa.Table, see_persons: bool) -> tuple[Waiting, ...]:
    if not len(owed.said):
        return ()
    lines: list[Waiting] = []
    for by, group, names in (
        ("worth", *_worth_fifths(owed.said, worth)),
        ("audience", *_audiences(owed.said)),
        ("language", *codes(pc.fill_null(owed.said["language"], "not known"))),
        ("channel", *codes(pc.fill_null(owed.said["channel"], "not known"))),
    ):
        for place, name in enumerate(names):
            mine = group == place
            if mine.any():
                lines.append(_line(owed, by, name, mine, see_persons))
    return tuple(lines)


def _worth_fifths(said: Said, worth: pa.Table) -> tuple[Integers, list[str]]:
    """Fifths of all customers by worth, the lowest first; who is not valued, and voices, on lines of their own."""
    known = worth.filter(pc.not_equal(worth["customer_id"], POOL))
    order = np.lexsort((np.arange(known.num_rows), floats(known["worth"])))
    fifth = np.empty(known.num_rows, dtype=np.int64)
    fifth[order] = np.arange(known.num_rows) * 5 // max(known.num_rows, 1)
    row = places(said["customer_id"], known["customer_id"])
    names = [
        "lowest fifth",
        "second fifth",
        "middle fifth",
        "fourth fifth",
        "highest fifth",
        "not valued",
        "no customer",
    ]
    return np.where(row >= 0, np.append(fifth, 0)[row], np.where(said.is_customer, 5, 6)), names


def _audiences(said: Said) -> tuple[Integers, list[str]]:
    audience = integers(said["audience"])
    return np.digitize(audience, [2, 100, 1000, 10_000]), [
        "none",
        "under 100",
        "under 1,000",
        "under 10,000",
        "10,000 or more",
    ]


def _line(owed: _Owed, by: str, name: str, mine: Flags, see_persons: bool) -> Waiting:
    people = len(np.unique(owed.said.person[mine]))
    messages = int(mine.sum())
    if people < FEW_PEOPLE and not see_persons:
        return Waiting(by, name, messages, None, None, None, None, None, None, False, hidden=True)
    told, settled = mine & owed.told, mine & owed.settled
    share = owed.hours / np.maximum(owed.promised, 1e-9)
    ratio = _ratio(median_waiting(share[mine], owed.answered[mine]), median_waiting(share[~mine], owed.answered[~mine]))
    enough = messages >= LEAST_MESSAGES and people >= FEW_PEOPLE and int((~mine).sum()) >= LEAST_MESSAGES
    return Waiting(
        by,
        name,
        messages,
        people,
        median_waiting(owed.hours[mine], owed.answered[mine]),
        float(owed.kept[told].mean()) if told.any() else None,
        float(owed.answered[mine].mean()),
        float(owed.resolved[settled].mean()) if settled.any() else None,
        ratio,
        bool(enough and ratio is not None and ratio >= WARN_FROM),
    )


def _ratio(mine: float | None, others: float | None) -> float | None:
    """None where either has no median, or the others waited no time at all."""
    if others is None or others <= 0:
        return None
    return float("inf") if mine is None else mine / others


def median_waiting(hours: Floats, answered: Flags) -> float | None:
    """The median time to an answer when some still wait (Kaplan & Meier 1958); None where it was not reached.

    >>> median_waiting(np.array([1., 2, 3, 4]), np.array([True, True, True, False]))
    2.0
    >>> median_waiting(np.array([1., 5, 5]), np.array([True, False, False])) is None
    True
    """
    if not len(hours):
        return None
    times, place = np.unique(hours, return_inverse=True)
    done = np.bincount(place, weights=answered, minlength=len(times))
    gone = np.bincount(place, minlength=len(times))
    at_risk = len(hours) - np.concatenate([[0], np.cumsum(gone)[:-1]])
    surviving = np.cumprod(1 - done / at_risk)
    reached = np.flatnonzero(surviving <= 0.5 + 1e-12)
    return float(times[reached[0]]) if len(reached) else None


def _warning(line: Waiting) -> str:
    times = (
        "has no median yet, while others have"
        if line.ratio == float("inf")
        else f"waits {line.ratio:.1f} times as long"
    )
    return f"by {line.by}, '{line.group}' {times} ({line.messages} messages)"
