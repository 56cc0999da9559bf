"""Trustpilot: reviews at an address that nobody can guess."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from pydantic import ValidationError

from goodwill.errors import NotUnderstood, NotVerified
from goodwill.listen.sources import Heard
from listen.sources.senders import accepted, place_of

WORD = "w7Fq2mXz9LpT4vKs8RnB3yHd6JcG1a"


def event(name: str = "service-review-created", **more: Any) -> dict[str, Any]:
    """A review; made up."""
    return {
        "eventName": name,
        "version": "1.0",
        "eventData": {
            "id": "5e0b1c2d3e4f5a6b7c8d9e0f",
            "language": "de",
            "stars": 1,
            "title": "Schlecht",
            "text": "Die Lieferung kam nie – größter Ärger.",
            "isVerified": False,
            "createdAt": "2026-11-22T11:40:00Z",
            "link": "https://www.trustpilot.com/reviews/5e0b1c2d3e4f5a6b7c8d9e0f",
            "referenceId": "#1001",
            "consumer": {"id": "5aa0", "name": "Anna M."},
            **more,
        },
    }


def tell(*events: dict[str, Any], word: str = WORD, headers: dict[str, str] | None = None, **secrets: Any) -> Heard:
    place = place_of("trustpilot", *secrets.get("of", (WORD,)))
    body = json.dumps({"events": list(events)}).encode()
    return accepted("trustpilot", body, headers or {}, place=place, query={"word": word} if word else {})


def test_a_review_as_the_export_has_it() -> None:
    heard = tell(event())
    [row] = heard.facts["messages"]
    assert row == row | {
        "message_id": "trustpilot:5e0b1c2d3e4f5a6b7c8d9e0f",
        "source": "trustpilot",
        "channel": "review",
        "text": "Schlecht\nDie Lieferung kam nie – größter Ärger.",
        "language": "de",
        "rating": 1,
        "url": "https://www.trustpilot.com/reviews/5e0b1c2d3e4f5a6b7c8d9e0f",
        "to_us": False,
        "customer_id": "trustpilot:consumer 5aa0",
    }
    assert heard.facts["people"] == [{"customer_id": "trustpilot:consumer 5aa0", "name": "Anna M."}]
    [handle] = heard.facts["handles"]
    assert (handle["kind"], handle["value"], handle["channel"]) == ("account", "5aa0", "trustpilot")


def test_a_link_elsewhere_is_not_followed() -> None:
    for link in ("https://evil.example/trustpilot.com/", "javascript:alert(1)", "https://trustpilot.com.evil.example/"):
        assert tell(event(link=link)).facts["messages"][0]["url"].startswith("https://www.trustpilot.com/reviews/")


def test_edits_removals_and_replies() -> None:
    heard = tell(event("service-review-updated", stars=5, text="Now it came."))
    assert not heard.facts.get("messages") and [row["rating"] for row in heard.edited["messages"]] == [5]
    assert tell(event("service-review-deleted")).removed == {"messages": ["trustpilot:5e0b1c2d3e4f5a6b7c8d9e0f"]}
    reply = {"reply": {"text": "We are sorry.", "createdAt": "2026-11-22T11:50:00Z"}}
    [row] = tell(event("service-review-reply-created", **reply)).facts["actions"]
    assert (
        row["message_id"] == "trustpilot:5e0b1c2d3e4f5a6b7c8d9e0f" and row["action_id"] == row["message_id"] + ":reply"
    )


def test_several_events_and_none() -> None:
    heard = tell(event(), event(id="6e0b1c2d3e4f5a6b7c8d9e0f"), event("trophy-won"))
    assert len(heard.facts["messages"]) == 2 and heard.said == ["trophy-won says nothing to us"]
    assert tell().said == ["it has no events"]
    assert tell(event(title="", text=None)).said == ["review 5e0b1c2d3e4f5a6b7c8d9e0f: it has no words"]


def test_a_delivery_is_told_by_what_it_says() -> None:
    assert tell(event()).once == tell(event()).once != tell(event(stars=2)).once


def test_who_does_not_know_the_word_is_not_heard() -> None:
    with pytest.raises(NotVerified, match=r"^Trustpilot: the word in the address is none of those entered here"):
        tell(event(), word=WORD[:-1] + "b")
    with pytest.raises(
        NotVerified, match=r"^Trustpilot: the address has no secret word; use the address that goodwill"
    ):
        tell(event(), word="")
    with pytest.raises(NotVerified):
        accepted("trustpilot", b"no json", {}, query={"word": "guess"})
    with pytest.raises(ValidationError, match="it is missing"):
        tell(event(), of=(" ",))
    for word in (WORD, "the word before"):
        assert tell(event(), word=word, of=(WORD, "the word before")).facts


def test_the_word_may_be_the_addresss_password() -> None:
    def basic(text: str) -> dict[str, str]:
        return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}

    assert tell(event(), word="", headers=basic(f"goodwill:{WORD}")).facts
    for headers in (basic(f"{WORD}:no"), basic(WORD), {"Authorization": "Basic é"}, {"Authorization": WORD}):
        with pytest.raises(NotVerified):
            tell(event(), word="", headers=headers)


def test_what_trustpilot_does_not_send() -> None:
    for body, why in (
        (b"{", "^Trustpilot, the body: it is no JSON"),
        (b"\xff", "^Trustpilot, the body: it is not UTF-8"),
        (b"[" * 200_000, "^Trustpilot, the body: it is nested too deeply"),
        (b"[]", "^Trustpilot, the body: it is a list, not an object"),
        (b"{}", "^Trustpilot, events: it is not there"),
        (b'{"events": {}}', "^Trustpilot, events: it is an object, not a list"),
    ):
        with pytest.raises(NotUnderstood, match=why):
            accepted("trustpilot", body, {}, place=place_of("trustpilot", WORD), query={"word": WORD})
    for wrong, why in (
        (event(stars=6), r"^Trustpilot, events\[0\].eventData.stars: 6 is not from 1 to 5"),
        (event(stars="many"), r"^Trustpilot, events\[0\].eventData.stars: it is a text, not a whole number"),
        (event(createdAt=None), r"^Trustpilot, events\[0\].eventData.createdAt: it is not there"),
        (event(id="../../x"), r"^Trustpilot, events\[0\].eventData.id: it is no id of a review"),
    ):
        with pytest.raises(NotUnderstood, match=why):
            tell(wrong)
