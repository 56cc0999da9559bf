"""Web server, drainer and worker as processes of their own, to be killed and started again."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import httpx

from servers.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from service.conftest import Service


WORKER = """
import threading
from datetime import timedelta
import goodwill.service
goodwill.service.start()
from goodwill.service import jobs
jobs.Worker(lease=timedelta(seconds=2), looks_every=0.1, names=["revalue"]).run(threading.Event())
"""
"""A worker whose lease is short: of one that was killed, the next need not wait a minute for the job."""


class Part:
    """One process of the service with its children, as `goodwill serve` would start it, or running `code`."""

    def __init__(self, service: Service, *words: str, code: str = "") -> None:
        self.service, self.words = service, words
        self.what = ["-c", code] if code else ["-m", "goodwill.service.ops.process", *words]
        self.kills = 0
        self.start()

    def start(self) -> None:
        log = (self.service.home / f"{self.words[0]}.log").open("ab")
        with log:
            self.process = subprocess.Popen(
                [sys.executable, *self.what],
                env=self.service.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Ends it with its children at once: nothing is told to anybody."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def kill_and_start(self) -> None:
        self.kill()
        self.kills += 1
        self.start()


@contextlib.contextmanager
def web_and_drainer(service: Service) -> Iterator[tuple[str, Part, Part]]:
    """Both running; the address of the web server."""
    port = str(free_port())
    web, drainer = Part(service, "web", "127.0.0.1", port), Part(service, "drainer")
    try:
        yield f"http://127.0.0.1:{port}", web, drainer
    finally:
        web.kill()
        drainer.kill()


def send_until_taken(address: str, token: str, table: str, bodies: list[bytes], senders: int = 2) -> list[int]:
    """Posts every body until it is answered with 202, as a patient sender does; gives the tries each needed."""
    waiting, lock = list(enumerate(bodies)), threading.Lock()
    tries = [0] * len(bodies)
    odd: list[str] = []

    def send() -> None:
        with httpx.Client(base_url=address, timeout=60, headers={"Authorization": f"Bearer {token}"}) as client:
            while True:
                with lock:
                    if not waiting:
                        return
                    at, body = waiting.pop()
                while True:
                    tries[at] += 1
                    try:
                        answer = client.post(
                            f"/api/v1/facts/{table}", content=body, headers={"Content-Type": "application/json"}
                        )
                    except httpx.TransportError:
                        time.sleep(0.05)
                        continue
                    if answer.status_code == 202:
                        break
                    if answer.status_code not in (429, 503):
                        odd.append(f"{answer.status_code}: {answer.text[:500]}")
                        return
                    time.sleep(0.1)

    threads = [threading.Thread(target=send) for _ in range(senders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not odd, odd
    return tries


@contextlib.contextmanager
def killing(parts: list[Part], address: str, seed: int, pause: tuple[float, float], most: int = 8) -> Iterator[None]:
    """Kills the parts in turn at random moments while the block runs, `most` times at most."""
    dice, over = random.Random(seed), threading.Event()

    def reap() -> None:
        turn = 0
        while turn < most and not over.wait(dice.uniform(*pause)):
            if answers(address):  # else nothing new has come, and another kill would hit a process that only begins
                parts[turn % len(parts)].kill_and_start()
                turn += 1

    reaper = threading.Thread(target=reap)
    reaper.start()
    try:
        yield
    finally:
        over.set()
        reaper.join()


@contextlib.contextmanager
def killing_at_work(worker: Part, job_id: int, seed: int, most: int) -> Iterator[None]:
    """Kills a worker while it does a job, at random moments while the block runs, `most` times at most."""
    from django.db import connections

    from goodwill.service.store.models import Job

    dice, over = random.Random(seed), threading.Event()

    def reap() -> None:
        tries = 0
        while worker.kills < most and not over.wait(0.05):
            job = Job.objects.get(pk=job_id)
            if job.state == Job.RUNNING and job.tries > tries and job.done > 0:
                tries = job.tries
                time.sleep(dice.uniform(0.0, 0.3))
                worker.kill_and_start()
        connections.close_all()

    reaper = threading.Thread(target=reap)
    reaper.start()
    try:
        yield
    finally:
        over.set()
        reaper.join()


def answers(address: str) -> bool:
    """Whether the web server takes requests."""
    try:
        return httpx.get(address + "/api/openapi.json", timeout=30).status_code < 500
    except httpx.TransportError:
        return False
