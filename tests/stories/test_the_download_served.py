"""The download, and equal treatment, on the running service: facts in by HTTP, Now out by HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from stories.served import Firm, before
from stories.shop import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow
CHAT = "I paid $24.95 and my download is broken. You ask me to pay another $25.95 to get help. Please help."
POST = (
    "Paid $24.95, download broken, and support wants ANOTHER $25.95 to help me get what I already bought. "
    "Never again. Stay away from them, tell your friends."
)


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    """Sixty customers with two years of ordinary purchases, twelve of them waiting for an answer; valued once."""
    home: Path = tmp_path_factory.mktemp("served") / "home"
    firm = Firm(home, SETTINGS)
    try:
        random = np.random.default_rng(20261101)
        people, purchases, messages = [], [], []
        for number in range(60):
            who = f"n{number:03}"
            people.append({"customer_id": who, "name": f"Neighbour {number}", "email": f"{who}@neighbours.example"})
            for days in random.uniform(3, 700, 6):
                purchases.append(
                    {
                        "purchase_id": f"o{len(purchases)}",
                        "customer_id": who,
                        "at": before(days=days),
                        "amount": f"{random.gamma(4, 20):.2f}",
                    }
                )
        for number in range(12):
            messages.append(
                {
                    "message_id": f"mail:{number}",
                    "at": before(hours=3 + number),
                    "channel": "email",
                    "author": f"n{number:03}@neighbours.example",
                    "text": f"Hello, when will order {number + 70} be sent? I would like to know which day it arrives.",
                    "to_us": True,
                }
            )
        people.append(
            {
                "customer_id": "dana",
                "name": "Dana Whitfield",
                "email": "dana@whitfield.example",
                "twitter": "danaw",
            }
        )
        people.append({"customer_id": "northwind", "kind": "organisation", "name": "Northwind Systems"})
        for number in range(8):
            purchases.append(
                {
                    "purchase_id": f"nw{number}",
                    "customer_id": "northwind",
                    "at": before(days=30 + 60 * number),
                    "amount": "9000.00",
                }
            )
        purchases.append({"purchase_id": "4471", "customer_id": "dana", "at": before(days=2), "amount": "24.95"})
        firm.tell("people", *people)
        firm.tell("purchases", *purchases)
        firm.tell(
            "roles",
            {
                "customer_id": "dana",
                "organisation_id": "northwind",
                "role": "adviser",
                "say": 0.25,
                "entered_by": "Anna",
                "entered_at": before(days=100),
            },
        )
        firm.tell("promises", {"promise_id": "answer", "kind": "answer", "within_hours": 24, "text": "Within a day."})
        firm.tell("messages", *messages)
        firm.until(lambda now: len(now) == 12)
        firm.command("revalue")
        yield firm
    finally:
        firm.stop()


def test_she_reaches_the_top_of_now_and_leaves_it_when_answered(firm: Firm) -> None:
    firm.tell(
        "events",
        {
            "event_id": "e1",
            "customer_id": "dana",
            "at": before(hours=1),
            "kind": "failure",
            "ok": False,
            "detail": "download",
        },
    )
    firm.tell(
        "messages",
        {
            "message_id": "chat:1",
            "at": before(minutes=51),
            "channel": "chat",
            "author": "Dana@Whitfield.example",
            "text": CHAT,
            "to_us": True,
        },
    )
    firm.tell(
        "messages",
        {
            "message_id": "twitter:1",
            "at": before(minutes=4),
            "channel": "twitter",
            "author": "@DanaW",
            "audience": 6214,
            "text": POST,
        },
    )
    taken = firm.until(lambda now: {row["message_id"] for row in now[:2]} == {"chat:1", "twitter:1"})
    print(f"\nfrom the last message to the top of Now: {taken:.1f} s")
    top = firm.now()[:2]
    assert {row["customer_id"] for row in top} == {"dana"}, "one person across order, chat and post"
    reasons = [reason for row in top for reason in row["reasons"]]
    account = [reason for reason in reasons if "Northwind" in reason["what"]]
    assert account and account[0]["evidence"] == "assumed", "counted because a person entered her role"
    strangers = [reason for reason in reasons if "6,214" in reason["what"]]
    assert strangers and all(reason["amount"] is None for reason in strangers), "strangers stand apart"

    answered = [
        {"action_id": f"a{number}", "message_id": message, "customer_id": "dana", "at": before(seconds=1), **what}
        for number, (message, what) in enumerate(
            {
                "chat:1": {"kind": "refund", "cost": "24.95", "staff": "Gareth"},
                "twitter:1": {"kind": "reply", "minutes": 12, "staff": "Gareth"},
            }.items()
        )
    ]
    firm.tell("actions", *answered)
    firm.until(lambda now: not {row["message_id"] for row in now} & {"chat:1", "twitter:1"})
    kept = firm.ask("/api/v1/customers/dana")
    assert kept["worth"] is not None


def test_the_same_trouble_gets_the_same_promise_whoever_it_is(firm: Firm) -> None:
    """One has an audience of 9,000; one has none; one does not wish to be valued. All three are owed the same."""
    text = "I paid for the extended guide yesterday and the download does not open. I cannot use what I bought."
    said = before(minutes=30)
    firm.tell("terms", {"customer_id": "n022", "at": before(days=5), "purposes": ["answer me"]})
    firm.tell(
        "messages",
        *(
            {
                "message_id": f"same:{who}",
                "at": said,
                "channel": "email",
                "author": f"{who}@neighbours.example",
                "audience": audience,
                "text": text,
                "to_us": True,
            }
            for who, audience in (("n020", 9000), ("n021", 1), ("n022", 1))
        ),
    )
    wanted = {"same:n020", "same:n021", "same:n022"}
    firm.until(lambda now: wanted <= {row["message_id"] for row in now})
    rows = {row["message_id"]: row for row in firm.now() if row["message_id"] in wanted}
    assert len({row["due"] for row in rows.values()}) == 1, "the same promise"
    assert len({row["group"] for row in rows.values()}) == 1, "worth moves nobody into another group"
    assert rows["same:n022"]["stake"] is None, "not valued against their terms"
    order = [row["message_id"] for row in firm.now() if row["message_id"] in wanted]
    assert order.index("same:n022") <= order.index("same:n021") or rows["same:n021"]["stake"], "no longer for it"
    assert firm.ask("/api/v1/customers/n022")["worth"] is None
