"""Whether the service is well: each check is one line with what it saw and how to mend it. /healthz asks the first few,
`goodwill doctor` all of them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import DatabaseError, connection
from django.utils import timezone

from goodwill.service.home import home
from goodwill.service.store.models import Batch, Heartbeat, Job

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

OK, WARN, FAIL = "ok", "warn", "fail"
LAG_WARNS, LAG_FAILS = 10.0, 60.0
"""Seconds that the oldest accepted batch may wait to be stored."""
BEAT_FAILS = 60.0
"""Seconds without a sign of life after which a process is missed."""
DISK_WARNS, DISK_FAILS = 2 << 30, 256 << 20


@dataclass(frozen=True)
class Check:
    """What one look found."""

    name: str
    state: str
    what: str
    mend: str = ""
    figure: float | None = None

    def __str__(self) -> str:
        return f"{self.state:<5} {self.name}: {self.what}" + (f"; {self.mend}" if self.mend else "")


def database() -> Check:
    """Whether the database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as refused:
        said = str(refused).strip().splitlines()[0] if str(refused).strip() else type(refused).__name__
        return Check("database", FAIL, f"does not answer: {said}", "check GOODWILL_DATABASE_URL and whether it is up")
    return Check("database", OK, f"{connection.display_name} answers")


def drainer_lag(now: datetime) -> float:
    """Seconds that the oldest batch not yet stored has waited; 0 where none waits."""
    oldest = (
        Batch.objects.filter(state=Batch.WAITING, bulk=False).order_by("id").values_list("received", flat=True).first()
    )
    return max(0.0, (now - oldest).total_seconds()) if oldest else 0.0


def drainer(now: datetime) -> Check:
    """Whether what was accepted is stored soon."""
    lag, silent = drainer_lag(now), silence("drainer", now)
    if silent is None or silent > BEAT_FAILS:
        return Check("drainer", FAIL, _silent(silent), "start goodwill serve; what was accepted is safe", lag)
    if lag > LAG_FAILS:
        return Check("drainer", FAIL, f"{lag:,.0f} s behind", "see its log; send less until it has caught up", lag)
    if lag > LAG_WARNS:
        return Check("drainer", WARN, f"{lag:,.0f} s behind", "nothing, if it is catching up", lag)
    return Check("drainer", OK, f"alive, {lag:.1f} s behind", figure=lag)


def worker(now: datetime) -> Check:
    """Whether somebody does the jobs."""
    silent = silence("worker", now)
    if silent is None or silent > BEAT_FAILS:
        return Check("worker", FAIL, _silent(silent), "start goodwill serve; jobs wait meanwhile", silent)
    overdue = Job.objects.filter(state=Job.WAITING, due__lt=now - timedelta(minutes=30)).count()
    if overdue:
        return Check(
            "worker", WARN, f"alive, but {overdue:,} jobs are over 30 minutes late", "see the jobs page", silent
        )
    return Check("worker", OK, "alive", figure=silent)


def disk() -> Check:
    """Whether there is room where the home lies."""
    try:
        free = shutil.disk_usage(home().folder).free
    except OSError as gone:
        return Check("disk", FAIL, f"the home cannot be looked at: {gone.strerror}", "set GOODWILL_HOME")
    state = FAIL if free < DISK_FAILS else WARN if free < DISK_WARNS else OK
    return Check("disk", state, f"{free / 2**30:,.1f} GiB free", "" if state == OK else "make room", float(free))


def silence(kind: str, now: datetime) -> float | None:
    """Seconds since any process of this kind was last heard; None where none ever was."""
    latest = Heartbeat.objects.filter(kind=kind).order_by("-at").values_list("at", flat=True).first()
    return max(0.0, (now - latest).total_seconds()) if latest else None


def _silent(seconds: float | None) -> str:
    return "does not run" if seconds is None else f"has not been heard for {seconds:,.0f} s"


def quick(now: datetime | None = None) -> list[Check]:
    """What /healthz asks: a few milliseconds. Without a database nothing else can be known."""
    now = now or timezone.now()
    first = database()
    if first.state == FAIL:
        return [first, disk()]
    looks: tuple[Callable[[datetime], Check], ...] = (drainer, worker)
    found = [first]
    for look in looks:
        try:
            found.append(look(now))
        except DatabaseError as problem:
            said = str(problem).strip().splitlines()[0]
            found.append(Check(look.__name__, FAIL, f"cannot be asked: {said}", "goodwill serve migrates the database"))
    return [*found, disk()]
