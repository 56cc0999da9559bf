"""A mailbox that takes tokens: XOAUTH2 against a real Dovecot, which asks a local server whether a token holds."""

from __future__ import annotations

import base64
import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from conftest import missing
from goodwill.errors import NoAnswer, NotUnderstood, SourceError
from goodwill.gate import Gate, hosts
from goodwill.listen.letters import imap
from goodwill.listen.sources.kind import Place
from goodwill.listen.sources.mailbox import KIND, Settings
from goodwill.listen.web import oauth
from listen.sources.other_side import NOW, OtherSide, other_side
from servers import dovecot
from servers.tokens import Tokens

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[dovecot.Dovecot, OtherSide, Tokens]]:
    if dovecot.binary() is None:
        missing("a Dovecot (run: sh tools/dovecot.sh)")
    tokens = Tokens()
    with other_side(tokens) as side, dovecot.server(f"{side.address}/introspect") as running:
        yield running, side, tokens


@pytest.fixture
def servers(both: tuple[dovecot.Dovecot, OtherSide, Tokens]) -> tuple[dovecot.Dovecot, OtherSide, Tokens]:
    running, side, tokens = both
    tokens.__init__()  # type: ignore[misc]
    tokens.user = running.add()
    oauth._held.clear()
    return running, side, tokens


def place(server: dovecot.Dovecot, side: OtherSide, tokens: Tokens, now: datetime = NOW, **more: Any) -> Place:
    given = {"client_id": "me", "client_secret": "shh", "refresh_token": "first", "tokens": f"{side.address}/token"}
    told = Settings.model_validate(server.settings(tokens.user, **{"password": None, **given, **more}))
    gate = Gate(KIND.hosts(told), frozenset({*server.private, side.host}))
    return Place("support", told, gate, now=lambda: now)


def seen(one: Place) -> str:
    assert KIND.check is not None
    return KIND.check(one)


def test_a_mailbox_is_read_with_a_token_that_is_asked_for_once(servers: Any) -> None:
    server, side, tokens = servers
    one = place(server, side, tokens, datetime.now(UTC))
    server.deliver(tokens.user, b"From: anna@home.example\nMessage-ID: <1@home.example>\n\nIt broke.")
    assert KIND.pull is not None
    (message,) = [row for heard in KIND.pull(one, {}) for row in heard.facts.get("messages", ())]
    assert (message["message_id"], message["text"]) == ("support:1@home.example", "It broke.")
    assert seen(one) == f"Signed in as {tokens.user}: INBOX holds 1."
    assert tokens.given == 1
    later = place(server, side, tokens, one.now() + timedelta(minutes=59))
    assert seen(later).endswith("INBOX holds 1.") and tokens.given == 2


def test_an_app_may_be_let_in_by_itself(servers: Any) -> None:
    server, side, tokens = servers
    assert seen(place(server, side, tokens, refresh_token=None, scope="mail")).startswith("Signed in as ")
    assert "client_credentials" in side.asked[-2].body and "first" not in side.asked[-2].body


@pytest.mark.slow
def test_a_token_that_was_taken_back_before_its_time_is_replaced(servers: Any) -> None:
    server, side, tokens = servers
    one = place(server, side, tokens)
    seen(one)
    tokens.good.clear()
    assert seen(one).endswith("INBOX holds 0.") and tokens.given == 2


def test_a_refresh_token_that_takes_the_place_of_another_is_kept(servers: Any) -> None:
    server, side, tokens = servers
    tokens.turns = True
    kept: list[tuple[str, str, str]] = []
    one = place(server, side, tokens)
    one = Place(one.name, one.settings, one.gate, now=one.now, replaced=lambda *told: kept.append(told))
    seen(one)
    assert kept == [("refresh_token", "first", "refresh-1")]
    assert seen(place(server, side, tokens, refresh_token="refresh-1")) and tokens.given == 1


@pytest.mark.slow
def test_who_is_refused_is_told_why_and_no_secret(servers: Any) -> None:
    server, side, tokens = servers
    refused = (
        r"the token address refuses the key \(400: AADSTS700082: it has expired\.\); compare client_id, .*new refresh"
    )
    with pytest.raises(SourceError, match=refused) as told:
        seen(place(server, side, tokens, refresh_token="stolen"))
    assert "stolen" not in str(told.value) and "shh" not in str(told.value)
    tokens.user = server.add()  # the token is for this one, and another mailbox is asked for
    one = place(server, side, tokens)
    tokens.user = "else@firm.example"
    with pytest.raises(SourceError, match=rf"it refuses the access token of {one.settings.user}: .*; see that") as told:
        seen(one)
    assert "access-" not in str(told.value) and told.value.__cause__ is None
    for answer in ({"token_type": "Bearer"}, {"access_token": "two\nlines"}, {"access_token": ["a"]}):
        tokens.answer = answer
        oauth._held.clear()
        with pytest.raises(NotUnderstood, match="the token address gave no access token"):
            seen(one)


def test_the_exchange_is_as_documented_and_a_server_that_babbles_is_refused() -> None:
    """Google and Microsoft: user=…^Aauth=Bearer …^A^A; a refusal is JSON in base64, answered by an empty line."""
    lines: list[bytes] = []
    status = base64.b64encode(json.dumps({"status": "400", "schemes": "Bearer"}).encode())

    def serve(listening: socket.socket, challenge: bytes) -> None:
        connection, _ = listening.accept()
        with connection, connection.makefile("rwb") as stream:

            def say(line: bytes) -> None:
                stream.write(line + b"\r\n")
                stream.flush()

            say(b"* OK hello")
            while asked := stream.readline():
                tag, command = asked.split()[:2]
                if command.upper() == b"CAPABILITY":
                    say(b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2")
                if command.upper() == b"AUTHENTICATE":
                    say(b"+ ")
                    lines.append(base64.b64decode(stream.readline()))
                    say(b"+ " + challenge)
                    lines.append(stream.readline())
                    say(tag + b" NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)")
                else:
                    say(tag + b" OK done")

    for challenge, error, message in [
        (
            status,
            SourceError,
            r'access token of a@b\.ch: \[AUTHENTICATIONFAILED\] Invalid credentials .*"status": "400"',
        ),
        (b"abcde", NoAnswer, "the mailbox cannot be read: its answer is no base64"),
    ]:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            thread = threading.Thread(target=serve, args=(listening, challenge))
            thread.start()
            port = listening.getsockname()[1]
            gate = Gate(private=hosts("127.0.0.1"))
            with (
                pytest.raises(error, match=message),
                imap.connect(gate, "127.0.0.1", port, "none", "a@b.ch", lambda anew: "new" if anew else "old"),
            ):
                pass
            thread.join()
    assert lines[:4] == [b"user=a@b.ch\1auth=Bearer old\1\1", b"\r\n", b"user=a@b.ch\1auth=Bearer new\1\1", b"\r\n"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "enter its password, or client_id and tokens to be let in by OAuth"),
        ({"client_id": "me"}, "OAuth wants the address that gives tokens too"),
        ({"client_id": "me", "tokens": "https://id.example/token"}, "OAuth wants a refresh token, or the secret"),
        ({"client_id": "me", "tokens": "ftp://id.example"}, "wants an address such as https://host"),
    ],
)
def test_half_a_way_in_is_refused(given: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Settings.model_validate({"host": "imap.firm.example", "user": "a@firm.example", **given})
