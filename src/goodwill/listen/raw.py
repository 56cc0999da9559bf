"""A file's columns as they are, all of them text: for those who want the cells and no facts."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from goodwill.errors import GoodwillWarning
from goodwill.lake import Lake
from goodwill.listen.reading import said_plainly
from goodwill.listen.source import identifier, open_source

if TYPE_CHECKING:
    import pyarrow as pa

NAMED = 5


def read_columns(file: str | Path) -> pa.Table:
    """Reads a CSV, JSON Lines or Parquet file as it is: every column as text, rows in the order of the file.

    Empty cells are null. Lines that are no rows (a quote that never closes, too many cells) are left out, and a
    GoodwillWarning names the first of them.

    Raises InputError where the file cannot be read.

    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "texts.csv"
    >>> _ = path.write_text("text;stars\\nGreat;5\\n;1\\n")
    >>> read_columns(path).to_pydict()
    {'text': ['Great', None], 'stars': ['5', '1']}
    """
    path = Path(file)
    connection = Lake().connection.con
    with said_plainly(path.name):
        source = open_source(path, connection, NAMED)
        try:
            columns = ", ".join(f"{column.sql} AS {identifier(column.name)}" for column in source.columns)
            query = f"SELECT {columns or 'NULL'} FROM {source.relation} ORDER BY _row"
            table = connection.execute(query).to_arrow_table()
            faults = connection.execute(source.faults[1:-1]).fetchall() if source.faults else []
        finally:
            source.close()
    told = [str(reject) for reject in source.rejects]
    told += [f"{source.name}, line {line}: this line is no JSON object" for (line,) in faults[:NAMED]]
    if told:
        more = source.rejected + len(faults) - len(told)
        warnings.warn(GoodwillWarning("\n".join(told) + (f"\nand {more:,} more" if more else "")), stacklevel=2)
    return table
