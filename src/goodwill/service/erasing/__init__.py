"""Erasing a person: from every table, the lake, files and queues; with a receipt, and for good.

erase(customer_id, by, why)      the id of the receipt; a job does the work (idempotent: a killed one is done again)
is_erased(customer_id)           whether the one of this id was erased
receipt(receipt_id)              what went, what was kept by law and until when
lift(name, by)                   lets somebody who was erased be known again
reapply(remembered)              erases again whom a restored backup brought back
"""

from __future__ import annotations

from typing import Any

ERASED = "erased"
"""The account of purchases that the law keeps: nobody's, and valued as nobody's."""
_HOMES = {"erase": "asking", "is_erased": "tombstones", "receipt": "asking", "lift": "asking", "reapply": "restoring"}

__all__ = ["ERASED", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
