"""Who was not heard of for years is erased as if they had asked for it: name, handles, roles, terms, all of theirs.

Heard of: they bought, wrote, answered, gave, used, brought or were brought, chose terms, came to their door; or a
record of theirs came in. What we did for them, or who looked at them, keeps nobody here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from goodwill.service import erasing
from goodwill.service.live import people, tables
from goodwill.service.store.models import FACTS, Audit, Hold

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

AT_ONCE, A_NIGHT = 500, 200
"""How many records are looked at together, and how many people are erased in one night at most."""
BY = "goodwill"
CUSTOMER = "the customer"
"""How the log names somebody who acts at their own door (door.entry.CUSTOMER)."""
HEARD = (
    ("purchases", "customer_id"), ("responses", "customer_id"), ("contributions", "customer_id"),
    ("events", "customer_id"), ("terms", "customer_id"), ("referrals", "referrer_id"), ("referrals", "referred_id"),
)  # fmt: skip
"""Tables that tell of somebody, and the column that names them."""


def erase_the_silent(before: datetime) -> int:
    """Asks for the erasure of people who were last heard of before then; how many. Organisations stay: they are nobody.
    Who stands under a legal hold stays until it ends."""
    asked = 0
    for person in _silent(before):
        erasing.erase(person, BY, "not heard of for as long as people are kept here")
        asked += 1
        if asked == A_NIGHT:
            break
    return asked


def _silent(before: datetime) -> Iterator[str]:
    last, seen = 0, set[str]()
    while True:
        rows = FACTS["people"].objects.filter(row__gt=last, arrived__lt=before).exclude(kind="organisation")
        some = list(rows.order_by("row").values_list("row", "fact_key")[:AT_ONCE])
        if not some:
            return
        last = some[-1][0]
        persons = sorted(set(people.persons_of(key for _, key in some).values()) - seen)
        seen |= set(persons)
        heard = _heard_of(persons, before)
        yield from (one for one in persons if one not in heard)


def _heard_of(persons: Sequence[str], since: datetime) -> set[str]:
    """Those of these persons of whom something was heard since, and those under a hold."""
    person = people.ids_of(persons)
    ids, at = sorted(person), tables.stored(since)
    found: set[str] = set()
    with connection.cursor() as cursor:
        for table, column in HEARD:
            among, given = tables.among(f"t.{column}", ids)
            asked = f'SELECT DISTINCT t.{column} FROM fact_{table} t WHERE {among} AND t."at" >= %s'
            cursor.execute(asked, [*given, at])
            found |= {row[0] for row in cursor.fetchall()}
        among, given = tables.among("r.customer_id", list(persons))
        cursor.execute(
            "SELECT DISTINCT r.customer_id FROM reading r JOIN fact_messages m ON m.fact_key = r.message_id"
            f' WHERE {among} AND m."at" >= %s',
            [*given, at],
        )
        found |= {row[0] for row in cursor.fetchall()}
    joined = FACTS["people"].objects.filter(fact_key__in=ids)
    found |= set(joined.filter(arrived__gte=since).values_list("fact_key", flat=True))
    found |= set(joined.filter(joined_at__gte=since).values_list("fact_key", flat=True))
    came = Audit.objects.filter(customer_id__in=ids, who=CUSTOMER, at__gte=since)
    found |= set(came.values_list("customer_id", flat=True))
    found |= set(Hold.objects.filter(customer_id__in=ids, ended=None).values_list("customer_id", flat=True))
    return {person.get(one, one) for one in found}
