"""Reading result tables: Arrow columns as NumPy, money as exact cents, evidence in its order."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.facts import EVIDENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from goodwill.lake import Facts

Cents = npt.NDArray[np.int64]
_EXACT = pa.decimal128(38, 0)


def cents(column: pa.ChunkedArray) -> Cents:
    """A money column as integer cents; null is 0.

    >>> cents(pa.chunked_array([pa.array([Decimal("1.50"), None], pa.decimal128(18, 2))])).tolist()
    [150, 0]
    """
    if not pa.types.is_decimal(column.type):
        filled = pc.fill_null(pc.cast(column, pa.float64()), 0.0)
        return np.asarray(np.rint(filled.to_numpy() * 100), dtype=np.int64)
    whole = pc.multiply(pc.fill_null(column, Decimal(0)), pa.scalar(Decimal(100)))
    return np.asarray(pc.cast(whole, pa.int64()).to_numpy(), dtype=np.int64)


def decimal(number: int) -> Decimal:
    """Cents as a sum of money.

    >>> decimal(-150)
    Decimal('-1.50')
    """
    return Decimal(number).scaleb(-2)


def evidence_codes(column: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """A column of lists of words as codes that add: 1 measured, 2 estimated, 4 assumed.

    >>> evidence_codes(pa.chunked_array([pa.array([["measured", "assumed"], [], None])])).tolist()
    [5, 0, 0]
    """
    flat, parents = pc.list_flatten(column), pc.list_parent_indices(column)
    codes = np.zeros(len(column), dtype=np.int64)
    for place, word in enumerate(EVIDENCE):
        rows = pc.filter(parents, pc.equal(flat, word)).to_numpy()
        codes[rows] |= 1 << place
    return codes


def evidence_of(code: int) -> tuple[str, ...]:
    """The words of a code.

    >>> evidence_of(5)
    ('measured', 'assumed')
    """
    return tuple(word for place, word in enumerate(EVIDENCE) if code >> place & 1)


def in_order(words: Iterable[str] | None) -> tuple[str, ...]:
    """Evidence words in their order, each once; a single word may come bare.

    >>> in_order("assumed"), in_order(["assumed", "measured"]), in_order(None)
    (('assumed',), ('measured', 'assumed'), ())
    """
    given = {words} if isinstance(words, str) else set(words or ())
    return tuple(word for word in EVIDENCE if word in given)


def strings(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.int64], list[str]]:
    """A column of words as codes and the words; null is ''."""
    encoded = pc.fill_null(column, "").combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):  # pragma: no cover - older Arrow
        encoded = encoded.combine_chunks()
    return np.asarray(encoded.indices.to_numpy(zero_copy_only=False), dtype=np.int64), encoded.dictionary.to_pylist()


def name_of(customer_id: str | None, names: Mapping[str, str], author: str | None = None) -> str:
    """Whom to call it: the name, else the handle in quotation marks, else the firm's own number.

    >>> name_of("c1", {"c1": "Dana"}), name_of("c2", {}, "hexgear"), name_of("c2", {}), name_of(None, {})
    ('Dana', '“hexgear”', 'customer c2', 'somebody')
    """
    known = names.get(customer_id or "")
    if known:
        return known
    if author:
        return f"“{author}”"
    return f"customer {customer_id}" if customer_id else "somebody"


def names_of(facts: Facts, ids: Iterable[str | None]) -> dict[str, str]:
    """The names of a few customers, as they write them; who gave none is left out."""
    wanted = sorted({customer for customer in ids if customer})
    people = facts.people
    found = facts.lake.arrow(people.filter(people.customer_id.isin(wanted)).select("customer_id", "name"))
    return {row["customer_id"]: row["name"].strip() for row in found.to_pylist() if row["name"] and row["name"].strip()}
