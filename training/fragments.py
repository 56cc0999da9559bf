"""Parts of texts, for the careful reader to read and the fast one to learn from.

A linear reader learns from a whole tweet only what its words say together. What the careful reader says of a few words
out of its middle tells the words apart (data augmentation in distilling: Tang et al. 2019, section 3.2).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from training.split import TRAIN

if TYPE_CHECKING:
    from training.data import Texts

SOURCES = ("semeval", "tweetact", "tweeteval_emotion", "tweeteval_irony", "tweeteval_offensive", "complaints")
SOURCES += ("goemotions", "appreview", "amazon_cells", "own_hand")
SHORTEST, LONG_ENOUGH = 2, 6  # words of a fragment, of a text that has one


def fragments(texts: Texts, part: np.ndarray) -> list[str]:
    """A run of words out of each text that teaches, at most half of it: drawn by the text alone, none twice."""
    taught = (part == TRAIN) & np.isin(texts.source, SOURCES)
    return list(dict.fromkeys(found for place in np.flatnonzero(taught) if (found := _fragment(texts.text[place]))))


def _fragment(text: str) -> str:
    words = text.split()
    if len(words) < LONG_ENOUGH:
        return ""
    digest = hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest()
    rng = np.random.default_rng(int.from_bytes(digest, "big"))
    size = int(rng.integers(SHORTEST, max(SHORTEST + 1, len(words) // 2) + 1))
    begin = int(rng.integers(0, len(words) - size + 1))
    return " ".join(words[begin : begin + size])
