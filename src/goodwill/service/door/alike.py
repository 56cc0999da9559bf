"""Links at the door: records that may be theirs, and those that somebody held to be theirs; and 'this is not me'.

Of the other side nothing is shown while it is only probable: it may be somebody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q

from goodwill.errors import GoodwillError
from goodwill.service import who
from goodwill.service.door import entry, words
from goodwill.service.live import people
from goodwill.service.store.models import FACTS, Link

if TYPE_CHECKING:
    from django.db.models import QuerySet

WHY = "this is not me"
MOST = 50


def probable(customer_id: str) -> list[dict[str, Any]]:
    """Links that wait: how sure the guess is, and what looks alike, without the other side's own words."""
    ids = sorted(people.ids_of([customer_id]))
    rows = list(_of(ids).filter(state=Link.PROPOSED).order_by("-probability", "id")[:MOST])
    return [
        {"id": row.pk, "probability": row.probability, "alike": _alike(row.reasons)}
        for row in rows
        if not {row.a, row.b} <= set(ids)
    ]


def _alike(reasons: Any) -> list[str]:
    """What was found to agree, the weightiest first; the odds before anything is compared are no reason."""
    agree = [one for one in list(reasons or ())[1:] if float(one.get("bits") or 0) > 0]
    agree.sort(key=lambda one: (-float(one["bits"]), str(one["what"])))
    found = [part for one in agree for part in str(one["what"]).replace("_", " ").split(" and ")]
    return list(dict.fromkeys(words.COLUMNS.get(one, one) for one in found))


def held(customer_id: str) -> list[dict[str, Any]]:
    """Links that somebody who works here confirmed: two records, both of them theirs by that word alone.

    Both are named: which of the two whoever stands there is cannot be told.
    """
    ids = sorted(people.ids_of([customer_id]))
    rows = [row for row in _of(ids).filter(state=Link.CONFIRMED).order_by("id")[:MOST] if {row.a, row.b} <= set(ids)]
    named = dict(FACTS["people"].objects.filter(fact_key__in=ids).values_list("fact_key", "name"))
    plain = FACTS["handles"].objects.filter(customer_id__in=ids).exclude(kind__in=("name", "card", "device"))
    known = dict(plain.order_by("-row").values_list("customer_id", "value"))
    sides = {one: " ".join(filter(None, (named.get(one), known.get(one)))) or one for one in ids}
    return [{"id": row.pk, "one": sides[row.a], "other": sides[row.b], "at": row.decided} for row in rows]


def _of(ids: list[str]) -> QuerySet[Link]:
    return Link.objects.filter(Q(a__in=ids) | Q(b__in=ids))


def not_me(customer_id: str, number: int) -> str:
    """What becomes of it: 'rejected' where it was a guess, 'apart' where somebody's word alone made it theirs,
    'proven' where a handle does: that is looked at by a person; '' where no link of theirs has this number."""
    link = _of(sorted(people.ids_of([customer_id]))).filter(pk=number).first()
    if link is None or link.state == Link.REJECTED:
        return ""
    if link.state == Link.PROPOSED:
        who.reject(link.pk, by=entry.CUSTOMER, why=WHY)
        return "rejected"
    try:
        with transaction.atomic():
            for decision in _that_joined(link):
                who.undo(decision, by=entry.CUSTOMER, why=WHY)
            who.reject(link.pk, by=entry.CUSTOMER, why=WHY)
    except GoodwillError:  # a handle that both have holds them together: their other things may hang on it
        return "proven"
    return "apart"


def _that_joined(link: Link) -> list[int]:
    """The decisions that made one person of the two sides and hold, the latest first."""
    return [
        int(one["number"])
        for one in who.of_customer(link.a)["decisions"]
        if one["kind"] in ("confirm", "merge") and not one["undone"] and _across(link, one)
    ]


def _across(link: Link, decision: dict[str, Any]) -> bool:
    left, right = set(decision["left"]), set(decision["right"])
    return (link.a in left and link.b in right) or (link.b in left and link.a in right)
