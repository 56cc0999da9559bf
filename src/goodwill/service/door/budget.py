"""One budget of asks for surveys, quotes and invitations together: how often we may want something of them.

may_ask(customer_id, kind)     whether we may ask now
ask(customer_id, kind, by)     counts it; refused where we may not
of(customer_id)                how many there may be, were, and are left
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction

from goodwill.know.terms import QUOTE_ME
from goodwill.service import erasing, live, terms
from goodwill.service.door import choices
from goodwill.service.door.choices import DAYS
from goodwill.service.intake.refused import Refused
from goodwill.service.live import people
from goodwill.service.store import audit
from goodwill.service.store.models import FACTS, Asking

if TYPE_CHECKING:
    from goodwill.service.store.models import Colleague, Token

KINDS = Asking.KINDS
OTHER = ("invite",)
"""Actions of the firm's own that want something of somebody: they were asked without us, and count as well."""
PURPOSE = "ask"


@dataclass(frozen=True)
class Budget:
    """How many times somebody may be asked for something in 90 days, and was."""

    most: int
    asked: int

    @property
    def left(self) -> int:
        return max(0, self.most - self.asked)


def of(customer_id: str) -> Budget:
    """The budget of one customer.

    What was asked through `ask` counts, invitations among the firm's actions, and answers to surveys; an answer to a
    survey that was asked for here is not counted again.
    """
    ids = sorted(people.ids_of([live.person_of(customer_id)]))
    since = datetime.now(UTC) - timedelta(days=DAYS)
    kinds = list(Asking.objects.filter(customer_id__in=ids, at__gte=since).values_list("kind", flat=True))
    invited = FACTS["actions"].objects.filter(customer_id__in=ids, kind__in=OTHER, at__gte=since).count()
    answered = FACTS["responses"].objects.filter(customer_id__in=ids, at__gte=since).count()
    return Budget(choices.asks(), len(kinds) + invited + max(0, answered - kinds.count(Asking.SURVEY)))


def may_ask(customer_id: str, kind: str) -> bool:
    """Whether a customer may be asked for this now. Raises Refused (422) for a kind that there is not."""
    return why_not(customer_id, kind) == ""


def why_not(customer_id: str, kind: str) -> str:
    """Why they may not be asked, in a few words; '' where they may.

    Nobody is asked once the budget is spent. Who has answered whether they may be quoted is not asked that again.
    """
    if kind not in KINDS:
        mend = f"choose among {', '.join(KINDS)}"
        raise Refused(422, f"no ask is called {kind[:40]!r}", where="kind", mend=mend, field="kind")
    person = live.person_of(customer_id)
    if erasing.is_erased(person):
        return "they were erased"
    budget = of(person)
    if not budget.left:
        return f"they were asked {budget.asked} times in {DAYS} days, and {budget.most} is the most"
    if kind == Asking.QUOTE and _answered(person):
        return "they have said whether they may be quoted"
    return ""


def _answered(person: str) -> bool:
    said = {one["purpose"]: one["ground"] for one in terms.state(person)["answers"]}
    return said[QUOTE_ME] != "nobody asked"


def ask(customer_id: str, kind: str, by: Colleague | Token | str) -> Budget:
    """Counts that a customer is asked for something now; what is left. Raises Refused: 409 where they may not be asked,
    422 for a kind that there is not. Two who ask at once do not both take the last."""
    person = live.person_of(customer_id)
    with transaction.atomic():
        _one_at_a_time(person)
        reason = why_not(person, kind)
        if reason:
            raise Refused(409, reason, where=f"customer {customer_id}", mend="ask for nothing more for now")
        Asking.objects.create(customer_id=person, kind=kind, at=datetime.now(UTC), by=audit.name_of(by))
        audit.record(by, "asked of them", customer_id=person, what=kind, purpose=PURPOSE)
        return of(person)


def asked_to_be_quoted(customer_id: str) -> bool:
    """Whether we have asked leave to quote them, and they have not answered yet."""
    ids = sorted(people.ids_of([customer_id]))
    since = datetime.now(UTC) - timedelta(days=DAYS)
    waits = Asking.objects.filter(customer_id__in=ids, kind=Asking.QUOTE, at__gte=since).exists()
    return waits and not _answered(customer_id)


def _one_at_a_time(person: str) -> None:
    """PostgreSQL: whoever asks the same person waits. SQLite has one writer at a time anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"asking {person}"])
