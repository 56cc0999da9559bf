"""What a wrong cost: an amount on the account of its cause, beside the sums, never on that of the one who complained.

    harm = ℓ · Σ own expected margin of those who complained of the cause in the past year, each once

ℓ is the part of it that is lost with those who then leave or buy less. It is estimated where the data allow: customers
who complained held against customers alike who did not, weighed with the assumption `leave_after_complaint`, each by
its precision; else the assumption alone. It is booked as a range after the solve: no customer's line changes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts.columns import Flags, Floats, flags
from goodwill.ledger import Harm
from goodwill.ledger.kinds import ASSUMED, ESTIMATED
from goodwill.value.alike import SPLIT, YEAR, Before, difference, tempered
from goodwill.value.ranges import Range

if TYPE_CHECKING:
    from goodwill.assumptions import Assumption
    from goodwill.lake import Facts
    from goodwill.value.accounts import Accounts
    from goodwill.value.talk import Talk

RULE = "harm: the part lost of what those who complained would bring; rule 1"


@dataclass(frozen=True)
class Loss:
    """ℓ with its range, its evidence, and a sentence."""

    share: Range
    evidence: int
    words: str


def loss_share(assumed: Assumption, at: Before | None, said: Talk, members: int) -> Loss:
    """The part of a complainer's margin that is lost."""
    entered = Range.of(assumed)
    found = None
    if at is not None and not assumed.measured:
        exposed = np.zeros(members, dtype=bool)
        rows = (said.author >= 0) & said.against & (said.age >= SPLIT) & (said.age < YEAR)
        exposed[said.author[rows]] = True
        found = difference(at, exposed)
    if found is None:
        evidence = ESTIMATED if assumed.measured else ASSUMED
        return Loss(entered, evidence, f"of what complainers bring {assumed.value:.0%} is lost: assumed")
    share = tempered(entered, -found.share, found.error, 0.0, 1.0)
    words = (
        f"of what complainers bring {share.middle:.0%} ({share.low:.0%} to {share.high:.0%}) is lost: {found.pairs:,} "
        f"who complained spent {found.share:+.1%} against customers alike who did not, weighed with the assumption "
        f"{assumed.value:.0%}; associated, not proven"
    )
    return Loss(share, ESTIMATED | ASSUMED, words)


def harm(facts: Facts, readings: pa.Table, said: Talk, who: Accounts, own: Floats, loss: Loss) -> list[Harm]:
    """One line for each cause that somebody complained of in the past year. `own` is (accounts,) expected margin."""
    causes = facts.arrow("causes").to_pylist()
    if not causes or not len(said):
        return []
    topics = _topics(readings, said)
    closed = _closed_with(facts, said)
    lately = (said.age < YEAR) & (said.author >= 0)
    lines = []
    for cause in causes:
        about = _mentions(topics, cause["topics"] or []) & said.against
        about |= closed.get(cause["cause_id"], np.zeros(len(said), dtype=bool))
        members = np.unique(said.author[about & lately])
        account = who.of_members(members)
        # One of the pool counts as the mean of the pool.
        each = (
            own[account]
            if who.pool is None
            else np.where(account == who.pool, own[who.pool] / max(who.pooled, 1), own[account])
        )
        base = float(np.maximum(each, 0.0).sum())
        if base < 0.005:
            continue
        lines.append(
            Harm(
                f"cause:{cause['cause_id']}",
                [-base * loss.share.middle],
                [-base * loss.share.high],
                [-base * loss.share.low],
                evidence=loss.evidence,
                rule=RULE,
            )
        )
    return lines


def _topics(readings: pa.Table, said: Talk) -> pa.Array:
    """The topics of each message, in the order of `said`."""
    rows = pc.index_in(said.message_id, readings["message_id"].combine_chunks())
    column = readings["topics"].combine_chunks() if "topics" in readings.column_names else None
    if column is None:
        return pa.nulls(len(said), pa.list_(pa.string()))
    return column.take(rows)


def _mentions(topics: pa.Array, wanted: list[str]) -> Flags:
    found = np.zeros(len(topics), dtype=bool)
    if wanted and len(topics) and not pa.types.is_null(topics.type):
        parents = np.asarray(pc.list_parent_indices(topics))
        found[parents[flags(pc.is_in(pc.list_flatten(topics), value_set=pa.array(wanted)))]] = True
    return found


def _closed_with(facts: Facts, said: Talk) -> dict[str, Flags]:
    """For each cause the messages whose case was closed with it."""
    actions = facts.arrow("actions")
    actions = actions.filter(pc.and_(pc.is_valid(actions["cause_id"]), pc.is_valid(actions["message_id"])))
    found: dict[str, Flags] = {}
    row = np.asarray(pc.index_in(actions["message_id"], said.message_id).fill_null(-1)).astype(np.int64)
    for place, cause in zip(row, actions["cause_id"].to_pylist(), strict=True):
        if place >= 0:
            found.setdefault(cause, np.zeros(len(said), dtype=bool))[place] = True
    return found
