"""Nothing is lost and nothing comes twice: killed with −9, a lost database, a full disk."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from conftest import missing
from patience import LONG, until
from service import postgresql
from service.intake.conftest import message, stored
from service.intake.processes import (
    WORKER,
    Part,
    answers,
    killing,
    killing_at_work,
    send_until_taken,
    web_and_drainer,
)

if TYPE_CHECKING:
    from service.conftest import Service

FACTS, BATCH = 200_000, 500


def bodies() -> list[bytes]:
    day = "2026-05-{:02}T10:{:02}:00Z"
    return [
        json.dumps(
            [
                {"purchase_id": f"o{at}", "customer_id": f"c{at % 5000}", "at": day.format(at % 28 + 1, at % 60),
                 "amount": at % 9973 / 100, "channel": "web"}
                for at in range(first, first + BATCH)
            ]
        ).encode()
        for first in range(0, FACTS, BATCH)
    ]  # fmt: skip


@pytest.mark.slow
def test_every_accepted_fact_is_there_exactly_once(service: Service) -> None:
    """200,000 facts are sent and all are valued while web, drainer and worker are killed with −9 again and again."""
    from goodwill.service import jobs
    from goodwill.service.api.auth import make_token
    from goodwill.service.intake import backlog
    from goodwill.service.store.models import FACTS as MODELS
    from goodwill.service.store.models import Batch, Job, Schedule, Unread

    token, batches = make_token("shop", ["write"]), bodies()
    jobs.set_up()
    Schedule.objects.update(paused=True)
    with web_and_drainer(service) as (address, web, drainer):
        until(lambda: answers(address), "the web server answers")
        first = send_until_taken(address, token, "purchases", batches[:20])
        until(lambda: backlog() == 0, "the first are stored")
        job = jobs.add("revalue")
        worker = Part(service, "worker", code=WORKER)
        try:
            with (
                killing_at_work(worker, job.pk, seed=20261123, most=2),
                killing([web, drainer], address, seed=20261122, pause=(0.2, 0.9)),
            ):
                tries = first + send_until_taken(address, token, "purchases", batches[20:])
                # A quick machine is done before.
                until(lambda: web.kills >= 2 and drainer.kills >= 2 and worker.kills >= 2, "each is killed twice")
            until(lambda: backlog() == 0, "all are stored", seconds=2 * LONG)
            until(lambda: Job.objects.get(pk=job.pk).state not in (Job.WAITING, Job.RUNNING), "all are valued")
        finally:
            worker.kill()
    assert sum(tries) > len(tries), "no kill has hit a batch on its way"
    purchases = MODELS["purchases"].objects
    assert purchases.count() == FACTS
    assert set(purchases.values_list("purchase_id", flat=True)) == {f"o{at}" for at in range(FACTS)}
    assert not Unread.objects.exists()
    assert not Batch.objects.exclude(state="drained").exists()
    assert sum(Batch.objects.values_list("stored", flat=True)) == FACTS
    the_job_is_done_once(job.pk)


def the_job_is_done_once(job_id: int) -> None:
    """It was killed twice and begun anew each time: one valuation counts, whole, and nothing of the others is shown."""
    from django.db.models import Sum

    from goodwill.service.store.models import Job, Line, Valuation, Worth

    assert list(Job.objects.values_list("pk", "name", "state")) == [(job_id, "revalue", "done")]
    assert Job.objects.get().tries >= 3
    done = Valuation.objects.get(state="done")
    assert Worth.objects.exclude(customer_id="pool").count() == done.checks["customers"] == 5_000
    assert set(Worth.objects.values_list("valuation", flat=True)) == {done.pk}
    lines = Line.objects.filter(valuation=done.pk)
    assert lines.count() == done.checks["lines"]
    balance = lines.exclude(kind="reach").filter(customer_id__startswith="c").exclude(customer_id__startswith="cause:")
    valued = Worth.objects.exclude(customer_id="pool").aggregate(all=Sum("worth"))["all"]
    assert abs(balance.aggregate(all=Sum("amount"))["all"] - valued) < 1, "the books balance"


FULL_DISK = """
import json, resource, sys
import goodwill.service
goodwill.service.start()
from goodwill.service.intake import Drainer, Refused, accept, backlog
from goodwill.service.store.models import FACTS, Batch

def body(number):
    row = {"message_id": f"a:{number}", "at": "2026-05-03T10:00:00Z", "text": "x" * 200_000}
    return json.dumps([row]).encode()

soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
drainer = Drainer()
taken, refused = [], []
accept("messages", body(-1)); taken.append(-1)
resource.setrlimit(resource.RLIMIT_FSIZE, (6_000_000, hard))
for number in range(60):
    try:
        accept("messages", body(number)); taken.append(number)
    except Refused as error:
        refused.append(error)
assert len(taken) > 5 and len(refused) > 5, (len(taken), len(refused))
assert {error.status for error in refused} == {503}, refused
print(refused[0])
rounds = [drainer.once() for _ in range(3)]
assert drainer.failures > 0 and not rounds[-1], rounds
resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
accept("messages", body(1000)); taken.append(1000)
while drainer.once():
    pass
assert drainer.failures == 0 and backlog() == 0
kept = set(FACTS["messages"].objects.values_list("message_id", flat=True))
assert kept == {f"a:{number}" for number in taken}, (len(kept), len(taken))
assert not Batch.objects.exclude(state="drained").exists()
print("held")
"""


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_a_full_disk_is_said_to_the_sender_and_waited_for(service: Service) -> None:
    """A process that may not write files beyond 6 MB, as on a disk that is full, until it may again."""
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK], env=service.environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-3000:]
    said, held = done.stdout.splitlines()
    assert held == "held"
    assert said == (
        "the store: the disk is full, or cannot be written to; nothing of it was kept: send it again in 5 seconds"
    )


@pytest.mark.parametrize("service", ["postgresql"], indirect=True)
def test_a_lost_database_is_said_to_the_sender_and_waited_for(
    service: Service, post: Any, postgresql_server: str
) -> None:
    from goodwill.service.intake import Drainer, backlog
    from goodwill.service.store.models import FACTS as MODELS

    if os.environ.get("GOODWILL_TEST_POSTGRESQL"):
        missing("a PostgreSQL server of the tests' own, to be stopped")
    drainer = Drainer()
    assert post("messages", [message(1)]).status_code == 202
    postgresql.stop(postgresql_server)
    try:
        for _ in range(2):
            answer = post("messages", [message(2)])
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
            assert answer.json()["error"]["what"] == "the database does not answer"
            assert not drainer.once()
        assert drainer.failures == 2
    finally:
        postgresql.begin(postgresql_server)
    until(lambda: post("messages", [message(3)]).status_code == 202, "it is taken again")
    until(lambda: not drainer.once() and backlog() == 0, "it is stored")
    assert drainer.failures == 0
    kept = MODELS["messages"].objects.values_list("message_id", flat=True)
    assert set(kept) == {"forum:1", "forum:3"}


def test_two_drainers_do_not_store_a_batch_twice(service: Service, post: Any) -> None:
    """The second one has read the batch before the first has marked it."""
    from goodwill.service.intake import drain
    from goodwill.service.intake.drain import _waiting

    post("messages", [message(1)])
    read_too_early = _waiting(10)
    assert drain().batches == 1
    module = sys.modules["goodwill.service.intake.drain"]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "_waiting", lambda limit: read_too_early)
        assert (drain().batches, drain().stored) == (0, {})
    from goodwill.service.store.models import Batch

    assert [(batch.stored, batch.unread) for batch in Batch.objects.all()] == [(1, 0)]
    assert len(stored("messages", "message_id")) == 1
