"""The customer's own data: they come in by a mailed link, see, put right, object, are valued no more, take it along and
are erased; told on the running service, over HTTP, with a real mail server."""

from __future__ import annotations

import http.cookiejar
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from email import message_from_bytes
from typing import TYPE_CHECKING, Any

import pytest

from patience import LONG, until
from servers import letters
from stories.served import Firm, before

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow
SETTINGS = '[firm]\nname = "Hedgerow Computing"\ncurrency = "EUR"\nmargin = 0.3\n'


class Letterbox:
    def __init__(self) -> None:
        self.port = 0
        self.letters: list[tuple[str, str]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        text = message_from_bytes(envelope.content).get_payload(decode=True)
        self.letters.append((envelope.rcpt_tos[0], bytes(text).decode()))
        return "250 OK"


class Browser:
    """A customer's browser, without scripts: it keeps cookies, follows redirects and fills in forms."""

    def __init__(self, address: str) -> None:
        self.address, self.page = address, ""
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def go(self, path: str) -> str:
        with self.opener.open(self.address + path, timeout=LONG) as answer:
            self.page = answer.read().decode("utf-8", "replace")
        return self.page

    def send(self, path: str, **fields: str | list[str]) -> str:
        """A form of the page that is open."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.page)
        assert token, self.page
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], **fields}, doseq=True).encode()
        request = urllib.request.Request(self.address + path, body, {"Referer": self.address + path})
        with self.opener.open(request, timeout=LONG) as answer:
            self.page = answer.read().decode()
        return self.page


@pytest.fixture
def post() -> Iterator[Letterbox]:
    box = Letterbox()
    with letters.taken_by(box) as box.port:
        yield box


@pytest.fixture
def firm(tmp_path: Path, post: Letterbox) -> Iterator[Firm]:
    mail = {"GOODWILL_SMTP_URL": f"smtp://127.0.0.1:{post.port}", "GOODWILL_MAIL_FROM": "door@hedgerow.example"}
    running = Firm(tmp_path / "home", SETTINGS, **mail)
    try:
        yield running
    finally:
        running.stop()


def shop(firm: Firm) -> None:
    """Mara, who gives in many ways, and twenty ordinary neighbours."""
    names = [f"n{number:02}" for number in range(20)]
    firm.tell(
        "people",
        {"customer_id": "mara", "name": "Mara Quist", "email": "mara@quist.example"},
        *({"customer_id": name, "name": f"Neighbour {name}", "email": f"{name}@mail.example"} for name in names),
    )
    firm.tell(
        "purchases",
        *(
            {
                "purchase_id": f"p-{who}-{n}",
                "customer_id": who,
                "at": before(days=40 * n + place + 3),
                "amount": "60.00",
            }
            for place, who in enumerate(["mara", *names])
            for n in range(2 + place % 4)
        ),
    )
    firm.tell(
        "messages",
        {"message_id": "chat:mara", "at": before(minutes=4), "channel": "chat", "customer_id": "mara", "to_us": True,
         "text": "The fan is broken and nobody answers. I am very angry."},
        {"message_id": "chat:n01", "at": before(minutes=3), "channel": "chat", "customer_id": "n01", "to_us": True,
         "text": "My order is broken, I want my money back."},
    )  # fmt: skip
    firm.tell("referrals", {"referral_id": "r1", "referrer_id": "mara", "referred_id": "n03", "at": before(days=90),
                            "converted_at": before(days=80)})  # fmt: skip


def test_they_see_it_say_no_and_are_forgotten(firm: Firm, post: Letterbox) -> None:
    shop(firm)
    firm.until(lambda now: {"chat:mara", "chat:n01"} <= {row["message_id"] for row in now})
    firm.command("revalue")
    assert firm.ask("/api/v1/customers/mara")["worth"] is not None

    # In by a mailed link; for an address that nobody has the page says the same, and no letter goes out.
    browser = Browser(f"http://127.0.0.1:{firm.port}")
    assert "See what we hold about you" in browser.go("/door")
    said = browser.send("/door/link", email="stranger@mail.example").replace("stranger@mail.example", "…")
    browser.go("/door")
    assert browser.send("/door/link", email="mara@quist.example").replace("mara@quist.example", "…") == said
    until(lambda: post.letters, "a letter")
    assert [to for to, _ in post.letters] == ["mara@quist.example"]
    way_in = re.search(r"(/door/enter/\S+)", post.letters[0][1])
    assert way_in
    browser.go(way_in[1])
    assert "Everything we hold about you, Mara Quist" in browser.send(way_in[1])

    # They see what is held and what follows from it; others are counted.
    held = browser.go("/door/held")
    assert "The fan is broken" in held and "You were unhappy" in held and "p-mara-0" in held
    given = browser.go("/door/given")
    assert "You brought others" in given and "best guess for the twelve months" in given and "Neighbour" not in given

    # What they meant counts at once; so does a name.
    browser.go("/door/held")
    browser.send("/door/held/dispute", message="chat:mara", mood="neutral", intents_shown="1", intents="question")
    read = firm.ask("/api/v1/messages/chat:mara")["reading"]
    assert (read["mood"], read["intents"]) == ("neutral", ["question"])
    browser.send("/door/held/correct", name="Mara Quist-Bell")
    assert firm.ask("/api/v1/customers/mara")["name"] == "Mara Quist-Bell"

    # One click, and nobody reckons their worth; they are answered as before.
    browser.go("/door/allowed")
    browser.send("/door/allowed", object="1")
    assert firm.ask("/api/v1/customers/mara")["worth"] is None
    assert "your terms say no to it" in browser.go("/door/given")
    mine = next(row for row in firm.now() if row["message_id"] == "chat:mara")
    assert mine["stake"] is None and mine["due"] is not None
    firm.command("revalue")
    assert firm.ask("/api/v1/customers/mara")["worth"] is None
    assert "mara" not in [row["customer_id"] for row in firm.ask("/api/v1/worth?limit=100")["items"]]

    # They take it all along; and are forgotten, with a receipt.
    taken = json.loads(browser.go("/door/take/json"))
    assert any(
        row["text"].startswith("The fan")
        for part in taken["parts"]
        if part["name"] == "messages"
        for row in part["rows"]
    )
    browser.go("/door/leaving")
    gone = browser.send("/door/erase", word="erase")
    receipt = re.search(r'href="(/door/receipt/[^"]+)"', gone)
    assert receipt and "We forget you" in gone
    with pytest.raises(urllib.error.HTTPError) as refused:
        firm.ask("/api/v1/customers/mara")
    assert refused.value.code == 410
    refused.value.close()
    assert "See what we hold about you" in browser.go("/door")
    until(lambda: "you are erased" in browser.go(receipt[1]).lower(), "the erasure")
    assert "chat:mara" not in [row["message_id"] for row in firm.now()]
    assert [row["message_id"] for row in firm.now()] == ["chat:n01"]
    browser.go("/door")
    before_ = len(post.letters)
    browser.send("/door/link", email="mara@quist.example")
    time.sleep(3)  # nothing comes: no wait makes a letter of it that should not be
    assert len(post.letters) == before_
