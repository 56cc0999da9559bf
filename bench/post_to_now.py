"""From the POST of a message to its place in Now: five hundred a second for a minute, on the served service.

Web, drainer and worker run as `goodwill serve` starts them, on a store of 20,000 valued customers (`filled.py`). Eight
connections send complaints and questions of known customers, each POST with a few of them, at an even pace whatever the
answers take. A process of its own looks every 50 ms which of them have their place in Now: the time runs from before
the POST until then. PostgreSQL waits for its disk at each commit.

    python bench/post_to_now.py --seconds 20 --rate 500 --at-once 5 --database SQLite
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import signal
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

TITLE = "From POST to Now, 500 messages a second for a minute"
GOAL = "p50 ≤ 1 s, p99 ≤ 3 s from the POST of a message to its place in Now, on two cores that the sender shares"
HERE = Path(__file__).resolve().parent
CUSTOMERS, SENDERS, LONGEST_WAIT = 20_000, 8, 60.0
PREPARE = f"""
import sys
sys.path.insert(0, {str(HERE)!r})
import goodwill.service; goodwill.service.start()
from django.core.management import call_command; call_command('migrate', verbosity=0)
import filled
filled.fill(filled.Size({CUSTOMERS}, {CUSTOMERS}, filled.present()))
from goodwill.service.api.auth import make_token
print(make_token('bench', ['write']))
"""
WATCH = """
import json, sys, time
import goodwill.service; goodwill.service.start()
from django.db import connection
from goodwill.service.live import tables
number, until = int(sys.argv[1]), float(sys.argv[2])
seen, first = {}, "load:"
with connection.cursor() as cursor:
    while len(seen) < number and time.time() < until:
        cursor.execute('SELECT message_id FROM "case" WHERE message_id > %s AND message_id < %s AND place IS NOT NULL'
                       ' ORDER BY message_id', [first, f"load:{number:07d}"])
        now = time.time()
        for (one,) in cursor.fetchall():
            seen.setdefault(one, now)
        while (following := f"load:{int(first[5:] or -1) + 1:07d}") in seen:
            first = following
        time.sleep(0.05)
print(json.dumps(seen))
"""


class Senders:
    """Sends messages at an even pace; remembers when each was sent."""

    def __init__(self, port: int, token: str, rate: int, at_once: int, seconds: float) -> None:
        self.port, self.token, self.at_once = port, token, at_once
        self.number = int(rate * seconds) // at_once * at_once
        self.pace = at_once / rate
        self.sent: dict[str, float] = {}
        self.refused: list[str] = []
        self.next, self.lock = 0, threading.Lock()

    def run(self) -> None:
        self.began = time.time()
        threads = [threading.Thread(target=self._send) for _ in range(SENDERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not self.refused, self.refused[:3]

    def _send(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        while True:
            with self.lock:
                first = self.next
                self.next += self.at_once
            if first >= self.number:
                return
            due = self.began + first / self.at_once * self.pace
            time.sleep(max(0.0, due - time.time()))
            rows = [message(at) for at in range(first, first + self.at_once)]
            now = time.time()
            connection.request("POST", "/api/v1/facts/messages", json.dumps(rows), headers)
            answer = connection.getresponse()
            body = answer.read()
            if answer.status != 202:
                self.refused.append(f"{answer.status} {body[:200]!r}")
            self.sent |= {row["message_id"]: now for row in rows}


def message(at: int) -> dict[str, Any]:
    """A complaint or a question of a customer."""
    import filled
    import numpy as np

    who = np.array([at * 7919 % CUSTOMERS])
    return {
        "message_id": f"load:{at:07d}",
        "at": datetime.now(UTC).isoformat(),
        "channel": ("email", "chat", "forum")[at % 3],
        "author": filled.mails(who)[0].as_py(),
        "text": f"{filled.SAID[(0, 1, 3, 4, 6)[at % 5]]} Order {at}.",
        "to_us": True,
    }


def measure(
    bench: Any, database: str, url: str, server: int, rate: int, at_once: int, seconds: float
) -> dict[str, Any]:
    with serving(bench, url) as (environment, port, token, parts):
        send(port, token, 1, 40, 2.0)  # the first of everything
        until_empty(environment)
        senders = Senders(port, token, rate, at_once, seconds)
        watcher = subprocess.Popen(
            [sys.executable, "-c", WATCH, str(senders.number), str(time.time() + seconds + LONGEST_WAIT)],
            env=environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        time.sleep(1.5)
        before = [bench.cpu_of_group(part) for part in parts] + [bench.cpu_of_server(server)]
        senders.run()
        took = time.time() - senders.began
        seen = json.loads(watcher.communicate()[0])
        after = [bench.cpu_of_group(part) for part in parts] + [bench.cpu_of_server(server)]
    waits = sorted(seen[one] - sent for one, sent in senders.sent.items() if one in seen)
    web, drainer, worker, of_server = (later - earlier for earlier, later in zip(before, after, strict=True))
    return {
        "database": database,
        "messages": f"{senders.number:,}, {at_once} a POST",
        "sent a second": round(senders.number / took),
        "p50, s": round(waits[len(waits) // 2], 2),
        "p95, s": round(waits[int(len(waits) * 0.95)], 2),
        "p99, s": round(waits[int(len(waits) * 0.99)], 2),
        "longest, s": round(waits[-1], 2),
        "not seen": len(senders.sent) - len(waits),
        "processor seconds: web, drainer, worker, database": f"{web:.1f}, {drainer:.1f}, {worker:.1f}, {of_server:.1f}",
    }


def send(port: int, token: str, at_once: int, rate: int, seconds: float) -> None:
    """Some messages that are not looked for, under ids of their own."""
    warm = Senders(port, token, rate, at_once, seconds)
    warm.next, warm.number = 9_000_000, 9_000_000 + warm.number
    warm.began = time.time() - 9_000_000 * warm.pace
    warm._send()


@contextlib.contextmanager
def serving(bench: Any, url: str) -> Iterator[tuple[dict[str, str], int, str, list[Any]]]:
    with tempfile.TemporaryDirectory(prefix="to-now-") as home:
        environment = {**os.environ, "GOODWILL_HOME": home, "GOODWILL_DATABASE_URL": bench.fresh(url)}
        environment.setdefault("DJANGO_SETTINGS_MODULE", "goodwill.service.settings")
        token = subprocess.run(
            [sys.executable, "-c", PREPARE], env=environment, check=True, capture_output=True, text=True
        ).stdout.split()[-1]
        port = bench.free_port()
        names = (("web", "127.0.0.1", str(port)), ("drainer",), ("worker",))
        parts = [bench.start(environment, *words) for words in names]
        try:
            bench.wait_for(port)
            yield environment, port, token, parts
        finally:
            for part in parts:
                os.killpg(part.pid, signal.SIGKILL)
                part.wait()


def until_empty(environment: dict[str, str]) -> None:
    """Waits until nothing waits to be stored."""
    asked = """
import time, goodwill.service
goodwill.service.start()
from goodwill.service.intake import backlog
while backlog():
    time.sleep(0.1)
"""
    subprocess.run([sys.executable, "-c", asked], env=environment, check=True)


def each(rate: int, at_once: int, seconds: float, only: str = "") -> Iterator[dict[str, Any]]:
    sys.path.insert(0, str(HERE))
    import way_in as bench

    with bench.databases() as found:
        for name, url, server in found:
            if not only or only.lower() == name.lower():
                yield measure(bench, name, url, server, rate, at_once, seconds)


def run() -> list[dict[str, Any]]:
    return [*each(500, 5, 60.0), *each(500, 1, 60.0)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rate", type=int, default=500, help="messages a second")
    parser.add_argument("--at-once", type=int, default=5, help="messages in one POST")
    parser.add_argument("--database", default="", help="SQLite or PostgreSQL alone")
    given = parser.parse_args()
    for row in each(given.rate, given.at_once, given.seconds, given.database):
        print(json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main()
