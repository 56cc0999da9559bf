"""What was made of a person's facts, and what colleagues wrote about them: readings, cases, accounts, deeds, logs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import connection
from django.db.models import Q

from goodwill.facts import POOL
from goodwill.service.live import tables
from goodwill.service.store.models import (
    FACTS,
    Audit,
    Batch,
    Colleague,
    Deed,
    Erasure,
    HeldFact,
    Hold,
    Import,
    ImportPart,
    Invitation,
    Job,
    LakeChange,
    Line,
    Raw,
    Request,
    Setting,
    Source,
    Tie,
    Token,
    Tombstone,
    Valuation,
    Worth,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodwill.service.erasing.report import Report
    from goodwill.service.erasing.subject import Subject

OF_NO_PERSON = {
    *FACTS.values(),
    *(Audit, Batch, Colleague, Deed, Erasure, HeldFact, Hold, Import, ImportPart, Invitation, Job, LakeChange, Line),
    *(Raw, Request, Setting, Source, Tie, Token, Tombstone, Valuation, Worth),
}
"""Models that are dealt with by name here or elsewhere; of every other a row that names the person goes whole."""
NAMES_SOMEBODY = (
    "given",
    "a",
    "b",
    "one",
    "other",
    "person",
    "persons",
    "customer",
    "key",
    "fact_key",
    "handle",
    "owner",
)
_SUMS = ("spend", "referral", "influence", "knowledge", "follows", "passed_on", "worth", "generated")
_RANGES = ("follows_low", "follows_high", "worth_low", "worth_high")


def erase(subject: Subject, report: Report) -> None:
    """Within the caller's transaction."""
    from goodwill.service.who import forgetting

    ids = subject.ids
    _into_the_pool(sorted({subject.person, *ids}), report)
    report.add("reduced", "decision", forgetting.forget(ids))
    names = {*ids, *subject.messages, *subject.keys, *(f"id|{one}" for one in ids)}
    for model in models_of_persons():
        for field in naming_fields(model):
            number = _delete(model._meta.db_table, field.column, sorted(names))
            report.add("gone", model._meta.db_table, number)
    _reduce_deeds(subject, report)
    _reduce_audit(ids, report)
    Request.objects.filter(customer_id__in=ids).update(customer_id=None, words="")


def models_of_persons() -> list[Any]:
    """Every model of the store, also one that was added since, but for those that are dealt with by name."""
    models = apps.get_app_config("store").get_models()
    return sorted((model for model in models if model not in OF_NO_PERSON), key=lambda model: str(model._meta.db_table))


def naming_fields(model: Any) -> list[Any]:
    """The columns of a model that may hold an id of a person or a message, or a handle."""
    kinds = ("CharField", "TextField")
    return [
        field
        for field in model._meta.concrete_fields
        if field.get_internal_type() in kinds and (field.name.endswith("_id") or field.name in NAMES_SOMEBODY)
    ]


def _delete(table: str, column: str, values: Sequence[str]) -> int:
    condition, parameters = tables.among(tables.quoted(column), values)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {tables.quoted(table)} WHERE {condition}", parameters)
        return max(int(cursor.rowcount), 0)


# --- the books --------------------------------------------------------------------------------------------------------


def _into_the_pool(persons: Sequence[str], report: Report) -> None:
    """Their account becomes a part of the pool, so that the books balance at every moment; the next valuation makes
    them anew without the person."""
    for row in list(Worth.objects.filter(customer_id__in=persons)):
        pool = Worth.objects.filter(customer_id=POOL).first()
        if pool is None:
            nothing = dict.fromkeys((*_SUMS, *_RANGES), 0)
            pool = Worth(customer_id=POOL, valuation=row.valuation, **nothing)
        for name in _SUMS:
            setattr(pool, name, getattr(pool, name) + getattr(row, name))
        for name in _RANGES:
            both = (getattr(pool, name), getattr(row, name))
            setattr(pool, name, None if None in both else both[0] + both[1])
        pool.evidence = sorted({*pool.evidence, *row.evidence})
        pool.save()
        report.add("gone", "worth", Worth.objects.filter(pk=row.pk).delete()[0])
    lines = 0
    for column in ("customer_id", "counterparty_id"):
        condition, parameters = tables.among(column, persons)
        with connection.cursor() as cursor:
            cursor.execute(f"UPDATE line SET {column} = %s WHERE {condition}", [POOL, *parameters])
            lines += max(cursor.rowcount, 0)
    report.add("reduced", "line", lines)
    ties = Tie.objects.filter(Q(owner__in=persons) | Q(beneficiary__in=persons))
    report.add("gone", "tie", ties.delete()[0])


# --- what colleagues did ----------------------------------------------------------------------------------------------


def _reduce_deeds(subject: Subject, report: Report) -> None:
    """That a colleague did something, and when, is theirs; about whom and in which words it was goes."""
    of_messages, first = tables.among("message_id", subject.messages)
    of_person, second = tables.among("customer_id", subject.ids)
    deeds = Deed.objects.extra(where=[f"({of_messages} OR {of_person})"], params=[*first, *second])
    numbers = list(deeds.values_list("pk", flat=True))
    for start in range(0, len(numbers), 500):
        some = Deed.objects.filter(pk__in=numbers[start : start + 500])
        some.update(text="", before={}, after={}, message_id=None, customer_id=None)
    report.add("reduced", "deed", len(numbers))


def _reduce_audit(ids: Sequence[str], report: Report) -> None:
    """Who looked, when and for which purpose stays; at whom does not."""
    lines = Audit.objects.filter(customer_id__in=ids)
    report.add("reduced", "audit", lines.update(customer_id=None, what=""))
