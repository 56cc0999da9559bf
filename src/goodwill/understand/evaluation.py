"""What an evaluation found, as values that can be printed, written and pasted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from goodwill.facts import MOODS

if TYPE_CHECKING:
    from goodwill.understand.measures import Accuracy, Agreement, Calibration


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the readings: how many corrections speak of it, and how many of these confirm what was read."""

    name: str
    accuracy: Accuracy
    check: Accuracy  # among the check sample alone


@dataclass(frozen=True, slots=True)
class CutOff:
    """From which probability on an intent should hold. `suggested` is None where that cannot be said yet."""

    intent: str
    positive: int  # corrections that say it holds
    negative: int
    f1_now: float  # of what was read
    f1_then: float  # with a cut-off chosen on four fifths and tried on the fifth that was left out
    suggested: float | None
    why: str  # in words


@dataclass(frozen=True, slots=True)
class Review:
    """What marking readings below a certainty would mean."""

    below: float
    marked: float  # share of all readings
    kept: Accuracy  # mood right, of the corrected readings that are at least so certain
    looked_at: Accuracy  # the same of those below


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a firm's corrections say of its readings; `goodwill.cli.evaluate` prints it, `to_dict` is for files."""

    readings: int
    model: str
    corrected: int  # messages that somebody looked at
    fields: tuple[Field, ...]
    intents: dict[str, Agreement]
    topics: dict[str, Agreement]
    moods: dict[str, Agreement]
    confusion: tuple[tuple[int, ...], ...]  # [said, meant], in the order of MOODS
    urgency_order: float  # share of pairs in order; NaN where no two differ
    urgency_count: int
    mood_calibration: Calibration | None
    intent_calibration: Calibration | None
    expected_accuracy: float  # of the mood over all readings, as the model itself has it
    cut_offs: tuple[CutOff, ...]
    review: tuple[Review, ...]
    check_size: int  # messages of the check sample, 0 where too few were looked at
    notes: tuple[str, ...]

    def toml(self) -> str:
        """The suggested cut-offs as goodwill.toml has them; '' where there are none."""
        lines = [f'"{one.intent}" = {one.suggested:.2f}' for one in self.cut_offs if one.suggested is not None]
        return "\n".join(["[reading.cut_offs]", *lines]) + "\n" if lines else ""

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain values; what cannot be said is None."""
        return {
            "readings": self.readings,
            "model": self.model,
            "corrected": self.corrected,
            "check_size": self.check_size,
            "fields": [
                {"name": one.name, "corrections": _accuracy(one.accuracy), "check sample": _accuracy(one.check)}
                for one in self.fields
            ],
            "moods": {name: _agreement(one) for name, one in self.moods.items()},
            "confusion": {
                said: dict(zip(MOODS, row, strict=True)) for said, row in zip(MOODS, self.confusion, strict=True)
            },
            "intents": {name: _agreement(one) for name, one in self.intents.items()},
            "topics": {name: _agreement(one) for name, one in self.topics.items()},
            "urgency": {"pairs in order": _number(self.urgency_order), "count": self.urgency_count},
            "calibration": {"mood": _bins(self.mood_calibration), "intents": _bins(self.intent_calibration)},
            "expected accuracy of the mood over all readings": _number(self.expected_accuracy),
            "cut_offs": [
                {
                    "intent": one.intent,
                    "positive": one.positive,
                    "negative": one.negative,
                    "f1 now": _number(one.f1_now),
                    "f1 then": _number(one.f1_then),
                    "suggested": one.suggested,
                    "why": one.why,
                }
                for one in self.cut_offs
            ],
            "review": [
                {
                    "below": one.below,
                    "marked": _number(one.marked),
                    "kept": _accuracy(one.kept),
                    "looked at": _accuracy(one.looked_at),
                }
                for one in self.review
            ],
            "notes": list(self.notes),
        }


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 6)


def _accuracy(one: Accuracy) -> dict[str, Any]:
    low, high = one.interval
    return {"right": one.right, "count": one.count, "share": _number(one.share), "low": low, "high": high}


def _agreement(one: Agreement) -> dict[str, Any]:
    return {
        "meant": one.meant,
        "said": one.said,
        "both": one.both,
        "precision": _number(one.precision),
        "recall": _number(one.recall),
        "f1": _number(one.f1),
    }


def _bins(found: Calibration | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "error": round(found.error, 6),
        "count": found.count,
        "bins": [
            {"low": b.low, "high": b.high, "count": b.count, "said": round(b.said, 6), "came": round(b.came, 6)}
            for b in found.bins
        ],
    }
