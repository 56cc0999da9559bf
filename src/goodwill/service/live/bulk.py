"""Many rows into the store at once: COPY on PostgreSQL, one prepared statement on SQLite."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts.schema import INSTANT, MONEY, WORDS
from goodwill.service.live.tables import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

CHUNK = 20_000
"""Rows a transaction: short enough that nobody waits long for the write lock."""


def insert(table: str, rows: pa.Table) -> None:
    """Rows that are new, inside the caller's transaction."""
    from django.db import connection

    if not rows.num_rows:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            _execute_many(cursor, f"INSERT INTO {quoted(table)} ({_names(rows)}) VALUES ({_marks(rows)})", rows)
        else:
            _copy(cursor, table, rows)


def upsert(table: str, rows: pa.Table, key: str, change: Sequence[str], only: str = "") -> None:
    """Rows that are new or replace columns of those with the same key; `change` names the columns replaced.

    `only` is a condition (SQL) on the row that is there: where it does not hold, that row stays as it is. `excluded`
    names the new row.
    """
    from django.db import connection

    if not rows.num_rows:
        return
    sets = ", ".join(f"{quoted(name)} = excluded.{quoted(name)}" for name in change)
    conflict = f"ON CONFLICT ({quoted(key)}) DO UPDATE SET {sets}" + (f" WHERE {only}" if only else "")
    names = _names(rows)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            sql = f"INSERT INTO {quoted(table)} ({names}) VALUES ({_marks(rows)}) {conflict}"
            _execute_many(cursor, sql, rows)
        else:
            cursor.execute(f"CREATE TEMPORARY TABLE incoming AS SELECT {names} FROM {quoted(table)} WITH NO DATA")
            _copy(cursor, "incoming", rows)
            # A fixed order of the keys, so that two writers cannot wait for each other in a circle.
            cursor.execute(
                f"INSERT INTO {quoted(table)} ({names}) SELECT {names} FROM incoming ORDER BY {quoted(key)} {conflict}"
            )
            cursor.execute("DROP TABLE incoming")


def _names(rows: pa.Table) -> str:
    return ", ".join(quoted(name) for name in rows.column_names)


def _marks(rows: pa.Table) -> str:
    return ", ".join("?" for _ in rows.column_names)


def as_json(lists: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Lists of words as JSON text; a missing list as an empty one."""
    import json

    flat = lists.combine_chunks() if isinstance(lists, pa.ChunkedArray) else lists
    # Few lists differ: each is written once.
    seen: dict[tuple[str, ...], str] = {}
    texts = []
    for words in flat.to_pylist():
        key = tuple(words or ())
        texts.append(seen.get(key) or seen.setdefault(key, json.dumps(list(key), ensure_ascii=False)))
    return pa.array(texts, pa.string())


def _execute_many(cursor: Any, sql: str, rows: pa.Table) -> None:
    # The cursor under Django's takes '?' as it is, and an iterator.
    columns = [_plain(rows.column(name)) for name in rows.column_names]
    cursor.cursor.connection.executemany(sql, zip(*columns, strict=True))


def _plain(column: pa.ChunkedArray) -> list[Any]:
    """A column as SQLite keeps it: instants as text in UTC, money as a number, truth as 0 or 1."""
    kind = column.type
    if kind == INSTANT:
        return pc.strftime(column.cast(pa.timestamp("us")), "%Y-%m-%d %H:%M:%S").to_pylist()
    if kind == MONEY:
        return column.cast(pa.float64()).to_pylist()
    if kind == WORDS:
        return as_json(column).to_pylist()
    if pa.types.is_boolean(kind):
        return column.cast(pa.int8()).to_pylist()
    return column.to_pylist()


def _copy(cursor: Any, table: str, rows: pa.Table) -> None:
    import pyarrow.csv

    sql = f"COPY {quoted(table)} ({_names(rows)}) FROM STDIN WITH (FORMAT csv)"
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="all_valid")
    with cursor.cursor.copy(sql) as copy:
        for start in range(0, rows.num_rows, CHUNK):
            text = io.BytesIO()
            pyarrow.csv.write_csv(_written(rows.slice(start, CHUNK)), text, options)
            copy.write(text.getvalue())


def _written(rows: pa.Table) -> pa.Table:
    """What CSV cannot hold as text."""
    for place, column in enumerate(rows.schema):
        if column.type == WORDS:
            rows = rows.set_column(place, column.name, as_json(rows.column(place)))
        elif column.type == MONEY:
            rows = rows.set_column(place, column.name, rows.column(place).cast(pa.string()))
    return rows
