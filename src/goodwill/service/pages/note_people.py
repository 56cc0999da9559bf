"""Who is on the line: people by a part of their name, by an e-mail address or a phone number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
from django.db.models import Q

from goodwill.facts import POOL
from goodwill.know.handles import normalise_phone
from goodwill.service.live import people
from goodwill.service.store.models import FACTS, Person, Worth

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 8
SHORTEST, LONGEST = 2, 120
DIGITS = 5
"""Digits from which on a text may be a part of a phone number."""
SHOWN = ("email", "phone", "account")


def found(words: str) -> list[dict[str, Any]]:
    """The people whom the words could mean, the likeliest first; each with what tells them apart."""
    words = " ".join(words.split())[:LONGEST]
    if len(words) < SHORTEST:
        return []
    ids = [*_by_handle(words), *_by_name(words)]
    persons = people.persons_of(ids)
    return _shown(list(dict.fromkeys(persons[one] for one in ids if persons[one] != POOL))[:MOST])


def one(customer_id: str) -> dict[str, Any] | None:
    """A person by an id, None where nothing is held of them."""
    person = people.person_of(customer_id)
    rows = _shown([person])
    known = rows[0]["name"] or rows[0]["handles"] or Worth.objects.filter(customer_id=person).exists()
    return rows[0] if known else None


def _by_handle(words: str) -> list[str]:
    """By a whole handle; by the beginning of an address, or the end of a number."""
    asked = Q(value__in=[words, words.lower(), words.removeprefix("@"), words.lower().removeprefix("@")])
    given = Q(given__in=[f"email|{words.lower()}"])
    if "@" in words[1:]:
        asked |= Q(kind="email", value__istartswith=words)
        given |= Q(given__startswith=f"email|{words.lower()}")
    number = _number(words)
    if number:
        asked |= Q(kind="phone", value__endswith=number) | Q(kind="phone", value__endswith=words)
        given |= Q(given__startswith="phone|", given__endswith=number)
    by_fact = FACTS["handles"].objects.filter(asked).exclude(confidence=0).order_by("row")
    by_key = Person.objects.filter(given).exclude(customer_id="").order_by("given")
    return [
        *by_fact.values_list("customer_id", flat=True)[:MOST],
        *by_key.values_list("customer_id", flat=True)[:MOST],
    ]


def _number(words: str) -> str:
    """The digits of a phone number, without what stands for the country or the trunk: '' where it is none.

    >>> _number("+44 20 7946 2231"), _number("020 7946 2231"), _number("order 17")
    ('442079462231', '2079462231', '')
    """
    if any(sign.isalpha() for sign in words):
        return ""
    plain = normalise_phone(pa.array([words]))[0].as_py().lstrip("+0")
    return plain if len(plain) >= DIGITS else ""


def _by_name(words: str) -> list[str]:
    """By a part of a name: those who are valued first, then whoever is in `people`."""
    valued = Worth.objects.filter(name__icontains=words).order_by("-worth", "customer_id")
    known = FACTS["people"].objects.filter(name__icontains=words).order_by("row")
    return [
        *valued.values_list("customer_id", flat=True)[:MOST],
        *known.values_list("customer_id", flat=True)[:MOST],
    ]


def _shown(persons: Iterable[str]) -> list[dict[str, Any]]:
    wanted = list(persons)
    ids = people.ids_of(wanted) if wanted else {}
    names: dict[str, str] = {}
    for given, name in FACTS["people"].objects.filter(fact_key__in=ids).values_list("fact_key", "name"):
        if name and (given == ids[given] or ids[given] not in names):
            names[ids[given]] = name
    handles: dict[str, list[str]] = {}
    rows = FACTS["handles"].objects.filter(customer_id__in=ids, kind__in=SHOWN).exclude(confidence=0)
    for row in sorted(
        rows.values("customer_id", "kind", "value"), key=lambda row: (SHOWN.index(row["kind"]), row["value"])
    ):
        mine = handles.setdefault(ids[row["customer_id"]], [])
        if row["value"] not in mine:
            mine.append(row["value"])
    return [
        {"customer_id": person, "name": names.get(person, ""), "handles": handles.get(person, [])[:3]}
        for person in wanted
    ]


def _order(row: dict[str, Any]) -> tuple[int, str]:
    return SHOWN.index(row["kind"]), row["value"]
