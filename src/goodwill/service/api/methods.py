"""A method that an address does not have, told as every other error of the API is."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from django.http import HttpResponseNotAllowed, JsonResponse

from goodwill.service.api.problems import body

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest, HttpResponse


def told_of_methods(urls: tuple[list[Any], str, str]) -> tuple[list[Any], str, str]:
    """The addresses of an API (`NinjaAPI.urls`), whose 405s have its own body."""
    for address in urls[0]:
        address.callback = _told(address.callback)
    return urls


def _told(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @functools.wraps(view)
    def answered(request: HttpRequest, *args: Any, **given: Any) -> HttpResponse:
        response = view(request, *args, **given)
        if not isinstance(response, HttpResponseNotAllowed):
            return response
        allowed = response.headers["Allow"]
        told = body(f"there is no {request.method} here", request.path[:120], f"use {allowed}")
        return JsonResponse(told, status=405, headers={"Allow": allowed})

    return answered
