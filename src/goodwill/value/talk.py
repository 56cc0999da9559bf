"""What people said to one another, ready to be counted: who, when, in answer to whom, and how it was meant.

Both influence and knowledge read this one table, made once. Only what is plainly kind or helpful is marked; a complaint
or a warning is marked as nothing, so that it can neither make nor unmake anything here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts.columns import Flags, Floats, Integers, flags, floats, instants
from goodwill.value.columns import until

if TYPE_CHECKING:
    from goodwill.lake import Facts
    from goodwill.value.accounts import Accounts

AGAINST = ("complaint", "warning", "leaving")
COLUMNS = (
    "message_id",
    "at",
    "author",
    "customer_id",
    "audience",
    "in_reply_to",
    "thread",
    "about",
    "accepted",
    "helpful_votes",
)
OURS = ("us", "")  # `about` of a message about us; null too


@dataclass(frozen=True)
class Talk:
    """One row a message up to `as_of`, in order of message_id; positions are rows of this table, −1 for none.

    `author` is a member (`Accounts.members`); −1 for voices, staff and competitors, whose words make no tie and no
    sum. `age` is days before as_of; `parent` the message that it answers; `question` the first question of its thread
    that is no complaint as well, if earlier and by somebody else. So a complaint that is added to a thread changes
    nothing for anybody.
    """

    message_id: pa.Array
    author: Integers
    somebody: Integers  # the author as anybody, customer or not: equal numbers are the same person
    age: Floats
    parent: Integers
    question: Integers
    audience: Floats  # NaN where not known
    votes: Floats  # NaN where not counted
    accepted: Flags
    thanks: Flags
    blameless: Flags  # read, about us, and nothing against us in it
    friendly: Flags  # and its mood is not negative
    glad: Floats  # the probability that its mood is positive; 0 where it is not blameless
    recommends: Flags  # recommendation or praise
    asks: Flags
    against: Flags
    idea: Flags

    def __len__(self) -> int:
        return len(self.author)


def talk(facts: Facts, readings: pa.Table, who: Accounts, as_of: datetime) -> Talk:
    """The messages of a firm with their readings, (messages,)."""
    said = until(facts.lake.arrow(facts.messages.select(*COLUMNS).order_by("message_id")), as_of)
    read = readings.take(pc.index_in(said["message_id"], readings["message_id"].combine_chunks()).combine_chunks())
    ids = said["message_id"].combine_chunks()
    mood = read["mood"]
    of_competitors = _about_others(said["about"]) | (floats(read["flow"], 0) >= 4)
    holds = {name: _holds(read["intents"], name) for name in (*AGAINST, "question", "thanks", "idea")}
    kind = _holds(read["intents"], "recommendation") | _holds(read["intents"], "praise")
    against = holds["complaint"] | holds["warning"] | holds["leaving"]
    read_as = flags(pc.is_valid(mood))
    negative = flags(pc.equal(mood, "negative"))
    at = instants(said["at"]).astype(np.float64)
    parent = _rows(said["in_reply_to"], ids)
    parent[parent == np.arange(len(ids))] = -1
    blameless = read_as & ~against & ~of_competitors
    friendly = blameless & ~negative
    author = who.member(said["customer_id"])
    author[_outsiders(facts, said["author"])] = -1
    somebody = _anybody(said, author)
    asks = holds["question"] & ~of_competitors
    return Talk(
        message_id=ids,
        author=author,
        somebody=somebody,
        age=(as_of.timestamp() - at / 1e6) / 86_400,
        parent=parent,
        question=_first_question(said["thread"], at, somebody, asks & ~against),
        audience=floats(said["audience"], np.nan),
        votes=floats(said["helpful_votes"], np.nan),
        accepted=flags(said["accepted"]),
        thanks=holds["thanks"] & friendly,
        blameless=blameless,
        friendly=friendly,
        glad=np.where(blameless, _glad(read), 0.0),
        recommends=kind & friendly,
        asks=asks,
        against=against,
        idea=holds["idea"] & friendly,
    )


def _rows(column: pa.ChunkedArray, ids: pa.Array) -> Integers:
    """Where each id stands among `ids`; −1 where it does not."""
    found = np.asarray(pc.index_in(column, ids).fill_null(-1)).astype(np.int64)
    found[flags(pc.is_null(column))] = -1
    return np.asarray(found, dtype=np.int64)


def _holds(intents: pa.ChunkedArray, wanted: str) -> Flags:
    """Does a list of intents hold this one?"""
    lists = intents.combine_chunks() if isinstance(intents, pa.ChunkedArray) else intents
    found = np.zeros(len(lists), dtype=bool)
    where = pc.list_parent_indices(lists).to_numpy()
    found[where[flags(pc.equal(pc.list_flatten(lists), wanted))]] = True
    return found


def _glad(read: pa.Table) -> Floats:
    """The probability of a positive mood; where no probability is told, what the reading says is certain."""
    plainly = pc.equal(read["mood"], "positive").cast(pa.float64())
    return floats(pc.coalesce(read["p_positive"], plainly), 0.0)


def _about_others(about: pa.ChunkedArray) -> Flags:
    ours = pc.is_in(pc.utf8_lower(about), value_set=pa.array(OURS))
    return ~flags(pc.or_(ours, pc.is_null(about)))


def _outsiders(facts: Facts, author: pa.ChunkedArray) -> Flags:
    """Messages signed with the name of a colleague or a competitor: what we say ourselves is no customer's word."""
    names = [name.casefold() for name in (*facts.firm.staff.names, *facts.firm.competitors.names)]
    return flags(pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(author)), value_set=pa.array(names, pa.string())))


def _anybody(said: pa.Table, author: Integers) -> Integers:
    """A number for each author, customers by their place, others by the handle that they wrote under."""
    handle = pc.coalesce(said["customer_id"], said["author"], said["message_id"]).combine_chunks()
    codes = handle.dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return np.where(author >= 0, author, -2 - codes)


def _first_question(thread: pa.ChunkedArray, at: Floats, somebody: Integers, asks: Flags) -> Integers:
    """The row of the thread's first question, where it is earlier than the message and by somebody else; else −1."""
    code = thread.combine_chunks().dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False)
    code = code.astype(np.int64)
    first = np.full(int(code.max(initial=-1)) + 2, -1)  # the last place is that of messages without a thread
    rows = np.flatnonzero(asks & (code >= 0))
    rows = rows[np.lexsort((rows, at[rows], code[rows]))][::-1]  # the earliest is written last and stands
    first[code[rows]] = rows
    question = first[code]
    good = (question >= 0) & (at[question] < at) & (somebody[question] != somebody)
    return np.where(good, question, -1)
