"""Praise was thanked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from goodwill.service.deeds.doing import Doing, allow, case_of, still_open, words
from goodwill.service.store.models import Case

if TYPE_CHECKING:
    from goodwill.service.store.models import Colleague, Deed


@transaction.atomic
def thank(colleague: Colleague, message_id: str, text: str = "", *, again: bool = False) -> Deed:
    """Records thanks: an action 'thank', and the case counts as answered at once. What was written is optional."""
    allow(colleague, "agent", "thank")
    written = words(text, what="thanks", needed=False)
    case = case_of(message_id)
    still_open(case, colleague, again)
    doing = Doing(colleague, "thank", message_id, case.customer_id, written).begin()
    doing.act("thank", case)
    doing.change(case, state=Case.ANSWERED, answered_at=timezone.now())
    return doing.end()
