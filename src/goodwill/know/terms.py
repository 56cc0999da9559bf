"""What a person allows: the latest row of their terms, else what the firm's stated basis says.

Five purposes (`goodwill.facts.PURPOSES`). A purpose that a row refuses does not hold, whatever else it says. Where a
row names purposes, those hold and no others. Where it names an agreement alone, what that agreement means holds. What
nobody was asked about goes by the basis: everyone is answered; valuing holds under legitimate interest (open to
objection at any time) and not under consent; news, quoting and study never hold without a yes.

    holds(rows, firm, purpose, customers)    for many, as Arrow: the pipeline and the service
    answers(row, firm)                       for one, purpose by purpose, with what it rests on: screens and the door
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.errors import InputError
from goodwill.facts import PURPOSES
from goodwill.know.agreements import AGREEMENTS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from goodwill.firm import Firm

ANSWER_ME, VALUE_ME, TELL_ME_NEWS, QUOTE_ME, STUDY_TOGETHER = PURPOSES
Ground = Literal["their word", "their agreement", "the basis", "nobody asked"]


@dataclass(frozen=True)
class Answer:
    """Whether one purpose holds for one person, and what that rests on."""

    purpose: str
    holds: bool
    ground: Ground


def unasked(firm: Firm, purpose: str) -> bool:
    """Whether a purpose holds for somebody who was never asked about it.

    >>> from goodwill.firm import Firm
    >>> [unasked(Firm(), purpose) for purpose in PURPOSES]
    [True, True, False, False, False]
    """
    _known(purpose)
    return purpose == ANSWER_ME or (purpose == VALUE_ME and firm.terms.basis == "legitimate interest")


def answers(row: Mapping[str, Any] | None, firm: Firm) -> tuple[Answer, ...]:
    """Purpose by purpose what holds by one row of terms (the latest; None where there is none).

    >>> from goodwill.firm import Firm
    >>> [one.purpose for one in answers({"agreement": "SD-BASE"}, Firm()) if one.holds]
    ['answer me']
    """
    return tuple(_answer(row or {}, firm, purpose) for purpose in PURPOSES)


def allows(row: Mapping[str, Any] | None, firm: Firm, purpose: str) -> bool:
    """Whether one purpose holds by one row of terms."""
    _known(purpose)
    return _answer(row or {}, firm, purpose).holds


def _answer(row: Mapping[str, Any], firm: Firm, purpose: str) -> Answer:
    if purpose in (row.get("refused") or ()):
        return Answer(purpose, False, "their word")
    if row.get("purposes") is not None:
        return Answer(purpose, purpose in row["purposes"], "their word")
    agreed = AGREEMENTS.get(row.get("agreement") or "")
    if agreed is not None and (agreed.replaces or purpose in agreed.purposes):
        return Answer(purpose, purpose in agreed.purposes, "their agreement")
    holds = unasked(firm, purpose)
    return Answer(purpose, holds, "the basis" if purpose in (ANSWER_ME, VALUE_ME) else "nobody asked")


def latest(rows: pa.Table, as_of: datetime | None = None) -> pa.Table:
    """The row that holds for each customer: the last by `at`, of equal ones the last in the table.

    What is dated after `as_of` does not hold yet. Sorted by customer_id; the columns are those of `rows`.
    """
    if as_of is not None:
        rows = rows.filter(pc.less_equal(rows["at"], pa.scalar(as_of, rows["at"].type)))
    order = pa.array(np.arange(rows.num_rows))
    ordered = rows.append_column("_row", order).sort_by(
        [("customer_id", "ascending"), ("at", "descending"), ("_row", "descending")]
    )
    ids = ordered["customer_id"].to_pylist()
    first = [row for row, one in enumerate(ids) if row == 0 or one != ids[row - 1]]
    return ordered.take(pa.array(first, pa.int64())).drop_columns(["_row"])


def holds(
    rows: pa.Table, firm: Firm, purpose: str, customers: pa.Array | Sequence[str], as_of: datetime | None = None
) -> pa.BooleanArray:
    """Whether a purpose holds for each of many customers.

    `rows` are facts.terms of any number of customers, in any order, old ones among them; `customers` (n,) are ids.
    Gives n booleans, none of them null. Raises InputError for a purpose that there is not.

    >>> from datetime import UTC, datetime
    >>> from goodwill.facts import TABLES
    >>> from goodwill.firm import Firm
    >>> row = {"customer_id": "anna", "at": datetime(2026, 1, 1, tzinfo=UTC), "refused": ["value me"]}
    >>> rows = pa.Table.from_pylist([row], schema=TABLES["terms"].arrow)
    >>> holds(rows, Firm(), "value me", ["anna", "ben"]).to_pylist()
    [False, True]
    """
    wanted = customers if isinstance(customers, pa.Array) else pa.array(customers, pa.string())
    said = latest(rows, as_of)
    place = pc.index_in(wanted, value_set=said["customer_id"].combine_chunks())
    by_row = pa.array([allows(row, firm, purpose) for row in said.to_pylist()], pa.bool_())
    return pc.fill_null(by_row.take(place), unasked(firm, purpose))


def spelled_out(rows: pa.Table, firm: Firm) -> pa.Table:
    """The same terms with `purposes` in every row that names an agreement alone: what it means stands there, so that
    rooms which know no agreements read them all alike."""
    given, agreed = rows["purposes"].to_pylist(), rows["agreement"].to_pylist()
    if not any(named in AGREEMENTS and purposes is None for named, purposes in zip(agreed, given, strict=True)):
        return rows
    place = rows.schema.get_field_index("purposes")
    spelled = [
        [one.purpose for one in answers(row, firm) if one.holds]
        if row["purposes"] is None and row["agreement"] in AGREEMENTS
        else row["purposes"]
        for row in rows.to_pylist()
    ]
    return rows.set_column(place, rows.schema.field(place), pa.array(spelled, rows.schema.field(place).type))


def _known(purpose: str) -> None:
    if purpose not in PURPOSES:
        raise InputError(f"no purpose is called {purpose!r}", where="terms", mend=f"choose among {', '.join(PURPOSES)}")
