"""A reading, a wrong link or a fact put right. A correction counts at once and outlives every re-reading."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from django.db import transaction
from django.utils import timezone

from goodwill.facts import READINGS, TABLES
from goodwill.service.deeds.doing import CannotBe, Doing, allow, message_of, words
from goodwill.service.store.models import FACTS, Case, Person, Reading

if TYPE_CHECKING:
    from goodwill.service.store.models import Colleague, Deed

READINGS_TABLE = "readings"
NOBODY = "none"
"""What a correction says where a value is not known; of `customer_id`: the message is from nobody that we know."""
FIELDS = ("mood", "intent", "intents", "topic", "topics", "urgency", "flow", "language")
"""What of a reading can be corrected."""
_WRITES = (
    "mood", "p_negative", "p_neutral", "p_positive", "score", "intent", "p_intent", "intents", "topic", "topics",
    "urgency", "flow", "language", "certainty", "review",
)  # fmt: skip


@transaction.atomic
def correct(colleague: Colleague, table: str, key: str, field: str, value: Any) -> Deed:
    """Writes a correction: of a reading (table 'readings', key the message), of who said a message (table 'messages',
    field 'customer_id'; an empty value: nobody we know), or of any field of a fact.
    """
    allow(colleague, "agent", "correct")
    written = words(value, what="value", needed=False)
    if table == READINGS_TABLE:
        return _reading(colleague, key, field, written)
    if table == "messages" and field == "customer_id":
        return _author(colleague, key, written)
    return _fact(colleague, table, key, field, written)


def _reading(colleague: Colleague, key: str, field: str, value: str) -> Deed:
    reading = Reading.objects.filter(message_id=key).first()
    if reading is None:
        raise CannotBe("this message has not been read yet", where="reading", mend="try again in a moment")
    was = {name: getattr(reading, name) for name in READINGS.names}
    fixed = _corrected(was, key, field, value)
    changed = {name: fixed[name] for name in _WRITES if fixed[name] != was[name]}
    customer = Case.objects.filter(message_id=key).values_list("customer_id", flat=True).first()
    doing = Doing(colleague, "correct", key, customer, f"{field}: {value}").begin()
    doing.fact("corrections", **_row(READINGS_TABLE, key, field, value, colleague))
    doing.change(reading, **changed, corrected=True)
    deed = doing.end(f"readings {key}: {field} = {value}")
    transaction.on_commit(lambda: _again([key]), robust=True)
    return deed


def _corrected(reading: dict[str, Any], key: str, field: str, value: str) -> dict[str, Any]:
    """The reading as the rules of `understand` correct it; what they refuse is refused here."""
    from goodwill.understand.corrections import CorrectionWarning
    from goodwill.understand.corrections import correct as apply

    row = _row(READINGS_TABLE, key, field, value, None)
    tables = (
        pa.Table.from_pylist([reading], schema=READINGS.arrow),
        pa.Table.from_pylist([row], schema=TABLES["corrections"].arrow),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error", CorrectionWarning)
        try:
            return dict(apply(*tables).to_pylist()[0])
        except CorrectionWarning as refused:
            problem = str(refused).partition("': ")[2] or str(refused)
            raise CannotBe(problem.partition(";")[0], where=field, mend="choose another value") from refused


def _author(colleague: Colleague, key: str, customer_id: str) -> Deed:
    message = message_of(key)
    if message is None:
        raise CannotBe(f"no message is called {key[:80]!r}", where="message", mend="open it again")
    person = _person(customer_id) if customer_id else None
    doing = Doing(colleague, "correct", key, person, f"customer: {person or 'nobody we know'}").begin()
    doing.fact("corrections", **_row("messages", key, "customer_id", person or NOBODY, colleague))
    doing.change(message, customer_id=person)
    for other in (Case, Reading):
        row = other.objects.filter(message_id=key).first()
        if row is not None:
            doing.change(row, customer_id=person)
    deed = doing.end(f"messages {key}: customer_id = {person or 'nobody'}")
    transaction.on_commit(lambda: _again([key]), robust=True)
    return deed


def _person(customer_id: str) -> str:
    """The person whom an id stands for."""
    found = Person.objects.filter(given=f"id|{customer_id}").values_list("customer_id", flat=True).first()
    if found is None and Person.objects.filter(customer_id=customer_id).exists():
        found = customer_id
    if found is None and FACTS["people"].objects.filter(fact_key=customer_id).exists():
        found = customer_id
    if found is None:
        raise CannotBe(f"no customer is called {customer_id[:80]!r}", where="customer", mend="look them up first")
    return found


def _fact(colleague: Colleague, table: str, key: str, field: str, value: str) -> Deed:
    schema = TABLES.get(table)
    if schema is None or table == "corrections":
        raise CannotBe(f"no table is called {table[:40]!r}", where="table", mend="choose one of the list")
    if field not in schema or field in (schema.key or schema.names[:1]):
        raise CannotBe(f"{field[:40]!r} cannot be corrected in {table}", where="field", mend="choose another field")
    row = FACTS[table].objects.filter(fact_key=key).first()
    if row is None:
        raise CannotBe(f"{table} has no {key[:80]!r}", where="key", mend="open it again")
    checked = _checked(table, field, value)
    doing = Doing(colleague, "correct", None, getattr(row, "customer_id", None), f"{field}: {value}").begin()
    doing.fact("corrections", **_row(table, key, field, _written(checked), colleague))
    doing.change(row, **{field: checked})
    return doing.end(f"{table} {key}: {field} = {value}")


def _written(value: Any) -> str:
    """A value as a correction says it, the same wherever it is read."""
    if value is None or value == []:
        return NOBODY
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, list):
        return "|".join(value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _checked(table: str, field: str, value: str) -> Any:
    """The value in the column's own type; the model's field and the schema's bounds say what is none."""
    from django.core.exceptions import ValidationError

    column, made = TABLES[table][field], FACTS[table]._meta.get_field(field)
    if not value:
        if column.required:
            raise CannotBe(f"{field} cannot be empty", where=field, mend="write a value")
        return None
    if pa.types.is_list(column.type):
        return [word.strip() for word in value.split("|") if word.strip()]
    try:
        checked = made.to_python(value)
    except ValidationError as wrong:
        raise CannotBe(wrong.messages[0], where=field, mend=column.meaning) from wrong
    if column.choices and checked not in column.choices:
        raise CannotBe(f"{value[:40]!r} is none of them", where=field, mend=f"choose {', '.join(column.choices)}")
    for bound, wrong_side in ((column.low, "below"), (column.high, "above")):
        if bound is not None and (checked < bound if wrong_side == "below" else checked > bound):
            raise CannotBe(f"{value[:40]} is {wrong_side} {bound:g}", where=field, mend=column.unit or column.meaning)
    if hasattr(checked, "tzinfo") and checked.tzinfo is None:
        checked = timezone.make_aware(checked)
    return checked


def _row(table: str, key: str, field: str, value: str, colleague: Colleague | None) -> dict[str, Any]:
    by = colleague.email if colleague else None
    return {"table": table, "key": key, "field": field, "value": value, "by": by, "at": timezone.now()}


def _again(message_ids: list[str]) -> None:
    """Its place in the order counts the correction."""
    from goodwill.service import live

    live.rerank(message_ids)
