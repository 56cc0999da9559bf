"""Earned growth: unknown reasons give a range, not a guess."""

from __future__ import annotations

import pytest

from engage.small_firm import NOON, SmallFirm
from goodwill.errors import ModelError, NotEnoughData
from goodwill.prove import earned_growth, growth


def test_retention_plus_earned_newcomers_less_one() -> None:
    before = {"a": 600.0, "b": 400.0}
    after = {"a": 700.0, "c": 200.0, "d": 100.0}
    found = earned_growth(before, after, {"c": "Recommended", "d": "advertised"})
    assert found.retention == pytest.approx(0.7)
    assert found.low == found.high == pytest.approx(-0.1)
    assert found.bought == pytest.approx(0.1)
    assert (found.customers_before, found.newcomers, found.newcomers_unknown) == (2, 2, 0)


def test_an_unknown_reason_widens_the_range() -> None:
    found = earned_growth([100, 0, 0], [90, 30, 10], ["x", None, "friend"])
    assert found.low == pytest.approx(0.9 + 0.1 - 1)
    assert found.high == pytest.approx(0.9 + 0.4 - 1)
    assert found.newcomers_unknown == 1


def test_a_customer_who_left_is_no_newcomer_and_arrays_and_mappings_agree() -> None:
    arrays = earned_growth([50, 50, 0], [60, 0, 20], [None, None, "referral"])
    mappings = earned_growth({"a": 50, "b": 50}, {"a": 60, "c": 20}, {"c": "referral"})
    assert arrays == mappings
    assert arrays.retention == pytest.approx(0.6)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(NotEnoughData, match="earlier period has no revenue"):
        earned_growth([0.0], [1.0], [None])
    with pytest.raises(ModelError, match="do not go together"):
        earned_growth([1.0, 2.0], [1.0], [None])
    with pytest.raises(ModelError, match="not finite"):
        earned_growth([1.0, float("nan")], [1.0, 2.0], [None, None])
    with pytest.raises(ModelError, match="reason is no mapping"):
        earned_growth({"a": 1}, {"a": 1}, ["x"])


def test_from_the_records(firm: SmallFirm) -> None:
    def buys(who: str, days: float, amount: float) -> None:
        number = len(firm.rows.get("purchases", []))
        firm.add("purchases", days * 24, purchase_id=f"p{number}", customer_id=who, amount=amount)

    buys("stays", 500, 100)
    buys("stays", 100, 80)
    buys("left", 400, 100)
    buys("brought", 90, 30)
    buys("asked", 80, 20)
    buys("unknown", 70, 10)
    buys("back again", 900, 10)
    buys("back again", 50, 500)
    firm.add("referrals", 95 * 24, referral_id="r", referrer_id="stays", referred_id="brought")
    firm.add("responses", 70 * 24, response_id="q", customer_id="asked", reason="advertised", score=9)
    found = growth(firm.facts, as_of=NOON)
    assert found is not None
    assert found.retention == pytest.approx(0.4)
    assert found.low == pytest.approx(0.4 + 0.15 - 1) and found.high == pytest.approx(0.4 + 0.2 - 1)
    assert found.bought == pytest.approx(0.1)


def test_too_short_a_past_gives_nothing(firm: SmallFirm) -> None:
    firm.add("purchases", 24 * 100, purchase_id="p", customer_id="a", amount=10)
    assert growth(firm.facts, as_of=NOON) is None
