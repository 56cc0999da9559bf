"""Connecting a source: choose a kind, fill in its form, try it, add it. Nothing is stored before it is added."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from goodwill.errors import GoodwillError, SourceError
from goodwill.listen.sources import kind as kind_called
from goodwill.service.ops.invitations import base_address
from goodwill.service.pages import source_form
from goodwill.service.pages.needs import needs
from goodwill.service.pages.source_words import groups, way_words
from goodwill.service.sources import connect
from goodwill.service.store.models import Source

if TYPE_CHECKING:
    from django.http import HttpRequest

    from goodwill.service.sources.connect import Form

log = logging.getLogger("goodwill.pages")


@needs("admin")
def choose(request: HttpRequest) -> HttpResponse:
    """Every kind there is."""
    return render(request, "sources/choose.html", {"groups": groups()})


@never_cache
@sensitive_post_parameters()
@needs("admin")
def source_new(request: HttpRequest, kind: str) -> HttpResponse:
    """The form of a kind; `act` is 'try' or 'add'."""
    form = form_or_404(kind)
    if request.method != "POST":
        return _page(request, form, name=free_name(kind))
    name = request.POST.get("name", "").replace("\x00", "").strip().lower()[:80]
    written = source_form.typed(form, request.POST)
    if request.POST.get("act") == "try":
        return _tried(request, form, name, written)
    try:
        connect.add(kind, name, source_form.given(form, written), by=request.user)  # type: ignore[arg-type]
    except GoodwillError as refused:
        return _page(request, form, name=name, written=written, refused=refused)
    messages.success(request, f"{name} is connected.")
    return redirect("source", name)


def _tried(request: HttpRequest, form: Form, name: str, written: dict[str, str]) -> HttpResponse:
    """What it would see with these settings. A field that does not hold is shown as one."""
    given = source_form.given(form, written)
    seen = tried(lambda: connect.try_out(form.kind, name or form.kind, given))
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "sources/tried.html", seen)
    return _page(request, form, name=name, written=written, more=seen | {"again": any(f.secret for f in form.fields)})


def tried(ask: Any) -> dict[str, str]:
    """What asking gave: `saw`, or the `problem` that stands in its way."""
    try:
        return {"saw": ask()}
    except GoodwillError as refused:
        return {"problem": source_form.sentence(refused)}
    except Exception as odd:
        log.exception("a source could not be tried")
        return {"problem": f"It could not be tried: {type(odd).__name__}. The log says more."}


def _page(
    request: HttpRequest,
    form: Form,
    *,
    name: str,
    written: dict[str, str] | None = None,
    refused: GoodwillError | None = None,
    more: dict[str, Any] | None = None,
) -> HttpResponse:
    words, wrong = source_form.problem_of(form, refused) if refused else ("", ("", ""))
    fields, apart = source_form.parted(source_form.entries(form, written or {}, wrong))
    context = {
        "form": form,
        "name": name,
        "address": address(form, name),
        "way": way_words(kind_called(form.kind)),
        "fields": fields,
        "apart": apart,
        "refused": words,
        **(more or {}),
    }
    return render(request, "sources/connect.html", context, status=422 if refused else 200)


def address(form: Form, name: str) -> str:
    """Where those who send will reach it; '' for a kind that is asked."""
    return f"{base_address().rstrip('/')}/webhooks/{form.kind}/{name}" if form.way == "accept" else ""


@needs("admin")
def source_address(request: HttpRequest, kind: str) -> HttpResponse:
    """The address for the name that is being typed."""
    name = request.GET.get("name", "").strip().lower()
    good = bool(connect.NAME.fullmatch(name))
    context = {"address": address(form_or_404(kind), name) if good else "", "name": name}
    return render(request, "sources/address.html", context)


def form_or_404(kind: str) -> Form:
    try:
        return connect.form_of(kind)
    except SourceError:
        raise Http404("no such kind of source") from None


def free_name(kind: str) -> str:
    """A name that no source has yet: the kind's, with a number where that is taken."""
    taken = set(Source.objects.filter(name__startswith=kind).values_list("name", flat=True))
    names = (kind if number == 1 else f"{kind}-{number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)
