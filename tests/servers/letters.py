"""A mail server of the tests' own, which hands what comes to a handler."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from patience import LONG, until
from servers.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def taken_by(handler: Any, host: str = "127.0.0.1", **more: Any) -> Iterator[int]:
    """Runs the server; gives its port."""
    from aiosmtpd.controller import Controller

    controller = Controller(handler, hostname=host, port=free_port(), ready_timeout=LONG, **more)
    controller.start()
    try:
        yield controller.port
    finally:
        # A connection that is cut by the end of the server's loop would be complained about in some later test.
        until(lambda: not _connections(controller.server), "every sender has hung up", seconds=20)
        controller.stop()


def _connections(server: Any) -> int:
    """How many there are, as Python up to 3.12 and from 3.13 on keeps it."""
    clients = getattr(server, "_clients", None)
    return server._active_count if clients is None else len(clients)
