"""What a shape is, and how its rows are laid down for DuckDB."""

from __future__ import annotations

import os
import tempfile
from array import array
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AT_ONCE = 10_000  # rows that lie in memory
LARGEST_PIECE = 16_000_000  # characters of them


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the physical line on which it begins, and its cells by column; a cell that is missing is null."""

    line: int
    cells: dict[str, str | None]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is no row, with its line, why, and how to mend it; the rest goes on."""

    line: int
    reason: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What a shape may need to know beside the file: who we are, so that our own words are told from others'."""

    ours: frozenset[str] = frozenset()  # names and addresses, in small letters

    def is_ours(self, name: str | None) -> bool:
        """Whether a name or an address is one of ours."""
        return name is not None and name.strip().casefold() in self.ours


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of file that is no table. `columns` in the order in which they are shown."""

    name: str  # 'a mailbox (mbox)'
    endings: tuple[str, ...]
    columns: tuple[str, ...]
    fits: Callable[[bytes], bool]  # its first 64 kB
    rows: Callable[[Path, Context], Iterator[Row | Fault]]


@dataclass(frozen=True, slots=True)
class Laid:
    """Rows as they were laid down: a Parquet file with `_row` from 1 and the columns as text; each row's line."""

    file: Path
    lines: array[int]
    faults: list[Fault]
    more_faults: int  # how many there are beyond those


def lay(path: Path, shape: Shape, context: Context, keep: int) -> Laid:
    """Reads a file's rows into a temporary Parquet file, a piece at a time; keeps the first faults.

    Raises InputError where the file cannot be read at all; nothing is left behind then.
    """
    import pyarrow.parquet as pq

    handle, name = tempfile.mkstemp(prefix="goodwill-", suffix=".parquet")
    os.close(handle)
    schema = pa.schema([("_row", pa.int64()), *((column, pa.string()) for column in shape.columns)])
    laid = Laid(Path(name), array("q"), [], 0)
    more = 0
    try:
        with pq.ParquetWriter(name, schema, compression="zstd") as writer:
            piece: list[dict[str, str | None]] = []
            size = 0
            for found in shape.rows(path, context):
                if isinstance(found, Fault):
                    if len(laid.faults) < keep:
                        laid.faults.append(found)
                    else:
                        more += 1
                    continue
                laid.lines.append(found.line)
                piece.append(found.cells)
                size += sum(len(cell) for cell in found.cells.values() if cell)
                if len(piece) == AT_ONCE or size > LARGEST_PIECE:
                    writer.write_table(_table(schema, piece, len(laid.lines) - len(piece)))
                    piece, size = [], 0
            writer.write_table(_table(schema, piece, len(laid.lines) - len(piece)))
    except BaseException:
        laid.file.unlink(missing_ok=True)
        raise
    return Laid(laid.file, laid.lines, laid.faults, more)


def _table(schema: pa.Schema, piece: list[dict[str, str | None]], before: int) -> pa.Table:
    columns: list[list[int] | list[str | None]] = [list(range(before + 1, before + len(piece) + 1))]
    columns += [[_storable(cells.get(name)) for cells in piece] for name in schema.names[1:]]
    return pa.table(dict(zip(schema.names, columns, strict=True)), schema=schema)


def _storable(cell: str | None) -> str | None:
    """Half of a pair of surrogates, as broken JSON has it, is no letter."""
    if cell is None or cell.isascii():
        return cell
    return cell.encode("utf-8", "replace").decode("utf-8")
