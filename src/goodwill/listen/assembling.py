"""What the files gave, joined into the tables of facts and checked together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goodwill.facts import TABLES
from goodwill.listen import checks
from goodwill.listen.query import SQL_TYPES
from goodwill.listen.source import identifier, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from goodwill.lake import Lake
    from goodwill.listen.files import Typed
    from goodwill.listen.reading import Reading


def assemble(reading: Reading, lake: Lake, progress: Callable[[str, float], None] | None = None) -> dict[str, Any]:
    """Joins what the files gave into the tables of facts, each with its schema exactly, and checks them."""
    connection = reading.connection
    for name in TABLES:
        _lay(name, [one for one in reading.typed if one.found.table == name], connection)
    _lay_handles(reading)
    for typed in reading.typed:
        if typed.stage != typed.found.table:
            connection.execute(f"DROP TABLE {typed.stage}")
    if progress:
        progress("checking", 0.92)
    for name in TABLES:
        checks.unique(name, reading)
    checks.together(reading)
    for name, table in TABLES.items():
        keep = {column.name for column in table}
        for (column,) in connection.execute(
            f"SELECT column_name FROM duckdb_columns() WHERE table_name = '{name}' ORDER BY column_index"
        ).fetchall():
            if column not in keep:
                connection.execute(f'ALTER TABLE {name} DROP COLUMN "{column}"')
    for spare in ("goodwill_twice", "goodwill_ranked"):
        connection.execute(f"DROP TABLE IF EXISTS {spare}")
    return {name: lake.connection.table(name) for name in TABLES}


def _lay(name: str, parts: list[Typed], connection: Any) -> None:
    connection.execute(f"DROP TABLE IF EXISTS {name}")
    columns = ", ".join(f"{identifier(column.name)} {SQL_TYPES[str(column.type)]}" for column in TABLES[name])
    if len(parts) == 1:
        # The only file's rows become the table as they lie: ten million rows are not copied again.
        connection.execute(f"ALTER TABLE {parts[0].stage} RENAME TO {name}")
        parts[0].stage = name
        return
    connection.execute(f"CREATE TABLE {name} ({columns}, _file INTEGER, _row BIGINT)")
    for part in parts:
        names = ", ".join(identifier(column) for column in TABLES[name].names)
        connection.execute(f"INSERT INTO {name} SELECT {names}, _file, _row FROM {part.stage}")


def _lay_handles(reading: Reading) -> None:
    """Columns that say who somebody is (an e-mail beside a purchase) become rows of handles."""
    insert = "INSERT INTO handles (customer_id, kind, value, channel, source, _file, _row)"
    for typed in reading.typed:
        for name in sorted(typed.styles.emails):
            reading.connection.execute(
                f"{insert} SELECT {name}, 'email', substr({name}, 7), NULL, {text(typed.source.name)}, _file, min(_row)"
                f" FROM {typed.stage} WHERE starts_with({name}, 'email:') GROUP BY ALL ORDER BY min(_row)"
            )
        for at, handle in enumerate(typed.found.handles):
            told = f"'{handle.kind}', _h{at}, {text(handle.channel) if handle.channel else 'NULL'}"
            reading.connection.execute(
                f"{insert} SELECT customer_id, {told}, {text(typed.source.name)}, _file, min(_row) FROM {typed.stage}"
                f" WHERE customer_id IS NOT NULL AND _h{at} IS NOT NULL GROUP BY ALL ORDER BY min(_row)"
            )
