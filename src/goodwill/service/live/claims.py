"""What one message states and our own records contradict (`understand.claims`), for whoever answers it.

Everything is looked up by index: what is held of the author, the orders that the text names, and some others, which
tell what order numbers look like.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa

from goodwill.facts import TABLES
from goodwill.service.live import mending, people, reading, tables
from goodwill.service.live.firms import firm as the_firm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from goodwill.firm import Firm
    from goodwill.lake import Facts

OTHER_ORDERS, LATEST = 300, 500
"""Orders of anybody whose numbers are looked at; messages, purchases, events and actions of the author."""
_HELD = ("purchases", "events", "actions")


@dataclass(frozen=True)
class _Rows:
    """A table of which only columns are asked."""

    table: pa.Table

    def select(self, *names: str) -> pa.Table:
        return self.table.select(list(names))


@dataclass(frozen=True)
class _Shelf:
    """As much of `Facts` as is asked for a few rows. A page of the web must not wait for an engine to start."""

    firm: Firm
    tables: Mapping[str, _Rows]

    @property
    def lake(self) -> _Shelf:
        return self

    def arrow(self, rows: pa.Table) -> pa.Table:
        return rows


def contradicted(message_id: str) -> list[dict[str, Any]]:
    """The statements of a message that the facts contradict: rows of `understand.claims.CORRECTABLE`, the surest first.

    None for most messages, and those that state nothing which records can check cost one question.
    """
    from goodwill.understand.assertions import assertions
    from goodwill.understand.claims import correctable

    message = reading.by_id([message_id])
    stated = assertions(message["text"][0].as_py() or "") if message.num_rows else []
    if not stated:
        return []
    read = reading.stored([message_id])
    person = read["customer_id"][0].as_py() if read.num_rows else None
    of = people.ids_of([person]) if person else {}
    given = _held(sorted(of), message_id) | {"messages": _said_by(person, message_id)}
    given["purchases"] = pa.concat_tables([given["purchases"], _orders(one.order for one in stated if one.order)])
    given = mending.mended(given, mending.corrections_of_facts(list(given), _keys(given)))
    given = {name: rows if name == "messages" else people.in_persons(name, rows, of) for name, rows in given.items()}
    facts = _Shelf(the_firm(), {name: _Rows(_once(name, rows)) for name, rows in given.items()})
    found = correctable(cast("Facts", facts), read)
    rows = [row for row in found.to_pylist() if row["message_id"] == message_id]
    return sorted(rows, key=lambda row: (-row["certainty"], row["claim"]))


def _held(ids: Sequence[str], message_id: str) -> dict[str, pa.Table]:
    """What the author did, and what was done for them."""
    latest = f'ORDER BY t."at" DESC LIMIT {LATEST}'
    found = {
        name: tables.few(f"fact_{name}", TABLES[name].arrow, *tables.among("t.customer_id", ids), latest)
        for name in _HELD
    }
    answers = tables.few("fact_actions", TABLES["actions"].arrow, "t.message_id = %s", [message_id])
    found["actions"] = pa.concat_tables([found["actions"], answers])
    return found


def _said_by(person: str | None, message_id: str) -> pa.Table:
    """The message and the author's others, each with the person who said it."""
    ids = [message_id]
    if person:
        schema = pa.schema([("message_id", pa.string())])
        rest = f"ORDER BY {tables.sorted_key('t.message_id')} DESC LIMIT {LATEST}"
        ids += tables.few("reading", schema, "t.customer_id = %s", [person], rest)["message_id"].to_pylist()
    said = reading.by_id(sorted(set(ids)))
    who = pa.array([person] * said.num_rows, pa.string())
    return said.set_column(said.schema.get_field_index("customer_id"), "customer_id", who)


def _orders(named: Any) -> pa.Table:
    """The orders of these numbers, and the latest of anybody."""
    schema = TABLES["purchases"].arrow
    written = sorted({form for one in named for form in (one, one.lower(), one.upper())})
    found = tables.few("fact_purchases", schema, *tables.among("t.fact_key", written))
    others = tables.few("fact_purchases", schema, "", (), f'ORDER BY t."row" DESC LIMIT {OTHER_ORDERS}')
    return pa.concat_tables([found, others])


def _keys(given: dict[str, pa.Table]) -> list[str]:
    return sorted({key for name, rows in given.items() for key in mending.keys_of(name, rows).to_pylist()})


def _once(name: str, rows: pa.Table) -> pa.Table:
    """Without the same fact twice."""
    keys = mending.keys_of(name, rows).to_pylist()
    first = {key: at for at, key in reversed(list(enumerate(keys)))}
    return rows.take(pa.array(sorted(first.values()), pa.int64()))
