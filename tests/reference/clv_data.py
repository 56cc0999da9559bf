"""The public data sets of the CLV literature, as the papers prepare them."""

from __future__ import annotations

import csv
import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]


class Histories(NamedTuple):
    """One value a customer; times in weeks; `later`: purchases in the hold-out period."""

    frequency: Array
    recency: Array
    age: Array
    mean_spend: Array
    later: Array


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a CSV file."""
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def histories(purchases: dict[str, dict[dt.date, float]], end: dt.date) -> Histories:
    """Same-day orders are merged already; weeks are days / 7, exactly."""
    table = []
    for customer in sorted(purchases):
        days = sorted(day for day in purchases[customer] if day <= end)
        repeats = [purchases[customer][day] for day in days[1:]]
        table.append(
            (
                len(repeats),
                (days[-1] - days[0]).days / 7,
                (end - days[0]).days / 7,
                float(np.mean(repeats)) if repeats else 0.0,
                len(purchases[customer]) - len(days),
            )
        )
    return Histories(*np.array(table, dtype=np.float64).T)


def cdnow(folder: Path) -> Histories:
    """CDNOW, 2,357 customers: calibration to 1997-09-30, 39 weeks of hold-out."""
    purchases: dict[str, dict[dt.date, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows(folder / "clv" / "cdnow_sample_transactions.csv"):
        purchases[row["sample_id"]][dt.date.fromisoformat(row["date"])] += float(row["dollars"])
    return histories(purchases, dt.date(1997, 9, 30))


def apparel(folder: Path) -> tuple[Histories, dict[str, Array]]:
    """The apparel retailer, 600 customers, first 104 weeks, with their static covariates."""
    purchases: dict[str, dict[dt.date, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows(folder / "clv" / "apparel_transactions.csv"):
        purchases[f"{int(row['Id']):04d}"][dt.date.fromisoformat(row["Date"])] += float(row["Price"])
    static = {f"{int(row['Id']):04d}": row for row in rows(folder / "clv" / "apparel_static_covariates.csv")}
    covariates = {
        name: np.array([float(static[customer][name]) for customer in sorted(purchases)])
        for name in ("Gender", "Channel")
    }
    return histories(purchases, dt.date(2005, 1, 2) + dt.timedelta(weeks=104)), covariates


def donations(folder: Path) -> dict[str, Array]:
    """11,104 donors over six yearly appeals, as 22 distinct histories with weights."""
    table = list(rows(folder / "clv" / "donations.csv"))
    return {name: np.array([float(row[name]) for row in table]) for name in table[0]}


def segments(folder: Path) -> dict[str, Array]:
    """Subscribers left of 1,000, by year, in two segments."""
    table = list(rows(folder / "clv" / "contractual_two_segments.csv"))
    return {name: np.array([float(row[name]) for row in table]) for name in ("Regular", "High-end")}
