"""Have we heard this before? Exact search by meaning over a million messages on one machine.

Every vector is kept in 8 bits with a scale of its own (388 bytes a message); a search multiplies all of them with the
question's 32-bit vector, block by block, so nothing is missed and memory stays bounded. What 8 bits cost: a likeness is
off by about .001.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from goodwill.errors import InputError
from goodwill.understand.vectors import WIDTH, vectors

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from goodwill.understand.vectors import Vectors

Places = npt.NDArray[np.int64]

_ROWS = 1 << 16  # vectors in one chunk of the store
_AT_ONCE = 1 << 13  # vectors turned to 32 bits at a time: they stay in the processor's cache
_QUESTIONS = 16  # questions answered in one pass
_DIGITS = 5  # likenesses are told apart to this many digits; of equals, the one added first


@dataclass(frozen=True, slots=True)
class Near:
    """One message and how like it is: 1 the same, 0 nothing in common."""

    message_id: str
    likeness: float


class Similar:
    """Messages by meaning: add, ask, remove.

    >>> heard = Similar()
    >>> heard.add(["a", "b"], ["Where is my parcel?", "I love the new colours"])
    >>> heard.nearest("My package has not arrived", k=1)[0].message_id
    'a'
    """

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._place: dict[str, int] = {}
        self._chunks: list[npt.NDArray[np.int8]] = []
        self._scale = np.zeros(0, np.float32)

    def __len__(self) -> int:
        return len(self._place)

    def __contains__(self, message_id: object) -> bool:
        return message_id in self._place

    def add(self, message_ids: Sequence[str], what: Sequence[str | None] | Vectors) -> None:
        """Adds N messages, given as texts or as their vectors [N, 384]; an id that is held already is replaced.

        Raises:
            InputError: as many ids as texts are wanted, each id once; vectors of another width, or not finite.
        """
        found = _as_vectors(what)
        if len(message_ids) != len(found) or len(set(message_ids)) != len(message_ids):
            words = f"{len(message_ids)} ids ({len(set(message_ids))} distinct) for {len(found)} messages"
            raise InputError(words, where="Similar.add", mend="give each message an id of its own")
        self.remove(message_id for message_id in message_ids if message_id in self._place)
        size = np.abs(found).max(axis=1, initial=0.0)
        scale = np.where(size > 0, size, 1.0) / 127
        small = np.rint(found / scale[:, None]).astype(np.int8)
        begin = len(self._ids)
        for start in range(0, len(small), _ROWS):
            self._store(begin + start, small[start : start + _ROWS])
        self._ids += list(message_ids)
        self._place.update(zip(message_ids, range(begin, len(self._ids)), strict=True))
        self._scale = np.concatenate((self._scale, scale.astype(np.float32)))

    def _store(self, begin: int, small: npt.NDArray[np.int8]) -> None:
        """Writes rows from position `begin` on; they may reach over the end of a chunk."""
        while len(small):
            chunk, row = divmod(begin, _ROWS)
            if chunk == len(self._chunks):
                self._chunks.append(np.zeros((_ROWS, WIDTH), np.int8))
            room = min(_ROWS - row, len(small))
            self._chunks[chunk][row : row + room] = small[:room]
            begin, small = begin + room, small[room:]

    def remove(self, message_ids: Iterable[str]) -> None:
        """Forgets messages: their vectors are overwritten. Ids that are not held are passed over."""
        for message_id in list(message_ids):
            place = self._place.pop(message_id, None)
            if place is not None:
                chunk, row = divmod(place, _ROWS)
                self._chunks[chunk][row] = 0
                self._scale[place] = np.nan
                self._ids[place] = ""

    def nearest(self, what: str | Vectors, k: int = 10) -> list[Near]:
        """The k messages most like a text or a vector [384], likest first; of equals, the one added first.

        A text that says nothing is like no message: the list is empty.
        """
        question = vectors([what])[0] if isinstance(what, str) else np.asarray(what, np.float32)
        places, likeness = self.nearest_of(question[None, :], k)
        return [
            Near(self._ids[place], round(float(like), _DIGITS))
            for place, like in zip(places[0].tolist(), likeness[0].tolist(), strict=True)
            if place >= 0
        ]

    def nearest_of(self, what: Sequence[str | None] | Vectors, k: int = 10) -> tuple[Places, Vectors]:
        """The k likest of each of M questions: (positions in `ids` [M, k], likeness [M, k]); −1 and 0 where none is."""
        if k < 1:
            raise InputError(f"the nearest {k}", where="Similar.nearest", mend="ask for 1 or more")
        questions = _as_vectors(what)
        places = np.full((len(questions), k), -1, np.int64)
        likeness = np.zeros((len(questions), k), np.float32)
        for begin in range(0, len(questions), _QUESTIONS):
            asked = questions[begin : begin + _QUESTIONS]
            found = self._likenesses(asked)
            for row in range(len(asked)):
                best = _best(found[row], k) if asked[row].any() else np.zeros(0, np.int64)
                places[begin + row, : len(best)] = best
                likeness[begin + row, : len(best)] = found[row, best]
        return places, likeness

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids by position; '' where a message was removed."""
        return tuple(self._ids)

    def _likenesses(self, questions: Vectors) -> Vectors:
        """[M, N] likeness of each question to each message; −inf where a message was removed."""
        count = len(self._ids)
        found = np.empty((len(questions), count), np.float32)
        for begin in range(0, count, _AT_ONCE):
            end = min(begin + _AT_ONCE, count)
            row = begin % _ROWS
            block = self._chunks[begin // _ROWS][row : row + end - begin].astype(np.float32)
            found[:, begin:end] = questions @ block.T if len(questions) > 1 else block @ questions[0]
        found *= self._scale
        if len(self._place) < count:
            found[:, np.isnan(self._scale)] = -np.inf
        return found

    def save(self, path: Path) -> None:
        """Writes ids and vectors into one .npz file; what was removed is left out."""
        kept = [place for place, message_id in enumerate(self._ids) if message_id in self._place]
        small = [self._chunks[place // _ROWS][place % _ROWS] for place in kept]
        ids = np.array([self._ids[place] for place in kept], np.str_)
        rows = np.array(small, np.int8).reshape(-1, WIDTH)
        with path.open("wb") as file:
            np.savez(file, ids=ids, vectors=rows, scale=self._scale[kept])

    @classmethod
    def load(cls, path: Path) -> Similar:
        """Reads what `save` wrote."""
        made = cls()
        with np.load(path, allow_pickle=False) as kept:
            made._ids = kept["ids"].tolist()
            made._scale = kept["scale"]
            small = kept["vectors"]
        for begin in range(0, len(small), _ROWS):
            made._store(begin, small[begin : begin + _ROWS])
        made._place = {message_id: place for place, message_id in enumerate(made._ids)}
        return made


def _as_vectors(what: Sequence[str | None] | Vectors) -> Vectors:
    if not isinstance(what, np.ndarray):
        return vectors(what)
    found = np.asarray(what, np.float32)
    if found.ndim != 2 or found.shape[1] != WIDTH or not np.isfinite(found).all():
        shape = " × ".join(map(str, found.shape))
        words = f"vectors of {shape}" + ("" if np.isfinite(found).all() else ", not all finite")
        raise InputError(words, where="Similar", mend=f"give them as [N, {WIDTH}], from goodwill.understand.vectors")
    return found


def _best(likeness: Vectors, k: int) -> Places:
    """The places of the k largest; of equals, the first. Removed ones are −inf."""
    if k < len(likeness):
        least = np.partition(likeness, len(likeness) - k)[len(likeness) - k]
        among = np.flatnonzero(likeness >= least - 10.0**-_DIGITS)
    else:
        among = np.arange(len(likeness))
    best = among[np.argsort(-np.round(likeness[among], _DIGITS), kind="stable")][:k]
    return best[np.isfinite(likeness[best])].astype(np.int64)
