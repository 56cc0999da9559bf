"""A web server of the tests' own, which behaves and misbehaves as it is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Page:
    """What is answered at one path."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "text/html; charset=utf-8"
    drips: float = 0.0  # seconds between two bytes
    endless: bool = False  # for ever


@dataclass
class Web:
    """A server that runs: what it answers by path, and what it was asked (method, path, headers)."""

    host: str
    pages: dict[str, Page | Callable[[dict[str, str]], Page]] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str = "/") -> str:
        """A page's whole address."""
        return f"http://{self.host}{path}"


@contextmanager
def server() -> Iterator[Web]:
    """Runs a server on a free port of this machine."""
    holder: list[Web] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            web = holder[0]
            headers = {name.lower(): value for name, value in self.headers.items()}
            web.asked.append((self.command, self.path, headers))
            found = web.pages.get(self.path, Page(b"not here", 404))
            page = found(headers) if callable(found) else found
            self.send_response(page.status)
            self.send_header("Content-Type", page.kind)
            for name, value in page.headers.items():
                self.send_header(name, value)
            if not (page.endless or page.drips):
                self.send_header("Content-Length", str(len(page.body)))
            self.end_headers()
            try:
                self._write(page)
            except OSError:
                return

        def _write(self, page: Page) -> None:
            if page.drips:
                for byte in page.body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(page.drips)
                return
            self.wfile.write(page.body)
            while page.endless:
                self.wfile.write(b" " * 65_536)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.daemon_threads = True
        running.block_on_close = False
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        holder.append(Web(f"127.0.0.1:{running.server_port}"))
        try:
            yield holder[0]
        finally:
            running.shutdown()
            thread.join()
