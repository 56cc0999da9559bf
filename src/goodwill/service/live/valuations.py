"""Which valuation holds: the latest that was finished."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from goodwill.service.store.models import Valuation


def latest() -> Valuation | None:
    """The latest finished valuation; None before the first."""
    from goodwill.service.store.models import Valuation

    return Valuation.objects.filter(state=Valuation.DONE).order_by("-id").first()


def latest_id() -> int | None:
    """Its number."""
    from goodwill.service.store.models import Valuation

    return Valuation.objects.filter(state=Valuation.DONE).order_by("-id").values_list("id", flat=True).first()
