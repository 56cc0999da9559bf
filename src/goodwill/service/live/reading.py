"""From messages to rows of `Reading`: what each meant, and who said it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts import READINGS, TABLES
from goodwill.service.live import bulk, mending, people, tables
from goodwill.service.live.tray import small_facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodwill.firm import Firm

ROW = pa.schema([*READINGS.arrow, pa.field("customer_id", pa.string()), pa.field("corrected", pa.bool_())])
CORRECTIONS = TABLES["corrections"].arrow


def plain(schema: pa.Schema) -> pa.Schema:
    """A schema without nullability and metadata."""
    return pa.schema([pa.field(column.name, column.type) for column in schema])


MESSAGES = plain(TABLES["messages"].arrow)


def read(firm: Firm, messages: pa.Table, lane: str = "fast") -> pa.Table:
    """Rows of `Reading` for these messages: read in a lane, corrected where a person did so, with their authors.

    Messages that answer another need that other's author for their flow; it is looked up.
    """
    from goodwill import understand

    ids = messages["message_id"].to_pylist()
    messages = mending.mended({"messages": messages}, mending.corrections_of_facts(["messages"], ids))["messages"]
    corrections = corrections_of(ids)
    reading = firm.reading.model_copy(update={"lane": lane})
    parents = _parents(messages)
    whole = pa.concat_tables([messages.select(MESSAGES.names), parents.select(MESSAGES.names)])
    facts = small_facts(firm.model_copy(update={"reading": reading}), {"messages": whole, "corrections": corrections})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", understand.CorrectionWarning)  # said when it was entered
        found = understand.read_messages(facts)
    found = found.filter(pc.is_in(found["message_id"], value_set=pa.array(ids, pa.string())))
    place = pc.index_in(found["message_id"], value_set=pa.array(ids, pa.string()))
    said_by = people.authors(messages).take(place.combine_chunks())
    corrected = pc.is_in(found["message_id"], value_set=corrections["key"].combine_chunks())
    found = found.append_column("customer_id", said_by)
    return found.append_column("corrected", corrected).cast(plain(ROW)).combine_chunks()


def _parents(messages: pa.Table) -> pa.Table:
    here = set(messages["message_id"].to_pylist())
    wanted = sorted({one for one in messages["in_reply_to"].to_pylist() if one is not None} - here)
    if not wanted:
        return MESSAGES.empty_table()
    return by_id(wanted)


def by_id(ids: Sequence[str]) -> pa.Table:
    """Messages by their ids."""
    return tables.few("fact_messages", MESSAGES, *tables.among("t.fact_key", ids))


def corrections_of(ids: Sequence[str]) -> pa.Table:
    """What people corrected of the readings of these messages."""
    condition, parameters = tables.among('t."key"', ids)
    where = f"t.\"table\" = 'readings' AND {condition}"
    return tables.few("fact_corrections", CORRECTIONS, where, parameters)


def write(rows: pa.Table) -> None:
    """Writes readings; one that a person corrected, or that the careful lane read, gives way to a new one alone."""
    bulk.upsert("reading", rows, "message_id", [name for name in ROW.names if name != "message_id"])


def stored(ids: Sequence[str]) -> pa.Table:
    """The readings of these messages as they stand in the store."""
    return tables.few("reading", ROW, *tables.among("t.message_id", ids))
