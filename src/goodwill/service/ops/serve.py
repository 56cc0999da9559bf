"""`goodwill serve`: starts web, drainer and worker, each a process of its own, and keeps them going.

The parent opens no database and serves nothing, so there is little in it that can fail. Its children hold the reading
end of a pipe, the lifeline: when the parent is gone, however it went, they stop. A child that ends by itself is said
and started again, later each time (half a second, doubled up to half a minute; a minute of life forgives).
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from goodwill.errors import GoodwillError
from goodwill.service.home import home
from goodwill.service.ops import locks
from goodwill.service.ops.lifeline import LIFELINE
from goodwill.service.ops.web import workers

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PARTS = ("drainer", "worker", "web")
"""In the order in which they start; they are told to stop in the opposite one."""
GRACE = 8.0
"""Seconds from the word to stop until what still runs is killed."""
FIRST_WAIT, LONGEST_WAIT, FORGIVEN_AFTER = 0.5, 30.0, 60.0
log = logging.getLogger("goodwill.serve")


@dataclass
class Child:
    """One part: its process, and how often it has ended by itself."""

    part: str
    lock: int
    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    wait: float = FIRST_WAIT
    again_at: float = 0.0


@dataclass
class Service:
    """The parent of one service on one home."""

    host: str = "127.0.0.1"
    port: int = 8321
    parts: Sequence[str] = PARTS
    stopping: bool = False
    hurry: bool = False
    children: list[Child] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Where a browser on this machine finds it."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def run(self, ready: Callable[[Service, dict[str, str]], None]) -> None:
        """Starts everything, says `ready` once the web answers (at once without web), and stays until told to stop.

        Raises GoodwillError where the port is taken, the home is in use, the web's workers are no number, or where the
        database cannot be prepared.
        """
        held = locks.take(home(), self.parts)
        try:
            if "web" in self.parts:
                workers()
                self.port_is_free()
            self._environment()
            with _signals(self):
                said = prepare()
                self._start_all(held)
                self._wait_for_web()
                if not self.stopping:
                    ready(self, said)
                while not self.stopping:
                    self._tend()
                    time.sleep(0.1)
        finally:
            self._stop_all()
            for lock in held.values():
                os.close(lock)

    def stop(self, *_: object) -> None:
        """Tells the service to stop; a second word makes it hurry."""
        self.hurry = self.stopping
        self.stopping = True

    def port_is_free(self) -> None:
        """Raises GoodwillError where the port is taken, or the host is none of this machine's."""
        try:
            family, kind, _, _, place = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family, kind) as tried:
                tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                tried.bind(place)
        except OSError as taken:
            raise GoodwillError(
                f"port {self.port} of {self.host} cannot be used: {taken.strerror}",
                mend="choose another with --port or --host",
            ) from taken

    def _environment(self) -> None:
        os.environ.setdefault("GOODWILL_URL", self.address)
        if self.host not in ("127.0.0.1", "localhost", "::1", "0.0.0.0", "::"):
            named = f"[{self.host}]" if ":" in self.host else self.host
            os.environ.setdefault("GOODWILL_HOSTS", f"127.0.0.1,localhost,[::1],{named}")

    def _start_all(self, held: dict[str, int]) -> None:
        lifeline, self._held_end = os.pipe()
        self._lifeline = lifeline
        for part in self.parts:
            self.children.append(Child(part, held[part]))
            self._start(self.children[-1])

    def _start(self, child: Child) -> None:
        child.began = time.monotonic()
        child.process = subprocess.Popen(
            [sys.executable, "-m", "goodwill.service.ops.process", child.part, self.host, str(self.port)],
            stdin=subprocess.DEVNULL,
            pass_fds=(self._lifeline, child.lock),
            env={**os.environ, LIFELINE: str(self._lifeline)},
            start_new_session=True,  # Ctrl+C reaches the parent alone, which then stops the others in order
        )

    def _tend(self) -> None:
        """Starts again what has ended."""
        now = time.monotonic()
        for child in self.children:
            if child.process is None:
                if now >= child.again_at:
                    self._start(child)
            elif (code := child.process.poll()) is not None:
                _kill_group(child.process)  # what it may have left behind: the web server's workers
                child.wait = FIRST_WAIT if now - child.began > FORGIVEN_AFTER else child.wait
                log.warning("the %s ended (%s); it starts again in %g s", child.part, _how(code), child.wait)
                child.process, child.again_at = None, now + child.wait
                child.wait = min(LONGEST_WAIT, child.wait * 2)

    def _wait_for_web(self) -> None:
        while "web" in self.parts and not self.stopping and not _answers(self.address):
            self._tend()
            time.sleep(0.1)

    def _stop_all(self) -> None:
        for child in reversed(self.children):
            if child.process is not None and child.process.poll() is None:
                child.process.terminate()
        until = time.monotonic() + GRACE
        for child in self.children:
            if child.process is None:
                continue
            while child.process.poll() is None and time.monotonic() < until and not self.hurry:
                time.sleep(0.02)
            if child.process.poll() is None:
                log.warning("the %s did not stop in time and was killed; what it had accepted is safe", child.part)
            _kill_group(child.process)
            child.process.wait()
        if self.children:
            os.close(self._lifeline)
            os.close(self._held_end)
            self.children.clear()


def prepare() -> dict[str, str]:
    """Brings the database up to date, in a process of its own; gives what is worth saying ('first_link')."""
    done = subprocess.run(
        [sys.executable, "-m", "goodwill.service.ops.process", "prepare"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=False,
    )
    if done.returncode:
        raise GoodwillError("the database could not be prepared", where="serve", mend="the lines above say why")
    found: dict[str, str] = json.loads(done.stdout.decode().strip().splitlines()[-1])
    return found


def _answers(address: str) -> bool:
    """Whether the web server gives any answer at all."""
    import http.client
    from urllib.parse import urlsplit

    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        connection.getresponse().read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _how(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"exit {code}"


@contextlib.contextmanager
def _signals(service: Service):  # type: ignore[no-untyped-def]
    before = {number: signal.signal(number, service.stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
