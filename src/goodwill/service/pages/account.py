"""What the page of a customer shows of their worth: the headline, the statement, the books.

Happened and expected stand apart; other people are counted, never named; money is nowhere where terms forbid valuing.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts import EVIDENCE, LEDGER
from goodwill.ledger.kinds import PART_OF_KIND, PARTS
from goodwill.service.live import tables
from goodwill.service.pages.words import line_words
from goodwill.service.store.models import Line, Valuation, Worth

if TYPE_CHECKING:
    from collections.abc import Iterable

ZERO = Decimal(0)
PASSED_ON = ("referral", "influence")
"""What goes to those who brought or swayed them is of these kinds, and less than nought."""
MOST_LINES = 200
"""So many lines of a long account are shown, the latest; what was before is carried forward."""
ACCOUNTS = {
    "firm:sales": "our sales",
    "firm:contacts": "contacts spared",
    "firm:acquisition": "advertising spared",
    "firm:ideas": "our products",
    "firm:service": "serving them",
    "firm:reach": "strangers",
}
SAYS = {"spend": "spends", "referral": "brings", "influence": "sways", "knowledge": "teaches"}


@dataclass(frozen=True)
class Part:
    """One of the four parts of what follows."""

    key: str
    says: str
    amount: Decimal


@dataclass(frozen=True)
class Side:
    """The latest lines of a statement that happened, or that are expected; how many stand before them; the sum of all,
    and of those before."""

    name: str
    lines: tuple[dict[str, Any], ...]
    total: Decimal
    earlier: int
    before: Decimal


@dataclass(frozen=True)
class Account:
    """A customer's worth as the page shows it; of a long account only the lines that are looked at are read out."""

    worth: Worth
    parts: tuple[Part, ...]
    as_of: Any

    @cached_property
    def statement(self) -> pa.Table:
        """`ledger.statement`: what counts, and what stands beside the sums."""
        return _statement(self.worth.customer_id)

    @cached_property
    def counting(self) -> pa.Table:
        return self.statement.filter(self.statement["counts"])

    def latest(self, kinds: Iterable[str], most: int, *, passed_on: bool) -> tuple[dict[str, Any], ...]:
        """The latest lines that count of some kinds: what was taken from them for others, or all but that."""
        amount = pc.coalesce(self.counting["happened"], self.counting["expected"])
        taken = pc.and_(pc.is_in(self.counting["what"], value_set=pa.array(PASSED_ON)), pc.less(amount, pa.scalar(0)))
        wanted = pc.is_in(self.counting["what"], value_set=pa.array(list(kinds), pa.string()))
        return _lines(self.counting.filter(pc.and_(wanted, taken if passed_on else pc.invert(taken)))[-most:])

    @cached_property
    def paid_evidence(self) -> tuple[str, ...]:
        """What the sum of their own purchases rests on."""
        paying = [kind for kind, part in PART_OF_KIND.items() if part == "spend"]
        lines = Line.objects.filter(customer_id=self.worth.customer_id, kind__in=paying).order_by()
        found = {word for words in lines.values_list("evidence", flat=True).distinct() for word in words or ()}
        return tuple(word for word in EVIDENCE if word in found)

    @cached_property
    def happened(self) -> Side:
        return _side("Happened", self.counting.filter(pc.is_valid(self.counting["happened"])), "happened")

    @cached_property
    def expected(self) -> Side:
        return _side("Expected", self.counting.filter(pc.is_null(self.counting["happened"])), "expected")

    @cached_property
    def beside(self) -> tuple[dict[str, Any], ...]:
        """What stands in no sum, the latest of it."""
        return _lines(self.statement.filter(pc.invert(self.statement["counts"]))[-MOST_LINES:])

    @cached_property
    def shown_lines(self) -> tuple[dict[str, Any], ...]:
        """The latest lines."""
        return _lines(self.counting[-MOST_LINES:])

    @property
    def forward(self) -> dict[str, Any] | None:
        """What lies before the lines that the books show."""
        hidden = self.counting.num_rows - MOST_LINES
        return {"number": hidden, "balance": self.counting["balance"][hidden - 1].as_py()} if hidden > 0 else None


def account_of(customer_id: str) -> Account | None:
    """The account as of the latest finished valuation; None where there is none yet."""
    worth = Worth.objects.filter(customer_id=customer_id).first()
    if worth is None:
        return None
    valuation = Valuation.objects.filter(pk=worth.valuation).first()
    return Account(
        worth=worth,
        parts=tuple(Part(part, SAYS[part], getattr(worth, part)) for part in PARTS),
        as_of=valuation.as_of if valuation else None,
    )


def _statement(customer_id: str) -> pa.Table:
    from goodwill.ledger.statement import STATEMENT
    from goodwill.ledger.statement import statement as of

    rows = tables.few("line", LEDGER.arrow, "t.customer_id = %s", [customer_id], 'ORDER BY t."at", t.entry_id')
    return of(rows, customer_id) if rows.num_rows else STATEMENT.empty_table()


def _side(name: str, lines: pa.Table, column: str) -> Side:
    hidden = max(lines.num_rows - MOST_LINES, 0)
    before = pc.sum(lines[column][:hidden]).as_py() or ZERO
    return Side(name, _lines(lines[hidden:]), pc.sum(lines[column]).as_py() or ZERO, hidden, before)


def _lines(statement: pa.Table) -> tuple[dict[str, Any], ...]:
    """The lines in words."""
    return tuple(_line(row) for row in statement.to_pylist())


def _line(row: dict[str, Any]) -> dict[str, Any]:
    amount = row["happened"] if row["happened"] is not None else row["expected"]
    who = row["who"] or ""
    ours = who.startswith(("firm:", "cause:"))
    return {
        **row,
        "kind": row["what"],
        "amount": amount,
        "words": line_words(row["what"], amount),
        "who": ACCOUNTS.get(who, "") if ours else who,
        "people": "" if ours else who,
    }
