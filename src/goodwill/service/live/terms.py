"""What persons allow now, by the terms that are stored (know.terms), and what may therefore be shown of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from goodwill.facts import POOL, TABLES
from goodwill.know.terms import QUOTE_ME, VALUE_ME, allows
from goodwill.service.live import people, tables
from goodwill.service.live.firms import firm as the_firm

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from goodwill.firm import Firm

SCHEMA = TABLES["terms"].arrow
SUMS = ("stake", "low", "high", "fifth", "standing")
"""What a row of a case or a message may say of somebody's worth."""


def unvalued(firm: Firm, persons: Sequence[str]) -> set[str]:
    """Those of these persons who must not be valued one by one."""
    return without(firm, persons, VALUE_ME)


def unquoted(persons: Sequence[str]) -> set[str]:
    """Those of these persons who have not given leave to quote them."""
    return without(the_firm(), persons, QUOTE_ME)


def without(firm: Firm, persons: Sequence[str], purpose: str) -> set[str]:
    """Those of these persons for whom a purpose does not hold."""
    latest = latest_terms(persons)
    return {one for one in persons if not allows(latest.get(one), firm, purpose)}


def latest_terms(persons: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The terms that hold of each of these persons who has some; what is dated later does not hold yet."""
    ids = people.ids_of(persons)
    among, parameters = tables.among("t.customer_id", sorted(ids))
    condition = f'{among} AND t."at" <= %s'
    given = [*parameters, tables.stored(datetime.now(UTC))]
    rows = tables.few("fact_terms", SCHEMA, condition, given, 'ORDER BY t."at", t."row"')
    return {ids[row["customer_id"]]: row for row in rows.to_pylist()}


def veil(rows: Iterable[dict[str, Any]]) -> None:
    """Takes from rows of cases and messages every sum of a person whose terms forbid valuing, in place.

    Their stake, its range, their standing and fifth are None; of the reasons those stay that name no sum.
    """
    rows = list(rows)
    persons = sorted({row["customer_id"] for row in rows if row.get("customer_id") and _says_something(row)})
    hidden = unvalued(the_firm(), persons) - {POOL} if persons else set()
    for row in rows:
        if row.get("customer_id") in hidden:
            row.update({name: None for name in SUMS if name in row})
            if "reasons" in row:
                row["reasons"] = [one for one in row["reasons"] or () if one.get("amount") is None]


def _says_something(row: dict[str, Any]) -> bool:
    return bool(row.get("reasons")) or any(row.get(name) is not None for name in SUMS)
