"""What is kept out on the way in: facts of persons who were erased, and what its own source had removed before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodwill.facts import TABLES
from goodwill.service.erasing import keeping_out, tombstones
from goodwill.service.intake import removals
from goodwill.service.intake.columns import Columns
from goodwill.service.intake.pieces import Piece, keys_of, ready
from goodwill.service.store.models import Batch

if TYPE_CHECKING:
    import pyarrow as pa

    from goodwill.firm import Firm
    from goodwill.service.erasing.keeping_out import LeftOut
    from goodwill.service.store.models import Unread

    Readable = list[tuple[Piece, Columns]]


def without_erased(readable: Readable, kind: str, firm: Firm, unread: list[Unread]) -> tuple[Readable, LeftOut]:
    """Without what comes again of persons who were erased: it is left out, and counted."""
    left_out = keeping_out.LeftOut()
    if kind == Batch.REMOVE or not tombstones.there_are_any():
        return readable, left_out
    unread[:] = keeping_out.unreadable(unread, left_out)
    sifted = []
    for piece, found in readable:
        kept = keeping_out.sift(piece, found.values, found.handles, left_out) if piece.rows else []
        sifted.append(_only(kept, piece, found, firm, unread))
    return sifted, left_out


def without_removed(
    readable: Readable, kind: str, firm: Firm, unread: list[Unread]
) -> tuple[Readable, removals.Removed]:
    """Without what comes again though its source had removed it. An edit is published anew, and comes in."""
    removed = removals.Removed()
    if kind != Batch.FACTS:
        return readable, removed
    sifted = []
    for piece, found in readable:
        kept = removals.sift(piece, keys_of(found, len(piece.rows)), removed) if piece.rows else []
        sifted.append(_only(kept, piece, found, firm, unread))
    return sifted, removed


def _only(kept: list[int], piece: Piece, found: Columns, firm: Firm, unread: list[Unread]) -> tuple[Piece, Columns]:
    """A piece with these rows alone."""
    if len(kept) == len(piece.rows):
        return piece, found
    piece.keep(kept)
    return piece, ready(piece, firm, unread)[1] if kept else Columns(TABLES[piece.table], {})


def names_any(batch: Batch, rows: pa.Table) -> bool:
    """Whether rows in columns (an import's part) hold anything of either kind."""
    erased = tombstones.there_are_any() and keeping_out.any_in(batch.table, rows)
    return erased or removals.any_in(batch, rows)
