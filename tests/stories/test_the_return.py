"""A motherboard's return is handled superbly; he thanks by e-mail, Twitter and Facebook, and writes a blog post."""

from __future__ import annotations

import pytest

from stories.shop import Shop, ago

PRAISE = {
    "email": "Thank you so much, Gareth! My new motherboard arrived today. The service was exemplary, I am very happy.",
    "twitter": "Great service from @hedgerow! New motherboard in four days and a kind explanation. Thank you, Gareth!",
    "facebook": "I can only recommend Hedgerow Computing. Gareth handled my return superbly. Thank you!",
    "blog": "The service was excellent. Gareth at Hedgerow Computing sent me a board within four days and explained "
    "everything. I am very happy and warmly recommend this shop to anyone who builds a PC.",
}


@pytest.fixture
def tom(shop: Shop) -> Shop:
    return with_tom(shop)


def with_tom(shop: Shop) -> Shop:
    """What he bought, said and was thanked for."""
    shop.add(
        "people",
        customer_id="tom",
        name="Tom Ashdown",
        email="tom@ashdown.example",
        twitter="tomashdown",
        facebook="tom.ashdown",
    )
    shop.add("handles", customer_id="tom", kind="account", value="rigbuilder", channel="blog", verified="true")
    shop.add("purchases", purchase_id="7718", customer_id="tom", at=ago(days=40), amount="164")
    shop.add("purchases", purchase_id="6001", customer_id="tom", at=ago(days=200), amount="90")
    authors = {
        "email": "tom@ashdown.example",
        "twitter": "@tomashdown",
        "facebook": "tom.ashdown",
        "blog": "rigbuilder",
    }
    for channel, text in PRAISE.items():
        shop.add(
            "messages",
            message_id=f"tom-{channel}",
            at=ago(hours=30) if channel == "email" else ago(days=20),
            channel=channel,
            author=authors[channel],
            audience={"blog": 1900, "twitter": 340}.get(channel, ""),
            text=text,
            to_us="true" if channel == "email" else "false",
        )
    for number in range(14):  # fourteen neighbours thank him for the post, and buy soon after
        shop.add(
            "messages",
            message_id=f"echo{number}",
            at=ago(days=19 - number / 2),
            channel="blog",
            author=f"n{number:03}@neighbours.example",
            text="Thanks Tom, this helped me decide. I have ordered my board there too!",
            in_reply_to="tom-blog",
            thread="tom-blog",
        )
        shop.add(
            "purchases",
            purchase_id=f"echo{number}",
            customer_id=f"n{number:03}",
            at=ago(days=18 - number / 2),
            amount="160",
        )
    return shop


def test_one_person_in_four_channels(tom: Shop) -> None:
    outcome = tom.run()
    moods = {outcome.readings[f"tom-{channel}"]["mood"] for channel in PRAISE}
    assert moods == {"positive"}
    assert {outcome.readings[f"tom-{c}"]["flow"] for c in ("twitter", "facebook", "blog")} == {2}
    assert outcome.readings["tom-email"]["flow"] == 3


def test_what_follows_from_him_is_far_above_what_he_spends(tom: Shop) -> None:
    outcome = tom.run()
    his = outcome.worth["tom"]
    assert his["influence"] > his["spend"]
    assert his["follows"] > 2 * his["spend"]


def test_one_thank_you_and_the_advice_to_ask_leave_to_quote(tom: Shop) -> None:
    outcome = tom.run()
    thanks = [row for row in outcome.now if row["customer_id"] == "tom"]
    assert len(thanks) == 1, "one thank-you for three channels"
    assert any("quote" in reason["what"] for reason in thanks[0]["reasons"])


def test_the_employee_is_credited(tom: Shop) -> None:
    assert "Gareth" in tom.run().report
