"""The sum that balances: what customers generate, and to whom it is booked, to the cent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts import POOL
from goodwill.ledger.kinds import BESIDE_THE_SUMS, OWN_KINDS, PART_OF_KIND, PARTS, REACH
from goodwill.report.columns import cents, decimal, evidence_codes, evidence_of, strings
from goodwill.report.figures import count, exact, initial, money, whole
from goodwill.report.view import BookLine, Books

if TYPE_CHECKING:
    from collections.abc import Mapping

KIND_WORDS = {
    "opening": "Opening balance",
    "purchase": "Purchases",
    "return": "Returns",
    "subscription": "Subscriptions",
    "spend": "Purchases to come",
    "revalued": "Revalued",
    "service": "Cost to serve them",
    "acquisition": "Advertising spared by those they bring",
    "reward": "Rewards paid for bringing others",
    "knowledge": "Knowledge",
    "answer": "Answers that spared us a contact",
    "contacts": "Contacts avoided",
    "idea": "Ideas that shipped",
    "bug report": "Faults found for us",
    "test": "Tests",
    "staff choice": "Help in choosing staff",
    "testimonial": "Testimonials",
}
PART_WORDS = {
    "spend": ("pays", "what they buy"),
    "referral": ("brings", "by those they referred"),
    "influence": ("sways", "by those they influenced"),
    "knowledge": ("teaches", "answers, ideas, tests"),
}
_MEASURED = 1


def books(result: Any) -> Books:
    """Both sides of the account, from the ledger (left) and from worth (right)."""
    generated, generated_total = _generated(result.ledger)
    booked, booked_total = _booked(result.worth, result.ledger)
    return Books(
        generated=generated,
        booked=booked,
        total_generated=exact(decimal(generated_total)),
        total_booked=exact(decimal(booked_total)),
        balance=generated_total == booked_total,
        words=_words(result, generated_total, booked_total),
        beside=_beside(result.ledger),
    )


def _own_accounts(table: pa.Table) -> pa.Table:
    """The lines on customers' own accounts (and the pool's): not the firm's, not the causes'."""
    ids = table["customer_id"]
    others = pc.or_(pc.starts_with(ids, "firm:"), pc.starts_with(ids, "cause:"))
    return table.filter(pc.invert(others))


def _generated(ledger: pa.Table) -> tuple[tuple[BookLine, ...], int]:
    lines = _own_accounts(ledger.select(["customer_id", "kind", "amount", "evidence"]))
    lines = lines.filter(pc.is_in(lines["kind"], pa.array(OWN_KINDS)))
    kind, words = strings(lines["kind"])
    amount, evidence = cents(lines["amount"]), evidence_codes(lines["evidence"])
    happened = evidence == _MEASURED
    found = []
    for place, word in enumerate(words):
        for did, when in ((True, "happened"), (False, "expected")):
            rows = (kind == place) & (happened == did)
            if rows.any():
                total = int(amount[rows].sum())
                code = int(np.bitwise_or.reduce(evidence[rows]))
                order = (not did, PARTS.index(PART_OF_KIND[word]), OWN_KINDS.index(word))
                found.append((order, _line(KIND_WORDS.get(word, word), when, code, total)))
    found.sort(key=lambda pair: pair[0])
    return tuple(line for _, line in found), int(amount.sum())


def _booked(worth: pa.Table, ledger: pa.Table) -> tuple[tuple[BookLine, ...], int]:
    codes = _evidence_by_part(ledger)
    lines = [
        _line(initial(word), meaning, codes[part], int(cents(worth[part]).sum()))
        for part, (word, meaning) in PART_WORDS.items()
    ]
    lines.append(_line("Passed on", "to those who brought or swayed them", 0, int(cents(worth["passed_on"]).sum())))
    return tuple(lines), int(cents(worth["worth"]).sum())


def _evidence_by_part(ledger: pa.Table) -> Mapping[str, int]:
    lines = _own_accounts(ledger.select(["customer_id", "kind", "evidence"]))
    kind, words = strings(lines["kind"])
    evidence = evidence_codes(lines["evidence"])
    codes = dict.fromkeys(PART_WORDS, 0)
    for place, word in enumerate(words):
        if word in PART_OF_KIND:
            codes[PART_OF_KIND[word]] |= int(np.bitwise_or.reduce(evidence[kind == place]))
    return codes


def _beside(ledger: pa.Table) -> tuple[BookLine, ...]:
    """Strangers: on a line of their own, outside every sum. What causes cost has a table of its own."""
    rows = ledger.filter(pc.equal(ledger["kind"], REACH))
    rows = _own_accounts(rows)
    total = int(cents(rows["amount"]).sum()) if rows.num_rows else 0
    if not total:
        return ()
    low, high = (money(float(decimal(int(cents(rows[end]).sum())))) for end in ("low", "high"))
    note = "in no sum and no ranking" + (f", between {low} and {high}" if low != high else "")
    code = int(np.bitwise_or.reduce(evidence_codes(rows["evidence"])))
    return (_line("Strangers who may have heard of us", note, code, total),)


def _line(what: str, note: str, code: int, amount: int) -> BookLine:
    return BookLine(what, note, evidence_of(code), exact(decimal(amount)), amount < 0)


def _words(result: Any, generated: int, booked: int) -> tuple[str, ...]:
    difference = generated - booked
    if difference:
        first = f"The two sides differ by {exact(decimal(difference))}: the books do not balance. Please report it."
    else:
        checked = result.valuation.reconciliation
        law = f"; before rounding they differ by {checked.law:.0e} of it" if checked.law else ""
        first = (
            f"The two sides differ by 0.00{law}. "
            f"All {whole(checked.lines)} lines were added up once more: each customer’s own come to their worth."
        )
    pooled = result.worth.filter(pc.equal(result.worth["customer_id"], POOL))
    sentences = [first]
    if pooled.num_rows:
        amount = exact(decimal(int(cents(pooled["worth"]).sum())))
        sentences.append(f"{amount} of it is the pool’s: those whose terms forbid being valued one by one.")
    sentences.extend(_past(result))
    return tuple(sentences)


def _past(result: Any) -> list[str]:
    """What they paid in the same time before: it happened, and stands apart from what is expected."""
    from datetime import timedelta

    purchases = result.facts.purchases
    since = result.as_of - timedelta(days=result.horizon_days)
    recent = purchases.filter((purchases.at > since) & (purchases.at <= result.as_of))
    row = result.facts.lake.arrow(
        recent.aggregate(paid=recent.amount.sum(), people=recent.customer_id.nunique())
    ).to_pylist()[0]
    if not row["people"]:
        return []
    paid = money(float(row["paid"] or 0))
    return [
        f"For comparison, what happened: in the {result.horizon_days} days before, "
        f"{count(row['people'], 'customer')} paid {paid} at the till, before any cost."
    ]


__all__ = ["BESIDE_THE_SUMS", "KIND_WORDS", "PART_WORDS", "books"]
