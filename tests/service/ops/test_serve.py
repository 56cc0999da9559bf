"""`goodwill serve` with real processes: it starts, keeps its parts going, stops cleanly, and is alone on its home."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from patience import LONG, until
from servers.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from service.conftest import Service

GOODWILL = Path(sys.executable).parent / "goodwill"
LINK = re.compile(r"http://\S+/enter/\S+")


class Running:
    """One `goodwill serve`, its words, and the processes that it has."""

    def __init__(self, environment: dict[str, str], *more: str) -> None:
        self.port = free_port()
        self.process = subprocess.Popen(
            [GOODWILL, "serve", "--port", str(self.port), *more],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())

    def said(self, words: str) -> str:
        def found() -> str:
            return next((line for line in list(self.lines) if words in line), "")

        return until(found, lambda: f"{words!r} is said:\n" + "\n".join(self.lines), unless=self.process.poll)

    def get(self, path: str) -> tuple[int, str]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()

    def well(self) -> dict[str, Any]:
        last = ["nothing"]

        def found() -> dict[str, Any] | None:
            try:
                status, last[0] = self.get("/healthz")
            except (OSError, http.client.HTTPException):
                return None
            return dict(json.loads(last[0])) if status == 200 else None

        said = until(found, lambda: f"it is well: {last[0]}\n" + "\n".join(self.lines), unless=self.process.poll)
        assert said is not None
        return said

    def stop(self, number: int = signal.SIGTERM) -> None:
        self.process.send_signal(number)
        self.process.wait(timeout=LONG)
        self.reader.join(timeout=LONG)

    @property
    def stopped_by_itself(self) -> bool:
        """Whether every part ended in its time, so that none was killed."""
        return not any("did not stop in time" in line for line in self.lines)


@contextmanager
def serving(service: Service, *more: str, **changes: str) -> Iterator[Running]:
    running = Running({**service.environment, **changes}, *more)
    try:
        yield running
    finally:
        if running.process.poll() is None:
            running.process.kill()
        running.process.wait()
        running.reader.join(timeout=LONG)
        assert running.process.stdout is not None
        running.process.stdout.close()


def parts_of(home: Path) -> dict[str, list[int]]:
    """The processes of this home's service, by part."""
    found: dict[str, list[int]] = {"drainer": [], "worker": [], "web": []}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            words = (place / "cmdline").read_bytes().split(b"\0")
            environment = (place / "environ").read_bytes()
        except OSError:
            continue
        if b"goodwill.service.ops.process" in words and f"GOODWILL_HOME={home}\0".encode() in environment:
            part = words[words.index(b"goodwill.service.ops.process") + 1].decode()
            found.setdefault(part, []).append(int(place.name))
    return found


def all_gone(home: Path) -> None:
    until(lambda: not any(parts_of(home).values()), lambda: f"every part has ended: {parts_of(home)}")


def stops_by_itself(service: Service) -> bool:
    """Once more: on a machine that stood still for seconds a part may have been killed that does stop."""
    with serving(service) as running:
        running.well()
        running.stop()
    return running.stopped_by_itself


@pytest.mark.slow
def test_it_starts_answers_and_stops_in_its_time(service: Service) -> None:
    with serving(service) as running:
        assert f"http://127.0.0.1:{running.port}" in running.said("goodwill is at")
        link = LINK.search(running.said("this link makes the first admin"))
        assert link
        checks = running.well()["checks"]
        assert set(checks) == {"database", "drainer", "worker", "disk"}
        status, metrics = running.get("/metrics")
        assert status == 200
        assert "goodwill_database_up 1.0" in metrics
        assert 'goodwill_requests_total{method="GET",route="healthz",status="200"}' in metrics
        assert running.get("/enter/" + link[0].rpartition("/")[2])[0] == 200
        running.stop()
    assert running.process.returncode == 0
    assert "stopped; nothing was half-written" in running.lines[-1]
    assert not any(parts_of(service.home).values())
    assert running.stopped_by_itself or any(stops_by_itself(service) for _ in range(5)), running.lines
    said = [line for line in running.lines if "did not stop in time" not in line]
    wrong = [line for line in said if "Traceback" in line or "warning" in line]
    assert not wrong, "\n".join([*wrong, "of:", *said])


@pytest.mark.slow
@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_a_clean_stop_in_the_midst_of_posts_loses_nothing(service: Service) -> None:
    """Whoever was answered 202 finds the fact after the next start, once; who was not may send it again."""
    from goodwill.service.api.auth import make_token
    from goodwill.service.store.models import FACTS, Unread

    token = make_token("shop", ["write"])
    taken: list[str] = []
    asked: set[str] = set()
    odd: list[str] = []

    def post(running: Running, sender: int) -> None:
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        for number in range(100_000):
            keys = [f"{sender}-{number}-{at}" for at in range(20)]
            asked.update(keys)
            rows = [{"purchase_id": key, "at": "2026-05-03T10:00:00Z", "amount": 5} for key in keys]
            address = f"http://127.0.0.1:{running.port}/api/v1/facts/purchases"
            request = urllib.request.Request(address, json.dumps(rows).encode(), headers)
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    answer.read()
            except urllib.error.HTTPError as refused:
                with refused:
                    if refused.code not in (429, 503):  # else it may be sent again
                        odd.append(f"{refused.code}: {refused.read()!r}")
                return
            except (OSError, http.client.HTTPException):  # closed before the answer, or in the midst of it
                return
            taken.extend(keys)

    with serving(service, GOODWILL_WEB_WORKERS="3") as running:
        running.well()
        senders = [threading.Thread(target=post, args=(running, sender)) for sender in range(4)]
        for sender in senders:
            sender.start()
        until(lambda: len(parts_of(service.home)["web"]) >= 4, "the parent and three workers")
        until(lambda: len(taken) > 500, lambda: f"the senders are in their midst: {odd}")
        running.stop()
        for sender in senders:
            sender.join(timeout=LONG)
    assert running.process.returncode == 0
    assert not odd
    with serving(service) as running:
        running.well()
        until(lambda: "goodwill_backlog_rows 0.0" in running.get("/metrics")[1], "all is stored")
        running.stop()
    kept = list(FACTS["purchases"].objects.values_list("purchase_id", flat=True))
    assert len(kept) == len(set(kept))
    assert set(taken) <= set(kept) <= asked
    assert not Unread.objects.exists()


@pytest.mark.slow
@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_a_part_that_is_killed_is_said_and_started_again(service: Service) -> None:
    with serving(service) as running:
        running.well()
        before = parts_of(service.home)
        for part in ("drainer", "worker", "web"):
            assert before[part], before
            os.kill(min(before[part]), signal.SIGKILL)
            running.said(f"the {part} ended (killed by SIGKILL); it starts again in 0.5 s")

        def all_are_others() -> bool:
            after = parts_of(service.home)
            return all(after[part] and not set(after[part]) & set(before[part]) for part in before)

        until(all_are_others, lambda: f"others run than {before}: {parts_of(service.home)}")
        running.well()
        running.stop(signal.SIGINT)
    assert running.process.returncode == 0
    assert not any(parts_of(service.home).values())


@pytest.mark.slow
@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_when_the_parent_is_killed_its_parts_end_and_a_new_one_may_start(service: Service) -> None:
    with serving(service) as running:
        running.well()
        running.process.kill()
        running.process.wait()
        with serving(service) as second:
            second.well()
            second.stop()
        assert second.process.returncode == 0
    all_gone(service.home)


@pytest.mark.slow
@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_one_home_has_one_service(service: Service) -> None:
    with serving(service, "--only", "worker") as running:
        running.said("the worker runs")
        with serving(service, "--only", "worker") as second:
            second.process.wait(timeout=LONG)
            second.reader.join(timeout=LONG)
            said = "\n".join(second.lines)
        assert second.process.returncode == 1
        assert f"another goodwill serve (process {running.process.pid}) runs its worker on this home; stop it" in said
        # Another part of the same home may run beside it.
        with serving(service, "--only", "drainer") as third:
            third.said("the drainer runs")
            third.stop()
        running.stop()


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_what_cannot_be_is_one_clear_line(service: Service) -> None:
    def said(*arguments: str, **changes: str) -> str:
        done = subprocess.run(
            [GOODWILL, "serve", *arguments],
            env={**service.environment, **changes},
            capture_output=True,
            text=True,
            timeout=LONG,
        )
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        return done.stderr

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert f"port {port} of 127.0.0.1 cannot be used: Address already in use; choose another with" in said(
            "--port", port
        )
    assert "no part is called 'drain'; choose one of drainer, worker, web" in said("--only", "drain")
    for wrong in ("0", "many", "-1"):
        many = said("--port", str(free_port()), GOODWILL_WEB_WORKERS=wrong)
        assert f"GOODWILL_WEB_WORKERS: '{wrong}' is no number of processes; set it to 2, say" in many
    away = said("--port", str(free_port()), GOODWILL_DATABASE_URL="postgresql://nobody@127.0.0.1:9/none")
    assert "the database cannot be used" in away
    assert "no database is of the kind 'mysql'" in said(
        "--port", str(free_port()), GOODWILL_DATABASE_URL="mysql://a@b/c"
    )
