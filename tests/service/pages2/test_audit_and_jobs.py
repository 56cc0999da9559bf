"""Audit: who did what, found again. Jobs: what runs, what failed and why, tried again, paused, started."""

from __future__ import annotations

from typing import Any

import pytest

from service.pages.shop import fact
from service.pages2 import office

sqlite = pytest.mark.parametrize("service", ["sqlite"], indirect=True)


@pytest.fixture
def client(service: Any) -> Any:
    return service.client(service.colleague())


def test_audit_is_filtered_by_who_customer_and_act(service: Any, client: Any, queries: Any) -> None:
    from goodwill.service.store.audit import record
    from goodwill.service.store.models import Person

    fact("people", customer_id="c1", name="Tom <b>")
    Person.objects.create(given="id|old1", customer_id="c1")
    for number in range(130):
        record(
            "ben@firm.example",
            "seen",
            customer_id="c1" if number % 2 else "c2",
            what=f"no {number}",
            purpose="answer me",
        )
    record("token till", "read", what="<script>alert(1)</script>")
    page = client.get("/audit").content.decode()
    assert page.count("<tr>") == 101 and "<script>alert(1)" not in page and "Tom &lt;b&gt;" in page
    with queries() as asked:
        client.get("/audit")
    assert len(asked) <= 10
    assert client.get("/audit", {"who": "token till"}).content.count(b"<tr>") == 2
    assert client.get("/audit", {"who": "BEN@firm.example", "customer": "old1"}).content.count(b"<tr>") == 66
    assert b"Nothing matches" in client.get("/audit", {"act": "' OR 1=1 --"}).content
    last = client.get("/audit", {"who": "ben@firm.example"}).content.decode()
    before = last.partition("before=")[2].partition('"')[0]
    assert client.get("/audit", {"who": "ben@firm.example", "before": before}).content.count(b"<tr>") == 31
    assert client.get("/audit", {"before": "x", "customer": "\x00"}).status_code == 200


@sqlite
def test_jobs_say_what_runs_and_what_failed(service: Any, client: Any, queries: Any) -> None:
    office.background()
    page = client.get("/jobs").content.decode()
    for words in ("spend: fitting 3 models", 'value="42"', "OSError: full", "12 rows gone", "daily at 3:00", "paused",
                  "The drainer is 2 minutes behind.", "nobody is on duty", "silent"):  # fmt: skip
        assert words in page, words
    assert "No worker is running" not in page
    part = client.get("/jobs", headers={"HX-Request": "true"}).content.decode()
    assert part.startswith('<section id="active"') and "every 4s" in part and "<html" not in part
    with queries() as asked:
        client.get("/jobs")
    assert len(asked) <= 13


@sqlite
def test_jobs_are_tried_again_started_and_paused(service: Any, client: Any) -> None:
    from goodwill.service.store.models import Audit, Job, Schedule

    office.background()
    failed = Job.objects.get(state="failed")
    client.post("/jobs/act", {"act": "retry", "job": failed.pk})
    failed.refresh_from_db()
    assert (failed.state, failed.tries) == ("waiting", 0)
    client.post("/jobs/act", {"act": "retry", "job": failed.pk})  # it has not failed
    Job.objects.all().delete()
    for _ in range(2):
        client.post("/jobs/act", {"act": "revalue"})
    assert Job.objects.get().name == "revalue"  # twice asked, once done
    client.post("/jobs/act", {"act": "pause", "name": "revalue"})
    assert Schedule.objects.get(name="revalue").paused
    client.post("/jobs/act", {"act": "resume", "name": "revalue"})
    assert not Schedule.objects.get(name="revalue").paused
    client.post("/jobs/act", {"act": "run", "name": "rerank"})
    assert set(Job.objects.values_list("name", flat=True)) == {"revalue", "rerank"}
    acts = Audit.objects.order_by("pk").values_list("act", flat=True)
    assert list(acts) == ["retried a job", "started a valuation", "started a valuation", "paused a job",
                          "resumed a job", "ran a job"]  # fmt: skip
    for nothing in ({}, {"act": "x"}, {"act": "run", "name": "rm -rf"}, {"act": "retry", "job": "x"}, {"act": "pause"}):
        assert client.post("/jobs/act", nothing).status_code == 302
    assert Job.objects.count() == 2 and Audit.objects.count() == 6


@sqlite
def test_nobody_works(service: Any, client: Any) -> None:
    page = client.get("/jobs").content.decode()
    assert "No worker is running" in page and "Nothing comes round yet" in page
