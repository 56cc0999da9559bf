"""What a person corrected wins over what was read, and outlives every re-reading."""

from __future__ import annotations

import math
import re
import warnings
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from goodwill.errors import GoodwillWarning
from goodwill.facts import INTENTS, MOODS, READINGS
from goodwill.understand import columns as arrow

if TYPE_CHECKING:
    from collections.abc import Callable

Row = dict[str, Any]

NO_TEXT = "no text"
NONE = "none"
"""What a file writes where a list is to be empty: an empty cell would say nothing."""
REVIEW_BELOW = 0.55
"""A reading less sure than this is marked for review; `goodwill evaluate` shows what another cut-off would do."""


class CorrectionWarning(GoodwillWarning):
    """A correction of a reading cannot be used; the others were."""


def correct(readings: pa.Table, corrections: pa.Table) -> pa.Table:
    """Readings with the corrections of table 'readings' applied, the latest of each field winning.

    Fields: mood, intent, intents, topic, topics, urgency, flow, language. A corrected mood or intent is certain
    (probability 1); lists are written with '|' between, an empty one as 'none'. A correction that says what cannot be
    is left out with a `CorrectionWarning`; one for a message that is not there is left out silently.
    """
    changed: dict[int, Row] = {}
    for place, row in usable(readings, corrections):
        if place not in changed:
            changed[place] = readings.slice(place, 1).to_pylist()[0]
        apply_one(changed[place], row)
    return _put_back(readings, changed)


def usable(readings: pa.Table, corrections: pa.Table) -> list[tuple[int, Row]]:
    """Corrections of table 'readings' whose message is there: (place of its reading, correction), the latest last."""
    ours = corrections.filter(pc.equal(corrections["table"], "readings"))
    if not ours.num_rows:
        return []
    place_of = {key: place for place, key in enumerate(readings["message_id"].to_pylist())}
    given = [(place_of[row["key"]], row) for row in ours.to_pylist() if row["key"] in place_of]
    return sorted(
        given, key=lambda one: (one[1]["at"] is not None, one[1]["at"] or 0, one[1]["field"], one[1]["value"])
    )


def certainty(readings: pa.Table) -> pa.Array:
    """[N] how sure each reading is: the probability of the mood that was read; 0 where there is text in a language that
    cannot be read, null where there is no text. What a person corrected is certain.

    On our own labelled messages no richer sum (with the intent's probability, or how near an intent lies to its
    cut-off) told right readings from wrong ones better.

    >>> from goodwill.understand import read_texts
    >>> certainty(read_texts(["Thank you, wonderful!", "привет", ""])).to_pylist()
    [0.9..., 0.0, None]
    """
    moods = [readings[f"p_{mood}"].combine_chunks() for mood in MOODS]
    highest = pc.fill_null(pc.max_element_wise(*moods), arrow.number(0.0))
    no_text = pc.equal(readings["lane"].combine_chunks(), arrow.word(NO_TEXT))
    return pc.if_else(no_text, arrow.number(math.nan), highest)


def for_review(readings: pa.Table, below: float = REVIEW_BELOW) -> pa.Array:
    """[N] whether a person should look at the reading: its certainty is below the cut-off. A message without text is
    nobody's work.

    >>> from goodwill.understand import read_texts
    >>> for_review(read_texts(["Thank you, wonderful!", "привет", ""])).to_pylist()
    [False, True, False]
    """
    unsure = pc.less(certainty(readings), arrow.number(below))
    return pc.and_kleene(pc.is_valid(unsure), unsure)


def with_certainty(readings: pa.Table, below: float = REVIEW_BELOW) -> pa.Table:
    """The readings with their columns `certainty` and `review` made anew from what stands in the others."""
    for name, values in (("certainty", certainty(readings)), ("review", for_review(readings, below))):
        place = readings.schema.get_field_index(name)
        readings = readings.set_column(place, readings.schema.field(place), values)
    return readings


def _put_back(readings: pa.Table, changed: dict[int, Row]) -> pa.Table:
    if not changed:
        return readings
    places = sorted(changed)
    new = pa.Table.from_pylist([changed[place] for place in places], schema=READINGS.arrow)
    take = list(range(readings.num_rows))
    for order, place in enumerate(places):
        take[place] = readings.num_rows + order
    return pa.concat_tables([readings, new]).take(pa.array(take)).combine_chunks()


def apply_one(reading: Row, correction: Row) -> bool:
    """Changes the reading by one correction; False, and a `CorrectionWarning`, where it says what cannot be."""
    rule = _RULES.get(correction["field"])
    problem = "no such field of a reading" if rule is None else rule(reading, correction["value"].strip())
    if problem:
        warnings.warn(
            f"corrections, {correction['key']}, {correction['field']} = {correction['value']!r}: {problem}; "
            f"the fields are {', '.join(_RULES)}",
            CorrectionWarning,
            stacklevel=4,
        )
    else:
        reading["review"] = False  # a person looked at it
    return not problem


def _words(value: str) -> list[str]:
    if value.lower() == NONE:
        return []
    return [word.strip() for word in re.split(r"[|;]", value) if word.strip()]


def _mood(reading: Row, value: str) -> str:
    if value not in MOODS:
        return f"a mood is one of {', '.join(MOODS)}"
    reading["mood"] = value
    for mood in MOODS:
        reading[f"p_{mood}"] = float(mood == value)
    reading["score"] = reading["p_positive"] - reading["p_negative"]
    reading["certainty"] = 1.0
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
