"""/healthz and /metrics tell what is so; the doctor names what is wrong and how to mend it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from service.conftest import Service


def alive(*kinds: str, seconds_ago: float = 0) -> None:
    from django.utils import timezone

    from goodwill.service.store.models import Heartbeat

    at = timezone.now() - timedelta(seconds=seconds_ago)
    for kind in kinds:
        Heartbeat.objects.update_or_create(process=kind, defaults={"kind": kind, "at": at})


def test_healthz(service: Service) -> None:
    from django.utils import timezone

    from goodwill.service.store.models import Batch

    client = service.client()
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["drainer"]["what"] == "does not run"
    alive("drainer", "worker")
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["ok"], answer.headers["Cache-Control"]) == (200, True, "no-store")
    now = timezone.now()
    batch = Batch.objects.create(table="messages", rows=7, received=now - timedelta(seconds=20))
    assert client.get("/healthz").json()["checks"]["drainer"]["state"] == "warn"
    Batch.objects.filter(pk=batch.pk).update(received=now - timedelta(seconds=900))
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert re.match(r"9\d\d\b", answer.json()["checks"]["drainer"]["what"])
    alive("worker", seconds_ago=610)
    silent = client.get("/healthz").json()["checks"]["worker"]["what"]
    assert re.search(r"has not been heard for 6\d\d s", silent)
    assert client.post("/healthz").status_code == 405


def test_a_database_that_is_gone_is_503_and_not_an_error(service: Service) -> None:
    from django.db import connection

    client = service.client()
    connection.close()
    good = dict(connection.settings_dict)
    connection.settings_dict |= {"NAME": "/nowhere/at/all"} if service.kind == "sqlite" else {"NAME": "nowhere"}
    try:
        answer = client.get("/healthz")
        metrics = client.get("/metrics").content.decode()
    finally:
        connection.close()
        connection.settings_dict |= good
    assert answer.status_code == 503
    assert "does not answer" in answer.json()["checks"]["database"]["what"]
    assert "goodwill_database_up 0.0" in metrics


def test_metrics(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.utils import timezone
    from prometheus_client.parser import text_string_to_metric_families

    from goodwill.service.store.models import Batch, Case, Job

    now = timezone.now()
    Batch.objects.create(table="messages", rows=7, received=now - timedelta(seconds=20))
    for number, group in enumerate(("first", "stake", "stake")):
        Case.objects.create(message_id=str(number), at=now, group=group, due=now - timedelta(hours=number))
    Job.objects.create(name="alerts", state="failed", due=now)
    client = service.client()
    answer = client.get("/metrics")
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.content.decode())
    found = {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}
    assert found["goodwill_backlog_rows",] == 7
    assert 20 <= found["goodwill_drainer_lag_seconds",] <= (timezone.now() - now).total_seconds() + 20
    assert (found["goodwill_cases_open", "first"], found["goodwill_cases_open", "stake"]) == (1, 2)
    assert found["goodwill_jobs", "failed"] == 1
    monkeypatch.setenv("GOODWILL_METRICS_TOKEN", "t0ken")
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer wrong"}).status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer t0ken"}).status_code == 200


def found_by_the_doctor() -> dict[str, tuple[str, str]]:
    from goodwill.service.ops import doctor

    return {check.name: (check.state, str(check)) for check in doctor.everything()}


@pytest.mark.slow
def test_the_doctor_on_a_healthy_installation(service: Service) -> None:
    (service.home / "goodwill.toml").write_text('[firm]\nname = "Hedgerow"\n')
    found = found_by_the_doctor()
    wrong = {name: line for name, (state, line) in found.items() if state == "fail"}
    assert not wrong
    assert found["drainer"][0] == found["mail"][0] == "warn"
    assert found["drainer"][1] == "warn  drainer: does not run on this home; goodwill serve starts it"
    assert found["journal" if service.kind == "sqlite" else "version"][0] == "ok"
    assert len(found) >= 18


@pytest.mark.slow
@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_the_doctor_names_what_is_wrong(service: Service) -> None:
    from django.utils import timezone

    from goodwill.service.store.models import Job, Source, Unread

    now = timezone.now()
    (service.home / "goodwill.toml").write_text('[firm]\ncurrency = "euro"\n')
    (service.home / "secret.key").write_text("k")
    (service.home / "secret.key").chmod(0o644)
    Job.objects.create(name="export", state="failed", due=now, finished=now, error="Trace\nno room")
    Unread.objects.create(position=1, table="messages", row="{}", reason="x", at=now)
    Source.objects.create(name="shop", kind="shopify", failures=2, last_error="401", secrets="sealed with another")
    lake = service.home / "lake" / "messages"
    lake.mkdir(parents=True)
    (lake / "part.parquet").write_bytes(b"PAR1 cut off")
    found = found_by_the_doctor()
    for name, state, words in (
        ("firm", "fail", "firm.currency"),
        ("home", "warn", "others can read"),
        ("jobs", "warn", "1 failed this week, 'export' last: no room; see the jobs page"),
        ("facts", "warn", "1 could not be read"),
        ("sources", "warn", "1 fail, 'shop': 401"),
        ("secrets", "fail", "source 'shop': a stored secret was sealed with another key; put back the secret.key"),
        ("lake", "fail", "lake/messages/part.parquet cannot be read; remove it"),
    ):
        assert found[name][0] == state, found[name]
        assert words in found[name][1]


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_an_empty_database_lacks_its_tables(service: Service, tmp_path: Path) -> None:
    from service import conftest

    conftest.use(tmp_path, "")
    found = found_by_the_doctor()
    assert found["tables"][0] == "fail"
    assert "goodwill serve carries them out" in found["tables"][1]
