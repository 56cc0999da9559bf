"""An import undone: what it brought goes, with what was made of it; what it changed is put back as it stood before.

A part at a time, in short transactions: killed in between, whoever goes on takes back the rest. What our own people did
meanwhile (answers, notes, refunds) is theirs and stays; so does a fact that another source has sent in a newer version
since. Cases that nothing but the import's actions had answered wait again. Sums and ties are made anew by the valuation
that follows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
from django.db import connection, transaction

from goodwill.errors import InputError
from goodwill.facts import TABLES
from goodwill.report.figures import count
from goodwill.service.imports.begin import clear
from goodwill.service.intake.before import as_fact
from goodwill.service.intake.changes import by_message
from goodwill.service.intake.pieces import lock
from goodwill.service.intake.reopening import reopen
from goodwill.service.intake.tables import quoted
from goodwill.service.store.audit import record
from goodwill.service.store.models import (
    FACTS,
    Batch,
    Before,
    Deed,
    Import,
    ImportPart,
    ImportReject,
    Person,
    Proposal,
    Raw,
    Unread,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from goodwill.service.store.models import Colleague

PARTS_AT_ONCE = 2
ACTIONS_AT_ONCE = 5_000
MAY_BE_UNDONE = (*Import.UNDER_WAY, Import.DONE, Import.FAILED, Import.UNDOING)


@dataclass
class Undone:
    """What undoing an import did: facts that went, facts put back, deeds of ours about them that stay, cases that wait
    again (and whose they are)."""

    name: str
    facts: int = 0
    restored: int = 0
    deeds: int = 0
    reopened: int = 0
    tables: dict[str, int] = field(default_factory=dict)
    persons: set[str] = field(default_factory=set)

    @property
    def said(self) -> str:
        """It in a sentence."""
        went = ", ".join(f"{rows:,} {table}" for table, rows in sorted(self.tables.items())) or "nothing"
        back = f"; {self.restored:,} put back as they stood before" if self.restored else ""
        stay = f"; {self.deeds:,} of our own deeds about them stay" if self.deeds else ""
        again = f"; {count(self.reopened, 'case')} they had answered {'is' if self.reopened == 1 else 'are'} open again"
        return f"{self.name} is undone: {went} went{back}{stay}{again if self.reopened else ''}"


def undo(one: Import, *, by: Colleague | str, say: Callable[[str, float], None] = lambda _step, _done: None) -> Undone:
    """Takes back everything that an import brought; one that is under way is stopped first.

    Raises InputError where it has been undone already.
    """
    if not Import.objects.filter(pk=one.pk, state__in=MAY_BE_UNDONE).update(state=Import.UNDOING, done=0.0):
        raise InputError("it has been undone already", where=f"import {one.pk} ({one.name})", mend="nothing to do")
    done = Undone(one.name)
    parts = list(ImportPart.objects.filter(of=one, undone=False).order_by("-part"))
    whole = ImportPart.objects.filter(of=one).count() or 1
    for start in range(0, len(parts), PARTS_AT_ONCE):
        share = (whole - len(parts) + start) / whole
        say("undoing", share)
        Import.objects.filter(pk=one.pk).update(done=share)
        _take_back(parts[start : start + PARTS_AT_ONCE], done)
    _place_anew(done.persons)
    _end(one, by, done)
    return done


def _end(one: Import, by: Colleague | str, done: Undone) -> None:
    from goodwill.service import jobs

    with transaction.atomic():
        Unread.objects.filter(batch__in=ImportPart.objects.filter(of=one).values("batch")).delete()
        ImportReject.objects.filter(of=one).delete()
        Import.objects.filter(pk=one.pk).update(state=Import.UNDONE, done=1.0, ended=datetime.now(UTC))
        record(by, "undid an import", what=f"import {one.pk}: {done.said}"[:1_000])
    if done.facts:
        jobs.add("revalue", once="revalue after an undo")
    one.refresh_from_db()
    clear(one)


def _place_anew(persons: set[str]) -> None:
    """The places of what waits again; of very many the ranking of everybody finds them, half a minute later."""
    from goodwill.service import live
    from goodwill.service.live import drained

    waiting = drained.open_of(persons)
    if waiting and len(waiting) <= drained.MOST:
        live.rerank(waiting)


def _take_back(parts: Sequence[ImportPart], done: Undone) -> None:
    with transaction.atomic():
        lock()
        batches = [part.batch for part in parts]
        for batch in batches:
            Raw.objects.filter(batch=batch).delete()
        for table in dict.fromkeys([*(part.table for part in parts), "handles"]):
            _take_back_table(table, batches, done)
        Batch.objects.filter(pk__in=batches).delete()
        ImportPart.objects.filter(pk__in=[part.pk for part in parts]).update(undone=True)


def _take_back_table(table: str, batches: Sequence[int], done: Undone) -> None:
    of_batches = FACTS[table].objects.filter(batch__in=batches)
    rows = of_batches.count()
    if not rows:
        return
    before = _before(table, batches)
    new = of_batches.exclude(fact_key__in=[one.fact_key for one in before]) if before else of_batches
    going = new.values("fact_key")
    forget_persons = _keys_of_persons(table, batches)
    if table == "messages":
        done.deeds += Deed.objects.filter(message_id__in=going).count()
        all_of_them = of_batches.values("fact_key")
        for model in by_message():
            # What was changed and comes back is read again; its case stays.
            theirs = model.objects.filter(message_id__in=all_of_them if model._meta.db_table == "reading" else going)
            (theirs.filter(state="waiting") if model is Proposal else theirs).delete()
    if table == "actions":
        _reopen(list(going.values_list("fact_key", flat=True)), done)
    about = ["messages", "readings"] if table == "messages" else [table]
    _forget_in_lake("corrections", FACTS["corrections"].objects.filter(table__in=about, key__in=going))
    FACTS["corrections"].objects.filter(table__in=about, key__in=going).delete()
    _forget_in_lake(table, of_batches)
    with connection.cursor() as cursor:
        marks = ", ".join(["%s"] * len(batches))
        cursor.execute(f"DELETE FROM fact_{table} WHERE batch IN ({marks})", list(batches))
    back = _put_back(table, before)
    done.restored += back
    done.facts += rows
    done.tables[table] = done.tables.get(table, 0) + rows - back
    _learn_persons_anew(forget_persons)


def _reopen(actions: Sequence[str], done: Undone) -> None:
    for start in range(0, len(actions), ACTIONS_AT_ONCE):
        again = reopen(actions[start : start + ACTIONS_AT_ONCE])
        done.reopened += again.cases
        done.persons |= again.persons


def _forget_in_lake(table: str, facts: object) -> None:
    """The lake's versions of these facts hold no more; one statement, however many there are."""
    sql, parameters = facts.values("fact_key", "row").query.sql_with_params()  # type: ignore[attr-defined]
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO lake_change ("table", fact_key, upto) SELECT %s, f.{quoted("fact_key")}, f.{quoted("row")}'
            f" FROM ({sql}) f",
            [table, *parameters],
        )


# --- what was there before --------------------------------------------------------------------------------------------


def _before(table: str, batches: Sequence[int]) -> list[Before]:
    """Facts that these batches changed, and that still stand as they made them."""
    kept = list(Before.objects.filter(batch__in=batches, table=table).order_by("batch"))
    if not kept:
        return []
    keys = [one.fact_key for one in kept]
    standing = FACTS[table].objects.filter(fact_key__in=keys, batch__in=batches)
    stands = set(standing.values_list("fact_key", flat=True))
    first: dict[str, Before] = {}  # where two of these batches changed one fact, what stood before the first
    for one in kept:
        if one.fact_key in stands:
            first.setdefault(one.fact_key, one)
    return list(first.values())


def _put_back(table: str, before: Sequence[Before]) -> int:
    facts = [fact for fact in map(_what_holds, before) if fact is not None]
    FACTS[table].objects.bulk_create([as_fact(table, fact) for fact in facts], batch_size=500)
    for one in before:
        Before.objects.filter(batch=one.batch, table=table, fact_key=one.fact_key).delete()
    return len(facts)


def _what_holds(before: Before) -> dict[str, object] | None:
    """What stood before; where that came by an import that has been undone since, what stood before it in turn."""
    fact: dict[str, object] = before.fact
    while ImportPart.objects.filter(batch=fact.get("batch"), undone=True).exists():
        older = Before.objects.filter(batch=fact["batch"], table=before.table, fact_key=before.fact_key).first()
        if older is None:
            return None
        fact = older.fact
    return fact


# --- who is who -------------------------------------------------------------------------------------------------------


@dataclass
class _Learnt:
    """What these facts taught of who is who: the keys, and the values by which others may teach it still."""

    keys: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)


def _keys_of_persons(table: str, batches: Sequence[int]) -> _Learnt:
    from goodwill.service.live import people, tables

    if table not in ("handles", "messages"):
        return _Learnt()
    marks = ", ".join(["%s"] * len(batches))
    names = ("kind", "value", "channel", "verified", "confidence", "customer_id")
    if table == "handles":
        schema = pa.schema([(name, TABLES["handles"][name].type) for name in names])
        rows = tables.few("fact_handles", schema, f"t.batch IN ({marks})", list(batches))
        keys, _ = people._sure(rows)
        values = rows["value"].to_pylist()
    else:
        schema = pa.schema([(name, pa.string()) for name in ("channel", "author")])
        where = f"t.batch IN ({marks}) AND t.author IS NOT NULL AND t.customer_id IS NOT NULL"
        rows = tables.few("fact_messages", schema, where, list(batches)).combine_chunks()
        channel, author = (people._flat(rows[name]) for name in ("channel", "author"))
        keys, values = people.author_keys(channel, author).to_pylist(), author.to_pylist()
    return _Learnt(sorted({key for key in keys if key}), sorted({value for value in values if value}))


def _learn_persons_anew(learnt: _Learnt) -> None:
    """Forgets these keys, and learns them again from the facts that are left."""
    from goodwill.service.live import people, tables

    for start in range(0, len(learnt.keys), 5_000):
        Person.objects.filter(given__in=learnt.keys[start : start + 5_000]).delete()
    if not learnt.values:
        return
    schemas = {
        "handles": (("customer_id", "kind", "value", "channel", "verified", "confidence"), "value"),
        "messages": (("customer_id", "channel", "author"), "author"),
    }
    left = {}
    for table, (names, column) in schemas.items():
        schema = pa.schema([(name, TABLES[table][name].type) for name in names])
        written = f"t.{quoted(column)}" if column == "value" else "lower(t.author)"
        wanted = learnt.values if column == "value" else sorted({value.lower() for value in learnt.values})
        condition, parameters = tables.among(written, wanted)
        left[table] = tables.few(f"fact_{table}", schema, f"{condition} AND t.customer_id IS NOT NULL", parameters)
    if left["handles"].num_rows or left["messages"].num_rows:
        people.learn(left["handles"], left["messages"])
