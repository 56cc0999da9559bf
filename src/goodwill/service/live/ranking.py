"""The ranking of everybody: the exact order of *Now*, and everything that the quick way left out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts import POOL, READINGS, TABLES, WORTH
from goodwill.service.live import bulk, drained, mending, order, people, placing, reading, tables, terms
from goodwill.service.live.firms import firm as the_firm
from goodwill.service.live.tray import small_facts

if TYPE_CHECKING:
    from collections.abc import Iterable

    from goodwill.engage import Ranking
    from goodwill.firm import Firm

LOOKED_AT = ("messages", "actions", "events", "purchases", "roles", "people", "promises", "terms")
READ_UPTO = "reading"
"""The process name under which it is kept how far messages have been read."""


def rerank(message_ids: Iterable[str] | None = None, now: datetime | None = None) -> int:
    """Ranks these messages (and their authors' others), or all open ones; returns how many stand in *Now*.

    Messages that were stored but never read (a process died in between) are read first.
    """
    if message_ids is not None:
        return placing.place(message_ids, now)
    catch_up()
    started = datetime.now(UTC)
    now = now or started
    firm = the_firm()
    with tables.snapshot() as store:
        given = _given(store, now)
        readings = store.table("reading", reading.ROW, _recent_readings(store, now))
        ties = placing.as_ties(store.table("tie", placing.TIE, "t.kind = 'influence'"))
        worth = store.table("worth", WORTH.arrow)
    ranking, messages = _ranked(firm, given, readings, worth, ties, now)
    _write(ranking, messages, started)
    return ranking.cases.num_rows


def _ranked(
    firm: Firm, given: dict[str, pa.Table], readings: pa.Table, worth: pa.Table, ties: pa.Table, now: datetime
) -> tuple[Ranking, pa.Table]:
    """The ranking, and the messages that it is of."""
    from goodwill import engage

    given = mending.mended(given, mending.corrections_of_facts(LOOKED_AT))
    messages = _with_persons(given["messages"], readings)
    person = _all_persons(given)
    given = {name: people.in_persons(name, rows, person) for name, rows in given.items() if name != "messages"}
    with_terms = sorted({one for one in given["terms"]["customer_id"].to_pylist() if one is not None})
    without = terms.unvalued(firm, with_terms if firm.terms.basis != "consent" else worth["customer_id"].to_pylist())
    worth = worth.filter(pc.invert(pc.is_in(worth["customer_id"], value_set=pa.array([*without, POOL], pa.string()))))
    facts = small_facts(firm, given | {"messages": messages})
    return engage.rank(facts, readings.select(READINGS.names), worth, ties, as_of=now), messages


def _given(store: tables.Snapshot, now: datetime) -> dict[str, pa.Table]:
    """What a ranking looks at: the window's facts, and all promises, roles and terms."""
    of_window = _literal(store.vendor, now - placing.WINDOW)
    before = _literal(store.vendor, now - placing.WINDOW - placing.BEFORE)
    where = {
        "messages": f't."at" >= {of_window}',
        "actions": f't."at" >= {of_window}',
        "events": f"t.\"at\" >= {before} AND (t.kind = 'failure' OR t.ok = {_false(store.vendor)})",
        "purchases": f't."at" >= {before} AND t.amount > 0',
        "people": "t.kind = 'organisation'",
    }
    return {name: store.table(f"fact_{name}", TABLES[name].arrow, where.get(name, "")) for name in LOOKED_AT}


def _literal(vendor: str, when: datetime) -> str:
    """An instant in SQL; made here from a datetime, never from outside."""
    plain = when.astimezone(UTC).replace(tzinfo=None).isoformat(" ")
    return f"'{plain}'" if vendor == "sqlite" else f"'{plain}+00'::timestamptz"


def _false(vendor: str) -> str:
    return "0" if vendor == "sqlite" else "false"


def _recent_readings(store: tables.Snapshot, now: datetime) -> str:
    since = _literal(store.vendor, now - placing.WINDOW)
    return f'EXISTS (SELECT 1 FROM fact_messages m WHERE m.fact_key = t.message_id AND m."at" >= {since})'


def _with_persons(messages: pa.Table, readings: pa.Table) -> pa.Table:
    place = pc.index_in(messages["message_id"], value_set=readings["message_id"].combine_chunks())
    who = readings["customer_id"].combine_chunks().take(place.combine_chunks())
    return messages.set_column(messages.schema.get_field_index("customer_id"), "customer_id", who)


def _all_persons(given: dict[str, pa.Table]) -> dict[str, str]:
    """The persons of all ids that the tables name."""
    ids = {
        one
        for name, rows in given.items()
        if name != "messages"
        for column in ("customer_id", "organisation_id")
        if column in rows.column_names
        for one in pc.unique(rows[column]).to_pylist()
        if one is not None
    }
    return people.persons_of(ids)


def _write(ranking: Ranking, messages: pa.Table, started: datetime) -> None:
    """The exact places, in short transactions, and out of *Now* what has no place any more."""
    from django.db import connection, transaction

    whole = placing.rows_of(ranking.cases, order.exact(ranking.cases), messages, started)
    for start in range(0, whole.num_rows, bulk.CHUNK):
        with transaction.atomic():
            placing.upsert(whole.slice(start, bulk.CHUNK))
    with transaction.atomic():
        placing.settle(ranking.answered.to_pylist(), started)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE \"case\" SET place = NULL WHERE state = 'open' AND place IS NOT NULL AND taken_by_id IS NULL"
                " AND ranked < %s",
                [tables.stored(started)],
            )


# --- messages that were stored but not read -----------------------------------------------------------------------


def catch_up() -> int:
    """Reads messages that are stored and have no reading; how many there were."""
    from goodwill.service.store.models import FACTS, Heartbeat

    mark, _ = Heartbeat.objects.get_or_create(
        process=READ_UPTO, defaults={"kind": "live", "at": datetime.now(UTC), "figures": {"upto": 0}}
    )
    upto = int(mark.figures.get("upto", 0))
    last = FACTS["messages"].objects.order_by("-row").values_list("row", flat=True).first() or 0
    found = 0
    while True:
        waiting = tables.few(
            "fact_messages",
            reading.MESSAGES,
            't."row" > %s AND t."row" <= %s AND NOT EXISTS (SELECT 1 FROM reading r WHERE r.message_id = t.fact_key)',
            [upto, last],
            f'ORDER BY t."row" LIMIT {drained.READ_AT_ONCE}',
        )
        if not waiting.num_rows:
            break
        drained.read_new(waiting)
        found += waiting.num_rows
    mark.figures, mark.at = {"upto": max(0, last - drained.READ_AT_ONCE)}, datetime.now(UTC)
    mark.save()
    return found
