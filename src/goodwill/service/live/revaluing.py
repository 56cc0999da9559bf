"""The valuation of everybody: the whole path over the store's facts, and its results swapped in at once.

Lines and ties of the new valuation are written beside the old ones, a few thousand a transaction; readers go by the
valuation that a customer's row of `Worth` names. Then one transaction puts the new worths and persons in the place of
the old ones and marks the valuation as done. What is old is thrown away after that.
"""

from __future__ import annotations

import hashlib
import json
import logging
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.errors import GoodwillError
from goodwill.facts import POOL, READINGS, TABLES, WORTH
from goodwill.facts.columns import floats
from goodwill.lake import Facts
from goodwill.service.live import bulk, decisions, people, reading, regrouping, search_words, tables, whole
from goodwill.service.live.firms import firm as the_firm
from goodwill.service.live.plain import plain
from goodwill.service.live.ranking import catch_up, rerank
from goodwill.service.live.valuations import latest

if TYPE_CHECKING:
    from collections.abc import Callable

    from goodwill.firm import Firm
    from goodwill.know.history import Event, History
    from goodwill.know.identify import Known
    from goodwill.service.store.models import Valuation
    from goodwill.value import Valuation as Valued

    Progress = Callable[[str, float], None]

HORIZON_DAYS = 365
GIVEN_UP_AFTER = timedelta(hours=12)
"""A valuation that was begun longer ago and never finished died with its process."""
log = logging.getLogger("goodwill.live")


def revalue(progress: Progress | None = None, as_of: datetime | None = None) -> Valuation:
    """Values every customer as of an instant (now), and ranks what is open anew; the finished valuation.

    Errors are those of the rooms; the valuation is kept as failed then, and what was shown before still is.
    """
    from goodwill.service.store.models import Valuation

    tell = progress or (lambda step, done: None)
    as_of = as_of or datetime.now(UTC)
    _tidy()
    begun = Valuation.objects.create(as_of=as_of)
    try:
        tell("reading new messages", 0.0)
        catch_up()
        _value(begun, tell)
    except BaseException:
        Valuation.objects.filter(pk=begun.pk, state=Valuation.WORKING).update(
            state=Valuation.FAILED, finished=datetime.now(UTC)
        )
        raise
    _throw_old_away(begun.pk)
    tell("ranking", 0.97)
    rerank(now=as_of if as_of < datetime.now(UTC) - timedelta(days=1) else None)
    tell("done", 1.0)
    begun.refresh_from_db()
    return begun


def _value(begun: Valuation, tell: Progress) -> None:
    from goodwill import know, prove, value

    firm = the_firm()
    tell("reading the store", 0.05)
    with tables.snapshot() as store:
        begun.upto_row = {name: store.number(f'SELECT max("row") FROM fact_{name}') for name in TABLES}
        given = whole.read(store, until=begun.as_of)
        stored = store.table("reading", reading.ROW)
        words = store.number("SELECT max(id) FROM search_word")
    tell("who is who", 0.15)
    history = decisions.history()
    known = know.identify(Facts.from_arrow(firm, given), history)
    way = _way_of_reading(firm)
    readings = _readings(known, stored, way, tell)
    valued = value.value(
        known.facts,
        readings,
        as_of=begun.as_of,
        horizon_days=HORIZON_DAYS,
        progress=lambda step, done: tell(step, 0.3 + 0.35 * done),
    )
    tell("what it proves", 0.65)
    proof = prove.prove(known.facts, readings, valued.worth, valued.ties, as_of=begun.as_of)
    tell("writing the books", 0.75)
    begun.currency = firm.currency
    begun.parameters, begun.checks, begun.proof = _parameters(firm, valued, way), _checks(known, valued), plain(proof)
    _write_beside(begun.pk, valued)
    _write_readings(known, readings, stored)
    tell("changing over", 0.9)
    _swap(begun, known, valued, history)
    tell("what they are found by", 0.95)
    ids = valued.worth["customer_id"].combine_chunks()
    with tables.snapshot() as store:
        numbers = store.table("person", people.ROWS, search_words.PHONES)
    rows = search_words.wanted(given["people"], given["handles"], ids, known.links, numbers)
    search_words.put_right(rows, words)


# --- what was meant -----------------------------------------------------------------------------------------------


def _way_of_reading(firm: Firm) -> str:
    """A mark of all that a reading depends on beside its message: where it has changed, all are read again."""
    from goodwill.understand.model import fast_model

    way = {
        "model": fast_model().version,
        "name": firm.name,
        "topics": plain(firm.topics),
        "competitors": plain(firm.competitors.names),
        "cut_offs": plain(firm.reading.cut_offs),
    }
    return hashlib.sha256(json.dumps(way, sort_keys=True).encode()).hexdigest()[:16]


def _readings(known: Known, stored: pa.Table, way: str, tell: Progress) -> pa.Table:
    """The readings of all messages, in order of message_id: as stored, or all anew where the way of reading changed."""
    from goodwill import understand

    before = latest()
    messages = known.facts.messages
    ids = known.facts.lake.arrow(messages.select("message_id").order_by("message_id"))["message_id"]
    if before is not None and before.parameters.get("way_of_reading") != way:
        tell("reading all messages anew", 0.2)
        fast = known.facts.firm.reading.model_copy(update={"lane": "fast"})
        firm = known.facts.firm.model_copy(update={"reading": fast})
        return understand.read_messages(Facts(known.facts.lake, firm, known.facts.tables))
    missing = ids.filter(pc.invert(pc.is_in(ids, value_set=stored["message_id"].combine_chunks())))
    if len(missing):  # they arrived a moment ago
        new = reading.read(known.facts.firm, reading.by_id(missing.to_pylist()))
        stored = pa.concat_tables([stored.select(READINGS.names), new.select(READINGS.names)])
    place = pc.index_in(ids, value_set=stored["message_id"].combine_chunks())
    return stored.select(READINGS.names).take(place.combine_chunks()).cast(reading.plain(READINGS.arrow))


def _write_readings(known: Known, readings: pa.Table, stored: pa.Table) -> None:
    """What was read anew, and who is known by now to have said what."""
    from django.db import transaction

    messages = known.facts.lake.arrow(known.facts.messages.select("message_id", "customer_id").order_by("message_id"))
    place = pc.index_in(messages["message_id"], value_set=stored["message_id"].combine_chunks()).combine_chunks()
    was, who = stored["customer_id"].combine_chunks().take(place), messages["customer_id"].combine_chunks()
    same = pc.or_(pc.fill_null(pc.equal(was, who), False), pc.and_(pc.is_null(was), pc.is_null(who)))
    same = pc.and_(same, pc.is_valid(place))
    for name in ("model", "lane", "topic", "intent", "mood", "flow"):
        old, new = stored[name].combine_chunks().take(place), readings[name].combine_chunks()
        same = pc.and_(same, pc.or_(pc.fill_null(pc.equal(old, new), False), pc.and_(pc.is_null(old), pc.is_null(new))))
    changed = pc.invert(same)
    corrected = pc.fill_null(stored["corrected"].combine_chunks().take(place), False)
    rows = readings.append_column("customer_id", who).append_column("corrected", corrected).filter(changed)
    for start in range(0, rows.num_rows, bulk.CHUNK):
        with transaction.atomic():
            reading.write(rows.slice(start, bulk.CHUNK))


# --- what is kept of how it was found -----------------------------------------------------------------------------


def _parameters(firm: Firm, valued: Valued, way: str) -> dict[str, Any]:
    """All that the sums rest on, so that they and any ranking from them can be made again."""
    found: dict[str, Any] = plain(
        {
            "goodwill": version("goodwill"),
            "horizon_days": valued.horizon_days,
            "draws": valued.draws,
            "spend": valued.spend,
            "tau": valued.tau,
            "loss": valued.loss,
            "way_of_reading": way,
            "firm": firm.model_dump(mode="json"),
        }
    )
    return found


def _checks(known: Known, valued: Valued) -> dict[str, Any]:
    worth = valued.worth
    found: dict[str, Any] = plain(
        {
            "customers": worth.num_rows
            - int(POOL in worth["customer_id"].slice(max(worth.num_rows - 1, 0)).to_pylist()),
            "lines": valued.ledger.num_rows,
            "ties": valued.ties.num_rows,
            "reconciliation": valued.reconciliation,
            "stability": valued.stability,
            "ownership_quotient": valued.ownership_quotient,
            "notes": [*known.facts.firm.unknown, *known.notes, *valued.notes],
        }
    )
    return found


# --- writing ------------------------------------------------------------------------------------------------------


def _write_beside(valuation: int, valued: Valued) -> None:
    """Lines and ties of the new valuation, beside the old ones; their numbers say whose they are."""
    from django.db import transaction

    for start in range(0, valued.ledger.num_rows, bulk.CHUNK):
        lines = valued.ledger.slice(start, bulk.CHUNK)
        entry = pc.binary_join_element_wise(pa.scalar(str(valuation)), lines["entry_id"], ":")
        lines = lines.set_column(lines.schema.get_field_index("entry_id"), "entry_id", entry)
        lines = lines.append_column("valuation", pa.array([valuation] * lines.num_rows, pa.int64()))
        with transaction.atomic():
            bulk.insert("line", lines)
    for start in range(0, valued.ties.num_rows, bulk.CHUNK):
        ties = valued.ties.slice(start, bulk.CHUNK).rename_columns(
            ["owner", "beneficiary", *valued.ties.column_names[2:]]
        )
        ties = ties.append_column("valuation", pa.array([valuation] * ties.num_rows, pa.int64()))
        with transaction.atomic():
            bulk.insert("tie", ties)


def _swap(begun: Valuation, known: Known, valued: Valued, history: History) -> None:
    """The one moment in which the new valuation takes the old one's place."""
    from django.db import connection, transaction

    from goodwill.service.store.models import Valuation

    worth = _worth_rows(begun.pk, known, valued.worth)
    persons = people.rows_of(known)
    with transaction.atomic():
        if Valuation.objects.filter(state=Valuation.DONE, pk__gt=begun.pk).exists():
            raise GoodwillError(
                "a later valuation was finished meanwhile", where=f"valuation {begun.pk}", mend="nothing to do"
            )
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM worth")
            cursor.execute("DELETE FROM person")
        bulk.insert("worth", worth)
        bulk.insert("person", persons)
        begun.state, begun.finished = Valuation.DONE, datetime.now(UTC)
        begun.save()
        _decided_since(history)
    _learn_since(begun.upto_row)


def _worth_rows(valuation: int, known: Known, worth: pa.Table) -> pa.Table:
    """WORTH with the name and the fifth of each customer."""
    named = known.facts.arrow("people").select(["customer_id", "name"])
    place = pc.index_in(worth["customer_id"], value_set=named["customer_id"].combine_chunks()).combine_chunks()
    name = pc.fill_null(named["name"].combine_chunks().take(place), "")
    rows = worth.select(WORTH.names).append_column("name", name)
    rows = rows.append_column("fifth", _fifths(worth))
    return rows.append_column("valuation", pa.array([valuation] * worth.num_rows, pa.int64()))


def _fifths(worth: pa.Table) -> pa.Array:
    """1 to 5 by worth, 5 the highest; null for the pool.

    >>> ids, sums = ["a", "b", "c", "d", "e", "pool"], [10.0, 50.0, 30.0, 20.0, 40.0, 99.0]
    >>> _fifths(pa.table({"customer_id": ids, "worth": sums})).to_pylist()
    [1, 5, 3, 2, 4, None]
    """
    pool = np.asarray(pc.equal(worth["customer_id"], POOL), dtype=bool)
    rows = np.flatnonzero(~pool)
    order = rows[np.argsort(floats(worth["worth"])[rows], kind="stable")]
    fifth = np.zeros(worth.num_rows, dtype=np.int64)
    fifth[order] = 1 + np.arange(len(order)) * 5 // max(len(order), 1)
    return pa.array(fifth, pa.int64(), mask=pool)


def _learn_since(upto: dict[str, int]) -> None:
    """Handles that arrived while the valuation was made."""
    from django.db import transaction

    handles = tables.few("fact_handles", TABLES["handles"].arrow, 't."row" > %s', [upto["handles"]])
    said = tables.few(
        "fact_messages",
        TABLES["messages"].arrow,
        't."row" > %s AND t.customer_id IS NOT NULL AND t.author IS NOT NULL',
        [upto["messages"]],
    )
    with transaction.atomic():
        people.learn(handles, said)


def _decided_since(seen: History) -> None:
    """What people decided while the valuation was made."""
    log = decisions.history()
    records = {record for event in log.events[len(seen.events) :] for record in _named(log, event)}
    if records:
        standing = decisions.standing(records, log)
        regrouping.regroup(standing.persons.person_of, standing.proved)


def _named(log: History, event: Event) -> tuple[str, ...]:
    """The records that a decision names, or the one that it takes back."""
    while event.undoes is not None:
        event = log.events[event.undoes]
    return (*event.left, *event.right)


def _tidy() -> None:
    """Valuations that died, and what they left."""
    from goodwill.service.store.models import Valuation

    dead = Valuation.objects.filter(state=Valuation.WORKING, begun__lt=datetime.now(UTC) - GIVEN_UP_AFTER)
    dead.update(state=Valuation.FAILED, finished=datetime.now(UTC))
    done = latest()
    _throw_old_away(done.pk if done else 0)


def _throw_old_away(current: int) -> None:
    """Lines and ties of valuations that are neither shown nor being made, some thousands a transaction."""
    from django.db import connection

    from goodwill.service.store.models import Valuation

    kept = [current, *Valuation.objects.filter(state=Valuation.WORKING).values_list("pk", flat=True)]
    marks = ", ".join(["%s"] * len(kept))
    row = "rowid" if connection.vendor == "sqlite" else "ctid"
    for table in ("line", "tie"):
        while True:
            with connection.cursor() as cursor:
                cursor.execute(
                    f"DELETE FROM {table} WHERE {row} IN"
                    f" (SELECT {row} FROM {table} WHERE valuation NOT IN ({marks}) LIMIT {bulk.CHUNK})",
                    kept,
                )
                if cursor.rowcount <= 0:
                    break
