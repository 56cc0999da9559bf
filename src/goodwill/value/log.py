"""The purchase log, line by line in order of customer and time, becomes one row a customer.

The engine sorts and hands the lines over in batches; here each batch is reduced while the next is fetched, so that no
more than a batch lies in memory. Sorting and adding up stretches was measured to take half the time of two groupings by
hash, one by customer and day and one by customer. A line's batch says nothing of the result: the lines of a customer
who is not finished wait for the next batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts.columns import DAY, Flags, Floats, Integers, flags, floats, instant, instants

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from goodwill.lake import Facts

YEAR = 365
#: Sums over a customer's lines.
SUMS = (
    "orders",
    "known_amount",
    "known_margin",
    "known_square",
    "year_amount",
    "year_margin",
    "year_unknown",
    "subscription_amount",
)
BEYOND = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Split:
    """Up to when lines count, when the past year began, and whether orders of one day are one purchase."""

    as_of: datetime
    merge_same_day: bool
    until: datetime | None  # lines after as_of and up to here are held out

    @property
    def end(self) -> datetime:
        return self.until or self.as_of


def customers(facts: Facts, split: Split) -> pa.Table:
    """One row a customer who has a line up to `as_of`, in order of customer_id.

    Columns: customer_id; first_at, last_at (days since 1970; null where nothing was bought); occasions; total, first
    (net money in all, and of the first occasion); `SUMS`; held_out (occasions after as_of) and held_out_amount.
    """
    lines = sorted_lines(facts, split)
    return pa.Table.from_batches(reduced(facts.lake.batches(lines), split), SCHEMA)


def sorted_lines(facts: Facts, split: Split) -> ir.Table:
    """What is needed of the lines of known customers, in an order that leaves nothing to chance.

    A log that never says a margin or a kind is not asked for them line by line.
    """
    import ibis

    log = facts.purchases
    said = facts.lake.arrow(log.aggregate(margin=log.margin.count(), kind=log.kind.count())).to_pylist()[0]
    log = log.filter(log.customer_id.notnull(), log.at <= ibis.literal(split.end, "timestamp('UTC')"))
    columns = {"money": log.amount.cast("float64")}
    if said["margin"]:
        columns["margin"] = log.margin.cast("float64")
    if said["kind"]:
        columns |= {"subscribed": log.kind == "subscription", "returned": log.kind == "return"}
    return log.select("customer_id", "at", **columns).order_by("customer_id", "at", *columns)


def reduced(batches: Iterable[pa.RecordBatch], split: Split) -> Iterator[pa.RecordBatch]:
    """Batches of sorted lines in, batches of customers out."""
    waiting: list[pa.RecordBatch] = []
    for batch in batches:
        if not batch.num_rows:
            continue
        ids = batch.column("customer_id")
        if waiting and ids[0] != waiting[0].column("customer_id")[0]:
            yield from _reduced(waiting, split)
            waiting = []
        last = int(changes(ids)[-1])  # where the lines of the last customer begin
        if last:
            yield from _reduced([*waiting, batch.slice(0, last)], split)
            waiting = []
        waiting.append(batch.slice(last))
    if waiting:
        yield from _reduced(waiting, split)


def changes(ids: pa.Array) -> Integers:
    """The first row of each stretch of equal values.

    >>> changes(pa.array(["a", "a", "b"])).tolist()
    [0, 2]
    """
    other = flags(pc.not_equal(ids.slice(1), ids.slice(0, len(ids) - 1)))
    return np.flatnonzero(np.concatenate([[True], other]))


def _reduced(parts: list[pa.RecordBatch], split: Split) -> Iterator[pa.RecordBatch]:
    lines = pa.Table.from_batches(parts)
    found = _customers(lines, changes(lines["customer_id"].combine_chunks()), split)
    yield from found.combine_chunks().to_batches()


def _customers(lines: pa.Table, begin: Integers, split: Split) -> pa.Table:
    """Whole customers, whose lines begin at these rows."""
    at, money = instants(lines["at"]), cents(lines["money"])
    late = at > instant(split.as_of)
    day, first_line = _occasions(at // DAY, late, begin, split.merge_same_day)
    net = np.add.reduceat(money, first_line)
    occasion = net > 0
    if (money == 0).any():
        occasion |= _given_away(lines, money, first_line)
    later = late[first_line]
    of_customer = np.searchsorted(first_line, begin)
    bought = occasion & ~later
    number = counted(bought, of_customer)
    # The occasions that count, customer by customer: the first and the last of each are where their numbers end.
    which, behind = np.append(np.flatnonzero(bought), 0), np.cumsum(number)
    never = number == 0
    first, last = which[behind - number], which[behind - 1]
    nothing = np.zeros(len(begin))
    columns: dict[str, Any] = {
        "customer_id": lines["customer_id"].take(pa.array(begin)),
        "first_at": pa.array(day[first].astype(np.int32), mask=never).cast(pa.date32()),
        "last_at": pa.array(day[last].astype(np.int32), mask=never).cast(pa.date32()),
        "occasions": number.astype(np.float64),
        "total": np.add.reduceat(np.where(later, 0.0, net), of_customer) / 100,
        "first": np.where(never, 0.0, net[first]) / 100,
        **_sums(lines, at, money, ~late, begin, split.as_of),
        "held_out": counted(occasion & later, of_customer).astype(np.float64) if later.any() else nothing,
        "held_out_amount": np.add.reduceat(np.where(later, net, 0.0), of_customer) / 100 if later.any() else nothing,
    }
    found = pa.table(columns, SCHEMA)
    # Who has only come since is nobody yet.
    return found.filter(pa.array(~late[begin])) if late[begin].any() else found


def cents(column: pa.ChunkedArray) -> Floats:
    """Money in whole cents. Their sums are exact in any order: who gave all of it back is left with nothing, not dust.

    >>> cents(pa.chunked_array([[0.1, 0.2, None]])).tolist()
    [10.0, 20.0, nan]
    """
    whole: Floats = np.rint(floats(column, np.nan) * 100)
    return whole


def counted(true: Flags, begin: Integers) -> Integers:
    """How many are true in each stretch of rows.

    >>> counted(np.array([True, False, True, True]), np.array([0, 2])).tolist()
    [1, 2]
    """
    found: Integers = np.diff(np.searchsorted(np.flatnonzero(true), np.append(begin, len(true))))
    return found


def _occasions(day: Integers, late: Flags, begin: Integers, merge: bool) -> tuple[Integers, Integers]:
    """The day of each occasion, and its first line: a line, or a customer's lines of one day before or after as_of."""
    if not merge:
        return day, np.arange(len(day))
    starts = np.empty(len(day), dtype=bool)
    starts[1:] = (day[1:] != day[:-1]) | (late[1:] != late[:-1])
    starts[begin] = True
    first = np.flatnonzero(starts)
    return day[first], first


def _given_away(lines: pa.Table, money: Floats, first_line: Integers) -> Flags:
    """Occasions where something was had for nothing: given away, or paid by voucher. A reason to come all the same.

    (CDNOW's log has eight such.)
    """
    free = money == 0
    nothing_paid = np.logical_and.reduceat(free, first_line)
    if "returned" in lines.column_names:
        free &= ~flags(lines["returned"])
    return np.asarray(nothing_paid & np.logical_or.reduceat(free, first_line))


def _sums(
    lines: pa.Table, at: Integers, money: Floats, early: Flags, begin: Integers, as_of: datetime
) -> dict[str, Floats]:
    """`SUMS` over each customer's lines up to as_of; `money` is in cents."""
    nothing = np.zeros(len(begin))

    def added(values: Floats, where: Flags) -> Floats:
        if not where.any():
            return nothing
        return np.add.reduceat(values if where.all() else np.where(where, values, 0.0), begin) / 100

    recent = early & (at > instant(as_of - timedelta(days=YEAR)))
    sums = {"orders": counted(early & (money > 0), begin).astype(np.float64), "year_amount": added(money, recent)}
    if "margin" in lines.column_names:
        margin = cents(lines["margin"])
        told = ~np.isnan(margin)
        sold = early & told & (money > 0)
        square = np.divide(margin**2, money, out=np.zeros_like(money), where=sold)
        sums |= {
            "known_amount": added(money, sold),
            "known_margin": added(margin, sold),
            "known_square": added(square, sold),
            "year_margin": added(margin, recent & told),
            "year_unknown": added(money, recent & ~told),
        }
    else:
        sums |= {"known_amount": nothing, "known_margin": nothing, "known_square": nothing, "year_margin": nothing}
        sums["year_unknown"] = sums["year_amount"]
    subscribed = early & flags(lines["subscribed"]) if "subscribed" in lines.column_names else np.zeros_like(early)
    sums["subscription_amount"] = added(money, subscribed)
    return {name: sums[name] for name in SUMS}


SCHEMA = pa.schema(
    [
        ("customer_id", pa.string()),
        ("first_at", pa.date32()),
        ("last_at", pa.date32()),
        *((name, pa.float64()) for name in ("occasions", "total", "first", *SUMS, "held_out", "held_out_amount")),
    ]
)
