"""The community: what members answer each other, how soon, and what it spares the firm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.estimate import Interval, wilson
from goodwill.facts.columns import HOUR, NEVER, Flags, Integers, flags, instant, integers, places
from goodwill.prove.kept import median_waiting
from goodwill.prove.said import YEAR, Said, first_answers, said_in

if TYPE_CHECKING:
    from datetime import datetime

    from goodwill.lake import Facts

PRIVATE = ("email", "chat", "phone", "letter", "sms", "form")
MOST_UNANSWERED = 50


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question that nobody has answered, and the member most likely to know."""

    message_id: str
    days: float
    topic: str | None
    ask: str | None  # customer_id of the member with most solved answers on the topic (else on all); None: nobody yet
    solved_before: int  # how many answers of theirs solved a question on it


@dataclass(frozen=True, slots=True)
class Community:
    """Questions asked in the open over the past year."""

    questions: int
    self_healing: Interval | None  # share that another customer solved before any answer of ours
    solved: int
    answered_by_members: int
    answered_by_us: int
    hours_to_first_answer: float | None  # median, by anybody; open ones count with what they waited
    contacts_avoided: tuple[float, float, float]  # low, middle, high
    money_avoided: tuple[float, float, float]
    unanswered: int
    open: tuple[Unanswered, ...]  # newest first, at most 50
    members: int  # customers who answered somebody
    evidence: tuple[str, ...] = ("measured", "assumed")  # counts are measured, contacts avoided assumed


def community(facts: Facts, readings: pa.Table, *, as_of: datetime) -> Community:
    """Self-healing rate, time to a first answer, contacts avoided, and the questions that still wait.

    A question counts when it was asked in the open and answers nobody. It is solved by another customer whose reply was
    accepted, found helpful by somebody, or thanked by the one who asked; self-healed where no action of ours came
    before. Contacts avoided are the readers of solved questions (at least the one who asked) × `[assumptions]
    contact_share`, in money × `contact_cost`, both with their ranges: the 1-in-20 rule, no measurement.

    >>> from datetime import UTC, datetime
    >>> from goodwill.facts import READINGS
    >>> from goodwill.firm import Firm
    >>> from goodwill.lake import Facts
    >>> community(Facts.from_arrow(Firm(), {}), READINGS.empty(), as_of=datetime(2026, 5, 1, tzinfo=UTC)).questions
    0
    """
    end = instant(as_of)
    said = said_in(facts, readings, as_of - YEAR, as_of)
    asked = np.flatnonzero(_asked_in_the_open(said))
    reply, question = _replies(said, asked)
    ours = first_answers(facts, said, as_of)[asked]
    first = np.full(len(asked), NEVER, dtype=np.int64)
    _earliest(first, question, said.at[reply])
    solving = _solving(said, asked, reply, question)
    solved_at = np.full(len(asked), NEVER, dtype=np.int64)
    _earliest(solved_at, question[solving], said.at[reply[solving]])
    solved = (solved_at != NEVER) & ((ours == NEVER) | (ours >= solved_at))
    anybody = np.where(first == NEVER, ours, np.where(ours == NEVER, first, np.minimum(first, ours)))
    answered = anybody != NEVER
    hours = np.where(answered, anybody - said.at[asked], end - said.at[asked]) / HOUR
    contacts, money = _avoided(facts, said, asked[solved])
    waiting = np.flatnonzero(~answered)
    return Community(
        questions=len(asked),
        self_healing=wilson(int(solved.sum()), len(asked)) if len(asked) else None,
        solved=int(solved.sum()),
        answered_by_members=int((first != NEVER).sum()),
        answered_by_us=int((ours != NEVER).sum()),
        hours_to_first_answer=median_waiting(hours, answered),
        contacts_avoided=contacts,
        money_avoided=money,
        unanswered=len(waiting),
        open=_open(said, asked[waiting], reply[solving], end),
        members=len(np.unique(said.person[reply])),
    )


def _asked_in_the_open(said: Said) -> Flags:
    channel = pc.utf8_lower(pc.fill_null(said["channel"], "email"))
    private = flags(pc.is_in(channel, value_set=pa.array(PRIVATE)))
    answers = flags(pc.is_valid(said["in_reply_to"]))
    return said.intent("question") & ~private & ~answers & said.about_us


def _replies(said: Said, asked: Integers) -> tuple[Integers, Integers]:
    """Replies by others than the one who asked: the reply's row, and which of the questions it answers."""
    to = places(said["in_reply_to"], said["message_id"].take(pa.array(asked)))
    thread = places(said["thread"], pc.unique(said["thread"]).drop_null())
    opener = np.full(int(thread.max()) + 1 if len(thread) else 0, -1, dtype=np.int64)
    order = np.argsort(-said.at[asked], kind="stable")
    inside = order[thread[asked[order]] >= 0]
    opener[thread[asked[inside]]] = inside  # the earliest is written last
    by_thread = np.where(thread >= 0, np.append(opener, -1)[thread], -1)
    question = np.where(to >= 0, to, by_thread)
    reply = np.flatnonzero(question >= 0)
    question = question[reply]
    if not len(reply):
        return reply, question
    other = (said.person[reply] != said.person[asked[question]]) & (said.at[reply] >= said.at[asked[question]])
    other &= said.flow[reply] != 1
    return reply[other], question[other]


def _solving(said: Said, asked: Integers, reply: Integers, question: Integers) -> Flags:
    """Replies that were accepted, found helpful, or after which the one who asked said thanks in the thread."""
    accepted = flags(said["accepted"])[reply] | (integers(said["helpful_votes"])[reply] > 0)
    thanking = np.flatnonzero(said.intent("thanks"))
    thanked = places(said["in_reply_to"].take(pa.array(thanking)), said["message_id"].take(pa.array(reply)))
    by_asker = thanked >= 0
    by_asker[by_asker] = said.person[thanking[by_asker]] == said.person[asked[question[thanked[by_asker]]]]
    accepted[thanked[by_asker]] = True
    return accepted


def _earliest(kept: Integers, place: Integers, at: Integers) -> None:
    """Writes the earliest instant of each place into `kept`, in place."""
    order = np.argsort(-at, kind="stable")
    kept[place[order]] = at[order]


def _avoided(
    facts: Facts, said: Said, solved: Integers
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    share, cost = facts.firm.assumptions.contact_share, facts.firm.assumptions.contact_cost
    readers = float(np.maximum(integers(said["audience"])[solved], 1).sum())
    low, middle, high = readers * share.low, readers * share.value, readers * share.high
    contacts = (round(low, 1), round(middle, 1), round(high, 1))
    return contacts, (round(low * cost.low, 2), round(middle * cost.value, 2), round(high * cost.high, 2))


def _open(said: Said, waiting: Integers, solving: Integers, end: int) -> tuple[Unanswered, ...]:
    topics = pc.list_element(pc.if_else(pc.greater(pc.list_value_length(said["topics"]), 0), said["topics"], None), 0)
    customers = said["customer_id"].to_pylist() if len(waiting) else []
    first_topic = topics.to_pylist() if len(waiting) else []
    known: dict[str | None, dict[str, int]] = {}
    for row in solving.tolist() if len(waiting) else []:
        member = customers[row]
        if member is not None:
            for topic in {first_topic[row], None}:
                counts = known.setdefault(topic, {})
                counts[member] = counts.get(member, 0) + 1
    newest = waiting[np.lexsort((waiting, -said.at[waiting]))][:MOST_UNANSWERED]
    ids = said["message_id"].take(pa.array(newest)).to_pylist()
    found = []
    for row, message_id in zip(newest.tolist(), ids, strict=True):
        able = known.get(first_topic[row]) or known.get(None) or {}
        others = {member: count for member, count in able.items() if member != customers[row]}
        ask = min(others, key=lambda member: (-others[member], member), default=None)
        days = round((end - int(said.at[row])) / (24 * HOUR), 2)
        found.append(Unanswered(message_id, days, first_topic[row], ask, others.get(ask, 0) if ask else 0))
    return tuple(found)
