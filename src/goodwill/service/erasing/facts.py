"""A person's facts: deleted, or reduced to what the law or the firm's own records demand of them.

All within one transaction, under the drainer's lock: killed at any moment, either all of it happened or nothing did.
"""

from __future__ import annotations

import json
import secrets
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from goodwill.facts import TABLES
from goodwill.service.erasing import ERASED
from goodwill.service.intake.before import as_json
from goodwill.service.intake.changes import lake_follows
from goodwill.service.live import tables
from goodwill.service.store.models import FACTS, Before, HeldFact, key_of
from goodwill.service.store.secrets import seal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.db.models import QuerySet

    from goodwill.service.erasing.marks import Marks
    from goodwill.service.erasing.report import Report
    from goodwill.service.erasing.subject import Subject
    from goodwill.service.store.models import Hold

PERSON = "people.customer_id"
OURS = ("purchases", "actions", "messages")
"""Tables with rows that are not deleted whole: the books', our own work, what others said."""
AT_ONCE = 500


def erase(subject: Subject, marks: Marks, holds: Sequence[Hold], years: float, report: Report) -> None:
    """Every fact that names the person or their messages. `years`: how long the law keeps purchases."""
    ids, said = subject.ids, subject.messages
    threads = _threads(said)
    held = {hold.table: hold for hold in sorted(holds, key=lambda one: one.until)}
    for name in TABLES:
        theirs = _of_them(name, ids, said)
        if name in held:
            _put_apart(name, theirs, held[name], report)
        if name == "purchases" and years > 0:
            _reduce_purchases(theirs, marks, years, report)
        elif name == "actions":
            _reduce(name, theirs, _without_whom, report)
        else:
            _delete(name, theirs, report)
    _loosen_messages(ids, said, threads, marks, report)


def _of_them(name: str, ids: Sequence[str], said: Sequence[str]) -> QuerySet[Any]:
    """Rows of a table that are theirs."""
    table, model = TABLES[name], FACTS[name]
    columns = [column.name for column in table if column.refers_to == PERSON]
    wanted: list[tuple[str, Sequence[str]]] = [(column, ids) for column in columns if name != "messages"]
    if name == "people":
        wanted.append(("fact_key", ids))
    if name == "messages":
        wanted.append(("fact_key", said))
    if name == "actions":
        wanted.append(("message_id", said))
    if name == "corrections":
        return _corrections(ids, said)
    if not wanted:
        return model.objects.none()  # type: ignore[attr-defined, no-any-return]
    found = _among(wanted)
    return model.objects.extra(where=[found[0]], params=found[1]) if found else model.objects.none()  # type: ignore[attr-defined, no-any-return]


def _among(wanted: Sequence[tuple[str, Sequence[str]]]) -> tuple[str, list[Any]]:
    """A condition with one parameter a column, however many values."""
    parts, parameters = [], []
    for column, values in wanted:
        condition, given = tables.among(tables.quoted(column), values)
        parts.append(condition)
        parameters += given
    return f"({' OR '.join(parts)})", parameters


def _corrections(ids: Sequence[str], said: Sequence[str]) -> QuerySet[Any]:
    by_key, first = tables.among('"key"', [*ids, *said])
    by_value, second = tables.among('"value"', ids)
    where = f"(({by_key} AND \"table\" IN ('people', 'messages', 'readings')) OR {by_value})"
    found: QuerySet[Any] = FACTS["corrections"].objects.extra(where=[where], params=[*first, *second])
    return found


# --- deleting ---------------------------------------------------------------------------------------------------------


def _delete(name: str, theirs: QuerySet[Any], report: Report) -> None:
    rows = dict(theirs.values_list("fact_key", "row"))
    keys = sorted(rows)
    for start in range(0, len(keys), AT_ONCE):
        some = keys[start : start + AT_ONCE]
        FACTS[name].objects.filter(fact_key__in=some).delete()
        forget_beside(name, some)
    lake_follows(name, rows)
    report.add("gone", name, len(rows))


def forget_beside(name: str, keys: Sequence[str]) -> None:
    """What people corrected of these facts, and what an import had kept of their earlier versions."""
    corrected = FACTS["corrections"].objects.filter(table=name, key__in=keys)
    lake_follows("corrections", dict(corrected.values_list("fact_key", "row")))
    corrected.delete()
    Before.objects.filter(table=name, fact_key__in=keys).delete()


# --- reducing ---------------------------------------------------------------------------------------------------------


def _reduce_purchases(theirs: QuerySet[Any], marks: Marks, years: float, report: Report) -> None:
    last = max(theirs.values_list("at", flat=True), default=None)

    def change(row: Any) -> dict[str, Any]:
        number = row.purchase_id if not marks.in_id(row.purchase_id) else anew()
        day = row.at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        return {
            "purchase_id": number, "customer_id": ERASED, "at": day, "margin": None, "items": None, "channel": None,
        }  # fmt: skip

    number = _reduce("purchases", theirs, change, report)
    if number and last is not None:
        until = kept_until(last, years).isoformat()
        why = f"the law keeps records of sales for {years:g} years: number, day, amount and currency, without a name"
        report.keep("purchases", number, why, until)


def kept_until(at: datetime, years: float) -> date:
    """The end of the year in which so many years have passed.

    >>> kept_until(datetime(2026, 3, 1, tzinfo=UTC), 10)
    datetime.date(2036, 12, 31)
    """
    return date((at + timedelta(days=365.25 * years)).year, 12, 31)


def _without_whom(row: Any) -> dict[str, Any]:
    return {"customer_id": None, "message_id": None}


def _reduce(name: str, rows: QuerySet[Any], change: Callable[[Any], dict[str, Any]], report: Report) -> int:
    """Changes facts where they stand; the lake follows, under the new key where it has changed."""
    changed = 0
    for row in list(rows):
        values = {column: value for column, value in change(row).items() if getattr(row, column) != value}
        if values:
            alter(name, row, values)
            changed += 1
    report.add("reduced", name, changed)
    return changed


def alter(name: str, row: Any, values: dict[str, Any]) -> None:
    """Changes one fact where it stands, with its key; what an import had kept of it before goes."""
    whole = {column: getattr(row, column) for column in TABLES[name].names} | values
    key = key_of(name, whole)
    FACTS[name].objects.filter(pk=row.pk).update(**values, fact_key=key)
    forget_beside(name, [row.fact_key])
    lake_follows(name, {row.fact_key: row.row, key: row.row})


def anew() -> str:
    """An id that says nothing."""
    return f"{ERASED}:{secrets.token_hex(8)}"


def _threads(said: Sequence[str]) -> list[str]:
    """The conversations in which they spoke."""
    where, parameters = _among([("fact_key", said)])
    theirs = FACTS["messages"].objects.extra(where=[where], params=parameters).exclude(thread=None)
    return sorted({*theirs.values_list("thread", flat=True), *said})


def _loosen_messages(
    ids: Sequence[str], said: Sequence[str], threads: Sequence[str], marks: Marks, report: Report
) -> None:
    """What others said stays theirs: it no longer points at what is erased, nor quotes it, but still at something."""
    instead: dict[str, str] = {one: anew() for one in said}
    where, parameters = _among([("in_reply_to", said), ("thread", threads), ("customer_id", ids)])
    for row in list(FACTS["messages"].objects.extra(where=[where], params=parameters)):
        values: dict[str, Any] = {
            column: instead[getattr(row, column)]
            for column in ("in_reply_to", "thread")
            if getattr(row, column) in instead
        }
        if row.customer_id in ids:  # a person said that it is somebody else's
            values["customer_id"] = None
        if (text := marks.mask(row.text)) != row.text:
            values["text"] = text
        if values:
            alter("messages", row, values)
            report.add("masked", "messages", 1)


# --- legal holds ------------------------------------------------------------------------------------------------------


def _put_apart(name: str, theirs: QuerySet[Any], hold: Hold, report: Report) -> None:
    """What a hold keeps goes out of all use, sealed, until the hold ends."""
    rows = [as_json(row) for row in theirs.values()]
    HeldFact.objects.bulk_create(
        [HeldFact(hold=hold, table=name, sealed=seal(json.dumps(row, ensure_ascii=False))) for row in rows],
        batch_size=AT_ONCE,
    )
    why = "a legal hold keeps them, sealed and out of all use"
    report.keep(f"{name} under a legal hold", len(rows), why, hold.until.isoformat())
