"""The careful reader: a small transformer (MiniLM, Wang et al. 2020), fine-tuned, in whole numbers, on ONNX Runtime.

All activations are quantised with ranges fixed when the model was exported (training/deep/graph.py), and only texts of
the same length share a batch, so nothing is padded: a text's reading is the same in any company.

A text of more than 62 tokens is read in windows of at most that many, of even length; of one that would need more than
8 windows the first four and the last four are read. The windows' mood is their mean by tokens; an intent holds, and a
matter is urgent, as far as one window says so.

What is wanted leans on three things: the model's own heads; heads that were taught afterwards on three views of the
text (training/deep/heads.py), whose sum is of whole numbers, so that it is the same in any batch; and what the fast
reader said, which has read every text before (goodwill.understand.reader adds it): a word that tells is not lost in
the mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from goodwill.errors import GoodwillError
from goodwill.understand.plain import plain
from goodwill.understand.sessions import session, threads, tokenizer

if TYPE_CHECKING:
    from collections.abc import Iterator

Floats = npt.NDArray[np.float64]
Tokens = list[int]

FOLDER = Path(__file__).parent / "weights"
WINDOW = 62  # tokens of the text itself; a mark stands at either end
WINDOWS = 8  # of one text at most
MOODS, SAID = 3, 13  # columns of the log-odds: mood, then the nine intents and urgency
FINE = 1 << 12  # a view in whole numbers: 1 is 4096

_TOKENS_A_BATCH = 512  # stays in the processor's cache
_CHARACTERS = 6_000  # of a longer text as many at each end: far more than the windows hold


@dataclass(frozen=True, slots=True)
class Calibration:
    """What makes the careful reader's log-odds mean what they say; fitted by training/deep/export.py on texts held
    out."""

    version: str
    mood_slope: Floats  # []
    mood_bias: Floats  # [3]
    want_slope: Floats  # [10]
    want_bias: Floats  # [10]
    want_heads: npt.NDArray[np.int16]  # [V, 10]: what the views add, in units of
    want_units: Floats  # [10]
    fast_say: Floats  # [10]: how much the fast reader's log-odds count beside these
    continued: npt.NDArray[np.uint8]  # bytes that, put after careful.onnx, make it say its views too
    cut_offs: Floats  # [9]: an intent holds from this probability on
    doubts: Floats  # [101]: quantiles of the fast reader's doubt (goodwill.understand.auto) over messages held out
    speeds: Floats  # [2]: messages a second on one core, fast and careful, where the model was exported


@cache
def calibration() -> Calibration:
    """Read once.

    Raises:
        GoodwillError: this copy of goodwill has no careful model.
    """
    path = FOLDER / "careful.npz"
    if not available():
        raise GoodwillError(
            "the careful model is not there",
            where=str(FOLDER),
            mend="install goodwill anew with its weights, or read with lane='fast'",
        )
    with np.load(path, allow_pickle=False) as kept:
        return Calibration(str(kept["version"]), *(kept[name] for name in Calibration.__slots__[1:]))


def available() -> bool:
    """Whether this copy of goodwill has the careful model."""
    return all((FOLDER / name).is_file() for name in ("careful.onnx", "careful.npz", "tokenizer.json"))


def read_carefully(texts: list[str], most_threads: int | None = None) -> tuple[Floats, Floats]:
    """Calibrated log-odds of N texts in any order: moods [N, 3], then intents and urgency [N, 10]."""
    known = calibration()
    together = wanted_too(look(texts, most_threads), len(texts))
    return together[:, :MOODS] * known.mood_slope + known.mood_bias, together[:, MOODS:]


def wanted_too(seen: Seen, count: int) -> Floats:
    """[count, 13] of texts: moods as the model says them, then what is wanted with its heads, calibrated."""
    known = calibration()
    raw = seen.said.astype(np.float64)
    wants = raw[:, MOODS:] * known.want_slope + known.want_bias + added(seen.views, known)
    return _together(np.column_stack([raw[:, :MOODS], wants]), seen.text_of, seen.tokens, count)


def log_odds(texts: list[str], most_threads: int | None = None) -> npt.NDArray[np.float32]:
    """[N, 13] what the model itself says of each text."""
    seen = look(texts, most_threads)
    return _together(seen.said, seen.text_of, seen.tokens, len(texts)).astype(np.float32, copy=False)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the model says of W windows of N texts."""

    said: npt.NDArray[np.float32]  # [W, 13]
    views: npt.NDArray[np.float32]  # [W, V]: what the continuation says, side by side; sums as means over the tokens
    text_of: npt.NDArray[np.int64]  # [W]
    tokens: npt.NDArray[np.int64]  # [W]


def look(texts: list[str], most_threads: int | None = None) -> Seen:
    """Every window of the texts, as the model sees it."""
    windows, text_of = _windows_of(texts)
    known = calibration()
    model = session(FOLDER / "careful.onnx", threads(most_threads), known.continued.tobytes())
    said = np.zeros((len(windows), SAID), np.float32)
    views = np.zeros((len(windows), len(known.want_heads)), np.float32)
    outputs = [output.name for output in model.get_outputs()]  # the log-odds, then the views
    for places in _batches(windows):
        ids = np.array([windows[place] for place in places], np.int64)
        said[places], *seen = model.run(outputs, {"ids": ids, "mask": np.ones_like(ids)})
        views[places] = np.hstack([view[:, 0] / ids.shape[1] if view.ndim == 3 else view for view in seen])
    return Seen(said, views, text_of, np.array([len(window) for window in windows]))


def added(views: npt.NDArray[np.float32], known: Calibration) -> Floats:
    """[W, 10] what the heads taught afterwards add to the log-odds."""
    whole = np.rint(views.astype(np.float64) * FINE)  # products and sums of whole numbers below 2^53 are exact
    return np.asarray(whole @ known.want_heads.astype(np.float64) * (known.want_units / FINE))


def _windows_of(texts: list[str]) -> tuple[list[Tokens], npt.NDArray[np.int64]]:
    """(windows of all texts, whose each is). A text without a word has one that holds the marks alone."""
    encoder = tokenizer(FOLDER / "tokenizer.json")
    begin, end = (encoder.token_to_id(mark) for mark in ("[CLS]", "[SEP]"))
    windows: list[Tokens] = []
    text_of: list[int] = []
    for place, text in enumerate(texts):
        tokens = encoder.encode(_ends(plain(text)), add_special_tokens=False).ids
        for part in _parts(tokens):
            windows.append([begin, *part, end])
            text_of.append(place)
    return windows, np.array(text_of, np.int64)


def _ends(text: str) -> str:
    return text if len(text) <= 2 * _CHARACTERS else f"{text[:_CHARACTERS]} {text[-_CHARACTERS:]}"


def _parts(tokens: Tokens) -> Iterator[Tokens]:
    """Even parts, none over WINDOW; of too many the outermost."""
    if len(tokens) > WINDOW * WINDOWS:
        half = WINDOW * WINDOWS // 2
        tokens = tokens[:half] + tokens[-half:]
    count = max(1, -(-len(tokens) // WINDOW))
    edges = [len(tokens) * number // count for number in range(count + 1)]
    for number in range(count):
        yield tokens[edges[number] : edges[number + 1]]


def _batches(windows: list[Tokens]) -> Iterator[list[int]]:
    """Places of windows of one length, as many as fit."""
    of_length: dict[int, list[int]] = {}
    for place, window in enumerate(windows):
        of_length.setdefault(len(window), []).append(place)
    for length in sorted(of_length):
        places, size = of_length[length], max(1, _TOKENS_A_BATCH // length)
        for first in range(0, len(places), size):
            yield places[first : first + size]


def _together(
    said: npt.NDArray[Any], text_of: npt.NDArray[np.int64], tokens: npt.NDArray[np.int64], count: int
) -> npt.NDArray[Any]:
    """[N, 13] from windows to texts."""
    if len(said) == count:
        return said
    found = np.full((count, SAID), -np.inf, said.dtype)
    np.maximum.at(found, text_of, said)
    share = tokens / np.bincount(text_of, tokens, count)[text_of]
    for column in range(MOODS):
        found[:, column] = np.bincount(text_of, share * said[:, column], count)
    return found
