"""One fact: everything that is stored of it, where it came from, and the form that corrects a field."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from goodwill.facts import MONEY, TABLES
from goodwill.service import live
from goodwill.service.live import people, terms
from goodwill.service.pages.needs import needs
from goodwill.service.store.audit import record
from goodwill.service.store.models import FACTS

if TYPE_CHECKING:
    from django.http import HttpRequest


@needs("analyst")
def fact(request: HttpRequest) -> HttpResponse:
    """The fact that table and key name."""
    name, key = request.GET.get("table", ""), request.GET.get("key", "")
    table = TABLES.get(name)
    row = FACTS[name].objects.filter(fact_key=key).first() if table else None
    if table is None or row is None:
        raise Http404("no such fact")
    customer = getattr(row, "customer_id", None)
    corrected = FACTS["corrections"].objects.filter(table=name, key=key).order_by("-at", "-row")
    own = table.key or table.names[:1]
    hidden = set() if customer is None or valued(customer) else {one.name for one in table if one.type == MONEY}
    fields: list[dict[str, Any]] = [
        {
            "column": column,
            "value": getattr(row, column.name),
            "fixed": column.name in own or column.name in hidden,
            "hidden": column.name in hidden,
        }
        for column in table
    ]
    if customer:
        record(request.user, "saw a fact", customer_id=customer, what=f"{name} {key}", purpose="answer me")  # type: ignore[arg-type]
    # A table's columns are found by their names, which a template would take for its own attributes.
    given = {
        "table": {"name": table.name, "meaning": table.meaning},
        "key": key,
        "row": row,
        "fields": fields,
        "customer_id": customer,
        "corrected": corrected,
    }
    return render(request, "case/fact.html", given | {"may_act": request.user.may("agent")})  # type: ignore[union-attr]


def valued(customer_id: str) -> bool:
    """Whether their terms let sums of money of theirs be shown."""
    person = people.person_of(customer_id)
    return not terms.unvalued(live.firm(), [person])
