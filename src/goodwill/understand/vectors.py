"""Texts to vectors: near where they mean the same. Made on demand, never in the way of a reading.

The body is all-MiniLM-L6-v2 as it was published (Wang et al. 2020, MiniLM; Reimers and Gurevych 2019, Sentence-BERT),
in 8 bits with one scale a token (training/deep/by_row.py): so a text has the same vector whatever stands beside it in
the batch (to 1e-6), where the usual scale a tensor moves it by up to .04 a component.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from goodwill.errors import InputError
from goodwill.understand.plain import plain
from goodwill.understand.sessions import session, threads

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

Vectors = npt.NDArray[np.float32]

WEIGHTS = Path(__file__).parent / "weights"
WIDTH = 384
LONGEST = 128  # tokens: about 95 words; of a longer text the beginning is taken

_CHARACTERS = 12 * LONGEST  # more than this is never more than LONGEST tokens of ordinary text
_TEXTS_A_BLOCK = 4096  # token ids in memory at a time
_TOKENS_A_BATCH = 1024  # texts times the longest of them: bounds memory, and stays in the processor's cache


def vectors(texts: Sequence[str | None], progress: Callable[[float], None] | None = None) -> Vectors:
    """The meaning of each text as a direction.

    Args:
        texts: N texts, in any order; None is as good as ''. Of a text longer than 128 tokens the beginning is taken.
        progress: called with the share done, 0 to 1.

    Returns:
        [N, 384] float32, each row of length 1, so that the product of two rows is their likeness (the cosine); zeros
        where there is no text. The same text has the same vector in any batch, to 1e-6.

    Raises:
        InputError: one text instead of a list, or something that is not a text.
        SettingsError: GOODWILL_THREADS is no number of threads.

    About 1,000 short questions or 600 tweets a second on one core; threads are bounded by GOODWILL_THREADS (2 at most
    without it).

    >>> same, like, other = vectors(["Where is my parcel?", "My package has not arrived", "I like the new colours"])
    >>> bool(same @ like > same @ other)
    True
    """
    if isinstance(texts, str):
        raise InputError("one text was given where a list is wanted", where="vectors", mend="put it into a list")
    ready = [_ready(text, place) for place, text in enumerate(texts)]
    number: dict[str, int] = {}
    which = np.array([number.setdefault(text, len(number)) for text in ready], np.int64)
    found = _of_distinct(list(number), progress)
    return found if len(number) == len(ready) else found[which]


def _ready(text: str | None, place: int) -> str:
    if text is None:
        return ""
    if not isinstance(text, str):
        what = f"no text but {type(text).__name__}"
        raise InputError(what, where=f"vectors, position {place}", mend="give texts, or None for none")
    return plain(text)[:_CHARACTERS]


def _of_distinct(texts: list[str], progress: Callable[[float], None] | None) -> Vectors:
    found = np.zeros((len(texts), WIDTH), np.float32)
    if not any(texts):
        return found
    body = session(WEIGHTS / "body.onnx", threads())
    for begin in range(0, len(texts), _TEXTS_A_BLOCK):
        block = texts[begin : begin + _TEXTS_A_BLOCK]
        for places, ids, mask in _batches(block):
            found[begin + places] = body.run(None, {"ids": ids, "mask": mask})[0]
        if progress:
            progress(min(1.0, (begin + len(block)) / len(texts)))
    return found


def _batches(texts: list[str]) -> Iterator[tuple[npt.NDArray[np.int64], npt.NDArray[Any], npt.NDArray[Any]]]:
    """(places, token ids [n, t], mask [n, t]): texts of like length together, so that little is padding."""
    tokenizer = _tokenizer()
    said = [place for place, text in enumerate(texts) if text]
    tokens = {place: tokenizer.encode(texts[place]).ids for place in said}
    said.sort(key=lambda place: (len(tokens[place]), place))
    begin = 0
    while begin < len(said):
        end = begin + 1
        while end < len(said) and (end + 1 - begin) * len(tokens[said[end]]) <= _TOKENS_A_BATCH:
            end += 1
        batch = said[begin:end]
        ids = np.zeros((len(batch), len(tokens[batch[-1]])), np.int64)
        mask = np.zeros_like(ids)
        for row, place in enumerate(batch):
            ids[row, : len(tokens[place])] = tokens[place]
            mask[row, : len(tokens[place])] = 1
        yield np.array(batch, np.int64), ids, mask
        begin = end


@cache
def _tokenizer() -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(WEIGHTS / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LONGEST)
    return tokenizer
