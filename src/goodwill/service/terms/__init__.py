"""Customers' terms: what holds for each, by their own choice; what their agents proffer; the records that both keep.

state(customer_id)                            what holds now, purpose by purpose, and why
set(customer_id, purposes, agreement, by)     their choice: it counts when this returns
proffer(body, customer_id)                    what an agent sent, answered by the firm's policy
records(customer_id)                          the signed records of theirs that we keep
published()                                   what /.well-known/myterms.json says
"""

from __future__ import annotations

from typing import Any

_HOMES = {
    "state": ("choosing", "state"),
    "set": ("choosing", "choose"),
    "proffer": ("proffering", "take"),
    "records": ("proffering", "records"),
    "published": ("publishing", "published"),
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module, function = _HOMES[name]
    return getattr(import_module(f"{__name__}.{module}"), function)
