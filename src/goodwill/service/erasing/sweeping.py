"""Every other text in the store is searched for the person: what others wrote about them is masked.

Found by the models themselves, so that a table added later is searched too. What cannot be kept without them (a row
that could not be read, a cell that was rejected, a job that is done) goes whole.
"""

from __future__ import annotations

import base64
import json
import zlib
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core import signing
from django.db import connection, transaction

from goodwill.facts import TABLES
from goodwill.service.erasing.facts import alter, anew, forget_beside
from goodwill.service.intake.changes import lake_follows
from goodwill.service.live.tables import quoted
from goodwill.service.store.models import (
    FACTS,
    Alert,
    Batch,
    Before,
    Colleague,
    Delivery,
    Erasure,
    Finding,
    HeldFact,
    Hold,
    ImportReject,
    Invitation,
    Job,
    LakeChange,
    Line,
    Pace,
    Proffered,
    Proposal,
    Raw,
    SearchWord,
    Tie,
    Token,
    Tombstone,
    Unread,
    Valuation,
    Worth,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from goodwill.service.erasing.marks import Marks
    from goodwill.service.erasing.report import Report

NOT_SEARCHED = {
    *(Colleague, Token, Invitation, Erasure, Tombstone, HeldFact, Hold, Raw, LakeChange, Worth, Tie, Line, Finding)
}
"""People who work here, sealed bytes, digests, sums by id (the valuation makes them anew), a model of nobody."""
GOES_WHOLE = {Unread, ImportReject, Before, Proposal, Proffered, Delivery, Pace, SearchWord}
WORDS_OF_OURS = frozenset(
    {"channel", "kind", "source", "fact_source", "encoding", "state", "language", "country", "zone", "table", "field"}
    | {"act", "purpose", "role", "page", "label", "lane", "model", "group", "owner", "cursor", "settings", "secrets"}
)
"""Columns that say nothing of a person, or how a source is reached."""
COLLEAGUES = frozenset({"by", "who", "staff", "token", "entered_by", "settled_by", "answered_by", "ended_by"})
"""Columns that name a colleague: who is one, stays, even where they are a customer too."""
AT_ONCE = 500


def sweep(marks: Marks, report: Report) -> int:
    """Masks or removes whatever names the person; how many rows. Each table in a transaction of its own."""
    likes = marks.likes()
    if not likes:
        return 0
    found = 0
    for model in sorted(apps.get_app_config("store").get_models(), key=lambda one: str(one._meta.db_table)):
        if model not in NOT_SEARCHED:
            with transaction.atomic():
                found += _sweep(model, marks, likes, report)
    with transaction.atomic():
        found += _sessions(marks, report)
    return found


def _sweep(model: Any, marks: Marks, likes: Sequence[str], report: Report) -> int:
    table = str(model._meta.db_table)
    if table == "fact_handles":
        return _shared_handles(marks, report)
    if model is SearchWord:  # whoever has the same name is still found by it
        marks = marks.addresses()
        likes = marks.likes()
        if not likes:
            return 0
    fields, ours = _texts(model), _our_names()
    found = 0
    for pk in _candidates(model, fields, likes):
        row = model.objects.filter(pk=pk).first()
        if row is None:
            continue
        values = _masked(row, fields, marks, ours)
        if not values:
            continue
        found += 1
        name = table.removeprefix("fact_")
        if model in FACTS.values():
            _mask_fact(name, row, values, report)
        elif model in GOES_WHOLE or (model in (Job, Alert) and _is_over(row)):
            row.delete()
            report.add("gone", table, 1)
        else:
            _mask_row(model, row, values)
            report.add("masked", table, 1)
    return found


def _texts(model: Any) -> list[Any]:
    kinds = ("CharField", "TextField", "SlugField", "JSONField", "EmailField")
    return [
        field
        for field in model._meta.concrete_fields
        if field.get_internal_type() in kinds
        and field.name not in WORDS_OF_OURS
        and (model not in FACTS.values() or _is_searched(model, field))
    ]


def _is_searched(model: Any, field: Any) -> bool:
    """Of facts: free texts and ids; no words of a list, and not the names of other people."""
    table = TABLES[model._meta.db_table.removeprefix("fact_")]
    if (table.name, field.name) == ("people", "name"):
        return False
    return field.name == "fact_key" or (field.name in table and not table[field.name].choices)


def _candidates(model: Any, fields: Sequence[Any], likes: Sequence[str]) -> Iterator[Any]:
    """Keys of rows in which something like it stands: one scan of the table. What proofs quote is read whole."""
    if not fields:
        return iter(())
    if model is Valuation:
        return iter(list(Valuation.objects.order_by("pk").values_list("pk", flat=True)))
    way = "ILIKE" if connection.vendor == "postgresql" else "LIKE"
    texts = [f"CAST({quoted(field.column)} AS TEXT)" for field in fields]
    where = " OR ".join(f"{text} {way} %s ESCAPE '!'" for text in texts for _ in likes)
    table, key = quoted(model._meta.db_table), quoted(model._meta.pk.column)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {key} FROM {table} WHERE {where}", [like for _ in texts for like in likes])
        return iter([row[0] for row in cursor.fetchall()])


def _our_names() -> set[str]:
    return {name for row in Colleague.objects.values_list("email", "name") for name in row if name}


def _masked(row: Any, fields: Sequence[Any], marks: Marks, ours: set[str]) -> dict[str, Any]:
    """The columns that change, with what they become."""
    found: dict[str, Any] = {}
    for field in fields:
        value = getattr(row, field.attname)
        if value is None or (field.name in COLLEAGUES and value in ours):
            continue
        new = marks.mask_in(value)
        if field.name == "author":  # another's account of the same name stays
            new = None if marks.is_address(value) else value
        if new != value:
            found[field.attname] = new
    return found


def _mask_fact(name: str, row: Any, values: dict[str, Any], report: Report) -> None:
    table = TABLES[name]
    key = table.key or table.names[:1]
    values.pop("fact_key", None)
    if len(key) > 1 and any(column in values for column in key):
        FACTS[name].objects.filter(pk=row.pk).delete()
        forget_beside(name, [row.fact_key])
        lake_follows(name, {row.fact_key: row.row})
        report.add("gone", name, 1)
        return
    if key[0] in values:
        values[key[0]] = anew()
        if name == "messages":
            _rename_message(row.fact_key, values[key[0]])
    for column in values:
        if column != key[0] and table[column].refers_to:
            values[column] = anew() if table[column].required else None
    alter(name, row, values)
    report.add("masked", name, 1)


def _rename_message(old: str, new: str) -> None:
    """Another's message whose id names the person gets another id, wherever it stands."""
    for model in apps.get_app_config("store").get_models():
        if model not in FACTS.values() and any(field.name == "message_id" for field in model._meta.concrete_fields):
            model._default_manager.filter(message_id=old).update(message_id=new)
    for name, column in (("messages", "in_reply_to"), ("messages", "thread"), ("actions", "message_id")):
        for row in list(FACTS[name].objects.filter(**{column: old})):
            alter(name, row, {column: new})


def _mask_row(model: Any, row: Any, values: dict[str, Any]) -> None:
    lengths = {field.attname: getattr(field, "max_length", None) for field in model._meta.concrete_fields}
    kept = {
        name: value[: lengths[name]] if isinstance(value, str) and lengths[name] else value
        for name, value in values.items()
    }
    if model._meta.pk.attname in kept:  # its key itself names them
        row.delete()
        return
    model.objects.filter(pk=row.pk).update(**kept)


def _is_over(row: Any) -> bool:
    return row.ended is not None if isinstance(row, Alert) else row.state != Job.RUNNING


def _shared_handles(marks: Marks, report: Report) -> int:
    """Addresses and numbers of theirs that stand with somebody else too."""
    from django.db.models.functions import Lower

    wanted = [*marks.emails, *marks.numbers, *marks.others]
    rows = FACTS["handles"].objects.alias(written=Lower("value")).filter(written__in=wanted)
    kept = dict(rows.values_list("fact_key", "row"))
    rows.delete()
    lake_follows("handles", kept)
    report.add("gone", "handles", len(kept))
    return len(kept)


# --- sessions ---------------------------------------------------------------------------------------------------------


def _sessions(marks: Marks, report: Report) -> int:
    """Who is signed in at the door as the person is so no more."""
    from django.contrib.sessions.models import Session

    found = 0
    for session in Session.objects.order_by("pk").iterator(chunk_size=AT_ONCE):
        inside = _inside(session)
        if inside is not None and marks.mask_in(inside) != inside:
            session.delete()
            found += 1
    report.add("gone", "django_session", found)
    return found


def _inside(session: Any) -> Any:
    try:
        return session.get_decoded()
    except (signing.BadSignature, ValueError, zlib.error, json.JSONDecodeError, base64.binascii.Error):  # type: ignore[attr-defined]
        return None


# --- batches ----------------------------------------------------------------------------------------------------------


def bytes_of_batches() -> int:
    """The bytes of every batch that was drained go: they lie packed, of many persons in one, and nothing needs them."""
    return Raw.objects.filter(batch__state=Batch.DRAINED).delete()[0]
