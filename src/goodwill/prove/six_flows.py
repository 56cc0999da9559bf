"""The six influence flows (Sheldrake 2011): who speaks with whom, in what mood, and what they bring."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goodwill.facts import FLOWS
from goodwill.facts.columns import flags, floats, integers
from goodwill.prove.said import own_margin, said_in

if TYPE_CHECKING:
    import pyarrow as pa

    from goodwill.lake import Facts

ORDER = (2, 1, 3, 4, 5, 6)
"""Flow 2 first: customers about us, among themselves, are where minds are made up."""


@dataclass(frozen=True, slots=True)
class Flow:
    """One flow. Shares of mood are over the messages that could be read."""

    number: int
    name: str
    messages: int  # of flow 1: what we did and said ourselves
    people: int
    negative: float | None  # share; None where nothing was read
    neutral: float | None
    positive: float | None
    audience: int  # how many could read them, added up: the same reader may be in it twice
    money: float  # flow 1: what our actions cost; others: what their known speakers are expected to bring, each once
    evidence: tuple[str, ...]


def flows(facts: Facts, readings: pa.Table, worth: pa.Table) -> tuple[Flow, ...]:
    """The six flows by volume, mood and money, flow 2 first.

    Flow 1 is what we did and said (`actions`); its money is their cost where it was noted. The money of the others is
    the expected own margin of the customers who spoke in them, each counted once a flow.

    >>> from goodwill.facts import READINGS, WORTH
    >>> from goodwill.firm import Firm
    >>> from goodwill.lake import Facts
    >>> [flow.number for flow in flows(Facts.from_arrow(Firm(), {}), READINGS.empty(), WORTH.empty())]
    [2, 1, 3, 4, 5, 6]
    """
    said = said_in(facts, readings, None, None)
    # What was read as nobody's flow: to us is 3, else customers among themselves.
    flow = np.where(said.flow > 0, said.flow, np.where(flags(said["to_us"], True), 3, 2))
    g, known = own_margin(worth, said["customer_id"])
    audience = integers(said["audience"])
    found = {}
    for number in (2, 3, 4, 5, 6):
        row = np.flatnonzero(flow == number)
        moods = [int(mood[row].sum()) for mood in (said.negative, said.neutral, said.positive)]
        read = sum(moods)
        negative, neutral, positive = (count / read if read else None for count in moods)
        _, once = np.unique(said.person[row], return_index=True)
        speakers = row[once]
        found[number] = Flow(
            number,
            FLOWS[number],
            len(row),
            len(speakers),
            negative,
            neutral,
            positive,
            int(audience[row].sum()),
            round(float(g[speakers][known[speakers]].sum()), 2),
            ("estimated",),
        )
    found[1] = _ours(facts)
    return tuple(found[number] for number in ORDER)


def _ours(facts: Facts) -> Flow:
    actions = facts.lake.arrow(facts.actions.select("customer_id", "cost").order_by("customer_id", "cost"))
    people = len(actions["customer_id"].unique().drop_null())
    cost = round(float(floats(actions["cost"]).sum()), 2)
    return Flow(1, FLOWS[1], actions.num_rows, people, None, None, None, 0, cost, ("measured",))
