"""One budget of asks for surveys, quotes and invitations together: how often we may want something of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from goodwill.service.door import choices
from goodwill.service.door.choices import DAYS
from goodwill.service.live import people
from goodwill.service.store.models import FACTS

ASKS = ("invite",)
"""What we do that wants something of somebody; an answered survey was asked for as well."""


@dataclass(frozen=True)
class Budget:
    """How many times somebody may be asked for something in 90 days, and was."""

    most: int
    asked: int

    @property
    def left(self) -> int:
        return max(0, self.most - self.asked)


def of(customer_id: str) -> Budget:
    """The budget of one customer; every survey, invitation and ask for a quote counts."""
    ids = sorted(people.ids_of([customer_id]))
    since = datetime.now(UTC) - timedelta(days=DAYS)
    invited = FACTS["actions"].objects.filter(customer_id__in=ids, kind__in=ASKS, at__gte=since).count()
    answered = FACTS["responses"].objects.filter(customer_id__in=ids, at__gte=since).count()
    return Budget(choices.asks(), invited + answered)
