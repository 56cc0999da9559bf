"""What a source has removed stays removed: sent again by it, by a replay or from its file, it is left out.

A newer edit brings it back: then the source has published it again. What is kept of a removal is a digest of the key.
The removals that a person asked for, with a whole source, are forgotten with that source (`sources.forgetting`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db.models import F

from goodwill.errors import SourceError
from goodwill.facts import TABLES
from goodwill.service.erasing.tombstones import digests
from goodwill.service.intake import refusals
from goodwill.service.store.models import Batch, ImportPart, ImportReject, Raw, Removal, Source
from goodwill.service.store.models.facts import keys_of as keys_in_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    import pyarrow as pa

    from goodwill.service.intake.pieces import Piece
    from goodwill.service.intake.tables import Line

AT_ONCE = 5_000
WHY = "their source had removed them before"
MEND = "what a source publishes once more, it sends as an edit"


def note(table: str, removed: Iterable[tuple[str, str]], now: datetime) -> None:
    """Keeps that these facts (source, key) were removed; within the drainer's transaction."""
    pairs = sorted(set(removed))
    kept = [
        Removal(source=source, digest=one, at=now)
        for (source, _), one in zip(pairs, _digests(table, [key for _, key in pairs]), strict=True)
    ]
    Removal.objects.bulk_create(kept, batch_size=500, ignore_conflicts=True)


def connected(sources: Iterable[str]) -> set[str]:
    """Those of these sources that are connected: of one that was deleted nothing is sent again."""
    return set(Source.objects.filter(name__in=set(sources)).values_list("name", flat=True))


def lift(table: str, edited: Iterable[tuple[str, str]]) -> None:
    """These facts (source, key) have been published again."""
    by_source: dict[str, list[str]] = {}
    for source, key in edited:
        by_source.setdefault(source, []).append(key)
    for source, keys in by_source.items():
        if there_are_any([source]):
            for some in _parts(_digests(table, sorted(set(keys)))):
                Removal.objects.filter(source=source, digest__in=some).delete()


def there_are_any(sources: Iterable[str]) -> bool:
    """Whether any of these sources has ever removed anything: one look-up in an index."""
    return Removal.objects.filter(source__in=set(sources)).exists()


def forget(source: str) -> None:
    """The source is gone with its facts: what is connected under its name some day begins anew."""
    Removal.objects.filter(source=source).delete()


# --- facts on their way in --------------------------------------------------------------------------------------------


@dataclass
class Removed:
    """How many rows of each batch came though their source had removed them."""

    by_batch: dict[int, int] = field(default_factory=dict)

    def note(self, batch: int) -> None:
        self.by_batch[batch] = self.by_batch.get(batch, 0) + 1

    def add(self, other: Removed) -> None:
        for batch, number in other.by_batch.items():
            self.by_batch[batch] = self.by_batch.get(batch, 0) + number

    def settle(self, batches: Sequence[Batch]) -> None:
        """Writes it down, within the drainer's transaction; the bytes in which they came go at once."""
        if not self.by_batch:
            return
        Raw.objects.filter(batch__in=sorted(self.by_batch)).delete()
        for batch in batches:
            number = self.by_batch.get(batch.id, 0)
            if not number:
                continue
            Batch.objects.filter(pk=batch.id).update(left_out=F("left_out") + number)
            what = f"{number:,} {batch.table} came again and were left out: {WHY}"
            refusals.note(batch.source, SourceError(what, where=f"batch {batch.id}", mend=MEND))
            part = ImportPart.objects.filter(batch=batch.id).select_related("of").first()
            if part is not None:
                ImportReject.objects.create(of=part.of, file=part.of.name, reason=what, mend=MEND)


def sift(piece: Piece, keys: Sequence[str], removed: Removed) -> list[int]:
    """The rows of a piece that may come in; the others are counted."""
    sources = [batch.source for batch, _ in piece.of]
    if not there_are_any(sources):
        return list(range(len(keys)))
    told = list(zip(sources, _digests(piece.table, keys), strict=True))
    standing = _standing(told)
    kept = []
    for row, one in enumerate(told):
        if one in standing:
            removed.note(piece.of[row][0].id)
        else:
            kept.append(row)
    return kept


def without(table: str, lines: list[Line]) -> list[Line]:
    """Lines that begin with key and source (`tables.OWN`), without those that their source has removed."""
    if not lines or not there_are_any({line[1] for line in lines}):
        return lines
    told = list(zip([line[1] for line in lines], _digests(table, [line[0] for line in lines]), strict=True))
    standing = _standing(told)
    return [line for line, one in zip(lines, told, strict=True) if one not in standing]


def any_in(batch: Batch, rows: pa.Table) -> bool:
    """Whether rows in columns (an import's part) hold a fact that their source has removed."""
    if not there_are_any([batch.source]):
        return False
    keys = keys_in_columns(batch.table, rows).to_pylist()
    return bool(_standing([(batch.source, one) for one in _digests(batch.table, keys)]))


def _standing(told: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for source in sorted({source for source, _ in told}):
        for some in _parts(sorted({one for of, one in told if of == source})):
            rows = Removal.objects.filter(source=source, digest__in=some)
            found |= {(source, one) for one in rows.values_list("digest", flat=True)}
    return found


def _parts(values: Sequence[str]) -> Iterable[Sequence[str]]:
    for start in range(0, len(values), AT_ONCE):
        yield values[start : start + AT_ONCE]


def _digests(table: str, keys: Sequence[str]) -> list[str]:
    assert table in TABLES
    return digests(f"removed|{table}|{key}" for key in keys)
