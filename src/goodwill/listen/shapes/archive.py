"""Zip archives: their members that can be read, each laid down apart, bounded in number, size and swelling."""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from goodwill.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MOST_MEMBERS = 100_000
LARGEST_UNPACKED = 4 * 1024**3  # bytes of all that is unpacked
MOST_SWELLING = 200  # times its packed size: JSON packs to a tenth, a bomb to a thousandth
SWELLS_FREELY = 16 * 1024**2  # below this, how much a member swells does not matter
_ASIDE = ("__macosx/", ".")


@contextmanager
def unpacked(path: Path, wanted: Callable[[str], bool]) -> Iterator[list[Path]]:
    """The members of a zip that are `wanted` by their names, as files in a folder that goes when this ends.

    The names of the folders within the zip are kept, so that neighbours find each other; nothing can lie outside.
    Raises InputError where it is broken, locked, or a bomb.
    """
    folder = Path(tempfile.mkdtemp(prefix="goodwill-"))
    try:
        yield _unpack(path, folder, wanted)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _unpack(path: Path, folder: Path, wanted: Callable[[str], bool]) -> list[Path]:
    room = LARGEST_UNPACKED
    found: list[Path] = []
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS:
                raise _refused(path, f"it has {len(members):,} members")
            for member in sorted(members, key=lambda one: one.filename):
                parts = [part for part in member.filename.replace("\\", "/").split("/") if part not in ("", ".", "..")]
                name = "/".join(parts)
                if member.is_dir() or not parts or name.lower().startswith(_ASIDE) or not wanted(name):
                    continue
                if member.flag_bits & 1:
                    raise InputError("it is locked with a password", where=path.name, mend="unpack it first")
                to = folder.joinpath(*(part.replace(":", "_")[:200] for part in parts))
                to.parent.mkdir(parents=True, exist_ok=True)
                room -= _copy(archive, member, to, room, f"{path.name}/{name}")
                found.append(to)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, OSError, RuntimeError) as broken:
        if isinstance(broken, InputError):
            raise
        raise InputError(
            f"cannot be unpacked ({broken})", where=path.name, mend="pack it again, or unpack it first"
        ) from broken
    return found


def _copy(archive: zipfile.ZipFile, member: zipfile.ZipInfo, to: Path, room: int, where: str) -> int:
    written = 0
    most = min(room, max(SWELLS_FREELY, MOST_SWELLING * max(1, member.compress_size)))
    with archive.open(member) as packed, to.open("wb") as out:
        while piece := packed.read(1 << 20):
            written += len(piece)
            if written > most:
                packed_size = f"{member.compress_size / 1024:,.0f} kB packed"
                raise InputError(
                    f"it swells to more than {most / 1024**2:,.0f} MB from {packed_size}",
                    where=where,
                    mend="unpack it first, if you trust it, and bring what is in it",
                )
            out.write(piece)
    return written


def _refused(path: Path, what: str) -> InputError:
    return InputError(what, where=path.name, mend=f"{MOST_MEMBERS:,} may be; unpack it, and bring what is in it")
