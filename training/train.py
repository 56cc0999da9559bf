"""Trains the fast reader: `python -m training --data DIR [--out FILE]`. Deterministic; a few minutes on one core."""

from __future__ import annotations

import argparse
import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import scipy.sparse as sp

from goodwill.facts import INTENTS
from goodwill.understand import model
from goodwill.understand.language import LEARNT
from goodwill.understand.model import NARROW, NARROWEST, WEIGHTS, logistic, softmax
from training import data, own
from training.data import WANTS
from training.evaluate import report, split
from training.families import families
from training.fit import (
    best_cut_off,
    calibrate_logistic,
    calibrate_softmax,
    logistic_regressions,
    softmax_regression,
)
from training.matrix import foreign_matrix, matrix
from training.split import DEV, SEED, TEST, TRAIN

if TYPE_CHECKING:
    from collections.abc import Sequence

VERSION = "fast-6"
MOOD_RIDGE, WANT_RIDGE, FOREIGN_RIDGE = 0.3, 0.1, 20.0
WANT_STEPS, UNSEEN_STEPS = 80, 40
TEMPERATURE, LABELS, TEACHERS_WEIGHT, FRAGMENTS_WEIGHT = 1.5, 0.2, 0.15, 0.25
"""The teacher's moods are softened; labels count this share beside them; its wants weigh like a noisy set's; a fragment
of a text weighs a quarter of it."""
LABELLED = {"appreview": {"complaint": 6.0, "idea": 6.0}, "complaints": {"complaint": 2.0}}
"""What people labelled in the sets of others, and how much it counts. What else those sets say of intents and urgency
is guessed from labels of something else: there the teacher knows better."""
CALIBRATED_TO = 0.8
"""Moods are calibrated to classes brought this far towards equal shares: 0 as in tweets, 1 equal."""
LIKE_MESSAGES = ("semeval", "own_hand")
"""Sets whose texts are most like what a firm hears: English moods are calibrated on them."""
SURE_OF_MOOD = 0.3
"""Labels that weigh less are of moods only guessed from another label."""
TONGUE_RIDGE, A_WORD_IN_A_LANGUAGE = 0.3, 0.05
"""Our own words are many: beside texts each is a small sign of its language, or short English would look foreign."""
_LETTERS = re.compile(r"[^\W\d_]+")
_TONGUES = {"german": "de", "french": "fr", "spanish": "es", "italian": "it", "portuguese": "pt", "hindi": "hi"}
_ENGLISH = ("semeval", "goemotions", "complaints", "appreview", "banking77", "own_hand")
_WHOLE = 127  # int8


def narrowed(X: sp.csr_matrix, bits: int) -> sp.csr_matrix:
    """The same matrix over a table of 2^bits times fewer rows."""
    parts = (X.data.copy(), X.indices >> bits, X.indptr.copy())
    small = sp.csr_matrix(parts, shape=(X.shape[0], X.shape[1] >> bits))
    small.sum_duplicates()
    return small


def quantised(W: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(int8 table, scale a column). No weight is clipped: the largest are those of the commonest features, such as a
    question mark or 'thanks', and rounding the rest more coarsely moves a text's log-odds by some hundredths."""
    scale = np.abs(W).max(axis=0) / _WHOLE
    return np.round(W / scale).astype(np.int8), scale


def balanced(target: np.ndarray, weight: np.ndarray, power: float = 0.5) -> np.ndarray:
    """Weights that bring classes part of the way to equal shares."""
    share = (weight[:, None] * target).sum(axis=0)
    return weight * (target @ (share.sum() / len(share) / share) ** power)


@dataclass(frozen=True)
class Teacher:
    """What the careful reader said of N texts and of F parts of texts, in log-odds; `of_texts` is NaN where it read
    nothing."""

    of_texts: np.ndarray  # [N, 13]
    fragments: list[str]
    of_fragments: np.ndarray  # [F, 13]

    @classmethod
    def load(cls, path: Path, foreign: np.ndarray) -> Teacher:
        """From the file that training/deep/label.py wrote; `foreign` [N]: the texts that it left out."""
        found = np.full((len(foreign), 13), np.nan)
        with np.load(path, allow_pickle=False) as kept:
            found[~foreign] = kept["log_odds"]
            return cls(found, kept["fragments"].tolist(), kept["fragments_log_odds"])


def softened(log_odds: np.ndarray) -> np.ndarray:
    """[N, 3] a teacher's chances of the moods, less sure than it is."""
    return softmax(log_odds[:, :3] / TEMPERATURE)


def told_by_teacher(soft: np.ndarray, known: dict[str, np.ndarray], source: np.ndarray) -> dict[str, np.ndarray]:
    """What to learn where a careful reader has read the texts too: its mood on every English text, and its wants
    wherever nobody labelled them (Hinton, Vinyals and Dean 2015). `soft` [N, 13]: its log-odds, NaN where none."""
    read = ~np.isnan(soft[:, 0])
    chance = softened(np.nan_to_num(soft))
    has = ~np.isnan(known["mood"]) & (known["mood_weight"] >= SURE_OF_MOOD)
    hard = np.eye(3)[np.where(has, known["mood"], 1).astype(int)]
    mood = np.where(has[:, None], LABELS * hard + (1 - LABELS) * chance, chance)
    labels = weight_of_labels(known, source)
    unsaid = (labels == 0) & read[:, None]
    return {
        "mood": np.where(read[:, None], mood, np.eye(3)[np.nan_to_num(known["mood"], nan=1).astype(int)]),
        "mood_weight": np.where(read, 1.0, np.where(np.isnan(known["mood"]), 0.0, known["mood_weight"])),
        "wants": np.where(unsaid, logistic(np.nan_to_num(soft[:, 3:13])), known["wants"]),
        "want_weight": np.where(unsaid, TEACHERS_WEIGHT, labels),
    }


def weight_of_labels(known: dict[str, np.ndarray], source: np.ndarray) -> np.ndarray:
    """[N, 10] how much what people labelled counts: all that is known of our own texts, and LABELLED; 0 elsewhere."""
    people = np.zeros(known["wants"].shape)
    people[np.char.startswith(source, "own")] = 1.0
    for name, wants in LABELLED.items():
        for want, times in wants.items():
            people[source == name, WANTS.index(want)] = times
    return np.where(np.isnan(known["wants"]), 0.0, people * known["want_weight"][:, None])


def told_by_labels(known: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What to learn from the sets alone."""
    has = ~np.isnan(known["mood"])
    return {
        "mood": np.eye(3)[np.where(has, known["mood"], 1).astype(int)],
        "mood_weight": np.where(has, known["mood_weight"], 0.0),
        "wants": known["wants"],
        "want_weight": np.repeat(known["want_weight"][:, None], known["wants"].shape[1], axis=1),
    }


def fit_moods(
    X: sp.csr_matrix,
    known: dict[str, np.ndarray],
    told: dict[str, np.ndarray],
    part: np.ndarray,
    source: np.ndarray,
    teacher: Teacher | None,
) -> dict[str, np.ndarray]:
    use = np.flatnonzero((part == TRAIN) & (told["mood_weight"] > 0) & ~known["foreign"])
    texts, wanted, taught = X[use], told["mood"][use], told["mood_weight"][use]
    if teacher:
        texts = sp.vstack([texts, matrix(teacher.fragments)], format="csr")
        wanted = np.vstack([wanted, softened(teacher.of_fragments)])
        taught = np.concatenate([taught, np.full(len(teacher.fragments), FRAGMENTS_WEIGHT)])
    W, b = softmax_regression(texts, wanted, taught, MOOD_RIDGE)
    has = ~np.isnan(known["mood"])
    target = np.eye(3)[np.where(has, known["mood"], 1).astype(int)]
    weight = np.where(has, known["mood_weight"], 0.0)
    W, b = (W - W[:, 1:2])[:, [0, 2]], (b - b[1])[[0, 2]]
    table, scale = quantised(W)
    # Calibrated on texts held out.
    held = X @ (table * scale) + b
    logits = np.column_stack([held[:, 0], np.zeros(len(held)), held[:, 1]])
    use = np.flatnonzero((part == DEV) & (weight > 0) & np.isin(source, LIKE_MESSAGES))
    slope, shift = calibrate_softmax(logits[use], target[use], balanced(target[use], weight[use], CALIBRATED_TO))
    return {"mood_table": table, "mood_scale": scale * slope, "mood_bias": shift[[0, 2]] + slope * b}


def fit_foreign_moods(
    texts: list[str], mood: np.ndarray, part: np.ndarray, told: Sequence[own.Told]
) -> dict[str, np.ndarray]:
    """The moods of the other languages, `mood` [N] 0 to 2 or NaN: labels alone, each feature as dear as it is rare;
    beside them what we know of words ourselves."""
    X, known = foreign_matrix(texts), foreign_matrix([one.text for one in told])
    has = ~np.isnan(mood)
    taught, held = np.flatnonzero(has & (part == TRAIN)), np.flatnonzero(has & (part == DEV))
    common = np.asarray((X[taught] > 0).sum(axis=0)).ravel()
    rarity = (np.log((1 + len(taught)) / (1 + common)) + 1).astype(np.float32)
    target = np.eye(3)[np.where(has, mood, 1).astype(int)]
    W, b = softmax_regression(
        (sp.vstack([X[taught], known]) @ sp.diags(rarity)).tocsr(),
        np.vstack([target[taught], *(_softened(one.mood, one.sure) for one in told)]),
        np.concatenate([np.ones(len(taught)), [one.weight for one in told]]),
        FOREIGN_RIDGE,
    )
    W *= rarity[:, None]
    W, b = (W - W[:, 1:2])[:, [0, 2]], (b - b[1])[[0, 2]]
    table, scale = quantised(W)
    logits = X[held] @ (table * scale) + b
    logits = np.column_stack([logits[:, 0], np.zeros(len(held)), logits[:, 1]])
    slope, shift = calibrate_softmax(logits, target[held], np.ones(len(held)))
    return {"foreign_table": table, "foreign_scale": scale * slope, "foreign_bias": shift[[0, 2]] + slope * b}


def _softened(mood: int, sure: float) -> np.ndarray:
    return np.where(np.arange(3) == mood, sure, (1 - sure) / 2)


def fit_wants(
    X: sp.csr_matrix,
    known: dict[str, np.ndarray],
    told: dict[str, np.ndarray],
    part: np.ndarray,
    source: np.ndarray,
    family: np.ndarray,
) -> dict[str, np.ndarray]:
    """The intents and urgency. Their chances and cut-offs come from what is said of lines of ours by readers that were
    taught none of the line's family: held-out lines of a family that a reader knows are easier than another firm's
    messages, and make it too sure."""
    small = narrowed(X, NARROW)
    taught = np.where(np.isnan(told["wants"]), 0.0, told["want_weight"])
    use = np.flatnonzero((part == TRAIN) & (taught > 0).any(axis=1))
    W, b = logistic_regressions(small[use], told["wants"][use], taught[use], WANT_RIDGE, WANT_STEPS)
    table, scale = quantised(W)
    unseen = np.full(taught.shape, np.nan)
    for number in range(family.max() + 1):
        rest = use[family[use] != number]
        away, base = logistic_regressions(small[rest], told["wants"][rest], taught[rest], WANT_RIDGE, UNSEEN_STEPS)
        lines = np.flatnonzero((family == number) & (source == "own_hand") & (part != TEST))
        unseen[lines] = small[lines] @ away + base
    slopes, shifts, cut_offs = meant(unseen, known["wants"])
    return {"want_table": table, "want_scale": scale * slopes, "want_bias": slopes * b + shifts, "cut_offs": cut_offs}


def meant(said: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(slopes [10], shifts [10], cut-offs [9]) that make the log-odds `said` [N, 10] mean what they say; NaN where
    nothing was said, and in `wanted` where nothing is known."""
    slopes, shifts, cut_offs = np.ones(len(WANTS)), np.zeros(len(WANTS)), np.zeros(len(INTENTS))
    for head in range(len(WANTS)):
        rows = np.flatnonzero(~np.isnan(said[:, head]) & ~np.isnan(wanted[:, head]))
        given, truth, weight = said[rows, head], wanted[rows, head], np.ones(len(rows))
        slopes[head], shifts[head] = calibrate_logistic(given, truth, weight)
        if head < len(INTENTS):
            cut_offs[head] = best_cut_off(logistic(slopes[head] * given + shifts[head]), truth, weight)
    return slopes, shifts, cut_offs


def fit_languages(texts: data.Texts, part: np.ndarray, told: Sequence[own.Told]) -> dict[str, np.ndarray]:
    """The seven languages, by words and pieces of words alone; beside the sets, what we know of words ourselves."""
    source = np.array(texts.source)
    names = {f"umsab_{name}": code for name, code in _TONGUES.items()}
    english = np.flatnonzero(np.isin(source, _ENGLISH) & (part == TRAIN))
    english = np.random.default_rng(SEED).choice(english, 12_000, replace=False)
    other = np.flatnonzero(np.isin(source, list(names)) & (part == TRAIN))
    use = np.concatenate([english, other])
    alone = _not_english([one for one in told if one.language in _TONGUES], [texts.text[place] for place in english])
    label = [names.get(source[place], "en") for place in use] + [_TONGUES[one.language] for one in alone]
    target = np.eye(len(LEARNT))[[LEARNT.index(code) for code in label]]
    X = narrowed(matrix([texts.text[place] for place in use] + [one.text for one in alone], extras=False), NARROWEST)
    weight = np.concatenate([np.ones(len(use)), [1.0 if one.sure == 1 else A_WORD_IN_A_LANGUAGE for one in alone]])
    W, b = softmax_regression(X, target, weight, TONGUE_RIDGE, 40)
    table, scale = quantised(W)
    return {"tongue_table": table, "tongue_scale": scale, "tongue_bias": b}


def _not_english(told: list[own.Told], english: list[str]) -> list[own.Told]:
    """Messages, and words that do not stand in English texts: 'super' and 'fan' are no sign of another language."""
    known = {word for text in english for word in _LETTERS.findall(text.lower())}
    return [one for one in told if one.sure == 1 or not known.issuperset(_LETTERS.findall(one.text.lower()))]


def train(folder: Path, out: Path, soft: Path | None = None) -> None:
    texts, part = split(folder)
    known = texts.arrays()
    X = matrix(texts.text)
    source = np.array(texts.source)
    teacher = Teacher.load(soft, known["foreign"]) if soft else None
    told = told_by_teacher(teacher.of_texts, known, source) if teacher else told_by_labels(known)
    foreign = np.flatnonzero(known["foreign"])
    own_words = own.of_other_languages()
    weights = {
        "version": np.array(VERSION),
        **fit_moods(X, known, told, part, source, teacher),
        **fit_foreign_moods([texts.text[place] for place in foreign], known["mood"][foreign], part[foreign], own_words),
        **fit_wants(X, known, told, part, source, families(texts.text)),
    }
    weights |= fit_languages(texts, part, own_words)
    out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(out, **weights)
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB; {len(texts.text):,} texts, {(part == TRAIN).sum():,} trained on")
    model.fast_model.cache_clear()
    model.WEIGHTS = out
    report(folder, texts, part, "fast")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds the sets of SOURCES.md")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="where the weights go")
    parser.add_argument("--soft", type=Path, help="what a careful reader says of the texts (training/deep/label.py)")
    given = parser.parse_args()
    csv.field_size_limit(1 << 24)
    train(given.data, given.out, given.soft)
