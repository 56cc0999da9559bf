"""Contractual firms: who renews is seen, and the contractual models are taken."""

from __future__ import annotations

import numpy as np
import pytest

from goodwill.value import ShiftedBetaGeo, summary, value
from goodwill.value.choice import choose
from goodwill.value.subscriptions import cohorts, subscribers


def club(town, members: int = 300, period: int = 30):
    """A club with monthly dues of 20 whose members leave as the shifted beta-geometric says; some buy besides."""
    made = town()
    rng = np.random.default_rng(7)
    leaves = rng.beta(0.7, 4.0, members)
    for number in range(members):
        could = int(rng.integers(1, 20))
        stays = int(min(rng.geometric(leaves[number]) - 1, could))
        joined = could * period + 10
        days = [joined - turn * period for turn in range(stays + 1)]
        made.bought(f"m{number:03}", *days, amount=20.0, kind="subscription")
    for number in range(10):
        made.bought(f"guest{number}", 200, 100, amount=15.0, kind="sale")
    return made


def test_a_club_takes_a_contractual_model(town) -> None:
    made = club(town)
    bought = summary(made.facts, as_of=made.as_of)
    told = choose(made.facts, bought, made.as_of).spending.told()
    assert told["model"] in {"ShiftedBetaGeo", "BetaDiscreteWeibull"}
    assert told["period_days"] == 30
    assert told["subscribers"] == 300
    assert set(told["aic"]) == {"ShiftedBetaGeo", "BetaDiscreteWeibull"}


def test_cohorts_are_fitted_back(town) -> None:
    made = club(town, members=3000)
    found = subscribers(made.facts, made.as_of)
    assert found is not None
    model = ShiftedBetaGeo().fit(cohorts(found))
    assert model.params["alpha"] == pytest.approx(0.7, rel=0.25)
    assert model.params["beta"] == pytest.approx(4.0, rel=0.3)


def test_who_left_is_worth_nothing_more_and_who_stays_is(town) -> None:
    made = club(town)
    valued = value(made.facts, made.readings, as_of=made.as_of)
    own = {row["customer_id"]: row for row in valued.own.to_pylist()}
    found = subscribers(made.facts, made.as_of)
    assert found is not None
    active = dict(zip(found.customer_id.to_pylist(), found.active.tolist(), strict=True))
    for who, there in active.items():
        assert own[who]["alive"] == float(there)
        assert (own[who]["expected"] > 0) == there
    # Twelve payments of 20 at a margin of .3, at most.
    assert max(own[who]["expected"] for who in active) < 13 * 20 * 0.3
    assert own["guest0"]["expected"] > 0
    renewals = dict(zip(found.customer_id.to_pylist(), found.renewals.tolist(), strict=True))
    loyal = max((who for who in active if active[who]), key=lambda who: renewals[who])
    fresh = min((who for who in active if active[who]), key=lambda who: renewals[who])
    assert own[loyal]["purchases"] > own[fresh]["purchases"]


def test_few_subscribers_are_valued_as_free_buyers(town) -> None:
    made = town()
    for number in range(12):
        made.bought(f"m{number}", 90, 60, 30, amount=20.0, kind="subscription")
    valued = value(made.facts, made.readings, as_of=made.as_of)
    assert any("fewer than 30 subscribers" in note for note in valued.notes)
