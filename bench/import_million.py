"""A file of a million rows is taken in while the service works: how long, and what others notice of it.

Web, drainer and worker run as `goodwill serve` starts them; `goodwill import FILE` reads a CSV and sends its rows, and
the drainer stores them. Meanwhile a message is posted every second and looked for in *Now*, and the first page is
asked for. Of messages, each is read by the fast lane too. PostgreSQL waits for its disk at each commit. Undoing the
whole import is measured after it.

'Processor seconds' are those of the command, the service and the database together: on a shared machine they tell more
than the seconds. 'Alone' is what POST to Now takes before the import begins.
"""

from __future__ import annotations

import contextlib
import csv
import http.client
import importlib.util
import json
import os
import resource
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLE = "A million rows from a file"
GOAL = "1,000,000 rows of a CSV stored in ≤ 60 s on SQLite and on PostgreSQL, the service responsive meanwhile"
HERE = Path(__file__).resolve().parent
ROWS = int(os.environ.get("GOODWILL_BENCH_ROWS", "1000000"))
GOODWILL = str(Path(sys.executable).parent / "goodwill")
PREPARE = """
import goodwill.service; goodwill.service.start()
from django.core.management import call_command; call_command('migrate', verbosity=0)
from goodwill.service.api.auth import make_token
from goodwill.service.store.models import Colleague
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
you = Colleague.objects.create_user('you@firm.example', 'a long enough password', role='admin')
session = import_module(settings.SESSION_ENGINE).SessionStore()
session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(you.pk), settings.AUTHENTICATION_BACKENDS[0]
session[HASH_SESSION_KEY] = you.get_session_auth_hash()
session.save()
print(settings.SESSION_COOKIE_NAME, session.session_key, make_token('bench', ['write', 'read']))
"""


def way_in() -> Any:
    """The benchmark of the way in: how it starts the service and reads processor time."""
    spec = importlib.util.spec_from_file_location("way_in", HERE / "way_in.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["way_in"] = module
    spec.loader.exec_module(module)
    return module


def files(folder: Path) -> dict[str, Path]:
    """Purchases and messages; the texts are an invented firm's."""
    purchases, messages = folder / "orders.csv", folder / "messages.csv"
    with purchases.open("w", newline="") as out:
        write = csv.writer(out).writerow
        write(("Order No", "Client", "Date", "Total", "Channel"))
        for at in range(ROWS):
            day = f"2025-{at % 12 + 1:02}-{at % 28 + 1:02} {at % 24:02}:{at % 60:02}:00"
            write((f"A{at:07d}", f"c{at * 7919 % 200_000}", day, f"{at % 9973 / 100:.2f}", "web"))
    said = texts(folder)
    with messages.open("w", newline="") as out:
        write = csv.writer(out).writerow
        write(("message_id", "at", "author", "channel", "text", "to_us", "audience"))
        for at in range(ROWS):
            day = f"2025-{at % 12 + 1:02}-{at % 28 + 1:02} {at % 24:02}:{at % 60:02}:00"
            text = f"{said[at % len(said)]} {said[at * 31 % len(said)]}"[:280]
            write((f"forum:{at:07d}", day, f"user{at * 7919 % 200_000}", "forum", text, "true", at % 500))
    return {"purchases": purchases, "messages": messages}


def texts(folder: Path) -> list[str]:
    """What the customers of the invented firm say."""
    from goodwill.demo import make

    make(folder / "firm", customers=2_000, seed=7)
    with (folder / "firm" / "messages.csv").open(newline="") as given:
        return [row["text"] for row in csv.DictReader(given) if row["text"]]


class Watcher(threading.Thread):
    """Posts a message every second and waits for it in Now; asks for the first page beside it."""

    def __init__(self, port: int, cookie: str, token: str) -> None:
        super().__init__(daemon=True)
        self.port, self.cookie, self.token = port, cookie, token
        self.over, self.placed, self.pages = threading.Event(), [], []
        self.number = 0

    def run(self) -> None:
        while not self.over.is_set():
            began = time.perf_counter()
            self.pages.append(self.page())
            self.placed.append(self.post_to_now())
            self.over.wait(max(0.0, 1.0 - (time.perf_counter() - began)))

    def page(self) -> float:
        began = time.perf_counter()
        status, _ = self.ask("GET", "/", headers={"Cookie": self.cookie})
        assert status == 200, status
        return time.perf_counter() - began

    def post_to_now(self) -> float:
        self.number += 1
        one = f"chat:{threading.get_ident()}-{self.number}"
        row = {
            "message_id": one,
            "at": datetime.now(UTC).isoformat(),
            "channel": "chat",
            "author": f"watcher{self.number}",
            "text": "My download fails. Can you help me today?",
            "to_us": True,
        }
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        began = time.perf_counter()
        status, body = self.ask("POST", "/api/v1/facts/messages", json.dumps([row]), headers)
        assert status == 202, body
        until = time.monotonic() + 20
        while time.monotonic() < until:
            status, body = self.ask("GET", "/api/v1/now?limit=200", headers=headers)
            if status == 200 and f'"{one}"'.encode() in body:
                return time.perf_counter() - began
            time.sleep(0.02)
        return float("inf")

    def ask(self, way: str, path: str, body: str = "", headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(way, path, body or None, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def watched(port: int, cookie: str, token: str, seconds: float) -> Watcher:
    """How it is when nothing else happens."""
    watcher = Watcher(port, cookie, token)
    watcher.start()
    time.sleep(seconds)
    watcher.over.set()
    watcher.join()
    return watcher


@contextlib.contextmanager
def serving(bench: Any, url: str) -> Iterator[tuple[dict[str, str], int, str, str, list[Any]]]:
    with tempfile.TemporaryDirectory(prefix="import-") as home:
        environment = {**os.environ, "GOODWILL_HOME": home, "GOODWILL_DATABASE_URL": bench.fresh(url)}
        environment["DJANGO_SETTINGS_MODULE"] = "goodwill.service.settings"
        said = subprocess.run(
            [sys.executable, "-c", PREPARE], env=environment, check=True, capture_output=True, text=True
        ).stdout.split()
        cookie, token = f"{said[-3]}={said[-2]}", said[-1]
        port = bench.free_port()
        parts = [
            bench.start(environment, "web", "127.0.0.1", str(port)),
            bench.start(environment, "drainer"),
            bench.start(environment, "worker"),
        ]
        try:
            bench.wait_for(port)
            yield environment, port, cookie, token, parts
        finally:
            for part in parts:
                os.killpg(part.pid, signal.SIGKILL)
                part.wait()


def peak(part: Any) -> float:
    """The most memory that a process has held, in MB."""
    with contextlib.suppress(OSError):
        for line in (Path("/proc") / str(part.pid) / "status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) / 1024
    return 0.0


def measure(bench: Any, database: str, url: str, server: int, what: str, file: Path) -> dict[str, Any]:
    with serving(bench, url) as (environment, port, cookie, token, parts):
        watched(port, cookie, token, 3)  # the first of everything
        alone = watched(port, cookie, token, 6)
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        before = sum(map(bench.cpu_of_group, parts)) + bench.cpu_of_server(server)
        watcher = Watcher(port, cookie, token)
        watcher.start()
        began = time.monotonic()
        command = subprocess.Popen(
            [GOODWILL, "import", str(file)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        said, wrong = command.communicate()
        took = time.monotonic() - began
        watcher.over.set()
        watcher.join()
        assert command.returncode == 0 and "stored" in said, (said, wrong)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = sum(map(bench.cpu_of_group, parts)) + bench.cpu_of_server(server) - before
        spent += used.ru_utime + used.ru_stime - children.ru_utime - children.ru_stime
        drainer = peak(parts[1])
        began = time.monotonic()
        undone = subprocess.run(
            [GOODWILL, "import", "--undo", "1"], env=environment, check=True, capture_output=True, text=True
        )
        undo = time.monotonic() - began
        assert f"{ROWS:,} {what} went" in undone.stdout, undone.stdout
    return {
        "database": database,
        "rows": f"{ROWS:,} {what}",
        "seconds": round(took, 1),
        "rows a second": round(ROWS / took),
        "processor seconds": round(spent, 1),
        "peak MB, command and drainer": f"{used.ru_maxrss / 1024:,.0f} and {drainer:,.0f}",
        "POST to Now p50 / p95, s": _quantiles(watcher.placed),
        "alone": _quantiles(alone.placed),
        "first page p95, ms": round(_quantile(watcher.pages, 0.95) * 1000),
        "undone in, s": round(undo, 1),
    }


def _quantiles(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} / {_quantile(values, 0.95):.2f}"


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def run() -> list[dict[str, Any]]:
    bench = way_in()
    wanted = os.environ.get("GOODWILL_BENCH_WHAT", "purchases,messages").split(",")
    with tempfile.TemporaryDirectory(prefix="import-files-") as folder, bench.databases() as found:
        given = files(Path(folder))
        return [measure(bench, name, url, server, what, given[what]) for name, url, server in found for what in wanted]


if __name__ == "__main__":
    for row in run():
        print(json.dumps(row, ensure_ascii=False))
