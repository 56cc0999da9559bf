"""What could not be read, and how columns were understood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goodwill.report import bars
from goodwill.report.figures import count, initial, percent, whole
from goodwill.report.view import ColumnRow, Empty, MappedFile, RejectRow, Unread

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST = 40  # rejects on the page


def unread(result: Any) -> Unread:
    """Each thing that could not be read, with its place and its mend; and what was odd but kept."""
    rejects = result.facts.rejects
    rows = tuple(
        RejectRow(
            reject.file + (f", line {reject.line:,}" if reject.line else ""), reject.column, reject.reason, reject.mend
        )
        for reject in rejects[:MOST]
    )
    elsewhere = set(result.valuation.notes)  # those stand where the models are told
    notes = tuple(dict.fromkeys(initial(note) for note in result.notes if note not in elsewhere))
    if not rows:
        return Unread((), "", "", notes, Empty("Every row of every file could be read."))
    words = f"{count(len(rejects), 'thing')} could not be read; all the rest was."
    more = f"and {whole(len(rejects) - MOST)} more: goodwill run names each by file and line." if rejects[MOST:] else ""
    return Unread(rows, words.capitalize(), more, notes)


def mapping(result: Any) -> tuple[MappedFile, ...]:
    """Column by column, file by file, in the order of the files."""
    files: dict[str, list[Any]] = {}
    for column in result.facts.mapping:
        files.setdefault(column.file, []).append(column)
    return tuple(MappedFile(file, _words(columns), tuple(map(_column, columns))) for file, columns in files.items())


def _words(columns: Sequence[Any]) -> str:
    aside = sum(1 for column in columns if not column.field)
    return count(len(columns), "column") + (f", {aside} left aside" if aside else "")


def _column(column: Any) -> ColumnRow:
    sure = column.confidence if column.field else 0.0
    return ColumnRow(
        column.column, column.field, column.how, percent(sure) if column.field else "", bars.share(float(sure))
    )
