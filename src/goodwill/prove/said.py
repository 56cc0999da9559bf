"""What people said, with what was meant, as columns that several proofs read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts import INTENTS
from goodwill.facts.columns import NEVER, Column, Flags, Floats, Integers, flags, floats, instants, integers, places
from goodwill.facts.messages import authors, intents_held

if TYPE_CHECKING:
    from datetime import datetime

    from goodwill.lake import Facts

YEAR = timedelta(days=365)
COMPLAINING = ("complaint", "warning", "leaving")
ASKING = ("complaint", "question", "warning", "leaving", "idea")

_MESSAGE = (
    "message_id",
    "at",
    "channel",
    "author",
    "customer_id",
    "language",
    "audience",
    "in_reply_to",
    "thread",
    "rating",
    "about",
    "to_us",
    "accepted",
    "helpful_votes",
)
_READING = ("mood", "p_negative", "intent", "intents", "topics", "flow", "language")


@dataclass(frozen=True)
class Said:
    """Messages in order of message_id with their readings; n of them."""

    table: pa.Table
    at: Integers
    holds: Flags  # (n, intents)
    negative: Flags  # the likeliest mood is negative; by the stars where there are no words
    neutral: Flags
    positive: Flags
    flow: Integers  # 0 where not known
    person: Integers  # a number for each author
    is_customer: Flags

    def __len__(self) -> int:
        return len(self.at)

    def __getitem__(self, name: str) -> pa.ChunkedArray:
        return self.table.column(name)

    def intent(self, *names: str) -> Flags:
        """Where any of these intents holds."""
        return np.asarray(self.holds[:, [INTENTS.index(name) for name in names]].any(axis=1), dtype=bool)

    @property
    def complains(self) -> Flags:
        """A complaint, a warning, leaving, or a negative mood, and about us."""
        return (self.intent(*COMPLAINING) | self.negative) & self.about_us

    @property
    def about_us(self) -> Flags:
        """Not about competitors (flows 4 to 6)."""
        return np.asarray(self.flow <= 3, dtype=bool)

    def on_topics(self, topics: list[str]) -> Flags:
        """Where any of these topics was read."""
        lists = self.table["topics"].combine_chunks()
        hit = flags(pc.is_in(pc.list_flatten(lists), value_set=pa.array(topics, pa.string())))
        found = np.zeros(len(self), dtype=bool)
        found[np.asarray(pc.list_parent_indices(lists))[hit]] = True
        return found


def said_in(facts: Facts, readings: pa.Table, since: datetime | None, until: datetime | None) -> Said:
    """The messages after `since`, up to `until`, with their readings."""
    messages = facts.messages
    if since is not None:
        messages = messages.filter(messages.at > since)
    if until is not None:
        messages = messages.filter(messages.at <= until)
    table = facts.lake.arrow(messages.select(*_MESSAGE).order_by("message_id"))
    place = pc.index_in(table["message_id"], value_set=readings["message_id"].combine_chunks()).combine_chunks()
    for name in _READING:
        column = readings[name].combine_chunks().take(place)
        if name == "language":
            table = table.set_column(
                table.column_names.index("language"), "language", pc.coalesce(table["language"], column)
            )
        else:
            table = table.append_column(name, column)
    return _columns(table, facts.firm.name)


def _columns(table: pa.Table, firm_name: str) -> Said:
    stars = floats(table["rating"], np.nan)
    unread = flags(pc.is_null(table["mood"]))
    mood = {word: flags(pc.equal(table["mood"], word)) for word in ("negative", "neutral", "positive")}
    flow = integers(table["flow"])
    # Unread messages about somebody else are flow 5: customers about competitors.
    about = pc.utf8_lower(pc.fill_null(table["about"], "us"))
    others = ~flags(pc.is_in(about, value_set=pa.array(["us", firm_name.casefold()])))
    flow = np.where((flow == 0) & others, 5, flow)
    return Said(
        table,
        instants(table["at"]),
        intents_held(table),
        mood["negative"] | (unread & (stars <= 2)),
        mood["neutral"] | (unread & (stars > 2) & (stars < 4)),
        mood["positive"] | (unread & (stars >= 4)),
        flow,
        authors(table),
        flags(pc.is_valid(table["customer_id"])),
    )


def first_answers(facts: Facts, said: Said, until: datetime) -> Integers:
    """When each message was first answered by us; `NEVER` where it was not.

    By an action that names it, or that names a later message of the same author in the same thread.
    """
    actions = facts.actions
    named = actions.filter(actions.message_id.notnull() & (actions.at <= until))
    acts = facts.lake.arrow(named.group_by("message_id").agg(at=named.at.min()).order_by("message_id"))
    place = places(said["message_id"], acts["message_id"])
    direct = np.append(instants(acts["at"]), NEVER)[place]
    direct = np.where(direct >= said.at, direct, np.where(direct == NEVER, NEVER, said.at))
    return _or_later_in_thread(said, direct)


def _or_later_in_thread(said: Said, direct: Integers) -> Integers:
    """An answer to the same author's later message of the thread answers the earlier ones too."""
    thread = places(said["thread"], pc.unique(said["thread"]).drop_null())
    rows = np.flatnonzero(thread >= 0)
    order = rows[np.lexsort((said.at[rows], said.person[rows], thread[rows]))]
    best = direct.copy()
    far = np.iinfo(np.int64).max
    for now, after in zip(order[-2::-1].tolist(), order[:0:-1].tolist(), strict=True):
        if thread[now] == thread[after] and said.person[now] == said.person[after]:
            mine = far if best[now] == NEVER else int(best[now])
            theirs = far if best[after] == NEVER else int(best[after])
            best[now] = min(mine, theirs) if min(mine, theirs) < far else NEVER
    return best


def solved_by_others(said: Said) -> Integers:
    """When another customer's answer to each message was accepted (the answer's own time); `NEVER` where none was."""
    accepted = np.flatnonzero(flags(said["accepted"]))
    to = places(said["in_reply_to"].take(pa.array(accepted)), said["message_id"])
    solved = np.full(len(said), NEVER, dtype=np.int64)
    order = np.argsort(-said.at[accepted], kind="stable")
    order = order[to[order] >= 0]
    solved[to[order]] = said.at[accepted[order]]  # the earliest is written last
    return solved


def own_margin(worth: pa.Table, customers: Column) -> tuple[Floats, Flags]:
    """What each customer's own account is expected to bring (`generated`, else `spend`; never below 0); who has one."""
    row = places(customers, worth["customer_id"])
    g = np.maximum(floats(pc.coalesce(worth["generated"], worth["spend"])), 0.0)
    return np.append(g, 0.0)[row], row >= 0
