"""`goodwill try FILE`: try before trust. Shows how a file would be understood; nothing is stored."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from goodwill.cli import terminal

if TYPE_CHECKING:
    import pyarrow as pa

    from goodwill.listen import Preview

ROWS_SHOWN = 8
CELL = 60
COLUMNS_SHOWN = 8
LESS_TELLING = (  # the first to make room in a narrow terminal
    "source",
    "engagements",
    "about",
    "accepted",
    "helpful_votes",
    "thread",
    "place",
    "url",
    "to_us",
    "language",
    "in_reply_to",
    "currency",
    "items",
    "paid",
    "entered_at",
    "touchpoint",
    "rating",
)


def try_file(
    file: Annotated[Path, typer.Argument(help="one file: an export, or a table of your own")],
) -> None:
    """Show a file as it would be stored: its columns, its first rows, moods, and what would be masked."""
    from goodwill import listen
    from goodwill.firm import FILE_NAME, Firm

    firm = Firm.load(file.parent / FILE_NAME)
    preview = listen.preview(file, firm)
    _show_columns(preview)
    for table in sorted(preview.tables, key=lambda name: name != preview.table):
        _show_rows(table, preview.tables[table])
    if "messages" in preview.tables:
        _show_readings(preview.tables["messages"])
    terminal.say_rejects(preview.rejects)
    terminal.say_notes(preview.notes)
    terminal.out.print("Nothing was stored.")


def _show_columns(preview: Preview) -> None:
    shown = Table(title=f"{preview.file} looks like {preview.table}", title_justify="left")
    for heading in ("its column", "is our", "how sure", "because"):
        shown.add_column(heading)
    for column in preview.mapping:
        sure = f"{column.confidence:.0%}" if column.field else ""
        shown.add_row(_cell(column.column), column.field or "(left aside)", sure, column.how if column.field else "")
    terminal.out.print(shown)


def _show_rows(name: str, rows: pa.Table) -> None:
    """The columns that tell most, as many as fit; a row a line."""
    present = [column for column in rows.column_names if rows[column].null_count < rows.num_rows]
    told = [column for column in LESS_TELLING if column in present]
    while len(present) > COLUMNS_SHOWN and told:
        present.remove(told.pop(0))
    shown = Table(title=f"the first rows of {name}, as they would be stored", title_justify="left")
    for column in present:
        shown.add_column(column, no_wrap=True, overflow="ellipsis", ratio=4 if column == "text" else None)
    for row in rows.select(present).slice(0, ROWS_SHOWN).to_pylist():
        shown.add_row(*(_cell(row[column]) for column in present))
    terminal.out.print(shown)


def _show_readings(messages: pa.Table) -> None:
    from goodwill import privacy
    from goodwill.understand import read_texts

    texts = [text or "" for text in messages["text"].to_pylist()]
    readings = read_texts(texts).to_pylist()
    shown = Table(title="what was meant, and what would be masked outside this machine", title_justify="left")
    for heading in ("mood", "intent", "urgency", "the text, masked"):
        shown.add_column(heading)
    for text, reading in list(zip(texts, readings, strict=True))[:ROWS_SHOWN]:
        urgency = "" if reading["urgency"] is None else f"{reading['urgency']:.1f}"
        shown.add_row(reading["mood"] or "not read", reading["intent"] or "", urgency, _cell(privacy.mask(text)))
    terminal.out.print(shown)


def _cell(value: object) -> str:
    from rich.markup import escape

    text = "" if value is None else f"{value:%Y-%m-%d %H:%M}" if isinstance(value, datetime) else str(value)
    text = " ".join(text.split())
    return escape(text if len(text) <= CELL else text[: CELL - 1] + "…")
