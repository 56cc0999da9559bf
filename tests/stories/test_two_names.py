"""Two names: the same woman writes from two addresses. That she is one is a hint and moves no sum, until a colleague
confirms it; she says at her door that it is not her, and all is as it was. Told on the running service, over HTTP, with
a real mail server."""

from __future__ import annotations

import random
import re
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from stories.served import Firm, before
from stories.test_my_own_data import SETTINGS, Browser, Letterbox, post, until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

__all__ = ["post"]

pytestmark = pytest.mark.slow
GIVEN = ("Anna", "Bruno", "Carla", "Dario", "Elena", "Fabio", "Greta", "Hugo", "Ines", "Jonas", "Kira", "Luca", "Mara")
FAMILY = (
    "Meyer",
    "Keller",
    "Frei",
    "Graf",
    "Huber",
    "Kunz",
    "Lang",
    "Moser",
    "Roth",
    "Suter",
    "Vogel",
    "Wirth",
    "Egli",
)
SHOP, MAIL = "shop-wilma", "mail-wilma"
PHONE = "+41446681800"


@pytest.fixture
def firm(tmp_path: Path, post: Letterbox) -> Iterator[Firm]:
    mail = {"GOODWILL_SMTP_URL": f"smtp://127.0.0.1:{post.port}", "GOODWILL_MAIL_FROM": "door@hedgerow.example"}
    running = Firm(tmp_path / "home", SETTINGS, **mail)
    yield running
    running.stop()


@pytest.fixture
def anna(firm: Firm) -> Iterator[httpx.Client]:
    with closing(firm.colleague()) as browser:
        yield browser


def town(firm: Firm) -> None:
    """Three hundred neighbours, some of whom wrote to the shop from elsewhere too; and Wilma, under two addresses."""
    chance = random.Random(20261122)
    people: list[dict[str, Any]] = []
    handles: list[dict[str, Any]] = []
    purchases: list[dict[str, Any]] = []
    for number in range(300):
        one, name = f"shop-{number:03d}", f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}"
        email, phone = f"{name.lower().replace(' ', '.')}{number}@mail.example", f"+4179{chance.randrange(10**7):07d}"
        people.append({"customer_id": one, "name": name, "email": email})
        handles.append({"customer_id": one, "kind": "phone", "value": phone})
        if number % 6 == 0:
            people.append({"customer_id": f"chat-{number:03d}", "name": name})
            other = email.replace(".example", ".exampel") if number % 12 else f"{name[0].lower()}{number}@post.example"
            handles += [
                {"customer_id": f"chat-{number:03d}", "kind": kind, "value": value, "confidence": 0.5}
                for kind, value in (("email", other), ("phone", phone))
            ]
        for order in range(number % 4):
            at = before(days=30 * order + number % 29 + 2)
            purchases.append(
                {"purchase_id": f"o-{number}-{order}", "customer_id": one, "at": at, "amount": f"{20 + number % 50}.00"}
            )
    people += [
        {"customer_id": SHOP, "name": "Wilma Kestenholz", "email": "wilma@kestenholz.example"},
        {"customer_id": MAIL, "name": "Wilma Kestenholz", "email": "w.kestenholz@post.example"},
    ]
    handles += [
        {"customer_id": SHOP, "kind": "phone", "value": PHONE, "verified": True},
        {"customer_id": MAIL, "kind": "phone", "value": PHONE, "confidence": 0.5},
    ]
    for number, (who, days) in enumerate(((SHOP, 200), (SHOP, 120), (SHOP, 40), (MAIL, 150), (MAIL, 20))):
        purchases.append({"purchase_id": f"w-{number}", "customer_id": who, "at": before(days=days), "amount": "80.00"})
    firm.tell("people", *people)
    firm.tell("handles", *handles)
    firm.tell("purchases", *purchases)
    firm.tell(
        "messages",
        *(
            {"message_id": f"mail:{who}", "at": before(minutes=9), "channel": "email", "author": email, "to_us": True,
             "text": "My parcel is broken and nobody answers. I want my money back."}
            for who, email in ((SHOP, "wilma@kestenholz.example"), (MAIL, "w.kestenholz@post.example"))
        ),
    )  # fmt: skip


def press(browser: httpx.Client, page: str, path: str, **fields: str) -> str:
    """Sends a form of the page, and gives the page that follows."""
    secret = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get(page).text)
    assert secret is not None
    return browser.post(path, data={"csrfmiddlewaretoken": secret[1], **fields}).text


def sums(firm: Firm) -> dict[str, Any]:
    """Both accounts by id, the person who holds each, and whose message stands in Now for whom."""
    asked = {who: firm.ask(f"/api/v1/customers/{who}") for who in (SHOP, MAIL)}
    now = {row["message_id"]: (row["customer_id"], row["stake"]) for row in firm.now()}
    return {
        "person": {who: found["customer_id"] for who, found in asked.items()},
        "worth": {who: float(found["worth"]) for who, found in asked.items()},
        "ledger": {who: len(found["purchases"]) for who, found in asked.items()},
        "now": {message: whose for message, whose in now.items() if "wilma" in message},
    }


def valued(firm: Firm) -> dict[str, Any]:
    firm.command("revalue")
    return sums(firm)


def test_she_is_one_when_somebody_makes_sure_and_two_when_she_says_so(
    firm: Firm, post: Letterbox, anna: httpx.Client
) -> None:
    town(firm)
    firm.until(lambda now: {f"mail:{SHOP}", f"mail:{MAIL}"} <= {row["message_id"] for row in now})
    start = valued(firm)
    assert start["person"] == {SHOP: SHOP, MAIL: MAIL}
    # The search of the night proposes her, with its reasons; it is a hint, and no sum moves.
    press(anna, "/jobs", "/jobs/act", act="run", name="probable links")
    found = until(lambda: re.search(r'data-row="(\d+)"', anna.get("/links?q=kestenholz").text), "a hint")
    page = anna.get(f"/links/{found[1]}").text
    assert "Are they one person?" in page and "probable, not proven" in page
    assert "Name" in page and "Phone" in page and "1 in " in page
    assert "1 probable link" in anna.get(f"/customers/{MAIL}").text
    assert sums(firm) == start
    again = valued(firm)
    assert again["person"] == start["person"]
    assert again["worth"] == pytest.approx(start["worth"], rel=1e-3)

    # A colleague has her on the phone, and confirms: one person, one account, both messages hers.
    said = press(
        anna, f"/links/{found[1]}", f"/links/{found[1]}/decide", act="confirm", why="She said so on the phone."
    )
    assert "One person from now on." in said
    one = valued(firm)
    assert set(one["person"].values()) == {MAIL}
    assert one["worth"][SHOP] == one["worth"][MAIL]
    assert one["worth"][MAIL] > max(start["worth"].values())
    assert {whose for whose, _ in one["now"].values()} == {MAIL}
    assert one["ledger"] == {SHOP: 5, MAIL: 5}
    everybody = [row["customer_id"] for row in firm.ask("/api/v1/worth?limit=500")["items"]]
    assert everybody.count(MAIL) == 1 and SHOP not in everybody

    # She comes to her door, and says that it is not her. It is taken apart at once, and the door closes.
    browser = Browser(f"http://127.0.0.1:{firm.port}")
    browser.go("/door")
    browser.send("/door/link", email="wilma@kestenholz.example")
    way_in = until(lambda: re.search(r"(/door/enter/\S+)", "".join(text for _, text in post.letters)), "a letter")
    browser.go(way_in[1])
    browser.send(way_in[1])
    held = browser.go("/door/held")
    assert "Held to be you" in held and "w-3" in held
    said = browser.send("/door/held/not-me", link=found[1])
    assert "We took it apart at once" in said and "See what we hold about you" in browser.go("/door/held")

    # All is as it was; the firm sees who said so, and nobody is asked again.
    end = valued(firm)
    assert end["person"] == start["person"] and end["ledger"] == start["ledger"]
    assert end["worth"] == pytest.approx(start["worth"], rel=1e-3)
    assert {message: whose for message, (whose, _) in end["now"].items()} == {
        message: whose for message, (whose, _) in start["now"].items()
    }
    assert "not the same" in anna.get("/links?state=rejected&q=kestenholz").text
    assert "the customer" in anna.get(f"/customers/{SHOP}?tab=who").text
    press(anna, "/jobs", "/jobs/act", act="run", name="probable links")
    until(lambda: "probable links" in anna.get("/jobs").text, "the job")
    assert "Wilma" not in anna.get("/links?q=kestenholz").text
