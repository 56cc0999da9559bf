"""Who is on the line: people by a part of their name, by an e-mail address or a phone number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from goodwill.facts import POOL
from goodwill.know.handles import normalise_phone
from goodwill.service.live import people, searching
from goodwill.service.store.models import FACTS, Person, SearchWord, Worth

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 8
SHORTEST, LONGEST = 2, 120
DIGITS = 5
"""Digits from which on a text may be a part of a phone number."""
AT_MOST = 50
"""So many whose number may end so are looked at."""
SHOWN = ("email", "phone", "account")


def found(words: str) -> list[dict[str, Any]]:
    """The people whom the words could mean, the likeliest first; each with what tells them apart."""
    words = " ".join(words.replace("\x00", " ").split())[:LONGEST]
    if len(words) < SHORTEST:
        return []
    ids = [*_by_handle(words), *_by_words(words)] or _by_last_digits(words)
    persons = people.persons_of(ids)
    return _shown(list(dict.fromkeys(persons[one] for one in ids if persons[one] != POOL))[:MOST])


def one(customer_id: str) -> dict[str, Any] | None:
    """A person by an id, None where nothing is held of them."""
    person = people.person_of(customer_id)
    rows = _shown([person])
    known = rows[0]["name"] or rows[0]["handles"] or Worth.objects.filter(customer_id=person).exists()
    return rows[0] if known else None


def _by_handle(words: str) -> list[str]:
    """By a whole handle, as facts or messages brought it."""
    written = {words, words.lower(), words.removeprefix("@"), words.lower().removeprefix("@")}
    by_fact = FACTS["handles"].objects.filter(value__in=written).exclude(confidence=0).order_by("row")
    by_key = Person.objects.filter(given=f"email|{words.lower()}").exclude(customer_id="")
    return [
        *by_fact.values_list("customer_id", flat=True)[:MOST],
        *by_key.values_list("customer_id", flat=True)[:MOST],
    ]


def _by_last_digits(words: str) -> list[str]:
    """By the end of a phone number, as people tell it. Asked for only where nothing else helps.

    Whoever is found by it has it still: what somebody said is not theirs is no number of theirs.
    """
    number = _number(words)
    persons = searching.with_number_ending(number, AT_MOST) if number else []
    if not persons:
        return []
    ids = people.ids_of(persons)
    by_fact = FACTS["handles"].objects.filter(kind="phone", customer_id__in=ids).exclude(confidence=0).order_by("row")
    said = by_fact.values_list("customer_id", "value")
    numbers = normalise_phone(pa.array([value for _, value in said], pa.string())).to_pylist()
    by_key = Person.objects.filter(customer_id__in=persons, given__startswith="phone|", given__endswith=number)
    return [
        *(who for (who, _), one in zip(said, numbers, strict=True) if one.endswith(number)),
        *by_key.order_by("given").values_list("customer_id", flat=True)[:MOST],
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


def _by_words(words: str) -> list[str]:
    """By the beginnings of any part of a name, an address or a handle: those who are valued first, then whoever is
    known."""
    search = searching.Search(words)
    valued, parameters = search.condition("worth.customer_id")
    rows = Worth.objects.extra(where=[valued], params=parameters).order_by("-worth", "customer_id")
    found = list(rows.values_list("customer_id", flat=True)[: MOST + 1])  # one more: the pool may be among them
    if len(found) > MOST:
        return found
    known, given = search.condition("search_word.customer_id")
    others = SearchWord.objects.extra(where=[known], params=given).order_by("customer_id")
    return [*found, *others.values_list("customer_id", flat=True).distinct()[:MOST]]


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
