"""Batches in columns: rows that `listen` has read and checked already, kept as Arrow and stored without a second look.

A file of a million rows would otherwise be written as JSON, parsed, and checked cell by cell once more. What only the
store asks for (no NUL, ids of a length that can be indexed) is seen to when a part is kept; what only the drainer can
find (a fact that is here already) sends the part through the drainer's patient way.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import IntegrityError, connection, transaction

from goodwill.facts import INSTANT, MONEY, TABLES, WORDS
from goodwill.service.intake.cells import bounded, longest
from goodwill.service.intake.limits import LARGEST_ROW, MOST_KEY_BYTES
from goodwill.service.intake.tables import OWN, quoted
from goodwill.service.store.models.facts import keys_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodwill.service.store.models import Batch

ARROW = "arrow"
"""A batch's `encoding`."""


@dataclass(frozen=True, slots=True)
class Unfit:
    """A row that the store cannot keep: its place, its field, why, and how to mend it."""

    row: int
    field: str
    reason: str
    mend: str


def fitted(table: str, rows: pa.Table) -> tuple[pa.Table, list[Unfit]]:
    """The rows that the store can keep, and those that it cannot; NUL becomes U+FFFD."""
    unfit: dict[int, Unfit] = {}
    for place, column in enumerate(TABLES[table]):
        if not pa.types.is_string(column.type):
            continue
        values = rows.column(place)
        if pc.any(pc.match_substring(values, "\x00")).as_py():
            values = pc.replace_substring(values, "\x00", "\ufffd")
            rows = rows.set_column(place, rows.schema.field(place), values)
        if most := longest(TABLES[table], column):
            for row in _longer(pc.utf8_length(values), most):
                unfit.setdefault(row, Unfit(row, column.name, f"it has more than {most} characters", bounded(most)))
        for row in _longer(pc.binary_length(values), LARGEST_ROW):
            what = f"it is larger than {LARGEST_ROW // 1024**2} MB"
            unfit.setdefault(row, Unfit(row, column.name, what, "shorten the text, or leave it out"))
    key = TABLES[table].key
    if len(key) > 1:
        for row in _longer(pc.binary_length(keys_of(table, rows)), MOST_KEY_BYTES):
            what = f"{', '.join(key)} together are longer than {MOST_KEY_BYTES:,} bytes"
            unfit.setdefault(row, Unfit(row, key[0], what, "shorten them"))
    if unfit:
        bad = pa.array(sorted(unfit), pa.int64())
        keep = pc.invert(pc.is_in(pa.array(range(rows.num_rows), pa.int64()), value_set=bad))
        rows = rows.filter(keep)
    return rows, [unfit[row] for row in sorted(unfit)]


def _longer(lengths: Any, most: int) -> list[int]:
    if not pc.any(pc.greater(lengths, most)).as_py():
        return []
    return [row for row, length in enumerate(lengths.to_pylist()) if length is not None and length > most]


def keep(table: str, rows: pa.Table, *, source: str, by: str) -> int:
    """Keeps fitted rows as one batch, within the caller's transaction; gives its number."""
    body = packed(rows)
    now = connection.ops.adapt_datetimefield_value(datetime.now(UTC))
    with connection.cursor() as cursor:
        cursor.execute(
            'INSERT INTO batch (kind, "table", source, encoding, rows, size, state, bulk, received, stored, unread,'
            " token) VALUES ('facts', %s, %s, %s, %s, %s, 'waiting', %s, %s, 0, 0, %s) RETURNING id",
            (table, source, ARROW, rows.num_rows, len(body), True, now, by[:120]),
        )
        batch = int(cursor.fetchone()[0])
        cursor.execute("INSERT INTO batch_raw (batch_id, body) VALUES (%s, %s)", (batch, body))
    return batch


def packed(rows: pa.Table) -> bytes:
    """Rows as an Arrow stream."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, rows.schema, options=options) as stream:
        stream.write_table(rows)
    return sink.getvalue().to_pybytes()


def unpacked(body: bytes) -> pa.Table:
    """The rows of an Arrow stream."""
    with pa.ipc.open_stream(body) as stream:
        return stream.read_all()


def as_rows(rows: pa.Table) -> list[dict[str, Any]]:
    """Rows as JSON has them: for the patient way."""
    found = []
    for row in rows.to_pylist():
        row = {name: value for name, value in row.items() if value is not None}
        found.append({name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()})
    return [
        {name: str(value) if type(value).__name__ == "Decimal" else value for name, value in row.items()}
        for row in found
    ]


def insert_new(batch: Batch, rows: pa.Table, now: datetime) -> bool:
    """Writes the rows of a batch, within the caller's transaction; False, and nothing written, where one is there."""
    whole = _with_own(batch, rows, now)
    try:
        with transaction.atomic():
            if connection.vendor == "postgresql":
                _copy(batch.table, whole)
            else:
                _execute_many(batch.table, whole)
    except IntegrityError:
        return False
    return True


def _with_own(batch: Batch, rows: pa.Table, now: datetime) -> pa.Table:
    n = rows.num_rows
    own = (
        keys_of(batch.table, rows),
        pa.repeat(pa.scalar(batch.source), n),
        pa.repeat(pa.scalar(batch.id), n),
        pa.repeat(pa.scalar(now, INSTANT), n),
    )
    used = [name for name in rows.column_names if rows[name].null_count < n]
    columns = dict(zip(OWN, own, strict=True)) | {name: _flat(rows[name]) for name in used}
    return pa.table(columns)


def _names(rows: pa.Table) -> str:
    return ", ".join(map(quoted, rows.column_names))


def _copy(table: str, rows: pa.Table) -> None:
    import pyarrow.csv

    for place, column in enumerate(rows.schema):
        if column.type == WORDS:
            rows = rows.set_column(place, column.name, _json(rows.column(place)))
        elif column.type == MONEY:
            rows = rows.set_column(place, column.name, rows.column(place).cast(pa.string()))
    text = pa.BufferOutputStream()
    pyarrow.csv.write_csv(rows, text, pyarrow.csv.WriteOptions(include_header=False, quoting_style="all_valid"))
    copy = f"COPY fact_{table} ({_names(rows)}) FROM STDIN WITH (FORMAT csv)"
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(copy) as stream:
        stream.write(text.getvalue().to_pybytes())


def _execute_many(table: str, rows: pa.Table) -> None:
    places = ", ".join("?" * rows.num_columns)
    columns = [_plain(_flat(rows[name])) for name in rows.column_names]
    connection.ensure_connection()
    with connection.wrap_database_errors:
        # The cursor under Django's takes '?' as it is, and an iterator.
        connection.connection.cursor().executemany(
            f"INSERT INTO fact_{table} ({_names(rows)}) VALUES ({places})", zip(*columns, strict=True)
        )


def _plain(column: pa.Array) -> Sequence[Any]:
    """A column as SQLite keeps it: as `tables.OnSQLite` writes it."""
    kind = column.type
    if kind == INSTANT:
        found: Sequence[Any] = _written(column.cast(pa.timestamp("us"))).to_pylist()
    elif kind == MONEY:
        found = column.cast(pa.float64()).to_pylist()
    elif kind == WORDS:
        found = _json(column).to_pylist()
    elif pa.types.is_boolean(kind):
        found = column.cast(pa.int8()).to_pylist()
    else:
        found = column.to_pylist()
    return found


def _written(at: pa.Array) -> pa.Array:
    """Instants as text, with microseconds only where they have any. By a cast: strftime takes twenty times as long."""
    try:
        return at.cast(pa.timestamp("s")).cast(pa.string())
    except pa.ArrowInvalid:  # some have parts of a second
        return pc.replace_substring_regex(at.cast(pa.string()), r"\.000000$", "")


def _json(lists: pa.Array | pa.ChunkedArray) -> pa.Array:
    return pa.array([None if one is None else json.dumps(one, ensure_ascii=False) for one in lists.to_pylist()])


def _flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    if isinstance(column, pa.Array):
        return column
    return (
        column.chunk(0)
        if column.num_chunks == 1
        else pa.concat_arrays(column.chunks)
        if column.num_chunks
        else pa.array([], column.type)
    )
