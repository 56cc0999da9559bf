"""A table file brought by hand: looked at first, taken in when a person says yes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from goodwill.errors import GoodwillError
from goodwill.service import imports, live
from goodwill.service.imports.job import enqueue
from goodwill.service.pages import sources, uploaded
from goodwill.service.pages.needs import needs
from goodwill.service.store.audit import record

if TYPE_CHECKING:
    from django.http import HttpRequest

    from goodwill.listen.preview import Preview

ROWS, COLUMNS, REJECTS = 20, 12, 20


@require_POST
@needs("admin")
def upload(request: HttpRequest) -> HttpResponse:
    """Keeps the file and goes to the look at it."""
    file = request.FILES.get("file")
    if file is None:
        return sources.page(request, "Choose a file first.")
    try:
        return redirect("look", uploaded.keep(file))  # type: ignore[arg-type]
    except GoodwillError as refused:
        return sources.page(request, str(refused))


@needs("admin")
def look(request: HttpRequest, word: str) -> HttpResponse:
    """What the file would become. Nothing is stored by looking."""
    file = uploaded.find(word)
    if file is None:
        return sources.page(request, "This file is gone. Bring it once more.")
    from goodwill.listen.preview import preview

    try:
        seen = preview(file, live.firm(), ROWS)
    except GoodwillError as refused:
        uploaded.drop(word)
        return sources.page(request, str(refused))
    return render(request, "sources/look.html", {"word": word, **_shown(seen)})


def _shown(seen: Preview) -> dict[str, Any]:
    samples = []
    for name, rows in seen.tables.items():
        columns = [column for column in rows.column_names if rows[column].null_count < rows.num_rows][:COLUMNS]
        lines = [[("" if row[column] is None else row[column]) for column in columns] for row in rows.to_pylist()]
        samples.append({"name": name, "columns": columns, "lines": lines})
    return {
        "seen": seen,
        "samples": samples,
        "rejects": seen.rejects[:REJECTS],
        "more_rejects": max(0, len(seen.rejects) - REJECTS),
    }


@require_POST
@needs("admin")
def take(request: HttpRequest, word: str) -> HttpResponse:
    """Yes: a job takes it in. No: it is thrown away."""
    file = uploaded.find(word)
    if file is None:
        messages.error(request, "This file is gone. Bring it once more.")
    elif request.POST.get("act") != "take":
        uploaded.drop(word)
        messages.success(request, f"{file.name} is thrown away.")
    else:
        one = imports.begin(file, by=request.user.email)  # type: ignore[union-attr]
        enqueue(one)
        record(request.user, "took in a file", what=f"import {one.pk}: {file.name}")  # type: ignore[arg-type]
        messages.success(request, f"{file.name} is being taken in.")
    return redirect("sources")
