"""A purchase log becomes one row a customer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest

from goodwill.errors import ModelError
from goodwill.firm import Firm
from goodwill.lake import Facts
from goodwill.value import summary


@pytest.fixture(scope="module")
def cdnow(data_dir: Path) -> Facts:
    log = pa.csv.read_csv(data_dir / "clv" / "cdnow_sample_transactions.csv")
    instant = pa.timestamp("us", tz="UTC")
    purchases = pa.table(
        {
            "purchase_id": pa.array([str(row) for row in range(log.num_rows)]),
            "customer_id": log["sample_id"].cast(pa.string()),
            "at": log["date"].cast(pa.timestamp("us")).cast(instant),
            "amount": log["dollars"],
        }
    )
    return Facts.from_arrow(Firm(), {"purchases": purchases})


MIDDLE = datetime(1997, 9, 30, 12, tzinfo=UTC)
END = datetime(1998, 6, 30, 12, tzinfo=UTC)


def test_cdnow_from_the_log_is_the_published_summary(cdnow: Facts) -> None:
    """Fader, Hardie & Lee (2005): 2,357 customers, 946 of them repeaters, 1,882 purchases held out over 39 weeks."""
    found = summary(cdnow, as_of=MIDDLE, hold_out_until=END)
    assert len(found) == 2357
    assert int((found.frequency > 0).sum()) == 946
    assert found.column("held_out").sum() == 1882
    # Orders of 0 dollars count as occasions: without them Σ T is 277 weeks short.
    assert found.age.sum() == pytest.approx(77_111.2857, abs=1e-4)
    first = [found.customer_id[row].as_py() for row in range(3)]
    assert first == ["1", "10", "100"]
    np.testing.assert_allclose(
        [found.frequency[0], found.recency[0], found.age[0], found.mean_spend[0]], [2, 30.43, 38.86, 22.345], atol=0.005
    )


def test_days_are_weeks_times_seven(cdnow: Facts) -> None:
    weeks, days = summary(cdnow, as_of=MIDDLE), summary(cdnow, as_of=MIDDLE, grain="day")
    np.testing.assert_allclose(days.recency, 7 * weeks.recency)
    np.testing.assert_allclose(days.age, 7 * weeks.age)
    np.testing.assert_array_equal(days.frequency, weeks.frequency)


def test_returns_are_netted_and_nothing_is_negative(town) -> None:
    facts = (
        town()
        .bought("kept", 100, 50)
        .bought("back the same day", 90, 40)
        .bought("back the same day", 40, amount=-100)
        .bought("back later", 80, 30)
        .bought("back later", 20, amount=-60, kind="return")
        .bought("only gave back", 10, amount=-25)
        .facts
    )
    found = summary(facts, as_of=town().as_of)
    rows = {row["customer_id"]: row for row in found.rows.to_pylist()}
    assert rows["kept"]["frequency"] == 1
    assert rows["back the same day"]["frequency"] == 0
    assert (rows["back later"]["frequency"], rows["back later"]["total"]) == (1, 140)
    assert rows["back later"]["mean_spend"] == pytest.approx(40)
    assert rows["only gave back"]["occasions"] == 0
    for name in ("frequency", "recency", "age", "mean_spend", "mean_of_all"):
        assert (found.column(name) >= 0).all()
        assert np.isfinite(found.column(name)).all()


def test_orders_of_one_day_are_one_purchase_unless_kept_apart(town) -> None:
    facts = town().bought("ann", 100, 50, 50.1, amount=10).facts
    assert summary(facts, as_of=town().as_of).frequency.tolist() == [1]
    assert summary(facts, as_of=town().as_of, merge_same_day=False).frequency.tolist() == [2]
    assert summary(facts, as_of=town().as_of).column("orders").tolist() == [3]


def test_the_future_and_strangers_are_left_out(town) -> None:
    made = town().bought("ann", 30, -5).bought(None, 20)
    found = summary(made.facts, as_of=made.as_of)
    assert found.column("occasions").tolist() == [1]
    assert found.column("held_out").tolist() == [0]
    later = summary(made.facts, as_of=made.as_of, hold_out_until=made.as_of + timedelta(days=10))
    assert later.column("held_out").tolist() == [1]


def test_a_newcomer_of_today_has_age_zero(town) -> None:
    made = town().bought("ann", 0)
    assert summary(made.facts, as_of=made.as_of).age.tolist() == [0]


def test_no_purchases_make_an_empty_summary(town) -> None:
    assert len(summary(town().facts, as_of=town().as_of)) == 0


def test_bad_input_is_named(town) -> None:
    facts = town().bought("ann", 30).facts
    with pytest.raises(ModelError, match="no grain is called 'month'; choose day or week"):
        summary(facts, as_of=town().as_of, grain="month")
    with pytest.raises(ModelError, match="the hold-out ends before it begins; give a time after as_of"):
        summary(facts, as_of=town().as_of, hold_out_until=town().as_of)
    with pytest.raises(ModelError, match=r"fitted in weeks and the customers are counted in days.*grain=\"week\""):
        summary(facts, as_of=town().as_of, grain="day").refuse_other_grain("week")
