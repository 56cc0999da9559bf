"""The firm's own calendar: found where it is there, left alone where it is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from goodwill.facts import READINGS
from goodwill.firm import Firm
from goodwill.lake import Facts
from goodwill.value import summary, value
from goodwill.value.clock import STEADY, Clock
from goodwill.value.season import seasonal_clock

AS_OF = datetime(2026, 11, 1, tzinfo=UTC)


def shop(december: float, customers: int = 1500, days: int = 730) -> tuple[Facts, int]:
    """Steady buyers, but for November and December, which are so many times as brisk; and next year's purchases."""
    rng = np.random.default_rng(11)
    since = rng.uniform(10, days, customers)
    rows: list[tuple[str, float]] = []
    coming = 0
    for number in range(customers):
        rate = rng.gamma(2.0, 4.0) / 365
        day = since[number]
        rows.append((f"c{number:05}", day))
        while True:
            day -= rng.exponential(1 / (rate * december))
            if day < -365:
                break
            month = (AS_OF - timedelta(days=day)).month
            if rng.random() < (1.0 if month >= 11 else 1 / december):
                if day >= 0:
                    rows.append((f"c{number:05}", day))
                else:
                    coming += 1
    at = [AS_OF - timedelta(days=day) for _, day in rows]
    log = pa.table(
        {
            "purchase_id": [str(row) for row in range(len(rows))],
            "customer_id": [who for who, _ in rows],
            "at": pa.array(at, pa.timestamp("us", tz="UTC")),
            "amount": np.full(len(rows), 20.0),
        }
    )
    return Facts.from_arrow(Firm(), {"purchases": log}), coming


@pytest.mark.slow
def test_a_brisk_december_is_found_and_next_year_is_foretold_the_better() -> None:
    facts, coming = shop(december=2.5)
    bought = summary(facts, as_of=AS_OF)
    clock, said = seasonal_clock(facts, bought, AS_OF)
    quiet = np.mean(clock.index[:10])
    assert clock.index[10] / quiet == pytest.approx(2.5, rel=0.15)
    assert clock.index[11] / quiet == pytest.approx(2.5, rel=0.15)
    assert "the calendar counts" in said[0]
    valued = value(facts, READINGS.empty(), as_of=AS_OF)
    assert valued.own["purchases"].to_numpy().sum() == pytest.approx(coming, rel=0.05)
    held = max(valued.spend["comparison"], key=lambda one: one["log_likelihood"])
    assert held["expected"] == pytest.approx(held["actual"], rel=0.05)


def test_an_even_year_keeps_the_ordinary_clock() -> None:
    facts, _ = shop(december=1.0, customers=600)
    clock, said = seasonal_clock(facts, summary(facts, as_of=AS_OF), AS_OF)
    assert clock == STEADY
    assert said == []


def test_a_year_and_a_half_of_log_is_too_short_to_tell() -> None:
    facts, _ = shop(december=2.5, customers=300, days=500)
    assert seasonal_clock(facts, summary(facts, as_of=AS_OF), AS_OF)[0].steady


def test_a_clock_shows_a_whole_year_as_a_year_or_nearly() -> None:
    clock = Clock((0.5, 0.5, 1, 1, 1, 1, 1, 1, 1, 1, 1.5, 1.5))
    day = 20_500.0
    assert clock(day + 365) - clock(day) == pytest.approx(365, abs=2)
    assert clock(day + 30) > clock(day)


def test_the_same_customers_on_another_clock_keep_their_counts() -> None:
    facts, _ = shop(december=1.0, customers=50)
    bought = summary(facts, as_of=AS_OF)
    slow = bought.on(Clock((0.5,) * 12))
    assert slow.frequency.tolist() == bought.frequency.tolist()
    np.testing.assert_allclose(slow.age, bought.age / 2)
    assert slow.ahead(70) == pytest.approx(5)
    assert bought.on(STEADY) is bought
