"""Texts to readings: mood, intents, urgency and language, block by block, in one of three lanes.

The fast reader (goodwill.understand.model) reads everything; the careful one (goodwill.understand.careful) reads once
more what is English: all of it in the careful lane, in the auto lane what the fast one is unsure of.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from goodwill.errors import InputError
from goodwill.facts import INTENTS, MOODS, READINGS
from goodwill.understand import auto, careful
from goodwill.understand import columns as arrow
from goodwill.understand.corrections import NO_TEXT, with_certainty
from goodwill.understand.features import features_of, foreign_words_of
from goodwill.understand.language import WITH_MOOD, languages_of
from goodwill.understand.model import (
    fast_model,
    foreign_mood_logits,
    logistic,
    mood_logits,
    softmax,
    tongue_log_odds,
    want_logits,
)
from goodwill.understand.tokens import LONGEST, words_of
from goodwill.understand.topics import Topics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

LANES = ("auto", "fast", "careful")
FAST, CAREFUL = "fast", "careful"
NOT_READ = "not read"

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
    lane: list[str]  # who answered: fast, careful; or no text, not read
    topics: list[list[str]]
    model: list[str]  # the version of who answered


def read_texts(
    texts: Sequence[str | None],
    lane: str = "auto",
    speed: float = auto.SPEED,
    progress: Callable[[float], None] | None = None,
) -> pa.Table:
    """Reads mood, intents, urgency and language of each text.

    Args:
        texts: N texts (None is as good as ''), in any order; an Arrow array will do. Of a text longer than 100,000
            characters the first and the last 50,000 are read; the careful reader reads at most 248 tokens at either
            end, in windows of 62 (`goodwill.understand.careful` says how they are put together).
        lane: 'fast' (some 30,000 messages a second on one core); 'careful' (some 700); or 'auto', where the careful
            reader reads what the fast one is unsure of. Where this copy of goodwill has no careful model, 'auto' is
            answered by the fast lane.
        speed: in the auto lane, messages a second on one core to aim at: fewer leave more to the careful reader.
        progress: called with the share done, 0 to 1.

    Returns:
        N rows in the order given, with the columns of `facts.READINGS`; `message_id` is the position, `lane` says which
        reader answered, `model` its version. Where nothing could be read (no letter and no emoji: lane 'no text'; a
        language that was not learnt: lane 'not read') mood and probabilities are null and no intent holds. Intents and
        urgency are read in English alone, and the careful reader reads English alone: the rest has the fast one's
        answer in every lane. Topics and flow need the firm's lists: see `read_messages`.

    Raises:
        InputError: an unknown lane, a speed that is not above 0, or something that is not a text.
        GoodwillError: lane 'careful' where there is no careful model.
        SettingsError: GOODWILL_THREADS, which bounds the careful reader's threads (2 without it), is no number.

    Methods: the fast reader is linear, over hashed words, pairs of words and pieces of words (Weinberger et al. 2009;
    Bojanowski et al. 2017); the careful one a transformer (Vaswani et al. 2017; Wang et al. 2020). Both are calibrated
    on texts held out of training (Guo et al. 2017; docs/model-card.md). A text's reading does not depend on the others.

    >>> read_texts(["😡😡😡", "not bad at all!", ""])["mood"].to_pylist()
    ['negative', 'positive', None]
    """
    if lane not in LANES:
        raise InputError(f"no lane is called {lane!r}", where="read_texts", mend=f"choose one of {', '.join(LANES)}")
    if not speed > 0:
        raise InputError(f"a speed of {speed}", where="read_texts", mend="give messages a second, above 0")
    given = _checked(texts)
    return table([str(place) for place in range(len(given))], read(given, progress, lane=lane, speed=speed))


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


def read(
    texts: list[str],
    progress: Callable[[float], None] | None = None,
    topics: Topics | None = None,
    lane: str = FAST,
    speed: float = auto.SPEED,
    threads: int | None = None,
) -> Readings:
    """Reads texts block by block; memory is bounded by the block, whatever their number.

    `threads` bounds those of the careful reader; without it GOODWILL_THREADS does.
    """
    count = len(texts)
    nothing = np.full((count, len(INTENTS)), np.nan)
    found = Readings(np.full((count, 3), np.nan), nothing, np.full(count, np.nan), [], [], [], [])
    topics = topics or Topics({})
    doubt = _least_doubt(lane, speed)
    for begin, end in _blocks(texts):
        part = texts[begin:end]
        unsure, quick = _read_block(part, found, begin, topics, doubt)
        if len(unsure):
            _read_again(texts, found, begin + unsure, quick, threads)
        if progress:
            progress(end / count)
    return found


def _least_doubt(lane: str, speed: float) -> float:
    """From which doubt on the careful reader is asked."""
    if lane == CAREFUL:
        careful.calibration()  # an error where there is no such model, even if no text needs it
        return -np.inf
    return auto.threshold(speed, careful.calibration()) if lane == "auto" and careful.available() else np.inf


def _blocks(texts: list[str]) -> Iterator[tuple[int, int]]:
    """Runs of messages of bounded number and length."""
    length = np.minimum(np.fromiter(map(len, texts), np.int64, len(texts)), LONGEST)
    # A block ends where another block's worth of characters began, or after so many messages.
    by_length = np.cumsum(length) // _CHARACTERS_A_BLOCK
    new = np.flatnonzero(np.diff(by_length, prepend=0))
    edges = sorted({0, *new.tolist(), *range(0, len(texts), _MESSAGES_A_BLOCK), len(texts)})
    yield from pairwise(edges)


def _read_block(
    texts: list[str], found: Readings, begin: int, topics: Topics, least_doubt: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Reads a block the fast way; which U of its texts are to be read again, and what is wanted in these [U, 10], as
    log-odds."""
    model = fast_model()
    words = words_of(texts)
    features = features_of(words)
    languages = languages_of(words, tongue_log_odds(model, words, features))
    said = words.scripts[:, 1:].any(axis=1)
    english = np.array([language == "en" for language in languages]) & said
    with_mood = np.array([language in WITH_MOOD for language in languages]) & said
    here = slice(begin, begin + len(texts))

    moods = mood_logits(model, words, features)
    foreign = np.flatnonzero(with_mood & ~english)
    if len(foreign):
        moods[foreign] = foreign_mood_logits(model, foreign_words_of([texts[place] for place in foreign.tolist()]))
    quick = want_logits(model, words, features)
    wants = logistic(quick)
    unsure = np.flatnonzero(english & (auto.doubt(moods) >= least_doubt))
    moods[~with_mood] = np.nan
    wants[~english] = np.nan
    found.mood_log_odds[here] = moods
    found.wants[here], found.urgency[here] = wants[:, :-1], wants[:, -1]
    found.language += languages
    found.topics += topics.of(words)
    found.lane += np.where(with_mood, FAST, np.where(said, NOT_READ, NO_TEXT)).tolist()
    found.model += [model.version] * len(texts)
    return unsure, quick[unsure]


def _read_again(
    texts: list[str],
    found: Readings,
    places: npt.NDArray[np.int64],
    quick: npt.NDArray[np.float64],
    threads: int | None,
) -> None:
    """Puts the careful reader's answers in the fast one's place; of what is wanted the fast one has a say too."""
    moods, wants = careful.read_carefully([texts[place] for place in places.tolist()], threads)
    chances = logistic(wants + quick * careful.calibration().fast_say)
    found.mood_log_odds[places] = moods
    found.wants[places], found.urgency[places] = chances[:, :-1], chances[:, -1]
    version = careful.calibration().version
    for place in places.tolist():
        found.lane[place], found.model[place] = CAREFUL, version


def table(
    message_ids: list[str] | pa.Array, found: Readings, own_cut_offs: Mapping[str, float] | None = None
) -> pa.Table:
    """The readings with the columns of `facts.READINGS`; flow is null. `own_cut_offs`: a firm's own, by intent, in the
    place of those that each reader brings."""
    count = len(found.lane)
    columns: dict[str, Any] = {
        "message_id": message_ids if isinstance(message_ids, pa.Array) else arrow.texts(message_ids),
        **_mood_columns(found.mood_log_odds),
        **_intent_columns(found, own_cut_offs or {}),
        "topic": arrow.texts([names[0] if names else None for names in found.topics]),
        "topics": arrow.lists(found.topics),
        "urgency": arrow.floats(np.round(found.urgency, _DIGITS)),
        "flow": pa.nulls(count, pa.int64()),
        "language": arrow.texts(found.language),
        "lane": arrow.texts(found.lane),
        "model": arrow.texts(found.model),
        "certainty": pa.nulls(count, pa.float64()),
        "review": pa.nulls(count, pa.bool_()),
    }
    readings = pa.Table.from_arrays([columns[name] for name in READINGS.names], schema=READINGS.arrow)
    return with_certainty(readings)


def _mood_columns(log_odds: npt.NDArray[np.float64]) -> dict[str, pa.Array]:
    unread: npt.NDArray[np.bool_] = np.asarray(np.isnan(log_odds).any(axis=1))
    chances = np.round(softmax(np.where(unread[:, None], 0.0, log_odds)), _DIGITS)
    mood = arrow.texts(MOODS).take(arrow.places(chances.argmax(axis=1), ~unread))
    chances[unread] = np.nan
    columns = {f"p_{name}": arrow.floats(chances[:, place]) for place, name in enumerate(MOODS)}
    return {"mood": mood, **columns, "score": arrow.floats(np.round(chances[:, 2] - chances[:, 0], _DIGITS))}


def _cut_offs(found: Readings, own: Mapping[str, float]) -> npt.NDArray[np.float64]:
    """[N, 9] from which probability an intent holds. What contradicts a plain mood must be surer than the rest: few
    complain in high spirits, and few who fume say thank you and mean it."""
    cut_offs = np.tile(fast_model().cut_offs, (len(found.lane), 1))
    again = np.array([lane == CAREFUL for lane in found.lane], bool)
    if again.any():
        cut_offs[again] = careful.calibration().cut_offs
    for name, cut_off in own.items():
        cut_offs[:, INTENTS.index(name)] = cut_off
    moods = softmax(np.nan_to_num(found.mood_log_odds))
    for place, contrary in ((2, UNHAPPY), (0, HAPPY)):
        plain = moods[:, place] >= PLAIN_MOOD
        columns = np.array([INTENTS.index(name) for name in contrary])
        cut_offs[np.ix_(plain, columns)] = np.maximum(cut_offs[np.ix_(plain, columns)], AGAINST_THE_MOOD)
    return cut_offs


def _intent_columns(found: Readings, own_cut_offs: Mapping[str, float]) -> dict[str, pa.Array]:
    wants = found.wants
    rounded = np.round(np.where(np.isnan(wants), -1.0, wants), _DIGITS)
    holds = rounded >= _cut_offs(found, own_cut_offs)
    # Likeliest first; of equals, the one named first in facts.INTENTS.
    order = np.argsort(np.where(holds, -rounded, 2.0), axis=1, kind="stable")
    count = holds.sum(axis=1)
    ranked = zip(order.tolist(), count.tolist(), strict=True)
    named = [[INTENTS[place] for place in row[:number]] for row, number in ranked]
    some = count > 0
    first = order[:, 0] if len(order) else np.zeros(0, np.int64)
    return {
        "intent": arrow.texts(INTENTS).take(arrow.places(first, some)),
        "p_intent": arrow.floats(rounded[np.arange(len(first)), first], some),
        "intents": arrow.lists(named),
    }
