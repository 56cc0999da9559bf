"""The statement of account of one customer: their lines of the latest valuation, in one query."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from goodwill.facts import LEDGER
from goodwill.service.live import people, tables, terms
from goodwill.service.live.firms import firm as the_firm


def statement(customer_id: str, *, exact: bool = True) -> dict[str, Any] | None:
    """The lines of a customer's account with its running balance, others counted and never named (ledger.statement).

    `customer_id`, `currency`, `as_of`, `worth` and `lines` ({at, what, who, happened, expected, low, high, balance,
    evidence, rule, counts}). None where they have no account: nobody called so, or their terms forbid one.

    Money is `Decimal`; where it is not to be `exact` the lines have floats, which a long account is sooner made of.
    """
    from goodwill.ledger.statement import statement as lines_of
    from goodwill.service.store.models import Valuation, Worth

    person = people.person_of(customer_id)
    if terms.unvalued(the_firm(), [person]):
        return None
    held = Worth.objects.filter(customer_id=person).values("valuation", "worth", "follows").first()
    if held is None:
        return None
    lines = tables.few(
        "line", LEDGER.arrow, "t.customer_id = %s AND t.valuation = %s", [person, held["valuation"]], 'ORDER BY t."at"'
    )
    valuation = Valuation.objects.filter(pk=held["valuation"]).values("as_of", "currency").first() or {}
    return {
        "customer_id": person,
        "currency": valuation.get("currency"),
        "as_of": valuation.get("as_of"),
        "valuation": held["valuation"],
        "worth": held["worth"],
        "follows": held["follows"],
        "lines": _rows(lines_of(_in_order(lines), person), exact) if lines.num_rows else [],
    }


def _rows(lines: pa.Table, exact: bool) -> list[dict[str, Any]]:
    if not exact:
        money = [pa.types.is_decimal(column.type) for column in lines.schema]
        columns = [
            lines[place].cast(pa.float64()) if is_money else lines[place] for place, is_money in enumerate(money)
        ]
        lines = pa.table(columns, names=lines.column_names)
    return lines.to_pylist()


def _in_order(lines: pa.Table) -> pa.Table:
    """As the book had them: by the number of the entry."""
    number = pa.array(
        [int("".join(filter(str.isdigit, one.partition(":")[2])) or 0) for one in lines["entry_id"].to_pylist()]
    )
    return (
        lines.append_column("number", number)
        .sort_by([("number", "ascending"), ("entry_id", "ascending")])
        .drop_columns(["number"])
    )
