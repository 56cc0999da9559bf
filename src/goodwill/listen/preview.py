"""A look at one file before anything is stored: which table it is, how its columns are understood, the first rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from goodwill.facts import TABLES
from goodwill.firm import FILE_NAME, Firm
from goodwill.lake import Lake
from goodwill.listen.assembling import assemble
from goodwill.listen.reading import A_DAY, Reading

if TYPE_CHECKING:
    from goodwill.lake import MappedColumn, Reject
    from goodwill.listen.reading import Understood

LOOKED_AT = 20_000  # rows; a preview does not read ten million


@dataclass(frozen=True)
class Preview:
    """What a file would become. Nothing was stored.

    `sample` has the first rows of `table` as they would be stored; `tables` those of every table that the file gives
    (an export of orders gives purchases and handles). `sure` is between 0 and 1.
    """

    file: str
    table: str
    how: str  # 'its name', 'its columns', or a dialect's name
    sure: float
    mapping: tuple[MappedColumn, ...]
    tables: dict[str, pa.Table]
    rows: int  # rows looked at
    rejects: tuple[Reject, ...]
    notes: tuple[str, ...]

    @property
    def sample(self) -> pa.Table:
        return self.tables.get(self.table, TABLES[self.table].empty())


def preview(
    file: str | Path, firm: Firm | None = None, rows: int = 20, *, not_after: datetime | None = None
) -> Preview:
    """Looks at the first 20,000 rows of a file as `read_folder` would read them.

    The table is told by the file's name, else by its header. `goodwill.toml` beside the file is the firm unless one is
    given.

    Raises InputError where the file cannot be read, or looks like no table that goodwill knows; the message names the
    columns that were found and how to map them.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "orders.csv"
    >>> _ = path.write_text("Order No;Client;Date;Total (EUR)\\n7;ann;31.01.2026;1.234,50\\n")
    >>> seen = preview(path)
    >>> seen.table, seen.how, seen.sample["amount"].to_pylist()
    ('purchases', 'its columns', [Decimal('1234.50')])
    """
    path = Path(file)
    firm = firm if firm is not None else Firm.load(path.parent / FILE_NAME)
    lake = Lake()
    reading = Reading(firm, lake.connection.con, not_after or datetime.now(UTC) + A_DAY, guess=True)
    try:
        first: Understood | None = None
        for source, found in reading.look(path, LOOKED_AT):
            first = first or found
            reading.read_tables(source, found.maps)
        looked_at = max((typed.rows for typed in reading.typed), default=0)
        assemble(reading, lake)
        tables = {}
        for name in TABLES:
            rows_found = lake.connection.con.execute(f"SELECT * FROM {name} LIMIT {rows}").to_arrow_table()
            if rows_found.num_rows:
                tables[name] = rows_found
        rejects = reading.rejects()
    finally:
        reading.close()
    assert first is not None  # look() raises where there is nothing
    return Preview(
        path.name,
        first.table,
        first.how,
        first.sure,
        tuple(reading.mapping),
        tables,
        looked_at,
        rejects,
        tuple(reading.notes),
    )
