"""Have a case, so that nobody else writes too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from goodwill.service.deeds.doing import Doing, Overtaken, allow, case_of, still_open

if TYPE_CHECKING:
    from goodwill.service.store.models import Colleague, Deed


@transaction.atomic
def take(colleague: Colleague, message_id: str, *, again: bool = False) -> Deed:
    """Takes a case. Raises Overtaken where somebody else has it; with `again` it passes over."""
    allow(colleague, "agent", "take a case")
    case = case_of(message_id)
    still_open(case, colleague, again)
    if case.taken_by is not None and case.taken_by_id != colleague.pk and not again:
        raise Overtaken(f"{case.taken_by} has this case", where="case", mend="ask them, or take it over")
    doing = Doing(colleague, "take", message_id, case.customer_id).begin()
    doing.change(case, taken_by_id=colleague.pk, taken_at=timezone.now())
    return doing.end()
