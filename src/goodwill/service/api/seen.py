"""Whoever reads about a customer is written down with the purpose; the customer's door shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodwill.service.store.audit import record

if TYPE_CHECKING:
    from django.http import HttpRequest

PURPOSE = "api"


def seen(request: HttpRequest, what: str, customer_id: str | None = None) -> None:
    """A line in the log: this token saw this."""
    record(request.auth, "seen", customer_id=customer_id, what=what[:200], purpose=PURPOSE)  # type: ignore[attr-defined]
