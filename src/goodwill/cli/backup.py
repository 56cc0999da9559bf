"""`goodwill backup FILE` and `goodwill restore FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from goodwill.cli import store, terminal


def backup(
    file: Annotated[Path, typer.Argument(help="where to write it, such as goodwill-2026-11-22.zip")],
    key: Annotated[bool, typer.Option(help="with the installation's key, which opens sealed secrets")] = True,
) -> None:
    """Save everything as it is at this instant, while the service runs on."""
    store.begin(migrate=False)
    from goodwill.service.ops.backup import backup as save

    with terminal.progress() as progress:
        manifest = save(file, key=key, progress=progress)
    rows = sum(about["rows"] for about in manifest["tables"].values())
    size = file.stat().st_size / 2**20
    terminal.out.print(f"{rows:,} rows of {len(manifest['tables'])} tables, {size:,.1f} MiB: {file}", soft_wrap=True)
    if "secret.key" in manifest["files"]:
        print("it holds personal data and the installation's key: keep it where nobody else reads it")
    else:
        print("it holds personal data, and not the installation's key: keep that apart")


def restore(
    file: Annotated[Path, typer.Argument(help="what `goodwill backup` wrote")],
    replace: Annotated[bool, typer.Option("--replace", help="over what is there, which is then gone")] = False,
) -> None:
    """Put a backup back, into SQLite or PostgreSQL, whichever it came from."""
    store.begin(migrate=False)
    from goodwill.service.ops.restore import restore as put_back

    with terminal.progress() as progress:
        manifest = put_back(file, replace=replace, progress=progress)
    rows = sum(about["rows"] for about in manifest["tables"].values())
    terminal.out.print(f"{rows:,} rows restored, as they were on {manifest['made']}", soft_wrap=True)
    if manifest["erased_again"]:
        terminal.out.print(f"{manifest['erased_again']:,} persons who were erased since then were erased again")
    if "secret.key" not in manifest["files"]:
        print("note: the backup holds no key; secrets of sources must be entered again unless the key is the same")
