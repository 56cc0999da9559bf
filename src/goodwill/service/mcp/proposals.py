"""Tools that propose: what they say waits in a queue until a person accepts or declines it. Nothing else happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from goodwill.errors import InputError
from goodwill.service.deeds.correct import FIELDS
from goodwill.service.mcp import veil
from goodwill.service.mcp.reads import Id

if TYPE_CHECKING:
    from collections.abc import Callable

    from goodwill.service.mcp.identity import Asker

MOST_WAITING = 500
"""Of one asker: whoever proposes without end is told to wait for the people who read it."""
Text = Annotated[str, Field(min_length=1, max_length=5_000, pattern=r"\S")]
Why = Annotated[str, Field(max_length=1_000)]


def tools(asker: Asker) -> list[Callable[..., Any]]:
    """The proposals, for one asker."""

    def propose_answer(message_id: Id, text: Text, why: Why = "") -> dict[str, Any]:
        """Proposes an answer to a message. It waits for a person, who may change, send or decline it."""
        return _wait(asker, "answer", message_id, {"text": text, "why": why})

    def propose_thanks(message_id: Id, text: Text, why: Why = "") -> dict[str, Any]:
        """Proposes to thank whoever said a message. It waits for a person, who may change, send or decline it."""
        return _wait(asker, "thanks", message_id, {"text": text, "why": why})

    def propose_correction(
        message_id: Id,
        field: Literal[FIELDS],  # type: ignore[valid-type]
        value: Annotated[str, Field(max_length=200)],
        why: Why = "",
    ) -> dict[str, Any]:
        """Proposes to correct what was understood of a message. It waits for a person."""
        what = {"table": "readings", "field": field, "value": value, "why": why}
        return _wait(asker, "correction", message_id, what)

    return [propose_answer, propose_thanks, propose_correction]


def _wait(asker: Asker, kind: str, message_id: str, what: dict[str, str]) -> dict[str, Any]:
    from django.db import transaction

    from goodwill.service.api import messages, paging
    from goodwill.service.store.audit import record
    from goodwill.service.store.models import Proposal

    asker.allow("write")
    for name, value in what.items():
        if not paging.storable(value):
            raise InputError("it holds a sign that no text holds", where=name, mend="leave out U+0000")
    message = messages.one(veil.meant(message_id))
    if message is None:
        raise InputError(f"no message is called {message_id[:80]!r}", where="message_id", mend="list_messages")
    mine = Proposal.objects.filter(by=asker.name, state="waiting")
    same = mine.filter(kind=kind, message_id=message["message_id"], what=what).first()
    if same is None and mine.count() >= MOST_WAITING:
        raise InputError(f"{MOST_WAITING} proposals wait already", where="the queue", mend="wait for the people")
    if same is None:
        with transaction.atomic():
            same = Proposal.objects.create(
                by=asker.name,
                kind=kind,
                message_id=message["message_id"],
                customer_id=message["customer_id"],
                what=what,
            )
            done = f"proposal {same.pk}: {kind} {message['message_id']}"
            record(asker.who, "proposed", customer_id=message["customer_id"], what=done, purpose="mcp")
    return {"proposal": same.pk, "state": same.state, "told": "it waits for a person; nothing was sent or changed"}
