"""Everything that the firm's own records prove, bundled for the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from goodwill.prove.concentrated import Concentration, concentration
from goodwill.prove.growth import EarnedGrowth, growth
from goodwill.prove.kept import Promises, promises
from goodwill.prove.loved import Love, love
from goodwill.prove.members import Community, community
from goodwill.prove.price import Cause, causes
from goodwill.prove.six_flows import Flow, flows

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    import pyarrow as pa

    from goodwill.lake import Facts


@dataclass(frozen=True)
class Proof:
    """What happened and what it cost; every figure is of the year before `as_of` unless it says otherwise."""

    causes: tuple[Cause, ...]
    love: Love
    growth: EarnedGrowth | None
    flows: tuple[Flow, ...]
    promises: Promises
    community: Community
    concentration: Concentration
    as_of: datetime


def prove(
    facts: Facts,
    readings: pa.Table,
    worth: pa.Table,
    ties: pa.Table,
    *,
    as_of: datetime,
    see_persons: bool = True,
    progress: Callable[[str, float], None] | None = None,
) -> Proof:
    """Causes and their price, love, earned growth, flows, promises, community, concentration.

    `see_persons` False hides figures over fewer than five people. `progress(step, share done)` is called as it goes.
    """
    told = progress or (lambda step, done: None)
    told("prove", 0.0)
    priced = causes(facts, readings, worth, ties, as_of=as_of, see_persons=see_persons)
    told("prove", 0.3)
    loved, grown = love(facts, as_of=as_of, see_persons=see_persons), growth(facts, as_of=as_of)
    told("prove", 0.5)
    flowing = flows(facts, readings, worth)
    kept = promises(facts, readings, worth, as_of=as_of, see_persons=see_persons)
    told("prove", 0.8)
    members, spread = community(facts, readings, as_of=as_of), concentration(worth)
    told("prove", 1.0)
    return Proof(priced, loved, grown, flowing, kept, members, spread, as_of)
