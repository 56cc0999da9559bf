"""Causes: the price of a practice. What it earns, what it costs us, who decides about it and by when, and what changed
after it ended. Costs stand beside the books: no complaint lowers the worth of anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.shortcuts import render

from goodwill.service import live
from goodwill.service.pages.entering import enter
from goodwill.service.pages.needs import needs
from goodwill.service.pages.small_groups import FEWEST
from goodwill.service.store.models import FACTS

if TYPE_CHECKING:
    from django.http import HttpRequest

FIELDS = ("cause_id", "name", "kind", "owner", "earns", "decide_by", "topics")


@needs("viewer")
def causes(request: HttpRequest) -> HttpResponse:
    """The list, the dearest first, as of the latest valuation."""
    return _page(request)


@needs("admin")
def new_cause(request: HttpRequest) -> HttpResponse:
    """A cause that cases can be closed with."""
    if request.method != "POST":
        return _page(request)
    given = {name: request.POST.get(name, "") for name in FIELDS}
    return enter(
        request,
        "causes",
        {**given, "topics": [word.strip() for word in given["topics"].split(",") if word.strip()]},
        to="causes",
        done=f"“{given['name'] or given['cause_id']}” is entered; cases can be closed with it now.",
        again=lambda problem: _page(request, problem, given),
    )


def _page(request: HttpRequest, problem: str = "", given: dict[str, str] | None = None) -> HttpResponse:
    valuation, firm = live.latest(), live.firm()
    proof = (valuation.proof or {}) if valuation else {}
    see = request.user.may("analyst")  # type: ignore[union-attr]
    rows = [shown(row, see) for row in proof.get("causes") or ()]
    valued = {row["cause_id"] for row in rows}
    waiting = [row for row in FACTS["causes"].objects.order_by("name", "fact_key")[:200] if row.cause_id not in valued]
    context = {
        "rows": rows,
        "waiting": waiting,
        "valuation": valuation,
        "currency": firm.currency,
        "problem": problem,
        "given": given or {},
        "kinds": ("practice", "fault", "promise"),
        "topics": sorted(firm.topics),
        "hides": any(row["hidden"] for row in rows),
    }
    return render(request, "causes/causes.html", context, status=422 if problem else 200)


def shown(row: dict[str, Any], see_persons: bool) -> dict[str, Any]:
    """A cause as the page has it; what rests on fewer than five people is hidden from whoever may not see persons."""
    few = row.get("people") is not None and 0 < row["people"] < FEWEST
    hidden = bool(row.get("hidden")) or (few and not see_persons)
    cost, net = row.get("cost") or {}, row.get("net")
    parts = [{**part, "amount": part["middle"]} for part in row.get("parts") or () if part["high"]]
    return {
        **row,
        "hidden": hidden,
        "cost": None if hidden else cost,
        "parts": () if hidden else parts,
        "net": None if hidden or not net else {"low": net[0], "middle": net[1], "high": net[2]},
        "people": None if hidden else row.get("people"),
        "messages": None if hidden else row.get("messages"),
        "change": row.get("change"),
        "overdue": row.get("state") == "decision overdue",
    }
