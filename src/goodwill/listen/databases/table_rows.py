"""The rows of a table file as a source gives them: read by goodwill's own readers, keys named after the source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from goodwill.errors import SettingsError, SourceError
from goodwill.facts import TABLES
from goodwill.listen.sources.kind import Place, Row

if TYPE_CHECKING:
    from goodwill.firm import Firm
    from goodwill.lake import Reject
    from goodwill.listen.reading import Reading

PIECE = 2_000
TOLD = 10
_OWN_NAMES = frozenset({"people", "promises", "causes"})  # the firm's own names for things, the same in every source


@dataclass
class TableRows:
    """What a file gave: `pieces()` walks its rows; `rejects` is then what could not be read."""

    path: Path
    place: Place
    table: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    rejects: tuple[Reject, ...] = ()

    def pieces(self) -> Iterator[dict[str, list[Row]]]:
        """The rows, table by table, some thousand at a time, in the order of their keys.

        `table`: which one it is, where neither the file's name nor its header should tell. `columns`: ours to theirs.
        Raises InputError where the file cannot be read, SourceError where a column that is named is not in it.
        """
        from goodwill.lake import Lake
        from goodwill.listen.assembling import assemble
        from goodwill.listen.reading import A_DAY, Reading
        from goodwill.listen.source import identifier

        lake = Lake()
        firm = with_columns(self.place.firm, self.table, self.columns)
        reading = Reading(firm, lake.connection.con, self.place.now() + A_DAY, guess=True)
        with closing(reading):
            self._read(reading, firm)
            assemble(reading, lake)
            self.rejects = reading.rejects()
            for name, table in TABLES.items():
                order = ", ".join(map(identifier, table.key or table.names[:1]))  # the same pieces each time
                query = f"SELECT * FROM {name} ORDER BY {order}"
                for batch in lake.connection.con.cursor().execute(query).to_arrow_reader(PIECE):
                    yield {name: [self._row(name, row) for row in batch.to_pylist()]}

    def _read(self, reading: Reading, firm: Firm) -> None:
        if not self.table:
            reading.read_file(self.path)
            return
        from goodwill.listen.columns import plain
        from goodwill.listen.dialects.plain import apply_plain

        source = reading.open(self.path)
        there = {plain(column.name) for column in source.columns}
        for ours, theirs in sorted(self.columns.items()):
            if plain(theirs) not in there:
                found = ", ".join(column.name for column in source.columns[:20])
                raise SourceError(
                    f"{ours} = {theirs!r} is no column",
                    where=f"{self.place.name}, {source.name}",
                    mend=f"it has {found}",
                )
        reading.read_tables(source, [apply_plain(source, self.table, firm)])

    def _row(self, name: str, row: Row) -> Row:
        kept = {column: value for column, value in row.items() if value is not None}
        for column in keyed(name):
            if column in kept:
                kept[column] = self.place.key(kept[column])
        if name == "messages":
            kept.setdefault("source", self.place.name)
        return kept


def keyed(name: str) -> tuple[str, ...]:
    """The columns of a table that hold keys named after the source.

    >>> keyed("actions"), keyed("people")
    (('action_id', 'message_id'), ())
    """
    table = TABLES[name]
    own = () if table.key or name in _OWN_NAMES else table.names[:1]
    others = (column.name for column in table if column.refers_to == "messages.message_id")
    return (*own, *others, *(("thread",) if name == "messages" else ()))


def with_columns(firm: Firm, table: str, columns: Mapping[str, str]) -> Firm:
    """The firm as it would be if its goodwill.toml named these columns of a table."""
    if not columns:
        return firm
    return firm.model_copy(update={"columns": {**firm.columns, table: {**firm.columns.get(table, {}), **columns}}})


def told(lines: Sequence[str]) -> list[str]:
    """What could not be read, for people: the first lines, and how many more there are."""
    more = len(lines) - TOLD
    return [*lines[:TOLD], f"and {more:,} more lines"] if more > 0 else list(lines)


def pairs(written: Sequence[str], table: str) -> dict[str, str]:
    """Columns as settings have them, ours to theirs: 'text=body'.

    Raises SettingsError where one is no such pair, or names a column that the table has not.

    >>> pairs(["text=body", "at = created_at"], "messages")
    {'text': 'body', 'at': 'created_at'}
    """
    from goodwill.listen.names import HANDLES

    found = {}
    for one in written:
        ours, equals, theirs = (part.strip() for part in one.partition("="))
        if not equals or not ours or not theirs:
            raise SettingsError(f"{one[:60]!r} is no pair of columns", where="columns", mend="write ours=theirs")
        if table and ours not in (*TABLES[table].names, *HANDLES, "currency"):
            there = ", ".join(TABLES[table].names)
            raise SettingsError(f"{table} has no column {ours[:60]!r}", where="columns", mend=f"it has {there}")
        found[ours] = theirs
    return found


def table_called(name: str) -> str:
    """The name of one of our tables, or nothing; a ValueError where there is none of that name."""
    if name and name not in TABLES:
        raise ValueError(f"no table of facts is called {name[:40]!r}; there are {', '.join(TABLES)}")
    return name
