"""Everything that is held of one customer, each part marked: provided by them, observed, or inferred.

everything(customer_id)          Holdings
some(customer_id, part, …)       so many rows of one part, the latest first
export_json(customer_id)         everything as JSON, in pieces of bytes
export_csv_zip(customer_id)      the same as a zip of one CSV a table

The schema is in docs/export.md. Other people are counted and never named.
"""

from __future__ import annotations

from typing import Any

_HOMES = {
    "everything": "gathering",
    "Holdings": "gathering",
    "some": "gathering",
    "export_json": "exporting",
    "export_csv_zip": "exporting",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
