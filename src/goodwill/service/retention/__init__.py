"""How long facts are kept: rules by kind of fact, and legal holds that keep them longer.

hold(customer_id, table, reason, until, by)   nothing of this is destroyed before the hold ends
release(hold_id, by)                          the hold ends now; what it kept of an erased person goes
holds(customer_id)                            those that stand
forget(now)                                   facts that are older than their rule go; the daily job
"""

from __future__ import annotations

from typing import Any

_HOMES = {"hold": "holds", "release": "holds", "holds": "holds", "forget": "forgetting", "RULES": "forgetting"}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    module = import_module(f"{__name__}.{_HOMES[name]}")
    return getattr(module, "standing" if name == "holds" else name)
