"""Who is who: what is proven, what is only probable, and what people decided about it.

log        every decision ever taken, and who is who by them
deciding   confirm, reject, merge, split, undo: each counts at once, and can be taken back for ever
finding    what is probable: hints that wait for a person
newcomers  new ids and handles, placed among the known as they arrive
shown      what pages and programs are told of it

No sum, perk or public reply rests on a link that nobody has confirmed.
"""

from __future__ import annotations

from typing import Any

_HOMES = {
    "history": "log",
    "persons": "log",
    "confirm": "deciding",
    "confirm_above": "deciding",
    "reject": "deciding",
    "merge": "deciding",
    "split": "deciding",
    "undo": "deciding",
    "Found": "finding",
    "find": "finding",
    "CannotDecide": "deciding",
    "queue": "shown",
    "waiting": "shown",
    "link": "shown",
    "of_customer": "shown",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
