"""The wrong review, on the running service: the facts stand beside it, it is answered in public, its change is seen."""

from __future__ import annotations

import re
from contextlib import closing
from html import unescape
from typing import TYPE_CHECKING

import pytest

from stories.served import Firm, before
from stories.shop import SETTINGS, Shop, with_neighbours
from stories.test_the_wrong_review import with_max

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    place = tmp_path_factory.mktemp("review")
    firm = Firm(place / "home", SETTINGS)
    try:
        firm.tell_all(with_max(with_neighbours(Shop(place))))
        firm.command("revalue")
        yield firm
    finally:
        firm.stop()


def case(anna: httpx.Client) -> str:
    """The words of the page of his review."""
    page = anna.get("/case", params={"message": "review"})
    assert page.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def test_the_facts_stand_beside_it_and_its_change_is_seen_after_the_answer(firm: Firm) -> None:
    said = firm.ask("/api/v1/messages/review")
    assert (said["customer_id"], said["rating"], said["reading"]["mood"]) == ("max", 1.0, "negative")
    worth = firm.ask("/api/v1/customers/max")["worth"]
    assert any(row["message_id"] == "review" for row in firm.now()), "it waits for an answer"
    with closing(firm.colleague()) as anna:
        told = case(anna)
        assert "Our records say otherwise" in told
        assert re.search(r"They say “[^”]*five weeks[^”]*”\. Our records: delivered 3 days after the order", told)
        assert "events e7 , purchases 8812" in told and "answered on" in told
        assert "Others can read it: answer where it stands." in told
        assert "since then" not in told
        mail = anna.get("/case", params={"message": "mail"}).text
        assert "Our records say otherwise" not in mail, "a question states nothing"

        form = anna.get("/case", params={"message": "review", "act": "answer"}).text
        secret = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
        assert secret is not None
        given = {"csrfmiddlewaretoken": secret[1], "message_id": "review", "next": "/"}
        answer = "Dear Max, order 8812 was delivered after three days, and we answered your mail that evening."
        assert anna.post("/deeds/answer", data={**given, "text": answer}).status_code == 200
        firm.until(lambda now: all(row["message_id"] != "review" for row in now))

        firm.tell(
            "messages",
            {"message_id": "again", "at": before(seconds=-2), "channel": "review", "author": "maxo",
             "customer_id": "max", "rating": 4, "in_reply_to": "review", "to_us": False,
             "text": "They looked it up, it was three days. Fair enough."},
        )  # fmt: skip
        firm.until(lambda now: firm.ask("/api/v1/messages?customer_id=max")["items"][0]["message_id"] == "again")
        assert re.search(r"Answered (?:just now|\S+ \w+ ago|now)?.*since then 4 of 5 stars", case(anna))
    firm.command("revalue")
    assert firm.ask("/api/v1/customers/max")["worth"] >= worth * 0.999, "it costs the reviewer nothing"
