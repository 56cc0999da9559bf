"""No card, on the running service: a shopper is known by any handle of their own, hashed; their terms can refuse it."""

from __future__ import annotations

import hashlib
import hmac
import json
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

from patience import LONG, until
from stories.served import Firm, before

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow
SETTINGS = """
[firm]
name = "Corner Coffee"

[[perks]]
name = "Regulars"
perk = "a coffee on the house"
for = "third purchase in a year"
"""
REASON = "Thank you for buying from us three times in the past year."


class Till:
    """The firm's till: it has the key and a token, and hashes what a shopper says by itself."""

    def __init__(self, firm: Firm) -> None:
        self.firm = firm
        self.key = bytes.fromhex(firm.command("recognise", "key").split()[-1])
        self.token = firm.command("token", "create", "till", "--scope", "recognise").split()[-1]

    def ask(self, kind: str, handle: str) -> Any:
        digest = hmac.new(self.key, handle.encode(), hashlib.sha256).hexdigest()
        return self.post("/api/v1/recognise", {"handle_hash": digest, "kind": kind})

    def post(self, path: str, body: Any, token: str = "", method: str = "POST") -> Any:
        headers = {"Authorization": f"Bearer {token or self.token}", "Content-Type": "application/json"}
        address = f"http://127.0.0.1:{self.firm.port}{path}"
        request = urllib.request.Request(address, json.dumps(body).encode(), headers, method=method)
        with urllib.request.urlopen(request, timeout=LONG) as answer:
            return json.loads(answer.read())


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    firm = Firm(tmp_path_factory.mktemp("till") / "home", SETTINGS)
    try:
        yield firm
    finally:
        firm.stop()


def test_no_card(firm: Firm, tmp_path: Path) -> None:
    till = Till(firm)
    # The shop sends what it has; nobody was given a card.
    firm.tell(
        "people",
        {"customer_id": "rita", "name": "Rita Regular", "email": "rita@mail.example", "phone": "+41 44 668 18 00"},
        {"customer_id": "nils", "name": "Nils New", "email": "nils@mail.example"},
    )
    cups = [
        {"purchase_id": f"cup{n}", "customer_id": "rita", "at": before(days=20 * n + 3), "amount": "4.50"}
        for n in range(3)
    ]
    firm.tell(
        "purchases", *cups, {"purchase_id": "cup9", "customer_id": "nils", "at": before(days=1), "amount": "450.00"}
    )
    until(lambda: till.ask("email", "rita@mail.example")["perk"], "her third cup is counted")

    # She says whatever is at hand.
    wanted = {"perk": "a coffee on the house", "reason": REASON}
    assert till.ask("email", "rita@mail.example") == till.ask("phone", "+41446681800") == wanted
    # He paid a hundred times as much, once: the rule is for what anyone can do.
    nothing = {"perk": None, "reason": None}
    assert till.ask("email", "nils@mail.example") == nothing

    # She sets her terms; from that moment the till cannot tell her from a stranger.
    chosen = {"agreement": "SD-BASE", "purposes": ["answer me"]}
    kept = till.post("/api/v1/customers/rita/terms", chosen, firm.token, "PUT")
    assert kept["in_force"] is True and kept["purposes"] == ["answer me"]
    stranger = till.ask("email", "stranger@mail.example")
    assert till.ask("email", "rita@mail.example") == till.ask("phone", "+41446681800") == stranger == nothing
    assert firm.ask("/api/v1/customers/rita")["worth"] is None
    published = firm.ask("/.well-known/myterms.json")
    assert "SD-BASE" in published["accepts"] and published["firm"]["name"] == "Corner Coffee"

    # The till's token opens nothing else.
    with pytest.raises(urllib.error.HTTPError) as refused:
        till.post("/api/v1/customers/rita/terms", chosen, method="PUT")
    assert refused.value.code == 403
    refused.value.close()
