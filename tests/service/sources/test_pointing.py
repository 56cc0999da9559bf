"""A link in a note or a ticket hints at who wrote what it leads to; it never says who somebody is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from service.sources.conftest import drain
from service.sources.kinds import said

if TYPE_CHECKING:
    from service.conftest import Service

PAGE = "https://forum.example/t/17"


def put(table: str, *rows: dict[str, Any]) -> None:
    from goodwill.service import intake

    intake.store_rows(table, list(rows), source="forum", by="test")
    drain()


def post(number: int = 1, url: str | None = PAGE, **more: Any) -> dict[str, Any]:
    return said("forum", number, channel="forum", author="mouse42", url=url, to_us=False, **more)


def follow() -> list[tuple[Any, ...]]:
    """Follows links as the job does, once what came is a minute old; the hints that are held then."""
    from goodwill.service.sources import pointing
    from goodwill.service.store.models import FACTS

    FACTS["messages"].objects.update(arrived=datetime.now(UTC) - timedelta(minutes=1))
    pointing.follow_links(lambda _said, _done: None)
    drain()
    hints = FACTS["handles"].objects.filter(kind="account", confidence__lt=0.95).order_by("fact_key")
    return list(hints.values_list("customer_id", "value", "channel", "source", "confidence"))


def note(text: str, customer: str = "c1") -> Any:
    from goodwill.service import deeds
    from goodwill.service.store.models import Colleague

    agent = Colleague.objects.filter(email="gil@firm.example").first()
    agent = agent or Colleague.objects.create_user("gil@firm.example", role="agent", name="Gil")
    return deeds.deed("note")(agent, None, text, customer_id=customer)


def authors() -> dict[str, str | None]:
    from goodwill.service.store.models import Reading

    return dict(Reading.objects.values_list("message_id", "customer_id"))


@pytest.mark.parametrize(
    ("url", "written"),
    [(PAGE, f"She says so on {PAGE}."), (f"{PAGE}/", f"({PAGE}#post_3)"), (PAGE, f"http://{PAGE[8:]}/ it is")],
)
def test_a_link_in_a_note_hints_at_its_author(service: Service, url: str, written: str) -> None:
    put("messages", post(url=url))
    note(written)
    assert follow() == [("c1", "mouse42", "forum", "a link in a note", 0.8)]
    assert authors() == {"forum:1": None}  # a hint names no author
    assert len(follow()) == 1


def test_a_link_in_a_ticket_hints_at_its_author_less_surely(service: Service) -> None:
    put("messages", post(), said("forum", 2, channel="email", customer_id="c2", text=f"As I wrote on {PAGE}"))
    put("messages", said("forum", 3, channel="twitter", customer_id="c3", text=f"Look what they wrote: {PAGE}"))
    assert follow() == [("c2", "mouse42", "forum", "a link in a ticket", 0.5)]


def test_a_link_to_a_thread_hints_at_who_opened_it(service: Service) -> None:
    early, late = (datetime.now(UTC) - timedelta(hours=hours) for hours in (3, 2))
    put("messages", post(1, None, thread=PAGE, at=late) | {"author": "other"}, post(2, None, thread=PAGE, at=early))
    note(f"{PAGE} is hers")
    assert [hint[1] for hint in follow()] == ["mouse42"]


def test_what_is_known_better_is_left_alone(service: Service) -> None:
    put("handles", {"customer_id": "c1", "kind": "account", "value": "mouse42", "channel": "forum", "verified": True})
    put("messages", post(), post(2, f"{PAGE}2", customer_id="c9"))
    note(f"{PAGE} and {PAGE}2 and https://forum.example/none and https://")
    assert follow() == []


def test_a_link_that_leads_nowhere_yet_is_followed_another_day(service: Service) -> None:
    from goodwill.service.sources.pointing import FOLLOWED
    from goodwill.service.store.models import Setting

    note(f"See {PAGE}")
    assert follow() == []
    put("messages", post())
    assert follow() == []
    kept = Setting.objects.get(name=FOLLOWED)
    kept.value["day"] = "2026-01-01"
    kept.save()
    assert len(follow()) == 1


def test_a_note_that_was_undone_hints_at_nobody(service: Service) -> None:
    from goodwill.service import deeds
    from goodwill.service.store.models import Colleague

    put("messages", post())
    done = note(PAGE)
    deeds.deed("undo")(Colleague.objects.get(email="gil@firm.example"), done.pk)
    assert follow() == []


def test_the_index_finds_what_a_link_leads_to(service: Service) -> None:
    """Nothing of this may grow with the number of messages."""
    from django.db import connection

    from goodwill.service.sources import pointing

    put("messages", *(post(number, f"https://forum.example/t/{number}") for number in range(300)))
    explained: list[str] = []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE fact_messages")
            cursor.execute("SET enable_seqscan = off")
        cursor.execute("EXPLAIN " + ("QUERY PLAN " if connection.vendor == "sqlite" else "") + _lookup(pointing))
        explained = [str(row) for row in cursor.fetchall()]
        if connection.vendor == "postgresql":
            cursor.execute("RESET enable_seqscan")
    assert any("messages_url" in line for line in explained), explained


def _lookup(pointing: Any) -> str:
    function = "SUBSTR(url, 1, 200)" if _sqlite() else "LEFT(url, 200)"
    return f"SELECT * FROM fact_messages WHERE url IS NOT NULL AND {function} IN ('{PAGE}')"


def _sqlite() -> bool:
    from django.db import connection

    return bool(connection.vendor == "sqlite")
