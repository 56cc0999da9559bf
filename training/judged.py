"""Texts that judge must not teach: which training texts have a copy in a set that judges."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

JUDGES = ("tweeteval_sentiment_dev.csv",)
"""Sets that judge; 28 % of the first also stands in SemEval 2013–16, but for an address at the end."""


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


def _texts(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return [row["text"] for row in csv.DictReader(file)]
