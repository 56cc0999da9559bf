"""A firm's own corrections adapt the reader, on its own machine, in seconds.

What is learnt is a small correction on top of the reader's log-odds, so the weights that ship stay as they are:

    log-odds(head) = log-odds as read + b + Z a + φ w

with Z the log-odds of all heads as read (mood, nine intents, urgency) and φ the message's words and pairs of words,
hashed to 4,096 places. Ridge-penalised logistic regression with an offset (Hoerl and Kennard 1970; le Cessie and van
Houwelingen 1992): with few corrections everything stays near zero, that is near the reader as it ships.

Which of three forms a head gets (`FORMS`), or none, is chosen by five-fold cross-validation (Stone 1974): unless the
held-out log-loss falls by more than 1.645 of its standard errors, and no more held-out readings are wrong than before,
the head is left alone. Messages with the same words stand in one fold.

People correct what looks wrong and pass over what is right in silence. A reader that learnt from errors alone would
learn to contradict itself. So as many silent confirmations are put beside them as the reader's own stated certainty
implies: where w were wrong and the reader expects to err in a share e, somebody must have looked at about w / e
messages. They are taken from the messages that nobody corrected, each with its own probabilities as its target.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from goodwill.errors import GoodwillWarning, InputError, NotEnoughData
from goodwill.facts import INTENTS, MOODS
from goodwill.understand.heads import FORMS, HASHED, HEADS, Lessons, choose, columns_of, design, hashed, told_apart
from goodwill.understand.labels import Labels, labels_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pyarrow as pa

    from goodwill.understand.reader import Readings

Floats = npt.NDArray[np.float64]

FORMAT = 1
ENOUGH, ENOUGH_OF_EACH = 30, 8
"""A head is adapted from so many labelled messages on, with so many on either side."""
MOST_LABELS, MOST_SILENT = 5000, 2000
_A_BLOCK = 2048
NAMES = ("mood", *INTENTS, "urgency")


class OwnReaderWarning(GoodwillWarning):
    """The firm's own reader was made for other weights than those at hand; messages are read without it."""


@dataclass(frozen=True, slots=True)
class Head:
    """What became of one head: mood, an intent, or urgency."""

    name: str
    form: str  # one of FORMS; '' where it was left alone
    labels: int
    loss_before: float  # held-out log-loss a message, as read; NaN where not tried
    loss_after: float  # the same of the best form
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Adapted:
    """A reader's correction. It holds numbers alone, no text and no identifier.

    `weights` [12, 1 + 12 + 4096]: of the two moods against neutral, the nine intents and urgency: b, a, w.
    """

    made_for: tuple[str, ...]  # versions of the reader
    silent: float  # silent confirmations that stood beside the labels of mood
    heads: tuple[Head, ...]
    weights: npt.NDArray[np.float32]

    @property
    def used(self) -> tuple[str, ...]:
        """The heads that were adapted."""
        return tuple(head.name for head in self.heads if head.form)

    @property
    def version(self) -> str:
        """'own-' and a fingerprint of the weights; '' where no head was adapted."""
        return f"own-{hashlib.blake2b(self.weights.tobytes(), digest_size=4).hexdigest()}" if self.used else ""

    def apply(self, mood: Floats, wants: Floats, texts: Sequence[str]) -> tuple[Floats, Floats]:
        """Log-odds in, log-odds out.

        Args:
            mood: [N, 3] log-odds of the moods, up to a constant for each message; NaN where not read.
            wants: [N, 10] log-odds of the nine intents and of urgency; NaN where not read.
            texts: the N messages.

        Returns:
            The same two, new arrays. What was not read stays NaN.
        """
        mood, wants = np.array(mood, np.float64), np.array(wants, np.float64)
        if not self.used:
            return mood, wants
        change = self._change(columns_of(mood, wants), texts)
        mood[:, [MOODS.index("negative"), MOODS.index("positive")]] += change[:, :2]
        return mood, wants + change[:, 2:]

    def _change(self, read: Floats, texts: Sequence[str]) -> Floats:
        """[N, 12] what is added. Each message's sums are its own, so that its neighbours change no digit."""
        weights = np.asarray(self.weights, np.float64)
        of_words = np.flatnonzero(weights[:, 1 + HEADS :].any(axis=1))
        change = np.empty_like(read)
        for begin in range(0, len(texts), _A_BLOCK):
            here = slice(begin, begin + _A_BLOCK)
            moved = (np.nan_to_num(read[here])[:, None, :] * weights[:, 1 : 1 + HEADS]).sum(axis=2)
            if len(of_words):
                rows, message, value = hashed(texts[here])
                for head in of_words:
                    moved[:, head] += np.bincount(message, weights[head, 1 + HEADS + rows] * value, len(moved))
            change[here] = moved + weights[:, 0]
        return change

    def adjust(self, found: Readings, texts: Sequence[str]) -> Readings:
        """`apply` on what `goodwill.understand.reader.read` gives, where a reader answered that it was made for.

        Warns where it was made for none of those who answered: goodwill brought new weights since.
        """
        ours = np.isin(found.model, self.made_for)
        if not self.used or not len(texts):
            return found
        if not ours.any():
            self._warn(found)
            return found
        mood, wants = self.apply(found.mood_log_odds, _log_odds(found), texts)
        chances = 1 / (1 + np.exp(-np.clip(wants, -40, 40)))
        return replace(
            found,
            mood_log_odds=np.where(ours[:, None], mood, found.mood_log_odds),
            wants=np.where(ours[:, None], chances[:, :-1], found.wants),
            urgency=np.where(ours, chances[:, -1], found.urgency),
            model=[f"{one}+{self.version}" if mine else one for one, mine in zip(found.model, ours, strict=True)],
        )

    def _warn(self, found: Readings) -> None:
        warnings.warn(
            f"the firm's own reader was made for {' and '.join(self.made_for)} and not for "
            f"{' or '.join(sorted(set(found.model)))}: it is left aside; make it anew with goodwill evaluate --adapt",
            OwnReaderWarning,
            stacklevel=3,
        )

    def save(self, path: Path) -> None:
        """Writes it, whole or not at all."""
        about = {"format": FORMAT, "made_for": self.made_for, "silent": self.silent}
        about["heads"] = [asdict(head) for head in self.heads]
        unfinished = path.with_name(f".{path.name}.unfinished")
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with unfinished.open("wb") as file:
                np.savez_compressed(file, about=np.array(json.dumps(about)), weights=self.weights)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> Adapted:
        """Reads what `save` wrote.

        Raises:
            InputError: there is no such file, or it is none of these.
        """
        mend = "make it anew with goodwill evaluate --adapt, or take the file away"
        try:
            with np.load(path, allow_pickle=False) as kept:
                about, weights = json.loads(str(kept["about"])), kept["weights"]
        except FileNotFoundError as missing:
            raise InputError("there is no such file", where=str(path), mend=mend) from missing
        except (OSError, ValueError, KeyError) as broken:
            raise InputError(f"this is no adapted reader ({broken})", where=str(path), mend=mend) from broken
        if about.get("format") != FORMAT or weights.shape != (HEADS, 1 + HEADS + HASHED):
            raise InputError("this adapted reader is of another version", where=str(path), mend=mend)
        heads = tuple(Head(**head) for head in about["heads"])
        return cls(tuple(about["made_for"]), about["silent"], heads, weights)


def adapt(texts: Sequence[str], readings: pa.Table, corrections: pa.Table, found: Readings | None = None) -> Adapted:
    """Learns from a firm's corrections.

    Args:
        texts: all N messages of the firm, corrected or not, in the order of the readings.
        readings: [N] as `goodwill.understand.evaluate.as_read` gives them; message_id and model are looked at.
        corrections: columns of `facts.TABLES['corrections']`.
        found: what `goodwill.understand.reader.read(texts)` gives, where it is at hand.

    Raises:
        NotEnoughData: fewer than 30 messages whose mood, intents or urgency somebody corrected or confirmed.
        InputError: as many texts as readings are wanted.

    At most the latest 5,000 labelled messages are learnt from. The same corrections give the same weights.
    """
    if len(texts) != readings.num_rows:
        raise InputError(f"{len(texts):,} texts for {readings.num_rows:,} readings", mend="give one text a reading")
    labels = labels_of(readings, corrections)
    if len(labels) < ENOUGH:
        raise NotEnoughData(
            f"{len(labels)} messages were corrected or confirmed, {ENOUGH} are needed to learn from",
            where="adapt",
            mend="correct or confirm more (goodwill evaluate --sample helps)",
        )
    if found is None:
        from goodwill.understand.reader import read

        found = read(list(texts))
    lessons, silent = _lessons(texts, found, labels)
    weights = np.zeros((HEADS, 1 + HEADS + HASHED), np.float32)
    heads = []
    for name, columns in zip(NAMES, ((0, 1), *((k,) for k in range(2, HEADS))), strict=True):
        head, learnt = _head(name, lessons, columns)
        heads.append(head)
        if learnt is not None:
            weights[list(columns)] = learnt
    models = tuple(sorted({model for model in readings["model"].to_pylist() if model}))
    return Adapted(models, silent, tuple(heads), weights)


def _log_odds(found: Readings) -> Floats:
    """[N, 10] of the intents and of urgency."""
    chances = np.clip(np.column_stack([found.wants, found.urgency]), 1e-6, 1 - 1e-6)
    return np.asarray(np.log(chances / (1 - chances)))


def _lessons(texts: Sequence[str], found: Readings, labels: Labels) -> tuple[Lessons, float]:
    """What is learnt from: labelled messages, and silent confirmations beside them."""
    read = columns_of(found.mood_log_odds, _log_odds(found))
    readable = ~np.isnan(read[:, 0])
    rows = np.flatnonzero(readable[labels.place])[-MOST_LABELS:]
    place = labels.place[rows]
    target, known = _told(labels, rows)
    known[np.isnan(read[place])] = 0
    # Those that nobody corrected, in an order that depends on nothing but their words.
    rest = np.setdiff1d(np.flatnonzero(readable), labels.place)
    rest = rest[np.argsort(told_apart([texts[k] for k in rest]), kind="stable")][:MOST_SILENT]
    chance = _as_chances(read)
    weight = np.minimum(_silent(chance, place, target, known) / max(1, len(rest)), 1.0)
    both = np.concatenate([place, rest])
    said = [texts[k] for k in both]
    lessons = Lessons(
        read=np.nan_to_num(read[both]),
        features=design(said),
        target=np.nan_to_num(np.concatenate([target, chance[rest]])),
        weight=np.concatenate([known, np.where(np.isnan(read[rest]), 0.0, weight)]),
        group=told_apart(said),
        labelled=len(rows),
    )
    return lessons, round(float(weight[0] * len(rest)), 1)


def _told(labels: Labels, rows: Any) -> tuple[Floats, Floats]:
    """([M, 12] what people said, [M, 12] whether they said it). An intent told alone says nothing of the others, and
    would teach that it always holds, so only messages of which all nine were told count."""
    target, known = np.zeros((len(rows), HEADS)), np.zeros((len(rows), HEADS))
    mood, intents, urgency = labels.mood[rows], labels.intents[rows], labels.urgency[rows]
    target[:, 0], target[:, 1] = mood == MOODS.index("negative"), mood == MOODS.index("positive")
    known[:, :2] = ~np.isnan(mood)[:, None]
    target[:, 2:-1], known[:, 2:-1] = np.nan_to_num(intents), ~np.isnan(intents).any(axis=1)[:, None]
    target[:, -1], known[:, -1] = np.nan_to_num(urgency), ~np.isnan(urgency)
    return target, known


def _as_chances(read: Floats) -> Floats:
    """[N, 12] probabilities: negative and positive of the three moods, then each intent and urgency by itself."""
    odds = np.exp(read)
    chance = odds / (1 + odds)
    chance[:, :2] = odds[:, :2] / (1 + odds[:, :2].sum(axis=1, keepdims=True))
    return np.asarray(chance)


def _three(two: Floats) -> Floats:
    """[N, 3] negative, neutral, positive from the first two columns: negative and positive."""
    return np.column_stack([two[:, 0], 1 - two[:, :2].sum(axis=1), two[:, 1]])


def _silent(chance: Floats, place: Any, target: Floats, known: Floats) -> Floats:
    """[12] how many silent confirmations the reader's own certainty implies, for each column."""
    wrong = np.abs(chance[place] - target) > 0.5
    wrong[:, :2] = (_three(chance[place]).argmax(axis=1) != _three(target).argmax(axis=1))[:, None]
    errs = np.minimum(chance, 1 - chance)
    errs[:, :2] = 1 - _three(chance).max(axis=1, keepdims=True)
    expected = np.maximum(np.nanmean(errs, axis=0), 1e-3)
    return np.asarray(np.maximum(0.0, (wrong * known).sum(axis=0) / expected - known.sum(axis=0)))


def _head(name: str, lessons: Lessons, columns: tuple[int, ...]) -> tuple[Head, npt.NDArray[np.float32] | None]:
    known = lessons.weight[: lessons.labelled, columns[0]] > 0
    target = lessons.target[: lessons.labelled][known]
    count = int(known.sum())
    sides = [target[:, columns].sum(axis=0), (1 - target[:, columns]).sum(axis=0)]
    if count < ENOUGH or min(map(np.min, sides)) < ENOUGH_OF_EACH:
        why = f"not enough yet: {ENOUGH} labelled messages, {ENOUGH_OF_EACH} of them on either side, are needed"
        return Head(name, "", count, float("nan"), float("nan"), why), None
    found = choose(lessons, columns)
    if not found.better:
        return Head(name, "", count, found.before, found.after, "left alone: held out, it was not surely better"), None
    why = f"held-out log-loss {found.after:.3f}, as read {found.before:.3f}"
    return Head(name, found.form, count, found.before, found.after, why), found.weights


assert 2 + len(INTENTS) + 1 == HEADS and set(FORMS) == {"shift", "words", "heads and words"}
