"""One budget of asks for surveys, quotes and invitations together: how often we may want something of them.

may_ask(customer_id, kind)     whether we may ask now
ask(customer_id, kind, by)     counts it; refused where we may not
of(customer_id)                how many there may be, were, and are left
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db import connection, transaction

from goodwill.know.terms import QUOTE_ME
from goodwill.service import erasing, live, terms
from goodwill.service.door import choices
from goodwill.service.intake.refused import Refused
from goodwill.service.live import asked, quoting
from goodwill.service.live.asked import Budget
from goodwill.service.store import audit
from goodwill.service.store.models import Asking, Case

if TYPE_CHECKING:
    from goodwill.service.store.models import Colleague, Token

__all__ = ["KINDS", "PURPOSE", "Budget", "ask", "asked_to_be_quoted", "may_ask", "of", "why_not"]
KINDS = Asking.KINDS
PURPOSE = "ask"


def of(customer_id: str) -> Budget:
    """The budget of one customer."""
    person = live.person_of(customer_id)
    return asked.lately([person])[person].budget(choices.asks())


def may_ask(customer_id: str, kind: str) -> bool:
    """Whether a customer may be asked for this now. Raises Refused (422) for a kind that there is not."""
    return why_not(customer_id, kind) == ""


def why_not(customer_id: str, kind: str) -> str:
    """Why they may not be asked, in a few words; '' where they may.

    Nobody is asked once the budget is spent. Who has answered whether they may be quoted, or was asked and has not
    answered yet, is not asked that again.
    """
    if kind not in KINDS:
        mend = f"choose among {', '.join(KINDS)}"
        raise Refused(422, f"no ask is called {kind[:40]!r}", where="kind", mend=mend, field="kind")
    person = live.person_of(customer_id)
    if erasing.is_erased(person):
        return "they were erased"
    lately = asked.lately([person])[person]
    budget = lately.budget(choices.asks())
    if not budget.left:
        return quoting.spent(budget)
    if kind == Asking.QUOTE and _answered(person):
        return "they have said whether they may be quoted"
    if kind == Asking.QUOTE and lately.quote is not None:
        return f"they were asked on {quoting.day(lately.quote)}, and have not answered yet"
    return ""


def _answered(person: str) -> bool:
    said = {one["purpose"]: one["ground"] for one in terms.state(person)["answers"]}
    return said[QUOTE_ME] != "nobody asked"


def ask(customer_id: str, kind: str, by: Colleague | Token | str, words: str = "") -> Budget:
    """Counts that a customer is asked for something now; what is left. `words` say to what they are invited.

    Raises Refused: 409 where they may not be asked, 422 for a kind that there is not. Two who ask at once do not both
    take the last.
    """
    person = live.person_of(customer_id)
    with transaction.atomic():
        _one_at_a_time(person)
        reason = why_not(person, kind)
        if reason:
            raise Refused(409, reason, where=f"customer {customer_id}", mend="ask for nothing more for now")
        Asking.objects.create(customer_id=person, kind=kind, words=words, at=datetime.now(UTC), by=audit.name_of(by))
        audit.record(by, "asked of them", customer_id=person, what=kind, purpose=PURPOSE)
        transaction.on_commit(lambda: _advise_anew(person), robust=True)
        return of(person)


def _advise_anew(person: str) -> None:
    """*Now* advises to ask leave to quote them no more, or not before a day."""
    praise = Case.objects.filter(customer_id=person, state=Case.OPEN, group="thank")
    if message_ids := list(praise.values_list("message_id", flat=True)):
        live.rerank(message_ids)


def asked_to_be_quoted(customer_id: str) -> bool:
    """Whether we have asked leave to quote them, and they have not answered yet."""
    person = live.person_of(customer_id)
    return asked.lately([person])[person].quote is not None and not _answered(person)


def _one_at_a_time(person: str) -> None:
    """PostgreSQL: whoever asks the same person waits. SQLite has one writer at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"asking {person}"])
