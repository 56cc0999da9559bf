"""A purchase log becomes one row a customer: how often, how lately, since when, how much.

The columns are those of Fader, Hardie & Lee (2005), "Counting your customers the easy way", Marketing Science 24(2):
frequency x (repeat purchases), recency t_x (first to last purchase) and age T (first purchase to the end of the
period). The unit of time is the grain, a day or a week, without rounding: a recency may be 30.43 weeks.

What a purchase is. Orders of one day are one purchase (they may be kept apart). Returns are netted on their day: a
day counts as a purchase when more was bought than given back; a day with more given back lowers the total, not the
count. So nothing is ever negative or NaN, and customers who only gave things back are kept with frequency 0 and
`occasions` 0.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from goodwill.errors import ModelError
from goodwill.value.clock import STEADY, Clock
from goodwill.value.log import SUMS, Split, customers

if TYPE_CHECKING:
    from goodwill.lake import Facts

Grain = Literal["day", "week"]
DAYS: dict[str, float] = {"day": 1.0, "week": 7.0}

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Summary:
    """One row a customer, sorted by customer_id; `grain` is the unit of recency and age.

    `clock` is what they were counted on: the ordinary one, or the firm's own (`season.py`).
    """

    rows: pa.Table
    grain: Grain
    as_of: datetime
    held_out_until: datetime | None = None
    clock: Clock = STEADY

    def __len__(self) -> int:
        return int(self.rows.num_rows)

    def column(self, name: str) -> Floats:
        """One column of numbers, (customers,)."""
        return np.asarray(self.rows.column(name).to_numpy(), dtype=np.float64)

    @property
    def customer_id(self) -> pa.Array:
        return self.rows.column("customer_id").combine_chunks()

    @property
    def frequency(self) -> Floats:
        """Repeat purchases."""
        return self.column("frequency")

    @property
    def recency(self) -> Floats:
        """From the first purchase to the last, in grains."""
        return self.column("recency")

    @property
    def age(self) -> Floats:
        """From the first purchase to the end of the period, in grains."""
        return self.column("age")

    @property
    def mean_spend(self) -> Floats:
        """Mean of the repeat purchases, money; 0 where there is none (the measure of Fader & Hardie 2013)."""
        return self.column("mean_spend")

    def take(self, chosen: npt.NDArray[np.bool_]) -> Summary:
        """The same for some of the customers."""
        return replace(self, rows=self.rows.filter(pa.array(chosen)))

    def on(self, clock: Clock) -> Summary:
        """The same customers with recency and age on another clock."""
        if clock == self.clock:
            return self
        first, last = clock(_days(self.rows["first_at"])), clock(_days(self.rows["last_at"]))
        today = clock((self.as_of.astimezone(UTC).date() - date(1970, 1, 1)).days)
        there = self.column("occasions") > 0
        rows = self.rows
        for name, until in (("recency", last), ("age", today)):
            days = np.where(there, np.maximum(until - first, 0.0), 0.0)
            rows = rows.set_column(rows.schema.get_field_index(name), name, pa.array(self.in_grains(1.0) * days))
        return replace(self, rows=rows, clock=clock)

    def ahead(self, days: float) -> float:
        """The next so many days in the unit of this summary, as its clock counts them."""
        if self.clock.steady:
            return self.in_grains(days)
        today = self.as_of.timestamp() / 86_400
        return self.in_grains(float(self.clock(today + days) - self.clock(today)))

    def in_grains(self, days: float) -> float:
        """A number of days in the unit of this summary."""
        return days / DAYS[self.grain]

    def refuse_other_grain(self, fitted: str) -> None:
        """A model fitted in weeks knows nothing of days.

        Errors: ModelError.
        """
        if fitted != self.grain:
            raise ModelError(
                f"the model was fitted in {fitted}s and the customers are counted in {self.grain}s",
                where="summary",
                mend=f'make the summary with grain="{fitted}", or fit again',
            )


def summary(
    facts: Facts,
    *,
    as_of: datetime,
    grain: Grain = "week",
    merge_same_day: bool = True,
    hold_out_until: datetime | None = None,
) -> Summary:
    """The purchases up to `as_of` as one row a customer, in one pass of the engine.

    Columns: customer_id; frequency, recency, age (grains); mean_spend (money, of repeat purchases); occasions (all
    purchases), mean_of_all (money), total (net money); orders (sales before merging); first_at, last_at (days);
    known_amount, known_margin, known_square (of sales whose margin is known: Σ amount, Σ margin, Σ margin²/amount);
    year_amount, year_margin, year_unknown (net money of the past 365 days, the margin known of it, and the amount
    whose margin is not known); subscription_amount (net money of kind 'subscription'); held_out (purchases after
    `as_of`, up to `hold_out_until`) and held_out_amount.

    Purchases by nobody known are left out. Errors: ModelError for an unknown grain or a hold-out that ends too early.

    >>> from goodwill.firm import Firm
    >>> from goodwill.lake import Facts
    >>> day = lambda month, of: datetime(2026, month, of, 12, tzinfo=UTC)
    >>> bought = {"purchase_id": ["1", "2", "3", "4"], "customer_id": ["ann"] * 4,
    ...           "at": [day(1, 1), day(1, 15), day(1, 15), day(2, 5)], "amount": [10.0, 20.0, 30.0, 70.0]}
    >>> facts = Facts.from_arrow(Firm(), {"purchases": pa.table(bought)})
    >>> ann = summary(facts, as_of=day(3, 5))
    >>> ann.frequency, ann.recency, ann.age, ann.mean_spend
    (array([2.]), array([5.]), array([9.]), array([60.]))
    """
    if grain not in DAYS:
        raise ModelError(f"no grain is called {grain!r}", where="summary", mend="choose day or week")
    if hold_out_until is not None and hold_out_until <= as_of:
        raise ModelError("the hold-out ends before it begins", where="summary", mend="give a time after as_of")
    found = customers(facts, Split(as_of, merge_same_day, hold_out_until))
    return Summary(_measured(found, as_of, DAYS[grain]), grain, as_of, hold_out_until)


def _measured(found: pa.Table, as_of: datetime, unit: float) -> pa.Table:
    """Days into grains, sums into means; what is missing becomes zero, never NaN."""

    def numbers(name: str) -> Floats:
        return np.asarray(found.column(name).to_numpy(), dtype=np.float64)

    first, last = _days(found.column("first_at")), _days(found.column("last_at"))
    end = (as_of.astimezone(UTC).date() - datetime(1970, 1, 1).date()).days
    occasions, total = numbers("occasions"), numbers("total")
    frequency = np.maximum(occasions - 1, 0)
    bought = occasions > 0
    repeats = np.maximum(total - numbers("first"), 0.0)
    columns: dict[str, Any] = {
        "customer_id": found.column("customer_id"),
        "frequency": frequency,
        "recency": np.where(bought, last - first, 0) / unit,
        "age": np.where(bought, end - first, 0) / unit,
        "mean_spend": np.divide(repeats, frequency, out=np.zeros_like(total), where=frequency > 0),
        "occasions": occasions,
        "mean_of_all": np.divide(np.maximum(total, 0.0), occasions, out=np.zeros_like(total), where=bought),
        "total": total,
        "first_at": found.column("first_at"),
        "last_at": found.column("last_at"),
    }
    return pa.table(columns | {name: numbers(name) for name in (*SUMS, "held_out", "held_out_amount")})


def _days(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """Days since 1970; 0 where there is none."""
    return np.asarray(column.cast(pa.date32()).cast(pa.int32()).fill_null(0).to_numpy(), dtype=np.int64)
