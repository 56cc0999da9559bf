"""What a person does, one file a deed: it asks whether they may, does it in one transaction, and tells after that.

    take      have a case, so that nobody else writes too
    answer    what was answered, as written
    note      a word to colleagues; nobody outside sees it
    thank     praise was thanked for
    refund    money given back was noted
    close     a case ended, with its cause
    correct   a reading, a wrong link or a fact put right
    hear      what somebody said by phone or over the counter, written down as a message
    undo      what somebody did taken back, facts included
    settle    what an agent program proposed, accepted (then it is one of the deeds above) or declined

`do(kind, colleague, **given)` finds a deed by its name; each returns the `Deed` that is kept for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goodwill.service.deeds.doing import CannotBe, NotAllowed, Overtaken

if TYPE_CHECKING:
    from collections.abc import Callable

    from goodwill.service.store.models import Colleague, Deed

KINDS = ("take", "answer", "note", "thank", "refund", "close", "correct", "hear", "undo")

__all__ = ["KINDS", "CannotBe", "NotAllowed", "Overtaken", "deed", "do"]


def deed(kind: str) -> Callable[..., Deed]:
    """The function of a deed: `deed("take")` is `deeds.take.take`."""
    from importlib import import_module

    if kind not in KINDS:
        raise CannotBe(f"no deed is called {kind!r}", where="deeds", mend=f"choose one of {', '.join(KINDS)}")
    function: Callable[..., Deed] = getattr(import_module(f"goodwill.service.deeds.{kind}"), kind)
    return function


def do(kind: str, colleague: Colleague, **given: Any) -> Deed:
    """Does it."""
    return deed(kind)(colleague, **given)
