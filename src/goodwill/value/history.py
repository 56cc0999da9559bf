"""One customer's account through time: what was expected a year ago, what happened since, what is expected now.

What happened is shown beside the sums: it is done and paid. The lines that count are those of the books, which look
ahead; they add up to the customer's worth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from goodwill.facts import POOL
from goodwill.facts.columns import floats
from goodwill.ledger import statement
from goodwill.value.columns import until
from goodwill.value.own import own_margin
from goodwill.value.summary import summary

if TYPE_CHECKING:
    from goodwill.lake import Facts
    from goodwill.value.valuation import Valuation

YEAR = 365
OPENING_RULE = "expected a year ago of own purchases since, by today's models from the history of then; rule 1"
HAPPENED_RULE = "as the records show"


@dataclass(frozen=True)
class _Line:
    at: datetime
    what: str
    who: str
    happened: float | None = None
    expected: float | None = None
    evidence: tuple[str, ...] = ("measured",)
    rule: str = HAPPENED_RULE


def account(facts: Facts, valued: Valuation, customer_id: str) -> pa.Table:
    """The statement of one customer in time order, in the columns of `goodwill.ledger.statement`.

    First the opening, a year before: what was then to be expected of their own purchases; then what happened in that
    year: purchases and returns by their margin, rewards; all with `counts` False. Then the lines of the books.
    `facts` are those that were valued. Errors: BooksError where nobody of that id has an account of their own.
    """
    books = statement(valued.book, customer_id)
    if customer_id == POOL:
        return books
    own = _of_customer(facts, customer_id)
    lines = sorted([*_purchases(own, valued), *_rewards(own, valued, customer_id)], key=lambda line: line.at)
    return pa.concat_tables([_table([*_opening(own, valued), *lines], books.schema), books])


def _of_customer(facts: Facts, customer_id: str) -> Facts:
    """Facts with one customer's purchases and referrals alone."""
    tables = dict(facts.tables)
    tables["purchases"] = facts.purchases.filter(facts.purchases.customer_id == customer_id)
    tables["referrals"] = facts.referrals.filter(facts.referrals.referrer_id == customer_id)
    return replace(facts, tables=tables)


def _opening(own: Facts, valued: Valuation) -> list[_Line]:
    then = valued.as_of - timedelta(days=YEAR)
    bought = summary(own, as_of=then).on(valued.clock)
    if not len(bought):
        return []
    expected = float(own_margin(bought, valued.spending, own.firm, YEAR).expected[0])
    return [_Line(then, "opening", "firm:sales", None, expected, ("estimated",), OPENING_RULE)]


def _purchases(own: Facts, valued: Valuation) -> list[_Line]:
    rows = until(own.arrow("purchases"), valued.as_of, YEAR)
    amount, margin = floats(rows["amount"], 0.0), floats(rows["margin"], np.nan)
    rate = own.firm.margin
    lines = []
    for at, money, known in zip(rows["at"].to_pylist(), amount.tolist(), margin.tolist(), strict=True):
        measured = not np.isnan(known)
        lines.append(
            _Line(
                at,
                "return" if money < 0 else "purchase",
                "firm:sales",
                known if measured else money * rate.value,
                evidence=("measured",) if measured or rate.measured else ("measured", "assumed"),
            )
        )
    return lines


def _rewards(own: Facts, valued: Valuation, customer_id: str) -> list[_Line]:
    rows = until(own.arrow("referrals"), valued.as_of, YEAR, column="converted_at")
    cost = floats(rows["reward_cost"], 0.0)
    return [
        _Line(at, "reward", "firm:acquisition", -float(paid))
        for at, paid in zip(rows["converted_at"].to_pylist(), cost.tolist(), strict=True)
        if paid
    ]


def _table(lines: list[_Line], schema: pa.Schema) -> pa.Table:
    money = schema.field("happened").type

    def sums(values: list[float | None]) -> pa.Array:
        return pa.array([None if value is None else f"{value:.2f}" for value in values], pa.string()).cast(money)

    columns: dict[str, Any] = {
        "at": [line.at for line in lines],
        "what": [line.what for line in lines],
        "who": [line.who for line in lines],
        "happened": sums([line.happened for line in lines]),
        "expected": sums([line.expected for line in lines]),
        "low": sums([None] * len(lines)),
        "high": sums([None] * len(lines)),
        "balance": sums([0.0] * len(lines)),
        "evidence": [list(line.evidence) for line in lines],
        "rule": [line.rule for line in lines],
        "counts": [False] * len(lines),
    }
    arrays = [
        column if isinstance(column, pa.Array) else pa.array(column, field.type)
        for field, column in ((field, columns[field.name]) for field in schema)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)
