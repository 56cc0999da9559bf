"""One customer's account through time."""

from __future__ import annotations

from decimal import Decimal

import pytest

from goodwill.errors import BooksError
from goodwill.value import account, value


def test_happened_and_expected_stand_apart_and_the_balance_is_the_worth(town, crowd) -> None:
    made = town({"firm": {"margin": 0.5}})
    crowd(made, [f"c{number:02}" for number in range(80)])
    made.bought("ann", 500, 300, amount=40.0).bought("ann", 200, amount=60.0, margin=12.0)
    made.bought("ann", 190, amount=-10.0, kind="return")
    made.bought("new", 100).referred("ann", "new", 100, reward_cost=5.0)
    valued = value(made.facts, made.readings, as_of=made.as_of)
    lines = account(made.facts, valued, "ann").to_pylist()
    told = [(line["what"], line["happened"]) for line in lines if not line["counts"]]
    assert told == [
        ("opening", None),
        ("purchase", Decimal("20.00")),
        ("purchase", Decimal("12.00")),
        ("return", Decimal("-5.00")),
        ("reward", Decimal("-5.00")),
    ]
    assert lines[0]["expected"] > 0
    worth = {row["customer_id"]: row["worth"] for row in valued.worth.to_pylist()}
    assert lines[-1]["balance"] == worth["ann"]
    assert "new" not in str([line["who"] for line in lines])


def test_who_came_lately_has_no_opening(town) -> None:
    made = town().bought("ann", 30)
    valued = value(made.facts, made.readings, as_of=made.as_of)
    assert account(made.facts, valued, "ann").to_pylist()[0]["what"] == "purchase"


def test_the_pool_has_its_lines_and_nobody_else_has(town, crowd) -> None:
    made = town()
    crowd(made, [f"c{number:02}" for number in range(80)])
    made.add("terms", customer_id="c01", days=3, refused=["value me"])
    valued = value(made.facts, made.readings, as_of=made.as_of)
    assert account(made.facts, valued, "pool").num_rows > 0
    with pytest.raises(BooksError, match="c01"):
        account(made.facts, valued, "c01")
