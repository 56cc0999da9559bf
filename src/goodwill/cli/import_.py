"""`goodwill import FILE...`: files into the service, and `goodwill import --undo ID` out of it again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goodwill.cli import store, terminal
from goodwill.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from goodwill.lake import Reject
    from goodwill.service.store.models import Import

LISTED = 50


def import_file(
    files: Annotated[
        list[Path] | None, typer.Argument(help="files, archives, or folders of files, as `goodwill run` reads them")
    ] = None,
    source: Annotated[str, typer.Option(help="the name under which they came; 'file NAME' without it")] = "",
    undo: Annotated[int | None, typer.Option(metavar="ID", help="take back everything that an import brought")] = None,
    rejects: Annotated[
        int | None, typer.Option(metavar="ID", help="print what could not be read of an import, as CSV")
    ] = None,
    listed: Annotated[bool, typer.Option("--list", help="the latest imports, with their ids")] = False,
) -> None:
    """Send files through the way in that all facts take; the same row twice is one. Prints each import's id."""
    if undo is None and rejects is None and not listed and not files:
        raise InputError("no file is named", where="goodwill import", mend="goodwill import FILE")
    store.begin()
    if listed:
        _list()
    elif undo is not None:
        _undo(undo)
    elif rejects is not None:
        _rejects(rejects)
    for file in files or ():
        _take_in(file, source)


def _take_in(file: Path, source: str) -> None:
    from goodwill.service import imports, live
    from goodwill.service.imports.job import said_of

    one = imports.begin(file, source=source, by="command line")
    with terminal.progress() as progress:
        imports.work(one, live.firm(), progress, drive=_drive)
    terminal.say_rejects(_first_rejects(one))
    terminal.say_notes(one.notes)
    ending = ": stored" if one.state == one.DONE else ": accepted; the drainer stores them"
    terminal.out.print(f"{said_of(one, ending)} (import {one.pk})", soft_wrap=True)
    if one.rejected > terminal.REJECTS_SHOWN:
        terminal.out.print(f"all of them: goodwill import --rejects {one.pk}", soft_wrap=True)


def _drive() -> None:
    """Drains in this process, where no drainer runs on this home."""
    import time

    from goodwill.service import intake, live
    from goodwill.service.home import home
    from goodwill.service.ops import locks

    if locks.held_by(home(), "drainer") is not None:
        time.sleep(0.2)
    else:
        live.after_drain(intake.drain())


def _first_rejects(one: Import) -> list[Reject]:
    from goodwill.lake import Reject
    from goodwill.service.store.models import ImportReject

    found = ImportReject.objects.filter(of=one).order_by("pk")[: 20 * terminal.REJECTS_SHOWN]
    return [Reject(row.file, row.line, row.column, row.reason, row.mend, row.value) for row in found]


def _undo(import_id: int) -> None:
    from goodwill.service import imports

    one = imports.of_id(import_id)
    with terminal.progress() as progress:
        done = imports.undo(one, by="command line", say=progress)
    terminal.out.print(done.said, soft_wrap=True)


def _rejects(import_id: int) -> None:
    from goodwill.service import imports

    write: Callable[[str], object] = typer.echo
    for line in imports.rejects_as_csv(imports.of_id(import_id)):
        write(line.removesuffix("\r\n"))


def _list() -> None:
    from goodwill.service import imports
    from goodwill.service.store.models import Import

    for one in Import.objects.order_by("-pk")[:LISTED]:
        now = imports.progress(one)
        at = one.begun.strftime("%Y-%m-%d %H:%M")
        terminal.out.print(
            f"{one.pk:>6}  {at}  {one.state:<8} {now.share:4.0%}  {one.rows:>12,} rows  {one.name}  by {one.by}",
            soft_wrap=True,
        )
