"""What a person corrected wins over what was read, and outlives every re-reading."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from goodwill.errors import GoodwillWarning
from goodwill.facts import INTENTS, MOODS, READINGS

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, Any]


class CorrectionWarning(GoodwillWarning):
    """A correction of a reading cannot be used; the others were."""


def correct(readings: pa.Table, corrections: pa.Table) -> pa.Table:
    """Readings with the corrections of table 'readings' applied, the latest of each field winning.

    Fields: mood, intent, intents, topic, topics, urgency, flow, language. A corrected mood or intent is certain
    (probability 1); lists are written with '|' between. A correction that says what cannot be is left out with a
    `CorrectionWarning`; one for a message that is not there is left out silently.
    """
    ours = corrections.filter(pc.equal(corrections["table"], "readings"))
    if not ours.num_rows:
        return readings
    place_of = {key: place for place, key in enumerate(readings["message_id"].to_pylist())}
    given = [row for row in ours.to_pylist() if row["key"] in place_of]
    given.sort(key=lambda row: (row["at"] is not None, row["at"] or 0, row["field"], row["value"]))
    changed: dict[int, Row] = {}
    for row in given:
        place = place_of[row["key"]]
        if place not in changed:
            changed[place] = readings.slice(place, 1).to_pylist()[0]
        _apply(changed[place], row)
    return _put_back(readings, changed)


def _put_back(readings: pa.Table, changed: dict[int, Row]) -> pa.Table:
    if not changed:
        return readings
    places = sorted(changed)
    new = pa.Table.from_pylist([changed[place] for place in places], schema=READINGS.arrow)
    take = list(range(readings.num_rows))
    for order, place in enumerate(places):
        take[place] = readings.num_rows + order
    return pa.concat_tables([readings, new]).take(pa.array(take)).combine_chunks()


def _apply(reading: Row, correction: Row) -> None:
    rule = _RULES.get(correction["field"])
    problem = "no such field of a reading" if rule is None else rule(reading, correction["value"].strip())
    if problem:
        warnings.warn(
            f"corrections, {correction['key']}, {correction['field']} = {correction['value']!r}: {problem}; "
            f"the fields are {', '.join(_RULES)}",
            CorrectionWarning,
            stacklevel=4,
        )


def _words(value: str) -> list[str]:
    return [word.strip() for word in re.split(r"[|;]", value) if word.strip()]


def _mood(reading: Row, value: str) -> str:
    if value not in MOODS:
        return f"a mood is one of {', '.join(MOODS)}"
    reading["mood"] = value
    for mood in MOODS:
        reading[f"p_{mood}"] = float(mood == value)
    reading["score"] = reading["p_positive"] - reading["p_negative"]
    return ""


def _intents(reading: Row, value: str) -> str:
    wanted = list(dict.fromkeys(_words(value)))
    if set(wanted) - set(INTENTS):
        return f"an intent is one of {', '.join(INTENTS)}"
    reading["intents"] = wanted
    reading["intent"], reading["p_intent"] = (wanted[0], 1.0) if wanted else (None, None)
    return ""


def _intent(reading: Row, value: str) -> str:
    if value not in INTENTS:
        return _intents(reading, value)
    return _intents(reading, "|".join([value, *(other for other in reading["intents"] or [] if other != value)]))


def _topics(reading: Row, value: str) -> str:
    wanted = list(dict.fromkeys(_words(value)))
    reading["topics"], reading["topic"] = wanted, wanted[0] if wanted else None
    return ""


def _topic(reading: Row, value: str) -> str:
    return _topics(reading, "|".join([value, *(other for other in reading["topics"] or [] if other != value)]))


def _urgency(reading: Row, value: str) -> str:
    try:
        urgency = float(value)
    except ValueError:
        urgency = -1.0
    if not 0 <= urgency <= 1:
        return "urgency is a number from 0 to 1"
    reading["urgency"] = urgency
    return ""


def _flow(reading: Row, value: str) -> str:
    if value not in tuple("123456"):
        return "a flow is a number from 1 to 6"
    reading["flow"] = int(value)
    return ""


def _language(reading: Row, value: str) -> str:
    if not re.fullmatch("[a-z]{2}", value.lower()):
        return "a language is two letters (ISO 639-1)"
    reading["language"] = value.lower()
    return ""


_RULES: dict[str, Callable[[Row, str], str]] = {
    "mood": _mood,
    "intent": _intent,
    "intents": _intents,
    "topic": _topic,
    "topics": _topics,
    "urgency": _urgency,
    "flow": _flow,
    "language": _language,
}
