"""Where facts lie and the engine that reads them. The engine's name is the only thing that a caller says."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from goodwill.errors import GoodwillError, MissingExtra
from goodwill.facts import TABLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import ibis.expr.types as ir

    from goodwill.firm import Firm

ENGINES = ("duckdb", "spark")


class Lake:
    """One engine and the tables that lie in it.

    >>> lake = Lake()
    >>> table = lake.put("pairs", pa.table({"a": [1, 1, 2]}))
    >>> lake.arrow(table.group_by("a").agg(n=table.count()).order_by("a")).to_pydict()
    {'a': [1, 2], 'n': [2, 1]}
    """

    def __init__(self, engine: str = "duckdb") -> None:
        if engine not in ENGINES:
            raise GoodwillError(f"no engine is called {engine!r}", mend=f"choose one of {', '.join(ENGINES)}")
        if engine == "spark":
            raise MissingExtra("this version reads with DuckDB alone", mend="use --engine duckdb")
        import ibis

        self.engine = engine
        self._laid = 0
        self.connection: Any = ibis.duckdb.connect()
        # Instants are shown and truncated in UTC, whatever the machine's own zone.
        self.connection.raw_sql("SET TimeZone = 'UTC'")

    def put(self, name: str, table: pa.Table) -> ir.Table:
        """Lays an Arrow table into the lake under a name; an older one of that name is replaced."""
        return self.connection.create_table(name, table, overwrite=True)

    def lay(self, name: str, table: pa.Table) -> ir.Table:
        """Lays an Arrow table beside whatever lies under the name; it goes when no expression asks for it any more."""
        self._laid += 1
        beside = f"{name}_{self._laid}"
        self.connection.create_table(beside, table)
        return self.let_go(beside)

    def let_go(self, name: str) -> ir.Table:
        """A table that lies in the lake, which goes from now on when no expression asks for it any more."""
        laid: ir.Table = self.connection.table(name)
        weakref.finalize(laid.op(), self._drop, name).atexit = False
        return laid

    def _drop(self, name: str) -> None:
        self.connection.con.cursor().execute(f'DROP TABLE IF EXISTS "{name}"')

    def arrow(self, expression: ir.Table) -> pa.Table:
        """Carries an expression out and gives its rows as Arrow: here the mathematics begins."""
        return self.connection.to_pyarrow(expression)

    def batches(self, expression: ir.Table, rows: int = 1_000_000) -> Iterator[pa.RecordBatch]:
        """The same a few rows at a time, in the expression's order, for what is too long to lie in memory whole."""
        # A cursor of its own, so that other queries may run meanwhile; Ibis's way calls what DuckDB deprecates.
        cursor = self.connection.con.cursor()
        yield from cursor.execute(self.connection.compile(expression)).to_arrow_reader(rows)


@dataclass(frozen=True, slots=True)
class Reject:
    """One thing that could not be read, with its place and its mend. The rest was kept."""

    file: str
    line: int | None  # the header is line 1
    column: str
    reason: str
    mend: str = ""
    value: str = field(default="", compare=False)  # the cell as it stood, cut at 80 characters

    def __str__(self) -> str:
        place = self.file + (f", line {self.line}" if self.line else "") + (f", {self.column}" if self.column else "")
        return f"{place}: {self.reason}" + (f"; {self.mend}" if self.mend else "")


@dataclass(frozen=True, slots=True)
class MappedColumn:
    """How a file's column was understood, and how sure we are."""

    file: str
    column: str  # as the file has it
    field: str  # ours; '' where it was left aside
    confidence: float
    how: str  # 'same name', 'Shopify export', 'goodwill.toml', 'by its values', ...


@dataclass(frozen=True)
class Facts:
    """A firm's facts: every table of `goodwill.facts.TABLES` is an attribute, an Ibis table, empty where none came.

    `rejects` says what could not be read, `mapping` how columns were understood.
    """

    lake: Lake
    firm: Firm
    tables: Mapping[str, ir.Table]
    rejects: tuple[Reject, ...] = ()
    mapping: tuple[MappedColumn, ...] = ()
    notes: tuple[str, ...] = field(default=())  # what is odd but was kept, a line each

    def __getattr__(self, name: str) -> ir.Table:
        tables = object.__getattribute__(self, "tables")
        if name in tables:
            return tables[name]
        raise AttributeError(f"no table of facts is called {name!r}; there are {', '.join(TABLES)}")

    def arrow(self, name: str) -> pa.Table:
        """One table as Arrow, in its schema's column order, sorted by its key so that every run sees the same."""
        key = TABLES[name].key or TABLES[name].names[:1]
        return self.lake.arrow(self.tables[name].order_by(list(key))).select(TABLES[name].names)

    def with_tables(self, changed: Mapping[str, pa.Table]) -> Facts:
        """The same facts with some tables replaced; these here stay as they are."""
        laid = {name: self.lake.lay(name, table) for name, table in changed.items()}
        return replace(self, tables={**self.tables, **laid})

    @classmethod
    def from_arrow(cls, firm: Firm, given: Mapping[str, pa.Table], lake: Lake | None = None) -> Facts:
        """Facts from Arrow tables that already have the schemas of `goodwill.facts` (missing columns are null)."""
        lake = lake or Lake()
        return cls(lake, firm, {name: lake.lay(name, conform(name, given.get(name))) for name in TABLES})


def conform(name: str, table: pa.Table | None) -> pa.Table:
    """Gives a table the columns, order and types of its schema: what is missing is null, what is not ours goes."""
    schema = TABLES[name].arrow
    if table is None:
        return schema.empty_table()
    columns = [
        table.column(wanted.name).cast(wanted.type)
        if wanted.name in table.column_names
        else pa.nulls(table.num_rows, wanted.type)
        for wanted in schema
    ]
    return pa.Table.from_arrays(columns, schema=pa.schema([pa.field(wanted.name, wanted.type) for wanted in schema]))


def write_table(table: pa.Table, path: Path) -> None:
    """Writes Parquet or CSV by the file's ending, whole or not at all.

    CSV has no lists, so theirs are joined by '; ', and it is safe to open in a spreadsheet.
    """
    import pyarrow.csv
    import pyarrow.parquet

    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        if path.suffix == ".csv":
            pyarrow.csv.write_csv(_without_formulas(_without_lists(table)), unfinished)
        else:
            pyarrow.parquet.write_table(table, unfinished, compression="zstd")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _without_lists(table: pa.Table) -> pa.Table:
    for place, column in enumerate(table.schema):
        if pa.types.is_list(column.type):
            table = table.set_column(place, column.name, pc.binary_join(table.column(place), "; "))
    return table


def _without_formulas(table: pa.Table) -> pa.Table:
    """A text cell that a spreadsheet would carry out gets an apostrophe in front (OWASP, CSV injection)."""
    for place, column in enumerate(table.schema):
        if pa.types.is_string(column.type):
            safe = pc.replace_substring_regex(table.column(place), r"^([=+\-@\t\r])", r"'\1")
            table = table.set_column(place, column, safe)
    return table
