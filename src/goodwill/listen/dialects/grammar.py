"""What a dialect is: the marks in its header, and for each of our tables where its fields come from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from goodwill.lake import MappedColumn
from goodwill.listen.columns import HandleColumn, TableMap, as_told, missing
from goodwill.listen.source import text

if TYPE_CHECKING:
    from goodwill.firm import Firm
    from goodwill.listen.source import Source, SourceColumn


@dataclass(frozen=True, slots=True)
class Part:
    """One of our tables in a dialect.

    A field's value is a recipe: a column in braces, `{Total}`; the first column whose header matches a pattern,
    `{~how likely}`; SQL over columns, `sql:'zendesk:' || {Id}`; a constant, `review`; or several of these parted by
    ` else `, of which the first that the file can serve is taken.
    """

    table: str
    fields: dict[str, str]
    handles: tuple[tuple[str, str | None, str], ...] = ()  # kind, channel, column
    where: str = ""
    utc: tuple[str, ...] = ()
    sure: float = 0.95


@dataclass(frozen=True, slots=True)
class Dialect:
    """A way in which another system exports."""

    name: str  # "Shopify orders export"
    marks: tuple[str, ...]  # the columns that tell it apart
    parts: tuple[Part, ...]
    note: str = ""
    each: tuple[str, str] | None = None  # a column that holds several values, and what parts them: a row each, {each}
    exactly: bool = False  # a file with any other column is no such export


def apply(source: Source, dialect: Dialect, firm: Firm) -> list[TableMap]:
    """A dialect's parts as mappings of this file; fields, and later parts, that it cannot serve are left out."""
    if dialect.each is not None:
        _a_row_each(source, *dialect.each)
    maps = [_apply(source, dialect, part) for part in dialect.parts]
    for found in maps:
        as_told(source, firm.columns.get(found.table, {}), found)
    served = [found for at, found in enumerate(maps) if at == 0 or (found.where and not missing(found))]
    used = {mapped.column for found in served for mapped in found.columns}
    served[0].columns += [
        MappedColumn(source.name, column.name, "", 0.0, "left aside")
        for column in source.columns
        if column.name not in used
    ]
    return served


def _a_row_each(source: Source, name: str, separator: str) -> None:
    from goodwill.listen.source import SourceColumn

    column = _column(source, name)
    if column is None or any(one.name == "each" for one in source.columns):
        return
    split = f"unnest(string_split({column.sql}, {text(separator)}))"
    source.relation = f"(SELECT *, {split} AS goodwill_each FROM {source.relation})"
    source.columns = (*source.columns, SourceColumn("each", "goodwill_each"))


def _apply(source: Source, dialect: Dialect, part: Part) -> TableMap:
    found = TableMap(part.table, {}, utc=set(part.utc))
    for name, recipe in part.fields.items():
        made = sql_of(source, recipe)
        if made is None:
            continue
        found.fields[name], used = made
        if used:
            found.headers[name] = used[0]
        found.columns += [MappedColumn(source.name, column, name, part.sure, dialect.name) for column in used]
    for kind, channel, recipe in part.handles:
        made = sql_of(source, recipe)
        if made is None:
            continue
        found.handles.append(HandleColumn(kind, channel, made[0]))
        found.columns += [
            MappedColumn(source.name, column, f"handles ({kind})", part.sure, dialect.name) for column in made[1]
        ]
    if part.where:
        made = sql_of(source, "sql:" + part.where)
        found.where = made[0] if made else ""
    return found


_BRACES = re.compile(r"\{([^{}]+)\}")


def sql_of(source: Source, recipe: str) -> tuple[str, list[str]] | None:
    """The SQL of a recipe and the columns that it uses; None where the file cannot serve it."""
    for one in recipe.split(" else "):
        wanted = {name: _column(source, name) for name in _BRACES.findall(one)}
        columns = {name: column for name, column in wanted.items() if column is not None}
        if len(columns) < len(wanted):
            continue
        if not wanted and not one.startswith("sql:"):
            return text(one), []
        used = dict(columns)

        def put(match: re.Match[str], used: dict[str, SourceColumn] = used) -> str:
            return f"({used[match[1]].sql})"

        return _BRACES.sub(put, one.removeprefix("sql:")), [column.name for column in columns.values()]
    return None


def _column(source: Source, name: str) -> SourceColumn | None:
    if name.startswith("~"):
        pattern = re.compile(name[1:], re.IGNORECASE)
        return next((column for column in source.columns if pattern.search(column.name)), None)
    return next((column for column in source.columns if column.name.casefold() == name.casefold()), None)
