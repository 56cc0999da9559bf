"""Where an import begins, and where its rows lie until they are sent."""

from __future__ import annotations

import shutil
from pathlib import Path

from goodwill.errors import InputError
from goodwill.service.home import home
from goodwill.service.store.models import Import


def begin(path: Path, *, source: str = "", by: str, name: str = "") -> Import:
    """An import of a file, a folder of files, or an archive. `name` as people know it: the file's own without it.

    The same file, brought again by the same hand while its import has not ended, goes on where that stopped.
    Raises InputError where there is no such file.
    """
    if not path.exists():
        raise InputError("there is no such file", where=str(path), mend="check the path")
    name = name or path.name
    mark = mark_of(path)
    stopped = Import.objects.filter(mark=mark, by=by, name=name[:200], state__in=Import.UNDER_WAY).last()
    if stopped is not None:
        return stopped
    return Import.objects.create(
        name=name[:200], path=str(path.resolve()), mark=mark, source=(source or f"file {name}")[:80], by=by[:120]
    )


def mark_of(path: Path) -> str:
    """What tells a file from a later one of the same name: its size and time; of a folder, those of its files."""
    files = sorted(one for one in path.iterdir() if one.is_file()) if path.is_dir() else [path]
    stats = [one.stat() for one in files]
    return f"{len(stats)}:{sum(one.st_size for one in stats)}:{max((one.st_mtime_ns for one in stats), default=0)}"


def of_id(import_id: int) -> Import:
    """An import by its number; InputError where there is none."""
    found = Import.objects.filter(pk=import_id).first()
    if found is None:
        raise InputError(
            f"there is no import {import_id}", mend="`goodwill import --list` and the page Sources list them"
        )
    return found


def place_of(one: Import) -> Path:
    """The folder in which an import's rows lie until they are sent."""
    return home().folder / "imports" / str(one.pk)


def clear(one: Import) -> None:
    """Throws away the rows that were laid down, and a file that was uploaded for this import alone."""
    shutil.rmtree(place_of(one), ignore_errors=True)
    uploads = (home().folder / "uploads").resolve()
    path = Path(one.path)
    if uploads in path.parents:
        shutil.rmtree(path.parent, ignore_errors=True)
