"""Who is valued one by one, as their terms stand now: the latest row of each holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goodwill.facts import TABLES
from goodwill.service.live import people, tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodwill.firm import Firm

VALUE_ME = "value me"
SCHEMA = TABLES["terms"].arrow


def unvalued(firm: Firm, persons: Sequence[str]) -> set[str]:
    """Those of these persons who must not be valued one by one."""
    latest = latest_terms(persons)
    if firm.terms.basis == "consent":
        return {one for one in persons if one not in latest or not allows(latest[one], VALUE_ME)}
    return {one for one, row in latest.items() if _refuses(row, VALUE_ME)}


def latest_terms(persons: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The terms that hold of each of these persons who has some."""
    ids = people.ids_of(persons)
    condition, parameters = tables.among("t.customer_id", sorted(ids))
    rows = tables.few("fact_terms", SCHEMA, condition, parameters, 'ORDER BY t."at", t."row"')
    return {ids[row["customer_id"]]: row for row in rows.to_pylist()}


def allows(row: dict[str, Any], purpose: str) -> bool:
    """Whether a row of terms says yes to a purpose."""
    return purpose not in (row["refused"] or ()) and purpose in (row["purposes"] or ())


def _refuses(row: dict[str, Any], purpose: str) -> bool:
    """Whether it says no: refused one by one, or others given and not this one."""
    if purpose in (row["refused"] or ()):
        return True
    return row["purposes"] is not None and purpose not in row["purposes"]
