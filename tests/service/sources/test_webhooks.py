"""POST /webhooks/{kind}/{name}: taken, refused, repeated, flooded; on both databases."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pytest

from service.sources.conftest import drain
from service.sources.kinds import BELL, said, signed, well

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "s3cret"


def body(**told: Any) -> bytes:
    return json.dumps(told, default=lambda at: at.isoformat()).encode()


@pytest.fixture
def bell(heard: Callable[..., Any], invented: Callable[[Any], Any]) -> Any:
    invented(BELL)
    return heard("bell", "door", {"secret": SECRET})


def ours(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the endpoint itself said; Django says of each refusal that there was one."""
    return [one.getMessage() for one in caplog.records if one.name == "goodwill.webhooks"]


def ring(bell: Any, text: bytes, secret: str = SECRET, **more: Any) -> Any:
    return bell.send(text, signed(secret, text), **more)


def test_from_the_request_to_the_row_in_now(bell: Any) -> None:
    from goodwill.service.store.models import Batch

    answer = ring(bell, body(rows=[said("door", 1, author="kim")], delivery="d1", said=["a picture was left out"]))
    assert answer.status_code == 202
    assert answer.json() == {"batch": Batch.objects.get().pk}
    [row] = bell.now()
    assert (row["message_id"], row["name"], row["mood"]) == ("door:1", "kim", "negative")
    source = bell.source
    assert (source.failures, source.said) == (0, "a picture was left out")
    assert source.last_seen is not None and source.last_well is not None


def test_the_service_has_the_address(service: Any) -> None:
    from importlib import import_module

    from django.urls import reverse

    whole = import_module("goodwill.service.urls").__name__
    assert reverse("webhook", whole, ("discourse", "forum")) == "/webhooks/discourse/forum"


def test_a_repeated_delivery_is_not_read_again(bell: Any) -> None:
    from goodwill.service.store.models import Batch

    assert ring(bell, body(rows=[said("door", 1)], delivery="d1")).status_code == 202
    again = ring(bell, body(rows=[said("door", 2)], delivery="d1"))
    assert (again.status_code, again.json()) == (200, {"already": True})
    assert [row["message_id"] for row in bell.facts("messages")] == ["door:1"]
    assert Batch.objects.count() == 1
    long = "x\x00" * 500
    assert [ring(bell, body(rows=[said("door", 3)], delivery=long)).status_code for _ in range(2)] == [202, 200]


def test_deliveries_are_forgotten_after_eight_days(bell: Any) -> None:
    from datetime import UTC, datetime, timedelta

    from goodwill.service.ops import rounds
    from goodwill.service.store.models import Delivery

    ring(bell, body(rows=[said("door", 1)], delivery="old"))
    ring(bell, body(rows=[said("door", 2)], delivery="new"))
    Delivery.objects.filter(once="old").update(at=datetime.now(UTC) - timedelta(days=8, minutes=1))
    rounds.tidy_up(lambda saying, done: None)
    assert list(Delivery.objects.values_list("once", flat=True)) == ["new"]


def test_what_is_not_verified_is_refused_and_says_why_to_our_people_alone(
    bell: Any, caplog: pytest.LogCaptureFixture
) -> None:
    from goodwill.service.store.models import Batch

    with caplog.at_level(logging.WARNING, "goodwill.webhooks"):
        answer = ring(bell, body(rows=[said("door", 1)]), "another")
    assert (answer.status_code, answer.json()) == (401, {"error": {"what": "not verified"}})
    assert not Batch.objects.exists()
    why = "door: the signature is not the bell's; compare the secrets"
    assert (bell.source.failures, bell.source.last_error) == (1, why)
    assert ours(caplog) == [f"webhook bell/door refused (401): {why}"]
    assert ring(bell, body(rows=[said("door", 1)])).status_code == 202
    assert (bell.source.failures, bell.source.last_error) == (0, "")


def test_a_flood_writes_the_source_once(bell: Any, caplog: pytest.LogCaptureFixture) -> None:
    from goodwill.service.sources import webhooks

    for _ in range(50):
        assert ring(bell, b"{}", "another", drained=False).status_code == 401
    assert bell.source.failures == 1
    webhooks._noted.clear()  # another process, the same moment
    ring(bell, b"{}", "another", drained=False)
    assert bell.source.failures == 1
    assert len(ours(caplog)) == 51


def test_who_is_unknown_learns_nothing(bell: Any, heard: Any, invented: Any, service: Any) -> None:
    invented(well())
    heard("well", "pit")
    client = service.client()
    for path in ("bell/nobody", "shopify/door", "well/pit", "bell/" + "x" * 300, "bell/%00", "bell/a%0ab"):
        answer = client.post(f"/webhooks/{path}", b"{}", content_type="application/json")
        assert (answer.status_code, answer.json()) == (404, {"error": {"what": "no such source"}}), path
    assert client.get("/webhooks/bell/door").status_code == 405
    assert client.post("/webhooks/bell/", b"{}", content_type="application/json").status_code == 404


def test_five_megabytes_and_no_more(bell: Any, service: Any) -> None:
    from goodwill.service.sources.webhooks import LARGEST_BODY

    largest = body(rows=[said("door", 1)]).ljust(LARGEST_BODY)
    assert ring(bell, largest).status_code == 202
    answer = ring(bell, largest + b" ")
    assert (answer.status_code, answer.json()) == (413, {"error": {"what": "it is larger than 5 MB"}})
    assert bell.source.last_error == "it is larger than 5 MB"

    class Endless:
        """A body that is never all there; reading more than is allowed fails the test."""

        read_so_far = 0

        def read(self, size: int = -1) -> bytes:
            assert 0 <= size <= LARGEST_BODY + 1
            self.read_so_far += size
            return b"x" * size

        readline = read

    class Broken:
        """A body that nobody may read."""

        def read(self, size: int = -1) -> bytes:
            raise AssertionError("it was read")

        readline = read

    endless = Endless()
    chunked = {"wsgi.input": endless, "HTTP_TRANSFER_ENCODING": "chunked", "CONTENT_LENGTH": ""}
    answer = service.client().generic("POST", "/webhooks/bell/door", **chunked)
    assert answer.status_code == 413
    assert endless.read_so_far == LARGEST_BODY + 1
    told = {"wsgi.input": Broken(), "CONTENT_LENGTH": str(LARGEST_BODY + 1)}  # refused before anything is read
    assert service.client().generic("POST", "/webhooks/bell/door", **told).status_code == 413


def test_what_the_kind_does_not_know_and_what_we_do_wrong(bell: Any) -> None:
    answer = ring(bell, b"no json")
    assert (answer.status_code, answer.json()) == (422, {"error": {"what": "it is no JSON"}})
    assert bell.source.last_error == "door: it is no JSON"
    answer = ring(bell, body(crash=True))
    assert (answer.status_code, answer.json()) == (500, {"error": {"what": "it could not be read"}})


def test_one_bad_row_stops_no_other(bell: Any) -> None:
    rows = [said("door", 1), {"message_id": "door:2", "at": "soon", "text": "?"}, said("door", 3)]
    assert ring(bell, body(rows=rows)).status_code == 202
    assert [row["message_id"] for row in bell.facts("messages")] == ["door:1", "door:3"]
    [why] = bell.unread()
    assert why.startswith("at: ")


def test_a_paused_source_asks_for_patience(bell: Any) -> None:
    from goodwill.service.sources import connect
    from goodwill.service.store.models import Batch

    connect.pause("door", by="test")
    answer = ring(bell, body(rows=[said("door", 1)]))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "300")
    assert answer.json() == {"error": {"what": "this source is paused"}}
    assert not Batch.objects.exists() and bell.source.failures == 0
    connect.resume("door", by="test")
    assert ring(bell, body(rows=[said("door", 1)])).status_code == 202


def test_a_full_backlog_is_429(bell: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from goodwill.service.intake.accept import _backlog

    monkeypatch.setenv("GOODWILL_BACKLOG", "2")
    _backlog.at = 0.0
    text = body(rows=[said("door", 1), said("door", 2)], delivery="d1")
    assert ring(bell, text, drained=False).status_code == 202
    more = body(rows=[said("door", 3)], delivery="d2")
    answer = ring(bell, more, drained=False)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "5")
    drain()
    _backlog.at = 0.0
    assert ring(bell, more).status_code == 202  # its delivery was not marked as taken


def test_edits_and_removals_come_by_webhook_too(bell: Any) -> None:
    ring(bell, body(rows=[said("door", 1), said("door", 2)]), drained=False)
    ring(bell, body(edited=[said("door", 1, text="Thank you, it has arrived. Wonderful!")]), drained=False)
    ring(bell, body(removed=["door:2"]))
    assert [row["text"] for row in bell.facts("messages")] == ["Thank you, it has arrived. Wonderful!"]


def test_secrets_rotate_with_two_valid_at_once(bell: Any) -> None:
    from goodwill.service.sources import connect
    from goodwill.service.store.models import Audit

    text = body(rows=[])
    connect.rotate("door", "secret", "new", by="test")
    assert [ring(bell, text, one).status_code for one in (SECRET, "new", "newer")] == [202, 202, 401]
    connect.rotate("door", "secret", "newer", by="test")
    assert [ring(bell, text, one).status_code for one in (SECRET, "new", "newer")] == [401, 202, 202]
    connect.rotate("door", "secret", "newest", keep_old=False, by="test")
    assert [ring(bell, text, one).status_code for one in ("newer", "newest")] == [401, 202]
    assert "newest" not in bell.source.secrets
    assert "newest" not in "".join(Audit.objects.values_list("what", flat=True))
