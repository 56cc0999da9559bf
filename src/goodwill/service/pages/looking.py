"""Two people on one case see each other."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from goodwill.service.store.models import Looking

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodwill.service.store.models import Colleague

LASTS = timedelta(seconds=20)
"""Who was not heard of for longer looks no more; an open page says so every few seconds."""
OFTEN = timedelta(seconds=5)


def look(colleague: Colleague, message_id: str) -> None:
    """This colleague has the case open right now."""
    if not message_id or not colleague.may("agent"):
        return
    now = timezone.now()
    mine = Looking.objects.filter(colleague=colleague)
    if mine.filter(message_id=message_id, seen__gt=now - OFTEN).exists():
        return
    mine.filter(seen__lt=now - LASTS).delete()
    Looking.objects.update_or_create(message_id=message_id, colleague=colleague, defaults={"seen": now})


def others(colleague: Colleague, message_ids: Sequence[str]) -> dict[str, list[str]]:
    """Who else looks at each of these cases."""
    found: dict[str, list[str]] = {}
    rows = Looking.objects.filter(message_id__in=message_ids, seen__gt=timezone.now() - LASTS).exclude(
        colleague=colleague
    )
    for row in rows.select_related("colleague").order_by("colleague__name", "colleague_id"):
        found.setdefault(row.message_id, []).append(str(row.colleague))
    return found
