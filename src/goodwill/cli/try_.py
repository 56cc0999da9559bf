"""`goodwill try FILE`: try before trust. Shows how a file would be understood; nothing is stored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from goodwill.cli import terminal

if TYPE_CHECKING:
    import pyarrow as pa

    from goodwill.listen import Preview

ROWS_SHOWN = 8
CELL = 40


def try_file(
    file: Annotated[Path, typer.Argument(help="one file: an export, or a table of your own")],
) -> None:
    """Show a file as it would be stored: its columns, its first rows, moods, and what would be masked."""
    from goodwill import listen
    from goodwill.firm import FILE_NAME, Firm

    firm = Firm.load(file.parent / FILE_NAME)
    preview = listen.preview(file, firm)
    for table in preview.tables:
        _show_columns(preview, table)
        _show_rows(table, preview.tables[table])
    if "messages" in preview.tables:
        _show_readings(preview.tables["messages"])
    terminal.say_rejects(preview.rejects)
    terminal.say_notes(preview.notes)
    terminal.out.print("Nothing was stored.")


def _show_columns(preview: Preview, name: str) -> None:
    shown = Table(title=f"{preview.file} looks like {name}", title_justify="left")
    for heading in ("its column", "is our", "how sure", "because"):
        shown.add_column(heading)
    for column in preview.mapping:
        if column.field.partition(".")[0] in (name, "") or "." not in column.field:
            sure = f"{column.confidence:.0%}" if column.field else ""
            shown.add_row(column.column, column.field or "(left aside)", sure, column.how)
    terminal.out.print(shown)


def _show_rows(name: str, rows: pa.Table) -> None:
    present = [column for column in rows.column_names if rows[column].null_count < rows.num_rows]
    shown = Table(title=f"the first rows of {name}, as they would be stored", title_justify="left")
    for column in present:
        shown.add_column(column)
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

    text = "" if value is None else str(value)
    return escape(text if len(text) <= CELL else text[: CELL - 1] + "…")
