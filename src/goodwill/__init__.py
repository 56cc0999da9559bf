"""goodwill: what every customer is worth for all that they give, in books that balance, and whom to answer now.

    import goodwill as gw
    facts = gw.read("folder")        # a firm's own files -> Facts; its attributes are Ibis tables
    result = gw.run(facts)           # .worth .ledger .readings .now, each a pyarrow table
    gw.understand(["Thank you!"])    # what was meant -> a pyarrow table

Importing goodwill is light: each part is loaded when it is first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goodwill import understand
    from goodwill.errors import GoodwillError
    from goodwill.lake import Facts
    from goodwill.listen import read_folder as read
    from goodwill.pipeline import Result, run

__version__ = "0.1.0"

_LIVES_IN = {
    "read": ("goodwill.listen", "read_folder"),
    "run": ("goodwill.pipeline", "run"),
    "understand": ("goodwill.understand", ""),  # the room itself; it can be called
    "Facts": ("goodwill.lake", "Facts"),
    "Result": ("goodwill.pipeline", "Result"),
    "GoodwillError": ("goodwill.errors", "GoodwillError"),
}

__all__ = ["Facts", "GoodwillError", "Result", "__version__", "read", "run", "understand"]


def __getattr__(name: str) -> Any:
    if name not in _LIVES_IN:
        raise AttributeError(f"module 'goodwill' has no attribute {name!r}")
    module, attribute = _LIVES_IN[name]
    found = importlib.import_module(module)
    return getattr(found, attribute) if attribute else found


def __dir__() -> list[str]:
    return sorted(__all__)
