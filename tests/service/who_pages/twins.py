"""People who came in twice, and the links between their records. Not shipped."""

from __future__ import annotations

from datetime import timedelta
from math import log2
from typing import Any

from service.live.filling import NOW, bought, put, said

DAY = timedelta(days=1)
ATTACK = '<script>alert("owned")</script>'
REASONS = (
    ("before anything is compared", "one pair of records in 2,048 is one person", -11.0),
    ("name", "a like given name, the same surname, and it is rare", 9.4),
    ("email", "alike before the @", 5.2),
    ("country", "the same, but it is common", 3.3),
    ("phone", "different", -1.8),
    ("account", "not known of both", 0.0),
)
"""What know.resolve says of a pair, here with sums that are easy to look for: 5.1 bits together."""


def fill() -> None:
    """Wilma, who wrote from two addresses; two Novaks who are two; Priya, whom nobody may value; a firm."""
    put(
        "people",
        {"customer_id": "w1", "name": "Wilma Kern", "email": "wilma@kern.example", "joined_at": NOW - 800 * DAY},
        {"customer_id": "w2", "name": "W. Kern", "email": "w.kern@mail.example"},
        {"customer_id": "n1", "name": "Jan Novak", "email": "jan@novak.example"},
        {"customer_id": "n2", "name": "Jana Novak", "email": "jana@novak.example"},
        {"customer_id": "priya", "name": "Priya Raman", "email": "priya@raman.example"},
        {"customer_id": "evil", "name": ATTACK, "email": "evil@mail.example"},
        {"customer_id": "northwind", "name": "Northwind Systems", "kind": "organisation"},
    )  # fmt: skip
    put(
        "handles",
        {"customer_id": "w1", "kind": "account", "value": "wilmak", "channel": "twitter", "confidence": 0.7},
        {"customer_id": "w1", "kind": "phone", "value": "+41446681800", "verified": True},
    )
    put("purchases", *(bought(f"w1-{n}", "w1", days=40 * n + 5) for n in range(4)), bought("w2-0", "w2", days=12))
    put("purchases", bought("n1-0", "n1", days=9), bought("n2-0", "n2", days=8), bought("p-0", "priya", days=7))
    put(
        "messages",
        said("chat:w1", "My order is broken and nobody answers.", customer_id="w1"),
        said("mail:w2", "Where is my refund?", customer_id="w2", channel="email", author="w.kern@mail.example"),
    )
    put("terms", {"customer_id": "priya", "at": NOW - 20 * DAY, "refused": ["value me"]})


def link(a: str, b: str, probability: float = 0.9717, **more: Any) -> Any:
    """A link that the nightly search could have found; the name weighs what is left."""
    from goodwill.service.store.models import Link

    a, b = sorted((a, b))
    bits = log2(probability / (1 - probability))
    rest = bits - sum(weight for what, _, weight in REASONS if what != "name")
    reasons = [
        {"what": what, "agreement": agreement, "bits": rest if what == "name" else weight}
        for what, agreement, weight in REASONS
    ]
    return Link.objects.create(a=a, b=b, probability=probability, bits=bits, reasons=reasons, found=NOW, **more)


def many(number: int) -> None:
    """So many pairs that look alike."""
    from goodwill.service.store.models import Link

    rows = [{"customer_id": f"m{at:03}", "name": f"Mo {at}"} for at in range(2 * number)]
    put("people", *rows)
    Link.objects.bulk_create(
        Link(a=f"m{2 * at:03}", b=f"m{2 * at + 1:03}", probability=0.5 + at // 2 * 0.02, bits=1, found=NOW)
        for at in range(number)
    )


def person(record: str) -> str:
    from goodwill.service import live

    return live.person_of(record)
