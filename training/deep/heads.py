"""Better heads on the careful body as it is: `python -m training.deep.heads --data DIR`.

careful.onnx stays as it is, to the byte. What is wanted (the nine intents, urgency) gets heads that add to those of the
model, on three views of a text: the mean of its tokens' vectors, the same from halfway up the body, and the vector of
the mark before it (layers differ in what they know: Tenney, Das and Pavlick 2019). Σ weight · log-loss + ½ ridge
|added|², so that nothing is changed without a reason (a prior at the source's weights: Chelba and Acero 2004). The fast
reader as it ships has a third of the say: of two readers that err differently the mean errs less (Perrone and Cooper
1993); `--alone` leaves it out, as what teaches the fast reader must be. Writes careful.npz: the heads, their
calibration, cut-offs, and the continuation that makes the model say its views; to be run again after the fast reader
was trained. `training.deep.export` without a checkpoint fits the auto lane anew; `training.deep.again` does it all.

Here, other than in `teach`, urgency is learnt from texts of our own alone, app reviews and complaints weigh more, and a
cut-off is chosen with equal say for each kind of text that knows the intent.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from scipy.optimize import minimize

from goodwill.facts import INTENTS
from goodwill.understand import careful
from goodwill.understand.features import features_of
from goodwill.understand.model import fast_model, want_logits
from goodwill.understand.tokens import words_of
from training.data import WANTS
from training.deep.graph import no_heads
from training.deep.lessons import Lessons, read, seen_by_body
from training.fit import best_cut_off, calibrate_logistic
from training.split import DEV, TRAIN

VERSION = "careful-5"
LOUD = {"appreview": 4.0, "complaints": 2.0}
"""Sets whose labels weigh more here than in teaching the body; for the complaint alone, more still."""
LOUD_COMPLAINTS = {"appreview": 6.0, "complaints": 6.0}
RIDGE, RIDGE_OF_COMPLAINT, RIDGE_OF_URGENCY = 100.0, 300.0, 100.0
OF_URGENCY = ("own_hand", "own_mixed", "own_grammar", "own_labelled")
"""In the sets of others urgency is guessed from another label."""
FAST_SAY = 0.35
STEPS = 150
_KINDS = ("appreview", "complaints", "own")
_WHOLE = 32_000  # int16
_BLOCK = 2048
_URGENCY = WANTS.index("urgency")


def of_texts(seen: careful.Seen, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(views [N, V] float32, the windows' mean by tokens; log-odds of the wants [N, 10], the windows' highest)."""
    share = (seen.tokens / np.bincount(seen.text_of, seen.tokens, count)[seen.text_of]).astype(np.float32)
    views = np.zeros((count, seen.views.shape[1]), np.float32)
    np.add.at(views, seen.text_of, seen.views * share[:, None])
    wants = np.full((count, len(WANTS)), -np.inf)
    np.maximum.at(wants, seen.text_of, seen.said[:, careful.MOODS :].astype(float))
    return views, wants


def added_heads(
    X: np.ndarray, before: np.ndarray, target: np.ndarray, weight: np.ndarray, ridge: float
) -> tuple[np.ndarray, np.ndarray]:
    """(W [D, K], b [K]) of K logistic regressions on top of given log-odds; a weight of 0 leaves a text out."""
    X, target = X.astype(np.float32), np.where(weight > 0, target, 0.0)
    shape = X.shape[1], target.shape[1]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        W, b = flat[: -shape[1]].reshape(shape), flat[-shape[1] :]
        logits = before + (X @ W.astype(np.float32)).astype(float) + b
        value = (weight * (np.logaddexp(0, logits) - target * logits)).sum() + 0.5 * ridge * float((W * W).sum())
        error = (1 / (1 + np.exp(-logits)) - target) * weight
        slope = (X.T @ error.astype(np.float32)).astype(float) + ridge * W
        return value, np.concatenate([slope.ravel(), error.sum(axis=0)])

    begin = np.zeros((shape[0] + 1) * shape[1])
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x
    return found[: -shape[1]].reshape(shape), found[-shape[1] :]


def weights_of(lessons: Lessons, loud: dict[str, float]) -> np.ndarray:
    """[N, 10] how much each label counts."""
    weight = np.where(np.isnan(lessons.wants), 0.0, lessons.want_weight[:, None])
    for name, times in loud.items():
        weight[lessons.source == name] *= times
    weight[~np.isin(lessons.source, OF_URGENCY), _URGENCY] = 0.0
    return weight


def learn(lessons: Lessons, views: np.ndarray, before: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(W [V, 10] on the views, b [10]), in log-odds added to `before` [N, 10]."""
    taught = lessons.part == TRAIN
    middle, spread = views[taught].mean(axis=0, dtype=float), views[taught].std(axis=0, dtype=float)
    X = (views - middle.astype(np.float32)) / spread.astype(np.float32)
    W, b = np.zeros((X.shape[1], len(WANTS))), np.zeros(len(WANTS))
    complaint = [INTENTS.index("complaint")]
    rest = [place for place in range(len(INTENTS)) if place not in complaint]
    for heads, loud, ridge in (
        (complaint, LOUD_COMPLAINTS, RIDGE_OF_COMPLAINT),
        (rest, LOUD, RIDGE),
        ([_URGENCY], LOUD, RIDGE_OF_URGENCY),
    ):
        weight = weights_of(lessons, loud)[:, heads]
        use = np.flatnonzero(taught & (weight > 0).any(axis=1))
        W[:, heads], b[heads] = added_heads(
            X[use], before[use][:, heads], lessons.wants[use][:, heads], weight[use], ridge
        )
    W /= spread[:, None]
    return W, b - middle @ W


def said_fast(texts: list[str]) -> np.ndarray:
    """[N, 10] what the fast reader says of the wants, in log-odds."""
    found = []
    for begin in range(0, len(texts), _BLOCK):
        words = words_of(texts[begin : begin + _BLOCK])
        found.append(want_logits(fast_model(), words, features_of(words)))
    return np.vstack(found)


def evenly(lessons: Lessons, rows: np.ndarray, head: int) -> np.ndarray:
    """[rows] weights that give each kind of text the same say, where it knows this intent from yes to no."""
    wanted = lessons.wants[rows, head]
    weight = np.where(np.isnan(wanted), 0.0, lessons.want_weight[rows])
    kind = np.array([next((k for k in _KINDS if name.startswith(k)), "") for name in lessons.source[rows].tolist()])
    for name in ("", *_KINDS):
        here = (kind == name) & (weight > 0)
        yes = weight[here & (wanted == 1)].sum()
        weight[here] *= 1 / yes if yes and (name or head != INTENTS.index("complaint")) else 0.0
    return weight


def calibrated(lessons: Lessons, logits: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(slopes [10], shifts [10], cut-offs [9]) by the dev part."""
    rows = np.flatnonzero(lessons.part == DEV)
    slopes, shifts, cut_offs = np.ones(len(WANTS)), np.zeros(len(WANTS)), []
    for head in range(len(WANTS)):
        wanted = lessons.wants[rows, head]
        known = np.flatnonzero(~np.isnan(wanted) & (weights_of(lessons, {})[rows, head] > 0))
        given = logits[rows, head][known], wanted[known]
        slopes[head], shifts[head] = calibrate_logistic(*given, lessons.want_weight[rows][known])
        if head < len(INTENTS):
            chance = 1 / (1 + np.exp(-(slopes[head] * given[0] + shifts[head])))
            cut_offs.append(best_cut_off(chance, given[1], evenly(lessons, rows, head)[known]))
    return slopes, shifts, np.array(cut_offs)


def teach(given: argparse.Namespace) -> None:
    careful.FOLDER = given.out
    path = given.out / "careful.npz"
    lessons = read(given.data)
    with np.load(path, allow_pickle=False) as file:
        kept = dict(file)
    if "own_slope" not in kept:  # those of the model's own heads, as training.deep.export left them
        kept |= {"own_slope": kept["want_slope"], "own_bias": kept["want_bias"]}
    kept |= no_heads(given.out / "careful.onnx")
    np.savez_compressed(path, **kept)
    careful.calibration.cache_clear()
    seen = seen_by_body(lessons.text, given.vectors)
    views, wants = of_texts(seen, len(lessons.text))
    before = wants * kept["own_slope"] + kept["own_bias"]
    W, b = learn(lessons, views, before)
    fast_say = 0.0 if given.alone else FAST_SAY
    careful_say = 1 - fast_say
    together = careful_say * (before + views @ W + b)
    if fast_say:
        together += fast_say * said_fast(lessons.text)
    slopes, shifts, cut_offs = calibrated(lessons, together)
    W *= slopes * careful_say
    units = np.abs(W).max(axis=0) / _WHOLE
    kept |= {
        "version": np.array(VERSION),
        "fast_say": slopes * fast_say,
        "want_slope": kept["own_slope"] * slopes * careful_say,
        "want_bias": (kept["own_bias"] + b) * slopes * careful_say + shifts,
        "want_heads": np.round(W / units).astype(np.int16),
        "want_units": units,
        "cut_offs": cut_offs,
    }
    np.savez_compressed(path, **kept)
    careful.calibration.cache_clear()
    print(f"{path}: {path.stat().st_size:,} bytes")
    print("cut-offs", dict(zip(INTENTS, cut_offs.round(2).tolist(), strict=True)))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.deep.heads", description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=careful.FOLDER, help="the folder with careful.onnx and careful.npz")
    parser.add_argument("--vectors", type=Path, help="where what the body sees is kept for the next time")
    parser.add_argument("--alone", action="store_true", help="without the fast reader's say")
    csv.field_size_limit(1 << 24)
    teach(parser.parse_args())


if __name__ == "__main__":
    main()
