"""ETags: whoever has the latest answer is told so (304) instead of being sent it again (RFC 9110, 13.1.2)."""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest


def fresh(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Marks an answer to a GET by its bytes, and leaves them out where the asker has them. For `add_decorator`."""

    @functools.wraps(view)
    def marked(request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
        response = view(request, *args, **given)
        if request.method != "GET":
            return response
        response.headers["Cache-Control"] = "private, no-cache"
        response.headers["Vary"] = "Authorization"
        if response.status_code != 200 or response.streaming:  # what is made while it is sent has no mark beforehand
            return response
        mark = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        response.headers["ETag"] = mark
        if not _has(request, mark):
            return response
        unchanged = HttpResponseNotModified()
        for name in ("ETag", "Cache-Control", "Vary"):
            unchanged.headers[name] = response.headers[name]
        return unchanged

    return marked


def _has(request: HttpRequest, mark: str) -> bool:
    marks = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in marks or mark in [one.removeprefix("W/") for one in marks]
