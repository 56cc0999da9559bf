"""Money in cents: rounding, refusals, the way to Arrow and back, and remainders."""

from __future__ import annotations

import time
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodwill.errors import BooksError
from goodwill.ledger.cents import cents_to_decimal, decimal_to_cents, largest_remainder, to_cents


def test_half_a_cent_goes_to_the_even_one() -> None:
    assert to_cents([0.125, 0.375, -0.125, 2.5, 1e-9, -0.001]).tolist() == [12, 38, -12, 250, 0, 0]


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e14])
def test_what_is_no_sum_of_money_is_refused_by_its_row(bad: float) -> None:
    with pytest.raises(
        BooksError, match=r"amount, row 1: .* is no sum of money that the books can hold; give a finite"
    ):
        to_cents([1.0, bad])


@given(st.lists(st.integers(-(2**53), 2**53), max_size=50))
def test_cents_become_the_decimals_they_are(cents: list[int]) -> None:
    column = cents_to_decimal(np.array(cents, dtype=np.int64))
    assert column.type == pa.decimal128(18, 2)
    column.validate(full=True)
    assert column.to_pylist() == [Decimal(cent).scaleb(-2) for cent in cents]
    assert decimal_to_cents(column).tolist() == cents


def test_nulls_slices_and_chunks() -> None:
    valid = np.array([True, False, True, True])
    column = cents_to_decimal(np.array([1, 2, -3, 4]), valid)
    assert column.to_pylist() == [Decimal("0.01"), None, Decimal("-0.03"), Decimal("0.04")]
    assert decimal_to_cents(column[2:]).tolist() == [-3, 4]
    assert decimal_to_cents(pa.chunked_array([column[2:3], column[3:], column[:0]])).tolist() == [-3, 4]
    assert decimal_to_cents(pa.array([Decimal("1.50")], pa.decimal128(10, 1))).tolist() == [150]
    with pytest.raises(BooksError, match="a sum of money is missing"):
        decimal_to_cents(column)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=40))
def test_remainders_add_up_and_stay_within_a_cent(sums: list[float]) -> None:
    fractional = np.array(sums)
    total = int(np.rint(fractional.sum()))
    whole = largest_remainder(fractional, total)
    assert whole.sum() == total
    assert np.all(np.abs(whole - fractional) <= 1.0)


def test_equal_remainders_go_to_the_first() -> None:
    assert largest_remainder(np.array([0.5, 0.5, 0.5, 0.5]), 2).tolist() == [1, 1, 0, 0]
    with pytest.raises(BooksError, match="2 sums cannot be rounded to add up to 9"):
        largest_remainder(np.array([0.5, 0.5]), 9)


@pytest.mark.slow
def test_five_million_rows_are_turned_without_a_loop_in_python() -> None:
    cents = np.random.default_rng(0).integers(-(10**9), 10**9, 5_000_000)
    started = time.process_time()
    few = [Decimal(int(cent)).scaleb(-2) for cent in cents[:50_000]]
    one_by_one = 100 * (time.process_time() - started)
    started = time.process_time()
    column = cents_to_decimal(cents)
    assert time.process_time() - started < one_by_one
    assert column[:50_000].to_pylist() == few
    assert np.array_equal(decimal_to_cents(column), cents)
