"""The mathematics of `goodwill.understand.adapt`: what is learnt from, and the fit of one head on top of another's."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from goodwill.understand.tokens import words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scipy.sparse import csr_matrix

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

HEADS = 12
"""Negative and positive mood against neutral, the nine intents, urgency."""
BITS = 12
HASHED = 1 << BITS
FOLDS = 5
FORMS: dict[str, tuple[bool, bool]] = {"shift": (False, False), "words": (False, True), "heads and words": (True, True)}
"""What a head may lean on beside its own log-odds: the other heads' log-odds, the words."""

_RIDGE_SHIFT, _RIDGE_OWN, _RIDGE_HEADS, _RIDGE_WORDS = 0.5, 5.0, 20.0, 0.5
_FARTHEST = 6.0  # log-odds
_SEEN_IN = 2  # a hashed word that fewer labelled messages have is no lesson
_STEPS = 60
_SURE = 1.645  # standard errors: one side of 5 %


@dataclass(frozen=True, slots=True)
class Lessons:
    """Messages to learn from: `labelled` ones first, silent confirmations after them."""

    read: Floats  # [N, 12] log-odds as read, clipped
    features: csr_matrix  # [N, 4096]
    target: Floats  # [N, 12]
    weight: Floats  # [N, 12]; 0 where nobody said
    group: Whole  # [N] messages of one group stand in one fold
    labelled: int


@dataclass(frozen=True, slots=True)
class Choice:
    """The form that reads held-out messages best, and whether it is better than leaving the head alone."""

    form: str
    before: float
    after: float
    better: bool
    weights: npt.NDArray[np.float32]  # [columns, 1 + 12 + 4096]


def columns_of(mood: Floats, wants: Floats) -> Floats:
    """[N, 12] what the heads said, in log-odds: mood [N, 3], intents and urgency [N, 10]."""
    moods = mood[:, [0, 2]] - mood[:, [1]]
    return np.clip(np.column_stack([moods, wants]), -_FARTHEST, _FARTHEST)


def hashed(texts: Sequence[str]) -> tuple[Whole, Whole, Floats]:
    """The words and pairs of words of each text as places of a table (Weinberger et al. 2009).

    Names behind an @ and addresses do not count. A text's values have length 1.

    Returns:
        Three of one length: the place, whose it is, its value.
    """
    words = words_of(list(texts))
    counts = (words.spelt | words.sign)[words.word]
    number, message = words.number[words.word][counts], words.message[counts]
    follows = np.flatnonzero(message[1:] == message[:-1])
    pair = number[follows] * np.uint64(3) + number[follows + 1] * np.uint64(5) + np.uint64(1)
    rows = _mixed(np.concatenate([number, pair]))
    whose = np.concatenate([message, message[follows]])
    size = np.bincount(whose, minlength=len(texts))
    return rows, whose, 1 / np.sqrt(np.maximum(size, 1))[whose]


def _mixed(hashes: npt.NDArray[np.uint64]) -> Whole:
    """The highest bits of a well-mixed hash (finaliser of splitmix64: Steele, Lea and Flood 2014)."""
    mixed = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((mixed ^ (mixed >> np.uint64(31))) >> np.uint64(64 - BITS)).astype(np.int64)


def design(texts: Sequence[str]) -> csr_matrix:
    """[N, 4096] `hashed` as a matrix."""
    from scipy.sparse import coo_matrix

    rows, message, value = hashed(texts)
    return coo_matrix((value, (message, rows)), shape=(len(texts), HASHED)).tocsr()


def told_apart(texts: Sequence[str]) -> Whole:
    """[N] a number by a text's letters alone: texts that differ in signs, digits or capitals have the same."""
    plain = [re.sub(r"[\W\d_]+", " ", text.lower()).strip() for text in texts]
    return np.array(
        [int.from_bytes(hashlib.blake2b(p.encode("utf-8", "replace"), digest_size=7).digest()) for p in plain], np.int64
    )


def choose(lessons: Lessons, columns: tuple[int, ...]) -> Choice:
    """Tries each form on messages that were left out of its fit; of those within reach, the best."""
    here = lessons.weight[:, columns[0]] > 0
    fold = lessons.group[here] % FOLDS
    data = _Data(lessons, columns, here)
    before = data.losses(np.zeros((0, 0)))
    scores = {}
    for form in FORMS:
        after = np.zeros(len(fold))
        wrong = np.zeros(len(fold), bool)
        for place in range(FOLDS):
            out = fold == place
            if out.any() and not out.all():
                moved = data.moved(data.fit(form, ~out))
                after[out], wrong[out] = data.losses(moved)[out], data.wrong(moved)[out]
            else:
                after[out], wrong[out] = before[out], data.wrong(np.zeros((0, 0)))[out]
        scores[form] = (after, wrong)
    weight = data.weight
    form = min(scores, key=lambda name: float((weight * scores[name][0]).sum()))
    after, wrong = scores[form]
    gain = weight * (before - after)
    labelled = np.flatnonzero(here) < lessons.labelled
    no_more_wrong = wrong[labelled].sum() <= data.wrong(np.zeros((0, 0)))[labelled].sum()
    better = bool(gain.sum() > _SURE * np.sqrt(len(gain) * gain.var()) and no_more_wrong)
    weights = data.fit(form, np.ones(len(fold), bool)) if better else np.zeros((data.width, len(columns)))
    return Choice(
        form,
        float((weight * before).sum() / weight.sum()),
        float((weight * after).sum() / weight.sum()),
        better,
        data.spread(weights),
    )


class _Data:
    """One head's lessons: the columns that it may lean on, and its loss."""

    def __init__(self, lessons: Lessons, columns: tuple[int, ...], here: npt.NDArray[np.bool_]) -> None:
        from scipy.sparse import csr_matrix, hstack

        labelled = lessons.features[: lessons.labelled][here[: lessons.labelled]]
        self.places = np.flatnonzero(np.asarray((labelled > 0).sum(axis=0)).ravel() >= _SEEN_IN)
        self.columns = columns
        self.read = lessons.read[here][:, list(columns)]
        self.target = lessons.target[here][:, list(columns)]
        self.weight = lessons.weight[here, columns[0]]
        ones = np.ones((len(self.read), 1))
        dense = csr_matrix(np.column_stack([ones, lessons.read[here]]))
        self.X = hstack([dense, lessons.features[here][:, self.places]]).tocsr()
        self.width = self.X.shape[1]

    def moved(self, weights: Floats) -> Floats:
        """[N, columns] log-odds with the change."""
        return np.asarray(self.read + self.X @ weights)

    def losses(self, moved: Floats) -> Floats:
        """[N] log-loss: of three moods where there are two columns, of yes and no where there is one."""
        moved = self.read if not moved.size else moved
        if len(self.columns) == 1:
            return np.asarray(np.logaddexp(0, moved[:, 0]) - self.target[:, 0] * moved[:, 0])
        total = np.logaddexp(0, np.logaddexp(moved[:, 0], moved[:, 1]))
        return np.asarray(total - (self.target * moved).sum(axis=1))

    def wrong(self, moved: Floats) -> npt.NDArray[np.bool_]:
        """[N] whether the likelier answer is another than the target's."""
        moved = self.read if not moved.size else moved
        if len(self.columns) == 1:
            return np.asarray((moved[:, 0] > 0) != (self.target[:, 0] > 0.5))
        said = np.column_stack([moved[:, 0], np.zeros(len(moved)), moved[:, 1]]).argmax(axis=1)
        meant = np.column_stack([self.target[:, 0], 1 - self.target.sum(axis=1), self.target[:, 1]]).argmax(axis=1)
        return np.asarray(said != meant)

    def _ridge(self, form: str) -> Floats:
        """[width, columns] how dear each weight is; infinity where the form has none."""
        heads, words = FORMS[form]
        ridge = np.full((self.width, len(self.columns)), _RIDGE_WORDS if words else np.inf)
        ridge[0] = _RIDGE_SHIFT
        ridge[1 : 1 + HEADS] = _RIDGE_HEADS if heads else np.inf
        for place, column in enumerate(self.columns):
            ridge[1 + column, place] = _RIDGE_OWN
        return ridge

    def fit(self, form: str, learn: npt.NDArray[np.bool_]) -> Floats:
        """[width, columns] the weights that minimise Σ weight · loss + ½ Σ ridge · weights²."""
        from scipy.optimize import minimize

        ridge = self._ridge(form)
        free = np.isfinite(ridge)
        wanted = np.flatnonzero(free.any(axis=1))
        X, read, target, weight = self.X[learn][:, wanted], self.read[learn], self.target[learn], self.weight[learn]
        price, free = np.where(free, ridge, 0.0)[wanted], free[wanted]
        XT = X.T.tocsr()

        def loss(flat: Floats) -> tuple[float, Floats]:
            W = flat.reshape(price.shape)
            moved = read + X @ W
            if moved.shape[1] == 1:
                total, chance = np.logaddexp(0, moved[:, 0]), 1 / (1 + np.exp(-moved))
            else:
                total = np.logaddexp(0, np.logaddexp(moved[:, 0], moved[:, 1]))
                chance = np.exp(moved - total[:, None])
            value = (weight * (total - (target * moved).sum(axis=1))).sum() + 0.5 * (price * W * W).sum()
            slope = XT @ ((chance - target) * weight[:, None]) + price * W
            return float(value), np.where(free, slope, 0.0).ravel()

        found = minimize(loss, np.zeros(price.size), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS}).x
        weights = np.zeros((self.width, len(self.columns)))
        weights[wanted] = found.reshape(price.shape)
        return weights

    def spread(self, weights: Floats) -> npt.NDArray[np.float32]:
        """[columns, 1 + 12 + 4096] the weights at the places of the whole table."""
        whole: Any = np.zeros((len(self.columns), 1 + HEADS + HASHED), np.float32)
        whole[:, : 1 + HEADS] = weights[: 1 + HEADS].T
        whole[:, 1 + HEADS + self.places] = weights[1 + HEADS :].T
        return np.asarray(whole, np.float32)
