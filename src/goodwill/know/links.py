"""Why two records are held to be one person: the waterfall from the first odds to the last, in words and in bits.

A weight of 1 bit doubles the odds; the weights of what agrees and differs are added to the odds that any two records
of the table are one person (Fellegi and Sunter 1969).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodwill.know.resolving.model import Model
    from goodwill.know.resolving.weights import Part

AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Reason:
    """One row of a waterfall: what was compared, how far it agrees, and what that weighs in bits."""

    what: str
    agreement: str
    bits: float


@dataclass(frozen=True, slots=True)
class Link:
    """Two records that may be one person, how sure that is, and why: the reasons' bits add up to `bits`."""

    left_id: str
    right_id: str
    bits: float
    probability: float
    reasons: tuple[Reason, ...]

    def __str__(self) -> str:
        rows = [f"{self.left_id} and {self.right_id}: {self.probability:.1%} likely one person"]
        rows += [f"  {reason.bits:+7.1f}  {reason.what}: {reason.agreement}" for reason in self.reasons]
        return "\n".join([*rows, f"  {self.bits:+7.1f}  together"])


def link_of(model: Model, left_id: str, right_id: str, parts: tuple[Part, ...]) -> Link:
    """The waterfall of one pair."""
    reasons = [Reason("before anything is compared", _odds(model.prior), round(model.prior_weight, 3))]
    for part in parts:
        agreement = part.level.said
        if abs(part.rarity_bits) >= 0.5:
            agreement += ", and it is rare" if part.rarity_bits > 0 else ", but it is common"
        reasons.append(Reason(" and ".join(part.thing.sources), agreement, round(part.bits, 3)))
    bits = round(sum(reason.bits for reason in reasons), 3)
    return Link(left_id, right_id, bits, probability_of(bits), tuple(reasons))


def _odds(prior: float) -> str:
    return f"one pair of records in {1 / prior:,.0f} is one person"


def probability_of(bits: float) -> float:
    """Bits as a probability.

    >>> probability_of(0.0), round(probability_of(3.0), 3)
    (0.5, 0.889)
    """
    return round(float(1 / (1 + 2.0 ** -min(max(bits, -500.0), 500.0))), 6)


class Frequencies:
    """How many of the records have a value, and how many have any, column by column; counted when first asked."""

    def __init__(self, prepared: pa.Table) -> None:
        self._prepared = prepared
        self._counted: dict[str, tuple[dict[str, int], int]] = {}

    def __call__(self, column: str, value: str) -> tuple[int, int]:
        if column not in self._counted:
            present = self._prepared[column].drop_null()
            counts = pc.value_counts(present)
            self._counted[column] = (
                dict(zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True)),
                len(present),
            )
        counts, of = self._counted[column]
        return counts.get(value, 0), of


class Explainer:
    """Answers why any two records of a resolved table are, or are not, held to be one person."""

    def __init__(self, model: Model, prepared: pa.Table) -> None:
        self._model, self._prepared = model, prepared
        self._ids = prepared["record_id"].combine_chunks()
        self._frequency = Frequencies(prepared)

    def explain(self, left_id: str, right_id: str) -> Link:
        """The waterfall of two records. Raises `InputError` for an id that is not in the table."""
        return self.explain_each([(left_id, right_id)])[0]

    def explain_each(self, pairs: Sequence[tuple[str, str]]) -> list[Link]:
        """The waterfalls of many pairs of records, in their order; a few thousand are weighed at a time."""
        import duckdb

        from goodwill.know.resolving.weights import Scale

        found: list[Link] = []
        with duckdb.connect() as db:
            scale = Scale(self._model, self._frequency, db)
            for start in range(0, len(pairs), AT_ONCE):
                some = pairs[start : start + AT_ONCE]
                left, right = (self._records([pair[side] for pair in some]) for side in (0, 1))
                for pair, parts in zip(some, scale.weigh(left, right), strict=True):
                    found.append(link_of(self._model, *pair, parts))
        return found

    def _records(self, ids: Sequence[str]) -> pa.Table:
        places = pc.index_in(pa.array(ids, pa.string()), value_set=self._ids)
        if places.null_count:
            raise InputError(
                f"there is no record '{ids[pc.index(places.is_null(), True).as_py()]}'",
                where="explain",
                mend="give an id of the table that was resolved",
            )
        return self._prepared.take(places)


def probabilities(bits: np.ndarray) -> pa.Array:
    """Bits as probabilities, rounded so that the last digit of a sum cannot show."""
    return pa.array(np.round(1 / (1 + np.exp2(-np.clip(bits, -500, 500))), 6))
