"""What could not be read: listed with its reason, replayed once its cause is mended, or put aside."""

from __future__ import annotations

from typing import Any

import pytest

from service.conftest import Service
from service.intake.conftest import message, stored

PURCHASE = {"purchase_id": "1", "at": "2026-05-03T10:00:00Z", "amount": 5, "currency": "SEK"}


def test_replayed_once_its_cause_is_mended(service: Service, post: Any, drain_all: Any) -> None:
    from goodwill.service.intake import replay
    from goodwill.service.store.models import Batch, Unread

    post("purchases", [PURCHASE, {**PURCHASE, "purchase_id": "2", "currency": "EUR"}])
    drain_all()
    assert [batch.unread for batch in Batch.objects.all()] == [1]
    one = Unread.objects.get()
    assert replay([one.id]) == 1
    drain_all()  # nothing was mended, so it comes back
    again = Unread.objects.get(settled__isnull=True)
    assert again.id != one.id and again.reason == "no rate for SEK is known"
    (service.home / "goodwill.toml").write_text("[rates]\nSEK = 0.1\n")
    assert replay([one.id, again.id]) == 1, "what is settled is not sent again"
    assert replay([again.id]) == 0
    drain_all()
    assert sorted(stored("purchases", "purchase_id", "fact_source")) == [("1", "shop"), ("2", "shop")]
    assert {unread.how for unread in Unread.objects.all()} == {"replayed"}
    assert [batch.token for batch in Batch.objects.order_by("id")] == ["token shop", "replay", "replay"]


def test_replayed_as_a_person_mended_it(service: Service, post: Any, drain_all: Any) -> None:
    from goodwill.service.intake import replay
    from goodwill.service.store.models import Unread

    post("purchases", [PURCHASE])
    drain_all()
    one = Unread.objects.get()
    assert replay([one.id], {one.id: {**PURCHASE, "currency": "EUR"}}) == 1
    drain_all()
    assert stored("purchases", "purchase_id", "currency") == [("1", "EUR")]


def test_put_aside(service: Service, post: Any, drain_all: Any) -> None:
    from goodwill.service.intake import put_aside, replay
    from goodwill.service.store.models import Unread

    post("purchases", [PURCHASE])
    drain_all()
    one = Unread.objects.get()
    assert (put_aside([one.id]), put_aside([one.id]), replay([one.id])) == (1, 0, 0)
    one.refresh_from_db()
    assert one.how == "put aside"


def test_a_row_that_only_the_database_refuses_does_not_hold_up_the_others(
    service: Service, drain_all: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checks are told to look away, so that a score of 11 reaches the database and its own constraint."""
    from goodwill.service.intake import columns, store_rows
    from goodwill.service.intake.accept import keep_unchecked
    from goodwill.service.store.models import Batch, Unread

    monkeypatch.setattr(columns.Reader, "_within", lambda self, column, values: values)
    answer = {"at": "2026-05-03T10:00:00Z", "score": 9}
    keep_unchecked("responses", [{**answer, "response_id": "1"}, {**answer, "response_id": "2", "score": 11},
                                 {**answer, "response_id": "3"}], source="s", by="test")  # fmt: skip
    store_rows("messages", [message(1)], source="s", by="test")
    drain_all()
    assert stored("responses", "response_id") == [("1",), ("3",)]
    assert stored("messages", "message_id") == [("forum:1",)]
    one = Unread.objects.get()
    assert one.position == 2
    assert one.reason.startswith("the store refuses it: ") and "responses_score_allowed" in one.reason
    assert {batch.state for batch in Batch.objects.all()} == {"drained"}


def test_the_bytes_of_old_batches_are_thrown_away(service: Service, post: Any, drain_all: Any) -> None:
    from datetime import timedelta

    from goodwill.service.intake import forget
    from goodwill.service.store.models import Batch, Raw

    post("messages", [message(1)])
    drain_all()
    post("messages", [message(2)])
    assert forget() == 0
    assert forget(timedelta(0)) == 1
    assert (Raw.objects.count(), Batch.objects.count()) == (1, 2)
    drain_all()
    assert len(stored("messages", "message_id")) == 2
