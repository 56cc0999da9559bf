"""Trains the fast reader: `python -m training --data DIR [--out FILE]`. Deterministic; a few minutes on one core."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from goodwill.facts import INTENTS
from goodwill.understand.language import LEARNT
from goodwill.understand.model import NARROW, NARROWEST, WEIGHTS
from training import data, own
from training.evaluate import report
from training.fit import (
    best_cut_off,
    calibrate_logistic,
    calibrate_softmax,
    logistic_regressions,
    softmax_regression,
)
from training.matrix import matrix
from training.split import DEV, TRAIN, groups, parts

VERSION = "fast-1"
SEED = 20261122
MOOD_RIDGE, WANT_RIDGE = 0.3, 0.1
TONGUE_RIDGE = 0.3
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
    """(int8 table, scale a column): weights beyond the 99.95th percentile of those that are not 0 are clipped."""
    scale = np.array([np.quantile(np.abs(column[column != 0]), 0.9995) for column in W.T]) / _WHOLE
    return np.clip(np.round(W / scale), -_WHOLE, _WHOLE).astype(np.int8), scale


def balanced(target: np.ndarray, weight: np.ndarray, power: float = 0.5) -> np.ndarray:
    """Weights that bring classes part of the way to equal shares."""
    share = (weight[:, None] * target).sum(axis=0)
    return weight * (target @ (share.sum() / len(share) / share) ** power)


def fit_moods(X: sp.csr_matrix, known: dict[str, np.ndarray], part: np.ndarray) -> dict[str, np.ndarray]:
    has = ~np.isnan(known["mood"])
    target = np.eye(3)[np.where(has, known["mood"], 1).astype(int)]
    weight = np.where(has, known["mood_weight"], 0.0)
    use = np.flatnonzero((part == TRAIN) & (weight > 0))
    W, b = softmax_regression(X[use], target[use], balanced(target[use], weight[use]), MOOD_RIDGE)
    W, b = (W - W[:, 1:2])[:, [0, 2]], (b - b[1])[[0, 2]]
    table, scale = quantised(W)
    # Calibrated on texts held out, English and others apart. The scale is shared, the shift is each one's own.
    held = X @ (table * scale) + b
    logits = np.column_stack([held[:, 0], np.zeros(len(held)), held[:, 1]])
    shifts = []
    for foreign in (False, True):
        use = np.flatnonzero((part == DEV) & (weight > 0) & (known["foreign"] == foreign))
        slope, shift = calibrate_softmax(logits[use], target[use], balanced(target[use], weight[use]))
        shifts.append((slope, shift[[0, 2]] + slope * b))
    slope = shifts[0][0]
    return {"mood_table": table, "mood_scale": scale * slope, "mood_bias": np.stack([shift for _, shift in shifts])}


def fit_wants(X: sp.csr_matrix, known: dict[str, np.ndarray], part: np.ndarray) -> dict[str, np.ndarray]:
    small = narrowed(X, NARROW)
    target = known["wants"]
    weight = np.where(np.isnan(target), 0.0, known["want_weight"][:, None])
    use = np.flatnonzero((part == TRAIN) & (weight > 0).any(axis=1))
    W, b = logistic_regressions(small[use], target[use], weight[use], WANT_RIDGE)
    table, scale = quantised(W)
    logits = small @ (table * scale) + b
    bias, cut_offs = b.copy(), np.zeros(len(INTENTS))
    for head in range(target.shape[1]):
        held = np.flatnonzero((part == DEV) & (weight[:, head] > 0))
        slope, shift = calibrate_logistic(logits[held, head], target[held, head], weight[held, head])
        scale[head] *= slope
        bias[head] = slope * b[head] + shift
        if head < len(INTENTS):
            chance = 1 / (1 + np.exp(-(slope * logits[held, head] + shift)))
            cut_offs[head] = best_cut_off(chance, target[held, head], weight[held, head])
    return {"want_table": table, "want_scale": scale, "want_bias": bias, "cut_offs": cut_offs}


def fit_languages(texts: data.Texts, part: np.ndarray) -> dict[str, np.ndarray]:
    """The seven languages, by words and pieces of words alone."""
    source = np.array(texts.source)
    names = {f"umsab_{name}": code for name, code in _TONGUES.items()}
    english = np.flatnonzero(np.isin(source, _ENGLISH) & (part == TRAIN))
    english = np.random.default_rng(SEED).choice(english, 12_000, replace=False)
    other = np.flatnonzero(np.isin(source, list(names)) & (part == TRAIN))
    use = np.concatenate([english, other])
    label = np.array([LEARNT.index(names.get(source[place], "en")) for place in use])
    target = np.eye(len(LEARNT))[label]
    X = narrowed(matrix([texts.text[place] for place in use], extras=False), NARROWEST)
    W, b = softmax_regression(X, target, np.ones(len(use)), TONGUE_RIDGE, 40)
    table, scale = quantised(W)
    return {"tongue_table": table, "tongue_scale": scale, "tongue_bias": b}


def train(folder: Path, out: Path) -> None:
    texts = data.read(folder)
    own.add(texts)
    known = texts.arrays()
    part = parts(texts.text, groups(texts.text), SEED)
    X = matrix(texts.text)
    weights = {"version": np.array(VERSION), **fit_moods(X, known, part), **fit_wants(X, known, part)}
    weights |= fit_languages(texts, part)
    out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(out, **weights)
    print(f"{out}: {out.stat().st_size / 1e6:.2f} MB; {len(texts.text):,} texts, {(part == TRAIN).sum():,} trained on")
    report(folder, out, texts, known, part)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds the sets of SOURCES.md")
    parser.add_argument("--out", type=Path, default=WEIGHTS, help="where the weights go")
    given = parser.parse_args()
    csv.field_size_limit(1 << 24)
    train(given.data, given.out)
