"""A worker killed with −9 in the middle of a job: the job is done once more, and ends."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from patience import LONG, until

if TYPE_CHECKING:
    from service.conftest import Service

DYING = """
import sys, threading, time
from pathlib import Path
from datetime import timedelta
from goodwill.service import start
start()
from goodwill.service import jobs

@jobs.job("long")
def long(tell, log):
    with Path(log).open("a") as file:
        file.write("begun\\n")
    tell("half way", 0.5)
    time.sleep(600)

jobs.Worker("dying", lease=timedelta(seconds=1), looks_every=0.05).run(threading.Event())
"""


def test_a_killed_workers_job_is_done_once_more(service: Service, tmp_path: Path) -> None:
    from goodwill.service import jobs
    from goodwill.service.jobs import registry
    from goodwill.service.store.models import Job, Schedule

    def long(tell: Any, log: str) -> str:
        with Path(log).open("a") as file:
            file.write("begun again\n")
        return "ended"

    log = tmp_path / "log"
    jobs.kinds()
    try:
        jobs.job("long")(long)
        jobs.set_up()
        Schedule.objects.update(paused=True)
        job = jobs.add("long", log=str(log))
        dying = subprocess.Popen([sys.executable, "-c", DYING], env=service.environment)
        try:
            until(lambda: Job.objects.get(pk=job.pk).done >= 0.5, "the job is begun", unless=dying.poll)
        finally:
            dying.kill()
            dying.wait()
        stop = threading.Event()
        worker = jobs.Worker("living", lease=timedelta(seconds=5), looks_every=0.05)
        at_last = threading.Timer(LONG, stop.set)
        at_last.start()

        def look() -> None:
            from django.db import connection

            while not stop.is_set() and Job.objects.get(pk=job.pk).state != Job.DONE:
                time.sleep(0.05)
            stop.set()
            connection.close()

        looking = threading.Thread(target=look)
        looking.start()
        worker.run(stop)
        looking.join()
        at_last.cancel()
    finally:
        registry.KINDS.pop("long")
    job.refresh_from_db()
    assert (job.state, job.tries, job.saying) == ("done", 2, "ended")
    assert log.read_text().splitlines() == ["begun", "begun again"]
