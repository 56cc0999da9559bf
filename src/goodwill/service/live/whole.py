"""All facts of the store as `Facts`: what a valuation, an export or a notebook begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

from goodwill.facts import TABLES
from goodwill.lake import Facts
from goodwill.service.erasing import ERASED
from goodwill.service.live import mending, people, tables
from goodwill.service.live.firms import firm as the_firm

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    import pyarrow as pa


def facts(
    tables_wanted: Collection[str] | None = None,
    customers: Collection[str] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Facts:
    """Facts from the store, corrected where a person did so; tables that are not wanted are empty.

    `customers` keeps what belongs to these persons (by any id of theirs), `since` and `until` what happened between
    (both included); tables without a time are whole. Ids are as they were given: `know.identify` makes persons of them.
    """
    with tables.snapshot() as store:
        given = read(store, tables_wanted, until)
    if customers is not None:
        import pyarrow as pa

        ids = pa.array(sorted(people.ids_of(sorted(customers))), pa.string())
        given = {
            name: rows.filter(pc.is_in(rows["customer_id"], value_set=ids)) if "customer_id" in TABLES[name] else rows
            for name, rows in given.items()
        }
    if since is not None:
        given = {name: _from(rows, since) if "at" in TABLES[name] else rows for name, rows in given.items()}
    return Facts.from_arrow(the_firm(), given)


def read(
    store: tables.Snapshot, wanted: Collection[str] | None = None, until: datetime | None = None
) -> dict[str, pa.Table]:
    """Tables of facts from one look at the store, corrected; what happened after `until` is left out."""
    names = [name for name in TABLES if wanted is None or name in wanted]
    given = {name: store.table(f"fact_{name}", TABLES[name].arrow) for name in names}
    given = mending.mended(given, mending.corrections_of_facts(names))
    if "purchases" in given:
        given["purchases"] = _of_nobody(given["purchases"])
    if until is not None:
        given = {name: _upto(rows, until) if "at" in TABLES[name] else rows for name, rows in given.items()}
    return given


def _of_nobody(purchases: pa.Table) -> pa.Table:
    """Purchases of those who were erased count in the firm's figures and in nobody's."""
    import pyarrow as pa

    whose = purchases["customer_id"]
    erased = pc.fill_null(pc.equal(whose, ERASED), False)
    nobody = pc.if_else(erased, pa.scalar(None, pa.string()), whose)
    return purchases.set_column(purchases.schema.get_field_index("customer_id"), purchases.field("customer_id"), nobody)


def _upto(rows: pa.Table, until: datetime) -> pa.Table:
    import pyarrow as pa

    return rows.filter(pc.fill_null(pc.less_equal(rows["at"], pa.scalar(until, rows["at"].type)), True))


def _from(rows: pa.Table, since: datetime) -> pa.Table:
    import pyarrow as pa

    return rows.filter(pc.fill_null(pc.greater_equal(rows["at"], pa.scalar(since, rows["at"].type)), True))
