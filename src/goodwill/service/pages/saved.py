"""Saved views: a name for a filter; one's own, or shared with everybody here."""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from goodwill.service.pages.back import back_to
from goodwill.service.pages.customer_list import Asked
from goodwill.service.pages.needs import needs
from goodwill.service.pages.paging import number_of
from goodwill.service.store.models import View

if TYPE_CHECKING:
    from django.http import HttpRequest

PAGES = {"customers": Asked.of}
"""The pages whose views can be kept: each reads a query and gives what of it is known."""
MOST = 100


def views(request: HttpRequest, page: str) -> list[dict[str, Any]]:
    """What a colleague sees as tabs: their own and what was shared."""
    rows = View.objects.filter(Q(by=request.user) | Q(shared=True), page=page).select_related("by")
    address = reverse(page)
    here = urllib.parse.urlencode(PAGES[page](request.GET).query)
    return [
        {
            "id": row.pk,
            "name": row.name,
            "href": f"{address}?{row.query}" if row.query else address,
            "here": row.query == here,
            "by": None if row.by_id == request.user.pk else row.by,
            "shared": row.shared,
            "mine": row.by_id == request.user.pk or request.user.may("admin"),  # type: ignore[union-attr]
        }
        for row in rows.order_by("name", "id")[:MOST]
    ]


@require_POST
@needs("analyst")
def keep(request: HttpRequest) -> HttpResponse:
    """Keeps the view under a name; the same name again puts the new one in its place."""
    page, name = request.POST.get("page", ""), request.POST.get("name", "").replace("\x00", "").strip()
    if page not in PAGES:
        raise Http404("no such page")
    query = urllib.parse.parse_qs(request.POST.get("query", "")[:2000])
    kept = urllib.parse.urlencode(PAGES[page]({key: values[0] for key, values in query.items()}).query)
    if not name or len(name) > 80:
        messages.error(request, "A view needs a name of 1 to 80 letters.")
    elif View.objects.filter(by=request.user).exclude(page=page, name=name).count() >= MOST:
        messages.error(request, f"You keep {MOST} views already. Remove one first.")
    else:
        View.objects.update_or_create(
            by=request.user,
            page=page,
            name=name,
            defaults={"query": kept, "shared": bool(request.POST.get("shared"))},
        )
        messages.success(request, f"“{name}” is kept.")
    address = reverse(page)
    return redirect(f"{address}?{kept}" if kept else address)


@require_POST
@needs("analyst")
def forget(request: HttpRequest) -> HttpResponse:
    """Removes one's own view; an admin removes any shared one."""
    row = View.objects.filter(pk=number_of(request.POST.get("view")) or 0).first()
    may = row is not None and (row.by_id == request.user.pk or (row.shared and request.user.may("admin")))  # type: ignore[union-attr]
    if row is None or not may:
        raise Http404("no such view")
    row.delete()
    messages.success(request, f"“{row.name}” is removed.")
    return redirect(back_to(request))
