"""Audit: who saw or did what, about whom, for which purpose. Admins only; the lines about a customer stand at their
door too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.shortcuts import render

from goodwill.service.live import people
from goodwill.service.pages.needs import needs
from goodwill.service.pages.paging import number_of
from goodwill.service.store.models import FACTS, Audit

if TYPE_CHECKING:
    from django.http import HttpRequest

PAGE = 100
LATEST = 3_000
"""Lines that the choices of the filter are taken from."""


@needs("admin")
def audit(request: HttpRequest) -> HttpResponse:
    """The lines, the latest first."""
    filters = {
        name: request.GET[name].replace("\x00", "").strip()[:254]
        for name in ("who", "act", "customer")
        if request.GET.get(name, "").strip()
    }
    found = Audit.objects.order_by("-pk")
    if "who" in filters:
        found = found.filter(who=filters["who"].lower() if "@" in filters["who"] else filters["who"])
    if "act" in filters:
        found = found.filter(act=filters["act"])
    if "customer" in filters:
        person = people.person_of(filters["customer"])
        found = found.filter(customer_id__in=[*people.ids_of([person]), person])
    before = number_of(request.GET.get("before"))
    rows = list((found.filter(pk__lt=before) if before else found)[: PAGE + 1])
    ids = {row.customer_id for row in rows[:PAGE] if row.customer_id}
    names = dict(FACTS["people"].objects.filter(fact_key__in=ids).values_list("fact_key", "name"))
    lately = list(Audit.objects.order_by("-pk").values_list("who", "act")[:LATEST])
    context = {
        "rows": [{"line": row, "name": names.get(row.customer_id) or row.customer_id} for row in rows[:PAGE]],
        "next": rows[PAGE - 1].pk if len(rows) > PAGE else None,
        "filters": filters,
        "whos": sorted({who for who, _ in lately if who}),
        "acts": sorted({act for _, act in lately}),
    }
    return render(request, "audit/audit.html", context)
