"""A shop with perks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from service.live.filling import NOW, bought, put, said
from service.pages.conftest import site

if TYPE_CHECKING:
    from service.conftest import Service

__all__ = ["site"]
PERKS = """
[[perks]]
name = "Friends"
perk = "a bag of beans"
for = "brought a friend"

[[perks]]
name = "Regulars"
perk = "a coffee on the house"
for = ["third purchase in a year", "answered another customer", "sent an idea", "3 years with us"]
"""


@dataclass
class Shop:
    service: Service
    tokens: dict[str, str]

    def ask(self, handle: str, kind: str = "email", *, scope: str = "recognise", **more: Any) -> Any:
        from goodwill.service import recognise

        body = {"handle_hash": recognise.hash_of(kind, handle), "kind": kind, **more}
        headers = {"authorization": f"Bearer {self.tokens[scope]}"} if scope else {}
        return self.service.client().post("/api/v1/recognise", body, content_type="application/json", headers=headers)

    def perk(self, handle: str, kind: str = "email") -> Any:
        answer = self.ask(handle, kind)
        assert answer.status_code == 200, answer.content
        return answer.json()["perk"]


@pytest.fixture
def shop(service: Service) -> Shop:
    from goodwill.service.api.auth import make_token

    (service.home / "goodwill.toml").write_text(PERKS, encoding="utf-8")
    put(
        "people",
        {"customer_id": "anna", "name": "Anna Hex", "email": "anna@mail.example", "phone": "+41 44 668 18 00"},
        {"customer_id": "ben", "name": "Ben Osei", "email": "ben@mail.example"},
        {"customer_id": "cem", "name": "Cem Kaya", "email": "cem@mail.example"},
        {"customer_id": "dana", "name": "Dana", "email": "dana@mail.example", "joined_at": NOW - timedelta(days=1200)},
        {"customer_id": "eve", "name": "Eve", "email": "eve@mail.example"},
        {"customer_id": "fay", "name": "Fay", "email": "fay@mail.example"},
    )
    put("purchases", *(bought(f"a{n}", "anna", days=10 + n) for n in range(3)), bought("b1", "ben", days=9))
    put("referrals", {"referral_id": "r1", "referrer_id": "cem", "referred_id": "ben", "at": NOW - timedelta(days=40),
                      "converted_at": NOW - timedelta(days=30)})  # fmt: skip
    put("messages", said("f:1", "How do I pair it?", customer_id="ben", channel="forum", minutes=90))
    put("messages", said("f:2", "Hold the key.", customer_id="eve", channel="forum", in_reply_to="f:1", minutes=50))
    scopes = {scope: [scope] for scope in ("read", "write", "admin", "recognise")}
    return Shop(service, {name: make_token(f"till {name}", some) for name, some in scopes.items()})
