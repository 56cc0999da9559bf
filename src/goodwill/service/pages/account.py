"""What the page of a customer shows of their worth: the headline, the statement, the books.

Happened and expected stand apart; other people are counted, never named; money is nowhere where terms forbid valuing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from goodwill.facts import EVIDENCE, LEDGER
from goodwill.ledger.kinds import PART_OF_KIND, PARTS
from goodwill.service.pages.words import line_words
from goodwill.service.store.models import Line, Valuation, Worth

if TYPE_CHECKING:
    from collections.abc import Iterable

ZERO = Decimal(0)
MOST_LINES = 300
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


@dataclass
class Side:
    """The lines of a statement that happened, or that are expected, and their sum."""

    name: str
    lines: list[dict[str, Any]] = field(default_factory=list)

    @property
    def total(self) -> Decimal:
        return sum((line["amount"] for line in self.lines), ZERO)


@dataclass(frozen=True)
class Account:
    """A customer's worth as the page shows it."""

    worth: Worth
    parts: tuple[Part, ...]
    paid_evidence: tuple[str, ...]
    happened: Side
    expected: Side
    beside: tuple[dict[str, Any], ...]
    lines: tuple[dict[str, Any], ...]
    as_of: Any

    @property
    def forward(self) -> dict[str, Any] | None:
        """What lies before the lines that the books show."""
        hidden = len(self.lines) - MOST_LINES
        return {"number": hidden, "balance": self.lines[hidden - 1]["balance"]} if hidden > 0 else None

    @property
    def shown_lines(self) -> tuple[dict[str, Any], ...]:
        return self.lines[-MOST_LINES:]


def account_of(customer_id: str) -> Account | None:
    """The account as of the latest finished valuation; None where there is none yet."""
    worth = Worth.objects.filter(customer_id=customer_id).first()
    if worth is None:
        return None
    lines = statement(customer_id)
    counting = [line for line in lines if line["counts"]]
    valuation = Valuation.objects.filter(pk=worth.valuation).first()
    return Account(
        worth=worth,
        parts=tuple(Part(part, SAYS[part], getattr(worth, part)) for part in PARTS),
        paid_evidence=_evidence(line for line in counting if PART_OF_KIND.get(line["kind"]) == "spend"),
        happened=Side("Happened", [line for line in counting if line["happened"] is not None]),
        expected=Side("Expected", [line for line in counting if line["happened"] is None]),
        beside=tuple(line for line in lines if not line["counts"]),
        lines=tuple(counting),
        as_of=valuation.as_of if valuation else None,
    )


def statement(customer_id: str) -> list[dict[str, Any]]:
    """The lines of `ledger.statement`, in words."""
    from goodwill.ledger import statement as of

    rows = list(Line.objects.filter(customer_id=customer_id).order_by("at", "entry_id").values(*LEDGER.names))
    if not rows:
        return []
    found = of(pa.Table.from_pylist(rows, schema=LEDGER.arrow), customer_id).to_pylist()
    return [_line(row) for row in found]


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


def _evidence(lines: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    found = {word for line in lines for word in line["evidence"] or ()}
    return tuple(word for word in EVIDENCE if word in found)
