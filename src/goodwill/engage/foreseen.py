"""Whom to help before they ask: something failed, and they have not said a word yet."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.engage.first import FAILURE_DAYS, PURCHASE_DAYS
from goodwill.facts.columns import DAY, HOUR, Instants, instant, instants, places

if TYPE_CHECKING:
    from datetime import datetime

    import ibis.expr.types as ir

    from goodwill.lake import Facts


def failed_without_a_word(facts: Facts, *, as_of: datetime) -> pa.Table:
    """Failures of the past three days after which nothing went right, nobody acted and the customer said nothing yet.

    Returns a row for each customer, their latest failure: event_id, customer_id, at, place, detail, hours (since then)
    and bought_at (their last purchase in the fourteen days before it, or null). Who paid for it stands first, then who
    waits longest; no row rests on what anybody is worth.

    Raises `InputError` where `as_of` names no zone.

    >>> from datetime import UTC, datetime
    >>> from goodwill.firm import Firm
    >>> from goodwill.lake import Facts
    >>> noon = datetime(2026, 5, 1, 12, tzinfo=UTC)
    >>> event = {"event_id": ["e"], "customer_id": ["dana"], "at": [noon], "kind": ["failure"], "detail": ["download"]}
    >>> found = failed_without_a_word(Facts.from_arrow(Firm(), {"events": pa.table(event)}), as_of=noon)
    >>> found.select(["customer_id", "detail", "hours"]).to_pylist()
    [{'customer_id': 'dana', 'detail': 'download', 'hours': 0.0}]
    """
    end = instant(as_of)
    since = as_of - timedelta(days=FAILURE_DAYS)
    events = facts.events
    lately = events.filter((events.at <= as_of) & (events.at > since) & events.customer_id.notnull())
    bad = (lately.kind == "failure") | ~lately.ok.fill_null(True)
    columns = ("event_id", "customer_id", "at", "place", "detail")
    table = facts.lake.arrow(lately.filter(bad).select(*columns).order_by("customer_id", "at", "event_id"))
    customers = table["customer_id"].to_pylist()
    last = [row for row, who in enumerate(customers) if row + 1 == len(customers) or customers[row + 1] != who]
    table = table.take(pa.array(last, pa.int64()))
    failed = instants(table["at"])
    right_again = lately.filter(~bad & (lately.kind == "use"))
    since_then = [
        _latest(facts, one, table)
        for one in (
            right_again,
            facts.messages.filter((facts.messages.at <= as_of) & (facts.messages.at > since)),
            facts.actions.filter((facts.actions.at <= as_of) & (facts.actions.at > since)),
        )
    ]
    quiet = np.all([latest < failed for latest in since_then], axis=0)
    table, failed = table.filter(pa.array(quiet)), failed[quiet]
    purchases = facts.purchases
    sales = purchases.filter((purchases.at <= as_of) & (purchases.amount > 0))
    bought = _latest(facts, sales, table)
    shortly = (bought <= failed) & (bought >= failed - PURCHASE_DAYS * DAY)
    table = table.append_column("hours", pa.array((end - failed) / HOUR))
    table = table.append_column("bought_at", pc.cast(pa.array(bought, mask=~shortly), pa.timestamp("us", tz="UTC")))
    return table.take(pa.array(np.lexsort((np.arange(len(failed)), failed, ~shortly))))


def _latest(facts: Facts, rows: ir.Table, table: pa.Table) -> Instants:
    """The latest of these rows of each customer of the table; long ago where there is none."""
    rows = rows.filter(rows.customer_id.notnull())
    found = facts.lake.arrow(rows.group_by("customer_id").agg(at=rows.at.max()))
    place = places(table["customer_id"], found["customer_id"].combine_chunks())
    return np.append(instants(found["at"]), np.iinfo(np.int64).min)[place]
