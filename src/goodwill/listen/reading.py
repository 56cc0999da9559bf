"""Files to staged rows: which table a file is, and what of it can be read, one file after the other."""

from __future__ import annotations

import re
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodwill.errors import InputError
from goodwill.facts import TABLES
from goodwill.lake import MappedColumn, Reject
from goodwill.listen.columns import guess_table
from goodwill.listen.dialects import dialect_of
from goodwill.listen.dialects.grammar import apply
from goodwill.listen.dialects.plain import apply_plain
from goodwill.listen.files import REJECTS_KEPT, Typed, mapped, read
from goodwill.listen.shapes import worth_opening
from goodwill.listen.shapes.archive import unpacked
from goodwill.listen.shapes.shape import Context
from goodwill.listen.source import Source, format_of, open_source, stem_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from goodwill.firm import Firm
    from goodwill.listen.columns import TableMap
    from goodwill.listen.files import Pending

A_DAY = timedelta(days=1)  # nobody's clock or zone is wrong by more


@dataclass(frozen=True)
class Understood:
    """Which table a file is; what told it ('its name', 'its columns', a dialect's name), and how sure that is."""

    table: str
    how: str
    sure: float
    maps: list[TableMap]


@dataclass
class Reading:
    """What has been read so far: shared by the folder, the preview of one file, and an import.

    `guess`: a file that neither its name nor a dialect tells is taken for the table that its columns look like.
    """

    firm: Firm
    connection: Any
    not_after: datetime
    guess: bool = False
    keep: int = REJECTS_KEPT  # a file's rejects kept as objects; all are counted
    sources: list[Source] = field(default_factory=list)
    typed: list[Typed] = field(default_factory=list)
    failed: list[Reject] = field(default_factory=list)
    mapping: list[MappedColumn] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    pending: list[Pending] = field(default_factory=list)
    troubles: dict[int, int] = field(default_factory=lambda: defaultdict(int))  # file -> how many rejects in all
    _open: ExitStack = field(default_factory=ExitStack)

    def read_file(self, path: Path) -> None:
        """Reads whatever tables one file holds; what cannot be used is an InputError."""
        for source, found in self.look(path):
            self.read_tables(source, found.maps)

    def look(self, path: Path, most: int | None = None) -> Iterator[tuple[Source, Understood]]:
        """Each table file that a file is, or holds (a zip), opened and understood; of each the first `most` rows.

        Raises InputError where there is none.
        """
        if format_of(path) != "zip":
            source = self.open(path, most=most)
            yield source, understand(source, self.firm, self.notes, guess=self.guess)
            return
        yield from self._look_into(path, most)

    def open(self, path: Path, within: str = "", most: int | None = None) -> Source:
        """Opens one file and notes what in it is no row."""
        context = Context(frozenset({self.firm.name.casefold()}))
        with said_plainly(path.name):
            source = open_source(path, self.connection, self.keep, context)
        source.within = within
        if most is not None:
            source.relation = f"(SELECT * FROM {source.relation} LIMIT {most})"
        self.sources.append(source)
        self.notes += source.notes
        self._note_faults(source, len(self.sources) - 1)
        return source

    def _look_into(self, path: Path, most: int | None) -> Iterator[tuple[Source, Understood]]:
        """What a zip holds; of many files only those that a dialect or their name tells."""
        members = self._open.enter_context(unpacked(path, lambda name: format_of(Path(name)) not in (None, "zip")))
        guess = self.guess and len(members) == 1
        aside: list[str] = []
        found = 0
        for member in members:
            notes: list[str] = []
            try:
                if format_of(member) == "shape" and not worth_opening(member):
                    raise InputError("not known")
                source = self.open(member, path.name, most)
            except InputError as refused:
                if len(members) == 1:
                    raise
                if refused.what != "the file is empty":
                    aside.append(member.name)
                continue
            try:
                understood = understand(source, self.firm, notes, guess=guess)
            except InputError:
                if len(members) == 1:
                    raise
                aside.append(member.name)
                source.forget()
                continue
            self.notes += notes
            found += 1
            yield source, understood
        if not found:
            raise InputError(
                "nothing in this archive is known", where=path.name, mend="unpack it, and bring the files one by one"
            )
        if aside:
            more = f" and {len(aside) - 5:,} more" if len(aside) > 5 else ""
            self.notes.append(f"{path.name}: left aside: {', '.join(aside[:5])}{more}")

    def read_tables(self, source: Source, maps: list[TableMap]) -> None:
        at = self.sources.index(source)
        for found in maps:
            stage = f"goodwill_stage_{len(self.typed)}"
            with said_plainly(source.name):
                typed = read(
                    source,
                    found,
                    self.firm,
                    self.connection,
                    stage=stage,
                    file=at,
                    not_after=self.not_after,
                    keep=self.keep,
                )
            self.typed.append(typed)
            self.mapping += mapped(typed)
            self.notes += typed.styles.notes
            self.pending += typed.pending
            self.troubles[at] += typed.troubles
            if not typed.rows and not source.rejected:
                self.notes.append(f"{source.name} has a header and no row for {found.table}")

    def _note_faults(self, source: Source, at: int) -> None:
        if source.faults:
            rows = self.connection.execute(f"SELECT _row FROM {source.faults} ORDER BY _row").fetchall()
            for (line,) in rows:
                source.reject(
                    Reject(
                        source.name, int(line), "", "this line is no JSON object", 'write one {"name": value} a line'
                    ),
                    self.keep,
                )
        self.troubles[at] += source.rejected

    def rejects(self) -> tuple[Reject, ...]:
        """All that could not be read, by file and line; the first ones of each file, then how many more there are."""
        result = list(self.failed)
        by_file: dict[int, list[Pending]] = defaultdict(list)
        for one in self.pending:
            by_file[one.file].append(one)
        for at, source in enumerate(self.sources):
            lines = source.lines(one.row for one in by_file[at])
            found = list(source.rejects)
            found += [
                Reject(source.name, lines[one.row], one.column, one.reason, one.mend, one.value) for one in by_file[at]
            ]
            found.sort(key=lambda reject: (reject.line or 0, reject.column, reject.reason))
            result += found[: self.keep]
            more = self.troubles[at] - len({reject.line for reject in found[: self.keep]})
            if len(found) >= self.keep and more > 0:
                result.append(Reject(source.name, None, "", f"and {more:,} more rows that could not be read in full"))
        return tuple(result)

    def place(self, file: int, row: int) -> str:
        """Where a row stands, as a note says it."""
        return f"{self.sources[file].name}, line {self.sources[file].lines([row])[row]}"

    def close(self) -> None:
        for source in self.sources:
            source.close()
        self._open.close()


@contextmanager
def said_plainly(name: str) -> Iterator[None]:
    """What the engine cannot read is said as ours: the file, its first words, and what to try."""
    import duckdb

    try:
        yield
    except duckdb.Error as wrong:
        raise InputError(
            f"cannot be read ({str(wrong).splitlines()[0][:160]})", where=name, mend="save it again as CSV (UTF-8)"
        ) from wrong


def understand(source: Source, firm: Firm, notes: list[str], *, guess: bool = False) -> Understood:
    """Which tables a file holds, and how their columns are mapped; a dialect's note is added to `notes`.

    Raises InputError where neither its name nor its header tells (nor, with `guess`, its columns).
    """
    named = table_by_name(source.path)
    dialect = dialect_of(source)
    if dialect is not None and (named is None or named in {part.table for part in dialect.parts}):
        if dialect.note:
            notes.append(f"{source.name}: {dialect.note}")
        return Understood(dialect.parts[0].table, dialect.name, 0.95, apply(source, dialect, firm))
    if named is not None:
        return Understood(named, "its name", 1.0, [apply_plain(source, named, firm)])
    guessed = guess_table(source) if guess else None
    if guessed is not None:
        table, sure = guessed
        return Understood(table, "its columns", sure, [apply_plain(source, table, firm)])
    if not guess:
        raise InputError(
            "left aside: neither its name nor its header tells which table it is",
            where=source.name,
            mend=f"name it after one of {', '.join(TABLES)}",
        )
    columns = ", ".join(repr(column.name) for column in source.columns[:12])
    raise InputError(
        f"looks like no table that goodwill knows (columns: {columns})",
        where=source.name,
        mend="name it purchases.csv, messages.csv, ... and map its columns in goodwill.toml, [columns.purchases]",
    )


def table_by_name(path: Path) -> str | None:
    """The table that a file is named after.

    >>> table_by_name(Path("Purchases-2026.csv")), table_by_name(Path("orders.csv"))
    ('purchases', None)
    """
    stem = stem_of(path).casefold()
    return next((table for table in TABLES if re.match(rf"{table}(?![a-z])", stem)), None)
