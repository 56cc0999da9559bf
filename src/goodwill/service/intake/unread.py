"""What could not be read: sent in again once its cause is mended, or put aside."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from goodwill.service.intake.accept import keep_unchecked
from goodwill.service.store.models import Batch, Unread

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

REPLAYED, PUT_ASIDE = "replayed", "put aside"


def replay(unread_ids: Iterable[int], mended: Mapping[int, dict[str, Any]] | None = None) -> int:
    """Sends rows in again, as they came or as `mended` by a person; gives how many.

    Each is settled in the transaction that keeps it anew, so it is never sent twice. What still cannot be read comes
    back to the list under its new batch.
    """
    mended = mended or {}
    with transaction.atomic():
        chosen = _unsettled(unread_ids)
        kinds = dict(Batch.objects.filter(id__in={one.batch for one in chosen}).values_list("id", "kind"))
        groups: dict[tuple[str, str, str], list[Unread]] = {}
        for one in chosen:
            groups.setdefault((one.table, one.source, kinds.get(one.batch, Batch.FACTS)), []).append(one)
        for (table, source, kind), ones in sorted(groups.items()):
            rows = [mended.get(one.id) or json.loads(one.row) for one in ones]
            keep_unchecked(table, rows, source=source, by="replay", kind=kind)
        _settle(chosen, REPLAYED)
    return len(chosen)


def put_aside(ids: Iterable[int]) -> int:
    """Settles rows that nobody will mend; they stay in the list's history. Gives how many."""
    with transaction.atomic():
        chosen = _unsettled(ids)
        _settle(chosen, PUT_ASIDE)
    return len(chosen)


def _unsettled(ids: Iterable[int]) -> list[Unread]:
    return list(
        Unread.objects.select_for_update().filter(id__in=list(ids), settled__isnull=True).order_by("batch", "position")
    )


def _settle(chosen: list[Unread], how: str) -> None:
    Unread.objects.filter(id__in=[one.id for one in chosen]).update(settled=datetime.now(UTC), how=how)
