"""The Net Promoter Score, pinned."""

from __future__ import annotations

import numpy as np
import pytest

from goodwill.errors import ModelError, NotEnoughData
from goodwill.prove import nps, nps_difference


@pytest.mark.parametrize(
    ("answer", "score"),
    [(0, -100), (5, -100), (6, -100), (7, 0), (8, 0), (9, 100), (10, 100)],
)
def test_nine_and_ten_promote_up_to_six_detract(answer: int, score: float) -> None:
    assert nps([answer]).score == score


def test_the_published_variance() -> None:
    p, d, n = 0.5, 0.2, 200
    found = nps([10] * 100 + [7] * 60 + [2] * 40)
    assert found.score == 30
    assert found.standard_error == pytest.approx(100 * np.sqrt((p + d - (p - d) ** 2) / n), abs=1e-12)
    assert found.low == pytest.approx(30 - 1.959964 * found.standard_error, abs=1e-4)
    assert (found.promoters, found.passives, found.detractors, found.answers) == (100, 60, 40, 200)


def test_a_small_sample_has_a_wide_interval_even_when_all_agree() -> None:
    found = nps([10, 10, 10])
    assert found.score == 100 and found.standard_error == 0
    assert found.low < 40 and found.high == 100
    assert nps([3] * 500).high > -100


@pytest.mark.parametrize("n", [8, 20, 60])
def test_intervals_cover_at_their_rate(n: int) -> None:
    random = np.random.default_rng(n)
    held = 0
    for _ in range(400):
        answers = random.choice([10, 8, 3], size=n, p=[0.45, 0.3, 0.25])
        found = nps(answers)
        held += found.low <= 20 <= found.high
    assert 0.91 <= held / 400 <= 0.99


def test_the_interval_stays_on_the_scale_and_the_level_is_a_parameter() -> None:
    found = nps([10] * 39 + [8])
    assert found.high <= 100
    assert nps([10] * 50 + [3] * 50, level=0.8).high < nps([10] * 50 + [3] * 50).high


def test_the_difference_of_two_groups() -> None:
    first, second = [10] * 50 + [3] * 50, [10] * 70 + [3] * 30
    found = nps_difference(first, second)
    assert found.difference == 40
    assert found.standard_error == pytest.approx(np.hypot(nps(first).standard_error, nps(second).standard_error))
    assert found.low < 40 < found.high and found.low > 0
    few = nps_difference([10, 3, 8], [10, 9, 8])
    assert few.low < 0 < few.high
    assert few == nps_difference([10, 3, 8], [10, 9, 8])


def test_bad_answers_are_refused_with_their_mend() -> None:
    with pytest.raises(NotEnoughData, match="nps: no answer to score; give at least one answer from 0 to 10"):
        nps([])
    with pytest.raises(ModelError, match="answer 2 is 11; answers are whole numbers from 0 to 10"):
        nps([10, 11])
    with pytest.raises(ModelError, match=r"answer 1 is 7\.5"):
        nps([7.5])
    with pytest.raises(ModelError, match="answer 3 is nan"):
        nps([7, 8, float("nan")])
    with pytest.raises(ModelError, match="not all numbers"):
        nps(["good"])  # type: ignore[list-item]
    with pytest.raises(ValueError, match="level of an interval"):
        nps([10] * 50 + [1] * 50, level=95)
