"""Tokens: programs' keys to the API. Made here, shown once, revoked here. Admins only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from goodwill.errors import GoodwillError
from goodwill.service.ops.invitations import base_address
from goodwill.service.pages.needs import needs
from goodwill.service.store.models import Token

if TYPE_CHECKING:
    from django.http import HttpRequest

SCOPES = (
    ("write", "sends facts"),
    ("read", "reads what pages show"),
    ("admin", "does what an admin does"),
    ("recognise", "asks at the till what somebody is given"),
)


@never_cache
@needs("admin")
def tokens(request: HttpRequest) -> HttpResponse:
    """The list, and the form that makes one."""
    if request.method == "POST":
        return _make(request)
    return _page(request)


def _page(request: HttpRequest, **more: Any) -> HttpResponse:
    rows = Token.objects.select_related("by").order_by("-made", "name")[:500]
    context = {"tokens": rows, "scopes": SCOPES, "base": base_address().rstrip("/"), **more}
    return render(request, "tokens/tokens.html", context, status=422 if more.get("problem") else 200)


def _make(request: HttpRequest) -> HttpResponse:
    from goodwill.service.api.auth import make_token

    name, scope = request.POST.get("name", "").replace("\x00", "").strip(), request.POST.get("scope", "")
    try:
        secret = make_token(name, [scope], request.user)  # type: ignore[arg-type]
    except GoodwillError as refused:
        return _page(request, problem=str(refused), given={"name": name, "scope": scope})
    return _page(request, secret=secret, made=name)


@require_POST
@needs("admin")
def revoke(request: HttpRequest) -> HttpResponse:
    """Ends a token at once."""
    from goodwill.service.api.auth import revoke_token

    name = request.POST.get("name", "")
    try:
        revoke_token(name, request.user)  # type: ignore[arg-type]
        messages.success(request, f"{name} is revoked: from now on it opens nothing.")
    except GoodwillError as refused:
        messages.error(request, str(refused))
    return redirect("tokens")
