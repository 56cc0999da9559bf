"""Split by near-duplicate group, so that no held-out text has a twin in training.

MinHash with banding (Broder 1997; Leskovec, Rajaraman and Ullman, chapter 3): texts whose sets of 4-letter shingles
are alike fall into a common band with probability 1 − (1 − s^r)^b; here r = 4 rows and b = 12 bands, so that likeness
.6 is found with probability .81, .8 with .998. Texts that share a band and agree in half of all smallest hashes (whose
share estimates the likeness; the bands alone chained 69,000 short texts to one group), or that are the same but for
@names, addresses, digits and punctuation, are one group.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from collections.abc import Sequence

SEED = 20261122
ROWS, BANDS, SHINGLE = 4, 12, 4
ALIKE = 0.5
TRAIN, DEV, TEST = 0, 1, 2
LEFT_OUT = 3  # copies of what judges


def _normal(text: str) -> str:
    text = re.sub(r"@\w+|https?\S*|\d+", " ", text.lower())
    return " ".join(re.sub(r"[^\w]+", " ", text).split())


def _signatures(texts: Sequence[str], seed: int) -> np.ndarray:
    """[N, ROWS · BANDS] the smallest hash of each text's shingles under each of many hash functions."""
    rng = np.random.default_rng(seed)
    odd = rng.integers(1, 2**63, ROWS * BANDS, dtype=np.uint64) | np.uint64(1)
    block = "".join(text + " " * SHINGLE for text in texts)
    letters = np.frombuffer(block.encode("utf-32-le"), np.uint32).astype(np.uint64)
    shingle = np.zeros(len(letters), np.uint64)
    for place in range(SHINGLE):
        shingle = shingle * np.uint64(0x100000001B3) + np.roll(letters, -place)
    shingle ^= shingle >> np.uint64(29)
    length = np.array([len(text) + SHINGLE for text in texts])
    end = np.cumsum(length)
    begin = end - length
    # A shingle that starts in the last blanks would reach into the next text: the text's first stands in its place.
    reaching = end[:, None] - np.arange(1, SHINGLE)
    shingle[reaching] = shingle[begin][:, None]
    return np.stack(
        [np.minimum.reduceat((shingle * factor) ^ ((shingle * factor) >> np.uint64(31)), begin) for factor in odd],
        axis=1,
    )


def groups(texts: Sequence[str], seed: int = 1) -> np.ndarray:
    """[N] the number of each text's group of near-duplicates."""
    normal = [_normal(text) for text in texts]
    signature = np.vstack([_signatures(normal[begin : begin + 4096], seed) for begin in range(0, len(normal), 4096)])
    keys = [np.unique(np.array(normal), return_inverse=True)[1]]
    for band in range(BANDS):
        part = np.ascontiguousarray(signature[:, band * ROWS : (band + 1) * ROWS])
        keys.append(np.unique(part.view(f"V{part.itemsize * ROWS}").ravel(), return_inverse=True)[1])
    size = len(texts)
    here = np.arange(size)
    rows, columns = [], []
    for number, key in enumerate(keys):
        order = np.argsort(key, kind="stable")
        same = key[order][1:] == key[order][:-1]
        row, column = here[order][1:][same], here[order][:-1][same]
        if number:
            likely = (signature[row] == signature[column]).mean(axis=1) >= ALIKE
            row, column = row[likely], column[likely]
        rows.append(row)
        columns.append(column)
    row, column = np.concatenate(rows), np.concatenate(columns)
    graph = coo_matrix((np.ones(len(row), bool), (row, column)), shape=(size, size))
    return connected_components(graph, directed=False)[1]


def parts(texts: Sequence[str], group: np.ndarray, seed: int, dev: float = 0.1, test: float = 0.1) -> np.ndarray:
    """[N] TRAIN, DEV or TEST, the same for a whole group.

    A group is drawn by the hash of its first text in the order of the alphabet, so that adding texts elsewhere leaves
    the others where they were.
    """
    first: dict[int, str] = {}
    for text, number in zip(texts, group.tolist(), strict=True):
        if number not in first or text < first[number]:
            first[number] = text
    drawn = {number: _share(text, seed) for number, text in first.items()}
    share = np.array([drawn[number] for number in group.tolist()])
    return np.where(share < test, TEST, np.where(share < test + dev, DEV, TRAIN))


def _share(text: str, seed: int) -> float:
    """A number from 0 to 1 that the text alone decides."""
    digest = hashlib.blake2b(text.encode("utf-8"), digest_size=8, salt=str(seed).encode()[:16]).digest()
    return int.from_bytes(digest, "big") / 2**64
