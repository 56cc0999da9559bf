"""The pages in a real browser: a server on loopback over the test's own installation, and a tab that complains."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from patience import LONG

if TYPE_CHECKING:
    from collections.abc import Iterator

PICTURES = Path(__file__).resolve().parents[2] / "pictures"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PASSWORD = "a long enough password"


@dataclass
class Tab:
    """A page of the browser that keeps every complaint: console, CSP, failed requests, requests elsewhere."""

    page: Any
    address: str
    complaints: list[str] = field(default_factory=list)
    allowed: tuple[int, ...] = ()

    def watch(self) -> Tab:
        self.page.on("console", lambda message: self._say(f"{message.type}: {message.text}"))
        self.page.on("pageerror", lambda error: self._say(f"error: {error}"))
        self.page.on("dialog", lambda dialog: (self._say(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("request", lambda asked: self._ours(asked.url))
        self.page.on("response", lambda got: got.status >= 400 and self._say(f"{got.status}: {got.url}"))
        return self

    def _say(self, words: str) -> None:
        if any(str(status) in words for status in self.allowed):
            return
        self.complaints.append(words)

    def _ours(self, url: str) -> None:
        if not url.startswith((self.address, "data:")):
            self.complaints.append(f"asked for {url[:120]}")

    def go(self, path: str) -> Tab:
        self.page.goto(self.address + path)
        self.page.evaluate("document.fonts.ready")
        return self

    def picture(self, name: str) -> None:
        PICTURES.mkdir(exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", full_page=True)

    def fits(self) -> None:
        width = self.page.viewport_size["width"]
        assert self.page.evaluate("document.documentElement.scrollWidth") <= width


@dataclass
class Site:
    """The running service."""

    service: Any
    address: str
    browser: Any
    contexts: list[Any] = field(default_factory=list)
    tabs: list[Tab] = field(default_factory=list)

    def tab(self, colleague: Any = None, *, width: int = 1280, height: int = 900, **context: Any) -> Tab:
        made = self.browser.new_context(viewport={"width": width, "height": height}, **context)
        made.set_default_timeout(1000 * LONG)
        self.contexts.append(made)
        if colleague is not None:
            client = self.service.client(colleague)
            name = client.cookies["sessionid"]
            made.add_cookies([{"name": "sessionid", "value": name.value, "url": self.address}])
        tab = Tab(made.new_page(), self.address).watch()
        self.tabs.append(tab)
        return tab


@pytest.fixture
def site(service: Any, browser: Any) -> Iterator[Site]:
    """Serves the installation on a free port of loopback, and fails the test on any complaint of a tab."""
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

    from goodwill.service.wsgi import application

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: object) -> None:
            return

    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.daemon_threads = True
    server.set_app(application)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    made = Site(service, f"http://127.0.0.1:{server.server_port}", browser)
    try:
        yield made
    finally:
        for context in made.contexts:
            context.close()
        server.shutdown()
        server.server_close()
        thread.join()
    for tab in made.tabs:
        assert not tab.complaints
