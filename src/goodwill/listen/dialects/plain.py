"""Plain tables: a file named after one of ours, its columns by the names that people give them.

This is the dialect of whatever has no dialect of its own; the names lie in `goodwill.listen.columns`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodwill.listen.columns import TableMap, recognise

if TYPE_CHECKING:
    from goodwill.firm import Firm
    from goodwill.listen.source import Source


def apply_plain(source: Source, table: str, firm: Firm) -> TableMap:
    """A file's columns as fields of `table`: as goodwill.toml says, else by name."""
    return recognise(source, table, firm.columns.get(table))
