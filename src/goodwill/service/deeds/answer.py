"""What was answered, as written. The answer itself went out through its channel; here it is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from goodwill.service.deeds.doing import Doing, allow, case_of, still_open, words
from goodwill.service.store.models import Case

if TYPE_CHECKING:
    from goodwill.service.store.models import Colleague, Deed


@transaction.atomic
def answer(colleague: Colleague, message_id: str, text: str, *, again: bool = False) -> Deed:
    """Records an answer: an action 'reply', and the case counts as answered at once.

    Raises Overtaken where a colleague answered meanwhile (two people must not write the same customer unaware).
    """
    allow(colleague, "agent", "answer")
    written = words(text, what="answer")
    case = case_of(message_id)
    still_open(case, colleague, again)
    doing = Doing(colleague, "answer", message_id, case.customer_id, written).begin()
    doing.act("reply", case)
    doing.change(case, state=Case.ANSWERED, answered_at=timezone.now())
    return doing.end()
