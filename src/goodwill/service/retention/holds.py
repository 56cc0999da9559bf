"""Legal holds: a table of one person's facts that may not be destroyed before a day, and why."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from goodwill.errors import InputError
from goodwill.facts import TABLES
from goodwill.service.live import people
from goodwill.service.store import audit
from goodwill.service.store.models import HeldFact, Hold
from goodwill.service.store.secrets import unseal

if TYPE_CHECKING:
    from goodwill.service.store.models import Colleague, Token

MAY_BE_HELD = tuple(
    name
    for name, table in TABLES.items()
    if name == "people" or any(column.refers_to == "people.customer_id" for column in table)
)
"""Tables that hold a person's facts."""
PURPOSE = "legal hold"


def hold(customer_id: str, table: str, reason: str, until: date, by: Colleague | Token | str) -> Hold:
    """Keeps a person's facts of one table until a day. Raises InputError for what cannot be held."""
    if table not in MAY_BE_HELD:
        raise InputError(
            f"no facts of a person are in {table[:40]!r}", where="table", mend=f"choose {', '.join(MAY_BE_HELD)}"
        )
    if not reason.strip():
        raise InputError(
            "a hold needs a reason: the customer reads it", where="reason", mend="name the law or the claim"
        )
    if until <= datetime.now(UTC).date():
        raise InputError("it would have ended already", where="until", mend="name a day to come")
    person = people.person_of(customer_id)
    with transaction.atomic():
        made = Hold.objects.create(
            customer_id=person,
            table=table,
            reason=reason.strip()[:500],
            until=until,
            by=audit.name_of(by),
            at=datetime.now(UTC),
        )
        audit.record(by, "held", customer_id=person, what=f"{table} until {until}", purpose=PURPOSE)
    return made


def release(hold_id: int, by: Colleague | Token | str) -> int:
    """Ends a hold now; how many facts of an erased person went with it. Raises InputError where none stands."""
    with transaction.atomic():
        ended = Hold.objects.filter(pk=hold_id, ended=None)
        row = ended.first()
        if row is None:
            raise InputError("no such hold stands", where=f"hold {hold_id}", mend="look at those that stand")
        ended.update(ended=datetime.now(UTC), ended_by=audit.name_of(by))
        went = HeldFact.objects.filter(hold=row).delete()[0]
        whose = None if row.customer_id.startswith("erased|") else row.customer_id
        audit.record(
            by, "released a hold", customer_id=whose, what=f"{row.table}; {went:,} facts went", purpose=PURPOSE
        )
    return went


def standing(customer_id: str) -> list[Hold]:
    """The holds on a person's facts, in the order of their tables."""
    ids = sorted(people.ids_of([people.person_of(customer_id)]))
    today = datetime.now(UTC).date()
    rows = Hold.objects.filter(customer_id__in=ids, ended=None, until__gte=today)
    return list(rows.order_by("table", "until", "pk"))


def read_held(hold_id: int, by: Colleague | Token | str) -> list[dict[str, Any]]:
    """What a hold keeps of an erased person, for the claim that it is kept for; written down in the log."""
    rows = HeldFact.objects.filter(hold=hold_id).order_by("pk")
    audit.record(by, "read what a hold keeps", what=f"hold {hold_id}", purpose=PURPOSE)
    return [{"table": row.table, **json.loads(unseal(row.sealed))} for row in rows]


def end_those_over(today: date) -> int:
    """Holds whose day has passed end; what they kept of erased persons goes. How many facts."""
    over = Hold.objects.filter(until__lt=today)
    went = HeldFact.objects.filter(hold__in=over).delete()[0]
    over.filter(ended=None).update(ended=datetime.now(UTC), ended_by="goodwill")
    return int(went)
