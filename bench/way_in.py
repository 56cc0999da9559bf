"""Facts come in over HTTP: accepted, then drained into their table, on SQLite and on PostgreSQL.

200,000 purchases in batches of 500, sent by four threads of one client over loopback to granian (two workers, as
`goodwill serve` starts it). goodwill answers 202 once a batch is checked and on the disk, and its drainer, a process of
its own, stores it. The peer is what one writes in an afternoon: the same server, table, indexes and constraints, an
endpoint of django-ninja that checks each row with pydantic and stores the batch with `bulk_create` before it answers.
Each begins with an empty database; PostgreSQL waits for its disk at each commit.

'Processor seconds' are those of web server, drainer and database together for 100,000 facts: on a shared machine they
tell more than the rates.

    python bench/way_in.py --seconds 60      how long a message takes from its POST to Now (post_to_now.py)
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

TITLE = "The way in: facts accepted and drained"
GOAL = "drained ≥ 40,000 a second on SQLite, ≥ 30,000 on PostgreSQL; Django's bulk_create behind an endpoint beside it"
HERE = Path(__file__).resolve().parent
FACTS, BATCH, SENDERS = int(os.environ.get("GOODWILL_BENCH_FACTS", "200000")), 500, 4
PEER = """
from datetime import UTC, datetime
from decimal import Decimal
from django.urls import path
from ninja import NinjaAPI, Schema, Status
from goodwill.service.store.models import FACTS

class Row(Schema):
    purchase_id: str
    customer_id: str | None = None
    at: datetime
    amount: Decimal
    channel: str | None = None

api = NinjaAPI(urls_namespace="peer", docs_url=None)

@api.post("/v1/facts/purchases")
def take(request, rows: list[Row]):
    model, now = FACTS["purchases"], datetime.now(UTC)
    model.objects.bulk_create(
        [model(fact_key=row.purchase_id, fact_source="peer", arrived=now, **row.dict()) for row in rows],
        ignore_conflicts=True,
    )
    return {"rows": len(rows)}

@api.get("/openapi.json", auth=None)
def here(request):
    return {}

urlpatterns = [path("api/", api.urls)]
"""
PEER_SETTINGS = "from goodwill.service.settings import *\nROOT_URLCONF = 'way_in_peer'\nMIDDLEWARE = []\n"


def bodies() -> list[bytes]:
    return [
        json.dumps(
            [
                {
                    "purchase_id": f"order-{at}",
                    "customer_id": f"c{at * 7919 % 50_000}",
                    "at": f"2026-05-{at % 28 + 1:02}T{at % 24:02}:{at % 60:02}:00Z",
                    "amount": at % 9973 / 100,
                    "channel": "web",
                }
                for at in range(first, first + BATCH)
            ]
        ).encode()
        for first in range(0, FACTS, BATCH)
    ]


@contextlib.contextmanager
def databases() -> Iterator[list[tuple[str, str, int]]]:
    """Name, address, and the database server's own process (0: there is none)."""
    sys.path.insert(0, str(HERE.parent / "tests"))
    from service import postgresql

    found = [("SQLite", "", 0)]
    with contextlib.ExitStack() as stack:
        if postgresql.binaries() is not None:
            address = stack.enter_context(postgresql.server(safe=True))
            place = Path(address.rpartition("host=")[2])
            found.append(("PostgreSQL", address, int((place / "data" / "postmaster.pid").read_text().split()[0])))
        yield found


def measure(who: str, name: str, url: str, server: int, sent: list[bytes]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="way-in-") as folder:
        (Path(folder) / "way_in_peer.py").write_text(PEER)
        (Path(folder) / "way_in_settings.py").write_text(PEER_SETTINGS)
        environment = {**os.environ, "GOODWILL_HOME": folder, "GOODWILL_DATABASE_URL": fresh(url), "PYTHONPATH": folder}
        environment["DJANGO_SETTINGS_MODULE"] = "way_in_settings" if who != "goodwill" else "goodwill.service.settings"
        prepare = (
            "import goodwill.service; goodwill.service.start()\n"
            "from django.core.management import call_command; call_command('migrate', verbosity=0)\n"
            "from goodwill.service.api.auth import make_token; print(make_token('bench', ['write']))"
        )
        token = subprocess.run(
            [sys.executable, "-c", prepare], env=environment, check=True, capture_output=True, text=True
        ).stdout.split()[-1]
        port = free_port()
        parts = [start(environment, "web", "127.0.0.1", str(port))]
        if who == "goodwill":
            parts.append(start(environment, "drainer"))
        try:
            wait_for(port)
            before = sum(map(cpu_of_group, parts)) + cpu_of_server(server)
            began = time.time()
            waits = send(port, token, sent)
            accepted = time.time() - began
            drained = max(accepted, until_stored(environment) - began)
            spent = sum(map(cpu_of_group, parts)) + cpu_of_server(server) - before
        finally:
            for part in parts:
                os.killpg(part.pid, signal.SIGKILL)
                part.wait()
    waits.sort()
    return {
        "database": name,
        "what": who,
        "accepted a second": round(FACTS / accepted),
        "drained a second": round(FACTS / drained),
        "processor seconds for 100,000": round(spent / FACTS * 100_000, 2),
        "p99 of one POST, ms": round(waits[int(len(waits) * 0.99)] * 1000),
    }


def start(environment: dict[str, str], *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "goodwill.service.ops.process", *words],
        env=environment,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def fresh(url: str) -> str:
    """A database of its own on the server."""
    if not url:
        return ""
    import psycopg

    name = f"way_in_{time.monotonic_ns()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return url.replace("/postgres?", f"/{name}?")


def send(port: int, token: str, sent: list[bytes]) -> list[float]:
    """Posts every body; gives how long each took."""
    waiting, waits, lock = list(reversed(sent)), [], threading.Lock()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def one() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while True:
            with lock:
                if not waiting:
                    return
                body = waiting.pop()
            began = time.perf_counter()
            connection.request("POST", "/api/v1/facts/purchases", body, headers)
            answer = connection.getresponse()
            text = answer.read()
            assert answer.status in (200, 202), text
            waits.append(time.perf_counter() - began)

    threads = [threading.Thread(target=one) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(waits) == len(sent)
    return waits


def until_stored(environment: dict[str, str]) -> float:
    """Waits until every fact is in its table; gives when the last was (0: stored before it was answered)."""
    asked = f"""
import time, goodwill.service
goodwill.service.start()
from django.db.models import Max
from goodwill.service.store.models import FACTS, Batch
while Batch.objects.filter(state="waiting").exists():
    time.sleep(0.1)
assert FACTS["purchases"].objects.count() == {FACTS}
last = Batch.objects.aggregate(last=Max("drained"))["last"]
print(last.timestamp() if last else 0)
"""
    done = subprocess.run([sys.executable, "-c", asked], env=environment, check=True, capture_output=True, text=True)
    return float(done.stdout.split()[-1])


def cpu_of_group(part: subprocess.Popen[bytes]) -> float:
    """Processor seconds of a process and of all that it started."""
    return sum(_cpu(stat) for stat in _stats() if int(stat[3]) == part.pid)  # its session


def cpu_of_server(postmaster: int) -> float:
    """Processor seconds of a database server, with the processes that it started and that have ended."""
    return sum(
        _cpu(stat, ended=int(stat[0]) == postmaster) for stat in _stats() if postmaster in (int(stat[0]), int(stat[1]))
    )


def _stats() -> Iterator[list[str]]:
    """pid, parent, group, session, … of every process, as /proc/PID/stat has them without the name and the state."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                yield [folder.name, *(folder / "stat").read_text().rpartition(") ")[2].split()[1:]]


def _cpu(stat: list[str], ended: bool = False) -> float:
    ticks = map(int, stat[11:15] if ended else stat[11:13])  # utime, stime, and those of children that were waited for
    return sum(ticks) / os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def wait_for(port: int) -> None:
    """Until each of the server's workers has had time to answer."""
    for _ in range(600):
        with contextlib.suppress(OSError, http.client.HTTPException):
            for _ in range(20):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                connection.request("GET", "/api/openapi.json")
                assert connection.getresponse().status == 200
                connection.close()
            return
        time.sleep(0.1)
    raise TimeoutError("the web server does not answer")


def run() -> list[dict[str, Any]]:
    sent = bodies()
    with databases() as found:
        return [
            measure(who, name, url, server, sent) for name, url, server in found for who in ("goodwill", "bulk_create")
        ]


if __name__ == "__main__":
    if "--seconds" in sys.argv:  # from POST to Now, at an even pace: a benchmark of its own
        sys.path.insert(0, str(HERE))
        import post_to_now

        post_to_now.main()
    else:
        for row in run():
            print(json.dumps(row))
