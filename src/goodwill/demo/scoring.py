"""Holds a run's results against the truth of the invented firm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from goodwill.demo.truth import load_truth

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from goodwill.demo.truth import Truth

Reals = npt.NDArray[np.float64]
PARTS = ("spend", "referral", "influence", "knowledge")
RULES = ("goodwill", "first in first out", "angriest", "most followers", "highest spend", "oracle")


class Results(Protocol):
    """What is scored: `goodwill.run`'s result, or anything with these three tables."""

    @property
    def worth(self) -> pa.Table: ...
    @property
    def now(self) -> pa.Table: ...
    @property
    def readings(self) -> pa.Table: ...


@dataclass(frozen=True)
class Scores:
    """How well a run did; prints itself.

    `spearman` has follows and its four parts, over all customers who are valued one by one; `coverage` is the share of
    customers whose realised money lies in their 80 % interval; `saved[share][rule]` the money that answering that
    share of the open messages truly saves, in that rule's order; `of_oracle[share][rule]` the part of the oracle's
    gain over first-in-first-out.
    """

    customers: int
    missing: int  # customers of the truth with no row of their own in worth
    spearman: dict[str, float]
    coverage: float
    coverage_of_active: float  # of those whose realised money is not zero
    open_messages: int
    unranked: int  # of them, those that `now` does not have
    extra: int  # rows of `now` that nobody waits for
    saved: dict[float, dict[str, float]]
    of_oracle: dict[float, dict[str, float]]
    mood_accuracy: float
    intent_accuracy: float
    read: int

    def __str__(self) -> str:
        lines = [f"{self.customers:,} customers valued one by one, {self.missing:,} in the pool or not found"]
        lines.append(
            "rank correlation with the truth (Spearman): "
            + ", ".join(f"{name} {value:.3f}" for name, value in self.spearman.items())
        )
        lines.append(
            f"80 % intervals of follows hold next year's realised money for {self.coverage:.1%} of customers "
            f"({self.coverage_of_active:.1%} of those with any)"
        )
        lines.append(
            f"{self.open_messages:,} open messages, {self.unranked:,} of them unranked, {self.extra:,} rows in now "
            "that nobody waits for"
        )
        for share, saved in self.saved.items():
            lines.append(f"time for {share:.0%} of them:")
            lines += [
                f"  {rule:<20} saves {saved[rule]:>12,.0f}   {self.of_oracle[share][rule]:>7.1%} of the oracle's gain"
                for rule in RULES
            ]
        lines.append(
            f"mood right in {self.mood_accuracy:.1%}, first intent in {self.intent_accuracy:.1%} of {self.read:,}"
        )
        return "\n".join(lines)


def score(result: Results, folder: str | Path) -> Scores:
    """Scores a run's `worth`, `now` and `readings` against the truth beside the demo's files.

    Raises InputError where `folder` holds no truth/.
    """
    truth = load_truth(folder)
    spearmans, coverage, active, found, missing = _values(result.worth, truth)
    saved, unranked, extra, waiting = _policies(result, truth)
    mood, intent, read = _readings(result.readings, truth)
    of_oracle = {share: {rule: _part(by_rule, rule) for rule in RULES} for share, by_rule in saved.items()}
    return Scores(
        customers=found,
        missing=missing,
        spearman=spearmans,
        coverage=coverage,
        coverage_of_active=active,
        open_messages=waiting,
        unranked=unranked,
        extra=extra,
        saved=saved,
        of_oracle=of_oracle,
        mood_accuracy=mood,
        intent_accuracy=intent,
        read=read,
    )


def ranks(values: Reals) -> Reals:
    """Ranks from 0 up, equal values sharing their mean rank; shape as given.

    >>> ranks(np.array([3.0, 1.0, 3.0]))
    array([1.5, 0. , 1.5])
    """
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - (count + 1) / 2
    return np.asarray(middle[place], dtype=np.float64)


def spearman(one: Reals, other: Reals) -> float:
    """Spearman's rank correlation, ties sharing their mean rank; NaN where one side never varies.

    >>> spearman(np.array([1.0, 2.0, 3.0]), np.array([1.0, 4.0, 9.0]))
    1.0
    """
    a, b = ranks(one), ranks(other)
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return round(float(a @ b) / scale, 12) if scale > 0 else float("nan")


def _floats(table: pa.Table, name: str) -> Reals:
    column = table.column(name).cast("float64")
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=np.float64)


def _places(ids: list[Any], wanted: list[Any]) -> npt.NDArray[np.int64]:
    """Where each wanted id stands among ids; −1 where it does not."""
    where = {name: place for place, name in enumerate(ids)}
    return np.array([where.get(name, -1) for name in wanted], dtype=np.int64)


def _values(worth: pa.Table, truth: Truth) -> tuple[dict[str, float], float, float, int, int]:
    at = _places(worth["customer_id"].to_pylist(), truth.customers["customer_id"].to_pylist())
    there = at >= 0
    at = at[there]
    found: dict[str, float] = {}
    for name in ("follows", *PARTS):
        # To the cent: the order of what differs only by rounding says nothing.
        estimated = np.round(_floats(worth, name)[at], 2)
        found[name] = spearman(estimated, np.round(_floats(truth.customers, name)[there], 2))
    realised = _floats(truth.customers, "follows_realised")[there]
    low, high = _floats(worth, "follows_low")[at], _floats(worth, "follows_high")[at]
    held = (realised >= low - 0.005) & (realised <= high + 0.005)
    moved = np.abs(realised) >= 0.005
    return found, _mean(held), _mean(held[moved]), int(there.sum()), int((~there).sum())


def _mean(flags: npt.NDArray[np.bool_]) -> float:
    return float(flags.mean()) if len(flags) else float("nan")


def _policies(result: Results, truth: Truth) -> tuple[dict[float, dict[str, float]], int, int, int]:
    waiting = truth.messages.filter(truth.messages["open"])
    ids = waiting["message_id"].to_pylist()
    gain = _floats(waiting, "gain")
    ranked = result.now.sort_by("rank")["message_id"].to_pylist()
    place = _places(ranked, ids)
    readings = _places(result.readings["message_id"].to_pylist(), ids)
    anger = np.where(readings >= 0, _floats(result.readings, "p_negative")[readings], np.nan)
    spend = _floats(result.worth, "spend")
    row = _places(result.worth["customer_id"].to_pylist(), waiting["author_id"].to_pylist())
    by_spend = np.where(row >= 0, spend[row] if len(spend) else 0.0, -np.inf)
    oldest = waiting["at"].cast("int64").to_numpy()
    # A person's own sum is saved once: of several messages the best counts, so those who speak twice are one person.
    person = np.unique(
        np.array(
            [
                a or f"voice {b}"
                for a, b in zip(waiting["author_id"].to_pylist(), waiting["author"].to_pylist(), strict=True)
            ]
        ),
        return_inverse=True,
    )[1]
    keys = {
        "goodwill": np.where(place >= 0, place, len(ranked)).astype(np.float64),
        "first in first out": np.zeros(len(ids)),
        "angriest": -np.nan_to_num(anger, nan=0.0),
        "most followers": -np.nan_to_num(_floats(waiting, "audience"), nan=0.0),
        "highest spend": -by_spend,
        "oracle": _oracle(gain, person),
    }
    saved: dict[float, dict[str, float]] = {}
    for share in (0.1, 0.2):
        time = int(np.ceil(share * len(ids)))
        saved[share] = {rule: _saved(np.lexsort((ids, oldest, keys[rule]))[:time], gain, person) for rule in RULES}
    extra = len(set(ranked) - set(ids))
    return saved, int((place < 0).sum()), extra, len(ids)


def _oracle(gain: Reals, person: npt.NDArray[np.intp]) -> Reals:
    """The order of one who knows the truth: each person's best message by its gain, then the rest."""
    order = np.lexsort((-gain, person))
    best = np.zeros(len(gain), dtype=bool)
    best[order] = np.append(True, np.diff(person[order]) > 0) if len(gain) else []
    return np.where(best, -gain, np.inf)


def _saved(chosen: npt.NDArray[np.intp], gain: Reals, person: npt.NDArray[np.intp]) -> float:
    most = np.zeros(int(person.max(initial=-1)) + 1)
    np.maximum.at(most, person[chosen], gain[chosen])
    return float(most.sum())


def _part(saved: dict[str, float], rule: str) -> float:
    room = saved["oracle"] - saved["first in first out"]
    return (saved[rule] - saved["first in first out"]) / room if room > 0 else float("nan")


def _readings(readings: pa.Table, truth: Truth) -> tuple[float, float, int]:
    at = _places(readings["message_id"].to_pylist(), truth.messages["message_id"].to_pylist())
    there = np.flatnonzero(at >= 0)
    mood, intent = readings["mood"].to_pylist(), readings["intent"].to_pylist()
    true_mood, true_intents = truth.messages["mood"].to_pylist(), truth.messages["intents"].to_pylist()
    moods = np.array([mood[at[row]] == true_mood[row] for row in there.tolist()], dtype=bool)
    intents = np.array(
        [
            intent[at[row]] in true_intents[row] if true_intents[row] else intent[at[row]] is None
            for row in there.tolist()
        ],
        dtype=bool,
    )
    return _mean(moods), _mean(intents), len(there)
