"""How well a firm's messages are read, by its own people's corrections; better cut-offs; what to look at again.

People correct what looks wrong. So the share that was right among corrected readings says little of the others, unless
they also confirm (a correction that says what was read), best on messages that they did not choose: the *check sample*,
the messages whose identifiers hash lowest, in that order, is such a set, and `Evaluation.check` reports it apart.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.errors import InputError, NotEnoughData
from goodwill.facts import INTENTS, MOODS
from goodwill.understand.checking import checked_sample
from goodwill.understand.corrections import certainty
from goodwill.understand.evaluation import CutOff, Evaluation, Field, Review
from goodwill.understand.labels import Labels, labels_of
from goodwill.understand.measures import (
    Agreement,
    Calibration,
    accuracy_of,
    agreement,
    best_cut_off,
    calibration,
    cost_of,
    pairs_in_order,
    tried,
)
from goodwill.understand.messages import read_messages

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from goodwill.lake import Facts
    from goodwill.understand.measures import Flags, Floats
    from goodwill.understand.reader import Readings

ENOUGH = 20
"""A cut-off is suggested where so many corrections say that the intent holds, and so many that it does not."""
ENOUGH_FOR_CALIBRATION = 50
_WORTH_A_CHANGE = 0.01  # F1
_REVIEW_CUT_OFFS = (0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.9)


def as_read(facts: Facts, progress: Callable[[str, float], None] | None = None) -> pa.Table:
    """The readings of a firm's messages before its corrections go in, or what was learnt from them: judged by the same
    corrections, that would look better than it is."""
    nobody_corrected = {**facts.tables, "corrections": facts.tables["corrections"].limit(0)}
    firm = facts.firm.model_copy(update={"reading": facts.firm.reading.model_copy(update={"own": None})})
    return read_messages(replace(facts, firm=firm, tables=nobody_corrected), progress)


def evaluate(facts: Facts, readings: pa.Table | None = None, miss_costs: float | None = None) -> Evaluation:
    """Compares readings with what people corrected.

    Args:
        facts: the firm's; its `corrections` of table 'readings' and its `messages` are looked at.
        readings: as `as_read(facts)` gives them, that is before the corrections go in; None: made here.
        miss_costs: suggest the cut-offs that cost least where a missed intent costs as much as so many false alarms;
            without it those with the highest F1.

    Raises:
        NotEnoughData: nobody has corrected or confirmed a reading of these messages.
        InputError: the corrections are in the readings already, so that all of them would be right.

    Calibration is the expected calibration error (Guo et al. 2017); intervals are Wilson's (1927); cut-offs are tried
    by five-fold cross-validation (Stone 1974) before they are suggested.

    >>> from goodwill.facts import TABLES
    >>> from goodwill.firm import Firm
    >>> from goodwill.lake import Facts
    >>> said = [{"message_id": "x:1", "text": "Thank you!"}, {"message_id": "x:2", "text": "It broke after a day."}]
    >>> told = [{"table": "readings", "key": "x:1", "field": "mood", "value": "positive"},
    ...         {"table": "readings", "key": "x:2", "field": "mood", "value": "neutral"}]
    >>> given = {"messages": said, "corrections": told}
    >>> facts = Facts.from_arrow(
    ...     Firm(), {name: pa.Table.from_pylist(rows, schema=TABLES[name].arrow) for name, rows in given.items()})
    >>> evaluate(facts).fields[0].accuracy
    Accuracy(right=1, count=2)
    """
    if miss_costs is not None and not 0 < miss_costs < float("inf"):
        raise InputError(f"a miss costs {miss_costs} false alarms", mend="give a number above 0")
    readings = as_read(facts) if readings is None else readings
    labels = labels_of(readings, facts.arrow("corrections"))
    if not len(labels):
        raise NotEnoughData(
            "no reading was corrected or confirmed yet",
            where="corrections",
            mend="bring a file corrections.csv with table = readings, key = the message_id, field and value",
        )
    said = readings.take(pa.array(labels.place))
    _not_yet_corrected(said, labels)
    checked = checked_sample(readings, labels)
    every = _every(labels)
    chances = read_again(facts, said["message_id"])[1].wants
    # Whether each label was read, one row a label: by field, (row of M, right).
    right = _right(said, labels)
    confusion = _confusion(said, labels)
    notes = _notes(right, len(checked))
    return Evaluation(
        readings=readings.num_rows,
        model=", ".join(sorted(set(readings["model"].to_pylist()))),
        corrected=len(labels),
        fields=tuple(
            Field(name, accuracy_of(ok), accuracy_of(ok[np.isin(rows, checked)])) for name, (rows, ok) in right.items()
        ),
        intents=_intents(said, labels),
        topics=_topics(said, labels),
        moods={
            mood: Agreement(confusion[k][k], sum(confusion[k]), sum(row[k] for row in confusion))
            for k, mood in enumerate(MOODS)
        },
        confusion=confusion,
        urgency_order=_urgency_order(said, labels),
        urgency_count=int((~np.isnan(labels.urgency)).sum()),
        mood_calibration=_mood_calibration(said, *right["mood"]),
        intent_calibration=_intent_calibration(chances, labels),
        expected_accuracy=float(np.nanmean(_highest(readings))) if _any_read(readings) else float("nan"),
        cut_offs=tuple(
            _cut_off(name, chances[every, k], labels.intents[every, k], _holds(said)[every, k], miss_costs)
            for k, name in enumerate(INTENTS)
        ),
        review=_review(readings, said, *right["mood"]),
        check_size=len(checked),
        notes=notes,
    )


def _not_yet_corrected(said: pa.Table, labels: Labels) -> None:
    """A mood that was put in by a person has probability 1 exactly; a reader never says so of all of them."""
    rows = np.flatnonzero(~np.isnan(labels.mood))
    if len(rows) >= 3 and (_highest(said)[rows] == 1.0).all():
        raise InputError(
            "the corrections are in these readings already",
            where="evaluate",
            mend="evaluate what goodwill.understand.evaluate.as_read(facts) gives",
        )


def _highest(readings: pa.Table) -> Floats:
    """[N] the probability of the mood that was read; NaN where none was."""
    return np.asarray(pc.max_element_wise(*(readings[f"p_{mood}"] for mood in MOODS)).to_numpy(), np.float64)


def _any_read(readings: pa.Table) -> bool:
    return bool(readings["mood"].null_count < readings.num_rows)


def read_again(facts: Facts, message_ids: pa.Array | pa.ChunkedArray | None = None) -> tuple[list[str], Readings]:
    """The texts of these messages (of all without any named), and what the firm's lane reads in them: a table of
    readings keeps the first intent's probability alone."""
    from goodwill.understand.reader import read

    messages = facts.arrow("messages")
    if message_ids is not None:
        messages = messages.take(pc.index_in(pa.array(message_ids.to_pylist(), pa.string()), _ids(messages)))
    texts = ["" if text is None else text for text in messages["text"].to_pylist()]
    way = facts.firm.reading
    return texts, read(texts, lane=way.lane, speed=way.speed, threads=way.threads)


def _ids(messages: pa.Table) -> pa.Array:
    return messages["message_id"].combine_chunks()


def _holds(said: pa.Table) -> Flags:
    """[M, 9] which intents were read."""
    return np.array([[name in (names or ()) for name in INTENTS] for names in said["intents"].to_pylist()], bool)


def _right(said: pa.Table, labels: Labels) -> dict[str, tuple[Any, Flags]]:
    """By field: the rows of M that somebody spoke of, and whether what was read is what they say."""
    read = said.select(["mood", "intent", "topic", "flow", "intents"]).to_pylist()

    def field(rows: Sequence[int], same: Sequence[bool]) -> tuple[Any, Flags]:
        return np.array(rows, np.int64), np.array(same, bool)

    mood = np.flatnonzero(~np.isnan(labels.mood)).tolist()
    flow = np.flatnonzero(~np.isnan(labels.flow)).tolist()
    every = np.flatnonzero(_every(labels)).tolist()
    found = {
        "mood": field(mood, [read[row]["mood"] == MOODS[int(labels.mood[row])] for row in mood]),
        "first intent": field(list(labels.first), [read[row]["intent"] == name for row, name in labels.first.items()]),
        "all intents": field(
            every,
            [{INTENTS[k] for k in np.flatnonzero(labels.intents[row])} == set(read[row]["intents"]) for row in every],
        ),
        "first topic": field(
            list(labels.topics),
            [read[row]["topic"] == (names[0] if names else None) for row, names in labels.topics.items()],
        ),
        "flow": field(flow, [read[row]["flow"] == int(labels.flow[row]) for row in flow]),
    }
    return {name: (rows, ok) for name, (rows, ok) in found.items() if len(rows) or name == "mood"}


def _confusion(said: pa.Table, labels: Labels) -> tuple[tuple[int, ...], ...]:
    counts = np.zeros((len(MOODS), len(MOODS)), np.int64)
    for name, meant in zip(said["mood"].to_pylist(), labels.mood.tolist(), strict=True):
        if name is not None and not np.isnan(meant):
            counts[MOODS.index(name), int(meant)] += 1
    return tuple(tuple(row) for row in counts.tolist())


def _intents(said: pa.Table, labels: Labels) -> dict[str, Agreement]:
    """Of messages of which every intent was told."""
    holds, every = _holds(said), _every(labels)
    return {
        name: agreement(labels.intents[every, k] == 1, holds[every, k]) for k, name in enumerate(INTENTS) if every.any()
    }


def _every(labels: Labels) -> Flags:
    """[M] whether all nine intents were told, not the first alone."""
    return np.asarray(~np.isnan(labels.intents).any(axis=1))


def _topics(said: pa.Table, labels: Labels) -> dict[str, Agreement]:
    """Of messages of which every topic was told."""
    rows = sorted(labels.all_topics)
    read = [set(said["topics"][row].as_py() or ()) for row in rows]
    meant = [set(labels.topics[row]) for row in rows]
    return {
        name: agreement(np.array([name in one for one in meant]), np.array([name in one for one in read]))
        for name in sorted({name for one in (*read, *meant) for name in one})
    }


def _urgency_order(said: pa.Table, labels: Labels) -> float:
    known = ~np.isnan(labels.urgency)
    read = np.nan_to_num(np.asarray(said["urgency"].to_numpy(), np.float64))
    return pairs_in_order(labels.urgency[known], read[known])


def _mood_calibration(said: pa.Table, rows: Any, right: Flags) -> Calibration | None:
    chance = _highest(said)[rows]
    read = ~np.isnan(chance)
    return calibration(chance[read], right[read]) if read.sum() >= ENOUGH_FOR_CALIBRATION else None


def _intent_calibration(chances: Floats, labels: Labels) -> Calibration | None:
    """All nine pooled, of messages of which every intent was told."""
    every = _every(labels) & ~np.isnan(chances).any(axis=1)
    if every.sum() < ENOUGH_FOR_CALIBRATION:
        return None
    return calibration(chances[every].ravel(), labels.intents[every].ravel() == 1)


def _cut_off(name: str, chance: Floats, label: Floats, said: Flags, miss_costs: float | None) -> CutOff:
    known = ~np.isnan(label) & ~np.isnan(chance)
    chance, truth, said = chance[known], label[known] == 1, said[known]
    positive, negative = int(truth.sum()), int((~truth).sum())
    now = agreement(truth, said).f1

    def made(then: float, suggested: float | None, why: str) -> CutOff:
        return CutOff(name, positive, negative, now, then, suggested, why)

    if min(positive, negative) < ENOUGH:
        return made(float("nan"), None, f"not enough yet: {ENOUGH} that hold and {ENOUGH} that do not are needed")
    then = tried(chance, truth, miss_costs)
    score = agreement(truth, then).f1
    cut_off = round(best_cut_off(chance, truth, miss_costs), 2)
    if miss_costs is not None:
        cost_now, cost_then = (cost_of(truth, answer, miss_costs) for answer in (said, then))
        better, words = cost_then < cost_now, f"costs {cost_then:g} false alarms, now {cost_now:g}"
    else:
        better, words = score >= now + _WORTH_A_CHANGE, f"F1 {score:.2f}, now {now:.2f}"
    if not better:
        return made(score, None, f"keep: another one is no better ({words})")
    return made(score, cut_off, words)


def _review(readings: pa.Table, said: pa.Table, rows: Any, right: Flags) -> tuple[Review, ...]:
    everything = np.asarray(certainty(readings).to_numpy(zero_copy_only=False), np.float64)
    everything = everything[~np.isnan(everything)]
    sure = np.asarray(certainty(said).to_numpy(zero_copy_only=False), np.float64)[rows]
    return tuple(
        Review(
            below,
            float((everything < below).mean()) if len(everything) else float("nan"),
            accuracy_of(right[sure >= below]),
            accuracy_of(right[sure < below]),
        )
        for below in _REVIEW_CUT_OFFS
    )


def _notes(right: dict[str, tuple[Any, Flags]], check_size: int) -> tuple[str, ...]:
    confirmed, count = (sum(part) for part in zip(*((int(ok.sum()), len(ok)) for _, ok in right.values()), strict=True))
    notes = [
        f"Of {count:,} corrections {confirmed:,} confirm what was read. People correct what looks wrong, so the share "
        "that was right among corrected readings is not the accuracy over all of them, and is most likely below it."
    ]
    if count and confirmed < 0.1 * count:
        notes.append(
            "Hardly anybody confirmed a reading: cut-offs and calibration learnt from errors alone lean the other way."
        )
    notes.append(
        f"The check sample of {check_size:,} messages was not chosen by anybody: its figures hold for all messages."
        if check_size
        else "For figures that hold for all messages, label the check sample too, right or wrong."
    )
    return tuple(notes)
