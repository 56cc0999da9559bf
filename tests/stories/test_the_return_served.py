"""The return, on the running service: praise on four channels is one person's, counts, and is thanked for once."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from stories.served import Firm, before
from stories.shop import SETTINGS, Shop, with_neighbours
from stories.test_the_return import PRAISE, with_tom

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    place = tmp_path_factory.mktemp("return")
    firm = Firm(place / "home", SETTINGS)
    try:
        firm.tell_all(with_tom(with_neighbours(Shop(place))))
        firm.command("revalue")
        yield firm
    finally:
        firm.stop()


def test_one_person_in_four_channels_who_is_pleased(firm: Firm) -> None:
    said = {channel: firm.ask(f"/api/v1/messages/tom-{channel}") for channel in PRAISE}
    assert {one["customer_id"] for one in said.values()} == {"tom"}
    assert {one["reading"]["mood"] for one in said.values()} == {"positive"}
    assert {channel: one["reading"]["flow"] for channel, one in said.items()} == {
        "email": 3,
        "twitter": 2,
        "facebook": 2,
        "blog": 2,
    }


def test_what_follows_from_him_is_far_above_what_he_spends(firm: Firm) -> None:
    his = firm.ask("/api/v1/customers/tom")
    assert his["influence"] > his["spend"] > 0
    assert his["follows"] > 2 * his["spend"]
    statement = firm.ask("/api/v1/customers/tom/statement")
    assert abs(statement["lines"][-1]["balance"] - his["worth"]) < 0.01, "his account says the same"


def test_he_is_found_shown_thanked_once_and_then_left_in_peace(firm: Firm) -> None:
    found = firm.ask("/api/v1/customers?q=tom%20ash")["items"]
    assert [one["customer_id"] for one in found] == ["tom"]
    with closing(firm.colleague()) as anna:
        page = anna.get("/customers/tom")
        assert page.status_code == 200
        for words in ("Tom Ashdown", "rigbuilder", "tom@ashdown.example", "Gareth"):
            assert words in page.text, words
        assert "Tom Ashdown" in anna.get("/customers", params={"q": "ashd"}).text
        thanks = [row for row in firm.now() if row["customer_id"] == "tom"]
        assert len(thanks) == 1 and thanks[0]["group"] == "thank", "one thank-you for four channels"
        assert any("quote" in reason["what"] for reason in thanks[0]["reasons"]), "and the advice to ask leave"
        assert "Tom Ashdown" in anna.get("/").text
    said = thanks[0]["message_id"]
    firm.tell(
        "actions",
        {"action_id": "t1", "message_id": said, "customer_id": "tom", "at": before(seconds=1), "kind": "thank",
         "staff": "Gareth"},
    )  # fmt: skip
    firm.until(lambda now: all(row["message_id"] != said for row in now))
