"""The reader's numbers: a hashed table of small integers, added up per message.

Linear in the features (goodwill.understand.features): softmax over three moods, a logistic each for the nine intents
and for urgency. Sums are of integers, so a message's sum does not depend on its neighbours in the block.

Other languages than English have a table of moods of their own: there is little to learn them from, so that each rare
piece of a word counts (weights by inverse document frequency, Spärck Jones 1972, folded into the table).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from goodwill.facts import INTENTS, MOODS
from goodwill.understand.features import foreign_features_of

if TYPE_CHECKING:
    from goodwill.understand.features import Features, ForeignFeatures
    from goodwill.understand.tokens import Positions, Words

Table = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]

WEIGHTS = Path(__file__).parent / "weights" / "fast.npz"
PIECES_WEIGHT = 2
"""The mean of a word's pieces counts this much beside the word itself."""
NARROW = 3
"""The table of intents has 2^NARROW times fewer rows than the table of moods."""
NARROWEST = 6
"""The table of languages has 2^NARROWEST times fewer."""
_UNIT = 64  # fixed point: a weight of 1 is 64


@dataclass(frozen=True, slots=True)
class Model:
    """What training found (training/export.py writes it)."""

    version: str
    mood_table: Table  # [2^BITS, 2]: negative and positive against neutral
    mood_scale: Floats  # [2]: what a weight of 1 is worth
    mood_bias: Floats  # [2]
    foreign_table: Table  # [2^FOREIGN_BITS, 2]: the same in other languages than English
    foreign_scale: Floats  # [2]
    foreign_bias: Floats  # [2]
    want_table: Table  # [2^(BITS − NARROW), 10]: the nine intents, then urgency
    want_scale: Floats  # [10]
    want_bias: Floats  # [10]
    cut_offs: Floats  # [9]: an intent holds from this probability on
    tongue_table: Table  # [2^(BITS − NARROWEST), 7]: the languages LEARNT
    tongue_scale: Floats  # [7]
    tongue_bias: Floats  # [7]

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Model:
        """Reads the weights that training wrote."""
        with np.load(path, allow_pickle=False) as kept:
            return cls(str(kept["version"]), *(kept[name] for name in cls.__slots__[1:]))


@cache
def fast_model() -> Model:
    """The model that ships, read once."""
    return Model.load(WEIGHTS)


def lengths(words: Words) -> Floats:
    """[N] what each message's sum is divided by: √(words + 1)."""
    return np.sqrt(np.diff(words.first) + 1.0)


def _gather(table: Table, rows: Positions) -> npt.NDArray[np.int32]:
    return table.take(rows, axis=0).astype(np.int32)


def _sum_by(values: npt.NDArray[np.int32], first: Positions) -> npt.NDArray[np.int64]:
    """Sums of runs: run k is [first[k], first[k + 1])."""
    running = np.zeros((len(values) + 1, values.shape[1]), np.int64)
    np.cumsum(values, axis=0, out=running[1:])
    return running[first[1:]] - running[first[:-1]]


def _totals(table: Table, narrow: int, words: Words, found: Features, extras: bool = True) -> npt.NDArray[np.int64]:
    """[N, columns] the table's rows that each message touches, added up, in units of 1/64."""
    distinct = len(words.number)
    edges = np.searchsorted(found.piece_word, np.arange(distinct + 1))
    count = np.maximum(np.diff(edges), 1)[:, None]
    of_pieces = _sum_by(_gather(table, found.piece_row >> narrow), edges) * (_UNIT * PIECES_WEIGHT) // count
    of_word = (_gather(table, found.word_row >> narrow) * _UNIT + of_pieces).astype(np.int32)
    if not extras:
        of_word[~words.spelt] = 0
    total = _sum_by(of_word[words.word], words.first)
    if not extras:
        return total
    order = np.argsort(found.extra_message, kind="stable")
    extra = _gather(table, found.extra_row[order] >> narrow)
    edges = np.searchsorted(found.extra_message[order], np.arange(len(words.first)))
    return total + _sum_by(extra, edges) * _UNIT


def mood_logits(model: Model, words: Words, found: Features) -> Floats:
    """[N, 3] log-odds of the moods of English messages, neutral at 0."""
    sums = _totals(model.mood_table, 0, words, found) * (model.mood_scale / _UNIT) / lengths(words)[:, None]
    sums += model.mood_bias
    return np.column_stack([sums[:, 0], np.zeros(len(sums)), sums[:, 1]])


def foreign_mood_logits(model: Model, words: Words) -> Floats:
    """[N, 3] log-odds of the moods of messages in other languages, neutral at 0."""
    found = foreign_features_of(words)
    table, distinct, count = model.foreign_table, len(words.number), len(words.first) - 1
    edges = np.searchsorted(found.piece_word, np.arange(distinct + 1))
    of_pieces = _sum_by(_gather(table, found.piece_row), edges).astype(np.int32)
    pieces = _sum_by(of_pieces[words.word], words.first)
    whole = _sum_by(_gather(table, found.word_row)[words.word], words.first)
    edges = np.searchsorted(found.extra_message, np.arange(count + 1))
    whole += _sum_by(_gather(table, found.extra_row), edges)
    for_words, for_pieces = foreign_lengths(words, found)
    sums = (whole / for_words[:, None] + pieces / for_pieces[:, None]) * model.foreign_scale + model.foreign_bias
    return np.column_stack([sums[:, 0], np.zeros(len(sums)), sums[:, 1]])


def foreign_lengths(words: Words, found: ForeignFeatures) -> tuple[Floats, Floats]:
    """[N] each: what the sum over words, pairs and words under a negation, and the sum over pieces, is divided by:
    √(their number + 1)."""
    of_word = np.bincount(found.piece_word, minlength=len(words.number))
    count = len(words.first) - 1
    whole = np.diff(words.first) + np.bincount(found.extra_message, minlength=count)
    pieces = np.bincount(words.message, of_word[words.word], count)
    return np.sqrt(whole + 1.0), np.sqrt(pieces + 1.0)


def want_logits(model: Model, words: Words, found: Features) -> Floats:
    """[N, 10] log-odds of the nine intents and of urgency."""
    sums = _totals(model.want_table, NARROW, words, found) * (model.want_scale / _UNIT) / lengths(words)[:, None]
    return np.asarray(sums + model.want_bias)


def tongue_log_odds(model: Model, words: Words, found: Features) -> Floats:
    """[N, 7] log-probabilities of the learnt languages, by their words and pieces of words alone."""
    sums = _totals(model.tongue_table, NARROWEST, words, found, extras=False)
    logits = sums * (model.tongue_scale / _UNIT) / lengths(words)[:, None] + model.tongue_bias
    logits -= logits.max(axis=1, keepdims=True)
    return np.asarray(logits - np.log(np.exp(logits).sum(axis=1, keepdims=True)))


def softmax(logits: Floats) -> Floats:
    """Probabilities [N, K] from log-odds."""
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def logistic(logits: Floats) -> Floats:
    """Probabilities from log-odds.

    >>> logistic(np.array([0.0])).tolist()
    [0.5]
    """
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -40, 40))))


assert len(MOODS) == 3 and len(INTENTS) == 9  # the tables' columns
