"""The statistics that several rooms share, against independent calculations and published examples."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from goodwill import estimate
from goodwill.errors import ModelError, NotEnoughData


def test_wilson_gives_the_published_example() -> None:
    # Newcombe (1998) Statistics in Medicine 17, 857-872, table I, method 3.
    for successes, trials, low, high in [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611)]:
        found = estimate.wilson(successes, trials)
        assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert estimate.wilson(29, 29).high == 1.0


def test_wilson_refuses_more_successes_than_trials() -> None:
    with pytest.raises(ModelError, match="3 successes of 2 trials; give 0 ≤ successes ≤ trials"):
        estimate.wilson(3, 2)
    with pytest.raises(ModelError, match="a trial at least"):
        estimate.wilson(0, 0)


def test_the_difference_of_shares_gives_newcombes_published_interval() -> None:
    # Newcombe (1998) Statistics in Medicine 17, 873-890, table II, method 10: 56/70 - 48/80 and 9/10 - 3/10.
    found = estimate.share_difference((48, 56), (80, 70))
    assert (round(found.low, 4), round(found.high, 4)) == (0.0524, 0.3339)
    found = estimate.share_difference((3, 9), (10, 10))
    assert (round(found.low, 4), round(found.high, 4)) == (0.1705, 0.8090)


def test_spearman_agrees_with_scipy_with_ties() -> None:
    random = np.random.default_rng(3)
    a, b = random.integers(0, 6, 200), random.integers(0, 9, 200)
    assert estimate.spearman(a, b) == pytest.approx(stats.spearmanr(a, b).statistic, abs=1e-12)
    assert estimate.spearman([1, 1, 1], [1, 2, 3]) == 0.0
    with pytest.raises(ModelError, match="not all finite"):
        estimate.spearman([1, float("nan")], [1, 2])


def test_newey_west_without_lags_is_white_and_with_lags_sums_the_weighted_crosses() -> None:
    random = np.random.default_rng(5)
    n, lags = 60, 3
    X = np.column_stack([np.ones(n), np.arange(n), random.normal(size=n)])
    e = random.normal(size=n)
    inverse = np.linalg.inv(X.T @ X)
    meat = np.zeros((3, 3))
    for i in range(n):
        for j in range(n):
            if abs(i - j) <= lags:
                meat += (1 - abs(i - j) / (lags + 1)) * e[i] * e[j] * np.outer(X[i], X[j])
    assert np.allclose(estimate.newey_west(X, e, lags), inverse @ meat @ inverse, rtol=1e-8)
    with pytest.raises(ModelError, match="lags = 60 with 60 times"):
        estimate.newey_west(X, e, 60)


def test_intervals_cover_at_their_rate() -> None:
    random = np.random.default_rng(8)
    truth, held = 0.07, 0
    for _ in range(2000):
        found = estimate.wilson(int(random.binomial(120, truth)), 120)
        held += found.low <= truth <= found.high
    assert held / 2000 == pytest.approx(0.95, abs=0.025)
    low, high = estimate.quantile_interval(random.normal(size=(40_000, 2)), level=0.8)
    assert np.allclose(low, -1.2816, atol=0.03) and np.allclose(high, 1.2816, atol=0.03)


def test_a_level_that_is_no_share_is_refused() -> None:
    with pytest.raises(ModelError, match="level of an interval is 95"):
        estimate.normal_quantile(95)
    with pytest.raises(NotEnoughData, match="no draws"):
        estimate.quantile_interval([])


def test_bootstrap_is_the_same_each_time_and_finds_the_known_error() -> None:
    rows = np.random.default_rng(2).normal(5, 2, 400)
    once = estimate.bootstrap(lambda r: float(r.mean()), rows, seed=4)
    again = estimate.bootstrap(lambda r: float(r.mean()), rows, seed=4)
    assert once == again
    assert once.standard_error == pytest.approx(rows.std(ddof=1) / 20, rel=0.1)
    with pytest.raises(NotEnoughData, match="1 rows to draw from"):
        estimate.bootstrap(lambda r: 0.0, [1.0])


def _confounded(seed: int, n: int = 600, effect: float = 2.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    x = random.normal(size=(n, 3))
    exposed = random.random(n) < 1 / (1 + np.exp(1.0 - 0.8 * x[:, 0] - 0.6 * x[:, 1]))
    outcome = 2 * x[:, 0] + x[:, 1] ** 2 + effect * exposed + random.normal(size=n)
    return outcome, exposed, x


def test_matching_removes_what_the_bare_difference_confounds() -> None:
    outcome, exposed, x = _confounded(1, n=3000)
    bare = outcome[exposed].mean() - outcome[~exposed].mean()
    found = estimate.matched_difference(outcome, exposed, x)
    assert bare > 2.9
    assert found.estimate == pytest.approx(2.0, abs=0.25)
    assert found.pairs + found.left_out == exposed.sum()
    assert found == estimate.matched_difference(outcome, exposed, x)


def test_the_matched_interval_covers_at_its_rate() -> None:
    held = 0
    for seed in range(300):
        found = estimate.matched_difference(*_confounded(seed + 10), neighbours=3)
        held += found.low <= 2.0 <= found.high
    assert 0.90 <= held / 300 <= 0.99


def test_matching_survives_people_who_are_all_alike() -> None:
    random = np.random.default_rng(6)
    exposed = random.random(500) < 0.4
    outcome = 1.0 * exposed + random.normal(size=500)
    found = estimate.matched_difference(outcome, exposed, np.zeros((500, 2)))
    assert found.low < 1 < found.high and found.standard_error < 0.3
    found = estimate.matched_difference(outcome, exposed, random.integers(0, 3, 500), neighbours=2)
    assert found.low < 1 < found.high and found.standard_error < 0.3


def test_matching_refuses_what_it_cannot_take() -> None:
    with pytest.raises(NotEnoughData, match="2 exposed and 3 unexposed to compare; 10 of each"):
        estimate.matched_difference(np.zeros(5), [True, True, False, False, False], np.zeros(5))
    with pytest.raises(ModelError, match="do not go together"):
        estimate.matched_difference(np.zeros(5), np.ones(4, bool), np.zeros(5))
    with pytest.raises(ModelError, match="not finite"):
        estimate.matched_difference([np.nan] * 30, [True] * 15 + [False] * 15, np.zeros(30))
    far = np.r_[np.zeros(15), np.full(15, 100.0)]
    with pytest.raises(NotEnoughData, match="like anybody unexposed; widen the caliper"):
        estimate.matched_difference(np.zeros(30), far > 50, far)
