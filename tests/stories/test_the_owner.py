"""A customer refers friends, suggests ideas, tests, answers others, and helps to choose front-line staff."""

from __future__ import annotations

from statistics import median

import pytest

from stories.shop import Shop, ago


@pytest.fixture
def olga(shop: Shop) -> Shop:
    return with_olga(shop)


def with_olga(shop: Shop) -> Shop:
    """Adds a customer who brings friends, answers others, has ideas, tests and helps to choose staff."""
    shop.add("people", customer_id="olga", name="Olga Brandt", email="olga@brandt.example", forum="olga_b")
    for number in range(5):
        shop.add(
            "purchases", purchase_id=f"olga{number}", customer_id="olga", at=ago(days=20 + 70 * number), amount="85"
        )
    for number in range(8):  # friends, who say themselves that they would not have come
        friend = f"friend{number}"
        shop.add("people", customer_id=friend, name=f"Friend {number}", email=f"{friend}@friends.example")
        shop.add(
            "referrals",
            referral_id=f"r{number}",
            referrer_id="olga",
            referred_id=friend,
            at=ago(days=200 + number),
            converted_at=ago(days=195 + number),
            would_have_come="0.1",
            reward_cost="5",
        )
        for times in range(5):
            shop.add(
                "purchases",
                purchase_id=f"{friend}-{times}",
                customer_id=friend,
                at=ago(days=190 - 40 * times + number),
                amount="95",
            )
    for number in range(10):
        shop.add(
            "messages",
            message_id=f"question{number}",
            at=ago(days=100 - number),
            channel="forum",
            author=f"n{number + 30:03}@neighbours.example",
            text="Does the X570 board start with the new chips without an update?",
            thread=f"t{number}",
        )
        shop.add(
            "messages",
            message_id=f"answer{number}",
            at=ago(days=100 - number, hours=-2),
            channel="forum",
            author="olga_b",
            text="Yes. Put the file on a stick, press the flash button for three seconds, and it will start.",
            in_reply_to=f"question{number}",
            thread=f"t{number}",
            accepted="true",
            audience=400,
            helpful_votes=12,
        )
        shop.add(
            "messages",
            message_id=f"thanks{number}",
            at=ago(days=100 - number, hours=-5),
            channel="forum",
            author=f"n{number + 30:03}@neighbours.example",
            text="That worked, thank you so much!",
            in_reply_to=f"answer{number}",
            thread=f"t{number}",
        )
    shop.add(
        "contributions",
        contribution_id="k1",
        customer_id="olga",
        at=ago(days=150),
        kind="idea",
        text="Show which memory fits which board.",
        state="shipped",
        value="800",
        value_low="400",
        value_high="1500",
    )
    shop.add("contributions", contribution_id="k2", customer_id="olga", at=ago(days=90), kind="test", state="shipped")
    shop.add("contributions", contribution_id="k3", customer_id="olga", at=ago(days=60), kind="staff choice")
    shop.add("responses", response_id="s1", customer_id="olga", at=ago(days=50), score=10)
    return shop


def test_her_standing_is_owner(olga: Shop) -> None:
    outcome = olga.run()
    assert outcome.worth["olga"]["standing"] == "owner"
    assert outcome.worth["n199"]["standing"] != "owner"


def test_what_follows_is_many_times_the_median_and_has_four_parts(olga: Shop) -> None:
    outcome = olga.run()
    hers = outcome.worth["olga"]
    middle = median(row["follows"] for row in outcome.worth.values())
    assert hers["follows"] > 10 * middle
    assert all(hers[part] > 0 for part in ("spend", "referral", "influence", "knowledge"))
    assert hers["referral"] > hers["spend"]


def test_every_part_is_itemised_and_marked(olga: Shop) -> None:
    outcome = olga.run()
    lines = [line for line in outcome.ledger if line["customer_id"] == "olga"]
    kinds = {line["kind"] for line in lines}
    assert {"spend", "referral", "influence", "answer", "idea"} <= kinds
    for line in lines:
        assert line["evidence"] and set(line["evidence"]) <= {"measured", "estimated", "assumed"}, line
        assert line["rule"], line
        if line["low"] is not None:
            assert line["low"] <= line["amount"] <= line["high"], line
    idea = next(line for line in lines if line["kind"] == "idea")
    assert (idea["low"], idea["high"]) != (idea["amount"], idea["amount"]), "an idea's value has a range"


def test_nothing_is_counted_twice(olga: Shop) -> None:
    outcome = olga.run()
    friend = outcome.worth["friend0"]
    assert friend["passed_on"] < 0, "what is booked to the one who brought them is booked off here"
    assert friend["worth"] < friend["follows"]
