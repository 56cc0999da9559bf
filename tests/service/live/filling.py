"""Facts into the store by the way that all facts come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

NOW = datetime.now(UTC).replace(microsecond=0)


def put(table: str, *rows: dict[str, Any]) -> None:
    """Stores rows and does what follows, as the drainer does."""
    from goodwill.service import intake, live

    intake.store_rows(table, list(rows), source="", by="test")
    drain()
    assert live


def drain() -> None:
    """Drains all that waits, and what follows; a fact that cannot be read fails the test."""
    from goodwill.service import intake, live
    from goodwill.service.store.models import Unread

    while True:
        drained = intake.drain()
        if not drained.batches:
            break
        if drained.stored:
            live.after_drain(drained)
    assert [f"{one.field}: {one.reason}" for one in Unread.objects.all()[:3]] == []


def said(message_id: str, text: str, *, minutes: float = 5, **more: Any) -> dict[str, Any]:
    """A message of some minutes ago, by chat unless said otherwise."""
    at = NOW - timedelta(minutes=minutes)
    return {"message_id": message_id, "at": at, "channel": "chat", "text": text, "to_us": True, **more}


def bought(purchase_id: str, customer_id: str, *, days: float, amount: str = "40.00") -> dict[str, Any]:
    return {
        "purchase_id": purchase_id, "customer_id": customer_id, "at": NOW - timedelta(days=days), "amount": amount,
    }  # fmt: skip


def standing() -> list[str]:
    """The messages that stand in Now, in order."""
    from goodwill.service import live

    return [row["message_id"] for row in live.now(500)[0]]
