"""The queue of jobs: added, taken under a lease, ended, tried again, given back when a worker dies.

Every change of state is one compare-and-set statement, so that any number of workers, on either database, never run one
job at once: a job is held by the worker that is named in it, at the try that it counted, until its lease ends.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.db.models import F

from goodwill.errors import GoodwillError
from goodwill.service.jobs.registry import arguments_are_plain, kind
from goodwill.service.store.models import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

LEASE = timedelta(seconds=60)
FIRST_WAIT, LONGEST_WAIT = 5.0, 3600.0  # seconds
LONGEST_ERROR = 4_000
ACTIVE = (Job.WAITING, Job.RUNNING)


class LeaseLost(GoodwillError):
    """The worker was away for so long that its job was given to another: it stops, and its result does not count."""


def add(name: str, once: str | None = None, due: datetime | None = None, **arguments: Any) -> Job:
    """Puts a job into the queue. With `once`, a job with that word that waits or runs already is given back instead.

    Raises GoodwillError for an unknown name, or arguments that JSON cannot hold.
    """
    most = kind(name).tries
    arguments_are_plain(arguments)
    while True:
        if once is not None:
            there = Job.objects.filter(once=once, state__in=ACTIVE).first()
            if there is not None:
                return there
        try:
            with transaction.atomic():
                return Job.objects.create(
                    name=name, arguments=arguments, once=once, due=due or datetime.now(UTC), most_tries=most
                )
        except IntegrityError:
            if once is None:
                raise
            # Somebody else was quicker: theirs is there, or has ended by now.


@dataclass(frozen=True)
class Held:
    """A job in the hands of one worker, at one try: what it may still do to it."""

    job: Job
    worker: str
    lease: timedelta = LEASE

    def _mine(self) -> Any:
        return Job.objects.filter(pk=self.job.pk, state=Job.RUNNING, worker=self.worker, tries=self.job.tries)

    def extend(self) -> None:
        """Holds on to it for another lease; LeaseLost where it was given to another."""
        self._if_mine(leased_until=datetime.now(UTC) + self.lease)

    def tell(self, saying: str, done: float) -> None:
        """Says how far it is."""
        self._if_mine(saying=saying, done=min(max(done, 0.0), 1.0))

    def finish(self, saying: str | None) -> None:
        """It is done."""
        said = {} if saying is None else {"saying": saying}
        self._if_mine(state=Job.DONE, done=1.0, finished=datetime.now(UTC), leased_until=None, error="", **said)

    def give_back(self) -> None:
        """It was interrupted through no fault of its own: it waits again, and the try does not count."""
        self._if_mine(state=Job.WAITING, worker="", leased_until=None, tries=F("tries") - 1, due=datetime.now(UTC))

    def fail(self, error: str, *, chance: Callable[[], float] = random.random) -> None:
        """It failed: it waits for its next try, or has failed for good. `error` is kept."""
        kept = error[:LONGEST_ERROR]
        if self.job.tries >= self.job.most_tries:
            self._if_mine(state=Job.FAILED, error=kept, finished=datetime.now(UTC), leased_until=None)
        else:
            again = datetime.now(UTC) + back_off(self.job.tries, chance)
            self._if_mine(state=Job.WAITING, error=kept, worker="", leased_until=None, due=again)

    def _if_mine(self, **values: Any) -> None:
        if not self._mine().update(**values):
            raise LeaseLost(
                "another worker has it by now", where=f"job {self.job.pk} ({self.job.name})", mend="nothing to do"
            )


def back_off(tries: int, chance: Callable[[], float] = random.random) -> timedelta:
    """How long to wait after so many tries: twice as long each time, an hour at most, each a little different.

    >>> [back_off(n, lambda: 1.0).total_seconds() for n in (1, 2, 3, 20)]
    [5.0, 10.0, 20.0, 3600.0]
    """
    whole = min(FIRST_WAIT * 2.0 ** min(tries - 1, 30), LONGEST_WAIT)
    return timedelta(seconds=whole * (0.5 + 0.5 * chance()))


def take(
    worker: str, lease: timedelta = LEASE, names: Collection[str] | None = None, but: Collection[str] = ()
) -> Held | None:
    """The next job that is due, of these names but for those, now this worker's; None where there is none."""
    waiting = Job.objects.filter(state=Job.WAITING, due__lte=datetime.now(UTC))
    if names is not None:
        waiting = waiting.filter(name__in=names)
    if but:
        waiting = waiting.exclude(name__in=but)
    for job_id in waiting.order_by("due", "id").values_list("pk", flat=True)[:5]:
        now = datetime.now(UTC)
        taken = Job.objects.filter(pk=job_id, state=Job.WAITING).update(
            state=Job.RUNNING, worker=worker, begun=now, leased_until=now + lease, tries=F("tries") + 1, done=0.0
        )
        if taken:
            return Held(Job.objects.get(pk=job_id), worker, lease)
    return None


def reap(now: datetime | None = None) -> int:
    """Jobs whose worker let the lease run out wait again, or have failed where that was the last try; how many."""
    now = now or datetime.now(UTC)
    reaped = 0
    for job in Job.objects.filter(state=Job.RUNNING, leased_until__lt=now).order_by("pk")[:100]:
        error = f"{job.worker or 'its worker'} stopped without a word in try {job.tries} of {job.most_tries}"
        over = job.tries >= job.most_tries
        change = {"state": Job.FAILED, "finished": now} if over else {"state": Job.WAITING, "worker": "", "due": now}
        same = Job.objects.filter(pk=job.pk, state=Job.RUNNING, tries=job.tries, leased_until__lt=now)
        reaped += same.update(error=error, leased_until=None, **change)
    return reaped


def retry(job: Job | int) -> Job:
    """A job that failed for good is tried again, from its first try; GoodwillError where it has not failed."""
    job_id = job.pk if isinstance(job, Job) else int(job)
    try:
        with transaction.atomic():
            again = Job.objects.filter(pk=job_id, state=Job.FAILED).update(
                state=Job.WAITING, tries=0, due=datetime.now(UTC), finished=None, worker="", done=0.0
            )
    except IntegrityError as same:
        raise GoodwillError(
            "the same job waits or runs already", where=f"job {job_id}", mend="wait for that one"
        ) from same
    if not again:
        raise GoodwillError("it has not failed", where=f"job {job_id}", mend="only a failed job is tried again")
    return Job.objects.get(pk=job_id)
