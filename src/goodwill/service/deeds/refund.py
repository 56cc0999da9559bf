"""Money given back was noted. What is given back never depends on what a customer is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from goodwill.service.deeds.doing import Doing, allow, amount_of, case_of, still_open, words
from goodwill.service.store.models import Case

if TYPE_CHECKING:
    from goodwill.service.store.models import Colleague, Deed


@transaction.atomic
def refund(colleague: Colleague, message_id: str, amount: Any, text: str = "", *, again: bool = False) -> Deed:
    """Records a refund of `amount` in the firm's currency: an action 'refund' that answers the message."""
    allow(colleague, "agent", "note a refund")
    given_back = amount_of(amount, what="refund")
    written = words(text, what="note", needed=False)
    case = case_of(message_id)
    still_open(case, colleague, again)
    doing = Doing(colleague, "refund", message_id, case.customer_id, written).begin()
    doing.after["amount"] = str(given_back)
    doing.act("refund", case, cost=given_back)
    doing.change(case, state=Case.ANSWERED, answered_at=timezone.now())
    return doing.end(f"{message_id}: {given_back}")
