"""A small firm whose customers are known by several ids, and what stands of them everywhere."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime.now(UTC).replace(microsecond=0)
PEOPLE = ("a", "b", "c", "d", "e", "f")
"""a and b share an e-mail, b and c a phone, d and e a card; f stands alone; 'acme' is an organisation."""


def fill() -> None:
    """Six ids of three persons, with handles, messages and purchases, and an organisation."""
    put("people", *({"customer_id": one, "name": f"Name{one.upper()} Long{one}"} for one in PEOPLE))
    put("people", {"customer_id": "acme", "kind": "organisation", "name": "Acme"})
    put(
        "handles",
        handle("a", "email", "ab@x.example"),
        handle("b", "email", "AB@x.example"),
        handle("b", "phone", "+41 44 668 18 00"),
        handle("c", "phone", "+41446681800"),
        handle("d", "card", "4711"),
        handle("e", "card", "4711"),
        handle("c", "account", "@sea", channel="forum"),
        handle("f", "account", "@fay", channel="forum"),
    )
    put(
        "messages",
        *(said(f"chat:{one}", customer_id=one, channel="chat") for one in PEOPLE),
        said("forum:1", author="sea", channel="forum"),
        said("forum:2", author="fay", channel="forum"),
        said("mail:1", author="ab@x.example", channel="email"),
    )
    put("purchases", *(bought(f"p{one}", one, number) for number, one in enumerate(PEOPLE)))


def handle(customer_id: str, kind: str, value: str, **more: Any) -> dict[str, Any]:
    return {"customer_id": customer_id, "kind": kind, "value": value, **more}


def said(message_id: str, text: str = "Where is my parcel? It is three days late.", **more: Any) -> dict[str, Any]:
    return {"message_id": message_id, "at": NOW - timedelta(minutes=9), "text": text, "to_us": True, **more}


def bought(purchase_id: str, customer_id: str, number: int) -> dict[str, Any]:
    at = NOW - timedelta(days=30 + 7 * number)
    return {"purchase_id": purchase_id, "customer_id": customer_id, "at": at, "amount": f"{20 + number}.00"}


def put(table: str, *rows: dict[str, Any]) -> None:
    """Stores rows and does what follows, as the drainer does."""
    from goodwill.service import intake, live
    from goodwill.service.store.models import Unread

    intake.store_rows(table, list(rows), source="", by="test")
    while True:
        drained = intake.drain()
        if not drained.batches:
            break
        if drained.stored:
            live.after_drain(drained)
    assert [f"{one.field}: {one.reason}" for one in Unread.objects.all()[:3]] == []


def stands() -> dict[str, Any]:
    """Everything in the store that says who is who."""
    from goodwill.service.store.models import Case, Link, Person, Reading, SearchWord

    return {
        "person": dict(Person.objects.values_list("given", "customer_id")),
        "reading": dict(Reading.objects.values_list("message_id", "customer_id")),
        "case": dict(Case.objects.values_list("message_id", "customer_id")),
        "search": set(SearchWord.objects.values_list("word", "customer_id")),
        "link": list(Link.objects.order_by("id").values_list("a", "b", "state", "decided_by", "decided")),
    }


def groups() -> list[str]:
    """The persons, as the letters of their ids."""
    from goodwill.service.live import people

    of: dict[str, str] = {}
    for one, person in sorted(people.persons_of(PEOPLE).items()):
        of[person] = of.get(person, "") + one
    return sorted(of.values())


def link(a: str, b: str, probability: float = 0.9) -> int:
    """A probable link, as a search proposes it."""
    from goodwill.service.store.models import Link

    reasons = [
        {"what": "before anything is compared", "agreement": "one pair of records in 50 is one person", "bits": -5.6},
        {"what": "name", "agreement": "the same", "bits": 8.8},
    ]
    made = Link.objects.create(
        a=min(a, b), b=max(a, b), probability=probability, bits=3.2, reasons=reasons, found=datetime.now(UTC)
    )
    return int(made.pk)
