"""A download fee earns a little and angers many: one row says what it earns, costs, and whose decision it is."""

from __future__ import annotations

import re
from html import unescape

import pytest

from stories.shop import Outcome, Shop, ago


@pytest.fixture
def fee(shop: Shop) -> Shop:
    return with_fee(shop)


def with_fee(shop: Shop) -> Shop:
    """Forty complaints about it, each answered."""
    shop.add(
        "causes",
        cause_id="fee",
        name="the download fee",
        kind="practice",
        owner="Head of sales",
        earns="150",
        topics="download fee",
        since=ago(days=300),
    )
    for number in range(40):
        shop.add(
            "messages",
            message_id=f"fee{number}",
            at=ago(days=3 + 2 * number),
            channel="email",
            author=f"n{number + 50:03}@neighbours.example",
            text="I am furious: you charge a download fee of $25.95 for what I already bought. This is a rip-off.",
            to_us="true",
        )
        shop.add(
            "actions",
            action_id=f"feea{number}",
            message_id=f"fee{number}",
            customer_id=f"n{number + 50:03}",
            at=ago(days=3 + 2 * number, hours=-3),
            kind="reply",
            minutes=15,
            cause_id="fee",
        )
    return shop


def words(outcome: Outcome) -> str:
    return re.sub(
        r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", re.sub(r"<style.*?</style>", "", outcome.report, flags=re.S)))
    )


def test_one_row_says_what_it_earns_what_it_costs_and_whose_decision_it_is(fee: Shop) -> None:
    said = words(fee.run())
    row = said[said.index("The download fee practice") :][:600]
    assert "Head of sales" in said
    assert "150" in row
    assert "40" in row, "how many people"


def test_the_bill_is_a_range_on_the_cause_beside_the_sums(fee: Shop) -> None:
    outcome = fee.run()
    bill = [line for line in outcome.ledger if line["customer_id"] == "cause:fee"]
    assert bill
    assert all(line["low"] <= line["amount"] <= line["high"] for line in bill)
    assert sum(line["amount"] for line in bill) < 0, "a cause's account is debited"
    assert "cause:fee" not in outcome.worth


def test_those_who_complained_are_worth_no_less_for_it(fee: Shop) -> None:
    complained = fee.run()
    fee.tables["messages"] = [row for row in fee.tables["messages"] if not row["message_id"].startswith("fee")]
    del fee.tables["actions"]
    (fee.folder / "actions.csv").unlink()
    silent = fee.run()
    for who in (f"n{number + 50:03}" for number in range(40)):
        for figure in ("follows", "worth"):
            assert complained.worth[who][figure] >= silent.worth[who][figure], who
