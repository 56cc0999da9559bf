"""Texts to readings: mood, intents, urgency and language, block by block."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from goodwill.errors import InputError
from goodwill.facts import INTENTS, MOODS, READINGS
from goodwill.understand.features import features_of
from goodwill.understand.language import WITH_MOOD, languages_of
from goodwill.understand.model import fast_model, logistic, mood_logits, softmax, tongue_log_odds, want_logits
from goodwill.understand.tokens import LONGEST, words_of
from goodwill.understand.topics import Topics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

LANES = ("auto", "fast", "careful")
NO_TEXT, NOT_READ = "no text", "not read"

_CHARACTERS_A_BLOCK = 1 << 18
_MESSAGES_A_BLOCK = 2048
PLAIN_MOOD, AGAINST_THE_MOOD = 0.6, 0.9
UNHAPPY, HAPPY = ("complaint", "warning", "leaving"), ("praise", "thanks", "recommendation")
_DIGITS = 6  # probabilities are kept to a millionth


@dataclass(slots=True)
class Readings:
    """What was read of N messages, as arrays; `table` gives them the columns of `facts.READINGS`."""

    mood_log_odds: npt.NDArray[np.float64]  # [N, 3]; NaN where no mood was read
    wants: npt.NDArray[np.float64]  # [N, 9] probabilities of the intents; NaN where none was read
    urgency: npt.NDArray[np.float64]  # [N]; NaN where not read
    language: list[str | None]
    lane: list[str]
    topics: list[list[str]]


def read_texts(texts: Sequence[str | None], lane: str = "auto") -> pa.Table:
    """Reads mood, intents, urgency and language of each text.

    Args:
        texts: N texts (None is as good as ''), in any order; an Arrow array will do. Of a text longer than 100,000
            characters the first and the last 50,000 are read.
        lane: 'fast', or 'auto' and 'careful', which in this version are answered by the fast lane too; the column
            `lane` says which reader answered.

    Returns:
        N rows in the order given, with the columns of `facts.READINGS`; `message_id` is the position. Where nothing
        could be read (no letter and no emoji: lane 'no text'; a language that was not learnt: lane 'not read') mood and
        probabilities are null and no intent holds. Intents and urgency are read in English alone. Topics and flow need
        the firm's lists: see `read_messages`.

    Raises:
        InputError: an unknown lane, or something that is not a text.

    Method: linear, over hashed words, pairs of words and pieces of words (Weinberger et al. 2009; Bojanowski et al.
    2017); probabilities are calibrated on texts held out of training (docs/model-card.md).

    >>> read_texts(["😡😡😡", "not bad at all!", ""])["mood"].to_pylist()
    ['negative', 'positive', None]
    """
    if lane not in LANES:
        raise InputError(f"no lane is called {lane!r}", where="read_texts", mend=f"choose one of {', '.join(LANES)}")
    given = _checked(texts)
    return table([str(place) for place in range(len(given))], read(given))


def _checked(texts: Sequence[str | None]) -> list[str]:
    if isinstance(texts, str):
        raise InputError("one text was given where a list is wanted", where="read_texts", mend="put it into a list")
    listed: list[Any] = texts.to_pylist() if isinstance(texts, pa.Array | pa.ChunkedArray) else list(texts)
    if any(type(text) is not str for text in listed):
        for place, text in enumerate(listed):
            if text is not None and not isinstance(text, str):
                what = f"no text but {type(text).__name__}"
                raise InputError(what, where=f"read_texts, position {place}", mend="give texts, or None for none")
        listed = ["" if text is None else str(text) for text in listed]
    return listed


def read(texts: list[str], progress: Callable[[float], None] | None = None, topics: Topics | None = None) -> Readings:
    """Reads texts block by block; memory is bounded by the block, whatever their number."""
    count = len(texts)
    nothing = np.full((count, len(INTENTS)), np.nan)
    found = Readings(np.full((count, 3), np.nan), nothing, np.full(count, np.nan), [], [], [])
    topics = topics or Topics({})
    for begin, end in _blocks(texts):
        _read_block(texts[begin:end], found, begin, topics)
        if progress:
            progress(end / count)
    return found


def _blocks(texts: list[str]) -> Iterator[tuple[int, int]]:
    """Runs of messages of bounded number and length."""
    length = np.minimum(np.fromiter(map(len, texts), np.int64, len(texts)), LONGEST)
    # A block ends where another block's worth of characters began, or after so many messages.
    by_length = np.cumsum(length) // _CHARACTERS_A_BLOCK
    new = np.flatnonzero(np.diff(by_length, prepend=0))
    edges = sorted({0, *new.tolist(), *range(0, len(texts), _MESSAGES_A_BLOCK), len(texts)})
    yield from pairwise(edges)


def _read_block(texts: list[str], found: Readings, begin: int, topics: Topics) -> None:
    model = fast_model()
    words = words_of(texts)
    features = features_of(words)
    languages = languages_of(words, tongue_log_odds(model, words, features))
    said = words.scripts[:, 1:].any(axis=1)
    english = np.array([language == "en" for language in languages])
    with_mood = np.array([language in WITH_MOOD for language in languages]) & said
    here = slice(begin, begin + len(texts))

    moods = mood_logits(model, words, features, ~english)
    moods[~with_mood] = np.nan
    found.mood_log_odds[here] = moods
    wants = logistic(want_logits(model, words, features))
    wants[~(english & said)] = np.nan
    found.wants[here], found.urgency[here] = wants[:, :-1], wants[:, -1]
    found.language += languages
    found.topics += topics.of(words)
    found.lane += np.where(with_mood, "fast", np.where(said, NOT_READ, NO_TEXT)).tolist()


def _nullable(values: npt.NDArray[Any]) -> pa.Array:
    return pa.array(np.round(values, _DIGITS), pa.float64(), mask=np.isnan(values))


def table(message_ids: list[str] | pa.Array, found: Readings) -> pa.Table:
    """The readings with the columns of `facts.READINGS`; flow is null."""
    count = len(found.lane)
    columns: dict[str, Any] = {
        "message_id": pa.array(message_ids, pa.string()),
        **_mood_columns(found.mood_log_odds),
        **_intent_columns(found.wants, softmax(np.nan_to_num(found.mood_log_odds))),
        "topic": pa.array([names[0] if names else None for names in found.topics], pa.string()),
        "topics": pa.array(found.topics, pa.list_(pa.string())),
        "urgency": _nullable(found.urgency),
        "flow": pa.nulls(count, pa.int64()),
        "language": pa.array(found.language, pa.string()),
        "lane": pa.array(found.lane, pa.string()),
        "model": pa.array([fast_model().version] * count, pa.string()),
    }
    return pa.Table.from_arrays([columns[name] for name in READINGS.names], schema=READINGS.arrow)


def _mood_columns(log_odds: npt.NDArray[np.float64]) -> dict[str, pa.Array]:
    unread: npt.NDArray[np.bool_] = np.asarray(np.isnan(log_odds).any(axis=1))
    chances = np.round(softmax(np.where(unread[:, None], 0.0, log_odds)), _DIGITS)
    mood = pa.array(MOODS).take(pa.array(chances.argmax(axis=1), mask=unread))
    chances[unread] = np.nan
    columns = {f"p_{name}": _nullable(chances[:, place]) for place, name in enumerate(MOODS)}
    return {"mood": mood, **columns, "score": _nullable(chances[:, 2] - chances[:, 0])}


def _cut_offs(moods: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """[N, 9] from which probability an intent holds. What contradicts a plain mood must be surer than the rest: few
    complain in high spirits, and few who fume say thank you and mean it."""
    cut_offs = np.tile(fast_model().cut_offs, (len(moods), 1))
    for place, contrary in ((2, UNHAPPY), (0, HAPPY)):
        plain = moods[:, place] >= PLAIN_MOOD
        columns = np.array([INTENTS.index(name) for name in contrary])
        cut_offs[np.ix_(plain, columns)] = np.maximum(cut_offs[np.ix_(plain, columns)], AGAINST_THE_MOOD)
    return cut_offs


def _intent_columns(wants: npt.NDArray[np.float64], moods: npt.NDArray[np.float64]) -> dict[str, pa.Array]:
    rounded = np.round(np.where(np.isnan(wants), -1.0, wants), _DIGITS)
    holds = rounded >= _cut_offs(moods)
    # Likeliest first; of equals, the one named first in facts.INTENTS.
    order = np.argsort(np.where(holds, -rounded, 2.0), axis=1, kind="stable")
    count = holds.sum(axis=1)
    ranked = order[np.arange(wants.shape[1]) < count[:, None]]
    offsets = np.concatenate(([0], np.cumsum(count))).astype(np.int32)
    names = pa.array(INTENTS)
    none = count == 0
    first = order[:, 0] if len(order) else np.zeros(0, np.int64)
    return {
        "intent": names.take(pa.array(first, mask=none)),
        "p_intent": pa.array(rounded[np.arange(len(first)), first], mask=none),
        "intents": pa.ListArray.from_arrays(pa.array(offsets), names.take(pa.array(ranked))),
    }
