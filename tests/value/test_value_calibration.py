"""Parameters that the data allow as well, and the level at which intervals hold what they say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from goodwill.value.calibration import calibrated_level, share_inside, trust
from goodwill.value.choice import SETS, assumed_model, choose, with_likely
from goodwill.value.compare import HeldOut
from goodwill.value.outcomes import interval
from goodwill.value.spend import BetaGeoBetaBinom, BetaGeoNBD, GammaGamma, ParetoNBD, ShiftedBetaGeo
from goodwill.value.spend.unsure import KNOWN_FROM, WIDEST, as_likely
from goodwill.value.spending import FreeSpending
from goodwill.value.summary import Summary, summary

TRUE = BetaGeoNBD.from_params(r=0.9, alpha=7.0, a=0.8, b=3.0, time_unit="week")
MONEY = GammaGamma.from_params(p=6.0, q=4.0, gamma=20.0)


def fitted(customers: int, seed: int = 0) -> BetaGeoNBD:
    rng = np.random.default_rng(seed)
    return BetaGeoNBD(time_unit="week").fit(*TRUE.simulate(rng.uniform(20, 60, customers), rng))


# -- parameters ----------------------------------------------------------------------------------------------------


def test_drawn_parameters_vary_as_their_covariance_says() -> None:
    model = fitted(3000)
    drawn = np.log([list(one.params.values()) for one in model.draw_models(4000, np.random.default_rng(1))])
    values = np.array(list(model.params.values()))
    wanted = model.covariance / np.outer(values, values)
    assert np.linalg.eigvalsh(wanted)[-1] < WIDEST**2
    scale = np.sqrt(np.diag(wanted))
    assert np.cov(drawn.T) / np.outer(scale, scale) == pytest.approx(wanted / np.outer(scale, scale), abs=0.06)
    assert drawn.mean(axis=0) == pytest.approx(np.log(values), abs=0.02)
    assert {one.time_unit for one in model.draw_models(3, np.random.default_rng(1))} == {"week"}


def test_coefficients_are_drawn_as_they_are() -> None:
    rng = np.random.default_rng(2)
    x, t, T = TRUE.simulate(rng.uniform(20, 60, 2000), rng)
    model = ParetoNBD().fit(x, t, T, purchase_covariates={"u": rng.normal(size=2000)})
    drawn = [one.params["purchase:u"] for one in model.draw_models(2000, rng)]
    assert np.mean(drawn) == pytest.approx(model.params["purchase:u"], abs=0.01)
    assert np.std(drawn) == pytest.approx(model.standard_errors["purchase:u"], rel=0.1)


def test_a_model_of_given_parameters_is_sure_of_itself() -> None:
    assert TRUE.draw_models(2, np.random.default_rng(0)) == [TRUE, TRUE]
    assert as_likely(TRUE) == [TRUE]


def test_a_ridge_is_not_followed_to_its_end() -> None:
    rng = np.random.default_rng(0)
    x, t, T = BetaGeoNBD.from_params(r=50.0, alpha=200.0, a=0.5, b=2.0).simulate(np.full(300, 40.0), rng)
    model = BetaGeoNBD().fit(x, t, T)
    values = np.array(list(model.params.values()))
    assert np.linalg.eigvalsh(model.covariance / np.outer(values, values))[-1] > WIDEST**2
    drawn = np.log([list(one.params.values()) for one in model.draw_models(500, rng)])
    assert np.abs(drawn - np.log(list(model.params.values()))).max() < 4 * WIDEST
    expected = [float(one.expected_purchases(10, 3, 20, 40)) for one in model.draw_models(200, rng)]
    assert np.std(expected) < 0.25 * np.mean(expected)


def test_a_draw_without_a_mean_is_pulled_back() -> None:
    rng = np.random.default_rng(3)
    count = rng.integers(1, 4, 40)
    money = rng.gamma(6.0 * count) / rng.gamma(1.3, 1 / 20, 40) / count
    model = GammaGamma().fit(count, money)
    assert model.params["q"] - 1 < 2.5 * model.standard_errors["q"]  # so that some draws do fall below
    assert all(one.params["q"] > 1 for one in model.draw_models(300, rng))


def test_few_customers_make_wider_intervals_and_many_do_not() -> None:
    rng = np.random.default_rng(4)
    for customers, wider in ((200, True), (KNOWN_FROM, False)):
        count = rng.integers(1, 4, customers)
        money = MONEY.draw_spend(np.zeros(customers), np.zeros(customers), 1, rng, purchases=count)[0] / count
        model = GammaGamma().fit(count, money)
        sure = GammaGamma.from_params(**model.params)
        (low, high), (plain_low, plain_high) = model.interval(0, 0), sure.interval(0, 0)
        assert bool(high - low > 1.002 * (plain_high - plain_low)) is wider
        assert bool(high == plain_high) is not wider


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::goodwill.value.spend.FlatRidgeWarning")
def test_intervals_of_small_samples_cover_what_happens(capsys: pytest.CaptureFixture[str]) -> None:
    """80 % means 77 to 83 %, where the parameters are known from a few customers alone; the plain way falls short."""
    rng, inside = np.random.default_rng(5), {"mixed": 0.0, "plain": 0.0}
    rounds, customers = 250, 30
    for _ in range(rounds):
        count = rng.integers(1, 4, customers)
        money = MONEY.draw_spend(np.zeros(customers), np.zeros(customers), 1, rng, purchases=count)[0] / count
        try:
            model = GammaGamma().fit(count, money)
        except ValueError:  # no mean: nothing to hold an interval against
            rounds -= 1
            continue
        new = MONEY.draw_spend(0, 0, 400, rng)[:, 0]
        for name, one in (("mixed", model), ("plain", GammaGamma.from_params(**model.params))):
            low, high = one.interval(0, 0)
            inside[name] += float(np.mean((new >= low) & (new <= high)))
    covered = {name: number / rounds for name, number in inside.items()}
    with capsys.disabled():
        print(f"\n80 % intervals of a purchase, fitted to {customers} customers, hold {covered}")
    assert 0.77 <= covered["mixed"] <= 0.83
    assert covered["plain"] < covered["mixed"]


def test_the_other_models_mix_as_well() -> None:
    rng = np.random.default_rng(6)
    donors = BetaGeoBetaBinom.from_params(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8)
    some = BetaGeoBetaBinom().fit(*donors.simulate(np.full(1500, 6), rng))
    assert len(as_likely(some)) > 1
    low, high = some.interval(5, [6, 0], [6, 0], [6, 6])
    assert (low <= high).all()
    cohort = ShiftedBetaGeo().fit([50, 41, 33, 30])
    assert len(as_likely(cohort)) > 1
    low, high = cohort.interval([0, 3], horizon=40)
    assert (low < high).all()


# -- the level -----------------------------------------------------------------------------------------------------


def held(customers: int, seed: int = 0) -> HeldOut:
    """A hold-out of 30 weeks in a world where `TRUE` and `MONEY` are."""
    rng = np.random.default_rng(seed)
    x, t, T = TRUE.simulate(rng.uniform(20, 60, customers), rng)
    came = TRUE.draw_purchases(30, x, t, T, 1, rng)[0]
    level = rng.gamma(MONEY.params["q"], 1 / MONEY.params["gamma"], customers)
    before = rng.gamma(MONEY.params["p"] * (x + 1)) / level
    after = np.where(came > 0, rng.gamma(MONEY.params["p"] * np.maximum(came, 1)) / level, 0.0)
    rows: dict[str, Any] = {
        "customer_id": [f"c{number:06}" for number in range(customers)],
        "frequency": x.astype(float),
        "recency": t,
        "age": T,
        "occasions": x + 1.0,
        "mean_of_all": before / (x + 1),
        "held_out": came.astype(float),
        "held_out_amount": after,
    }
    some = Summary(pa.table(rows), "week", datetime(2026, 1, 1, tzinfo=UTC))
    return HeldOut(some, some, 30.0, (1,), (0.0,))


def test_true_models_keep_the_plain_level() -> None:
    level = calibrated_level(FreeSpending(TRUE, MONEY, "week"), held(4000))
    assert level == pytest.approx(0.8, abs=0.015)


#: Everybody buys alike: so their outcomes differ less than in truth.
ALIKE = FreeSpending(BetaGeoNBD.from_params(r=90.0, alpha=700.0, a=0.8, b=3.0), MONEY, "week")


def test_models_too_sure_of_themselves_get_a_higher_level() -> None:
    assert calibrated_level(ALIKE, held(4000)) > 0.85


def test_few_customers_move_the_level_little() -> None:
    assert calibrated_level(ALIKE, held(100)) == 0.8
    assert 0.8 < calibrated_level(ALIKE, held(250)) < calibrated_level(ALIKE, held(4000))
    assert trust(200) < 0.4 < 0.9 < trust(4000)


def test_a_level_between_two_draws_lies_between_them() -> None:
    drawn = np.arange(1.0, 100.0, dtype=np.float32)[:, None]
    low, high = interval(drawn, 0.81)
    assert (float(low[0]), float(high[0])) == (pytest.approx(9.5), pytest.approx(90.5))
    assert share_inside(low, high, np.array([9.5, 91.0])) == 0.5


# -- what the value room draws with --------------------------------------------------------------------------------


def test_few_customers_are_drawn_with_many_parameters_and_many_with_one() -> None:
    few = FreeSpending(fitted(500), MONEY, "week")
    assert len(with_likely(few).likely) == SETS
    assert with_likely(few).likely_spend == (MONEY,) * SETS or with_likely(few).likely_spend == ()
    many = replace(few, model=TRUE)
    assert with_likely(many).likely == ()


def test_draws_go_round_the_likely_parameters(town, crowd) -> None:
    made = town()
    crowd(made, [f"c{number}" for number in range(80)])
    bought = summary(made.facts, as_of=made.as_of)
    one = FreeSpending(assumed_model(2.0, "week"), MONEY, "week")
    both = replace(one, likely=(assumed_model(0.001, "week"), assumed_model(500.0, "week")))
    drawn = both.draw(bought, 52.0, 10, np.random.default_rng(0)).sum(axis=1)
    assert drawn[:5].max() * 5 < drawn[5:].min()


def test_a_rate_that_was_entered_is_drawn_from_its_range(town) -> None:
    sums = []
    for low, high in ((2, 2), (0.5, 8)):
        made = town({"assumptions": {"purchases_a_year": {"value": 2, "low": low, "high": high, "by": "Ann"}}})
        for number in range(60):
            made.bought(f"c{number}", number % 9, amount=50.0)
        bought = summary(made.facts, as_of=made.as_of)
        spending = choose(made.facts, bought, made.as_of).spending
        sums.append(spending.draw(bought, 52.0, 199, np.random.default_rng(0)).sum(axis=1))
    assert np.std(sums[1]) > 3 * np.std(sums[0])
