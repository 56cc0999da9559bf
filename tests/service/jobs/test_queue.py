"""The queue of jobs: leases, tries, turns; on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from goodwill.errors import GoodwillError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from service.conftest import Service


@pytest.fixture
def done(service: Service) -> Iterator[list[Any]]:
    """Jobs of this test's own; what they did is in the list."""
    from goodwill.service import jobs
    from goodwill.service.jobs import registry

    jobs.kinds()
    before = dict(registry.KINDS)
    found: list[Any] = []

    @jobs.job("note", tries=3)
    def note(tell: Any, word: str = "") -> str:
        tell("noting", 0.5)
        found.append(word)
        return f"noted {word}"

    @jobs.job("stumble", tries=3)
    def stumble(tell: Any) -> None:
        found.append("tried")
        raise ValueError("the till is jammed")

    yield found
    registry.KINDS.clear()
    registry.KINDS.update(before)


def due_now() -> None:
    from goodwill.service.store.models import Job

    Job.objects.update(due=datetime.now(UTC) - timedelta(seconds=1))


def test_a_job_is_done_once_and_says_what_it_did(service: Service, done: list[Any]) -> None:
    from goodwill.service import jobs

    job = jobs.add("note", word="a")
    worker = jobs.Worker("w")
    assert worker.once()
    assert not worker.once()
    job.refresh_from_db()
    assert (done, job.state, job.saying, job.done, job.tries, job.leased_until) == (
        ["a"],
        "done",
        "noted a",
        1,
        1,
        None,
    )


def test_once_gives_the_waiting_job_back(service: Service, done: list[Any]) -> None:
    from goodwill.service import jobs

    first, second = (jobs.add("note", once="today", word=word) for word in ("a", "b"))
    assert first.pk == second.pk
    jobs.Worker("w").once()
    assert jobs.add("note", once="today", word="c").pk != first.pk  # the first has ended


def test_what_cannot_be_is_refused(service: Service, done: list[Any]) -> None:
    from goodwill.service import jobs

    with pytest.raises(GoodwillError, match=r"no job is called 'dance'; there are .*revalue"):
        jobs.add("dance")
    with pytest.raises(GoodwillError, match="arguments that JSON cannot hold"):
        jobs.add("note", word={1, 2})
    with pytest.raises(GoodwillError, match="job 'x': both every and at_hour were given; give one of them"):
        jobs.job("x", every=1, at_hour=2)
    with pytest.raises(GoodwillError, match="at_hour: 0 to 23"):
        jobs.job("x", at_hour=24)


def test_a_failing_job_backs_off_and_ends_failed_with_its_error(service: Service, done: list[Any]) -> None:
    from goodwill.service import jobs
    from goodwill.service.store.models import Job

    job, worker, waits = jobs.add("stumble"), jobs.Worker("w"), []
    while True:
        due_now()
        before = datetime.now(UTC)
        if not worker.once():
            break
        job.refresh_from_db()
        waits.append((job.due - before, job.due - datetime.now(UTC)))
        Job.objects.update(due=job.due + timedelta(hours=1))
        assert not worker.once()  # its next try is not due yet
    assert done == ["tried"] * 3
    assert (job.state, job.tries) == ("failed", 3)
    assert job.error.startswith("ValueError: the till is jammed (test_queue.py, line ")
    # Half a wait at least is no chance; from the failure on, which lies between the two looks at the clock.
    for turn, seconds in ((0, 5), (1, 10)):
        most, least = waits[turn]
        assert most >= timedelta(seconds=seconds / 2) and least <= timedelta(seconds=seconds)


def test_a_failed_job_is_tried_again_from_the_page(service: Service, done: list[Any]) -> None:
    from goodwill.service import jobs

    job, worker = jobs.add("stumble", once="x"), jobs.Worker("w")
    with pytest.raises(GoodwillError, match="it has not failed"):
        jobs.retry(job)
    for _ in range(3):
        due_now()
        worker.once()
    other = jobs.add("stumble", once="x")
    with pytest.raises(GoodwillError, match=f"job {job.pk}: the same job waits or runs already"):
        jobs.retry(job)
    other.delete()
    assert (jobs.retry(job.pk).state, jobs.retry.__name__) == ("waiting", "retry")
    assert worker.once()
    assert len(done) == 4


def test_a_lost_lease_comes_back_and_the_late_worker_counts_for_nothing(service: Service, done: list[Any]) -> None:
    from goodwill.service import jobs

    job = jobs.add("note", word="a")
    slow = jobs.take("slow", timedelta(seconds=-1))
    assert slow is not None
    assert jobs.reap() == 1
    job.refresh_from_db()
    assert (job.state, job.error) == ("waiting", "slow stopped without a word in try 1 of 3")
    quick = jobs.take("quick")
    assert quick is not None
    with pytest.raises(jobs.LeaseLost, match="another worker has it by now"):
        slow.finish("too late")
    quick.finish("done")
    job.refresh_from_db()
    assert (job.state, job.saying, job.tries) == ("done", "done", 2)


def test_a_worker_that_always_dies_is_not_tried_for_ever(service: Service, done: list[Any]) -> None:
    from goodwill.service import jobs

    job = jobs.add("note")
    for _ in range(3):
        due_now()
        assert jobs.take("dying", timedelta(seconds=-1)) is not None
        assert jobs.reap() == 1
    job.refresh_from_db()
    assert (job.state, job.tries) == ("failed", 3)


def test_a_stop_puts_the_job_back_without_counting(service: Service, done: list[Any]) -> None:
    from goodwill.service import jobs

    job, worker = jobs.add("note"), jobs.Worker("w")
    worker._stop.set()
    assert worker.once()
    job.refresh_from_db()
    assert (job.state, job.tries, done) == ("waiting", 0, [])


def test_many_workers_never_take_one_job_twice(service: Service, done: list[Any]) -> None:
    from django.db import connection

    from goodwill.service import jobs

    for number in range(30):
        jobs.add("note", word=str(number))
    trouble: list[BaseException] = []

    def work(name: str) -> None:
        try:
            worker = jobs.Worker(name)
            while worker.once():
                pass
        except BaseException as error:
            trouble.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not trouble
    assert sorted(done, key=int) == [str(number) for number in range(30)]


def test_a_turn_comes_once_however_many_tick(service: Service, done: list[Any]) -> None:
    from goodwill.service import jobs
    from goodwill.service.store.models import Job, Schedule

    noon = datetime(2026, 11, 1, 12, tzinfo=UTC)
    jobs.set_up(noon)
    nightly = Schedule.objects.get(name="revalue")
    assert (nightly.at_hour, nightly.next) == (3, datetime(2026, 11, 2, 3, tzinfo=UTC))
    assert jobs.tick(noon) == Schedule.objects.exclude(every_seconds=None).count()
    assert jobs.tick(noon) == 0
    assert Job.objects.filter(name="rerank").count() == 1
    jobs.tick(noon + timedelta(seconds=31))
    assert Job.objects.filter(name="rerank").count() == 1  # the first still waits
    Schedule.objects.filter(name="revalue").update(paused=True)
    jobs.tick(noon + timedelta(days=3))
    assert not Job.objects.filter(name="revalue").exists()


def test_a_changed_time_is_put_right_and_a_pause_is_kept(service: Service, done: list[Any]) -> None:
    from goodwill.service import jobs
    from goodwill.service.store.models import Schedule

    noon = datetime(2026, 11, 1, 12, tzinfo=UTC)
    jobs.set_up(noon)
    Schedule.objects.filter(name="revalue").update(at_hour=5, paused=True)
    jobs.set_up(noon)
    row = Schedule.objects.get(name="revalue")
    assert (row.at_hour, row.paused, row.next.hour) == (3, True, 3)


def test_the_firms_own_zone_says_when_it_is_three(service: Service, done: list[Any]) -> None:
    from goodwill.service import jobs
    from goodwill.service.store.models import Schedule

    (service.home / "goodwill.toml").write_text('[firm]\ntimezone = "Europe/Zurich"\n')
    jobs.set_up(datetime(2026, 7, 1, 12, tzinfo=UTC))
    assert Schedule.objects.get(name="revalue").next == datetime(2026, 7, 2, 1, tzinfo=UTC)


def test_tidying_up_keeps_what_is_young(service: Service, done: list[Any]) -> None:
    from goodwill.service import jobs
    from goodwill.service.store.models import Job

    old, young = jobs.add("note"), jobs.add("note")
    worker = jobs.Worker("w")
    while worker.once():
        pass
    Job.objects.filter(pk=old.pk).update(finished=datetime.now(UTC) - timedelta(days=31))
    tidying = jobs.add("tidy up")
    worker.once()
    tidying.refresh_from_db()
    assert (tidying.state, tidying.error) == ("done", "")
    assert set(Job.objects.values_list("pk", flat=True)) == {young.pk, tidying.pk}
