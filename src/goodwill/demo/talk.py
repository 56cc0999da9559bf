"""The sheet on which everything said is noted, column by column, before it is put in order and into words."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Reals = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

COLUMNS: dict[str, tuple[str, Any]] = {
    "author": ("int64", -1),  # the customer, or −1 − n for the n-th voice
    "at": ("float64", 0.0),
    "channel": ("int64", 0),
    "kind": ("int64", 0),
    "cause": ("int64", 0),
    "anger": ("int64", 0),  # 0 mild, 1 firm, 2 furious
    "reply_to": ("int64", -1),  # a row of this sheet
    "thread": ("int64", -1),  # the row that opened the conversation
    "subject": ("int64", 0),  # which product
    "staff": ("int64", -1),  # whom they name
    "rival": ("int64", -1),  # whom it is about, if not us
    "audience": ("int64", -1),
    "engagements": ("int64", 0),
    "votes": ("int64", -1),
    "rating": ("float64", np.nan),
    "accepted": ("bool", False),
    "to_us": ("bool", False),
    "wants": ("bool", False),  # somebody at the firm ought to answer
    "delay": ("float64", np.inf),  # days until the firm answers
    "told": ("int64", -1),  # which of the stories' sayings it is
    "sale": ("int64", -1),  # which purchase it is about
}


class Talk:
    """A growing sheet. `add` takes scalars or arrays and gives the rows that were written.

    >>> talk = Talk()
    >>> talk.add(2, author=np.array([4, 5]), at=1.0)
    array([0, 1])
    >>> talk.add(1, reply_to=0)
    array([2])
    >>> talk.column("author").tolist(), talk.column("reply_to").tolist()
    ([4, 5, -1], [-1, -1, 0])
    """

    def __init__(self) -> None:
        self.size = 0
        self._parts: dict[str, list[npt.NDArray[Any]]] = {name: [] for name in COLUMNS}

    def add(self, rows: int, **given: Any) -> Integers:
        """Writes `rows` rows; columns not named get their default."""
        unknown = set(given) - set(COLUMNS)
        if unknown:
            raise KeyError(f"no such columns: {sorted(unknown)}")
        for name, (kind, default) in COLUMNS.items():
            values = np.asarray(given.get(name, default), dtype=kind)
            self._parts[name].append(np.broadcast_to(values, rows))
        first, self.size = self.size, self.size + rows
        return np.arange(first, self.size)

    def column(self, name: str) -> npt.NDArray[Any]:
        """One column, all rows."""
        kind = COLUMNS[name][0]
        return np.concatenate(self._parts[name]) if self._parts[name] else np.zeros(0, dtype=kind)

    def sheet(self) -> dict[str, npt.NDArray[Any]]:
        """All columns, ordered by time (ties: as written); references follow their rows."""
        columns = {name: self.column(name) for name in COLUMNS}
        order = np.argsort(columns["at"], kind="stable")
        place = np.empty(self.size + 1, dtype=np.int64)
        place[order] = np.arange(self.size)
        place[-1] = -1  # what refers to no row still refers to none
        for name in ("reply_to", "thread"):
            columns[name] = place[columns[name]]
        return {name: values[order] for name, values in columns.items()}
