"""A case ended, with its cause: the practice, fault or promise behind it, or none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from goodwill.service.deeds.doing import CannotBe, Doing, allow, case_of, still_open, words
from goodwill.service.store.models import FACTS, Case

if TYPE_CHECKING:
    from goodwill.service.store.models import Colleague, Deed


@transaction.atomic
def close(colleague: Colleague, message_id: str, cause_id: str = "", text: str = "", *, again: bool = False) -> Deed:
    """Closes a case. With a cause an action 'fix' names it, so that the cause's account knows the case.

    Without a cause (spam, not about us, nothing to do) no action is written: nobody claims to have answered.
    """
    allow(colleague, "agent", "close a case")
    written = words(text, what="note", needed=False)
    case = case_of(message_id)
    if case.state == Case.RESOLVED:
        still_open(case, colleague, again)
    if cause_id and not FACTS["causes"].objects.filter(fact_key=cause_id).exists():
        raise CannotBe(f"no cause is called {cause_id[:80]!r}", where="cause", mend="choose one of the list")
    doing = Doing(colleague, "close", message_id, case.customer_id, written).begin()
    if cause_id:
        doing.act("fix", case, cause_id=cause_id)
    doing.change(case, state=Case.RESOLVED, resolved_at=timezone.now(), cause_id=cause_id or None)
    return doing.end(f"{message_id}: {cause_id or 'no cause'}")
