"""Facts of erased persons that come again: they are left out on the way in, and counted.

A fact that happened after the erasure is new: whoever buys or writes again has come back of their own accord, and is
then a customer like any other. What has no time (a row of a customer list) never brings anybody back by itself.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from goodwill.facts import TABLES
from goodwill.service.erasing import tombstones
from goodwill.service.store.audit import record
from goodwill.service.store.models import Batch, Raw, Tombstone

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from goodwill.service.intake.pieces import Piece
    from goodwill.service.store.models import Unread

log = logging.getLogger("goodwill.drainer")
PERSON = "people.customer_id"


@dataclass
class LeftOut:
    """What was left out of some batches: how many rows of each batch, and for each receipt."""

    by_batch: dict[int, int] = field(default_factory=dict)
    by_receipt: dict[str, int] = field(default_factory=dict)
    back: set[str] = field(default_factory=set)  # digests of those who came back

    def note(self, batch: int, receipt: str) -> None:
        self.by_batch[batch] = self.by_batch.get(batch, 0) + 1
        self.by_receipt[receipt] = self.by_receipt.get(receipt, 0) + 1

    def add(self, other: LeftOut) -> None:
        for mine, theirs in ((self.by_batch, other.by_batch), (self.by_receipt, other.by_receipt)):
            for key, number in theirs.items():
                mine[key] = mine.get(key, 0) + number  # type: ignore[index]
        self.back |= other.back

    def settle(self, batches: Sequence[Batch], now: datetime) -> None:
        """Writes it down, within the drainer's transaction; the bytes in which they came go at once."""
        if self.back:
            Tombstone.objects.filter(digest__in=sorted(self.back), back=None).update(back=now)
        if not self.by_batch:
            return
        tombstones.count_kept_out(self.by_receipt, now)
        Raw.objects.filter(batch__in=sorted(self.by_batch)).delete()
        for batch in batches:
            number = self.by_batch.get(batch.id, 0)
            if number:
                Batch.objects.filter(pk=batch.id).update(left_out=number)
                record("goodwill", "kept out", what=f"{number:,} {batch.table} of persons who were erased")
        log.info("%d facts of erased persons were left out", sum(self.by_batch.values()))


def sift(piece: Piece, values: Mapping[str, Sequence[Any]], handles: Iterable[Any], left_out: LeftOut) -> list[int]:
    """The rows of a piece that may come in; the others are counted in `left_out`.

    `values` are the piece's columns, `handles` those found beside: (customer, kind, channel, value).
    """
    rows = len(piece.rows)
    told = _names(piece.table, values, rows)
    _add_beside(told, piece.table, values, handles)
    stand = tombstones.standing({name for names in told for name in names})
    if not stand:
        return list(range(rows))
    when = values.get("at", [None] * rows)
    kept = []
    for row, names in enumerate(told):
        hit = [stand[name] for name in names if name in stand]
        if not hit:
            kept.append(row)
        elif _is_new(hit, when[row]):
            kept.append(row)
            left_out.back |= {one.digest for one in hit if when[row] is not None}
        else:
            left_out.note(piece.of[row][0].id, max(hit, key=lambda one: one.at).receipt)
    return kept


def _is_new(hit: list[Tombstone], at: datetime | None) -> bool:
    if at is None:
        return any(one.back is not None for one in hit)
    return all(at > one.at for one in hit)


def any_in(table: str, rows: pa.Table) -> bool:
    """Whether rows in columns (an import's part) name anybody who was erased."""
    wanted = [name for name in rows.column_names if name in _asked(table)]
    values = {name: rows[name].to_pylist() for name in wanted}
    return bool(tombstones.standing({name for names in _names(table, values, rows.num_rows) for name in names}))


def unreadable(unread: list[Unread], left_out: LeftOut) -> list[Unread]:
    """Of rows that could not be read, those that do not name anybody who was erased."""
    told = {id(one): _names_of_row(one.row) for one in unread}
    stand = tombstones.standing({name for names in told.values() for name in names})
    kept = []
    for one in unread:
        hit = [stand[name] for name in told[id(one)] if name in stand]
        if hit and one.batch is not None:
            left_out.note(one.batch, hit[0].receipt)
        else:
            kept.append(one)
    return kept


# --- the names under which a row speaks of somebody -------------------------------------------------------------------


def _asked(table: str) -> set[str]:
    persons = {column.name for column in TABLES[table] if column.refers_to == PERSON}
    own = {"people": {"customer_id"}, "handles": {"kind", "value", "channel"}, "messages": {"channel", "author"}}
    said = {"messages": {"message_id"}, "actions": {"message_id"}, "corrections": {"table", "key"}}
    return persons | own.get(table, set()) | said.get(table, set())


def _names(table: str, values: Mapping[str, Sequence[Any]], rows: int) -> list[list[str]]:
    told: list[list[str]] = [[] for _ in range(rows)]
    persons = [column.name for column in TABLES[table] if column.refers_to == PERSON]
    for name in [*persons, *(["customer_id"] if table == "people" else [])]:
        for row, value in enumerate(values.get(name, ())):
            if value is not None:
                told[row] += tombstones.of_id(value)
    if table in ("messages", "actions"):
        for row, value in enumerate(values.get("message_id", ())):
            if value is not None:
                told[row].append(f"message|{value}")
    if table == "messages" and "author" in values:
        _add_keys(told, _author_keys(values.get("channel"), values["author"]))
    if table == "handles":
        _add_keys(told, _handle_keys(values["kind"], values["value"], values.get("channel")))
    if table == "corrections":
        for row, (about, key) in enumerate(zip(values["table"], values["key"], strict=True)):
            told[row].append(f"message|{key}" if about in ("messages", "readings") else f"id|{key}")
    return told


def _add_keys(told: list[list[str]], keys: Sequence[str | None]) -> None:
    for row, key in enumerate(keys):
        if key is not None:
            told[row].append(key)


def _author_keys(channel: Sequence[str | None] | None, author: Sequence[str | None]) -> list[str | None]:
    from goodwill.service.live import people

    where = pa.array(channel if channel is not None else [None] * len(author), pa.string())
    found: list[str | None] = people.author_keys(where, pa.array(author, pa.string())).to_pylist()
    return found


def _handle_keys(kind: Sequence[Any], value: Sequence[Any], channel: Sequence[Any] | None) -> list[str | None]:
    from goodwill.know.handles import handle_keys

    where = pa.array(channel if channel is not None else [None] * len(kind), pa.string())
    found: list[str | None] = handle_keys(pa.array(kind, pa.string()), pa.array(value, pa.string()), where).to_pylist()
    return found


def _add_beside(told: list[list[str]], table: str, values: Mapping[str, Sequence[Any]], handles: Iterable[Any]) -> None:
    """Handles beside the facts count for every row of the customer who has them."""
    beside = list(handles)
    if not beside or "customer_id" not in values:
        return
    keys = _handle_keys([one[1] for one in beside], [one[3] for one in beside], [one[2] for one in beside])
    of: dict[str, list[str]] = {}
    for one, key in zip(beside, keys, strict=True):
        if key is not None:
            of.setdefault(one[0], []).append(key)
    for row, customer in enumerate(values["customer_id"]):
        if customer in of:
            told[row] += of[customer]


def _names_of_row(row: str) -> list[str]:
    try:
        given = json.loads(row)
    except ValueError:
        return []
    found: list[str] = []
    for value in given.values() if isinstance(given, dict) else ():
        if isinstance(value, str) and value and len(value) <= 400:
            found += [*tombstones.of_id(value), f"message|{value}"]
            found += [key for key in _author_keys(None, [value]) if key]
    return found
