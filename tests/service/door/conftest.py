"""A mail server that keeps what it took, a browser's way in, and no counts of other tests."""

from __future__ import annotations

import re
from email import message_from_bytes
from typing import TYPE_CHECKING, Any

import pytest

from servers import letters
from service.pages.conftest import site

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["site"]


class Letterbox:
    """What the server took."""

    def __init__(self) -> None:
        self.letters: list[tuple[list[str], Any]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.letters.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return "250 OK"

    def text(self, place: int = -1) -> str:
        return str(self.letters[place][1].get_payload(decode=True).decode())

    def path(self, place: int = -1) -> str:
        """The way in that a letter brings."""
        found = re.search(r"https?://[^/\s]+(/door/enter/\S+)", self.text(place))
        assert found, self.text(place)
        return found[1]


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Iterator[Letterbox]:
    """A real SMTP server on loopback."""
    box = Letterbox()
    with letters.taken_by(box) as port:
        monkeypatch.setenv("GOODWILL_SMTP_URL", f"smtp://127.0.0.1:{port}")
        monkeypatch.setenv("GOODWILL_MAIL_FROM", "door@firm.example")
        yield box


@pytest.fixture
def work() -> Any:
    """Does every job that waits, as a worker would."""

    def run() -> None:
        from goodwill.service import jobs
        from goodwill.service.store.models import Job

        worker = jobs.Worker("test worker")
        while worker.once():
            pass
        assert not list(Job.objects.exclude(error="").values_list("name", "error"))

    return run
