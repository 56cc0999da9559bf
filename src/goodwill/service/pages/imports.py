"""Files that were brought: how far each is, what of it could not be read, and undoing the whole of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from goodwill.service import imports as files
from goodwill.service import jobs
from goodwill.service.imports.job import LEFT_OUT, UNDO
from goodwill.service.pages.needs import needs
from goodwill.service.store.audit import record
from goodwill.service.store.models import Import

if TYPE_CHECKING:
    from django.http import HttpRequest

LATEST = 10
STATES = {
    Import.WAITING: "waits",
    Import.READING: "is read",
    Import.SENDING: "is taken in",
    Import.STORING: "is taken in",
    Import.DONE: "",
    Import.FAILED: "failed",
    Import.UNDOING: "is undone",
    Import.UNDONE: "undone",
}


def latest() -> dict[str, Any]:
    """The latest imports as the template shows them; whether any of them is under way."""
    rows = []
    for one in Import.objects.order_by("-pk")[:LATEST]:
        now = files.progress(one)
        rows.append(
            {
                "one": one,
                "now": now,
                "words": STATES[one.state],
                "moving": one.state in (*Import.UNDER_WAY, Import.UNDOING),
                "percent": round(100 * now.share),
                "left_out": LEFT_OUT,
                "wrong": 0 if one.state == Import.UNDONE else now.rejected + now.unread,
                "undoable": one.state not in (Import.UNDONE, Import.UNDOING) and now.sent > 0,
            }
        )
    return {"rows": rows, "moving": any(row["moving"] for row in rows)}


@needs("analyst")
def imports(request: HttpRequest) -> HttpResponse:
    """The list alone, which keeps itself fresh while something moves."""
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("sources")
    return render(request, "sources/imports.html", {"imports": latest()})


@needs("admin")
def rejects(request: HttpRequest, import_id: int) -> HttpResponse:
    """What could not be read, as CSV."""
    one = _one(import_id)
    record(request.user, "downloaded the rejects of an import", what=f"import {one.pk}: {one.name}")  # type: ignore[arg-type]
    lines = (line.encode() for line in files.rejects_as_csv(one))
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="import-{one.pk}-rejects.csv"'
    answer["Cache-Control"] = "no-store"
    return answer  # type: ignore[return-value]


@require_POST
@needs("admin")
def undo(request: HttpRequest, import_id: int) -> HttpResponse:
    """A job takes back everything that an import brought."""
    one = _one(import_id)
    if one.state in (Import.UNDONE, Import.UNDOING):
        messages.error(request, f"{one.name} is undone already.")
    else:
        jobs.add(UNDO, once=f"undo {one.pk}", import_id=one.pk, by=request.user.email)  # type: ignore[union-attr]
        messages.success(request, f"{one.name} is being undone; what people here did meanwhile stays.")
    return redirect("sources")


def _one(import_id: int) -> Import:
    one = Import.objects.filter(pk=import_id).first()
    if one is None:
        raise Http404
    return one
