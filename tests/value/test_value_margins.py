"""Margin ratios: each customer's own, as far as it can be believed."""

from __future__ import annotations

import numpy as np
import pytest

from goodwill.value import summary
from goodwill.value.margins import margins


def test_a_customers_own_ratio_is_believed_the_more_the_more_there_is_of_it(town) -> None:
    made = town()
    rng = np.random.default_rng(0)
    for number in range(60):
        ratio = 0.2 if number % 2 else 0.4
        for day in range(10 if number < 40 else 1):
            noise = rng.normal(0, 0.05)
            made.bought(f"c{number:02}", 300 - 20 * day, amount=100.0, margin=100.0 * (ratio + noise))
    found = margins(summary(made.facts, as_of=made.as_of), made.firm.margin)
    assert found.firm == pytest.approx(0.3, abs=0.02)
    assert found.rate[:40:2] == pytest.approx(0.4, abs=0.05)
    assert found.rate[1:40:2] == pytest.approx(0.2, abs=0.05)
    # One purchase says less: those are nearer to the firm's ratio, and less sure.
    assert np.abs(found.rate[40:] - found.firm).mean() < np.abs(found.rate[:40] - found.firm).mean()
    assert found.spread[40:].min() > found.spread[:40].max()


def test_without_margins_the_firms_figure_stands(town) -> None:
    made = town({"assumptions": {"margin": {"value": 0.25, "low": 0.2, "high": 0.35}}}).bought("ann", 50, 20)
    found = margins(summary(made.facts, as_of=made.as_of), made.firm.margin)
    assert (found.rate.tolist(), found.firm_low, found.firm_high) == ([0.25], 0.2, 0.35)


def test_customers_all_alike_get_the_firms_ratio(town) -> None:
    made = town()
    for number in range(50):
        made.bought(f"c{number:02}", 300, 200, amount=100.0, margin=30.0)
    found = margins(summary(made.facts, as_of=made.as_of), made.firm.margin)
    assert found.rate == pytest.approx(0.3)
    assert found.spread == pytest.approx(0.0)
