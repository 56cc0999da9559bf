"""Files in the home: uploads that nobody took in, logs, and what else lies there."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from goodwill.service.home import home
from goodwill.service.store.models import Import

if TYPE_CHECKING:
    from goodwill.service.erasing.marks import Marks
    from goodwill.service.erasing.report import Report

LARGEST_TEXT = 256 * 1024 * 1024
TEXTS = (".log", ".txt", ".csv", ".tsv", ".json", ".jsonl", ".ndjson", ".html", ".md", ".xml", ".out", ".err")
OURS = ("secret.key", "goodwill.toml", "erased.list")


def under_way() -> bool:
    """Whether an import is under way: its rows lie in files until it ends."""
    return Import.objects.filter(state__in=(*Import.UNDER_WAY, Import.UNDOING)).exists()


def clean(marks: Marks, report: Report) -> None:
    """Removes what was uploaded and not taken in, and rows left by imports; masks texts that lie about."""
    folder = home().folder
    for name in ("uploads", "imports"):
        there = [one for one in sorted((folder / name).glob("*")) if one.is_dir()]
        for one in there:
            shutil.rmtree(one, ignore_errors=True)
        report.add("gone", f"files in {name}", len(there))
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and not _is_ours(path, folder):
            _look_into(path, marks, report)


def _is_ours(path: Path, folder: Path) -> bool:
    """The database and the lake are dealt with apart; the firm's own words and the key hold no customer."""
    inside = path.relative_to(folder)
    database = home().database.name
    return (
        inside.parts[0] in ("lake", "run")
        or path.name in OURS
        or path.name.startswith((database, f".{database}"))
        or path.suffix == ".npz"  # weights of the reader, without a word
    )


def _look_into(path: Path, marks: Marks, report: Report) -> None:
    if path.suffix == ".zip":
        report.note("A backup lies in the home: it holds them until it is deleted; one that is restored erases them.")
        return
    if path.suffix.lower() not in TEXTS or path.stat().st_size > LARGEST_TEXT:
        return
    try:
        text = path.read_text(encoding="utf-8")
    except (UnicodeDecodeError, OSError):
        return
    masked = "".join(marks.mask(line) for line in text.splitlines(keepends=True))
    if masked != text:
        with path.open("r+", encoding="utf-8") as file:  # in place: whoever writes a log keeps it open
            file.write(masked)
            file.truncate()
        report.add("masked", "files", 1)
