"""τ and the loss by complaints, found by comparing customers alike."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from goodwill.assumptions import Assumption
from goodwill.value import summary
from goodwill.value.accounts import accounts
from goodwill.value.alike import before, difference, tempered
from goodwill.value.harm import loss_share
from goodwill.value.influence import responses
from goodwill.value.ranges import Range
from goodwill.value.talk import talk
from goodwill.value.tau import influence_share

ASSUMED = Assumption(value=0.10, low=0.05, high=0.20)


def half_swayed(town, more: float, mood: str = "positive", intent: str = "thanks", customers: int = 600):
    """Customers alike; every other one responded to a recommendation, and then buys so much more."""
    made = town()
    rng = np.random.default_rng(5)
    made.bought("ann", 700)
    for number in range(30):
        made.said(f"r{number}", "ann", 300, "positive", "recommendation")
    for number in range(customers):
        name = f"c{number:04}"
        early = rng.poisson(3) + 1
        made.bought(name, *(200 + 450 * rng.random(early)), amount=float(rng.gamma(5, 10)))
        exposed = number % 2 == 0
        if exposed:
            made.said(f"k{number}", name, 250, mood, intent, in_reply_to=f"r{number % 30}")
        later = rng.poisson(2.0 * (1 + more * exposed))
        made.bought(name, *(175 * rng.random(later)), amount=50.0)
    return made


def parts(made):
    bought = summary(made.facts, as_of=made.as_of)
    who = accounts(made.facts, bought, made.as_of)
    return before(made.facts, who, made.as_of), talk(made.facts, made.readings, who, made.as_of), len(who.members)


def test_a_share_that_is_there_is_found(town) -> None:
    at, said, members = parts(half_swayed(town, more=0.4))
    given = responses(said)
    exposed = np.zeros(members, dtype=bool)
    exposed[given.swayed] = True
    found = difference(at, exposed)
    assert found is not None
    assert found.share == pytest.approx(0.4 / 1.4, abs=3 * found.error)
    tau = influence_share(ASSUMED, at, given, said, members)
    assert 0.1 < tau.share.middle < found.share
    assert tau.share.low < tau.share.middle < tau.share.high
    assert tau.evidence == 6
    assert "associated, not proven" in tau.words


def test_where_there_is_none_the_share_falls(town) -> None:
    at, said, members = parts(half_swayed(town, more=0.0))
    tau = influence_share(ASSUMED, at, responses(said), said, members)
    assert tau.share.middle < 0.12


def test_an_experiment_is_not_second_guessed(town) -> None:
    at, said, members = parts(half_swayed(town, more=0.4))
    measured = ASSUMED.model_copy(update={"measured": True})
    tau = influence_share(measured, at, responses(said), said, members)
    assert (tau.share, tau.evidence) == (Range(0.05, 0.10, 0.20), 2)
    assert "experiment" in tau.words


def test_too_few_leave_the_assumption(town) -> None:
    at, said, members = parts(half_swayed(town, more=0.4, customers=60))
    tau = influence_share(ASSUMED, at, responses(said), said, members)
    assert (tau.share, tau.evidence) == (Range(0.05, 0.10, 0.20), 4)
    assert "too few" in tau.words


def test_complaints_do_not_move_the_share(town) -> None:
    made = half_swayed(town, more=0.4)
    at, said, members = parts(made)
    for number in range(0, 600, 3):
        made.said(f"x{number}", f"c{number:04}", 400 - number % 300, "negative", "complaint", in_reply_to="r1")
    again, louder, _ = parts(made)
    assert influence_share(ASSUMED, at, responses(said), said, members) == influence_share(
        ASSUMED, again, responses(louder), louder, members
    )


def test_what_is_lost_with_those_who_complain_is_found(town) -> None:
    at, said, members = parts(half_swayed(town, more=-0.5, mood="negative", intent="complaint"))
    loss = loss_share(Assumption(value=0.15, low=0.05, high=0.30), at, said, members)
    assert 0.25 < loss.share.middle < 0.6
    assert loss.evidence == 6


def test_who_bought_only_after_the_split_is_not_compared(town) -> None:
    made = town().bought("ann", 300).bought("new", 50)
    at, _, _ = parts(made)
    assert len(at.member) == 1
    assert made.as_of - timedelta(days=182) > made.as_of - timedelta(days=300)


def test_a_sure_finding_outweighs_the_assumption() -> None:
    assumed = Range(0.05, 0.10, 0.20)
    assert tempered(assumed, 0.3, 1e-6, 0, 1).middle == pytest.approx(0.2, abs=1e-3), "no surer than its hidden bias"
    assert tempered(assumed, 0.3, 1e6, 0, 1).middle == pytest.approx(0.1, abs=1e-3)
    assert tempered(assumed, -5.0, 0.01, 0, 1).low == 0
