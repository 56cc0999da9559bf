"""Are these numbers ones that a spend model can take? Each refusal says which row, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from goodwill.errors import ModelError, NotEnoughData

Array = npt.NDArray[np.float64]

#: Rows looked at in one go: large enough to be fast, small enough to keep memory flat at ten million customers.
CHUNK = 262_144
#: Recency may pass age by this much before it is refused: both are often quotients such as days / 7.
ROUNDING = 1e-9


def as_numbers(name: str, values: Any, where: str) -> npt.NDArray[Any]:
    """The values as a NumPy array of whole numbers or floats, without a copy where none is needed.

    Errors: ModelError when the values are not numbers.

    >>> as_numbers("age", [1, 2], "BetaGeoNBD").tolist()
    [1, 2]
    """
    array = np.asarray(values)
    if array.dtype.kind in "iu" or array.dtype == np.float64:
        return array
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError):
        mend = "give numbers; missing values must be filled or left out first"
        raise ModelError(f"{name} holds something that is no number", where=where, mend=mend) from None


def columns(where: str, **named: Any) -> list[npt.NDArray[Any]]:
    """Several columns of one table: one-dimensional, of one length, without NaN or infinity.

    Errors: ModelError with the name of the column and the first bad row (counted from 0).

    >>> columns("BetaGeoNBD", frequency=[1, 2], recency=[3.0])
    Traceback (most recent call last):
        ...
    goodwill.errors.ModelError: BetaGeoNBD: the columns differ in length (frequency 2, recency 1); give one ...
    """
    arrays = {name: as_numbers(name, values, where) for name, values in named.items()}
    for name, array in arrays.items():
        if array.ndim != 1:
            mend = "give one value a customer"
            raise ModelError(f"{name} has {array.ndim} dimensions, not one", where=where, mend=mend)
    if len({len(array) for array in arrays.values()}) > 1:
        lengths = ", ".join(f"{name} {len(array)}" for name, array in arrays.items())
        mend = "give one value of each for every customer"
        raise ModelError(f"the columns differ in length ({lengths})", where=where, mend=mend)
    for name, array in arrays.items():
        check_finite(name, array, where)
    return list(arrays.values())


def check_finite(name: str, values: npt.NDArray[Any], where: str) -> None:
    """Refuse NaN and infinity."""
    if values.dtype.kind == "f":
        mend = "fill or leave out such rows first"
        refuse_rows(lambda part: ~np.isfinite(part), [values], f"{name} is missing or infinite", where, mend)


def check_not_negative(name: str, values: npt.NDArray[Any], where: str, mend: str) -> None:
    """Refuse values below zero."""
    refuse_rows(lambda part: part < 0, [values], f"{name} is negative", where, mend)


def check_whole(name: str, values: npt.NDArray[Any], where: str, mend: str) -> None:
    """Refuse fractions in a column of counts."""
    if values.dtype.kind == "f":
        refuse_rows(lambda part: part != np.floor(part), [values], f"{name} is not a whole number", where, mend)


def check_histories(where: str, frequency: npt.NDArray[Any], recency: npt.NDArray[Any], age: npt.NDArray[Any]) -> None:
    """Refuse purchase histories that cannot be.

    Errors: ModelError for a negative or fractional frequency, a negative recency or age, a recency beyond the age,
    a recency without a repeat purchase.
    """
    repeats = "frequency counts repeat purchases: 0, 1, 2, ..."
    check_not_negative("frequency", frequency, where, repeats)
    check_whole("frequency", frequency, where, repeats)
    check_not_negative("recency", recency, where, "recency is the time from the first purchase to the last")
    check_not_negative("age", age, where, "age is the time from the first purchase to the end of the period")
    refuse_rows(
        lambda last, whole: last > whole * (1 + ROUNDING) + ROUNDING,
        [recency, age],
        "recency is beyond age",
        where,
        "both run from the first purchase, so the last purchase cannot lie after the end: check units and dates",
    )
    refuse_rows(
        lambda count, last: (count == 0) & (last > 0),
        [frequency, recency],
        "recency is above zero although frequency is 0",
        where,
        "without a repeat purchase the recency is 0; frequency counts repeats only, the first purchase not among them",
    )


def refuse_rows(
    is_bad: Callable[..., npt.NDArray[np.bool_]],
    arrays: Sequence[npt.NDArray[Any]],
    what: str,
    where: str,
    mend: str,
) -> None:
    """Raise ModelError with the first bad row and their number; look at the rows in chunks."""
    first, number = -1, 0
    for start in range(0, len(arrays[0]), CHUNK):
        bad = is_bad(*(array[start : start + CHUNK] for array in arrays))
        if bad.any():
            first = start + int(bad.argmax()) if first < 0 else first
            number += int(bad.sum())
    if number:
        rows = f"in row {first}" if number == 1 else f"in {number} rows, the first of them row {first}"
        raise ModelError(f"{what} {rows} (counted from 0)", where=where, mend=mend)


def check_weights(where: str, weights: Any, length: int) -> Array | None:
    """Weights as floats of the right length and not negative, or None."""
    if weights is None:
        return None
    (array,) = columns(where, weights=weights)
    if len(array) != length:
        mend = "give one weight a row"
        raise ModelError(f"{len(array)} weights for {length} rows", where=where, mend=mend)
    check_not_negative("weight", array, where, "a weight is the number of customers that a row stands for")
    return array.astype(np.float64)


def check_enough(where: str, customers: float, needed: int) -> None:
    """Refuse to fit on fewer customers than there are parameters.

    Errors: NotEnoughData.

    >>> check_enough("BetaGeoNBD", 1, 5)
    Traceback (most recent call last):
        ...
    goodwill.errors.NotEnoughData: BetaGeoNBD: 1 customer is too few to fit; at least 5 are needed, ...
    """
    if customers < needed:
        noun = "customer is" if customers == 1 else "customers are"
        mend = f"at least {needed} are needed, some hundreds are better"
        raise NotEnoughData(f"{customers:g} {noun} too few to fit", where=where, mend=mend)


def check_positive(where: str, **values: float) -> None:
    """Refuse parameters that are not above zero.

    >>> check_positive("BetaGeoNBD", r=-1.0)
    Traceback (most recent call last):
        ...
    goodwill.errors.ModelError: BetaGeoNBD: parameter r is -1; give a number above zero
    """
    for name, value in values.items():
        if not (np.isfinite(value) and value > 0):
            raise ModelError(f"parameter {name} is {value:g}", where=where, mend="give a number above zero")


def check_horizon(where: str, horizon: npt.NDArray[Any], endless: bool = False) -> None:
    """Refuse a horizon that is negative, missing or (unless `endless`) infinite."""
    good = (horizon >= 0) if endless else (horizon >= 0) & np.isfinite(horizon)
    if not np.all(good):
        mend = "give a time ahead of zero or more, in the unit of the ages"
        raise ModelError("the horizon is negative, missing or infinite", where=where, mend=mend)
