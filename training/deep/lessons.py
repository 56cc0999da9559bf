"""What the deep readers learn from: every permitted text with what is known of it, as arrays."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from goodwill.understand import careful
from goodwill.understand.plain import plain
from training.evaluate import split
from training.split import SEED, TEST, TRAIN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from training.data import Texts

EMOTIONS = [
    "admiration", "amusement", "anger", "annoyance", "approval", "caring", "confusion", "curiosity", "desire",
    "disappointment", "disapproval", "disgust", "embarrassment", "excitement", "fear", "gratitude", "grief", "joy",
    "love", "nervousness", "optimism", "pride", "realization", "relief", "remorse", "sadness", "surprise", "neutral",
]  # fmt: skip
HELPERS = (*EMOTIONS, "irony", "offence")
"""What helps to learn the rest: no reading shows it."""

_MOOD_WEIGHT = {"goemotions": 0.0, "tweeteval_emotion": 0.0, "own_hand": 1.0, "own_mixed": 0.5, "own_grammar": 0.5}
# Of the big sets that teach little, a share is enough; the rest is seen in every pass.
_SHARE = {
    "goemotions": 0.12, "clinc150": 0.1, "banking77": 0.15, "bitext": 0.2, "tweetact": 0.4, "own_mixed": 0.35,
    "mams_aspectcat": 0.3, "absa14_restaurants": 0.5, "absa14_laptops": 0.5, "tweeteval_emotion": 0.5,
    "tweeteval_offensive": 0.17, "tweeteval_irony": 0.7, "own_grammar": 0.4, "semeval": 0.85,
}  # fmt: skip


@dataclass
class Lessons:
    """N texts. What is not known is NaN; `part` is TRAIN, DEV, TEST or LEFT_OUT, the same for near-duplicates."""

    text: list[str]
    source: np.ndarray
    mood: np.ndarray  # [N] 0, 1, 2
    mood_weight: np.ndarray
    wants: np.ndarray  # [N, 10]
    want_weight: np.ndarray
    helpers: np.ndarray  # [N, 30]
    part: np.ndarray

    def seen(self, turn: int) -> np.ndarray:
        """The texts of one pass, shuffled. SemEval's third part is taught too: TweetEval's sets judge the mood."""
        rng = np.random.default_rng([SEED, turn])
        share = np.array([_SHARE.get(name, 1.0) for name in self.source.tolist()])
        taught = (self.part == TRAIN) | ((self.part == TEST) & (self.source == "semeval"))
        use = np.flatnonzero(taught & (rng.random(len(share)) < share))
        return rng.permutation(use)


@cache
def read(folder: Path) -> Lessons:
    """All English texts that may shape weights. Read once."""
    texts, part = split(folder)
    helpers = _helpers(folder, texts)
    known = texts.arrays()
    source = np.array(texts.source)
    english = ~known["foreign"]
    weight = np.array(
        [_MOOD_WEIGHT.get(name, given) for name, given in zip(texts.source, known["mood_weight"], strict=True)]
    )
    weight[np.isnan(known["mood"])] = 0.0
    return Lessons(
        [plain(text) for text, keep in zip(texts.text, english, strict=True) if keep],
        source[english],
        known["mood"][english],
        weight[english],
        known["wants"][english],
        known["want_weight"][english],
        helpers[english],
        part[english],
    )


def seen_by_body(texts: Sequence[str], kept: Path | None) -> careful.Seen:
    """What the body sees of the texts; kept in a file for the next time if one is named."""
    if kept and kept.exists():
        with np.load(kept, allow_pickle=False) as file:
            return careful.Seen(*(file[name] for name in careful.Seen.__slots__))
    seen = careful.look(list(texts), 1)
    if kept:
        np.savez(kept, **{name: getattr(seen, name) for name in careful.Seen.__slots__})
    return seen


def _helpers(folder: Path, texts: Texts) -> np.ndarray:
    """[N, 30] what GoEmotions and TweetEval's emotions, irony and offence say, found again by their texts."""
    known: dict[tuple[str, str], dict[str, float]] = {}
    for row in _rows(folder, "goemotions"):
        found = row["labels"].split("|")
        known["goemotions", row["text"]] = {name: float(name in found) for name in EMOTIONS}
    for row in _rows(folder, "tweeteval_emotion"):
        told = {name: float(row["label"] == name) for name in ("anger", "joy", "sadness", "optimism")}
        known["tweeteval_emotion", row["text"]] = told
    for name, column, yes in (("irony", "irony", "irony"), ("offensive", "offence", "offensive")):
        for row in _rows(folder, f"tweeteval_{name}"):
            known[f"tweeteval_{name}", row["text"]] = {column: float(row["label"] == yes)}
    nothing: dict[str, float] = {}
    told_of = [known.get(key, nothing) for key in zip(texts.source, texts.text, strict=True)]
    return np.array([[told.get(name, np.nan) for name in HELPERS] for told in told_of])


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    with (folder / f"{name}_train.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
