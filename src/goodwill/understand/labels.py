"""What people said of a firm's own readings: their corrections as labels, to evaluate by and to learn from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from goodwill.facts import INTENTS, MOODS
from goodwill.understand.corrections import apply_one, usable

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Labels:
    """The people's word on M messages. What nobody said is NaN in an array, and absent from `first` and `topics`."""

    place: npt.NDArray[np.int64]  # [M] which reading, in the order of the readings
    mood: npt.NDArray[np.float64]  # [M] position in MOODS
    intents: npt.NDArray[np.float64]  # [M, 9] 1 holds, 0 does not
    urgency: npt.NDArray[np.float64]  # [M]
    flow: npt.NDArray[np.float64]  # [M]
    first: dict[int, str | None]  # row of M: the first intent
    topics: dict[int, tuple[str, ...]]  # row of M: the topics, the first one first
    all_topics: frozenset[int]  # rows of M of which every topic was told, not the first alone

    def __len__(self) -> int:
        return len(self.place)


def labels_of(readings: pa.Table, corrections: pa.Table) -> Labels:
    """Gathers corrections of table 'readings' by message; of each field the latest holds.

    `intents` tells all nine intents; `intent` that one alone (that it holds), and nothing of the others. The same goes
    for `topics` and `topic`. What cannot be is left out with a `CorrectionWarning`.

    Args:
        readings: columns of `facts.READINGS`; only message_id is looked at.
        corrections: columns of `facts.TABLES['corrections']`.
    """
    told: dict[int, dict[str, Any]] = {}
    for place, row in usable(readings, corrections):
        blank: dict[str, Any] = {"intents": told.get(place, {}).get("intents", []), "topics": []}
        if apply_one(blank, row):
            told.setdefault(place, {}).update(_said(row["field"], row["value"], blank))
    places = sorted(place for place, said in told.items() if said)
    return _as_arrays(places, [told[place] for place in places])


def _said(field: str, value: str, blank: dict[str, Any]) -> dict[str, Any]:
    """What one correction tells, under names that do not overwrite what another one told."""
    if field == "mood":
        return {"mood": MOODS.index(blank["mood"])}
    if field in ("urgency", "flow"):
        return {field: float(blank[field])}
    if field == "intents" or (field == "intent" and value.strip() not in INTENTS):
        return {"intents": blank["intents"], "first": blank["intent"], "every intent": True}
    if field == "intent":
        return {"intents": blank["intents"], "first": blank["intent"]}
    if field in ("topics", "topic"):
        every = field == "topics" or "|" in value or ";" in value or not blank["topics"]
        return {"topics": tuple(blank["topics"]), "every topic": every}
    return {}  # a language is not evaluated: it is told by the source more often than read


def _as_arrays(places: list[int], told: list[dict[str, Any]]) -> Labels:
    def column(name: str) -> npt.NDArray[np.float64]:
        return np.array([said.get(name, np.nan) for said in told], np.float64)

    intents = np.full((len(told), len(INTENTS)), np.nan)
    for row, said in enumerate(told):
        if said.get("every intent"):
            intents[row] = 0.0
        for name in said.get("intents", ()):
            intents[row, INTENTS.index(name)] = 1.0
    return Labels(
        np.array(places, np.int64),
        column("mood"),
        intents,
        column("urgency"),
        column("flow"),
        {row: said["first"] for row, said in enumerate(told) if "first" in said},
        {row: said["topics"] for row, said in enumerate(told) if "topics" in said},
        frozenset(row for row, said in enumerate(told) if said.get("every topic")),
    )
