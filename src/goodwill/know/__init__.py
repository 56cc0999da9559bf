"""Know who said it, without making anyone carry a card: handles to customers, proved, probable, and as people decided.

identify(facts, history)     what handles prove and people decided: who is who, who said what
resolve(table)               what is probable: hints until a person confirms them
resolution(table).explain    why
Index(model, table, ...)     places one newcomer among the known, at once
History()                    merge, split, confirm, reject, undo: nothing is ever lost
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from goodwill.know.identify import Known, identify

if TYPE_CHECKING:
    from goodwill.know.history import Event, History, Persons
    from goodwill.know.links import Link, Reason
    from goodwill.know.organisations import advisers, overcounted, voices
    from goodwill.know.placing import Candidate, Index
    from goodwill.know.probable import Resolution, resolution, resolve
    from goodwill.know.resolving.model import Model

_LIVES_IN = {
    "Candidate": "goodwill.know.placing",
    "Event": "goodwill.know.history",
    "History": "goodwill.know.history",
    "Index": "goodwill.know.placing",
    "Link": "goodwill.know.links",
    "Model": "goodwill.know.resolving.model",
    "Persons": "goodwill.know.history",
    "Reason": "goodwill.know.links",
    "Resolution": "goodwill.know.probable",
    "advisers": "goodwill.know.organisations",
    "overcounted": "goodwill.know.organisations",
    "resolution": "goodwill.know.probable",
    "resolve": "goodwill.know.probable",
    "voices": "goodwill.know.organisations",
}

__all__ = [
    "Candidate",
    "Event",
    "History",
    "Index",
    "Known",
    "Link",
    "Model",
    "Persons",
    "Reason",
    "Resolution",
    "advisers",
    "identify",
    "overcounted",
    "resolution",
    "resolve",
    "voices",
]


def __getattr__(name: str) -> Any:
    if name not in _LIVES_IN:
        raise AttributeError(f"module 'goodwill.know' has no attribute {name!r}")
    return getattr(importlib.import_module(_LIVES_IN[name]), name)
