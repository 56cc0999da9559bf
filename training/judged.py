"""Texts that judge must not teach, and texts that taught must not judge."""

from __future__ import annotations

import csv
import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from training.split import LEFT_OUT, SEED, TRAIN, groups, parts

if TYPE_CHECKING:
    from collections.abc import Iterable

JUDGES = ("tweeteval_sentiment_dev.csv",)
"""Sets that judge; 28 % of the first also stands in SemEval 2013–16, but for an address at the end."""

TAUGHT = Path(__file__).parent / "deep" / "taught.npy"
"""Fingerprints of texts that the careful reader's body was taught, and that the split of today would hold out: in the
split of that day, shingles ran into the next text, so that some near-duplicates were not found."""


def words_in(text: str) -> frozenset[str]:
    """What makes two texts copies of each other: the same words, but for addresses, @names and digits.

    >>> words_in("@sam Great day! http://t.example/1") == words_in("great day http")
    True
    """
    return frozenset(re.sub(r"http\S*|@\w+|[^a-z ]+", " ", text.lower()).split())


def judged_elsewhere(folder: Path, texts: Iterable[str]) -> np.ndarray:
    """[N] which texts have a copy in a set that judges: nothing may be learnt from them."""
    judging = {words_in(text) for name in JUDGES for text in _texts(folder / name)}
    return np.array([words_in(text) in judging for text in texts])


def also_taught(folder: Path, texts: Iterable[str]) -> np.ndarray:
    """[N] which texts of a set that judges SemEval 2013–16 has too."""
    taught = {words_in(text) for text in _texts(folder / "semeval1316_sentiment_train.csv")}
    return np.array([words_in(text) in taught for text in texts])


def fingerprints(texts: Iterable[str]) -> np.ndarray:
    """[N] uint64, by the text alone."""
    digests = (hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest() for text in texts)
    return np.array([int.from_bytes(digest, "big") for digest in digests], np.uint64)


def taught_before(texts: Iterable[str]) -> np.ndarray:
    """[N] which texts taught the body that ships although the split would have them judge."""
    return np.isin(fingerprints(texts), np.load(TAUGHT, allow_pickle=False))


def divided(folder: Path, texts: list[str]) -> np.ndarray:
    """[N] TRAIN, DEV, TEST or LEFT_OUT, as everything here splits the texts.

    What has taught teaches on, and what is nearly the same is left out; so are copies of what judges.
    """
    group = groups(texts)
    part = parts(texts, group, SEED)
    taught = taught_before(texts) & (part != TRAIN)
    part[np.isin(group, group[taught]) & (part != TRAIN)] = LEFT_OUT
    part[taught] = TRAIN
    part[judged_elsewhere(folder, texts)] = LEFT_OUT
    return part


def _texts(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]
