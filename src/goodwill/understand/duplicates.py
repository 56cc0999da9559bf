"""The same thing said many times: groups of near-equal messages, by their letters or by their meaning.

Both ways hash first and compare after: only what falls into a common bucket is looked at, and joined only where it is
truly alike, so a million messages take minutes and memory stays bounded.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from goodwill.understand.tokens import Positions
    from goodwill.understand.vectors import Vectors

    Alike = Callable[[Positions, Positions], npt.NDArray[np.bool_]]

LIKE_IN_LETTERS = 0.6
LIKE_IN_MEANING = 0.92

_ROWS, _BANDS, _SHINGLE = 4, 10, 4  # likeness .6 shares a band with probability .75, .8 with .995
_TEXTS_A_BLOCK = 4096
_CHARACTERS = 1000  # of each message
_PLANES, _TABLES = 16, 24  # likeness .92 shares a table with probability .73, .95 with .94, .98 with .999
_NEIGHBOURS = 4  # of each member of a bucket that are compared, beside the bucket's first
_AT_ONCE = 1 << 15
_ROUNDS = 500  # more groups than this in one chain: the rest stand alone
_DRESS = re.compile(r"@\w+|https?\S*|[\W\d_]+")


def duplicates(texts: Sequence[str | None], like: float = LIKE_IN_LETTERS, seed: int = 1) -> Positions:
    """[N] the number of each text's group of near-equal texts: that of its first member, in the order given.

    Texts are compared by their sets of four-letter shingles, without @names, addresses, digits and signs: MinHash with
    banding (Broder 1997; Leskovec, Rajaraman and Ullman, chapter 3), 40 hashes in bands of 4, and two texts of a band
    are joined where at least `like` of their hashes agree (an estimate of the Jaccard likeness, ± .08). Every member is
    that like the first of its group. A text without a word is alone.

    >>> duplicates(["Where is my order 4711?", "where is my order 12", "I like it", "Where is my order??"]).tolist()
    [0, 0, 2, 0]
    """
    signatures = np.empty((len(texts), _ROWS * _BANDS), np.uint32)
    said = np.ones(len(texts), bool)
    for begin in range(0, len(texts), _TEXTS_A_BLOCK):
        block = [_undressed(text) for text in texts[begin : begin + _TEXTS_A_BLOCK]]
        said[begin : begin + len(block)] = [bool(text) for text in block]
        signatures[begin : begin + len(block)] = _signatures(block, seed)

    def alike(one: Positions, other: Positions) -> npt.NDArray[np.bool_]:
        return np.asarray((signatures[one] == signatures[other]).mean(axis=1) >= like)

    def keys() -> Iterator[npt.NDArray[np.uint64]]:
        for band in range(_BANDS):
            yield _mixed(signatures[:, band * _ROWS : (band + 1) * _ROWS])

    return _joined(np.flatnonzero(said), len(texts), keys(), alike)


def duplicates_in_meaning(vectors: Vectors, like: float = LIKE_IN_MEANING, seed: int = 1) -> Positions:
    """[N] the number of each message's group of messages that mean nearly the same: that of its first member.

    `vectors` [N, 384] are those of `understand.vectors`. Signs of random projections (Charikar 2002), 16 to a table, 24
    tables; of a table's bucket those are joined whose product is at least `like`. A message without a vector is alone.
    """
    planes = np.random.default_rng(seed).normal(size=(vectors.shape[1], _PLANES * _TABLES)).astype(np.float32)
    codes = np.empty((len(vectors), _TABLES), np.uint16)
    for begin in range(0, len(vectors), _AT_ONCE):
        above = vectors[begin : begin + _AT_ONCE] @ planes > 0
        codes[begin : begin + _AT_ONCE] = np.packbits(above, axis=1).view(np.uint16)

    def alike(one: Positions, other: Positions) -> npt.NDArray[np.bool_]:
        return np.asarray(np.einsum("ij,ij->i", vectors[one], vectors[other]) >= like)

    return _joined(np.flatnonzero(vectors.any(axis=1)), len(vectors), iter(codes.T), alike)


def _undressed(text: str | None) -> str:
    """Letters in lower case, single spaces."""
    return _DRESS.sub(" ", (text or "")[:_CHARACTERS].lower()).strip()


def _signatures(texts: list[str], seed: int) -> npt.NDArray[np.uint32]:
    """[n, ROWS · BANDS] the smallest hash of each text's shingles under each of many hash functions."""
    odd = np.random.default_rng(seed).integers(1, 2**31, _ROWS * _BANDS, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    length = np.fromiter(map(len, texts), np.int64, len(texts)) + _SHINGLE
    block = "".join(text + " " * _SHINGLE for text in texts)
    letters = np.frombuffer(block.encode("utf-32-le", "surrogatepass"), np.uint32)
    shingle = np.zeros(len(letters), np.uint32)
    for place in range(_SHINGLE):
        shingle = shingle * np.uint32(0x01000193) ^ np.roll(letters, -place)
    shingle ^= shingle >> np.uint32(15)
    begin = np.concatenate(([0], np.cumsum(length)[:-1]))
    for gap in range(1, _SHINGLE + 1):  # what starts in the gap runs into the next text
        shingle[begin + length - gap] = shingle[begin]
    found = np.empty((len(texts), len(odd)), np.uint32)
    for place, factor in enumerate(odd):
        hashed = shingle * factor
        hashed ^= hashed >> np.uint32(16)
        hashed *= np.uint32(0x85EBCA6B)
        found[:, place] = np.minimum.reduceat(hashed, begin)
    return found


def _mixed(rows: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint64]:
    """One number for each row of a band."""
    mixed = np.zeros(len(rows), np.uint64)
    for column in rows.T:
        mixed = (mixed ^ column) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    return mixed


def _joined(said: Positions, count: int, keys: Iterator[npt.NDArray[np.generic]], alike: Alike) -> Positions:
    """Groups by all tables: each member of a bucket is compared with the bucket's first and its next neighbours."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    group = np.arange(count)
    for key in keys:
        mine = key[said]
        order = np.argsort(mine, kind="stable")
        starts = np.flatnonzero(np.concatenate(([True], mine[order][1:] != mine[order][:-1]))) if len(mine) else order
        size = np.diff(np.concatenate((starts, [len(order)])))
        first = np.repeat(starts, size)
        pairs = [(first, np.arange(len(order)))]
        for step in range(1, _NEIGHBOURS + 1):
            later = np.arange(step, len(order))
            same = first[later] == first[later - step]
            pairs.append((later[same] - step, later[same]))
        rows, columns = [], []
        for one, other in pairs:
            left, right = said[order[one]], said[order[other]]
            apart = group[left] != group[right]
            for begin in range(0, int(apart.sum()), _AT_ONCE):
                part = np.flatnonzero(apart)[begin : begin + _AT_ONCE]
                held = alike(left[part], right[part])
                rows.append(group[left[part][held]])
                columns.append(group[right[part][held]])
        if rows:
            row, column = np.concatenate(rows), np.concatenate(columns)
            graph = coo_matrix((np.ones(len(row), bool), (row, column)), shape=(count, count))
            label = connected_components(graph, directed=False)[1][group]
            least = np.full(int(label.max()) + 1, count)
            np.minimum.at(least, label, np.arange(count))
            group = least[label]
    return _led(group, alike)


def _led(group: Positions, alike: Alike) -> Positions:
    """Chains cut: whoever is not like the first of the group goes into a group of those left, under its own first."""
    group, left = group.copy(), np.flatnonzero(group != np.arange(len(group)))
    for _ in range(_ROUNDS):
        parts = range(0, len(left), _AT_ONCE)
        held = [alike(left[at : at + _AT_ONCE], group[left[at : at + _AT_ONCE]]) for at in parts]
        left = left[~np.concatenate(held)] if held else left
        if not len(left):
            break
        owner, first = np.unique(group[left], return_index=True)
        group[left] = left[first][np.searchsorted(owner, group[left])]
        left = left[group[left] != left]
    group[left] = left
    return group
