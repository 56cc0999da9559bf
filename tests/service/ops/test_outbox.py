"""The demo's letters lie in a folder and on a page for its admin; where there is no outbox there is no such page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from service.conftest import Service

pytestmark = pytest.mark.parametrize("service", ["sqlite"], indirect=True)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("GOODWILL_SMTP_URL", raising=False)
    monkeypatch.setenv("GOODWILL_OUTBOX", str(tmp_path / "outbox"))
    return tmp_path / "outbox"


def test_letters_lie_there_the_latest_first_and_not_for_ever(
    service: Service, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from goodwill.service.ops import mail, outbox

    assert mail.configured() and outbox.letters() == []
    mail.send(["ann@firm.example", "bob@firm.example"], "Two\nlines", "Hello <b>you</b>")
    assert [(one.to, one.subject) for one in outbox.letters()] == [
        ("bob@firm.example", "Two lines"),
        ("ann@firm.example", "Two lines"),
    ]
    monkeypatch.setattr(outbox, "KEPT", 3)
    for number in range(5):
        mail.send("ann@firm.example", f"letter {number}", "")
    assert [one.subject for one in outbox.letters()] == ["letter 4", "letter 3", "letter 2"]
    assert place.stat().st_mode & 0o077 == 0 and len(list(place.iterdir())) == 3
    assert mail.check() == "nothing is sent: letters lie in the demo's outbox"


def test_an_outbox_goes_before_a_mail_server(service: Service, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from goodwill.service.ops import mail, outbox

    monkeypatch.setenv("GOODWILL_SMTP_URL", "smtp://127.0.0.1:9")  # nobody listens there
    mail.send("ann@firm.example", "kept here", "")
    assert [one.subject for one in outbox.letters()] == ["kept here"]


def page(client: Any) -> str:
    return str(client.get("/settings?tab=mail").content.decode())


def test_its_page_is_the_admins_alone_and_the_demos_alone(
    service: Service, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from goodwill.service.ops import mail

    admin, analyst = (service.client(service.colleague(f"{role}@firm.example", role)) for role in ("admin", "analyst"))
    assert "No letter yet" in page(admin)
    mail.send("rosa@post.example", "Your door", "Here:\n\nhttp://127.0.0.1:8321/door/enter/abc\n\n<script>x</script>")
    shown = page(admin)
    assert 'href="http://127.0.0.1:8321/door/enter/abc"' in shown and "to rosa@post.example" in shown
    assert "<script>x" not in shown
    assert "rosa@post.example" not in page(analyst) and 'href="?tab=mail"' not in page(analyst)
    monkeypatch.delenv("GOODWILL_OUTBOX")
    assert "rosa@post.example" not in page(admin) and 'href="?tab=mail"' not in page(admin)
