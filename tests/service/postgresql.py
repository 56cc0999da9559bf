"""A PostgreSQL server of the tests' own: in a temporary folder, on a socket alone, gone when the tests end."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "goodwill"
PATIENT = ("-w", "-t", "300")  # waits for the server so many seconds


def binaries() -> Path | None:
    """The folder that holds initdb and pg_ctl, or none."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@contextmanager
def server(safe: bool = False) -> Iterator[str]:
    """Runs a server; gives the address of its database `postgres`. `safe`: each commit waits for the disk."""
    folder = binaries()
    assert folder is not None
    place = Path(tempfile.mkdtemp(prefix="goodwill-pg-"))
    if os.geteuid() == 0:
        shutil.chown(place, "postgres")
    place.chmod(0o700)
    data = place / "data"
    try:
        _run([folder / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"], place)
        options = f"-k {place} -c listen_addresses='' -c max_connections=60"
        if not safe:
            options += " -c fsync=off"
        _run([folder / "pg_ctl", "-D", data, "-l", place / "log", *PATIENT, "-o", options, "start"], place)
        try:
            yield f"postgresql://{USER}@/postgres?host={place}"
        finally:
            _run([folder / "pg_ctl", "-D", data, "-m", "immediate", *PATIENT, "stop"], place)
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def kept(place: Path) -> Iterator[str]:
    """Runs a server whose data stay in a folder; gives the address of its database `postgres`."""
    folder = binaries()
    assert folder is not None
    data = place / "data"
    if not data.exists():
        place.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            shutil.chown(place, "postgres")
        place.chmod(0o700)
        _run([folder / "initdb", "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"], place)
    options = f"-k {place} -c listen_addresses='' -c max_connections=60"
    _run([folder / "pg_ctl", "-D", data, "-l", place / "log", "-w", "-t", "600", "-o", options, "start"], place)
    try:
        yield f"postgresql://{USER}@/postgres?host={place}"
    finally:
        _run([folder / "pg_ctl", "-D", data, "-m", "fast", "-w", "-t", "600", "stop"], place)


def stop(address: str) -> None:
    """Stops a server as a crash would."""
    place = Path(address.rpartition("host=")[2])
    folder = binaries()
    assert folder is not None
    _run([folder / "pg_ctl", "-D", place / "data", "-m", "immediate", *PATIENT, "stop"], place)


def begin(address: str) -> None:
    """Starts a stopped server with the options that it had."""
    place = Path(address.rpartition("host=")[2])
    folder = binaries()
    assert folder is not None
    options = f"-k {place} -c listen_addresses='' -c max_connections=60 -c fsync=off"
    _run([folder / "pg_ctl", "-D", place / "data", "-l", place / "log", *PATIENT, "-o", options, "start"], place)


def _run(command: list[object], place: Path) -> None:
    words = [str(word) for word in command]
    if os.geteuid() == 0:  # the server refuses to run as root
        words = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *words]
    done = subprocess.run(
        words, cwd=place, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{words[-1]}: {done.stderr}")
