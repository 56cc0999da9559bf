"""WebSocket through the gate: text frames for as long as they come, each wait and each size bounded."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from threading import Event
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from goodwill.errors import NoAnswer, NotLetOut

if TYPE_CHECKING:
    from goodwill.gate import Gate

PORTS = {"ws": 80, "wss": 443}
LARGEST_FRAME = 1 << 20
TICK = 0.5


class Refused(NoAnswer):
    """The server did not open the connection; `said` is what it answered."""

    def __init__(self, status: int, said: str, where: str) -> None:
        self.said = said
        words = " ".join(said.split())[:200]
        super().__init__(f"refused the connection ({status}: {words})", where=where, mend="check the address")


def frames(
    gate: Gate, url: str, *, stop: Event, idle: float, protocols: Sequence[str] = (), largest: int = LARGEST_FRAME
) -> Iterator[str | None]:
    """The text frames of a connection, and None twice a second while nothing comes; ends when `stop` is set.

    The connection is made to the address that the gate has checked; the name is what the certificate must bear; no
    redirect is followed and no proxy used. Raises NotLetOut, Refused, and NoAnswer where the other side cannot be
    reached, closes, sends a frame larger than `largest` bytes, or nothing for `idle` seconds.
    """
    import ssl

    from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage, InvalidStatus
    from websockets.sync.client import connect
    from websockets.typing import Subprotocol

    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme not in PORTS or not host:
        raise NotLetOut("only ws and wss may leave here", where=url[:200], mend="write wss://host/path")
    plain = gate.connect(host, parts.port or PORTS[parts.scheme])
    with ExitStack() as stack:
        stack.callback(plain.close)
        try:
            opened = stack.enter_context(
                connect(
                    url,
                    sock=plain,
                    ssl=ssl.create_default_context() if parts.scheme == "wss" else None,
                    server_hostname=host if parts.scheme == "wss" else None,
                    subprotocols=[Subprotocol(name) for name in protocols] or None,
                    compression=None,
                    proxy=None,
                    open_timeout=gate.seconds,
                    close_timeout=1,
                    max_size=largest,
                    user_agent_header="goodwill",
                )
            )
        except InvalidStatus as refused:
            body = bytes(refused.response.body or b"")[:2_000].decode("utf-8", "replace")
            raise Refused(refused.response.status_code, body, host) from refused
        except (InvalidHandshake, InvalidMessage, OSError, EOFError) as broken:
            raise NoAnswer(f"no WebSocket can be opened ({broken})", where=host, mend="check the address") from broken
        last = time.monotonic()
        while not stop.is_set():
            try:
                said = opened.recv(timeout=TICK)
            except TimeoutError:
                if time.monotonic() - last > idle:
                    raise NoAnswer(f"nothing came for {idle:g} seconds", where=host) from None
                yield None
                continue
            except ConnectionClosed as closed:
                raise NoAnswer(f"closed the connection ({closed})", where=host, mend="see whether it is up") from closed
            last = time.monotonic()
            if isinstance(said, str):
                yield said
