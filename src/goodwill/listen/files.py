"""One file to typed rows: the query that reads, casts and checks every cell, carried out by DuckDB in one pass."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from goodwill.errors import InputError
from goodwill.lake import MappedColumn
from goodwill.listen.columns import VAGUE, missing
from goodwill.listen.query import Query
from goodwill.listen.reasons import reason
from goodwill.listen.styles import SAMPLE, Styles, decide

if TYPE_CHECKING:
    from datetime import datetime

    from goodwill.firm import Firm
    from goodwill.listen.columns import TableMap
    from goodwill.listen.source import Source

REJECTS_KEPT = 1_000  # a file's rejects kept as objects; all are counted
_FIELD, _ROW = "\x1f", "\x1e"


@dataclass(frozen=True, slots=True)
class Pending:
    """A reject whose physical line is still to be looked up."""

    file: int
    row: int
    column: str
    reason: str
    mend: str
    value: str = ""


@dataclass
class Typed:
    """One table's rows from one file, laid down as `stage`: the schema's columns, then `_file`, `_row` and handles."""

    stage: str
    source: Source
    found: TableMap
    styles: Styles
    rows: int = 0
    pending: list[Pending] = field(default_factory=list)
    troubles: int = 0  # how many rejects there are, kept as objects or not
    handles: list[str] = field(default_factory=list)  # the stage's columns that hold handles


def read(
    source: Source,
    found: TableMap,
    firm: Firm,
    connection: Any,
    *,
    stage: str,
    file: int,
    not_after: datetime,
    keep: int = REJECTS_KEPT,
) -> Typed:
    """Reads one table out of an opened file; keeps the first `keep` rejects as objects.

    Raises InputError where a required column is missing, naming what was found and how to map it.
    """
    lacking = missing(found)
    if lacking:
        raise InputError(
            f"no column for {found.table}.{lacking[0]} among {_listed(source)}",
            where=source.name,
            mend=f'name it in goodwill.toml: [columns.{found.table}] {lacking[0]} = "the column\'s name"',
        )
    if found.table == "purchases":
        _say_who_bought(source, found, connection)
    styles = decide(source, found, firm, connection)
    typed = Typed(stage, source, found, styles)
    query = Query(found, styles, firm, file, not_after)
    connection.execute(f"CREATE OR REPLACE TABLE {stage} AS {query.sql(source)}")
    typed.handles = [f"_h{at}" for at in range(len(found.handles))]
    typed.rows = int(connection.execute(f"SELECT count(*) FROM {stage}").fetchone()[0])
    _collect_rejects(typed, connection, file, keep)
    return typed


def _say_who_bought(source: Source, found: TableMap, connection: Any) -> None:
    """A bare 'id' that comes again and again beside purchases is the customer's, not the purchase's."""
    at = next((at for at, one in enumerate(found.columns) if one.field == "purchase_id"), None)
    if at is None or "customer_id" in found.fields or found.handles or found.columns[at].confidence > VAGUE:
        return
    seen, different = connection.execute(
        f"SELECT count(id), count(DISTINCT id) FROM (SELECT {found.fields['purchase_id']} AS id FROM {source.relation}"
        f" {found.filter} LIMIT {SAMPLE})"
    ).fetchone()
    if different < 0.9 * seen:
        found.fields["customer_id"] = found.fields.pop("purchase_id")
        found.headers["customer_id"] = found.headers.pop("purchase_id")
        found.columns[at] = replace(found.columns[at], field="customer_id", how="by its values: they come again")


def _listed(source: Source) -> str:
    names = [column.name for column in source.columns]
    return ", ".join(repr(name) for name in names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def mapped(typed: Typed) -> list[MappedColumn]:
    """How the columns were understood, with what their values added."""
    how = typed.styles.how
    return [
        MappedColumn(one.file, one.column, one.field, one.confidence, f"{one.how}; {how[one.field]}")
        if one.field in how
        else one
        for one in typed.found.columns
    ]


def _collect_rejects(typed: Typed, connection: Any, file: int, keep: int) -> None:
    total = connection.execute(f"SELECT count(*) FROM {typed.stage} WHERE _why IS NOT NULL").fetchone()[0]
    if not total:
        return
    rows = connection.execute(
        f"SELECT _row, _why, _out FROM {typed.stage} WHERE _why IS NOT NULL ORDER BY _row LIMIT {keep}"
    ).fetchall()
    for row, why, out in rows:
        for trouble in why.split(_ROW):
            name, code, value = trouble.split(_FIELD)
            what, mend = reason(typed.found.table, name, code, value, bool(out))
            typed.pending.append(Pending(file, int(row), typed.found.headers.get(name, name), what, mend, value))
    typed.troubles = int(total)
    connection.execute(f"DELETE FROM {typed.stage} WHERE _out")
