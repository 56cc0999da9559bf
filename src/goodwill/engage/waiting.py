"""The messages of the past sixty days as columns, and which of them nobody has answered yet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts import INTENTS
from goodwill.facts.columns import NEVER, Flags, Floats, Instants, flags, floats, instants, integers, places
from goodwill.facts.messages import authors, intents_held

if TYPE_CHECKING:
    from goodwill.firm import Firm
    from goodwill.lake import Facts

WINDOW = timedelta(days=60)
"""What is older is no longer answered: it would only remind people of us too late."""
ANSWERS_BACK = timedelta(days=7)
"""An action that names a customer but no message answers what they said in the week before it."""
ANSWERING = ("reply", "thank", "call", "fix", "refund")

_MESSAGE = (
    "message_id",
    "at",
    "channel",
    "author",
    "customer_id",
    "text",
    "audience",
    "in_reply_to",
    "accepted",
    "thread",
    "rating",
    "about",
    "to_us",
)
_READING = ("mood", "p_negative", "p_positive", "intent", "p_intent", "intents", "urgency", "flow")


@dataclass(frozen=True)
class Messages:
    """Messages as columns, in order of message_id. `at` is in microseconds since 1970 (UTC)."""

    table: pa.Table  # the message's own columns and its reading's
    at: Instants
    holds: Flags  # (n, intents): which intents hold, in the order of facts.INTENTS
    negative: Floats  # probability of a negative mood; by the stars where there are no words
    mood_is_negative: Flags
    mood_is_positive: Flags
    urgency: Floats  # 0 where not read
    person: npt.NDArray[np.int64]  # a number for each author

    def __len__(self) -> int:
        return len(self.at)

    def intent(self, *names: str) -> Flags:
        """Where any of these intents holds."""
        return np.asarray(self.holds[:, [INTENTS.index(name) for name in names]].any(axis=1), dtype=bool)

    def column(self, name: str) -> pa.ChunkedArray:
        return self.table.column(name)

    def take(self, rows: npt.NDArray[np.intp]) -> Messages:
        return Messages(
            self.table.take(pa.array(rows)),
            self.at[rows],
            self.holds[rows],
            self.negative[rows],
            self.mood_is_negative[rows],
            self.mood_is_positive[rows],
            self.urgency[rows],
            self.person[rows],
        )


def said_lately(facts: Facts, readings: pa.Table, as_of: datetime) -> Messages:
    """What people said in the window before `as_of`, with its readings; what we or competitors said is left out."""
    messages = facts.messages
    recent = messages.filter((messages.at <= as_of) & (messages.at > as_of - WINDOW)).select(*_MESSAGE)
    table = facts.lake.arrow(recent.order_by("message_id"))
    place = pc.index_in(table["message_id"], value_set=readings["message_id"].combine_chunks())
    for name in _READING:
        table = table.append_column(name, readings[name].combine_chunks().take(place.combine_chunks()))
    table = table.filter(pa.array(_by_people_about_us(table, facts.firm)))
    return _columns(table)


def _by_people_about_us(table: pa.Table, firm: Firm) -> Flags:
    """Not our own words (flow 1, our staff), nor what is about competitors (flows 4 to 6, or named in `about`)."""
    flow = integers(table["flow"], 0)
    us = pa.array(["us", firm.name.casefold()])
    about_us = flags(pc.is_in(pc.utf8_lower(table["about"]), value_set=us)) | flags(pc.is_null(table["about"]))
    ours = pa.array([name.casefold() for name in (firm.name, *firm.staff.names)], pa.string())
    by_us = flags(pc.is_in(pc.utf8_lower(table["author"]), value_set=ours)) & flags(pc.is_null(table["customer_id"]))
    return np.where(flow == 0, about_us, (flow == 2) | (flow == 3)) & ~by_us


def _columns(table: pa.Table) -> Messages:
    stars = floats(table["rating"], np.nan)
    by_stars = np.where(stars <= 2, 0.8, np.where(stars >= 4, 0.05, 0.3))
    read = floats(table["p_negative"], np.nan)
    unread = np.isnan(read)
    negative = np.where(unread, np.where(np.isnan(stars), 0.3, by_stars), read)
    is_negative = flags(pc.equal(table["mood"], "negative")) | (unread & (stars <= 2))
    is_positive = flags(pc.equal(table["mood"], "positive")) | (unread & (stars >= 4))
    return Messages(
        table,
        instants(table["at"]),
        intents_held(table),
        negative,
        is_negative,
        is_positive,
        floats(table["urgency"]),
        authors(table),
    )


def answered(facts: Facts, said: Messages, as_of: datetime) -> Flags:
    """Which messages somebody has answered by `as_of`.

    By an action that names the message; by a later action in the same thread for the same customer; by an action that
    names the customer and no message, within a week after; or by another customer, where the one who asked took it.
    """
    acts = facts.actions.filter((facts.actions.at <= as_of) & (facts.actions.at > as_of - WINDOW))
    named = facts.lake.arrow(acts.filter(acts.message_id.notnull()).select("message_id").distinct())
    replies = facts.messages.filter(
        (facts.messages.at <= as_of) & facts.messages.accepted & facts.messages.in_reply_to.notnull()
    )
    accepted = facts.lake.arrow(replies.select(message_id=replies.in_reply_to).distinct())
    direct = pa.concat_tables([named, accepted])["message_id"].combine_chunks()
    done = flags(pc.is_in(said.column("message_id"), value_set=direct))
    return done | _answered_in_thread(facts, acts, said) | _answered_by_customer(facts, acts, said)


def _answered_in_thread(facts: Facts, acts: object, said: Messages) -> Flags:
    messages = facts.messages.select("message_id", "thread", author_id="customer_id")
    joined = acts.select("message_id", "at").inner_join(messages, "message_id")  # type: ignore[attr-defined]
    joined = joined.filter(joined.thread.notnull() & joined.author_id.notnull())
    last = facts.lake.arrow(joined.group_by("thread", "author_id").agg(at=joined.at.max()))
    key = _pair(last["thread"], last["author_id"])
    place = places(_pair(said.column("thread"), said.column("customer_id")), key)
    when = np.append(instants(last["at"]), NEVER)[place]  # −1 finds the appended 'never'
    return np.asarray(when >= said.at, dtype=bool)


def _pair(first: pa.ChunkedArray, second: pa.ChunkedArray) -> pa.Array:
    return pc.binary_join_element_wise(first, second, "\x1f").combine_chunks()


def _answered_by_customer(facts: Facts, acts: object, said: Messages) -> Flags:
    unnamed = acts.filter(  # type: ignore[attr-defined]
        acts.message_id.isnull() & acts.customer_id.notnull() & acts.kind.isin(ANSWERING)  # type: ignore[attr-defined]
    )
    table = facts.lake.arrow(unnamed.select("customer_id", "at"))
    after = next_after(said, table["customer_id"], instants(table["at"]))
    back = int(ANSWERS_BACK / timedelta(microseconds=1))
    return (after >= 0) & (after <= back)


def next_after(said: Messages, customers: pa.ChunkedArray, at: Instants) -> Instants:
    """How long after each message the next of these instants of the same customer came; −1 where none did."""
    return _nearest(said, customers, at, later=True)


def last_before(said: Messages, customers: pa.ChunkedArray, at: Instants) -> Instants:
    """How long before each message the last of these instants of the same customer was; −1 where none was."""
    return _nearest(said, customers, at, later=False)


def _nearest(said: Messages, customers: pa.ChunkedArray, at: Instants, *, later: bool) -> Instants:
    gap = np.full(len(said), -1, dtype=np.int64)
    if not len(at) or not len(said):
        return gap
    known = pc.unique(said.column("customer_id")).drop_null()
    theirs = places(customers, known)
    kept = theirs >= 0
    theirs, at = theirs[kept], at[kept]
    order = np.lexsort((at, theirs))
    theirs, at = theirs[order], at[order]
    mine = places(said.column("customer_id"), known)
    # One searchable number for (customer, instant): instants as ranks among all that occur.
    ticks = np.unique(np.concatenate([at, said.at]))
    width = len(ticks) + 1
    shelf = theirs * width + np.searchsorted(ticks, at)
    wanted = mine * width + np.searchsorted(ticks, said.at)
    if later:
        place = np.searchsorted(shelf, wanted, side="left")
        inside = (place < len(shelf)) & (mine >= 0)
    else:
        place = np.searchsorted(shelf, wanted, side="right") - 1
        inside = (place >= 0) & (mine >= 0)
    found = np.flatnonzero(inside)
    same = found[theirs[place[found]] == mine[found]]
    gap[same] = np.abs(at[place[same]] - said.at[same])
    return gap
