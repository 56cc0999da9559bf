"""Paste a link: a public page, looked at first, and taken in as a message when a person says yes."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core import signing
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from goodwill.errors import GoodwillError
from goodwill.gate import Gate, hosts
from goodwill.service import intake
from goodwill.service.pages.needs import needs
from goodwill.service.pages.paging import number_of
from goodwill.service.pages.source_form import sentence
from goodwill.service.store.audit import record
from goodwill.service.store.models import FACTS

if TYPE_CHECKING:
    from django.http import HttpRequest

SOURCE = "web"
SALT = "goodwill.pages.link"
LASTS = 3600
"""Seconds for which a look may be taken in; what was seen is what is stored."""
MOST_READERS = 10**10


@never_cache
@needs("agent")
def link(request: HttpRequest) -> HttpResponse:
    """The form, the look, and taking in."""
    if request.method != "POST":
        return _page(request)
    return _take(request) if request.POST.get("act") == "take" else _look(request)


def _page(request: HttpRequest, problem: str = "", **more: Any) -> HttpResponse:
    context = {"problem": problem, "url": request.POST.get("url", "")[:2000], **more}
    return render(request, "sources/link.html", context, status=422 if problem else 200)


def _look(request: HttpRequest) -> HttpResponse:
    """Asks for the page through the gate; nothing is stored."""
    from goodwill.listen.web import web_page

    url = request.POST.get("url", "").replace("\x00", "").strip()
    if not url:
        return _page(request, "Paste a link first.")
    gate = Gate(private=hosts(os.environ.get("GOODWILL_OUT_PRIVATE", "")), anywhere=True)
    try:
        row = web_page.read(url, gate)
    except GoodwillError as refused:
        return _page(request, sentence(refused))
    return _page(request, row=row, held=_held(row), kept=signing.dumps(_plain(row), salt=SALT, compress=True))


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}


def _held(row: dict[str, Any]) -> bool:
    return bool(FACTS["messages"].objects.filter(fact_key=row["message_id"]).exists())


def _take(request: HttpRequest) -> HttpResponse:
    """Stores what was seen, once; how many could read it may be added."""
    try:
        row = signing.loads(request.POST.get("kept", ""), salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return _page(request, "This look is too old. Look at the page once more.")
    if _held(row):
        messages.success(request, "It is here already.")
        return redirect("sources")
    readers = number_of(request.POST.get("audience", "").replace(",", "").replace(" ", "").strip() or None)
    if readers is not None and 0 < readers < MOST_READERS:
        row["audience"] = readers
    try:
        with transaction.atomic():
            intake.store_rows("messages", [row], source=SOURCE, by=request.user.email)  # type: ignore[union-attr]
            record(request.user, "took in a link", what=str(row["url"])[:500])  # type: ignore[arg-type]
    except GoodwillError as refused:
        return _page(request, sentence(refused))
    messages.success(request, "Taken in. It is read within seconds, and stands in Now if it wants an answer.")
    return redirect("sources")
