"""Sorted lines become customers, whatever batches they come in."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodwill.firm import Firm
from goodwill.lake import Facts
from goodwill.value.log import SCHEMA, SUMS, Split, customers, reduced, sorted_lines

AS_OF = datetime(2026, 6, 1, 12, tzinfo=UTC)
LINES = st.lists(
    st.fixed_dictionaries(
        {
            "customer_id": st.sampled_from(["ann", "ben", "cat"]),
            "hours": st.integers(-300, 2000),  # before as_of
            "cents": st.integers(-3000, 6000),
            "margin": st.none() | st.integers(-900, 2000),
            "kind": st.sampled_from([None, "sale", "return", "subscription"]),
        }
    ),
    max_size=25,
)


def facts_of(lines: list[dict[str, Any]]) -> Facts:
    columns = {
        "purchase_id": pa.array([str(row) for row in range(len(lines))], pa.string()),
        "customer_id": pa.array([line["customer_id"] for line in lines], pa.string()),
        "at": pa.array([AS_OF - timedelta(hours=line["hours"]) for line in lines], pa.timestamp("us", tz="UTC")),
        "amount": pa.array([line["cents"] / 100 for line in lines], pa.float64()),
        "margin": pa.array([None if line["margin"] is None else line["margin"] / 100 for line in lines], pa.float64()),
        "kind": pa.array([line["kind"] for line in lines], pa.string()),
    }
    return Facts.from_arrow(Firm(), {"purchases": pa.table(columns)})


def by_hand(lines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The same, one line after the other, in cents."""
    people: dict[str, dict[str, Any]] = {}
    for name in sorted({line["customer_id"] for line in lines if line["hours"] >= 0}):
        own = [line for line in lines if line["customer_id"] == name]
        days: dict[tuple[bool, Any], list[dict[str, Any]]] = defaultdict(list)
        for line in own:
            late = line["hours"] < 0
            days[late, (AS_OF - timedelta(hours=line["hours"])).date()].append(line)
        occasions, held, first, last = 0, 0, None, None
        for (late, day), some in sorted(days.items()):
            net = sum(line["cents"] for line in some)
            free = all(line["cents"] == 0 for line in some) and any(line["kind"] != "return" for line in some)
            if net > 0 or free:
                held += late
                if not late:
                    occasions += 1
                    first, last = first or (day, net), day
        early = [line for line in own if line["hours"] >= 0]
        known = [line for line in early if line["margin"] is not None and line["cents"] > 0]
        year = [line for line in early if line["hours"] < 365 * 24]
        people[name] = {
            "first_at": first and first[0],
            "last_at": last,
            "occasions": occasions,
            "total": sum(line["cents"] for line in early),
            "first": first[1] if first else 0,
            "orders": sum(line["cents"] > 0 for line in early),
            "known_amount": sum(line["cents"] for line in known),
            "known_margin": sum(line["margin"] for line in known),
            "known_square": sum(line["margin"] ** 2 / line["cents"] for line in known),
            "year_amount": sum(line["cents"] for line in year),
            "year_margin": sum(line["margin"] for line in year if line["margin"] is not None),
            "year_unknown": sum(line["cents"] for line in year if line["margin"] is None),
            "subscription_amount": sum(line["cents"] for line in early if line["kind"] == "subscription"),
            "held_out": held,
            "held_out_amount": sum(line["cents"] for line in own if line["hours"] < 0),
        }
    return people


@settings(deadline=None, max_examples=60)
@given(LINES)
def test_customers_are_those_counted_by_hand(lines: list[dict[str, Any]]) -> None:
    found = customers(facts_of(lines), Split(AS_OF, True, AS_OF + timedelta(days=30)))
    expected = by_hand(lines)
    assert found.schema == SCHEMA
    assert found["customer_id"].to_pylist() == list(expected)
    money = {"total", "first", "held_out_amount", *SUMS} - {"orders"}
    for row in found.to_pylist():
        for name, value in expected[row["customer_id"]].items():
            wanted = value / 100 if name in money else value
            assert row[name] == (wanted if wanted is None or not isinstance(wanted, float) else pytest.approx(wanted))


@settings(deadline=None, max_examples=20)
@given(LINES, st.integers(1, 7))
def test_the_size_of_a_batch_changes_nothing(lines: list[dict[str, Any]], size: int) -> None:
    split, facts = Split(AS_OF, True, None), facts_of(lines)
    whole = facts.lake.arrow(sorted_lines(facts, split))
    parts = reduced(whole.combine_chunks().to_batches(max_chunksize=size), split)
    assert pa.Table.from_batches(parts, SCHEMA).equals(customers(facts, split))


def test_who_gave_everything_back_is_left_with_nothing_not_with_dust() -> None:
    """0.1 + 0.2 − 0.3 is 5.6e-17 in floats: a spend above nought that would ruin the fit of Gamma–Gamma."""
    bought = [{"hours": 30 + number, "cents": cents} for number, cents in enumerate((10, 20, -30))]
    lines = [{"customer_id": "ann", "margin": None, "kind": None} | line for line in bought]
    assert customers(facts_of(lines), Split(AS_OF, True, None))["total"].to_pylist() == [0.0]


def test_lines_come_in_batches_of_the_size_asked_for() -> None:
    lines = [{"customer_id": f"c{n:04}", "hours": n, "cents": 100, "margin": None, "kind": None} for n in range(5000)]
    facts = facts_of(lines)
    batches = list(facts.lake.batches(sorted_lines(facts, Split(AS_OF, True, None)), rows=2048))
    assert sum(batch.num_rows for batch in batches) == 5000
    assert max(batch.num_rows for batch in batches) <= 2048
    ids = pa.Table.from_batches(batches)["customer_id"].to_pylist()
    assert ids == sorted(ids)
