"""A word to colleagues about a case or a customer; nobody outside sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from goodwill.service.deeds.doing import CannotBe, Doing, allow, case_of, words

if TYPE_CHECKING:
    from goodwill.service.store.models import Colleague, Deed


@transaction.atomic
def note(
    colleague: Colleague, message_id: str | None = None, text: str = "", *, customer_id: str | None = None
) -> Deed:
    """Keeps a note; the case stays where it is."""
    allow(colleague, "agent", "write notes")
    written = words(text, what="note")
    if message_id:
        customer_id = case_of(message_id).customer_id
    elif not customer_id:
        raise CannotBe("nobody to note it about", where="note", mend="give a case or a customer")
    return Doing(colleague, "note", message_id or None, customer_id, written).begin().end()
