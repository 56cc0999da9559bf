"""The firm's own topics: a name, and words or examples that point at it. No training.

A word points at a topic where a message has it or a form of it ('deliver' finds 'delivered', 'delivery'); a phrase
where its words follow each other; an example of more than four words where most of its telling words are in the
message. Every message is compared by the numbers of its words (goodwill.understand.tokens), a block at a time.
Examples that are to be compared by meaning are goodwill.understand.by_example's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from goodwill.understand.tokens import Numbers, Positions, Words, number_of, pieces, running, words_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PHRASE = 4  # an entry of more words than this is an example
_MOST = 0.6  # the share of an example's telling words that a message must have
_TELLING = 4  # letters: shorter words of an example tell nothing
_STEM = 4  # no stem is shorter
_FORMS = (
    "s es ed d ing ings er ers ered ering ery eries y ies ied ying al als ment ments ation ations ating ated ate ates "
    "ion ions ive or ors ly able ness e en ens ent ents 's"
)
_ENDINGS = sorted(_FORMS.split(), key=lambda ending: (-len(ending), ending))


@dataclass(frozen=True, slots=True)
class _Entry:
    topic: int
    stems: tuple[str, ...]
    example: bool


def stem(word: str) -> str:
    """A word without its ending, in lower case.

    >>> stem("Deliveries"), stem("delivered"), stem("price"), stem("gas")
    ('deliv', 'deliv', 'pric', 'gas')
    """
    small = word.lower()
    for ending in _ENDINGS:
        if small.endswith(ending) and len(small) - len(ending) >= _STEM:
            return small[: -len(ending)]
    return small


def _entries(topics: Mapping[str, Sequence[str]]) -> list[_Entry]:
    found = []
    for place, (name, said) in enumerate(topics.items()):
        for text in dict.fromkeys((name, *said)):
            split = _spelt(text)
            example = len(split) > _PHRASE
            stems = tuple(stem(word) for word in split if not example or len(word) >= _TELLING)
            if stems:
                found.append(_Entry(place, stems, example))
    return found


def _spelt(text: str) -> list[str]:
    """A text's words as the reader sees them."""
    words = words_of([text])
    return [
        "".join(map(chr, words.characters[words.begin[k] : words.end[k]].tolist()))
        for k in words.word.tolist()
        if words.spelt[k]
    ]


def _is_form_of(words: Words, sums: Numbers, wanted: str) -> npt.NDArray[np.bool_]:
    """[U] whether each distinct word is the stem with at most a short ending; a short word must be the same."""
    target = words_of([wanted])
    if len(target.number) != 1:
        return np.zeros(len(words.number), bool)
    length = words.end - words.begin
    size = int(target.end[0] - target.begin[0])
    if size < _STEM:
        return np.asarray((words.number == target.number[0]) | _plural(words, sums, size, target))
    long_enough = (length >= size) & words.spelt
    same = np.zeros(len(length), bool)
    begin, end = words.begin[long_enough], words.end[long_enough]
    ending = pieces(sums, begin + size, end)
    opens = pieces(sums, begin, begin + size) == target.number[0]
    same[long_enough] = opens & ((end == begin + size) | np.isin(ending, _ending_numbers()))
    return same


@cache
def _ending_numbers() -> Numbers:
    return np.array([number_of(ending) for ending in _ENDINGS], np.uint64)


def _plural(words: Words, sums: Numbers, size: int, target: Words) -> npt.NDArray[np.bool_]:
    longer = (words.end - words.begin == size + 1) & words.spelt
    same = np.zeros(len(longer), bool)
    begin = words.begin[longer]
    ends_in_s = words.characters[begin + size] == ord("s")
    same[longer] = (pieces(sums, begin, begin + size) == target.number[0]) & ends_in_s
    return same


class Topics:
    """The firm's list, made ready once.

    >>> topics = Topics({"delivery": ["late parcel", "courier"], "price": ["expensive"]})
    >>> topics.of(words_of(["Late parcels, rude couriers", "A price too expensive to be delivered", "hello"]))
    [['delivery'], ['price', 'delivery'], []]
    """

    def __init__(self, topics: Mapping[str, Sequence[str]]) -> None:
        self.names = tuple(topics)
        self._entries = _entries(topics)
        self._stems = tuple(dict.fromkeys(stem for entry in self._entries for stem in entry.stems))

    def of(self, words: Words) -> list[list[str]]:
        """Each message's topics: most hits first, then the firm's own order."""
        count = len(words.first) - 1
        if not self.names:
            return [[] for _ in range(count)]
        hits = self._hits(words, count)
        found: list[list[str]] = [[] for _ in range(count)]
        for message in np.flatnonzero(hits.any(axis=1)).tolist():
            order = np.argsort(-hits[message], kind="stable")
            found[message] = [self.names[place] for place in order.tolist() if hits[message, place]]
        return found

    def _hits(self, words: Words, count: int) -> npt.NDArray[np.int64]:
        hits = np.zeros((count, len(self.names)), np.int64)
        sums = running(words.characters)
        at: dict[str, npt.NDArray[np.bool_]] = {}
        for wanted in self._stems:
            at[wanted] = _is_form_of(words, sums, wanted)[words.word]
        for entry in self._entries:
            where = _example(entry, at, words, count) if entry.example else _phrase(entry, at, words)
            np.add.at(hits[:, entry.topic], where, 1)
        return hits


def _phrase(entry: _Entry, at: Mapping[str, npt.NDArray[np.bool_]], words: Words) -> Positions:
    """The messages in which the entry's words follow each other, once for each time."""
    size = len(entry.stems)
    if len(words.word) < size:
        return np.zeros(0, np.int64)
    last = len(words.word) - size + 1
    follows = np.ones(last, bool)
    for place, wanted in enumerate(entry.stems):
        follows &= at[wanted][place : place + last]
    follows &= words.message[:last] == words.message[size - 1 :]
    return words.message[:last][follows]


def _example(entry: _Entry, at: Mapping[str, npt.NDArray[np.bool_]], words: Words, count: int) -> Positions:
    """The messages that have most of the example's telling words, and at least two."""
    has = np.zeros((count, len(entry.stems)), bool)
    for place, wanted in enumerate(entry.stems):
        has[words.message[at[wanted]], place] = True
    shared = has.sum(axis=1)
    return np.flatnonzero((shared >= 2) & (shared >= _MOST * len(entry.stems)))
