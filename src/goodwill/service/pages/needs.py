"""Who may see a page: each view says it itself."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse
from django.shortcuts import render

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest


def needs(role: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Lets in colleagues with the role or one that includes it; others are told so, strangers are asked to sign in.

    @needs("agent")
    def page(request): ...
    """

    def wrap(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *given: Any, **named: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                return _sign_in(request)
            if not request.user.may(role):  # type: ignore[union-attr]
                refused = render(request, "403.html", {"role": role}, status=403)
                refused["HX-Reswap"] = "none"
                return refused
            return view(request, *given, **named)

        guarded.needs = role  # type: ignore[attr-defined]
        return guarded

    return wrap


def _sign_in(request: HttpRequest) -> HttpResponse:
    if getattr(request, "htmx", False):
        answer = HttpResponse(status=401)
        answer["HX-Refresh"] = "true"  # the page itself then leads to the sign-in
        return answer
    return redirect_to_login(request.get_full_path())
