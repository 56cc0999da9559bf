"""Mailbox, feed and Webmention: from the outside protocol to the row in *Now*."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from conftest import missing
from goodwill.errors import SourceError
from goodwill.listen.letters import mail_rows
from goodwill.listen.sources import mailbox, webmention
from goodwill.listen.web import oauth
from listen.sources.other_side import other_side
from servers import dovecot, web
from servers.tokens import Tokens
from service.sources.conftest import drain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ANGRY = "My order has not arrived and I am very angry. Where is it?"


@pytest.fixture(scope="module")
def imap_server() -> Iterator[dovecot.Dovecot]:
    if dovecot.binary() is None:
        missing("a Dovecot (run: sh tools/dovecot.sh)")
    with dovecot.server() as running:
        yield running


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[web.Web]:
    monkeypatch.setattr(webmention, "PAUSE", 0.0)
    with web.server() as running:
        yield running


def mail(number: int, **headers: str) -> bytes:
    at = (datetime.now(UTC) - timedelta(minutes=30)).strftime("%a, %d %b %Y %H:%M:%S +0000")
    told = {"From": "Anna Muster <anna@home.example>", "To": "support@firm.example", "Subject": f"Order {number}"}
    told |= {"Date": at, "Message-ID": f"<{number}@home.example>"}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    return ("".join(f"{name}: {value}\n" for name, value in told.items()) + f"\n{ANGRY}\n-- \nAnna\n").encode()


def test_a_mail_stands_in_now_until_we_have_answered_it(
    heard: Callable[..., Any], imap_server: dovecot.Dovecot
) -> None:
    user = imap_server.add()
    told = imap_server.settings(user, folders=["INBOX", "Sent"], ours=["firm.example"])
    box = heard("mailbox", "support", told, private=imap_server.private)
    imap_server.deliver(user, mail(1), mail(2, Auto_Submitted="auto-replied"))
    box.pull()
    (row,) = box.now()
    assert (row["message_id"], row["channel"], row["text"]) == ("support:1@home.example", "email", f"Order 1\n{ANGRY}")
    assert ("name", "Anna Muster") in [(handle["kind"], handle["value"]) for handle in box.facts("handles")]
    assert box.source.said == "left out: 1 automatic answers"
    answer = {"From": "Max <max@firm.example>", "To": "anna@home.example", "In_Reply_To": "<1@home.example>"}
    imap_server.deliver(user, mail(0, Message_ID="<a@firm.example>", **answer), folder="Sent")
    box.pull()
    assert [action["message_id"] for action in box.facts("actions")] == ["support:1@home.example"]
    assert box.now() == []
    assert box.unread() == []


def test_a_pull_that_dies_in_the_middle_loses_and_doubles_nothing(
    heard: Callable[..., Any], imap_server: dovecot.Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from goodwill.service.sources import pulling

    user = imap_server.add()
    box = heard("mailbox", "support", imap_server.settings(user), private=imap_server.private)
    imap_server.deliver(user, *(mail(number) for number in range(45)))
    monkeypatch.setattr(mailbox, "BATCH", 20)
    real, calls = mail_rows.Reading.heard, []

    def dies(self: Any, letters: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise SourceError("the line broke")
        return real(self, letters)

    monkeypatch.setattr(mail_rows.Reading, "heard", dies)
    assert pulling.pull("support") == "could not: the line broke"
    drain()
    assert len(box.facts("messages")) == 40 and box.source.failures == 1
    box.pull()
    imap_server.renumber(user)  # and the server begins its numbers anew
    box.pull()
    keys = [row["message_id"] for row in box.facts("messages")]
    assert sorted(keys) == sorted(f"support:{number}@home.example" for number in range(45))
    assert box.source.failures == 0 and len(box.now()) == 45


KILLED = """
import os, sys
import goodwill.service
goodwill.service.start()
from goodwill.listen.sources import mailbox
from goodwill.service.sources import pulling
mailbox.BATCH = 10
keep_rows, left = pulling.keeping.keep_rows, [int(sys.argv[1])]
def and_dies(name, heard):
    found = keep_rows(name, heard)
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), 9)  # rows and cursor are written, and not committed; the mail server is left waiting
    return found
pulling.keeping.keep_rows = and_dies
print(pulling.pull("support"))
"""


@pytest.mark.slow
def test_a_pull_that_is_killed_loses_and_doubles_nothing(
    heard: Callable[..., Any], imap_server: dovecot.Dovecot, service: Any
) -> None:
    from django.conf import settings

    user = imap_server.add()
    box = heard("mailbox", "support", imap_server.settings(user), private=imap_server.private)
    imap_server.deliver(user, *(mail(number) for number in range(45)))
    private = ",".join(imap_server.private)
    environment = {**service.environment, "GOODWILL_OUT_PRIVATE": private, "GOODWILL_SECRET_KEY": settings.SECRET_KEY}
    codes = []
    for _ in range(8):
        done = subprocess.run(
            [sys.executable, "-c", KILLED, "3"], env=environment, capture_output=True, text=True, timeout=600
        )
        codes.append(done.returncode)
        if done.returncode == 0:
            break
        assert done.returncode == -9, done.stderr[-2000:]
    assert codes == [-9, -9, 0], done.stdout  # each try keeps two pieces of ten, and dies within the third
    drain()
    keys = [row["message_id"] for row in box.facts("messages")]
    assert sorted(keys) == sorted(f"support:{number}@home.example" for number in range(45))
    from goodwill.service.store.models import Batch

    assert sum(Batch.objects.filter(table="messages").values_list("rows", flat=True)) == 45


def test_a_mailbox_lets_in_by_oauth_and_keeps_the_refresh_token_that_follows(heard: Callable[..., Any]) -> None:
    from goodwill.service.sources import places

    if dovecot.binary() is None:
        missing("a Dovecot (run: sh tools/dovecot.sh)")
    tokens = Tokens()
    tokens.turns = True
    with other_side(tokens) as side, dovecot.server(f"{side.address}/introspect") as server:
        tokens.user = server.add()
        settings = server.settings(tokens.user) | {"client_id": "me", "client_secret": "shh", "refresh_token": "first"}
        del settings["password"]
        settings["tokens"] = f"{side.address}/token"
        box = heard("mailbox", "support", settings, private=[*server.private, side.host])
        server.deliver(tokens.user, mail(1))
        box.pull()
        assert [row["message_id"] for row in box.now()] == ["support:1@home.example"]
        assert places.secrets_of(box.source)["refresh_token"] == "refresh-1"
        oauth._held.clear()  # another process, an hour later
        box.pull()
        assert places.secrets_of(box.source)["refresh_token"] == "refresh-2"
        oauth._held.clear()
        tokens.refresh_tokens.clear()
        with pytest.raises(AssertionError, match="the token address refuses the key"):
            box.pull()
        assert "let the mailbox's user sign in anew" in box.source.last_error


def test_a_feed_stands_in_now_and_an_edit_takes_its_place(heard: Callable[..., Any], site: web.Web) -> None:
    at = (datetime.now(UTC) - timedelta(minutes=30)).isoformat()
    entry = f"<entry><id>urn:1</id><title>Hexgear</title><published>{at}</published><author><name>Jane</name></author>"
    atom = f"<feed xmlns='http://www.w3.org/2005/Atom'><title>Blog</title>{entry}<content>{{}}</content></entry></feed>"
    site.pages["/feed"] = web.Page(atom.format(ANGRY).encode())
    blog = heard("feed", "blog", {"url": site.url("/feed")}, private=site.host)
    blog.pull()
    assert [row["text"] for row in blog.now()] == [f"Hexgear\n{ANGRY}"]
    site.pages["/feed"] = web.Page(atom.format("My order came in the end, but it is broken. Mend it.").encode())
    blog.pull()
    (row,) = blog.facts("messages")
    assert row["text"].startswith("Hexgear\nMy order came in the end") and row["author"] == "Jane (127.0.0.1)"
    assert [row["text"] for row in blog.now()] == [row["text"]]


def test_a_feed_bomb_is_refused_with_a_visible_reason_and_the_mailbox_goes_on(
    heard: Callable[..., Any], site: web.Web, imap_server: dovecot.Dovecot, caplog: pytest.LogCaptureFixture
) -> None:
    from goodwill.service.sources import pulling

    site.pages["/bomb"] = web.Page(b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]><rss version='2.0'>&a;</rss>")
    user = imap_server.add()
    private = [site.host, *imap_server.private]
    bomb = heard("feed", "bomb", {"url": site.url("/bomb")}, private=private)
    box = heard("mailbox", "support", imap_server.settings(user), private=private)
    imap_server.deliver(user, mail(1))
    with caplog.at_level("WARNING", "goodwill.sources"):
        assert "it declares entities of its own" in pulling.pull("bomb")
    assert "source bomb cannot be heard" in caplog.text
    assert "it declares entities of its own" in bomb.source.last_error
    assert bomb.source.next_pull > datetime.now(UTC)
    box.pull()
    assert len(box.now()) == 1


def test_a_mention_stands_in_now_and_goes_with_its_page(heard: Callable[..., Any], site: web.Web) -> None:
    ours = "https://www.firm.example/hexgear"
    page = f'<article class="h-entry"><div class="e-content">{ANGRY} <a href="{ours}">Hexgear</a></div></article>'
    site.pages["/story"] = web.Page(page.encode())
    mentions = heard("webmention", "mentions", {"ours": ["www.firm.example"]}, private=site.host)
    form = urlencode({"source": site.url("/story"), "target": ours}).encode()
    kind = "application/x-www-form-urlencoded"
    assert mentions.send(form, content_type=kind).status_code == 202
    assert [row["text"] for row in mentions.now()] == [f"{ANGRY} Hexgear"]
    assert mentions.send(form, content_type=kind).status_code == 202
    assert len(mentions.facts("messages")) == 1
    site.pages["/story"] = web.Page(b"", 410)
    assert mentions.send(form, content_type=kind).status_code == 202
    assert (mentions.facts("messages"), mentions.now()) == ([], [])
    assert mentions.send(b"source=a&target=b", content_type=kind).status_code == 422
