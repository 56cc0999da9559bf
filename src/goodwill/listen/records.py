"""CSV that is not well formed, record by record: what can be read is read, and each fault costs its own line alone."""

from __future__ import annotations

import csv
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from goodwill.listen.scan import blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

LONGEST_RECORD = 5_000  # physical lines; a quote that stays open for longer was never meant to be one
LONGEST_LINE = 16_000_000  # bytes


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a record cannot be read."""

    reason: str
    mend: str


def records(given: Iterable[str], delimiter: str, width: int) -> Iterator[tuple[int, list[str] | Fault]]:
    """The records of a CSV, each with its first physical line; a record that is none comes as a Fault.

    A quote that never closes costs its own line, not the rest of the file.

    >>> [(line, row) for line, row in records(['a,b\\n', '1,"x\\n', '2,y\\n'], ",", 2) if isinstance(row, list)]
    [(1, ['a', 'b']), (3, ['2', 'y'])]
    """
    lines = _Lines(given)
    previous = csv.field_size_limit(LONGEST_LINE)
    try:
        yield from _records(lines, delimiter, width)
    finally:
        csv.field_size_limit(previous)


def _records(lines: _Lines, delimiter: str, width: int) -> Iterator[tuple[int, list[str] | Fault]]:
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    header = True
    while True:
        lines.begin()
        try:
            row: list[str] | Fault = next(reader)
        except StopIteration:
            return
        except csv.Error as wrong:
            row = _quote_fault(str(wrong))
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
        started = lines.number
        if isinstance(row, list) and not header:
            if not any(cell.strip() for cell in row):
                continue  # a blank line
            row = _even(row, width)
        if isinstance(row, Fault):
            lines.give_back_all_but_the_first()
        elif header and not any(cell.strip() for cell in row):
            continue
        header = False
        yield started, row


def _quote_fault(said: str) -> Fault:
    if "expected after" in said:
        return Fault("a quote closes in the middle of a value", "write a quote within a quoted value twice")
    return Fault("a quote is opened and never closed", "close it, or write a quote within a quoted value twice")


def _even(row: list[str], width: int) -> list[str] | Fault:
    while len(row) > width and not row[-1].strip():
        row.pop()
    if len(row) != width:
        return Fault(
            f"{len(row)} cells where the header names {width}",
            "quote cells that hold a separator, and keep empty cells as empty",
        )
    together = "".join(row)
    if not together.isascii():
        try:
            together.encode()
        except UnicodeEncodeError:  # the bytes that could not be decoded stand in it as lone surrogates
            return Fault("holds bytes that are not UTF-8", "save the file as UTF-8")
    return row


class _Lines:
    """Physical lines, some of which may be given back."""

    def __init__(self, given: Iterable[str]) -> None:
        self._given = iter(given)
        self._queue: deque[str] = deque()
        self._taken: list[str] = []
        self._size = 0
        self.number = 0  # the physical line on which the present record starts

    def begin(self) -> None:
        self.number += len(self._taken) or (1 if self.number == 0 else 0)
        self._taken, self._size = [], 0

    def give_back_all_but_the_first(self) -> None:
        self._queue.extendleft(reversed(self._taken[1:]))
        self._taken = self._taken[:1]

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        if len(self._taken) > LONGEST_RECORD or self._size > LONGEST_LINE // 2:
            raise StopIteration  # the csv module then says 'unexpected end of data'
        line = self._queue.popleft() if self._queue else next(self._given)
        if "\x00" in line:
            line = line.replace("\x00", "")
        self._taken.append(line)
        self._size += len(line)
        return line


def record_lines(path: Path, rows: list[int]) -> list[int]:
    """The physical lines on which rows (counted from 1, ascending) of a well-formed CSV start."""
    import numpy as np

    found: list[int] = []
    records_before, lines_before, inside = 0, 0, False
    for block in blocks(path):
        data = np.frombuffer(block, dtype=np.uint8)
        feeds = np.flatnonzero(data == 10)
        quotes_before = np.searchsorted(np.flatnonzero(data == 34), feeds)
        ends = np.flatnonzero((quotes_before % 2 == 0) ^ inside)  # which line feeds end a record
        while len(found) < len(rows):
            # Row r (after the header) starts one line below the end of record r - 1, the header being record 0.
            needed = rows[len(found)] - 1 - records_before
            if needed >= len(ends):
                break
            found.append(lines_before + int(ends[needed]) + 2)
        if len(found) == len(rows):
            return found
        records_before += len(ends)
        lines_before += len(feeds)
        inside ^= block.count(b'"') % 2 == 1
    return found + [lines_before + 1] * (len(rows) - len(found))
