"""Rows to the columns of a table of facts: every name known, every value of its type, who it was from any handle."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from goodwill.facts import TABLES
from goodwill.listen.columns import HAS_HANDLES, names_of, plain
from goodwill.listen.names import NETWORKS
from goodwill.service.intake.cells import Reader, Values, is_email
from goodwill.service.intake.faults import Fault
from goodwill.service.intake.limits import MOST_KEY_BYTES
from goodwill.service.store.models import key_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from goodwill.facts.schema import Table

Row = dict[str, Any]
Found = tuple[str, str, str | None, str]
"""A handle found beside a fact: whose, its kind, its channel, its value."""


@dataclass
class Columns:
    """A table's columns, all of one length. Where `faults` name a row, its values are not to be used."""

    table: Table
    values: dict[str, Values]
    handles: dict[Found, int] = field(default_factory=dict)  # and the row that first has it
    faults: list[Fault] = field(default_factory=list)


@cache
def identifying(table: str) -> Mapping[str, tuple[str, str | None]]:
    """The columns beside a table's own that say who it was: name → kind of handle, channel.

    >>> identifying("purchases")["email"], identifying("people")["twitter"]
    (('email', None), ('account', 'twitter'))
    >>> sorted(identifying("messages"))
    ['author_email', 'author_phone', 'card', 'device', 'email', 'phone']
    """
    if table not in HAS_HANDLES or table == "handles":
        return {}
    found: dict[str, tuple[str, str | None]] = {kind: (kind, None) for kind in ("email", "phone", "card", "device")}
    whose = "author" if table == "messages" else "customer"
    found |= {f"{whose}_email": ("email", None), f"{whose}_phone": ("phone", None)}
    if table != "messages":  # there the account is the author
        found |= {"account": ("account", None), **{network: ("account", network) for network in NETWORKS}}
    return found


def read(table: str, rows: Sequence[Row], zone: ZoneInfo, now: datetime) -> Columns:
    """Reads rows into columns. What is wrong is in `faults`, sorted by row; nothing is raised."""
    schema = TABLES[table]
    reader = Reader(schema, zone, now)
    seen: set[str] = set().union(*rows)
    _name_unknown(table, rows, seen, reader.faults)
    values = {
        column.name: reader.column(column, [row.get(column.name) for row in rows])
        for column in schema
        if column.name in seen
    }
    found = Columns(schema, values, faults=reader.faults)
    for name, (kind, channel) in identifying(table).items():
        if name in seen:
            _take_handle(found, kind, channel, reader.identifying(name, kind, [row.get(name) for row in rows]))
    _name_customers_by_email(found)
    _name_empty(found, rows, reader)
    _name_long_keys(found, len(rows))
    found.faults.sort()
    return found


def _name_unknown(table: str, rows: Sequence[Row], seen: set[str], faults: list[Fault]) -> None:
    known = {*TABLES[table].names, *identifying(table)}
    unknown = seen - known
    if not unknown:
        return
    mends = {name: _nearest(table, name, known) for name in unknown}
    for at, row in enumerate(rows):
        for name in sorted(unknown & row.keys()):
            faults.append(Fault(at, name[:80], f"{table} has no column {name[:80]!r}", mends[name]))


def _nearest(table: str, name: str, known: set[str]) -> str:
    meant = names_of(table).get(plain(name[:80]))
    near = [meant[0]] if meant else difflib.get_close_matches(name[:80], sorted(known), n=1)
    return f"did you mean {near[0]!r}?" if near else f"leave it out; there are {', '.join(TABLES[table].names)}"


def _take_handle(found: Columns, kind: str, channel: str | None, handles: Values) -> None:
    """Handles beside a fact are kept, and name its customer where nothing else does."""
    who = found.values.setdefault("customer_id", [None] * len(handles))
    # An account, card or device that speaks is not yet a customer; whose it is, know finds out.
    names = kind in ("email", "phone") or found.table.name not in ("messages", "actions")
    for at, value in enumerate(handles):
        if value is None:
            continue
        if who[at] is None and names:
            who[at] = f"{kind}:{value}"
        if who[at] is not None:
            found.handles.setdefault((_customer(who[at]), kind, channel, value), at)


def _customer(given: str) -> str:
    return f"email:{given.lower()}" if "@" in given and not given.startswith("email:") and is_email(given) else given


def _name_customers_by_email(found: Columns) -> None:
    """A customer who is named by an e-mail address is `email:…`, as in files, and has that handle."""
    for column in found.table:
        if column.refers_to != "people.customer_id" and (found.table.name, column.name) != ("people", "customer_id"):
            continue
        given = found.values.get(column.name, ())
        if any(value is not None and "@" in value for value in given):
            named = [value and _customer(value) for value in given]
            found.values[column.name] = named
            for at, customer in enumerate(named):
                if customer and customer.startswith("email:"):
                    found.handles.setdefault((customer, "email", None, customer[6:]), at)


def _name_empty(found: Columns, rows: Sequence[Row], reader: Reader) -> None:
    faulty = {(fault.row, fault.field) for fault in found.faults}
    for column in found.table:
        if not column.required:
            continue
        values = found.values.get(column.name)
        if values is not None and None not in values:
            continue
        for at in range(len(rows)):
            if (values is None or values[at] is None) and (at, column.name) not in faulty:
                reader.fault(at, column.name, "empty", "")


def _name_long_keys(found: Columns, rows: int) -> None:
    key = found.table.key
    longest = sum(max((len(str(value)) for value in found.values.get(part, ())), default=0) for part in key)
    if longest * 4 <= MOST_KEY_BYTES:
        return
    for at in range(rows):
        row = {part: found.values[part][at] for part in key if part in found.values}
        if len(key_of(found.table.name, row).encode()) > MOST_KEY_BYTES:
            what = f"{', '.join(key)} together are longer than {MOST_KEY_BYTES:,} bytes"
            found.faults.append(Fault(at, key[0], what, "shorten them"))
