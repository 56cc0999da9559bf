"""Somebody at their door, and a firm that has them on its books."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from service.live.filling import NOW, bought, put, said
from service.terms.conftest import value_by_hand

if TYPE_CHECKING:
    from service.conftest import Service

ANNA, BEN = "anna@mail.example", "ben@mail.example"
ATTACK = '<script>alert("owned")</script><img src=x onerror=alert(1)> "quoted" & charged me'


def fill() -> None:
    """Anna, who gives much in many ways; Ben, who must stay unknown to her; an organisation."""
    put(
        "people",
        {"customer_id": "anna", "name": "Anna Hex", "email": ANNA, "joined_at": NOW - timedelta(days=900)},
        {"customer_id": "ben", "name": "Ben Osei", "email": BEN},
        {"customer_id": "northwind", "name": "Northwind", "kind": "organisation", "email": "office@northwind.example"},
    )
    put(
        "handles",
        {"customer_id": "anna", "kind": "phone", "value": "+41446681800", "verified": True},
        {
            "customer_id": "anna",
            "kind": "account",
            "value": "hexgear",
            "channel": "twitter",
            "confidence": 0.7,
            "source": "chat",
        },
        {"customer_id": "ben", "kind": "account", "value": "benosei", "channel": "twitter", "confidence": 0.6},
    )
    put(
        "roles",
        {"customer_id": "anna", "organisation_id": "northwind", "role": "adviser", "say": 0.3, "entered_by": "Kim"},
    )
    put("purchases", *(bought(f"a{n}", "anna", days=30 * n + 5) for n in range(6)), bought("b1", "ben", days=9))
    put("purchases", bought("a-back", "anna", days=2, amount="-12.00"))
    put(
        "messages",
        said("chat:1", "My order is broken and nobody answers. I want my money back!", customer_id="anna", minutes=9),
        said("chat:2", ATTACK, customer_id="anna", minutes=90),
        said("forum:3", "Turn it off and on again, that helped me.", customer_id="anna", channel="forum", minutes=9000,
             accepted=True, helpful_votes=41, url="https://forum.example/3"),
        said("chat:ben", "Ben's very own words.", customer_id="ben", minutes=9),
    )  # fmt: skip
    put(
        "responses",
        {
            "response_id": "r1",
            "customer_id": "anna",
            "at": NOW - timedelta(days=20),
            "score": 9,
            "comment": "Kind people",
        },
    )
    put(
        "contributions",
        {
            "contribution_id": "i1",
            "customer_id": "anna",
            "at": NOW - timedelta(days=200),
            "kind": "idea",
            "text": "Sell spare lids",
            "state": "shipped",
        },
    )
    put(
        "referrals",
        {
            "referral_id": "f1",
            "referrer_id": "anna",
            "referred_id": "ben",
            "at": NOW - timedelta(days=100),
            "converted_at": NOW - timedelta(days=90),
        },
    )
    put(
        "events",
        {
            "event_id": "e1",
            "customer_id": "anna",
            "at": NOW - timedelta(days=1),
            "kind": "failure",
            "ok": False,
            "detail": "download 7",
        },
    )
    put(
        "actions",
        {
            "action_id": "t1",
            "customer_id": "anna",
            "at": NOW - timedelta(days=1),
            "kind": "thank",
            "staff": "Kim Colleague",
            "channel": "email",
        },
    )
    value_by_hand(anna="840.00", ben="220.00")


def secret_for(customer_id: str) -> str:
    from goodwill.service.door import entry

    return entry.make_link(customer_id)


def at_the_door(service: Service, customer_id: str = "anna") -> Any:
    """A browser of somebody who came in."""
    client = service.client()
    answer = client.post(f"/door/enter/{secret_for(customer_id)}")
    assert answer.status_code == 302, answer.content
    return client


def words_of(page: bytes | str) -> str:
    """What can be read on a page, without marks."""
    text = page.decode() if isinstance(page, bytes) else page
    text = re.sub(r"<(script|style)\b.*?</\1>", " ", text, flags=re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def books(customer_id: str = "anna") -> None:
    """An account with all four parts, ranges and something passed on, for looking at."""
    from decimal import Decimal

    from goodwill.service.store.models import Line, Worth

    lines = (
        ("purchase", "firm:sales", "228.00", None, None, ["measured"], True),
        ("spend", "firm:sales", "310.00", "120.00", "640.00", ["estimated"], False),
        ("referral", "ben", "96.00", "20.00", "210.00", ["estimated"], False),
        ("acquisition", "firm:acquisition", "30.00", "30.00", "30.00", ["assumed"], False),
        ("influence", "ben", "54.00", "0.00", "160.00", ["estimated"], False),
        ("answer", "firm:contacts", "82.00", "20.00", "190.00", ["assumed", "measured"], False),
        ("idea", "firm:ideas", "40.00", "10.00", "90.00", ["assumed"], False),
        ("influence", "cem", "-31.00", "-90.00", "0.00", ["estimated"], False),
    )
    worth = Worth.objects.get(customer_id=customer_id)
    Line.objects.filter(customer_id=customer_id).delete()
    for place, (kind, whom, amount, low, high, evidence, happened) in enumerate(lines):
        Line.objects.create(
            entry_id=f"l:{place}", valuation=worth.valuation, customer_id=customer_id, counterparty_id=whom, kind=kind,
            at=NOW - timedelta(days=30) if happened else NOW + timedelta(days=1), amount=Decimal(amount),
            low=Decimal(low or amount), high=Decimal(high or amount), evidence=evidence, rule="by hand",
        )  # fmt: skip
    sums = {
        "spend": 538,
        "referral": 126,
        "influence": 54,
        "knowledge": 122,
        "follows": 840,
        "passed_on": -31,
        "worth": 809,
    }
    for name, amount in sums.items():
        setattr(worth, name, Decimal(amount))
    worth.follows_low, worth.follows_high, worth.worth_low, worth.worth_high = map(Decimal, (420, 1500, 400, 1450))
    worth.evidence = ["measured", "estimated", "assumed"]
    worth.save()
