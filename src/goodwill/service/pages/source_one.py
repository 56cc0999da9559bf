"""One source: how it is, what it brought last, and what an admin does with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from goodwill.errors import GoodwillError, SourceError
from goodwill.facts import TABLES
from goodwill.service.intake import refusals
from goodwill.service.pages import source_form
from goodwill.service.pages.needs import needs
from goodwill.service.pages.source_new import tried
from goodwill.service.pages.source_words import sparkline, state_of, way_words
from goodwill.service.sources import connect, health, places
from goodwill.service.store.models import FACTS, Batch, Source, Unread

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

    from goodwill.service.sources.connect import Form

DELIVERIES, REASONS, REFUSALS = 10, 5, 5
LATEST = 50_000
"""Deliveries, of all sources, that are looked through for those of one."""
BROUGHT = {Batch.FACTS: "", Batch.EDIT: "edits", Batch.REMOVE: "removals"}


@never_cache
@needs("analyst")
def source(request: HttpRequest, name: str) -> HttpResponse:
    """The page."""
    return _page(request, _found(name))


@never_cache
@needs("analyst")
def source_state(request: HttpRequest, name: str) -> HttpResponse:
    """How it is, alone: a source that waits asks for it every few seconds, until something came."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("source", name)
    state = _state(_found(name))
    answer = render(request, "sources/state.html", state)
    if not state["waits"]:
        answer["HX-Refresh"] = "true"  # the rest of the page has news too
    return answer


def _found(name: str) -> Source:
    row = Source.objects.filter(name=name).first()
    if row is None:
        raise Http404("no such source")
    return row


def _state(row: Source) -> dict[str, Any]:
    found = health.of(row.name)
    waits = found.state in ("waits", "fails") and found.last_seen is None and bool(found.title)
    seen = _first(row.name) if not waits else None
    return {"source": row, "health": found, "state": state_of(found, row), "waits": waits, "seen": seen}


def _first(name: str) -> str:
    """The latest that was said, in its own words; '' where it says nothing in words."""
    last = Batch.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    brought = Batch.objects.filter(source=name, table="messages", stored__gt=0, pk__gt=last - LATEST)
    batch = brought.order_by("-pk").values_list("pk", flat=True).first()
    said = FACTS["messages"].objects.filter(batch=batch) if batch else FACTS["messages"].objects.none()
    return said.order_by("-row").values_list("text", flat=True).first() or ""


def _page(request: HttpRequest, row: Source, status: int = 200, **more: Any) -> HttpResponse:
    try:
        form, kind = connect.form_of(row.kind), places.kind_of(row)
    except SourceError:
        form = kind = None
    admin = request.user.may("admin")  # type: ignore[union-attr]
    unread = Unread.objects.filter(source=row.name, settled__isnull=True)
    state = _state(row)
    context = {
        **state,
        "days": sparkline(state["health"].volume, "large"),
        "volume": sum(state["health"].volume),
        "form": form,
        "way": way_words(kind) if kind else "",
        "deliveries": _deliveries(row.name),
        "unread": unread.count(),
        "reasons": unread.order_by("-pk")[:REASONS],
        **(_settings_shown(_fields(form, row)) if form and admin else {}),
        "secrets": _secrets(row) if form and admin else [],
        "refusals": _refusals(row.name),
        "owning": _owning(row) if admin else [],
        "by_date": kind is not None and kind.since is not None,
        "goes_back": kind.goes_back if kind else "",
        "today": timezone.localdate().isoformat(),
    }
    return render(request, "sources/source.html", {**context, **more}, status=status)


def _refusals(name: str) -> dict[str, Any]:
    """Why it was refused or could not be heard: the latest few, and those before them."""
    kept = refusals.of(name)
    return {"latest": kept[:REFUSALS], "older": kept[REFUSALS:]}


def _owning(row: Source) -> list[tuple[str, bool]]:
    """What it may take over, and whether it has."""
    return [(other, other in row.owns) for other in sorted({*connect.may_own(row.name), *row.owns})]


def _deliveries(name: str) -> list[dict[str, Any]]:
    last = Batch.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    rows = Batch.objects.filter(source=name, pk__gt=last - LATEST).order_by("-pk")[:DELIVERIES]
    return [{"one": row, "what": BROUGHT.get(row.kind, row.kind)} for row in rows]


def _settings_shown(fields: list[source_form.Entry]) -> dict[str, Any]:
    """The settings as they stand, and the fields to change them, those that may stay as they are apart."""
    first, apart = source_form.parted(fields)
    return {"settings": [one for one in fields if one.value and not one.long], "fields": first, "apart": apart}


def _fields(form: Form, row: Source) -> list[source_form.Entry]:
    shown = {one.name: source_form.said(row.settings.get(one.name), one.default) for one in form.fields}
    return [one for one in source_form.entries(form, shown) if not one.field.secret]


def _secrets(row: Source) -> list[dict[str, Any]]:
    """The secrets of a source, as how many of each are held; never one itself."""
    try:
        held = places.secrets_of(row)
    except GoodwillError:
        held = {}
    form = connect.form_of(row.kind)
    found = []
    for entry in source_form.entries(form, {}):
        if entry.field.secret:
            standing = held.get(entry.field.name) or []
            number = 1 if isinstance(standing, str) else len(standing)
            found.append({"entry": entry, "held": number})
    return found


# --- what an admin does -----------------------------------------------------------------------------------------------


@require_POST
@sensitive_post_parameters()
@needs("admin")
def source_act(request: HttpRequest, name: str) -> HttpResponse:
    """Does what `act` says, and comes back to the page with a word about it."""
    row, act = _found(name), _ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise Http404("no such act")
    try:
        return act(request, row)
    except GoodwillError as refused:
        return _page(request, row, 422, problem=source_form.sentence(refused))


def _back(request: HttpRequest, row: Source, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("source", row.name)


def _pause(request: HttpRequest, row: Source) -> HttpResponse:
    connect.pause(row.name, by=_who(request))
    return _back(request, row, f"{row.name} is paused. What it sends meanwhile is refused, and sent again later.")


def _resume(request: HttpRequest, row: Source) -> HttpResponse:
    connect.resume(row.name, by=_who(request))
    return _back(request, row, f"{row.name} is heard again, from where it was.")


def _try(request: HttpRequest, row: Source) -> HttpResponse:
    seen = tried(lambda: connect.check(row.name))
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "sources/tried.html", seen)
    return _page(request, row, saw=seen.get("saw", ""), not_tried=seen.get("problem", ""))


def _replay(request: HttpRequest, row: Source) -> HttpResponse:
    since = request.POST.get("since", "").strip()
    told = connect.replay(row.name, connect.when(since) if since else None, by=_who(request))
    return _back(request, row, f"{row.name} is heard again {told}. What is held already stays one.")


def _settings(request: HttpRequest, row: Source) -> HttpResponse:
    form = connect.form_of(row.kind)
    written = source_form.typed(form, request.POST)
    try:
        given = source_form.changed(row.kind, written, row.settings)
        if not given:
            return _back(request, row, "Nothing was changed.")
        connect.change(row.name, given, by=_who(request))
    except GoodwillError as refused:
        words, wrong = source_form.problem_of(form, refused)
        fields = [one for one in source_form.entries(form, written, wrong) if not one.field.secret]
        return _page(request, row, 422, **_settings_shown(fields) | {"settings": []}, wrong_settings=words)
    return _back(request, row, "Kept. It is heard with these settings from now on.")


def _rotate(request: HttpRequest, row: Source) -> HttpResponse:
    field, new = request.POST.get("field", ""), request.POST.get("secret", "").strip("\r\n")[: source_form.LONGEST]
    if not new:
        return _page(request, row, 422, wrong_secret=(field, "Enter the new secret first."))
    keep = request.POST.get("keep") == "1"
    try:
        connect.rotate(row.name, field, new, by=_who(request), keep_old=keep)
    except GoodwillError as refused:
        return _page(request, row, 422, wrong_secret=(field, source_form.sentence(refused)))
    return _back(request, row, "The new secret holds." + (" The old one holds beside it." if keep else ""))


def _drop(request: HttpRequest, row: Source) -> HttpResponse:
    """The older of two secrets holds no more."""
    field = request.POST.get("field", "")
    held = places.secrets_of(row).get(field)
    if not isinstance(held, list) or len(held) < 2:
        raise SourceError("only one secret is held", where=f"source {row.name}", mend="there is no older one to drop")
    connect.rotate(row.name, field, held[0], by=_who(request), keep_old=False)
    return _back(request, row, "The old secret holds no more.")


def _own(request: HttpRequest, row: Source) -> HttpResponse:
    """Which other sources' facts it may edit and remove too."""
    chosen = request.POST.getlist("owns")[:1_000]
    became = connect.own(row.name, chosen, by=_who(request))
    told = f"also what came from {', '.join(became.owns)}" if became.owns else "only what it brings itself"
    return _back(request, row, f"Kept. {row.name} may edit and remove {told}.")


_ACTS: dict[str, Callable[[Any, Source], HttpResponse]] = {
    "pause": _pause,
    "resume": _resume,
    "try": _try,
    "replay": _replay,
    "settings": _settings,
    "rotate": _rotate,
    "drop": _drop,
    "own": _own,
}


def _who(request: HttpRequest) -> Any:
    return request.user


# --- the end of a source ----------------------------------------------------------------------------------------------


@never_cache
@needs("admin")
def source_delete(request: HttpRequest, name: str) -> HttpResponse:
    """Asks for the name, and says how many facts there are; then it is gone, with its facts or without them."""
    row = _found(name)
    if request.method != "POST":
        return _ask(request, row)
    facts = request.POST.get("facts", "")
    if facts not in ("stay", "go"):
        return _ask(request, row, "Choose what becomes of its facts.")
    if request.POST.get("name", "").strip() != row.name:
        return _ask(request, row, f"Type its name as it is: {row.name}.")
    connect.delete(row.name, with_facts=facts == "go", by=_who(request))
    told = "its facts go in the background" if facts == "go" else "its facts stay"
    messages.success(request, f"{row.name} is deleted; {told}.")
    return redirect(reverse("sources"))


def _ask(request: HttpRequest, row: Source, problem: str = "") -> HttpResponse:
    """The page comes at once; its facts are counted after that, to the last one, for which each has to be looked at."""
    counted = request.method == "GET" and (bool(request.htmx) or "count" in request.GET)  # type: ignore[attr-defined]
    context = {
        "source": row,
        "counted": counted,
        **(_held(row) if counted else {}),
        "problem": problem,
        "chosen": request.POST.get("facts", ""),
    }
    if request.htmx and counted:  # type: ignore[attr-defined]
        return render(request, "sources/held.html", context)
    return render(request, "sources/delete.html", context, status=422 if problem else 200)


def _held(row: Source) -> dict[str, Any]:
    """How many of its facts there are, in each table."""
    numbers = [(table, FACTS[table].objects.filter(fact_source=row.name).count()) for table in TABLES]
    return {"held": [(table, number) for table, number in numbers if number], "facts": sum(n for _, n in numbers)}
