"""From words to the places in the weight table that a message touches.

A message's features are its words, its pairs of neighbours, its words under a negation ('not … good'), and the pieces
of 3 to 5 letters of each word with its ends marked ('<ba', 'bad', 'ad>': Bojanowski, Grave, Joulin and Mikolov 2017),
each hashed to a row of a table (Weinberger et al. 2009).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from goodwill.understand.tokens import Numbers, Positions, Words, number_of, pieces, running, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

BITS = 20
"""The hashed table has 2^20 rows."""

SHORTEST, LONGEST = 3, 5
FOREIGN_BITS, FOREIGN_LONGEST = 20, 6
"""Other languages than English have a table of their own, and pieces of up to six letters."""
_LETTERS_OF_A_WORD = 32  # of a longer one, the first 32: bounds what a line without spaces can cost

_PAIR, _SKIP, _NEGATED, _PIECE, _CAPITALS, _AFTER_BUT = (np.uint64(0x9E6F1A3B5C7D1E01 + 2 * k) for k in range(6))
_NEGATORS = (
    "not no never none nobody nothing neither nor without hardly barely cannot cant can't dont don't doesnt doesn't "
    "didnt didn't isnt isn't arent aren't wasnt wasn't werent weren't wont won't wouldnt wouldn't couldnt couldn't "
    "shouldnt shouldn't havent haven't hasnt hasn't hadnt hadn't aint ain't "
    "nicht kein keine keinen nie niemals pas jamais aucun rien no nunca nada nadie não nem nunca non mai niente nessun"
)
_FOREIGN_NEGATORS = (
    "nicht kein keine keinen keinem keiner nie niemals nix nichts ohne ne pas jamais aucun aucune rien sans no nunca "
    "nada nadie ni sin jamas tampoco ningun ninguna nao nem num ninguem mai niente nessun nessuno nessuna non senza ma "
    "nahi nahin nhi nai na mat ما لا لم لن مو مش مب ليس ليست بدون غير مافي مافيه ولا مفيش never not dont cant without"
)
"""Without marks, as `foreign_words_of` gives them; one list, for a tweet may mix languages."""
_REACH = 3  # words that a negation reaches over, unless a sign ends it


@dataclass(frozen=True, slots=True)
class Features:
    """Rows of the table. `word_row` [U]: each distinct word's own. `piece_row`, `piece_word` [G]: pieces of distinct
    words. `extra_row`, `extra_message` [E]: what depends on neighbours, with the message that it stands in."""

    word_row: Positions
    piece_row: Positions
    piece_word: Positions
    extra_row: Positions
    extra_message: Positions


def rows(hashes: Numbers, bits: int = BITS) -> Positions:
    """Mixes a hash well (the finaliser of splitmix64, Steele, Lea and Flood 2014) and keeps its highest bits."""
    mixed = hashes ^ (hashes >> np.uint64(30))
    mixed = mixed * np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    return (mixed >> np.uint64(64 - bits)).astype(np.int64)


@cache
def _numbers_of(listed: str) -> Numbers:
    """The numbers of a list of words."""
    return np.unique(np.array([number_of(word) for word in set(listed.split())], np.uint64))


def _pieces(words: Words, longest: int = LONGEST) -> tuple[Numbers, Positions]:
    """The hashes of all pieces of the distinct words from 3 letters on, and whose they are."""
    spelt = np.flatnonzero(words.spelt)
    length = np.minimum(words.end[spelt] - words.begin[spelt], _LETTERS_OF_A_WORD)
    # A small buffer of the distinct words, each between marks: '<bad>'.
    room = length + 2
    start = np.concatenate(([0], np.cumsum(room)[:-1])).astype(np.int64) if len(room) else room
    total = int(room.sum())
    owner = np.repeat(np.arange(len(spelt)), room)
    place = np.arange(total) - start[owner]
    source = words.begin[spelt][owner] + place - 1
    marked = np.full(total, ord("<"), np.uint64)
    inner = (place > 0) & (place <= length[owner])
    marked[inner] = words.characters[source[inner]]
    marked[place == room[owner] - 1] = ord(">")
    sums = running(marked)
    left = room[owner] - place
    hashes, whose = [], []
    for size in range(SHORTEST, longest + 1):
        begin = np.flatnonzero(left >= size)
        hashes.append(pieces(sums, begin, begin + size) + np.uint64(size))
        whose.append(owner[begin])
    together = np.concatenate(whose)
    order = np.argsort(together, kind="stable")
    return np.concatenate(hashes)[order], spelt[together[order]]


def _within(word: Positions, message: Positions, gap: int) -> Positions:
    """Positions t whose word t + gap stands in the same message."""
    return np.flatnonzero(message[gap:] == message[:-gap]) if len(word) > gap else np.zeros(0, np.int64)


def _negated(words: Words, negators: Numbers) -> Positions:
    """Positions of words that a negation reaches."""
    if not len(words.word):
        return np.zeros(0, np.int64)
    here = np.arange(len(words.word))
    negator = np.isin(words.number, negators)[words.word]
    ends = words.sign[words.word]
    last = np.maximum.accumulate(np.where(negator, here, -_REACH - 1))
    barrier = np.maximum.accumulate(np.where(ends, here, -1))
    reached = (here - last <= _REACH) & ~negator & ~ends & (last > barrier) & (last >= words.first[words.message])
    return np.flatnonzero(reached)


def features_of(words: Words) -> Features:
    """Everything that the tables are asked for, for one block."""
    number = words.number[words.word]
    piece_hash, piece_word = _pieces(words)
    pair = _within(words.word, words.message, 1)
    negated = _negated(words, _numbers_of(_NEGATORS))
    capitals = np.flatnonzero(words.capitals)
    extra = (
        (number[pair] * np.uint64(3) + number[pair + 1] * np.uint64(5)) ^ _PAIR if len(pair) else number[:0],
        number[negated] ^ _NEGATED,
        np.full(len(capitals), _CAPITALS, np.uint64),
    )
    return Features(
        word_row=rows(words.number),
        piece_row=rows(piece_hash ^ _PIECE),
        piece_word=piece_word,
        extra_row=rows(np.concatenate(extra)),
        extra_message=words.message[np.concatenate((pair, negated, capitals))],
    )


@dataclass(frozen=True, slots=True)
class ForeignFeatures:
    """Rows of the other languages' table. `word_row` [U]; `piece_row`, `piece_word` [G]; `extra_row`, `extra_message`
    [E]: two neighbours, or a word under a negation, and the message that they stand in, message by message."""

    word_row: Positions
    piece_row: Positions
    piece_word: Positions
    extra_row: Positions
    extra_message: Positions


def foreign_words_of(texts: Sequence[str]) -> Words:
    """The words of texts in other languages: without the marks that half of all tweets leave out."""
    return words_of(texts, bare=True)


def foreign_features_of(words: Words) -> ForeignFeatures:
    """What the other languages' table is asked for: words, pairs of neighbours, words under a negation, pieces."""
    number = words.number[words.word]
    pair = _within(words.word, words.message, 1)
    negated = _negated(words, _numbers_of(_FOREIGN_NEGATORS))
    pairs = (number[pair] * np.uint64(3) + number[pair + 1] * np.uint64(5)) ^ _PAIR if len(pair) else number[:0]
    extra = rows(np.concatenate((pairs, number[negated] ^ _NEGATED)), FOREIGN_BITS)
    message = words.message[np.concatenate((pair, negated))]
    order = np.argsort(message, kind="stable")
    piece_hash, piece_word = _pieces(words, FOREIGN_LONGEST)
    return ForeignFeatures(
        rows(words.number, FOREIGN_BITS),
        rows(piece_hash ^ _PIECE, FOREIGN_BITS),
        piece_word,
        extra[order],
        message[order],
    )
