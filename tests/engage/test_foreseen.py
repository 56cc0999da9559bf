"""Whom to help before they ask."""

from __future__ import annotations

import pytest

from engage.small_firm import NOON, SmallFirm
from goodwill import engage
from goodwill.errors import InputError


def _fails(firm: SmallFirm, who: str, hours: float, **row: object) -> None:
    number = len(firm.rows.get("events", []))
    firm.add("events", hours, **{"event_id": f"e{number}", "customer_id": who, "kind": "failure"} | row)


def _who(firm: SmallFirm) -> list[str]:
    return list(engage.failed_without_a_word(firm.facts, as_of=NOON)["customer_id"].to_pylist())


def test_dana_can_be_helped_before_she_rants(firm: SmallFirm) -> None:
    firm.add("purchases", 6, purchase_id="p", customer_id="dana", amount=24.95)
    _fails(firm, "other", 9)
    _fails(firm, "dana", 5, detail="download failed at 80 %")
    _fails(firm, "dana", 4, detail="download failed again", kind="use", ok=False)
    rows = engage.failed_without_a_word(firm.facts, as_of=NOON).to_pylist()
    assert [row["customer_id"] for row in rows] == ["dana", "other"]
    assert rows[0]["detail"] == "download failed again" and rows[0]["hours"] == 4.0
    assert rows[0]["bought_at"] is not None and rows[1]["bought_at"] is None


def test_who_spoke_was_helped_or_succeeded_since_is_not_there(firm: SmallFirm) -> None:
    for who in ("spoke", "helped", "succeeded", "spoke before", "old", "later"):
        _fails(firm, who, {"old": 80, "later": -1}.get(who, 10))
    _fails(firm, "nobody", 10, customer_id=None)
    firm.say("m", 5, "It failed", customer_id="spoke")
    firm.add("actions", 5, action_id="a", customer_id="helped", kind="fix")
    _fails(firm, "succeeded", 5, kind="use", ok=True)
    firm.say("n", 15, "Hello", customer_id="spoke before")
    assert _who(firm) == ["spoke before"]


def test_none_at_all_and_no_zone(firm: SmallFirm) -> None:
    assert engage.failed_without_a_word(firm.facts, as_of=NOON).num_rows == 0
    with pytest.raises(InputError, match="names no time zone"):
        engage.failed_without_a_word(firm.facts, as_of=NOON.replace(tzinfo=None))
