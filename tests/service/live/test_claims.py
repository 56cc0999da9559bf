"""What a message states and the store's facts contradict, looked up for one message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from service.live.filling import bought, put, said

if TYPE_CHECKING:
    from service.conftest import Service

REVIEW = "One star. Ordered a mouse, it took five weeks to arrive. Ugly too."


def test_the_facts_that_contradict_a_review(service: Service) -> None:
    from goodwill.service import live

    put("people", {"customer_id": "max", "name": "Max", "email": "max@okonjo.example"}, {"customer_id": "ann"})
    put("purchases", bought("8812", "max", days=13), bought("8813", "ann", days=40))
    at = said("x", "", minutes=10 * 24 * 60)["at"]
    put("events", {"event_id": "e7", "customer_id": "max", "at": at, "kind": "use", "ok": True,
                   "detail": "order 8812 delivered"})  # fmt: skip
    put("messages", said("review", REVIEW, author="max@okonjo.example", channel="email", to_us=False, rating=1))
    put("messages", said("nothing", "Ugly, overpriced, never again!", author="max@okonjo.example"))
    put("messages", said("true", "It took three days to arrive, and it is ugly.", author="max@okonjo.example"))
    put("messages", said("unknown", REVIEW, author="somebody-else"))
    [row] = live.contradicted("review")
    assert (row["claim"], row["customer_id"], row["public"]) == ("delivery time", "max", True)
    assert row["known"].startswith("delivered 3 days after the order")
    assert row["fact_ids"] == ["events:e7", "purchases:8812"]
    for other in ("nothing", "true", "unknown", "no such message"):
        assert live.contradicted(other) == [], other

    put("corrections", {"table": "events", "key": "e7", "field": "detail", "value": "order 8812 handed to the post",
                        "by": "Anna", "at": said("x", "")["at"]})  # fmt: skip
    assert live.contradicted("review") == [], "the fact was corrected, so nothing contradicts them"
