"""One service for one home: each part holds a lock on a file of the home for as long as any of its processes lives."""

from __future__ import annotations

import fcntl
import os
import time
from typing import TYPE_CHECKING

from goodwill.errors import GoodwillError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from goodwill.service.home import Home

GRACE = 10.0
"""Seconds in which a service that is just stopping, or whose parent was killed, gives its locks back."""


def folder(home: Home) -> Path:
    """Where the locks lie; made where it is missing."""
    place = home.folder / "run"
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as refused:
        raise GoodwillError(
            f"the home cannot be written: {refused.strerror}", where=str(home.folder), mend="set GOODWILL_HOME"
        ) from refused
    return place


def take(home: Home, parts: Iterable[str], grace: float = GRACE) -> dict[str, int]:
    """Takes the lock of each part; gives open files by part, to be handed to the part's process.

    Raises GoodwillError where another service holds one: at once while that one's parent lives, else after `grace`.
    """
    held: dict[str, int] = {}
    try:
        for part in parts:
            held[part] = _take(folder(home) / f"{part}.lock", part, home, grace)
    except GoodwillError:
        for file in held.values():
            os.close(file)
        raise
    return held


def held_by(home: Home, part: str) -> int | None:
    """The process that started this part on this home, if it runs; None where the part is free."""
    path = home.folder / "run" / f"{part}.lock"
    if not path.exists():
        return None
    file = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return _written(file)
    finally:
        os.close(file)
    return None


def _take(path: Path, part: str, home: Home, grace: float) -> int:
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    until = time.monotonic() + grace
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _written(file)
            if _alive(holder) or time.monotonic() > until:
                os.close(file)
                raise GoodwillError(
                    f"another goodwill serve (process {holder}) runs its {part} on this home",
                    where=str(home.folder),
                    mend="stop it, or set GOODWILL_HOME to another folder",
                ) from None
            time.sleep(0.1)
        else:
            os.ftruncate(file, 0)
            os.pwrite(file, str(os.getpid()).encode(), 0)
            return file


def _written(file: int) -> int:
    text = os.pread(file, 20, 0).strip()
    return int(text) if text.isdigit() else 0


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process > 0
