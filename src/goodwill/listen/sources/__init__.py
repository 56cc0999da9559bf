"""The kinds of source that goodwill hears: one file each in this folder, found by its name.

A file here is a kind (`KIND`), but for `kind.py`, which says what a kind is; what several kinds share lies a floor up,
in `goodwill.listen`.
"""

from __future__ import annotations

import difflib
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from goodwill.errors import SourceError
from goodwill.listen.sources.kind import Heard, Kind, Place, Request, Settings

__all__ = ["Heard", "Kind", "Place", "Request", "Settings", "kind", "kinds", "names"]


@cache
def names() -> tuple[str, ...]:
    """The kinds there are, sorted: google_business.py is 'google-business'."""
    return tuple(sorted(module.name.replace("_", "-") for module in iter_modules(__path__) if module.name != "kind"))


@cache
def kind(name: str) -> Kind:
    """The kind of a name; its module is imported only now. Raises SourceError where there is none.

    >>> kind("discord")
    Traceback (most recent call last):
        ...
    goodwill.errors.SourceError: no kind of source is called 'discord'; ...
    """
    if name not in names():
        near = difflib.get_close_matches(name, names(), n=1)
        hint = f"did you mean {near[0]!r}?" if near else "`goodwill sources --kinds` lists them"
        raise SourceError(f"no kind of source is called {name[:40]!r}", mend=hint)
    found: Kind = import_module(f"{__name__}.{name.replace('-', '_')}").KIND
    return found


def kinds() -> list[Kind]:
    """Every kind, sorted by its name."""
    return [kind(name) for name in names()]
