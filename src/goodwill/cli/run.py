"""`goodwill run FOLDER`: a firm's own files in; worth, ledger, readings, now and the report out."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goodwill.cli import terminal

if TYPE_CHECKING:
    from goodwill.lake import Facts
    from goodwill.pipeline import Progress, Result


def run(
    folder: Annotated[Path, typer.Argument(help="where the files lie: purchases.csv, messages.jsonl, ...")],
    out: Annotated[Path | None, typer.Option(help="where to write; FOLDER/goodwill-out without it")] = None,
    as_of: Annotated[
        str | None, typer.Option(help="the present, such as 2026-11-01; the latest fact without it")
    ] = None,
    engine: Annotated[str, typer.Option(help="duckdb or spark")] = "duckdb",
    horizon_days: Annotated[int, typer.Option(help="how far ahead value is counted")] = 365,
) -> None:
    """Say what every customer is worth, for what reasons, and whom to answer now."""
    from goodwill import listen, pipeline

    out = out or folder / "goodwill-out"
    with terminal.progress() as progress:
        # The facts as they were read are in nobody's hands but the run's, which lets them go as soon as it can.
        result = pipeline.run(
            listen.read_folder(folder, engine=engine, progress=progress),
            as_of=as_of,
            horizon_days=horizon_days,
            progress=progress,
        )
        write(result, out, progress)
    terminal.say_rejects(result.facts.rejects)
    terminal.say_notes(result.notes)
    say(result, out)


def carry_out(facts: Facts, out: Path, as_of: str | None, horizon_days: int, progress: Progress) -> Result:
    """Runs the main path and writes everything that it found."""
    from goodwill import pipeline

    result = pipeline.run(facts, as_of=as_of, horizon_days=horizon_days, progress=progress)
    write(result, out, progress)
    return result


def write(result: Result, out: Path, progress: Progress) -> None:
    """Writes everything that a run found."""
    from goodwill import report

    progress("writing", 0.0)
    result.write(out)
    report.write(result, out / "report.html")
    progress("writing", 1.0)


def say(result: Result, out: Path) -> None:
    """The few lines that a reader wants after a run."""
    say = functools.partial(terminal.out.print, soft_wrap=True)
    firm = result.facts.firm
    say(f"{firm.name}, {result.as_of:%-d %B %Y %H:%M} UTC, {result.horizon_days} days ahead, in {firm.currency}")
    say(str(result.valuation.reconciliation))
    say(str(result.valuation.stability))
    waiting = result.now.num_rows
    say(f"{waiting:,} messages wait for an answer" if waiting else "nobody waits for an answer")
    unread = len(result.facts.rejects)
    say(
        f"{unread:,} rows could not be read: they are named above and in the report" if unread else "every row was read"
    )
    say(f"written to {out}: worth.parquet ledger.parquet readings.parquet now.csv report.html")
