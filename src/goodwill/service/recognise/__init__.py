"""Recognition without a card: who somebody is by a keyed hash of a handle of theirs, for the firm's own till.

recognise(kind, handle_hash, by)     the perk and the reason; the same for whoever gets none, for whatever reason
hash_of(kind, handle)                the hash that a till sends
index()                              the hashes of all handles, made anew
"""

from __future__ import annotations

from typing import Any

_HOMES = {"recognise": "asking", "hash_of": "hashing", "index": "hashing"}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
