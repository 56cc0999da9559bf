"""The other side of a source: a local web server that a test programs, and what rows must hold to be kept."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from goodwill.facts import TABLES
from goodwill.gate import Gate
from goodwill.listen.sources import Heard, Kind, Place

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
_HOLDS = {
    "string": str,
    "int64": int,
    "double": (int, float, Decimal),
    "bool": bool,
    "timestamp[us, tz=UTC]": datetime,
    "decimal128(18, 2)": (Decimal, str),
}


@dataclass
class Asked:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: str = ""

    def one(self, name: str, otherwise: str = "") -> str:
        return self.query.get(name, [otherwise])[0]


@dataclass
class Reply:
    """What the server answers: JSON, or the bytes as they are."""

    said: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class OtherSide:
    """A running server: `answer` gives a reply to each request; what was asked is kept."""

    address: str
    asked: list[Asked] = field(default_factory=list)

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc

    @property
    def gate(self) -> Gate:
        return Gate(private=frozenset({self.host}))


@contextmanager
def other_side(answer: Callable[[Asked], Reply]) -> Iterator[OtherSide]:
    """Runs a server on a free port of this machine."""

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, parts.path, parse_qs(parts.query), headers, self.rfile.read(length).decode())
            side.asked.append(asked)
            reply = answer(asked)
            body = reply.said if isinstance(reply.said, bytes) else json.dumps(reply.said).encode()
            self.send_response(reply.status)
            for name, value in {"Content-Type": "application/json", **reply.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    side = OtherSide(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield side
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def place_at(kind: Kind, side: OtherSide, now: datetime = NOW, **settings: Any) -> Place:
    """A place of a kind at the other side, whose gate lets it ask that server alone."""
    made = kind.settings(**settings)
    return Place("here", made, Gate(allowed=kind.hosts(made), private=frozenset({side.host})), now=lambda: now)


class Store:
    """What a service would hold: facts, edits and removals applied as it applies them, and the cursor."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, dict[str, Any]]] = {}
        self.cursor: dict[str, Any] = {}
        self.new: list[str] = []
        self.edited: list[str] = []
        self.removed: list[str] = []
        self.said: list[str] = []

    def keep(self, heard: Heard) -> None:
        holds(heard)
        for table, rows in heard.facts.items():
            for row in rows:
                key = row[TABLES[table].names[0]]
                if key not in self.rows.setdefault(table, {}):
                    self.rows[table][key] = row
                    self.new.append(key)
        for table, rows in heard.edited.items():
            for row in rows:
                key = row[TABLES[table].names[0]]
                self.rows.setdefault(table, {}).setdefault(key, {}).update(row)
                self.edited.append(key)
        for table, keys in heard.removed.items():
            for key in keys:
                self.rows.get(table, {}).pop(key, None)
                self.removed.append(key)
        self.said += heard.said
        if heard.cursor is not None:
            self.cursor = json.loads(json.dumps(heard.cursor))  # as it is stored

    def pull(self, kind: Kind, place: Place, pieces: int | None = None) -> Store:
        """Pulls to the end, or breaks off after some pieces; what was new, edited, removed begins anew."""
        self.new, self.edited, self.removed, self.said = [], [], [], []
        assert kind.pull is not None
        for at, heard in enumerate(kind.pull(place, self.cursor), 1):
            self.keep(heard)
            if at == pieces:
                break
        return self

    def messages(self) -> dict[str, str]:
        """Texts by key, without the place's name."""
        return {key.removeprefix("here:"): row["text"] for key, row in sorted(self.rows.get("messages", {}).items())}


def holds(heard: Heard) -> None:
    """Every row is as its table's schema has it."""
    for rows_of in (heard.facts, heard.edited):
        for table, rows in rows_of.items():
            for row in rows:
                _row_holds(table, row)
    for table, keys in heard.removed.items():
        assert table in TABLES and all(isinstance(key, str) and key for key in keys)
    json.dumps(heard.cursor)


def _row_holds(table: str, row: dict[str, Any]) -> None:
    names = set(TABLES[table].names)
    assert set(row) <= names, f"{table}: {set(row) - names} are no columns"
    for column in TABLES[table]:
        value = row.get(column.name)
        assert value is not None or not column.required, f"{table}.{column.name} is missing in {row}"
        if value is None:
            continue
        assert isinstance(value, _HOLDS[str(column.type)]), f"{table}.{column.name} = {value!r}"
        if isinstance(value, datetime):
            assert value.tzinfo is not None
        if column.choices:
            assert value in column.choices
        if column.low is not None and not isinstance(value, str):
            assert value >= column.low and (column.high is None or value <= column.high)
