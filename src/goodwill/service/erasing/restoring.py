"""A backup that was restored may hold persons who were erased after it was made: they are erased again before anybody
sees them.

Their tombstones come from the database that was replaced and from the second copy beside it (`tombstones.second_copy`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.db.models import Q

from goodwill.facts import TABLES
from goodwill.service.erasing import ERASED, subject, tombstones
from goodwill.service.live import people
from goodwill.service.store.models import FACTS, Erasure, Person, Reading, Tombstone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PERSON = "people.customer_id"
AT_ONCE = 20_000


def remembered() -> list[Tombstone]:
    """The tombstones of this installation, from its database where it has any, and from their second copy."""
    found = {row.digest: row for row in tombstones.read_second_copy()}
    if "tombstone" in connection.introspection.table_names():
        found |= {row.digest: row for row in Tombstone.objects.order_by("digest")}
    return [found[one] for one in sorted(found)]


def reapply(remembered: Iterable[Tombstone], *, key_came: bool = False) -> int:
    """Sets tombstones again, and erases whoever of them is held; how many persons.

    `key_came`: the backup brought the installation's key, and this process began with another. The work on files and
    free space is left to the job, which runs when the service starts.
    """
    from goodwill.service.erasing import work

    if key_came:
        _use_the_restored_key()
    rows = [one for one in remembered if one.back is None]
    if not rows:
        return 0
    with transaction.atomic():
        known = set(Tombstone.objects.values_list("digest", flat=True))
        Tombstone.objects.bulk_create([row for row in rows if row.digest not in known], batch_size=500)
    found = _held({row.digest: row for row in rows})
    for receipt, who in sorted(found.items()):
        _ask_again(receipt, who)
        work.erase_a_person(lambda _said, _done: None, receipt)
    return len(found)


def _use_the_restored_key() -> None:
    """This process began with the key of the home as it was before."""
    import os

    from django.conf import settings

    from goodwill.service.home import home

    settings.SECRET_KEY = os.environ.get("GOODWILL_SECRET_KEY") or home().secret()


@dataclass
class _Who:
    at: Tombstone
    ids: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)


def _held(stand: dict[str, Tombstone]) -> dict[str, _Who]:
    """By receipt, the ids and messages of those erased who are in the store."""
    found: dict[str, _Who] = {}

    def who(row: Tombstone) -> _Who:
        return found.setdefault(row.receipt, _Who(row))

    for names in _pieces(_ids()):
        for name, row in _hit((f"id|{one}" for one in names), stand):
            who(row).ids.add(name.removeprefix("id|"))
    for keys in _pieces(Person.objects.exclude(given__startswith="id|").values_list("given", flat=True).iterator()):
        for key, row in _hit(keys, stand):
            who(row).ids.update(Person.objects.filter(given=key).values_list("customer_id", flat=True))
    for messages in _pieces(FACTS["messages"].objects.values_list("fact_key", flat=True).iterator()):
        for name, row in _hit((f"message|{one}" for one in messages), stand):
            who(row).messages.add(name.removeprefix("message|"))
    for one in found.values():
        said = Reading.objects.filter(message_id__in=sorted(one.messages)).exclude(customer_id=None)
        one.ids.update(said.values_list("customer_id", flat=True))
        one.ids -= {"", ERASED}
    return {receipt: one for receipt, one in found.items() if one.ids or one.messages}


def _ids() -> Iterator[str]:
    for table in TABLES.values():
        columns = [column.name for column in table if column.refers_to == PERSON]
        for column in [*columns, *(["customer_id"] if table.name == "people" else [])]:
            rows = FACTS[table.name].objects.exclude(Q(**{column: None}) | Q(**{column: ERASED}))
            yield from rows.order_by().values_list(column, flat=True).distinct().iterator()


def _pieces(values: Iterable[str]) -> Iterator[list[str]]:
    some: list[str] = []
    for value in values:
        some.append(value)
        if len(some) == AT_ONCE:
            yield some
            some = []
    if some:
        yield some


def _hit(names: Iterable[str], stand: dict[str, Tombstone]) -> Iterator[tuple[str, Tombstone]]:
    some = list(names)
    for name, digest in zip(some, tombstones.digests(some), strict=True):
        if digest in stand:
            yield name, stand[digest]


def _ask_again(receipt: str, who: _Who) -> None:
    ids = sorted(who.ids)
    whom = subject.Subject(person=people.person_of(ids[0]) if ids else f"message {min(who.messages)}")
    for one in ids:
        whom = whom.united(subject.gather(one))
    whom.messages = sorted({*whom.messages, *who.messages})
    values = {
        "asked": who.at.at,
        "by": "goodwill",
        "why": "a backup that was restored still had them",
        "state": Erasure.ASKED,
        "whom": tombstones.digest(f"id|{whom.person}"),
        "work": whom.sealed(),
    }
    Erasure.objects.update_or_create(receipt=receipt, defaults=values)
