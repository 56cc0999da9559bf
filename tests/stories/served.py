"""A firm that runs the service: `goodwill serve` in processes of its own, spoken to over HTTP as a shop would."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

GOODWILL = Path(sys.executable).parent / "goodwill"


def before(**given: float) -> str:
    """An instant so long ago, as JSON has it."""
    return (datetime.now(UTC) - timedelta(**given)).isoformat()


class Firm:
    """One installation on SQLite, running."""

    def __init__(self, home: Path, settings: str) -> None:
        home.mkdir(parents=True)
        (home / "goodwill.toml").write_text(settings, encoding="utf-8")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GOODWILL_", "DJANGO_"))}
        self.environment = {**kept, "GOODWILL_HOME": str(home), "GOODWILL_DATABASE_URL": ""}
        self.log = (home / "serve.log").open("w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [GOODWILL, "serve", "--port", str(self.port)],
            env=self.environment,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        self._until_well()
        said = self.command("token", "create", "shop", "--scope", "read", "--scope", "write")
        self.token = said.split()[-1]

    def command(self, *words: str) -> str:
        return subprocess.run(
            [GOODWILL, *words], env=self.environment, capture_output=True, text=True, check=True, timeout=120
        ).stdout

    def ask(self, path: str, body: Any = None) -> Any:
        """GET, or POST where there is a body."""
        headers = {"Authorization": f"Bearer {getattr(self, 'token', '')}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers)
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read())

    def tell(self, table: str, *rows: dict[str, Any]) -> None:
        assert self.ask(f"/api/v1/facts/{table}", list(rows))["rows"] == len(rows)

    def now(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.ask("/api/v1/now?limit=100")["items"]
        return items

    def until(self, holds: Any, seconds: float = 30) -> float:
        """How long it takes until `holds(now)`."""
        begun = time.monotonic()
        while time.monotonic() - begun < seconds:
            if holds(self.now()):
                return time.monotonic() - begun
            time.sleep(0.1)
        raise AssertionError(f"not within {seconds} s: {[row['message_id'] for row in self.now()][:5]}\n{self.said()}")

    def _until_well(self, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                self.ask("/healthz")
                return
            except OSError:
                assert self.process.poll() is None, self.said()
                time.sleep(0.2)
        raise AssertionError(self.said())

    def said(self) -> str:
        self.log.flush()
        self.log.seek(0)
        return self.log.read()[-3000:]

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
