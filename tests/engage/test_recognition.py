"""Perks are for acts that anyone can do; rules for anything else are refused, with the reason."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from goodwill.engage.recognition import choose, earned, reason
from goodwill.errors import SettingsError
from goodwill.facts import TABLES
from goodwill.firm import Firm
from goodwill.lake import Facts
from goodwill.perks import act_of

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
WRITTEN = {
    "third purchase": ("purchase", 3, None),
    "3 purchases within 6 months": ("purchase", 3, 180),
    "bought 10 times in a year": ("purchase", 10, 365),
    "answered another customer": ("answer", 1, None),
    "answered 5 other customers in 90 days": ("answer", 5, 90),
    "brought a friend": ("friend", 1, None),
    "second friend": ("friend", 2, None),
    "sent an idea": ("idea", 1, None),
    "three ideas in the past year": ("idea", 3, 365),
    "a year with us": ("year", 1, None),
    "2 years with us": ("year", 2, None),
}


@pytest.mark.parametrize("words", WRITTEN)
def test_acts_are_read_as_a_firm_writes_them(words: str) -> None:
    found = act_of(words)
    assert (found.act, found.count, found.days) == WRITTEN[words]


REFUSED = [
    ("high predicted lifetime value", "'predicted': what somebody is expected to be worth is a guess about them"),
    ("worth more than 500", "'worth': what somebody is expected to be worth is a guess about them"),
    ("spent 1000 euros", "'spent': who can pay more would get more"),
    ({"act": "purchase", "amount": 100}, "'amount': who can pay more would get more"),
    ({"act": "spend", "count": 1}, "'spend': who can pay more would get more"),
    ("five-star review", "'star': praise that is paid for tells nothing"),
    ("recommended us", "'recommended': praise that is paid for tells nothing"),
    ("wrote a review", "'review': praise that is paid for tells nothing"),
    ("1000 followers", "'followers': the loud would get what the quiet do not"),
]
NOT_UNDERSTOOD = [
    ("danced", "is no act that goodwill can count; write for = "),
    ("third purchase of lions", "what does lions mean"),
    ("2 of 3 purchases", "what does it mean"),
    ({"act": "idea", "size": 2}, "an act has no 'size'"),
    (7, "7 is no act"),
    ([], "at least 1 item"),
    ({"act": "year", "days": 30}, "leave the days out"),
    ({"act": "idea", "count": 0}, "greater than or equal to 1"),
]


@pytest.mark.parametrize(("wanted", "why"), [*REFUSED, *NOT_UNDERSTOOD])
def test_other_rules_are_refused_with_the_reason(wanted: Any, why: str) -> None:
    with pytest.raises(SettingsError) as refused:
        Firm.from_mapping({"perks": [{"name": "x", "perk": "y", "for": wanted}]})
    assert why in str(refused.value) and "perks.0" in str(refused.value)


def test_a_rule_with_more_than_it_should_have_is_refused_and_not_left_aside() -> None:
    for more, why in (({"worth": 5}, "no perk is given for 'worth'"), ({"colour": "red"}, "a perk has no 'colour'")):
        with pytest.raises(SettingsError, match=why):
            Firm.from_mapping({"perks": [{"name": "x", "perk": "y", "for": "an idea", **more}]})
    with pytest.raises(SettingsError, match="does not say what it is for"):
        Firm.from_mapping({"perks": [{"name": "x", "perk": "y"}]})


def test_the_first_rule_that_applies_is_given() -> None:
    firm = Firm.from_mapping(
        {
            "perks": [
                {"name": "Friends", "perk": "a bag", "for": "brought 2 friends"},
                {"name": "All sorts", "perk": "a coffee", "for": ["sent an idea", "third purchase"]},
            ]
        }
    )
    done = {"friend": 1, "purchase": 3}
    given = choose(firm.perks, lambda act: done.get(act.act, 0))
    assert given is not None and (given.rule, given.perk) == ("All sorts", "a coffee")
    assert given.reason == "Thank you for buying from us three times."
    assert choose(firm.perks, lambda act: 0) is None
    assert choose(firm.perks, lambda act: 2) is not None


def test_reasons_can_be_read_aloud() -> None:
    assert [reason(act_of(words)) for words in WRITTEN] == [
        "Thank you for buying from us three times.",
        "Thank you for buying from us three times in the past 180 days.",
        "Thank you for buying from us ten times in the past year.",
        "Thank you for answering another customer.",
        "Thank you for answering other customers five times in the past 90 days.",
        "Thank you for bringing a friend.",
        "Thank you for bringing two friends.",
        "Thank you for sending us an idea.",
        "Thank you for sending us three ideas in the past year.",
        "Thank you for a year with us.",
        "Thank you for two years with us.",
    ]


def facts(**tables: list[dict[str, Any]]) -> Facts:
    return Facts.from_arrow(
        Firm(),
        {name: pa.Table.from_pylist(rows, schema=TABLES[name].arrow) for name, rows in tables.items()},
    )


def before(days: float) -> datetime:
    return NOW - timedelta(days=days)


def test_everybody_is_counted_by_what_they_did() -> None:
    bought = [
        {"purchase_id": f"p{n}", "customer_id": who, "at": before(days), "amount": amount}
        for n, (who, days, amount) in enumerate(
            [
                ("anna", 400, 5),
                ("anna", 30, 5),
                ("anna", 20, 5),
                ("ben", 9, 900),
                ("cem", 9, 5),
                ("cem", 8, -5),
                ("cem", 7, 5),
            ]
        )
    ]
    said = [
        {"message_id": "m1", "at": before(9), "text": "How?", "customer_id": "ben"},
        {"message_id": "m2", "at": before(8), "text": "So.", "customer_id": "dana", "in_reply_to": "m1"},
        {"message_id": "m3", "at": before(8), "text": "And so.", "customer_id": "dana", "in_reply_to": "m1"},
        {"message_id": "m4", "at": before(7), "text": "Thanks.", "customer_id": "ben", "in_reply_to": "m1"},
    ]
    brought = [
        {"referral_id": "r", "referrer_id": "eve", "referred_id": "ben", "at": before(9), "converted_at": before(8)}
    ]
    ideas = [
        {"contribution_id": "i", "customer_id": "fay", "at": before(9), "kind": "idea", "text": "x"},
        {"contribution_id": "t", "customer_id": "gus", "at": before(9), "kind": "test", "text": "x"},
    ]
    found = facts(purchases=bought, messages=said, referrals=brought, contributions=ideas)

    def whom(words: str) -> list[str]:
        firm = Firm.from_mapping({"perks": [{"name": "x", "perk": "y", "for": words}]})
        return list(earned(found, firm.perks, NOW)["customer_id"].to_pylist())

    assert whom("second purchase") == ["anna"]
    assert whom("third purchase") == ["anna"] and whom("third purchase in a year") == []
    assert whom("first purchase in 30 days") == ["anna", "ben", "cem"]
    assert whom("answered another customer") == ["dana"] and whom("answered 2 customers") == []
    assert whom("brought a friend") == ["eve"] and whom("sent an idea") == ["fay"]
    assert whom("a year with us") == ["anna"]
