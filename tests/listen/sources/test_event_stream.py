"""Server-sent events, and the gate's reading of answers that have no end."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from goodwill.errors import NoAnswer, NotLetOut
from goodwill.gate import Gate
from goodwill.listen.web.event_stream import Event, events
from patience import LONG

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


@contextmanager
def speaking(say: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server for one connection; gives its host and port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            try:
                connection, _ = listening.accept()
            except OSError:  # nobody came
                return
            with connection:
                connection.recv(65_536)
                with suppress(OSError):
                    say(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}"
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(LONG)
        assert not thread.is_alive()


def test_events_of_lines() -> None:
    lines = ["event: update", 'data: {"a":', "data: 1}", "", ":thump", "", "data:x", "id: 7", "", "event: lonely", ""]
    assert list(events(lines)) == [Event("update", '{"a":\n1}'), Event("message", "x")]


def test_lines_come_as_they_are_said_whole_whatever_the_pieces() -> None:
    def say(connection: socket.socket) -> None:
        connection.sendall(
            HEAD + chunk("data: ä".encode()[:-1]) + chunk("ä".encode()[-1:] + b"\r\n\r") + chunk(b"\ncut")
        )
        connection.sendall(b"0\r\n\r\n")

    with speaking(say) as host:
        assert list(Gate(private=frozenset({host})).lines(f"http://{host}/")) == ["data: ä", ""]


def test_a_stream_is_let_out_by_the_rules_of_the_gate() -> None:
    with pytest.raises(NotLetOut, match="not among those"):
        next(Gate().lines("https://elsewhere.example/"))
    with pytest.raises(NotLetOut, match="not a public address"):
        next(Gate(allowed=frozenset({"127.0.0.1:9"})).lines("http://127.0.0.1:9/"))
    with pytest.raises(NoAnswer, match="cannot be asked"):
        next(Gate(private=frozenset({"127.0.0.1:1"})).lines("http://127.0.0.1:1/"))


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\n\r\nwho?", r"answered 401 \(who\?\)"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://10.0.0.1/\r\nContent-Length: 0\r\n\r\n", "answered 302"),
        (HEAD + chunk(b"x" * 2_000), "a line is over 1,000 bytes"),
        (HEAD + b"zz\r\n", "cannot be asked"),
    ],
)
def test_what_is_no_stream_is_refused(answer: bytes, said: str) -> None:
    with speaking(lambda connection: connection.sendall(answer)) as host, pytest.raises(NoAnswer, match=said):
        list(Gate(private=frozenset({host})).lines(f"http://{host}/", longest=1_000))


def heard_until_it_is_silent(idle: float) -> int:
    """How many heartbeats are heard that come within the time that silence may last, and all together take longer."""

    def say(connection: socket.socket) -> None:
        connection.sendall(HEAD)
        for _ in range(4):
            connection.sendall(chunk(b":thump\n"))
            time.sleep(0.4 * idle)
        connection.recv(1)

    heard = []
    with speaking(say) as host, pytest.raises(NoAnswer, match=rf"nothing came for {idle:g} seconds"):
        for line in Gate(private=frozenset({host})).lines(f"http://{host}/", idle=idle):
            heard.append(line)
    assert set(heard) <= {":thump"}
    return len(heard)


def test_silence_ends_it_and_heartbeats_keep_it() -> None:
    # A machine that stood still for a moment was silent: then with more patience.
    assert any(heard_until_it_is_silent(idle) == 4 for idle in (0.5, 2.0, 8.0, 30.0))


def test_a_stream_that_is_silent_ends_soon_when_it_is_stopped() -> None:
    def say(connection: socket.socket) -> None:
        connection.sendall(HEAD + chunk(b"data: 1\n"))
        connection.recv(1)

    stop = threading.Event()
    with speaking(say) as host:
        lines = Gate(private=frozenset({host})).lines(f"http://{host}/", idle=600, stop=stop)
        assert next(lines) == "data: 1"
        began = time.monotonic()
        threading.Timer(0.2, stop.set).start()
        assert list(lines) == []
        assert time.monotonic() - began < 300
