"""A small firm with a customer, and her agent."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from goodwill.know.canonical import canonical
from goodwill.know.proffers import FORMAT, public_of, sign, stamp
from service.live.filling import bought, put, said

if TYPE_CHECKING:
    from service.conftest import Service

ADDRESS = "http://127.0.0.1:8321"
PROFFER = "/api/v1/terms/proffer"


@dataclass
class Agent:
    """A program that acts for somebody, or says so."""

    service: Service
    secret: bytes = b"\x11" * 32
    number: int = 0
    session: Any = field(default=None)

    @property
    def key(self) -> str:
        return public_of(self.secret)

    def made(self, agreement: str = "SD-BASE", handle: str = "anna@mail.example", **more: Any) -> dict[str, Any]:
        self.number += 1
        return {
            "format": FORMAT,
            "id": f"proffer-{self.number:012}",
            "at": stamp(datetime.now(UTC)),
            "firm": ADDRESS,
            "agreement": agreement,
            "handle": {"kind": "email", "value": handle},
            "key": self.key,
            **more,
        }

    def send(self, proffer: dict[str, Any], *, door: str | None = None, client: Any = None, **more: Any) -> Any:
        body = {"proffer": proffer, "signature": sign(self.secret, canonical(proffer)), **more}
        client = client or self.service.client()
        if door is not None:
            session = client.session
            session["door_customer"], session["door_seen"] = door, time.time()
            session.save()
        return client.post(PROFFER, body, content_type="application/json")

    def proffer(self, agreement: str = "SD-BASE", *, door: str | None = None, **more: Any) -> Any:
        return self.send(self.made(agreement, **more), door=door)


def fill() -> None:
    """Anna and Ben, who buy and complain alike, and Cem."""
    put(
        "people",
        {"customer_id": "anna", "name": "Anna Hex", "email": "anna@mail.example"},
        {"customer_id": "ben", "name": "Ben Osei", "email": "ben@mail.example"},
        {"customer_id": "cem", "name": "Cem Kaya", "email": "cem@mail.example"},
    )
    put("purchases", *(bought(f"p{who}{n}", who, days=30 * n + 5) for who in ("anna", "ben", "cem") for n in range(6)))
    put(
        "messages",
        *(
            said(f"chat:{who}", "My order is broken, I want my money back.", customer_id=who, minutes=9)
            for who in ("anna", "ben")
        ),
    )


@pytest.fixture
def agent(service: Service) -> Agent:
    fill()
    return Agent(service)


@pytest.fixture
def tokens(service: Service) -> dict[str, str]:
    from goodwill.service.api.auth import make_token

    return {scope: make_token(f"a {scope} one", [scope]) for scope in ("read", "write", "admin")}


def value_by_hand(**worth: str) -> None:
    """A valuation with figures that are easy to look for."""
    from goodwill.service.store.models import Line, Valuation, Worth

    now = datetime.now(UTC)
    done = Valuation.objects.create(as_of=now, state=Valuation.DONE, finished=now, currency="EUR")
    for place, (customer_id, sum_) in enumerate(sorted(worth.items())):
        Worth.objects.create(
            customer_id=customer_id, name=f"{customer_id.title()} Worth", valuation=done.pk, spend=sum_, referral=0,
            influence=0, knowledge=0, follows=sum_, passed_on=0, worth=sum_, generated=sum_, follows_low=sum_,
            follows_high=sum_, worth_low=sum_, worth_high=sum_, evidence=["estimated"],
            standing="apostle" if customer_id == "anna" else "loyal", fifth=5,
        )  # fmt: skip
        Line.objects.create(
            entry_id=f"e:{place}", valuation=done.pk, at=now, customer_id=customer_id, counterparty_id="firm:sales",
            kind="opening", amount=sum_, low=sum_, high=sum_, evidence=["estimated"], rule="by hand",
        )  # fmt: skip
