"""What came in, what could not be read, and a file brought by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from service.pages2 import office

sqlite = pytest.mark.parametrize("service", ["sqlite"], indirect=True)


@pytest.fixture
def client(service: Any) -> Any:
    return service.client(service.colleague())


def test_sources_say_what_came(service: Any, client: Any, queries: Any) -> None:
    office.deliveries()
    page = client.get("/sources").content.decode()
    for words in ("web-shop", "1,500", "token till", "could not sign in", "4 times in a row", "20 facts wait"):
        assert words in page
    with queries() as asked:
        client.get("/sources")
    assert len(asked) <= 15


def test_unread_is_listed_escaped_and_filtered(service: Any, client: Any) -> None:
    office.deliveries()
    page = client.get("/unread").content.decode()
    assert "Could not read: 3" in page and page.count('name="id"') >= 3
    assert "<script>alert(1)" not in page and "&lt;script&gt;alert(1)" in page
    page = client.get("/unread", {"table": "purchases", "source": "web-shop"}).content.decode()
    assert "Could not read: 2" in page
    assert "Nothing matches" in client.get("/unread", {"table": "' OR 1=1 --"}).content.decode()
    assert client.get("/unread", {"before": "x", "table": "\x00"}).status_code == 200


def test_unread_is_sent_in_again_or_put_aside(service: Any, client: Any) -> None:
    from goodwill.service.store.models import Audit, Batch, Unread

    office.deliveries()
    first, second, third = Unread.objects.order_by("pk")
    client.post("/unread/settle", {"act": "aside", "id": [str(third.pk), "x", "-1"]})
    client.post("/unread/settle", {"act": "replay", "all": "1", "table": "purchases", "source": "web-shop"})
    assert dict(Unread.objects.values_list("pk", "how")) == {
        first.pk: "replayed", second.pk: "replayed", third.pk: "put aside",
    }  # fmt: skip
    assert Batch.objects.filter(token="replay", rows=2, source="web-shop", state="waiting").count() == 1
    assert [line.what for line in Audit.objects.order_by("pk")] == ["1 unread", "2 unread"]
    for nothing in ({"act": "replay"}, {"act": "drop", "id": "1"}, {}):
        client.post("/unread/settle", nothing)
    assert Batch.objects.filter(token="replay").count() == 1


def test_a_row_is_mended_by_hand(service: Any, client: Any) -> None:
    from goodwill.service import intake
    from goodwill.service.store.models import FACTS, Batch, Unread

    office.deliveries()
    Batch.objects.all().delete()  # they have no bytes here
    row = Unread.objects.order_by("pk").first()
    for broken in ("{", "[1]", '"x"', "[" * 5000):
        answer = client.post("/unread/mend", {"id": row.pk, "row": broken})
        assert answer.status_code == 422 and b'role="alert"' in answer.content
        assert Unread.objects.get(pk=row.pk).settled is None
    mended = {**json.loads(row.row), "currency": "EUR", "customer_id": "c1"}
    assert client.post("/unread/mend", {"id": row.pk, "row": json.dumps(mended)}).status_code == 302
    while intake.drain().batches:
        pass
    assert str(FACTS["purchases"].objects.get(purchase_id="p1").amount) == "12.50"
    assert client.post("/unread/mend", {"id": row.pk, "row": "{}"}).status_code == 302  # settled by then


def upload(client: Any, name: str, text: bytes) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return client.post("/sources/upload", {"file": SimpleUploadedFile(name, text)})


@sqlite
def test_a_file_is_shown_before_anything_is_stored(service: Any, client: Any) -> None:
    from goodwill.service import intake, jobs
    from goodwill.service.store.models import FACTS, Batch, Import, Job

    answer = upload(client, "../../orders.csv", b"Order No;Client;Date;Total (EUR)\n7;ann;31.01.2026;1.234,50\n")
    page = client.get(answer["Location"]).content.decode()
    assert "Looks like <b>purchases</b>" in page and "1234.50" in page and "orders.csv" in page
    assert not Batch.objects.exists() and not Job.objects.exists()
    take = answer["Location"].replace("/look/", "/take-in/")
    assert client.post(take, {"act": "take"})["Location"] == "/sources"
    job, one = Job.objects.get(), Import.objects.get()
    assert (one.source, one.by) == ("file orders.csv", "anna@firm.example")
    for _ in range(2):  # a worker that died does it once more
        jobs.kinds()[job.name].work(lambda *_: None, **job.arguments)
    while intake.drain().batches:
        pass
    jobs.kinds()[job.name].work(lambda *_: None, **job.arguments)  # it sees that all is stored
    assert [str(amount) for amount in FACTS["purchases"].objects.values_list("amount", flat=True)] == ["1234.50"]
    assert not any((Path(service.home) / "uploads").iterdir())


@sqlite
def test_a_file_that_is_none_is_refused_in_words(service: Any, client: Any) -> None:
    assert b"this is no table file" in upload(client, "x.exe", b"MZ").content
    assert b"Choose a file first" in client.post("/sources/upload", {}).content
    seen = client.get(upload(client, "odd.csv", b"a,b\n1,2\n")["Location"])
    assert seen.status_code == 422 and b"looks like no table" in seen.content
    thrown = upload(client, "orders.csv", b"Order No;Client;Date;Total (EUR)\n7;ann;31.01.2026;1,50\n")["Location"]
    client.post(thrown.replace("/look/", "/take-in/"), {"act": "drop"})
    assert b"This file is gone" in client.get(thrown).content
    for word in ("..", "0" * 32, "%2e%2e"):
        assert b"This file is gone" in client.get(f"/sources/look/{word}").content
