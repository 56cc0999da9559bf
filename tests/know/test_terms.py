"""What holds for a person: the latest row, the agreement, the basis; and that every room reads it alike."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodwill.errors import InputError, SettingsError
from goodwill.facts import PURPOSES, TABLES
from goodwill.firm import Agreement, Firm
from goodwill.know.agreements import AGREEMENTS, Decision, decide
from goodwill.know.terms import allows, answers, holds, latest, spelled_out, unasked

NOW = datetime(2026, 11, 1, tzinfo=UTC)
INTEREST = Firm()
CONSENT = Firm.from_mapping({"terms": {"basis": "consent"}})


def rows(*given: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(given), schema=TABLES["terms"].arrow)


def row(who: str = "anna", days: float = 10, **more: Any) -> dict[str, Any]:
    return {"customer_id": who, "at": NOW - timedelta(days=days), **more}


def held(firm: Firm, *given: dict[str, Any], who: str = "anna") -> list[str]:
    return [one for one in PURPOSES if holds(rows(*given), firm, one, [who]).to_pylist() == [True]]


def test_without_a_word_the_basis_says() -> None:
    assert held(INTEREST) == ["answer me", "value me"]
    assert held(CONSENT) == ["answer me"]


@pytest.mark.parametrize("firm", [INTEREST, CONSENT])
def test_quoting_news_and_study_never_hold_without_a_yes(firm: Firm) -> None:
    for purpose in ("tell me news", "quote me", "study together"):
        assert not unasked(firm, purpose)
        assert not holds(rows(row(refused=["answer me"])), firm, purpose, ["anna", "ben"])[0].as_py()
        assert held(firm, row(purposes=[purpose])) == [purpose]


def test_purposes_given_at_all_refuse_the_others_and_a_refusal_wins() -> None:
    assert held(INTEREST, row(purposes=["quote me"])) == ["quote me"]
    assert held(INTEREST, row(purposes=[])) == []
    assert held(INTEREST, row(refused=["value me"])) == ["answer me"]
    assert held(CONSENT, row(purposes=["value me", "quote me"], refused=["value me"])) == ["quote me"]


def test_the_latest_row_wins_and_the_future_does_not_hold_yet() -> None:
    old, new = row(days=10, refused=["value me"]), row(days=3, purposes=["value me"])
    assert held(INTEREST, new, old) == held(INTEREST, old, new) == ["value me"]
    later = row(days=-2, purposes=[])
    found = holds(rows(old, later, new), INTEREST, "value me", ["anna"], as_of=NOW)
    assert found.to_pylist() == [True]
    assert latest(rows(old, new, row("ben")))["customer_id"].to_pylist() == ["anna", "ben"]
    twice = latest(rows(row(purposes=["quote me"]), row(purposes=["answer me"])))
    assert twice["purposes"].to_pylist() == [["answer me"]]


def test_an_agreement_alone_means_its_purposes() -> None:
    for name in ("SD-BASE", "SD-BASE-DP"):
        assert held(INTEREST, row(agreement=name)) == ["answer me"]
    assert held(INTEREST, row(agreement="PDC-GOOD")) == ["answer me", "value me", "study together"]
    assert held(CONSENT, row(agreement="PDC-GOOD")) == ["answer me", "study together"]
    assert held(INTEREST, row(agreement="their own words")) == ["answer me", "value me"]


def test_answers_say_what_they_rest_on() -> None:
    def grounds(given: dict[str, Any] | None) -> list[str]:
        return [one.ground for one in answers(given, INTEREST)]

    assert grounds(None) == ["the basis", "the basis", *["nobody asked"] * 3]
    assert grounds({"purposes": ["quote me"], "refused": None}) == ["their word"] * 5
    assert grounds({"agreement": "SD-BASE", "purposes": None}) == ["their agreement"] * 5


def test_an_unknown_purpose_is_refused() -> None:
    with pytest.raises(InputError, match="no purpose is called 'sell me'; choose among answer me, value me"):
        allows(None, INTEREST, "sell me")


CHOICES = st.one_of(st.none(), st.lists(st.sampled_from(PURPOSES), unique=True))
ROW = st.builds(
    lambda who, days, agreement, purposes, refused: row(
        who, days, agreement=agreement, purposes=purposes, refused=refused
    ),
    st.sampled_from(["anna", "ben", "cem"]),
    st.integers(0, 5),
    st.sampled_from([None, *AGREEMENTS, "own"]),
    CHOICES,
    CHOICES,
)


@given(st.lists(ROW, max_size=6, unique_by=lambda one: (one["customer_id"], one["at"])), st.sampled_from([0, 1]))
@settings(max_examples=150, deadline=None)
def test_the_value_room_reads_spelled_out_terms_alike(given: list[dict[str, Any]], consent: int) -> None:
    """Rooms never import one another, so value has its own reading; here it is held to this one."""
    from goodwill.lake import Facts
    from goodwill.value import accounts

    firm = CONSENT if consent else INTEREST
    table = rows(*given)
    spelled = spelled_out(table, firm)
    people = ["anna", "ben", "cem", "dana"]
    for purpose in PURPOSES:
        before, after = (holds(one, firm, purpose, people).to_pylist() for one in (table, spelled))
        assert before == after
    facts = Facts.from_arrow(firm, {"terms": spelled})
    said = accounts._consenting(facts, NOW) if consent else accounts._refusing(facts, NOW)
    by_value = [(one in said.to_pylist()) == bool(consent) for one in people]
    assert by_value == holds(spelled, firm, "value me", people).to_pylist()


# --- the firm's policy --------------------------------------------------------------------------------------------


def test_the_roster_is_the_one_that_settings_know() -> None:
    assert tuple(AGREEMENTS) == get_args(Agreement)
    assert all(set(one.purposes) <= set(PURPOSES) for one in AGREEMENTS.values())


def test_the_firm_accepts_offers_one_alternative_or_declines() -> None:
    firm = Firm.from_mapping({"terms": {"accepts": ["SD-BASE"], "offers": "SD-BASE"}})
    assert decide(firm, "SD-BASE") == Decision("accepted", "SD-BASE")
    assert decide(firm, "PDC-AI") == Decision("offered", "SD-BASE")
    assert decide(firm, "PDC-AI", answers_an_offer=True) == Decision("declined", None)
    silent = Firm.from_mapping({"terms": {"accepts": [], "offers": "SD-BASE"}})
    assert decide(silent, "SD-BASE") == Decision("declined", None)


def test_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(SettingsError, match="PDC-AI is offered and not accepted; put it into `accepts`"):
        Firm.from_mapping({"terms": {"accepts": ["SD-BASE"], "offers": "PDC-AI"}})
    with pytest.raises(SettingsError, match=r"terms\.accepts\.0"):
        Firm.from_mapping({"terms": {"accepts": ["SD-ALL"]}})
