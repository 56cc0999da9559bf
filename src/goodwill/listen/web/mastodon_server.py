"""What a Mastodon server says about itself: its version, and where it streams.

Sources: Mastodon's documentation, 'Instance' (GET /api/v2/instance since 4.0, `configuration.urls.streaming`; before it
GET /api/v1/instance, `urls.streaming_api`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from goodwill.errors import SourceError
from goodwill.listen.web.web_api import WebApi, at, hosts_of

if TYPE_CHECKING:
    from goodwill.gate import Gate

SCHEMES = {"wss": "https", "https": "https", "ws": "http", "http": "http"}
"""Servers name their web sockets; server-sent events come from the same place."""
SAYS = (
    ("/api/v2/instance", ("configuration", "urls", "streaming")),
    ("/api/v1/instance", ("urls", "streaming_api")),
)


@dataclass(frozen=True)
class Instance:
    """A server's version, and the address at which it streams: '' where it names none, so it streams where it lies."""

    version: str
    streaming: str = ""


def instance(api: WebApi) -> Instance:
    """Asks a server; an older one by its older address.

    Raises what `api` raises, and SourceError where it says that it streams at what is no address, or in the open though
    it is asked behind TLS: the token would be read on the way.
    """
    for path, place in SAYS:
        try:
            said = api.get(path)
        except SourceError as refused:
            if "knows no such thing" in refused.what:
                continue
            raise
        return Instance(str(at(said, "version") or ""), _address(at(said, *place), api.base))
    return Instance("")


def let(gate: Gate, streaming: str) -> Gate:
    """The gate, which lets the place be asked too at which the firm's own server streams (a private one only where the
    operator lets it)."""
    return replace(gate, allowed=gate.allowed | hosts_of(streaming))


def _address(said: Any, base: str) -> str:
    """Where a server streams, as an address: 'wss://stream.example' is https://stream.example."""
    if not said:
        return ""
    try:
        parts = urlsplit(str(said))
        scheme, host, _ = SCHEMES.get(parts.scheme), parts.hostname, parts.port
    except ValueError:
        scheme, host = None, None
    if scheme is None or not host or parts.username or parts.password:
        raise SourceError(
            f"the server says that it streams at {str(said)[:80]!r}, which is no address", where=base, mend=_ENTER
        )
    if scheme == "http" and urlsplit(base).scheme == "https":
        raise SourceError(f"the server says that it streams in the open, at {host}", where=base, mend=_ENTER)
    return f"{scheme}://{parts.netloc}"


_ENTER = "enter where it does as 'streaming', or choose the way 'poll'"
