"""Ports of this machine, for servers that must be told theirs before they start."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST, LAST = 20_000, 32_000
"""Below those that systems hand out by themselves (from 32768 on), so that no connection is given one meanwhile."""
_held: list[int] = []


def free_port() -> int:
    """A port that nobody has, and that no other run of tests takes as long as this process lives."""
    folder = Path(tempfile.gettempdir()) / "goodwill-tests-ports"
    folder.mkdir(exist_ok=True)
    begin = os.getpid() * 61 + len(_held)
    for number in range(LAST - FIRST):
        port = FIRST + (begin + number) % (LAST - FIRST)
        if _is_ours(folder / str(port)) and _is_free(port):
            return port
    raise RuntimeError(f"no port from {FIRST} to {LAST} is free")


@contextmanager
def deaf_port() -> Iterator[int]:
    """A port where nobody listens, and nobody begins to: it is taken, and refuses whoever comes."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


def _is_ours(place: Path) -> bool:
    """Whether this process has the lock of a port now; the system gives it back when the process ends."""
    file = os.open(place, os.O_CREAT | os.O_RDWR, 0o666)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(file)
        return False
    _held.append(file)
    return True


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
