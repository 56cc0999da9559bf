"""What only the firm's own figures can settle: sums in the firm's money, the words for channels, signs of returns."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from goodwill.listen.choices import CHANNELS
from goodwill.listen.reasons import reason
from goodwill.service.intake.cells import Unreadable, handle
from goodwill.service.intake.faults import Fault

if TYPE_CHECKING:
    from goodwill.firm import Firm
    from goodwill.service.intake.cells import Values
    from goodwill.service.intake.columns import Columns

_CENT = Decimal("0.01")
_OUR_WORD = {word: ours for ours, words in CHANNELS.items() for word in words.split("|")}


def finish(found: Columns, firm: Firm) -> None:
    """Completes columns in place; adds faults where that is not possible."""
    rows = len(next(iter(found.values.values()), ()))
    for name, tidy in (("channel", _channel), ("language", _language)):
        if name in found.values:
            found.values[name] = _tidied(found.values[name], tidy)
    if found.table.name == "purchases":
        _finish_purchases(found, firm, rows)
    elif found.table.name == "handles":
        _finish_handles(found)


def _tidied(values: Values, tidy: object) -> Values:
    # A column has few different words, so each is looked at once.
    words = {value: tidy(value) for value in set(values) if value is not None}  # type: ignore[operator]
    return [words.get(value) for value in values]


def _channel(text: str) -> str:
    return _OUR_WORD.get(text.lower(), text.lower())


def _language(text: str) -> str:
    code = text[:2]
    whole = len(text) == 2 or (len(text) > 2 and text[2] in "_-")
    return code.lower() if whole and code.isascii() and code.isalpha() else text


def _finish_purchases(found: Columns, firm: Firm, rows: int) -> None:
    """As files are read: a return is below zero, a sum in another currency is changed into the firm's and kept as paid.

    Where `paid` is given, `amount` is in the firm's money already.
    """
    values = found.values
    amounts = values["amount"]
    nothing: Values = [None] * rows
    kinds, paid = values.get("kind", nothing), values.get("paid", nothing)
    currencies = values.get("currency", nothing)
    kinds = [
        "return" if kind == "return" or (amount is not None and amount < 0) else kind or "sale"
        for kind, amount in zip(kinds, amounts, strict=True)
    ]
    if "return" in kinds:
        amounts, paid, margins = (
            [
                -abs(value) if kind == "return" and value is not None else value
                for kind, value in zip(kinds, column, strict=True)
            ]
            for column in (amounts, paid, values.get("margin", nothing))
        )
        values["margin"] = margins
    codes = [code.upper() if code else firm.currency for code in currencies]
    as_paid = [amount if sum_ is None else sum_ for amount, sum_ in zip(amounts, paid, strict=True)]
    if set(codes) - {firm.currency}:
        for name in ("amount", "margin"):
            column = amounts if name == "amount" else values.get("margin", nothing)
            values[name] = [
                _in_our_money(found, firm, at, code, value) if given is None else value
                for at, (code, value, given) in enumerate(zip(codes, column, paid, strict=True))
            ]
    else:
        values["amount"] = amounts
    values |= {"kind": kinds, "currency": codes, "paid": as_paid}


def _in_our_money(found: Columns, firm: Firm, row: int, code: str, value: Decimal | None) -> Decimal | None:
    rate = firm.rate(code)
    if value is None or rate == 1.0:
        return value
    if rate is None:
        told = "rate" if len(code) == 3 and code.isascii() and code.isalpha() else "code"
        what, mend = reason("purchases", "currency", told, code[:20], row_is_out=True)
        fault = Fault(row, "currency", what, mend)
        if fault not in found.faults[-2:]:
            found.faults.append(fault)
        return None
    return (value * Decimal(repr(rate))).quantize(_CENT)


def _finish_handles(found: Columns) -> None:
    kinds = found.values["kind"]
    for row, (kind, value) in enumerate(zip(kinds, found.values["value"], strict=True)):
        if kind not in ("email", "account") or value is None:
            continue
        try:
            found.values["value"][row] = handle(kind, value) or value
        except Unreadable as error:
            what, mend = reason("handles", "value", str(error), value[:80], row_is_out=True)
            found.faults.append(Fault(row, "value", what, mend))
