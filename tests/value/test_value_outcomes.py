"""The intervals of the outcome hold what they say: 80 % of outcomes, in a world where the models are true."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from goodwill.demo import make, score
from goodwill.facts import READINGS
from goodwill.firm import Firm
from goodwill.lake import Facts
from goodwill.pipeline import run
from goodwill.value import value
from goodwill.value.outcomes import interval, number_of_draws
from goodwill.value.ranges import Range

AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
YEAR = 365.0


def world(customers: int, seed: int) -> tuple[Facts, np.ndarray]:
    """A firm whose customers are BG/NBD and Gamma–Gamma, with two years of log; and next year's margins."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(0.9, 1 / 50, customers)
    leaves = rng.beta(0.8, 3.0, customers)
    level = rng.gamma(4.0, 1 / 20, customers)  # of Gamma–Gamma: money of a purchase is gamma(6, level)
    clock = rng.uniform(5, 730, customers)  # days before as_of
    who, when, there = [np.arange(customers)], [clock.copy()], np.arange(customers)
    while len(there):
        clock[there] -= rng.exponential(1 / rate[there])
        there = there[clock[there] > -YEAR]
        who.append(there)
        when.append(clock[there].copy())
        there = there[rng.random(len(there)) >= leaves[there]]
    buyer, days = np.concatenate(who), np.concatenate(when)
    amount = np.maximum(np.round(rng.gamma(6.0, 1.0, len(buyer)) / level[buyer], 2), 0.01)
    margin = np.round(0.3 * amount, 2)
    next_year = np.bincount(buyer[days < 0], margin[days < 0], minlength=customers)
    past = days >= 0
    instants = [AS_OF - timedelta(days=float(day)) for day in days[past]]
    log = pa.table(
        {
            "purchase_id": [str(row) for row in range(int(past.sum()))],
            "customer_id": [f"{row:06}" for row in buyer[past]],
            "at": pa.array(instants, pa.timestamp("us", tz="UTC")),
            "amount": amount[past],
            "margin": margin[past],
        }
    )
    firm = Firm.from_mapping({"assumptions": {"discount_rate": 0}})
    return Facts.from_arrow(firm, {"purchases": log}), next_year


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_four_fifths_of_next_years_margins_lie_in_the_interval(seed: int) -> None:
    facts, came = world(4000, seed)
    valued = value(facts, READINGS.empty(), as_of=AS_OF)
    low, high = (valued.worth[name].cast(pa.float64()).to_numpy() for name in ("follows_low", "follows_high"))
    inside = (came >= low - 0.005) & (came <= high + 0.005)
    assert inside.mean() >= 0.77
    # Who will most likely buy nothing cannot have an interval that holds no more than four fifths; all others have.
    unsure = valued.own["purchases"].to_numpy() > 0.5
    assert 0.77 <= inside[unsure].mean() <= 0.83
    expected = valued.own["expected"].to_numpy()
    assert expected.sum() == pytest.approx(came.sum(), rel=0.08)


def test_an_interval_of_draws_is_exact_on_average() -> None:
    rng = np.random.default_rng(3)
    drawn = rng.gamma(2.0, 1.0, (49, 20_000)).astype(np.float32)
    new = rng.gamma(2.0, 1.0, 20_000)
    low, high = interval(drawn)
    assert np.mean((new >= low) & (new <= high)) == pytest.approx(0.8, abs=0.01)


def test_where_nothing_is_likely_the_whole_fifth_lies_above() -> None:
    rng = np.random.default_rng(4)
    drawn = rng.poisson(0.8, (99, 20_000)).astype(np.float32) * rng.gamma(3.0, 1.0, (99, 20_000)).astype(np.float32)
    new = rng.poisson(0.8, 20_000) * rng.gamma(3.0, 1.0, 20_000)
    low, high = interval(drawn)
    assert (low == 0).all()
    assert np.mean(new <= high) == pytest.approx(0.8, abs=0.015)


def test_draws_get_fewer_with_size_and_fall_on_tenths() -> None:
    numbers = [number_of_draws(size) for size in (1, 20_000, 20_001, 100_000, 400_000, 5_000_000)]
    assert numbers == [199, 199, 99, 99, 49, 29]
    assert all((number + 1) % 10 == 0 for number in numbers)


def test_draws_of_a_figure_never_pass_below_zero() -> None:
    drawn = Range(0.0, 0.05, 0.3).draw(np.random.default_rng(0), 10_000)
    assert drawn.min() >= 0
    assert np.quantile(drawn, 0.9) == pytest.approx(0.3, abs=0.02)


@pytest.mark.slow
def test_in_the_invented_firm_intervals_hold_next_years_money(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """80 % of follows means 77 to 83 %, of all customers and of those with any money, over three firms."""
    found = []
    for seed in (51, 52, 53):
        folder = tmp_path / str(seed)
        make(folder, customers=2000, seed=seed)
        scores = score(run(folder), folder)
        found.append((scores.coverage, scores.coverage_of_active))
    everybody, active = np.mean(found, axis=0)
    with capsys.disabled():
        print(f"\n80 % intervals of follows hold {everybody:.1%} ({active:.1%} of those with any money)")
    assert 0.77 <= everybody <= 0.83
    assert 0.77 <= active <= 0.83
