"""From a new message to its place in *Now*, and the valuation of everybody; and what pages and programs ask for.

firm()                the firm's own words and figures, as they stand
facts(...)            the store's facts, for the rooms of floor 2
after_drain(drained)  what follows when facts have arrived: read, named, placed
rerank(...)           some messages placed anew, or all
read_carefully(...)   a second reading, by the careful model, where it is there
revalue(...)          the valuation of everybody
export_lake()         facts as Parquet, by watermark
now(...), customer(id), statement(id)   what is shown
contradicted(id)      what a message states and our records contradict
"""

from __future__ import annotations

from typing import Any

_HOMES = {
    "firm": "firms",
    "facts": "whole",
    "after_drain": "drained",
    "read_again": "drained",
    "rerank": "ranking",
    "read_carefully": "careful",
    "careful_can_read": "careful",
    "revalue": "revaluing",
    "latest": "valuations",
    "export_lake": "lake",
    "now": "asking",
    "customer": "customers",
    "statement": "statements",
    "contradicted": "claims",
    "person_of": "people",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
