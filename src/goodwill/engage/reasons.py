"""Reasons: the lines that a stake is made of, each with its amount, its range and what it rests on."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from goodwill.facts import MONEY
from goodwill.ledger.cents import Cents, cents_to_decimal, to_cents

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from goodwill.engage.stake import Term
    from goodwill.facts.columns import Floats

REASON = pa.struct(
    [
        pa.field("what", pa.string()),
        pa.field("amount", MONEY),
        pa.field("low", MONEY),
        pa.field("high", MONEY),
        pa.field("evidence", pa.string()),
    ]
)


@dataclass(frozen=True)
class _Lines:
    row: npt.NDArray[np.intp]
    what: Sequence[str]
    amount: Cents
    low: Cents
    high: Cents
    has_amount: bool
    evidence: Sequence[str]


@dataclass
class Reasons:
    """Lines for n messages, added term by term; a message's lines keep the order in which they were added."""

    n: int
    _added: list[_Lines] = field(default_factory=list)

    def say(self, row: npt.NDArray[np.intp], what: Sequence[str], evidence: Sequence[str] | str) -> None:
        """Lines without a sum of money."""
        nothing = np.zeros(len(row), dtype=np.int64)
        self._add(_Lines(row, what, nothing, nothing, nothing, False, _each(evidence, len(row))))

    def count(self, row: npt.NDArray[np.intp], what: Sequence[str], term: Term, evidence: Sequence[str] | str) -> Cents:
        """Lines with a sum; returns their cents. The term's arrays have one entry a line."""
        cents = [to_cents(part) for part in (term.amount, term.low, term.high)]
        self._add(_Lines(row, what, cents[0], cents[1], cents[2], True, _each(evidence, len(row))))
        return cents[0]

    def _add(self, lines: _Lines) -> None:
        if len(lines.row):
            self._added.append(lines)

    def _sorted(self) -> tuple[npt.NDArray[np.int64], list[str], list[Cents], npt.NDArray[np.bool_], list[str]]:
        added = self._added
        row = np.concatenate([lines.row for lines in added]) if added else np.zeros(0, dtype=np.intp)
        order = np.argsort(row, kind="stable")
        what = [text for lines in added for text in lines.what]
        evidence = [word for lines in added for word in lines.evidence]
        money = [
            np.concatenate([getattr(lines, part) for lines in added])[order] if added else np.zeros(0, dtype=np.int64)
            for part in ("amount", "low", "high")
        ]
        has = np.concatenate([np.full(len(lines.row), lines.has_amount) for lines in added] or [np.zeros(0, bool)])
        offsets = np.zeros(self.n + 1, dtype=np.int64)
        np.cumsum(np.bincount(row, minlength=self.n), out=offsets[1:])
        places = order.tolist()
        return offsets, [what[i] for i in places], money, has[order], [evidence[i] for i in places]

    def written(self) -> tuple[pa.Array, list[str]]:
        """All lines as a list of structs a message, and as the JSON text of `now.csv`."""
        offsets, what, money, has, evidence = self._sorted()
        amount, low, high = (cents_to_decimal(cents, has) for cents in money)
        structs = pa.StructArray.from_arrays(
            [pa.array(what, pa.string()), amount, low, high, pa.array(evidence, pa.string())], fields=list(REASON)
        )
        lists = pa.ListArray.from_arrays(pa.array(offsets.astype(np.int32)), structs)
        return lists, _as_json(offsets, what, money, has, evidence)


def _each(evidence: Sequence[str] | str, n: int) -> Sequence[str]:
    return [evidence] * n if isinstance(evidence, str) else evidence


def _as_json(
    offsets: npt.NDArray[np.int64],
    what: list[str],
    money: list[Cents],
    has: npt.NDArray[np.bool_],
    evidence: list[str],
) -> list[str]:
    quoted: dict[str, str] = {}
    lines = []
    amounts, lows, highs = ((cents / 100).tolist() for cents in money)
    for text, amount, low, high, counted, word in zip(what, amounts, lows, highs, has.tolist(), evidence, strict=True):
        said = quoted.get(text) or quoted.setdefault(text, json.dumps(text, ensure_ascii=False))
        sums = f'"amount": {amount}, "low": {low}, "high": {high}' if counted else _NO_SUMS
        lines.append(f'{{"what": {said}, {sums}, "evidence": "{word}"}}')
    ends = offsets.tolist()
    return ["[" + ", ".join(lines[a:b]) + "]" for a, b in itertools.pairwise(ends)]


_NO_SUMS = '"amount": null, "low": null, "high": null'


def percent(shares: Floats) -> list[str]:
    """Shares in whole per cent, as words.

    >>> percent(np.array([.234, .004]))
    ['23 %', 'under 1 %']
    """
    return [f"{whole} %" if whole else "under 1 %" for whole in np.rint(shares * 100).astype(int).tolist()]


def hours_in_words(hours: Floats) -> list[str]:
    """A span of time as one says it.

    >>> hours_in_words(np.array([.4, 1.2, 30., 100.]))
    ['24 minutes', '1 hour', '30 hours', '4 days']
    """
    said = []
    for span in np.abs(hours).tolist():
        number, unit = (
            (round(span * 60), "minute")
            if span < 1
            else (round(span), "hour")
            if span < 48
            else (round(span / 24), "day")
        )
        said.append(f"{number} {unit}" + ("" if number == 1 else "s"))
    return said
