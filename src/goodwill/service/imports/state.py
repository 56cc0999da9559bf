"""How far an import is."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from goodwill.service.store.models import Import

STEPS = {Import.READING: (0.0, 0.15), Import.SENDING: (0.15, 1.0), Import.STORING: (0.15, 1.0)}


@dataclass(frozen=True)
class Progress:
    """Rows read, sent and stored; `stored` counts facts that were new, `waiting` rows that wait for the drainer.

    `unread` is what only the drainer found to be wrong: it stands under 'Could not be read'. `left_out` rows are kept
    out for good: of persons who were erased, or what its own source has removed. `share` is of the whole.
    """

    state: str
    rows: int
    sent: int
    drained: int
    stored: int
    waiting: int
    unread: int
    left_out: int
    rejected: int
    share: float


def progress(one: Import) -> Progress:
    """How far an import is now; few look-ups, whatever its size."""
    now = Import.objects.get(pk=one.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(CASE WHEN b.state = 'waiting' THEN 0 ELSE b.rows END), 0), coalesce(sum(b.stored), 0),"
            " coalesce(sum(CASE WHEN b.state = 'waiting' THEN b.rows ELSE 0 END), 0), coalesce(sum(b.unread), 0),"
            " coalesce(sum(b.left_out), 0)"
            " FROM import_part p JOIN batch b ON b.id = p.batch WHERE p.of_id = %s AND NOT p.undone",
            [one.pk],
        )
        drained, stored, waiting, unread, left_out = map(int, cursor.fetchone())
    if now.state in (Import.DONE, Import.UNDONE):
        stored = now.stored
    share = _share(now, drained)
    return Progress(now.state, now.rows, now.sent, drained, stored, waiting, unread, left_out, now.rejected, share)


def _share(now: Import, drained: int) -> float:
    if now.state in (Import.DONE, Import.UNDONE, Import.FAILED):
        return 1.0
    if now.state == Import.UNDOING:
        return now.done
    low, high = STEPS.get(now.state, (0.0, 0.0))
    part = now.done if now.state == Import.READING else (now.sent + drained) / (2 * now.rows) if now.rows else 0.0
    return low + (high - low) * min(part, 1.0)
