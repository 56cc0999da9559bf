"""Recognising columns: a file's header against our fields, by name; the names that people give them, in one place.

Case, spaces and punctuation do not count. How sure we are is a number between 0 and 1: 1 for the field's own name,
.9 for another name of it, .6 for a word so general ('id', 'date', 'name') that it may mean something else.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from goodwill.errors import InputError
from goodwill.facts import TABLES
from goodwill.lake import MappedColumn
from goodwill.listen.names import ANYWHERE, CURRENCIES, GENERAL, HANDLES, NAME_PARTS, NAMES, NETWORKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from goodwill.listen.source import Source

SAME, COMMON, VAGUE = 1.0, 0.9, 0.6

HAS_HANDLES = (
    "people",
    "handles",
    "roles",
    "purchases",
    "messages",
    "responses",
    "contributions",
    "events",
    "terms",
    "actions",
)
_GENERAL = frozenset(GENERAL.split("|"))
_CODES = frozenset(CURRENCIES.split("|"))


def plain(name: str) -> str:
    """A name without case, spaces, accents and punctuation.

    >>> plain("Größe (m²)"), plain("E-Mail Address")
    ('grossem2', 'emailaddress')
    """
    letters = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in letters if letter.isalnum())


@dataclass(frozen=True, slots=True)
class HandleColumn:
    """A column that says who it was: what kind of handle, on which channel, and the SQL of its text."""

    kind: str
    channel: str | None
    sql: str


@dataclass
class TableMap:
    """How one table is read from one file: for each field the SQL of its text."""

    table: str
    fields: dict[str, str]
    handles: list[HandleColumn] = field(default_factory=list)
    columns: list[MappedColumn] = field(default_factory=list)
    utc: set[str] = field(default_factory=set)  # fields whose header says that they are in UTC
    headers: dict[str, str] = field(default_factory=dict)  # field -> the header it came from
    where: str = ""  # SQL: which rows are this table's
    currency: str | None = None  # the currency that a header names

    @property
    def filter(self) -> str:
        return f"WHERE {self.where}" if self.where else ""


@cache
def names_of(table: str) -> dict[str, tuple[str, float]]:
    """Every name that we know for a table's columns, and how sure it makes us: plain name -> (field, confidence)."""
    known: dict[str, tuple[str, float]] = {}
    for column in TABLES[table]:
        known[plain(column.name)] = (column.name, SAME)
    own = NAMES.get(table, {})
    for names in (
        own,
        {name: words for name, words in ANYWHERE.items() if name in TABLES[table] or name == "currency"},
    ):
        for name, words in names.items():
            for word in words.split("|"):
                sure = VAGUE if word in _GENERAL else COMMON
                known.setdefault(plain(word), (name, sure))
    if table == "purchases":
        known["currency"] = ("currency", SAME)
    return known


@cache
def _handle_names() -> dict[str, str]:
    return {plain(word): kind for kind, words in HANDLES.items() for word in words.split("|")}


def recognise(source: Source, table: str, given: Mapping[str, str] | None = None) -> TableMap:
    """Maps a file's columns to a table's fields: goodwill.toml first, then names.

    Raises InputError where goodwill.toml names a column that the file has not.
    """
    found = TableMap(table, {})
    taken = as_told(source, given or {}, found)
    guesses = sorted(
        (
            (-sure, at, name, how)
            for at, column in enumerate(source.columns)
            if at not in taken
            for name, sure, how in _guess(column.name, table)
        ),
    )
    for minus_sure, at, name, how in guesses:
        if at in taken or name in found.fields:
            continue
        taken.add(at)
        _take(found, source, at, name, -minus_sure, how)
    _take_handles(found, source, taken)
    _join_names(found, source, taken)
    for at, column in enumerate(source.columns):
        if at not in taken:
            found.columns.append(MappedColumn(source.name, column.name, "", 0.0, "left aside"))
    order = {column.name: at for at, column in enumerate(source.columns)}
    found.columns.sort(key=lambda mapped: order.get(mapped.column, len(order)))
    return found


def as_told(source: Source, given: Mapping[str, str], found: TableMap) -> set[int]:
    """Maps the columns that goodwill.toml names; gives their positions."""
    taken: set[int] = set()
    table = found.table
    for name, wanted in given.items():
        if name not in TABLES[table] and name not in (*HANDLES, "currency"):
            raise InputError(
                f"{table} has no column {name!r}",
                where=f"goodwill.toml, columns.{table}",
                mend=f"it has {', '.join(TABLES[table].names)}",
            )
        at = next((at for at, column in enumerate(source.columns) if plain(column.name) == plain(wanted)), None)
        if at is None:
            continue  # another file of the same table may have it
        taken.add(at)
        if name in HANDLES and name not in TABLES[table]:
            found.handles.append(HandleColumn(name, None, source.columns[at].sql))
            found.columns.append(MappedColumn(source.name, source.columns[at].name, name, SAME, "goodwill.toml"))
        else:
            found.columns = [mapped for mapped in found.columns if mapped.field != name]
            _take(found, source, at, name, SAME, "goodwill.toml")
    return taken


_UNIT = re.compile(r"[\s_]*[(\[]?\b(utc|gmt)\b[)\]]?\s*$", re.IGNORECASE)
_CURRENCY = re.compile(r"(?:^|[\s_(\[])([A-Za-z]{3})[)\]]?\s*$")


def _guess(header: str, table: str) -> list[tuple[str, float, str]]:
    known = names_of(table)
    tried = [(header, "")]
    if _UNIT.search(header):
        tried.append((_UNIT.sub("", header), ""))
    unit = _CURRENCY.search(header)
    if unit and unit[1].upper() in _CODES:
        tried.append((header[: unit.start()], unit[1].upper()))
    singular = table[:-1] if table.endswith("s") else table
    for prefix in (singular, table):
        for name, _ in list(tried):
            if plain(name).startswith(plain(prefix)) and len(plain(name)) > len(plain(prefix)):
                tried.append((plain(name)[len(plain(prefix)) :], ""))
    for name, _ in tried:
        if plain(name) in known:
            field_name, sure = known[plain(name)]
            if name != header and sure == SAME:
                sure = COMMON
            return [(field_name, sure, "same name" if sure == SAME else "common name")]
    return []


def _take(found: TableMap, source: Source, at: int, name: str, sure: float, how: str) -> None:
    header = source.columns[at].name
    found.fields[name] = source.columns[at].sql
    found.headers[name] = header
    found.columns.append(MappedColumn(source.name, header, name, sure, how))
    if _UNIT.search(header):
        found.utc.add(name)
    unit = _CURRENCY.search(header)
    if name in ("amount", "margin", "cost", "reward_cost") and unit and unit[1].upper() in _CODES:
        found.currency = unit[1].upper()


def _take_handles(found: TableMap, source: Source, taken: set[int]) -> None:
    if found.table not in HAS_HANDLES:
        return
    for at, column in enumerate(source.columns):
        kind = _handle_names().get(plain(column.name))
        author = found.table == "messages" and kind == "account"  # that is the message's author
        if at in taken or kind is None or author:
            continue
        taken.add(at)
        channel = next((network for network in NETWORKS if network in plain(column.name)), None)
        found.handles.append(HandleColumn(kind, channel, column.sql))
        found.columns.append(MappedColumn(source.name, column.name, f"handles ({kind})", COMMON, "common name"))


def _join_names(found: TableMap, source: Source, taken: set[int]) -> None:
    if found.table != "people" or "name" in found.fields:
        return
    by_name = {plain(column.name): at for at, column in enumerate(source.columns) if at not in taken}
    for first, last in NAME_PARTS:
        if first in by_name and last in by_name:
            parts = [source.columns[by_name[part]] for part in (first, last)]
            found.fields["name"] = f"nullif(trim(concat_ws(' ', {parts[0].sql}, {parts[1].sql})), '')"
            for part in parts:
                found.columns.append(MappedColumn(source.name, part.name, "name", COMMON, "common name"))
            taken.update(by_name[part] for part in (first, last))
            return


def guess_table(source: Source) -> tuple[str, float] | None:
    """Which table a file's header looks like, and how sure; None where it looks like none."""
    best: tuple[float, float, str] | None = None
    for table in TABLES:
        mapped = recognise(source, table)
        sure = {column.field: column.confidence for column in mapped.columns if column.field}
        if missing(mapped):
            continue
        score = sum(sure.get(name, 0.0) for name in mapped.fields)
        share = score / max(1, len(source.columns))
        if best is None or (round(score, 6), share) > (best[0], best[1]):
            best = (round(score, 6), share, table)
    return None if best is None else (best[2], min(1.0, best[1]))


# What can be made where it is missing: ids from the row's content, a customer from a handle.
_MADE = {
    "purchase_id",
    "message_id",
    "response_id",
    "referral_id",
    "action_id",
    "outlay_id",
    "contribution_id",
    "event_id",
}


def missing(found: TableMap) -> list[str]:
    """The required fields that no column gives and that cannot be made."""
    lacking = []
    for column in TABLES[found.table]:
        if not column.required or column.name in found.fields or column.name in _MADE:
            continue
        if column.name == "customer_id" and found.handles:
            continue
        lacking.append(column.name)
    return lacking
