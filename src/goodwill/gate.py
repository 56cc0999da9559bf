"""The one way out: every request that leaves goes through here, and only to hosts that the firm configured.

For each hop (a redirect is a new hop) the host must be among those allowed; its name is resolved once, every address
that it has must be public, and the connection is made to the address that was checked, so that a name cannot point
elsewhere between the look and the call (DNS rebinding). Time and size are bounded over the whole of the answer.

A host is written as a name or an address, with a port where only that port is meant: 'hooks.example.com',
'10.0.0.5:8080', '[::1]:9000'. '*.example.com' means every name under example.com, and not example.com itself.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit

from goodwill.errors import NoAnswer, NotLetOut

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import httpx

PORTS = {"http": 80, "https": 443}
REDIRECTS = frozenset({301, 302, 303, 307, 308})
HOPS = 3
MOST_BYTES = 1 << 20
SECONDS = 10.0
_KEPT_SECRET = frozenset({"authorization", "cookie", "proxy-authorization"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status, the headers (names in lower case), the body, and the address that gave it."""

    status: int
    headers: dict[str, str]
    body: bytes
    url: str


@dataclass(frozen=True)
class Gate:
    """Who may be asked. `private` names those of them that may lie at a private address.

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
        if not _listed(host, port or PORTS[parts.scheme], self.allowed | self.private):
            raise NotLetOut("this host is not among those that goodwill may call", where=host, mend=self.mend)
        return parts

    def addresses(self, parts: SplitResult) -> list[str]:
        """Every address of the host, all of them checked; raises NotLetOut where one is private."""
        host, port = (parts.hostname or "").rstrip("."), parts.port or PORTS[parts.scheme]
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as unknown:
            raise NoAnswer("no address is known for this name", where=host, mend="check how it is written") from unknown
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not _listed(host, port, self.private):
            for address in addresses:
                if not is_public(address):
                    raise NotLetOut(
                        f"it lies at {address}, which is not a public address",
                        where=host,
                        mend="if that is meant, the operator adds it to GOODWILL_OUT_PRIVATE",
                    )
        return addresses

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
        for _ in range(self.hops + 1):
            parts = self.check(url)
            answer = self._hop(method, parts, sent, body, until)
            onward = answer.headers.get("location")
            if answer.status not in REDIRECTS or onward is None:
                return answer
            url = urljoin(answer.url, onward)
            if urlsplit(url)[:2] != parts[:2]:  # a secret meant for one host is not told to another, nor in the open
                sent = {name: value for name, value in sent.items() if name.lower() not in _KEPT_SECRET}
            if answer.status in (301, 302, 303) and method not in ("GET", "HEAD"):
                method, body = "GET", None
        raise NoAnswer(f"more than {self.hops} redirects", where=parts.hostname or url, mend="give the last address")

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

        host = (parts.hostname or "").rstrip(".")
        port = parts.port or PORTS[parts.scheme]
        literal = f"[{address}]" if ":" in address else address
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        named = f"[{host}]" if ":" in host else host
        told = {name: value for name, value in headers.items() if name.lower() != "host"}
        told["Host"] = named if port == PORTS[parts.scheme] else f"{named}:{port}"
        left = max(0.001, until - time.monotonic())
        # No environment proxy, no cookies, no redirects of its own: what happens is what stands here.
        with (
            httpx.Client(trust_env=False, follow_redirects=False, timeout=left) as client,
            client.stream(
                method,
                f"{parts.scheme}://{literal}:{port}{path}",
                headers={"User-Agent": "goodwill", "Accept-Encoding": "identity", **told},
                content=body,
                extensions={"sni_hostname": host},
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
            if time.monotonic() > until:
                raise self._too_slow(parts)
        return bytes(body)

    def _too_slow(self, parts: SplitResult) -> NoAnswer:
        return NoAnswer(
            f"no whole answer within {self.seconds:g} seconds", where=parts.hostname or "", mend="see whether it is up"
        )


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
