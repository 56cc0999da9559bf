"""Files that were uploaded: kept in the home until somebody says yes or no, then taken in by a job."""

from __future__ import annotations

import re
import shutil
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from goodwill.errors import GoodwillError
from goodwill.report.figures import count
from goodwill.service.home import home
from goodwill.service.jobs import job

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from goodwill.service.jobs.registry import Tell

LARGEST = 200 * 1024 * 1024
ENDINGS = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".gz")
KEPT_HOURS = 24
JOB = "take in a file"


def folder() -> Path:
    return home().folder / "uploads"


def keep(file: UploadedFile) -> str:
    """Keeps a file for a day; gives the word by which it is found again. Raises GoodwillError where it cannot be."""
    name = safe_name(file.name or "")
    if not name.lower().endswith(ENDINGS):
        raise GoodwillError("this is no table file", where=name, mend="bring CSV, JSON Lines or Parquet")
    if (file.size or 0) > LARGEST:
        raise GoodwillError("the file is larger than 200 MB", where=name, mend="use `goodwill import` for it")
    _sweep()
    word = uuid.uuid4().hex
    place = folder() / word
    place.mkdir(parents=True, mode=0o700)
    with (place / name).open("wb") as kept:
        for part in file.chunks():
            kept.write(part)
    return word


def safe_name(name: str) -> str:
    """The name alone, of harmless signs; a file's name says which table it is, so it is kept.

    >>> safe_name("../../etc/purchases 2026.csv"), safe_name("")
    ('purchases_2026.csv', 'file')
    """
    return re.sub(r"[^\w.\-]+", "_", re.split(r"[/\\]", name)[-1]).lstrip(".")[-120:] or "file"


def find(word: str) -> Path | None:
    """The file of a word; None where there is none (any more)."""
    if not re.fullmatch(r"[0-9a-f]{32}", word):
        return None
    place = folder() / word
    return next((file for file in sorted(place.iterdir()) if file.is_file()), None) if place.is_dir() else None


def rename(file: Path, table: str) -> None:
    """Gives a file the name of the table that it is, its endings kept."""
    endings = "".join(ending for ending in file.suffixes[-2:] if ending.lower() in ENDINGS)
    file.rename(file.with_name(table + endings))


def drop(word: str) -> None:
    """Throws a file away."""
    file = find(word)
    if file is not None:
        shutil.rmtree(file.parent, ignore_errors=True)


def _sweep() -> None:
    """What was left lying for a day."""
    if folder().is_dir():
        for place in folder().iterdir():
            if place.is_dir() and place.stat().st_mtime < time.time() - KEPT_HOURS * 3600:
                shutil.rmtree(place, ignore_errors=True)


@job(JOB, tries=3)
def take_in(tell: Tell, word: str, source: str, by: str) -> str:
    """Reads a file that was looked at, and sends its rows in; a row that is there already is not stored twice."""
    from goodwill.service import live
    from goodwill.service.ops import importing

    file = find(word)
    if file is None:
        return "the file is gone: it was taken in already, or lay for more than a day"
    tell("reading the file", 0.05)
    tables, rejects, _ = importing.read(file, live.firm())
    sent = importing.send(tables, source=source, by=by, progress=lambda step, done: tell(step, 0.2 + 0.8 * done))
    drop(word)
    said = ", ".join(f"{rows:,} {table}" for table, rows in sent.items()) or "nothing"
    return f"{source.removeprefix('file ')}: {said}" + (
        f"; {count(len(rejects), 'thing')} could not be read" if rejects else ""
    )
