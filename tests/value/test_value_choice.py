"""Which spend model is taken, and how each did on the weeks held out."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from goodwill.firm import Firm
from goodwill.lake import Facts
from goodwill.value import summary
from goodwill.value.choice import choose
from goodwill.value.compare import hold_out, judge, tracking_chart
from goodwill.value.spend import BetaGeoNBD

END = datetime(1998, 6, 30, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def cdnow(data_dir: Path) -> Facts:
    log = pa.csv.read_csv(data_dir / "clv" / "cdnow_sample_transactions.csv")
    purchases = pa.table(
        {
            "purchase_id": pa.array([str(row) for row in range(log.num_rows)]),
            "customer_id": log["sample_id"].cast(pa.string()),
            "at": log["date"].cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC")),
            "amount": log["dollars"],
        }
    )
    return Facts.from_arrow(Firm(), {"purchases": purchases})


def test_models_are_compared_on_weeks_held_out(cdnow: Facts) -> None:
    chosen = choose(cdnow, summary(cdnow, as_of=END), END)
    told = chosen.spending.told()
    compared = {one["model"]: one for one in told["comparison"]}
    assert set(compared) == {"BetaGeoNBD", "ModifiedBetaGeoNBD", "ParetoNBD"}
    assert told["model"] == max(compared.values(), key=lambda one: one["log_likelihood"])["model"]
    for one in compared.values():
        assert one["actual"] == one["actual_by_week"][-1]
        assert one["expected"] == pytest.approx(one["expected_by_week"][-1])
        assert one["expected"] == pytest.approx(one["actual"], rel=0.15)
        assert 0 < one["mean_absolute_error"] < one["root_mean_square_error"]
        assert len(one["tenths"]) == 10
        assert [group[0] for group in one["tenths"]] == sorted(group[0] for group in one["tenths"])
        assert np.all(np.diff(one["expected_by_week"]) > 0)
    assert not told["assumed"]


def test_the_held_out_likelihood_is_that_of_the_counts(cdnow: Facts) -> None:
    bought = summary(cdnow, as_of=END)
    held = hold_out(cdnow, bought, END)
    assert held is not None
    model = BetaGeoNBD(time_unit="week")
    found = judge(model, held)
    history = held.judged.frequency, held.judged.recency, held.judged.age
    came = held.judged.column("held_out").astype(int)
    chance = model.purchase_count_distribution(held.horizon, int(came.max()), *history)
    assert found is not None
    assert found.log_likelihood == pytest.approx(float(np.log(chance[np.arange(len(came)), came]).sum()))


def test_the_tracking_chart_has_a_line_for_each_model_and_one_for_what_came(cdnow: Facts) -> None:
    chosen = choose(cdnow, summary(cdnow, as_of=END), END)
    chart = tracking_chart(chosen.spending.comparison).to_dict()
    (values,) = chart["datasets"].values()
    assert {row["line"] for row in values} == {"BetaGeoNBD", "ModifiedBetaGeoNBD", "ParetoNBD", "what came"}


def test_a_short_log_is_fitted_without_a_comparison(town, crowd) -> None:
    made = town()
    for number in range(80):
        made.bought(f"c{number}", 50 - number % 20, 25 - number % 10, amount=10.0 + number)
    chosen = choose(made.facts, summary(made.facts, as_of=made.as_of), made.as_of)
    assert chosen.spending.told()["comparison"] == []
    assert not chosen.spending.assumed


def test_too_few_repeaters_rest_on_the_assumption(town) -> None:
    made = town()
    for number in range(80):
        made.bought(f"c{number}", 5 + number, amount=10.0 + number)
    chosen = choose(made.facts, summary(made.facts, as_of=made.as_of), made.as_of)
    assert chosen.spending.assumed
    assert "80 buyers, 0 of them more than once, are too few" in chosen.notes[0]


def test_an_assumed_rate_is_the_one_entered_for_a_newcomer(town) -> None:
    made = town({"assumptions": {"purchases_a_year": 3}}).bought("ann", 0)
    bought = summary(made.facts, as_of=made.as_of)
    chosen = choose(made.facts, bought, made.as_of)
    plain, discounted = chosen.spending.expected(bought, 365 / 7, np.log(1.1) / (365 / 7))
    assert plain[0] == pytest.approx(3, rel=1e-3)
    assert discounted[0] == pytest.approx(3 * (1 - 1 / 1.1) / np.log(1.1), rel=1e-3)
