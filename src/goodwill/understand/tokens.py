"""Texts to words, for a whole block of messages at once: one buffer of characters and NumPy over it.

A word's number is a polynomial hash of its characters, Σ c_k P^k in 64-bit wrap-around (Karp & Rabin 1987). With the
running sums H of c_k P^k, any piece's hash is (H[end] − H[start]) · P^(−start), so every word, and every piece of a
word, costs one subtraction and one product, wherever it stands. Nothing here loops over messages in Python.
"""

from __future__ import annotations

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from goodwill.understand.letters import GAP, NOTHING, SCRIPTS, SIGN, WORD, bare_letters, tables
from goodwill.understand.signs import in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

Numbers = npt.NDArray[np.uint64]
Positions = npt.NDArray[np.int64]

LONGEST = 100_000
"""Characters of one message that are read: of a longer one its first and its last half of that many."""

_PRIME = 0x9E3779B97F4A7C55  # odd, so that it has an inverse modulo 2^64
_INVERSE = pow(_PRIME, -1, 1 << 64)
_BETWEEN = "\x00"
_AT, _APOSTROPHE = ord("@"), ord("'")

_ADDRESS = re.compile(r"(?:https?://|www\.)[^\s\x00]*", re.IGNORECASE)
TAG = re.compile(r"</?[a-zA-Z!][^<>\x00]{0,300}>")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a block of messages. T words stand in the texts, U of them are distinct, N messages.

    `word` [T] says which distinct word stands there, `message` [T] whose it is, `first` [N + 1] where each message's
    words begin. Of each distinct word: its `number` [U] (the hash), `begin` and `end` [U] in `characters`, and whether
    it is a `sign` [U] (punctuation) rather than a word, and whether its letters count (`spelt` [U]: not those of signs,
    nor of @somebody or an address). `capitals` [T]: all in capitals.
    """

    characters: Numbers
    number: Numbers
    begin: Positions
    end: Positions
    sign: npt.NDArray[np.bool_]
    spelt: npt.NDArray[np.bool_]
    word: Positions
    message: Positions
    first: Positions
    capitals: npt.NDArray[np.bool_]
    scripts: Positions  # [N, scripts]: letters of each script (goodwill.understand.letters.SCRIPTS)
    bounds: Positions  # [N + 1]: where each message begins in `characters`


@cache
def _powers(size: int, base: int) -> Numbers:
    powers = np.full(size, base, np.uint64)
    powers[0] = 1
    return np.multiply.accumulate(powers)


def powers(size: int, inverse: bool = False) -> Numbers:
    """P^0 … P^(size−1), or their inverses, modulo 2^64."""
    room = 1 << max(16, (size - 1).bit_length())
    return _powers(room, _INVERSE if inverse else _PRIME)[:size]


def running(characters: Numbers) -> Numbers:
    """H [n + 1]: the running sums from which any piece's hash follows."""
    sums = np.zeros(len(characters) + 1, np.uint64)
    np.cumsum(characters * powers(len(characters)), out=sums[1:])
    return sums


def pieces(sums: Numbers, begin: Positions, end: Positions) -> Numbers:
    """The hashes of the pieces [begin, end)."""
    return (sums[end] - sums[begin]) * powers(len(sums), inverse=True)[begin]


def number_of(word: str) -> int:
    """The number of one word as it stands in the buffer (lower case, digits as 0).

    >>> words_of(["Angry!", "so angry"]).number.tolist().index(number_of("angry")) >= 0
    True
    """
    total = 0
    for place, letter in enumerate(word):
        total += ord(letter) * pow(_PRIME, place, 1 << 64)
    return total % (1 << 64)


def bounded(text: str) -> str:
    """The first and the last half of a text that is too long; others whole."""
    return text if len(text) <= LONGEST else text[: LONGEST // 2] + " " + text[-LONGEST // 2 :]


def _in_one(texts: Sequence[str]) -> str:
    """All texts in one string, NUL between them; addresses, mark-up and emoji put into words."""
    block = _BETWEEN.join(texts)
    if block.count(_BETWEEN) != len(texts) - 1 or len(block) > LONGEST:
        block = _BETWEEN.join(bounded(text).replace(_BETWEEN, " ") for text in texts)
    if "&" in block:
        block = html.unescape(block)  # no entity's name holds a NUL, so none reaches over two messages
    if "<" in block:
        block = TAG.sub(" ", block)
    if "http" in block or "www." in block or "HTTP" in block:
        block = _ADDRESS.sub(" http ", block)
    block = in_words(block)
    return block if block.isascii() else unicodedata.normalize("NFKC", block)


def _without_marks(letters: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    known = bare_letters()
    return np.where(letters < len(known), known[np.minimum(letters, len(known) - 1)], letters)


def words_of(texts: Sequence[str], bare: bool = False) -> Words:
    """The words of a block of texts (at least one).

    Lower case; digits are 0; three and more of a letter are two; @somebody is @user; an address is http; emoji are
    words; a run of signs ('!!') is a word of its own. `bare`: Latin letters without their marks, é as e.

    >>> words = words_of(["Not bad!", ""])
    >>> len(words.word), words.first.tolist()
    (3, [0, 3, 3])
    >>> len(words_of(["Olá! OLA!"]).number), len(words_of(["Olá! OLA!"], bare=True).number)
    (3, 2)
    """
    kinds, lowers, scripts = tables()
    block = _in_one(texts)
    given = np.frombuffer(block.encode("utf-32-le", "surrogatepass"), np.uint32)
    known = np.minimum(given, np.uint32(len(kinds) - 1))
    breaks = np.flatnonzero(given == 0)
    kind = kinds[known]
    lower = np.where(given < len(lowers), lowers[known], given)

    # A word keeps its inner apostrophes: don't, l'eau.
    quote = np.flatnonzero(lower == _APOSTROPHE)
    inner = quote[(quote > 0) & (quote < len(kind) - 1)]
    inner = inner[(kind[inner - 1] == WORD) & (kind[inner + 1] == WORD)]
    kind[inner] = WORD

    # Soooo is soo; joiners and direction marks vanish.
    keep = kind != NOTHING
    if len(lower) > 2:
        keep[2:] &= (lower[2:] != lower[1:-1]) | (lower[2:] != lower[:-2]) | (lower[2:] == ord("0")) | (kind[2:] == GAP)
    kept = np.flatnonzero(keep)
    upper = ((given != lower) & (kind == WORD) & (lower != ord("0")) & (lower != _APOSTROPHE))[kept]
    kind, lower, given_script = kind[kept], lower[kept], scripts[known[kept]]
    breaks = np.searchsorted(kept, breaks)
    if bare:
        lower = _without_marks(lower)

    # A word starts where the kind of character changes.
    change = np.empty(len(kind) + 1, bool)
    change[0] = change[-1] = True
    np.not_equal(kind[1:], kind[:-1], out=change[1:-1])
    edges = np.flatnonzero(change)
    begin, end = edges[:-1], edges[1:]
    real = kind[begin] != GAP
    begin, end = begin[real], end[real]
    is_sign = kind[begin] == SIGN

    characters = lower.astype(np.uint64)
    sums = running(characters)
    numbers = pieces(sums, begin, end)

    # @somebody is @user; the sign itself goes.
    mention = np.zeros(len(begin), bool)
    if len(begin):
        after_at = (begin > 0) & ~is_sign
        after_at[after_at] = lower[begin[after_at] - 1] == _AT
        mention = after_at
    numbers[mention] = np.uint64(number_of("@user"))
    lone = is_sign & (end - begin == 1)
    dull = np.zeros(len(begin), bool)
    dull[lone] = np.isin(lower[begin[lone]], np.array([_AT, ord("#"), _APOSTROPHE, ord('"'), ord("-")], np.uint32))
    begin, end, numbers = begin[~dull], end[~dull], numbers[~dull]
    is_sign, mention = is_sign[~dull], mention[~dull]

    bounds = np.concatenate(([0], breaks + 1, [len(lower) + 1]))
    first = np.searchsorted(begin, bounds)
    message = np.repeat(np.arange(len(texts)), np.diff(first))

    capital_sums = np.concatenate(([0], np.cumsum(upper)))
    capitals = (capital_sums[end] - capital_sums[begin] == end - begin) & (end - begin > 1) & ~is_sign

    owner = np.repeat(np.arange(len(texts)), np.diff(np.minimum(bounds, len(lower))))
    letters = np.bincount(owner * len(SCRIPTS) + given_script, minlength=len(texts) * len(SCRIPTS))
    letters = letters.reshape(len(texts), len(SCRIPTS))

    number, sample, word = np.unique(numbers, return_index=True, return_inverse=True)
    spelt = ~(is_sign | mention)[sample] & (number != np.uint64(number_of("http")))
    return Words(
        characters,
        number,
        begin[sample],
        end[sample],
        is_sign[sample],
        spelt,
        word,
        message,
        first,
        capitals,
        letters,
        bounds,
    )
