"""What of a file could not be read, as CSV: to be mended in a spreadsheet and brought again."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from goodwill.service.store.models import ImportPart, ImportReject, Unread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goodwill.service.store.models import Import

HEADER = ("file", "line", "column", "value", "why", "how to mend it")
_BEGINS_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def rejects_as_csv(one: Import) -> Iterator[str]:
    """The lines of the CSV. What a spreadsheet would carry out as a formula begins with an apostrophe.

    After what the reader found come the rows that only the drainer found to be wrong; those have no line.
    """
    yield "\ufeff" + _line(HEADER)  # so that a spreadsheet reads it as UTF-8
    for found in ImportReject.objects.filter(of=one).order_by("pk").iterator(chunk_size=2_000):
        line = "" if found.line is None else str(found.line)
        yield _line((found.file, line, found.column, found.value, found.reason, found.mend))
    batches = ImportPart.objects.filter(of=one).values("batch")
    for unread in Unread.objects.filter(batch__in=batches).order_by("batch", "position").iterator(chunk_size=2_000):
        yield _line((one.name, "", unread.field, unread.row, unread.reason, unread.mend))


def _line(cells: tuple[str, ...]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow([harmless(cell) for cell in cells])
    return text.getvalue()


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; a plain number below zero stays one.

    >>> harmless("=1+1"), harmless("-12.50"), harmless("soon")
    ("'=1+1", '-12.50', 'soon')
    """
    if not cell.lstrip(" ").startswith(_BEGINS_FORMULAS):
        return cell
    digits = cell[1:].replace(".", "", 1)
    return cell if cell[0] in "+-" and digits.isascii() and digits.isdigit() else f"'{cell}"
