"""Times in the reader's own zone."""

from __future__ import annotations

import zoneinfo
from functools import lru_cache
from typing import TYPE_CHECKING

from django.utils import timezone

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse

COOKIE = "zone"
MACHINES = ("/api/", "/healthz", "/metrics", "/webhooks/", "/static/")
"""Who reads UTC."""


@lru_cache(maxsize=600)
def zone_of(name: str) -> zoneinfo.ZoneInfo | None:
    """The zone of that name, or None where there is no such zone."""
    try:
        return zoneinfo.ZoneInfo(name) if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return None


class ReadersZone:
    """Shows times in the zone that a colleague chose, else in their browser's, else in the firm's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(MACHINES):
            return self.get_response(request)
        chosen = zone_of(getattr(request.user, "zone", "") or "")
        with timezone.override(chosen or zone_of(request.COOKIES.get(COOKIE, "")[:60]) or _firms_zone()):
            return self.get_response(request)


def _firms_zone() -> zoneinfo.ZoneInfo | None:
    from goodwill.service import live

    zone: zoneinfo.ZoneInfo = live.firm().zone
    return zone
