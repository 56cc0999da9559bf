"""The price of a practice: one row for each cause, with what it earns, what it costs, and whose decision it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts.columns import Flags, Floats, flags, floats, instant, integers, places
from goodwill.prove.change import Change, measured_change
from goodwill.prove.said import YEAR, Said, own_margin, said_in

if TYPE_CHECKING:
    from goodwill.assumptions import Assumption
    from goodwill.firm import Firm
    from goodwill.lake import Facts

FEW_PEOPLE = 5


@dataclass(frozen=True, slots=True)
class Amount:
    """Money with its range, and what it rests on."""

    what: str
    low: float
    middle: float
    high: float
    evidence: str


@dataclass(frozen=True, slots=True)
class Cause:
    """One practice, fault or broken promise over the past year. Money is in the firm's currency."""

    cause_id: str
    name: str
    kind: str
    owner: str | None  # whose decision it is
    state: str  # 'in force', 'decision due', 'decision overdue', 'ended'
    since: datetime | None
    until: datetime | None
    decide_by: datetime | None
    earns: float | None  # a year, as the firm entered it
    cost: Amount
    parts: tuple[Amount, ...]  # what the cost is made of
    people: int | None  # who complained of it in the past year; None where hidden
    customers: int | None
    messages: int | None
    change: Change | None  # after it ended, or after advice was published: what happened to negative messages
    hidden: bool = False

    @property
    def net(self) -> tuple[float, float, float] | None:
        """What it leaves in a year after its cost: low, middle, high; None where nobody said what it earns."""
        if self.earns is None:
            return None
        return self.earns - self.cost.high, self.earns - self.cost.middle, self.earns - self.cost.low


def causes(
    facts: Facts,
    readings: pa.Table,
    worth: pa.Table,
    ties: pa.Table,
    *,
    as_of: datetime,
    see_persons: bool = True,
) -> tuple[Cause, ...]:
    """One row for each cause, the dearest first.

    A complaint is about a cause when it speaks of one of the cause's topics, or its case was closed with the cause.
    The cost of the past year has three parts, each with its range:

    - customers who complained of it × the chance that one leaves (`[assumptions] leave_after_complaint`) × what their
      own account is expected to bring (`generated`, each customer once): assumed;
    - customers who listen to those who warned in public × the chance to sway them (`[assumptions] sway`) × what those
      bring, each tie by its strength: assumed, associated;
    - what answering the complaints cost us (`actions`): measured where cost or minutes were noted.

    It is an amount beside the books: no complaint lowers the worth of anybody who complained. With `see_persons` False,
    counts under five people, and the money that rests on them, are hidden.

    >>> from datetime import UTC
    >>> from goodwill.facts import READINGS, TIES, WORTH
    >>> from goodwill.firm import Firm
    >>> from goodwill.lake import Facts
    >>> fee = pa.table({"cause_id": ["fee"], "name": ["download fee"], "earns": [900.0], "owner": ["Ines"]})
    >>> facts = Facts.from_arrow(Firm(), {"causes": fee})
    >>> row, = causes(facts, READINGS.empty(), WORTH.empty(), TIES.empty(), as_of=datetime(2026, 5, 1, tzinfo=UTC))
    >>> row.name, row.state, row.earns, row.net
    ('download fee', 'in force', 900.0, (900.0, 900.0, 900.0))
    """
    end = instant(as_of)
    rows = facts.arrow("causes").to_pylist()
    if not rows:
        return ()
    # Two years, since the change after a cause ended is measured over months on both sides of it.
    said = said_in(facts, readings, as_of - 2 * YEAR, as_of)
    lately = said.at > instant(as_of - YEAR)
    acts = facts.lake.arrow(
        facts.actions.filter(facts.actions.at <= as_of)
        .select("action_id", "message_id", "at", "kind", "minutes", "cost", "cause_id")
        .order_by("action_id")
    )
    found = []
    for row in rows:
        about = _about(said, acts, row)
        found.append(_cause(row, facts.firm, said, about, about & lately, acts, worth, ties, as_of, end, see_persons))
    return tuple(sorted(found, key=lambda cause: (-cause.cost.middle, cause.cause_id)))


def _about(said: Said, acts: pa.Table, row: dict[str, Any]) -> Flags:
    """Complaints about this cause, while it was in force or after."""
    by_topic = said.on_topics(row["topics"] or []) & said.complains
    closed = acts.filter(pc.fill_null(pc.equal(acts["cause_id"], row["cause_id"]), False))["message_id"].drop_null()
    by_case = flags(pc.is_in(said["message_id"], value_set=closed.combine_chunks()))
    about = by_topic | by_case
    if row["since"] is not None:
        about = about & (said.at >= instant(row["since"]))
    return about


def _cause(
    row: dict[str, Any],
    firm: Firm,
    said: Said,
    ever: Flags,
    lately: Flags,
    acts: pa.Table,
    worth: pa.Table,
    ties: pa.Table,
    as_of: datetime,
    end: int,
    see_persons: bool,
) -> Cause:
    people = len(np.unique(said.person[lately]))
    customers = pc.unique(said["customer_id"].filter(pa.array(lately))).drop_null()
    hidden = 0 < people < FEW_PEOPLE and not see_persons
    parts: tuple[Amount, ...] = (
        _leaving(customers, worth, firm),
        _swayed(said, lately, worth, ties, firm),
        _handling(said, lately, acts, firm),
    )
    if hidden:
        parts = ()
    return Cause(
        cause_id=row["cause_id"],
        name=row["name"] or row["cause_id"],
        kind=row["kind"] or "practice",
        owner=row["owner"],
        state=_state(row, as_of),
        since=row["since"],
        until=row["until"],
        decide_by=row["decide_by"],
        earns=None if row["earns"] is None else float(row["earns"]),
        cost=_total(parts),
        parts=parts,
        people=None if hidden else people,
        customers=None if hidden else len(customers),
        messages=None if hidden else int(lately.sum()),
        change=measured_change(said, ever, _ended(row, acts, as_of), end),
        hidden=hidden,
    )


def _state(row: dict[str, Any], as_of: datetime) -> str:
    if row["until"] is not None and row["until"] <= as_of:
        return "ended"
    if row["decide_by"] is not None:
        return "decision overdue" if row["decide_by"] < as_of else "decision due"
    return "in force"


def _ended(row: dict[str, Any], acts: pa.Table, as_of: datetime) -> datetime | None:
    """When something was done about it: it ended, or the first advice about it was published."""
    if row["until"] is not None:
        return row["until"] if row["until"] <= as_of else None
    advice = acts.filter(
        pc.fill_null(
            pc.and_(pc.equal(acts["cause_id"], row["cause_id"]), pc.equal(acts["kind"], "publish advice")), False
        )
    )
    return min(advice["at"].to_pylist(), default=None)


def _leaving(customers: pa.Array, worth: pa.Table, firm: Firm) -> Amount:
    g, known = own_margin(worth, customers)
    chance = firm.assumptions.leave_after_complaint
    return _scaled("those who complained and may leave", float(g[known].sum()), chance)


def _swayed(said: Said, about: Flags, worth: pa.Table, ties: pa.Table, firm: Firm) -> Amount:
    public = about & said.intent("warning") & (~flags(said["to_us"], True) | (integers(said["audience"]) > 1))
    warners = pc.unique(said["customer_id"].filter(pa.array(public))).drop_null()
    heard = ties.filter(
        pc.and_(
            pc.and_(pc.equal(ties["kind"], "influence"), pc.is_in(ties["by_id"], value_set=warners)),
            pc.not_equal(ties["customer_id"], ties["by_id"]),
        )
    )
    g, known = own_margin(worth, heard["customer_id"])
    full = max(firm.assumptions.influence_share.value, 1e-9)
    weight: Floats = np.minimum(floats(heard["share"], full) / full, 1.0)
    # A listener of two who warned is swayed once: the stronger tie counts.
    listener = places(heard["customer_id"], pc.unique(heard["customer_id"]))
    strongest = np.zeros(int(listener.max()) + 1 if len(listener) else 0)
    np.maximum.at(strongest, listener, np.where(known, weight * g, 0.0))
    return _scaled("customers who listen to those who warned", float(strongest.sum()), firm.assumptions.sway)


def _scaled(what: str, base: float, chance: Assumption) -> Amount:
    return Amount(
        what,
        round(base * chance.low, 2),
        round(base * chance.value, 2),
        round(base * chance.high, 2),
        "estimated" if chance.measured else "assumed",
    )


def _handling(said: Said, about: Flags, acts: pa.Table, firm: Firm) -> Amount:
    mine = acts.filter(
        pc.is_in(acts["message_id"], value_set=said["message_id"].filter(pa.array(about)).combine_chunks())
    )
    cost, minutes = floats(mine["cost"], np.nan), floats(mine["minutes"], np.nan)
    hourly, contact = firm.assumptions.hourly_cost, firm.assumptions.contact_cost
    noted, timed = ~np.isnan(cost), np.isnan(cost) & ~np.isnan(minutes)
    hours, others = float(minutes[timed].sum()) / 60, int((~noted & ~timed).sum())
    fixed = float(cost[noted].sum())
    low, middle, high = (
        round(fixed + hours * getattr(hourly, end) + others * getattr(contact, end), 2)
        for end in ("low", "value", "high")
    )
    evidence = "measured" if not others else "assumed"
    return Amount("answering the complaints", low, middle, high, evidence)


def _total(parts: tuple[Amount, ...]) -> Amount:
    """The parts together; their ranges as if they went together, so rather too wide than too narrow."""
    weakest = max((part.evidence for part in parts), key=("measured", "estimated", "assumed").index, default="assumed")
    return Amount(
        "all together",
        round(sum(part.low for part in parts), 2),
        round(sum(part.middle for part in parts), 2),
        round(sum(part.high for part in parts), 2),
        weakest,
    )
