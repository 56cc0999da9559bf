"""The one way out: only to hosts that were configured, never to private addresses unasked, within bounds."""

from __future__ import annotations

import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from goodwill.errors import NoAnswer, NotLetOut
from goodwill.gate import Gate, hosts, is_public
from servers.ports import deaf_port

if TYPE_CHECKING:
    from collections.abc import Iterator


class Handler(BaseHTTPRequestHandler):
    seen: list[tuple[str, str, dict[str, str], bytes]] = []  # noqa: RUF012

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        Handler.seen.append((self.command, self.path, dict(self.headers), body))
        if self.path.startswith("/to/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to/"))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if self.path.startswith("/for-ever/"):
            self.send_response(301)
            self.send_header("Location", self.path.removeprefix("/for-ever"))
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        if self.path == "/slow":
            self.end_headers()
            for _ in range(2_400):
                time.sleep(0.05)
                try:
                    self.wfile.write(b"x")
                    self.wfile.flush()
                except OSError:
                    return
            return
        answer = b"y" * 5_000 if self.path == "/large" else b"hello"
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_POST = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    Handler.seen.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def test_a_configured_host_is_asked_and_sees_no_proxy_of_the_environment(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    answer = Gate(private=hosts(server)).request("POST", f"http://{server}/a?b=c", headers={"X-Mine": "1"}, body=b"{}")
    assert (answer.status, answer.body) == (200, b"hello")
    method, path, headers, body = Handler.seen[0]
    assert (method, path, body, headers["Host"], headers["X-Mine"]) == ("POST", "/a?b=c", b"{}", server, "1")


def test_a_host_that_nobody_configured_is_never_asked(server: str) -> None:
    with pytest.raises(NotLetOut, match=r"127\.0\.0\.1: this host is not among those that goodwill may call; add it"):
        Gate(allowed=hosts("hooks.example.com")).request("GET", f"http://{server}/")
    assert Handler.seen == []


def test_a_configured_host_at_a_private_address_is_refused_unless_the_operator_said_so(server: str) -> None:
    with pytest.raises(
        NotLetOut, match=r"it lies at 127\.0\.0\.1, which is not a public address.*GOODWILL_OUT_PRIVATE"
    ):
        Gate(allowed=hosts(server)).request("GET", f"http://{server}/")
    assert Handler.seen == []


def test_a_name_is_resolved_once_and_the_checked_address_is_the_one_that_is_called(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    port = int(server.split(":")[1])
    real = socket.getaddrinfo

    def resolve(host: str, *rest: object, **more: object) -> object:
        if host == "inside.example":
            asked.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        return real(host, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    url = f"http://inside.example:{port}/"
    with pytest.raises(NotLetOut, match="not a public address"):
        Gate(allowed=hosts("inside.example")).request("GET", url)
    assert Gate(private=hosts("inside.example")).request("GET", url).status == 200
    assert asked == ["inside.example"] * 2
    assert Handler.seen[0][2]["Host"] == f"inside.example:{port}"


def test_each_redirect_is_checked_and_secrets_stay_with_their_host(server: str) -> None:
    gate = Gate(private=hosts(server))
    answer = gate.request("POST", f"http://{server}/to//here", headers={"Authorization": "Bearer x"}, body=b"{}")
    assert answer.status == 200
    assert [(seen[0], seen[1]) for seen in Handler.seen] == [("POST", "/to//here"), ("GET", "/here")]
    assert Handler.seen[1][2]["Authorization"] == "Bearer x"
    with pytest.raises(NotLetOut, match=r"elsewhere\.example"):
        gate.request("GET", f"http://{server}/to/http://elsewhere.example/")
    with pytest.raises(NotLetOut, match="only http and https"):
        gate.request("GET", f"http://{server}/to/file:///etc/passwd")
    with pytest.raises(NoAnswer, match="more than 3 redirects"):
        gate.request("GET", f"http://{server}/to//to//to//to//to//x")


def test_an_authorization_is_not_told_to_another_host(server: str) -> None:
    port = server.split(":")[1]
    other = f"localhost:{port}"
    gate = Gate(private=hosts(f"{server},{other}"))
    gate.request("GET", f"http://{server}/to/http://{other}/", headers={"Authorization": "Bearer x", "X-A": "1"})
    assert "Authorization" not in Handler.seen[1][2]
    assert Handler.seen[1][2]["X-A"] == "1"


def test_an_answer_is_bounded_in_size_and_in_time(server: str) -> None:
    private = hosts(server)
    with pytest.raises(NoAnswer, match="its answer is over 1,000 bytes"):
        Gate(private=private, most_bytes=1_000).request("GET", f"http://{server}/large")
    began = time.monotonic()
    with pytest.raises(NoAnswer, match=r"no whole answer within 0\.3 seconds"):
        Gate(private=private, seconds=0.3).request("GET", f"http://{server}/slow")
    assert time.monotonic() - began < 60  # of two minutes


def test_nobody_there_is_said_plainly() -> None:
    refused = r"127\.0\.0\.1: cannot be asked: .*refused.*; see whether it is up"
    with deaf_port() as port, pytest.raises(NoAnswer, match=refused):
        Gate(private=hosts("127.0.0.1")).request("GET", f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("ftp://hooks.example.com/", "only http and https may leave"),
        ("https://", "only http and https may leave"),
        ("https://hooks.example.com:x/", "this is no address"),
        ("https://user:pass@hooks.example.com/", "an address must not carry a password"),
        ("https://hooks.example.com.evil.example/", "not among those"),
        ("https://evilhooks.example.com/", "not among those"),
        ("https://hooks.example.com:8443/", "not among those"),
        ("https://a.wild.example.com/", None),
        ("https://wild.example.com/", "not among those"),
        ("HTTPS://HOOKS.example.com./x", None),
        ("https://[2001:db8::1]:9000/", None),
    ],
)
def test_which_addresses_pass(url: str, said: str | None) -> None:
    gate = Gate(allowed=hosts("hooks.example.com:443, *.wild.example.com, [2001:db8::1]:9000"))
    if said is None:
        gate.check(url)
    else:
        with pytest.raises(NotLetOut, match=said):
            gate.check(url)


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "172.16.3.4",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:127.0.0.1",
        "64:ff9b::a00:1",
        "2002:0a00:0001::1",
    ],
)
def test_private_addresses_in_every_dress(address: str) -> None:
    assert not is_public(address)


def test_public_addresses() -> None:
    assert all(map(is_public, ("8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8")))


def test_a_gate_that_is_open_anywhere_asks_public_addresses_alone(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    here = server.rpartition(":")[2]
    with pytest.raises(NotLetOut, match=r"it lies at 127\.0\.0\.1, which is not a public address"):
        Gate(anywhere=True).request("GET", f"http://{server}/")
    with pytest.raises(NotLetOut, match=r"it lies at 127\.0\.0\.1"):  # nor by a redirect
        Gate(anywhere=True, private=hosts(server)).request("GET", f"http://{server}/to/http://127.0.0.1:9/")
    with pytest.raises(NotLetOut, match="it lies at ::1"):
        Gate(anywhere=True).request("GET", f"http://[::1]:{here}/")
    assert Gate(anywhere=True, private=hosts(server)).request("GET", f"http://{server}/").status == 200
    assert len(Handler.seen) == 2
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("169.254.169.254", 80))])
    with pytest.raises(NotLetOut, match=r"it lies at 169\.254\.169\.254"):
        Gate(anywhere=True).request("GET", "http://metadata.example/")


def test_where_to_ask_from_now_on_is_told_as_far_as_redirects_were_permanent(server: str) -> None:
    gate = Gate(private=hosts(server))
    assert gate.request("GET", f"http://{server}/a").moved == ""
    assert gate.request("GET", f"http://{server}/for-ever/for-ever/a").moved == f"http://{server}/a"
    once = gate.request("GET", f"http://{server}/for-ever/to//a")
    assert (once.moved, once.url) == (f"http://{server}/to//a", f"http://{server}/a")
    assert gate.request("GET", f"http://{server}/to//for-ever/a").moved == ""


def test_headers_that_drip_in_are_bounded_in_time_too() -> None:
    """Each byte comes in time; the whole does not."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def drip() -> None:
            try:
                connection, _ = listening.accept()
            except OSError:  # the time was up before
                return
            with connection:
                for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 2_400:
                    try:
                        connection.sendall(bytes([byte]))
                    except OSError:
                        return
                    time.sleep(0.05)

        thread = threading.Thread(target=drip)
        thread.start()
        here = f"127.0.0.1:{listening.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(NoAnswer, match=r"no whole answer within 0\.5 seconds"):
            Gate(private=hosts(here), seconds=0.5).request("GET", f"http://{here}/")
        assert time.monotonic() - began < 60
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_a_connection_that_is_not_http_is_let_out_by_the_same_rules(server: str) -> None:
    host, port = server.split(":")
    with pytest.raises(NotLetOut, match="not among those that goodwill may call"):
        Gate().connect(host, int(port))
    with pytest.raises(NotLetOut, match="not a public address"):
        Gate(allowed=hosts(server)).connect(host, int(port))
    with Gate(private=hosts(server)).connect(host, int(port)) as connection:
        assert connection.getpeername() == (host, int(port))
    with pytest.raises(NoAnswer, match=r"127\.0\.0\.1:1: cannot be asked: .*refused"):
        Gate(private=hosts("127.0.0.1")).connect("127.0.0.1", 1)
    assert Gate(private=hosts(server)).inside(host, int(port))
    assert not Gate(allowed=hosts(server)).inside(host, int(port))
