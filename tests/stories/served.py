"""A firm that runs the service: `goodwill serve` in processes of its own, spoken to over HTTP as a shop would."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from patience import LONG, until
from servers.ports import free_port
from stories.shop import NOW, Shop

GOODWILL = Path(sys.executable).parent / "goodwill"


def before(**given: float) -> str:
    """An instant so long ago, as JSON has it."""
    return (datetime.now(UTC) - timedelta(**given)).isoformat()


ORDER = (
    "people", "handles", "roles", "causes", "promises", "purchases", "referrals", "messages", "actions", "events",
    "contributions", "responses",
)  # fmt: skip
"""In which a shop's tables are told: who, then what."""


def _as_json(row: dict[str, Any], later: timedelta) -> dict[str, Any]:
    """A row of a file as JSON has it, so much later."""
    found: dict[str, Any] = {}
    for name, value in row.items():
        if name in ("at", "since", "converted_at", "entered_at"):
            value = (datetime.fromisoformat(value) + later).isoformat()
        if name == "topics":
            value = value.split("|")
        found[name] = {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value
    return {name: value for name, value in found.items() if value != ""}


class Firm:
    """One installation on SQLite, running."""

    def __init__(self, home: Path, settings: str, **environment: str) -> None:
        home.mkdir(parents=True)
        (home / "goodwill.toml").write_text(settings, encoding="utf-8")
        self.port = free_port()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("GOODWILL_", "DJANGO_"))}
        self.environment = {**kept, "GOODWILL_HOME": str(home), "GOODWILL_DATABASE_URL": "", **environment}
        self.log = (home / "serve.log").open("w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [GOODWILL, "serve", "--port", str(self.port)],
            env=self.environment,
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )
        try:
            until(self._is_well, self.said, unless=self.process.poll)
            said = self.command("token", "create", "shop", "--scope", "read", "--scope", "write")
        except BaseException:
            self.stop()
            raise
        self.token = said.split()[-1]

    def command(self, *words: str) -> str:
        return subprocess.run(
            [GOODWILL, *words], env=self.environment, capture_output=True, text=True, check=True, timeout=2 * LONG
        ).stdout

    def ask(self, path: str, body: Any = None) -> Any:
        """GET, or POST where there is a body."""
        headers = {"Authorization": f"Bearer {getattr(self, 'token', '')}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, headers)
        with urllib.request.urlopen(request, timeout=LONG) as answer:
            return json.loads(answer.read())

    def tell(self, table: str, *rows: dict[str, Any]) -> None:
        assert self.ask(f"/api/v1/facts/{table}", list(rows))["rows"] == len(rows)

    def tell_all(self, shop: Shop, *names: str) -> None:
        """Everything of a shop's files (of these tables alone), as if its present were ours; until it is stored."""
        later = datetime.now(UTC) - NOW
        for name in [one for one in ORDER if one in (names or shop.tables)]:
            rows = [_as_json(row, later) for row in shop.tables[name]]
            for start in range(0, len(rows), 500):
                self.tell(name, *rows[start : start + 500])
        until(lambda: b"goodwill_backlog_rows 0.0" in self.read("/metrics"), self.said)

    def read(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=LONG) as answer:
            body: bytes = answer.read()
        return body

    def colleague(self, email: str = "anna@hedgerow.example", role: str = "admin") -> httpx.Client:
        """Somebody who was invited and has come in, as their browser has it."""
        link = self.command("invite", email, "--role", role).split()[-1]
        browser = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=LONG, follow_redirects=True)
        path = "/enter/" + link.rpartition("/")[2]
        secret = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', browser.get(path).text)
        assert secret is not None
        given = {"csrfmiddlewaretoken": secret[1], "name": "Anna", "password": "hedgehogs under the hedge"}
        assert browser.post(path, data=given).url.path == "/"
        return browser

    def now(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.ask("/api/v1/now?limit=100")["items"]
        return items

    def until(self, holds: Any) -> float:
        """How long it takes until `holds(now)`."""
        begun = time.monotonic()
        until(lambda: holds(self.now()), lambda: f"{[row['message_id'] for row in self.now()][:5]}\n{self.said()}")
        return time.monotonic() - begun

    def _is_well(self) -> bool:
        try:
            self.ask("/healthz")
        except urllib.error.HTTPError as refused:
            refused.close()
            return False
        except (OSError, http.client.HTTPException):
            return False
        return True

    def said(self) -> str:
        self.log.flush()
        self.log.seek(0)
        return self.log.read()[-3000:]

    def stop(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
