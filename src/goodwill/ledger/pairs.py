"""Double entry by construction: a pair is one sum of money on two accounts, and becomes two lines when written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from goodwill.ledger.cents import MONEY, Cents, cents_to_decimal
from goodwill.ledger.kinds import EVIDENCE

Integer = TypeVar("Integer", bound=np.integer[Any])

SCHEMA = pa.schema(
    [
        ("entry_id", pa.string()),
        ("at", pa.timestamp("us", tz="UTC")),
        ("customer_id", pa.string()),
        ("counterparty_id", pa.string()),
        ("kind", pa.string()),
        ("amount", MONEY),
        ("low", MONEY),
        ("high", MONEY),
        ("evidence", pa.list_(pa.string())),
        ("rule", pa.string()),
    ]
)
CHUNK = 1 << 20  # pairs written at a time: bounds the memory beside the table itself
DIGITS = 10  # of the number of a pair


@dataclass(frozen=True)
class Pairs:
    """Columns of pairs, (m,) each: ``cents`` go to ``account`` (side a) and come from ``counter`` (side b).

    ``account``, ``counter``, ``kind`` and ``rule`` are codes of the book's words; ``part`` is a position in
    ``kinds.PARTS`` or BESIDE; ``at`` is in microseconds; ``low`` and ``high`` count where ``ranged``.
    """

    account: npt.NDArray[np.int32]
    counter: npt.NDArray[np.int32]
    kind: npt.NDArray[np.int32]
    part: npt.NDArray[np.int8]
    cents: Cents
    low: Cents
    high: Cents
    ranged: npt.NDArray[np.bool_]
    evidence: npt.NDArray[np.uint8]
    rule: npt.NDArray[np.int32]
    at: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.cents)

    def __getitem__(self, rows: slice | npt.NDArray[np.int64]) -> Pairs:
        return Pairs(*(getattr(self, column.name)[rows] for column in fields(self)))


def together(parts: Sequence[Pairs]) -> Pairs:
    """All pairs in one, in the order given."""
    return Pairs(*(np.concatenate([getattr(part, column.name) for part in parts]) for column in fields(Pairs)))


def lines_of(
    pairs: Pairs, numbers: npt.NDArray[np.int64], accounts: pa.Array, kinds: Sequence[str], rules: Sequence[str]
) -> pa.Table:
    """Two lines for each pair, side a before side b, in the schema of ledger.parquet."""
    starts = range(0, max(1, len(pairs)), CHUNK)
    vocabulary = (accounts, pa.array(kinds, pa.string()), pa.array(rules, pa.string()))
    return pa.concat_tables(
        _lines(pairs[start : start + CHUNK], numbers[start : start + CHUNK], *vocabulary) for start in starts
    )


def _lines(
    pairs: Pairs, numbers: npt.NDArray[np.int64], accounts: pa.Array, kinds: pa.Array, rules: pa.Array
) -> pa.Table:
    ranged = np.repeat(pairs.ranged, 2)
    customer, counterparty = _sides(pairs.account, pairs.counter), _sides(pairs.counter, pairs.account)
    columns = [
        _entry_ids(numbers),
        pa.array(np.repeat(pairs.at, 2)).cast(pa.timestamp("us", tz="UTC")),
        accounts.take(pa.array(customer)),
        accounts.take(pa.array(counterparty)),
        kinds.take(pa.array(np.repeat(pairs.kind, 2))),
        cents_to_decimal(_sides(pairs.cents, -pairs.cents)),
        cents_to_decimal(_sides(pairs.low, -pairs.high), ranged),
        cents_to_decimal(_sides(pairs.high, -pairs.low), ranged),
        evidence_lists(np.repeat(pairs.evidence, 2)),
        rules.take(pa.array(np.repeat(pairs.rule, 2))),
    ]
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def _sides(side_a: npt.NDArray[Integer], side_b: npt.NDArray[Integer]) -> npt.NDArray[Integer]:
    """Row by row first side a, then side b."""
    both = np.empty(2 * len(side_a), dtype=side_a.dtype)
    both[0::2], both[1::2] = side_a, side_b
    return both


def _entry_ids(numbers: npt.NDArray[np.int64]) -> pa.Array:
    """'0000000012a' and '0000000012b': the number of the pair and the side, written digit by digit at once."""
    text = np.empty((2 * len(numbers), DIGITS + 1), dtype=np.uint8)
    left = np.repeat(numbers, 2)
    for place in range(DIGITS - 1, -1, -1):
        left, digit = np.divmod(left, 10)
        text[:, place] = digit + ord("0")
    text[0::2, DIGITS], text[1::2, DIGITS] = ord("a"), ord("b")
    offsets = np.arange(0, text.size + 1, DIGITS + 1, dtype=np.int32)
    return pa.Array.from_buffers(pa.string(), len(text), [None, pa.py_buffer(offsets), pa.py_buffer(text)])


def evidence_lists(codes: npt.NDArray[np.uint8]) -> pa.Array:
    """Codes 0 … 7 to lists of words."""
    words = [[word for bit, word in enumerate(EVIDENCE) if code >> bit & 1] for code in range(8)]
    return pa.array(words, pa.list_(pa.string())).take(pa.array(codes))
