"""The section on the choice of a spend model: its table, its words, its pictures."""

from __future__ import annotations

from typing import Any

import pytest

from goodwill.report.spend_choice import spend_choice


@pytest.fixture
def told(result: Any) -> dict[str, Any]:
    return dict(result.valuation.spend)


def test_the_best_comes_first_and_the_one_in_use_is_marked(told: dict[str, Any]) -> None:
    section = spend_choice(told | {"model": "ParetoNBD"})
    assert [(row.name, row.taken, row.behind) for row in section.rows] == [
        ("Pareto/NBD", True, "best"),
        ("BG/NBD", False, "−4.0"),
    ]
    assert section.rows[0].log_likelihood == "−3,741.2"
    assert section.rows[1].total == "96.0 %"
    assert section.words[0].startswith("Two models were fitted to the log without its last 34 weeks")
    assert "Intervals are made at 81.2 %" in section.words[-1]


def test_each_picture_says_in_words_what_it_shows(told: dict[str, Any]) -> None:
    added, weekly, tenths = spend_choice(told | {"model": "ParetoNBD"}).charts
    assert "Dashed: what Pareto/NBD expected" in added.words
    assert "Between 210 and 270 came in a week" in weekly.words
    assert "13.4 and 13.5 in the last" in tenths.words
    for chart in (added, weekly, tenths):
        assert chart.wide.count("var(--accent)") >= 1
        assert "<script" not in chart.wide and "http" not in chart.narrow


def test_intervals_at_the_plain_level_need_no_word(told: dict[str, Any]) -> None:
    assert not any("Intervals" in word for word in spend_choice(told | {"level": 0.8}).words)


def test_subscribers_have_a_model_of_their_own(told: dict[str, Any]) -> None:
    words = spend_choice(told | {"model": "ShiftedBetaGeo"}).words
    assert "it is used for those who buy without a subscription" in words[0]


def test_without_a_comparison_it_says_why(told: dict[str, Any]) -> None:
    short = spend_choice(told | {"comparison": [], "assumed": False})
    assert short.empty is not None and "too short to hold weeks out" in short.empty.what
    assumed = spend_choice(told | {"comparison": [], "assumed": True})
    assert assumed.empty is not None and "purchases_a_year in goodwill.toml" in assumed.empty.act
