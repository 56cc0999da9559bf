"""Files that were uploaded: kept in the home until somebody says yes or no; then an import takes them in."""

from __future__ import annotations

import re
import shutil
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from goodwill.errors import GoodwillError
from goodwill.service.home import home

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

LARGEST = 200 * 1024 * 1024
ENDINGS = (
    *(".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".gz"),
    *(".mbox", ".mbx", ".xml", ".js", ".zip"),
)
KEPT_HOURS = 24


def folder() -> Path:
    return home().folder / "uploads"


def keep(file: UploadedFile) -> str:
    """Keeps a file for a day; gives the word by which it is found again. Raises GoodwillError where it cannot be."""
    name = safe_name(file.name or "")
    if not name.lower().endswith(ENDINGS):
        raise GoodwillError("this is no table file", where=name, mend="bring CSV, JSON, Parquet, mbox or a zip of them")
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


def drop(word: str) -> None:
    """Throws a file away."""
    file = find(word)
    if file is not None:
        shutil.rmtree(file.parent, ignore_errors=True)


def _sweep() -> None:
    """What was left lying for a day."""
    if folder().is_dir():
        wanted, before = _on_their_way(), time.time() - KEPT_HOURS * 3600
        for place in folder().iterdir():
            if place.is_dir() and str(place) not in wanted and place.stat().st_mtime < before:
                shutil.rmtree(place, ignore_errors=True)


def _on_their_way() -> set[str]:
    """The folders of files that an import has not read to the end yet."""
    from goodwill.service.store.models import Import

    under_way = Import.objects.filter(state__in=Import.UNDER_WAY)
    return {str(Path(path).parent) for path in under_way.values_list("path", flat=True)}
