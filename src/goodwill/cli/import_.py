"""`goodwill import FILE`: a file, or a folder of files, into the service."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from goodwill.cli import store, terminal
from goodwill.errors import GoodwillError, InputError


def import_file(
    file: Annotated[Path, typer.Argument(help="one file, or a folder of files, as `goodwill run` reads them")],
    source: Annotated[str, typer.Option(help="the name under which they came; 'file NAME' without it")] = "",
) -> None:
    """Send a file's rows through the way in that all facts take; the same row twice is one."""
    if not file.exists():
        raise InputError("there is no such file", where=str(file), mend="check the path")
    store.begin()
    from goodwill.service import live
    from goodwill.service.ops import importing

    with terminal.progress() as progress:
        progress("reading", 0.0)
        tables, rejects, notes = importing.read(file, live.firm())
        name = source or f"file {file.name}"[:80]
        counts = importing.send(tables, source=name, by="command line", progress=progress)
        stored = importing.see_stored(progress)
    terminal.say_rejects(rejects)
    terminal.say_notes(notes)
    if not counts:
        raise GoodwillError("no row could be read", where=str(file), mend="goodwill try FILE shows what is wrong")
    said = ", ".join(f"{rows:,} {table}" for table, rows in counts.items())
    ending = "stored" if stored else "accepted; the drainer stores them"
    terminal.out.print(f"{said}: {ending}", soft_wrap=True)
