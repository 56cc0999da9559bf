"""Requests of customers by GDPR art. 15 to 21: a queue with the clock from receipt, and an answer in minutes.

open(kind, customer_id, by, words="")   takes one in; `kind` one of KINDS
check_identity, extend, settle          the steps of its way
fulfil(number, by)                      does what is asked for, and settles it
"""

from __future__ import annotations

from typing import Any

_HOMES = {
    **dict.fromkeys(("open", "KINDS", "check_identity", "extend", "settle", "required"), "queue"),
    "fulfil": "answering",
    "DOES": "answering",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
