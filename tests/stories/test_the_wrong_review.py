"""A one-star review states something false: shown with the facts, answered in public, its later change seen."""

from __future__ import annotations

import html
import re

import pytest

from goodwill import pipeline
from stories.shop import NOW, Outcome, Shop, ago

REVIEW = "One star. Ordered a mouse, it took five weeks to arrive, and nobody ever answered my e-mail. Ugly too."


@pytest.fixture
def max_o(shop: Shop) -> Shop:
    return with_max(shop)


def with_max(shop: Shop) -> Shop:
    """Adds a buyer whose parcel came after three days, and his review."""
    shop.add("people", customer_id="max", name="Max Okonjo", email="max@okonjo.example")
    shop.add("purchases", purchase_id="8812", customer_id="max", at=ago(days=13), amount="29.90")
    shop.add(
        "events",
        event_id="e7",
        customer_id="max",
        at=ago(days=10),
        kind="use",
        ok="true",
        detail="order 8812 delivered",
    )
    shop.add(
        "messages", message_id="mail", at=ago(days=12), channel="email", author="max@okonjo.example",
        text="When will order 8812 come?", to_us="true",
    )  # fmt: skip
    shop.add(
        "actions", action_id="answer", message_id="mail", customer_id="max", at=ago(days=11, hours=20), kind="reply",
        minutes=5, staff="Gareth",
    )  # fmt: skip
    shop.add(
        "messages", message_id="review", at=ago(days=2), channel="review", author="maxo", customer_id="max",
        rating=1, audience=300, text=REVIEW, to_us="false",
    )  # fmt: skip
    return shop


def section(outcome: Outcome) -> str:
    found = re.search(r'<section id="claims".*?</section>', outcome.report, re.DOTALL)
    assert found
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", found[0])).split())


def test_it_is_shown_with_the_facts_beside_it(max_o: Shop) -> None:
    told = section(max_o.run())
    assert "2 statements of the past 90 days that our records contradict, 2 of them in public" in told
    assert "took five weeks" in told and "Ordered a mouse" not in told  # what he states; his words need his yes
    assert "Delivered 3 days after the order, on 22 October 2026." in told
    assert "events e7, purchases 8812" in told
    assert "Answered on 20 October 2026." in told
    assert "Max Okonjo" in told and "1 of 5 stars" in told and "Not answered yet" in told


def test_an_opinion_and_a_true_review_are_left_alone(max_o: Shop) -> None:
    max_o.tables["messages"][-1]["text"] = "One star. It took three days to arrive. Ugly, overpriced, never again!"
    assert "Nothing that was said in the past 90 days is contradicted" in section(max_o.run())


def test_without_the_fact_nothing_is_claimed(max_o: Shop) -> None:
    del max_o.tables["events"], max_o.tables["actions"]
    assert "Nothing that was said in the past 90 days is contradicted" in section(max_o.run())


def test_after_the_public_answer_its_later_change_is_seen(max_o: Shop) -> None:
    max_o.add(
        "actions", action_id="public", message_id="review", customer_id="max", at=ago(days=1, hours=12), kind="reply",
        channel="review", minutes=6, staff="Gareth",
    )  # fmt: skip
    max_o.add(
        "messages", message_id="again", at=ago(days=1), channel="review", author="maxo", customer_id="max", rating=4,
        in_reply_to="review", text="They looked it up, it was three days. Fair enough.", to_us="false",
    )  # fmt: skip
    told = section(max_o.run())
    assert "Answered on 30 October 2026; since then 4 of 5 stars" in told


def test_it_costs_the_reviewer_nothing_and_the_table_says_it_all(max_o: Shop) -> None:
    with_review = max_o.run().worth["max"]
    rows = pipeline.run(max_o.folder, as_of=NOW).correctable.to_pylist()
    assert [(row["message_id"], row["claim"], row["public"]) for row in rows] == [
        ("review", "delivery time", True),
        ("review", "no answer", True),
    ]
    assert rows[0]["fact_ids"] == ["events:e7", "purchases:8812"]
    max_o.tables["messages"].pop()
    without = max_o.run().worth["max"]
    assert with_review["worth"] >= without["worth"]
