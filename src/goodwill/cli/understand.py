"""`goodwill understand FILE`: a file of texts in, readings out."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Annotated

import typer

from goodwill.cli import terminal
from goodwill.errors import InputError


def understand(
    file: Annotated[Path, typer.Argument(help="a CSV, JSONL or Parquet file with a column of texts")],
    out: Annotated[Path, typer.Option(help="where to write the readings: .parquet or .csv")],
    text_column: Annotated[str, typer.Option(help="which column holds the texts")] = "text",
    lane: Annotated[str, typer.Option(help="auto, careful or fast")] = "auto",
    speed: Annotated[float, typer.Option(help="lane auto: messages a second on one core to aim at")] = 2000,
) -> None:
    """Read texts: mood, intents and urgency for each, in the order of the file."""
    from goodwill.lake import write_table
    from goodwill.listen import read_columns
    from goodwill.understand import read_texts

    table = read_columns(file)
    if text_column not in table.column_names:
        raise InputError(
            f"no column is called {text_column!r}; there are {', '.join(table.column_names)}",
            where=str(file),
            mend="name one with --text-column",
        )
    with terminal.progress() as progress:
        texts = table[text_column].to_pylist()
        readings = read_texts(texts, lane=lane, speed=speed, progress=functools.partial(progress, "understand"))
    out.parent.mkdir(parents=True, exist_ok=True)
    write_table(readings, out)
    read = readings.num_rows - readings["mood"].null_count
    terminal.out.print(f"{read:,} of {readings.num_rows:,} texts were read; written to {out}", soft_wrap=True)
