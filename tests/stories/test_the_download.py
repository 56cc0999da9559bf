"""A $24.95 buyer is told to pay $25.95 more, and rants to 6,000 followers; she also advises a $100M company."""

from __future__ import annotations

import pytest

from stories.shop import Outcome, Shop, ago


@pytest.fixture
def dana(shop: Shop) -> Shop:
    shop.add("people", customer_id="dana", name="Dana Whitfield", email="dana@whitfield.example", twitter="danaw")
    shop.add("people", customer_id="northwind", kind="organisation", name="Northwind Systems")
    shop.add("purchases", purchase_id="4471", customer_id="dana", at=ago(days=2), amount="24.95")
    for number in range(8):
        shop.add(
            "purchases", purchase_id=f"n{number}", customer_id="northwind", at=ago(days=30 + 60 * number), amount="9000"
        )
    shop.add(
        "events", event_id="e1", customer_id="dana", at=ago(hours=5), kind="failure", ok="false", detail="download"
    )
    shop.add(
        "messages",
        message_id="chat",
        at=ago(hours=4),
        channel="chat",
        author="Dana@Whitfield.example",
        text="I paid $24.95 and my download is broken. You ask me to pay another $25.95 to get help. Please help.",
        to_us="true",
    )
    shop.add(
        "messages",
        message_id="post",
        at=ago(hours=1),
        channel="twitter",
        author="@DanaW",
        audience=6214,
        text="Paid $24.95, download broken, and support wants ANOTHER $25.95 to help me get what I already bought. "
        "Never again. Stay away from them, tell your friends.",
    )
    shop.add(
        "causes",
        cause_id="fee",
        name="the download fee",
        kind="practice",
        owner="Head of sales",
        earns="900",
        topics="download fee",
    )
    return shop


def enter_her_role(shop: Shop) -> None:
    shop.add(
        "roles",
        customer_id="dana",
        organisation_id="northwind",
        role="adviser",
        say="0.25",
        entered_by="Anna",
        entered_at=ago(days=100),
    )


def amounts(outcome: Outcome, message: str) -> float:
    return sum(reason["amount"] for reason in outcome.reasons(message) if reason["amount"] is not None)


def test_she_is_one_person_and_at_the_top_of_now(dana: Shop) -> None:
    enter_her_role(dana)
    outcome = dana.run()
    hers = {row["message_id"]: row["rank"] for row in outcome.now if row["customer_id"] == "dana"}
    assert set(hers) == {"chat", "post"}
    assert min(hers.values()) == 1
    assert max(hers.values()) == 2
    assert outcome.readings["post"]["mood"] == "negative"
    assert outcome.readings["chat"]["mood"] == "negative"


def test_every_reason_is_itemised_and_marked(dana: Shop) -> None:
    enter_her_role(dana)
    outcome = dana.run()
    every = outcome.reasons("chat") + outcome.reasons("post")
    assert all(set(reason) == {"what", "amount", "low", "high", "evidence"} for reason in every)
    counted = [reason for reason in every if reason["amount"] is not None]
    assert counted and all(reason["evidence"] in ("measured", "estimated", "assumed") for reason in counted)
    assert all(reason["low"] <= reason["amount"] <= reason["high"] for reason in counted)
    account = [reason for reason in counted if "Northwind" in reason["what"]]
    assert account, "the account that she advises is counted, because a person entered her role"
    assert account[0]["evidence"] == "assumed"
    assert account[0]["low"] < account[0]["high"]
    strangers = [reason for reason in every if "6,214" in reason["what"]]
    assert strangers and all(reason["amount"] is None for reason in strangers), "strangers stand apart"
    for message in ("chat", "post"):
        stake = float(next(row["stake"] for row in outcome.now if row["message_id"] == message) or 0)
        assert stake == pytest.approx(amounts(outcome, message), abs=0.02)


def test_without_an_entered_role_the_account_counts_nothing(dana: Shop) -> None:
    outcome = dana.run()
    assert not [r for m in ("chat", "post") for r in outcome.reasons(m) if "Northwind" in r["what"]]
    assert min(row["rank"] for row in outcome.now if row["customer_id"] == "dana") == 1, "she paid and has no access"


def test_after_the_reply_and_the_refund_the_case_is_closed_and_the_fee_has_its_bill(dana: Shop) -> None:
    enter_her_role(dana)
    for number, message in enumerate(("chat", "post")):
        dana.add(
            "actions",
            action_id=f"a{number}",
            message_id=message,
            customer_id="dana",
            at=ago(minutes=20),
            kind="refund" if message == "chat" else "reply",
            cost="24.95" if message == "chat" else "",
            minutes=12,
            staff="Gareth",
            cause_id="fee",
        )
    outcome = dana.run()
    assert outcome.place("chat") is None and outcome.place("post") is None
    assert "The download fee" in outcome.report
    assert "Head of sales" in outcome.report


def test_complaining_costs_her_nothing(dana: Shop) -> None:
    complained = dana.run().worth["dana"]
    dana.tables["messages"] = [row for row in dana.tables["messages"] if row["message_id"] not in ("chat", "post")]
    silent = dana.run().worth["dana"]
    for figure in ("follows", "worth", "spend"):
        assert complained[figure] >= silent[figure]
