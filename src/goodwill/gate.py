"""The one way out: every request that leaves goes through here, and only to hosts that the firm configured.

For each hop (a redirect is a new hop) the host must be among those allowed; its name is resolved once, every address
that it has must be public, and the connection is made to the address that was checked, so that a name cannot point
elsewhere between the look and the call (DNS rebinding). Time and size are bounded over the whole of the answer.
A gate that is open `anywhere` (a feed's redirects, a page that somebody pasted) lets every public address be asked; one
that is private still only where it is named.

A host is written as a name or an address, with a port where only that port is meant: 'hooks.example.com',
'10.0.0.5:8080', '[::1]:9000'. '*.example.com' means every name under example.com, and not example.com itself.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urljoin, urlsplit

from goodwill.errors import NoAnswer, NotLetOut

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import httpx

PORTS = {"http": 80, "https": 443}
REDIRECTS = frozenset({301, 302, 303, 307, 308})
FOR_EVER = frozenset({301, 308})
HOPS = 3
MOST_BYTES = 1 << 20
SECONDS = 10.0
_KEPT_SECRET = frozenset({"authorization", "cookie", "proxy-authorization"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the headers (names in lower case), the body, and the address that gave it.

    `moved` is where to ask from now on: as far as the redirects were permanent (301, 308) from the first one on.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    url: str
    moved: str = ""


@dataclass(frozen=True)
class Gate:
    """Who may be asked. `private` names those of them that may lie at a private address; `anywhere`: all that do not.

    >>> Gate(frozenset({"hooks.example.com"})).check("https://hooks.example.com/a").hostname
    'hooks.example.com'
    >>> Gate().check("https://elsewhere.example/")
    Traceback (most recent call last):
        ...
    goodwill.errors.NotLetOut: elsewhere.example: this host is not among those that goodwill may call; ...
    """

    allowed: frozenset[str] = frozenset()
    private: frozenset[str] = frozenset()
    seconds: float = SECONDS
    most_bytes: int = MOST_BYTES
    hops: int = HOPS
    mend: str = field(default="add it to GOODWILL_OUT if it is meant", repr=False)
    anywhere: bool = False

    def check(self, url: str) -> SplitResult:
        """The address in its parts, if its host may be asked at all; raises NotLetOut with the reason."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as broken:
            raise NotLetOut("this is no address", where=url[:200], mend="write https://host/path") from broken
        host = (parts.hostname or "").rstrip(".")
        if parts.scheme not in PORTS or not host:
            raise NotLetOut("only http and https may leave", where=url[:200], mend="write https://host/path")
        if parts.username or parts.password:
            raise NotLetOut("an address must not carry a password", where=host, mend="send it as a header")
        self._let(host, port or PORTS[parts.scheme])
        return parts

    def inside(self, host: str, port: int) -> bool:
        """Whether it is one of those that may lie at a private address.

        >>> Gate(private=frozenset({"10.0.0.5:143"})).inside("10.0.0.5", 143)
        True
        """
        return _listed(host, port, self.private)

    def _let(self, host: str, port: int) -> None:
        if not self.anywhere and not _listed(host, port, self.allowed | self.private):
            raise NotLetOut("this host is not among those that goodwill may call", where=host, mend=self.mend)

    def addresses(self, parts: SplitResult) -> list[str]:
        """Every address of the host, all of them checked; raises NotLetOut where one is private."""
        return self._look_up((parts.hostname or "").rstrip("."), parts.port or PORTS[parts.scheme])

    def _look_up(self, host: str, port: int) -> list[str]:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as unknown:
            raise NoAnswer("no address is known for this name", where=host, mend="check how it is written") from unknown
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not self.inside(host, port):
            for address in addresses:
                if not is_public(address):
                    raise NotLetOut(
                        f"it lies at {address}, which is not a public address",
                        where=host,
                        mend="if that is meant, the operator adds it to GOODWILL_OUT_PRIVATE",
                    )
        return addresses

    def connect(self, host: str, port: int) -> socket.socket:
        """A connection for what is not HTTP (IMAP, say), made to an address that was checked; each wait is bounded.

        Raises NotLetOut and NoAnswer as `request` does.
        """
        host = host.rstrip(".")
        self._let(host, port)
        problem: OSError | None = None
        for address in self._look_up(host, port):
            try:
                return socket.create_connection((address, port), timeout=self.seconds)
            except OSError as unreachable:
                problem = unreachable  # the next address of the same name
        raise NoAnswer(_said(problem or OSError()), where=f"{host}:{port}", mend="see whether it is up") from problem

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Asks, and follows redirects within what is allowed. Any HTTP status is an answer.

        Raises NotLetOut where a hop may not be taken (nothing was sent to it), NoAnswer where the other side cannot be
        reached, is too slow (`seconds`, over all hops) or says too much (`most_bytes`).
        """
        until = time.monotonic() + self.seconds
        sent = dict(headers or {})
        moved, for_ever = "", True
        for _ in range(self.hops + 1):
            parts = self.check(url)
            answer = self._hop(method, parts, sent, body, until)
            onward = answer.headers.get("location")
            if answer.status not in REDIRECTS or onward is None:
                return replace(answer, moved=moved)
            url = urljoin(answer.url, onward)
            for_ever = for_ever and answer.status in FOR_EVER
            moved = url if for_ever else moved
            if urlsplit(url)[:2] != parts[:2]:  # a secret meant for one host is not told to another, nor in the open
                sent = {name: value for name, value in sent.items() if name.lower() not in _KEPT_SECRET}
            if answer.status in (301, 302, 303) and method not in ("GET", "HEAD"):
                method, body = "GET", None
        raise NoAnswer(f"more than {self.hops} redirects", where=parts.hostname or url, mend="give the last address")

    def lines(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        idle: float = 90.0,
        longest: int = MOST_BYTES,
        stop: threading.Event | None = None,
    ) -> Iterator[str]:
        """The lines of an answer that has no end (server-sent events), for as long as it comes; no redirect is taken.

        `idle`: seconds without a byte after which the other side counts as gone. `longest`: bytes of one line. `stop`,
        once set, ends the reading within half a second. Raises NotLetOut as `request` does, and NoAnswer where the
        other side cannot be reached, answers with another status than 200, is idle or sends too long a line; where it
        closes in peace, the lines end.
        """
        import httpx

        parts = self.check(url)
        where = parts.hostname or url
        problem: Exception | None = None
        for address in self.addresses(parts):
            try:
                yield from self._lines(parts, address, headers or {}, idle, longest, stop)
                return
            except httpx.ConnectError as unreachable:
                problem = unreachable
            except httpx.ReadTimeout as silent:
                raise NoAnswer(f"nothing came for {idle:g} seconds", where=where) from silent
            except httpx.HTTPError as broken:
                if stop is not None and stop.is_set():
                    return
                raise NoAnswer(_said(broken), where=where, mend="see whether it is up") from broken
        raise NoAnswer(_said(problem or OSError()), where=where, mend="see whether it is up") from problem

    def _lines(
        self,
        parts: SplitResult,
        address: str,
        headers: Mapping[str, str],
        idle: float,
        longest: int,
        stop: threading.Event | None,
    ) -> Iterator[str]:
        import httpx

        place, told = _addressed(parts, address, headers)
        with (
            _Deadline(None, stop) as cut,
            httpx.Client(trust_env=False, follow_redirects=False, timeout=httpx.Timeout(self.seconds, read=idle)) as c,
            c.stream(
                "GET", place, headers=told, extensions={"sni_hostname": _host(parts), "trace": cut.follow}
            ) as response,
        ):
            if response.status_code != 200:
                said = bytes(next(response.iter_raw(512), b""))[:200].decode("utf-8", "replace")
                raise NoAnswer(f"answered {response.status_code} ({said.strip()})", where=parts.hostname or "")
            rest = bytearray()
            for piece in response.iter_raw():
                rest += piece
                *whole, last = rest.split(b"\n")
                rest = bytearray(last)
                if max(map(len, (*whole, rest))) > longest:
                    raise NoAnswer(f"a line is over {longest:,} bytes", where=parts.hostname or "")
                for line in whole:
                    yield line.rstrip(b"\r").decode("utf-8", "replace")
                if stop is not None and stop.is_set():
                    return

    def _hop(
        self, method: str, parts: SplitResult, headers: Mapping[str, str], body: bytes | None, until: float
    ) -> Answer:
        import httpx

        problem: Exception | None = None
        for address in self.addresses(parts):
            left = until - time.monotonic()
            if left <= 0:
                break
            try:
                return self._ask(method, parts, address, headers, body, until)
            except httpx.ConnectError as unreachable:
                problem = unreachable  # the next address of the same name
            except httpx.TimeoutException as slow:
                raise self._too_slow(parts) from slow
            except httpx.HTTPError as broken:
                if time.monotonic() > until:
                    raise self._too_slow(parts) from broken
                raise NoAnswer(_said(broken), where=parts.hostname or "", mend="see whether it is up") from broken
        if problem is None:
            raise self._too_slow(parts)
        raise NoAnswer(_said(problem), where=parts.hostname or "", mend="see whether it is up") from problem

    def _ask(
        self,
        method: str,
        parts: SplitResult,
        address: str,
        headers: Mapping[str, str],
        body: bytes | None,
        until: float,
    ) -> Answer:
        """One request to one address; the name stands in the Host header and is what the certificate must bear."""
        import httpx

        place, told = _addressed(parts, address, headers)
        left = max(0.001, until - time.monotonic())
        # No environment proxy, no cookies, no redirects of its own: what happens is what stands here.
        with (
            _Deadline(left) as deadline,
            httpx.Client(trust_env=False, follow_redirects=False, timeout=left) as client,
            client.stream(
                method,
                place,
                headers=told,
                content=body,
                extensions={"sni_hostname": _host(parts), "trace": deadline.follow},
            ) as response,
        ):
            whole = self._read(response, parts, until)
            kept = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, kept, whole, parts.geturl())

    def _read(self, response: httpx.Response, parts: SplitResult, until: float) -> bytes:
        body = bytearray()
        for piece in response.iter_raw():
            body += piece
            if len(body) > self.most_bytes:
                raise NoAnswer(f"its answer is over {self.most_bytes:,} bytes", where=parts.hostname or "")
        if time.monotonic() >= until:  # what was cut looks whole where no length was announced
            raise self._too_slow(parts)
        return bytes(body)

    def _too_slow(self, parts: SplitResult) -> NoAnswer:
        return NoAnswer(
            f"no whole answer within {self.seconds:g} seconds", where=parts.hostname or "", mend="see whether it is up"
        )


class _Deadline:
    """Cuts a connection when its time is up; a timeout alone would begin anew with each byte that drips in.

    With `stop` in place of a time, it is cut once that is set.
    """

    def __init__(self, seconds: float | None, stop: threading.Event | None = None) -> None:
        self._connection: socket.socket | None = None
        self._over = threading.Event()
        self._timer: threading.Thread | None = None
        if seconds is not None:
            self._timer = threading.Timer(seconds, self._cut)
        elif stop is not None:
            self._timer = threading.Thread(target=self._until, args=(stop,))

    def __enter__(self) -> _Deadline:
        if self._timer is not None:
            self._timer.daemon = True
            self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if isinstance(self._timer, threading.Timer):
            self._timer.cancel()

    def _until(self, stop: threading.Event) -> None:
        while not self._over.is_set():
            if stop.wait(0.25):
                return self._cut()
        return None

    def follow(self, event: str, info: Mapping[str, Any]) -> None:
        """Httpx's `trace`: keeps the socket, and the one over TLS that takes its place."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._connection = info["return_value"].get_extra_info("socket")

    def _cut(self) -> None:
        if self._connection is not None:
            with suppress(OSError):
                socket.socket.shutdown(self._connection, socket.SHUT_RDWR)  # and wakes whoever reads


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").rstrip(".")


def _addressed(parts: SplitResult, address: str, headers: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The URL by the address that was checked, and the headers, where the name stands."""
    host, port = _host(parts), parts.port or PORTS[parts.scheme]
    literal = f"[{address}]" if ":" in address else address
    named = f"[{host}]" if ":" in host else host
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    told = {"User-Agent": "goodwill", "Accept-Encoding": "identity"}
    told.update({name: value for name, value in headers.items() if name.lower() != "host"})
    told["Host"] = named if port == PORTS[parts.scheme] else f"{named}:{port}"
    return f"{parts.scheme}://{literal}:{port}{path}", told


def _said(problem: Exception) -> str:
    return f"cannot be asked: {problem or type(problem).__name__}"


def is_public(address: str) -> bool:
    """Whether an address is reachable by all (IANA's special-purpose registries); one inside another counts as both.

    >>> [is_public(address) for address in ("93.184.216.34", "10.1.2.3", "127.0.0.1", "::ffff:10.0.0.1")]
    [True, False, False, False]
    """
    plain = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(plain, ipaddress.IPv6Address):
        inner = plain.ipv4_mapped or plain.sixtofour or (plain.teredo or (None, None))[1]
        if inner is None and plain in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(plain) & 0xFFFFFFFF)
        if inner is not None and not is_public(str(inner)):
            return False
    return plain.is_global and not plain.is_multicast


_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address inside


def _listed(host: str, port: int, hosts: Iterable[str]) -> bool:
    host = host.lower()
    for entry in hosts:
        name, wanted = _entry(entry)
        if wanted not in (None, port):
            continue
        if name.startswith("*.") and host.endswith(name[1:]) and len(host) > len(name) - 1:
            return True
        if host == name:
            return True
    return False


def _entry(entry: str) -> tuple[str, int | None]:
    """The host and port of an entry; an IPv6 address stands in brackets where a port follows."""
    entry = entry.strip().lower()
    if entry.startswith("["):
        name, _, rest = entry[1:].partition("]")
        return name, int(rest[1:]) if rest.startswith(":") and rest[1:].isdigit() else None
    name, colon, port = entry.rpartition(":")
    if colon and port.isdigit() and ":" not in name:
        return name, int(port)
    return entry, None


def hosts(written: str) -> frozenset[str]:
    """A list as a setting has it, parted by commas.

    >>> sorted(hosts("hooks.example.com, 10.0.0.5:8080,"))
    ['10.0.0.5:8080', 'hooks.example.com']
    """
    return frozenset(entry.strip() for entry in written.split(",") if entry.strip())
