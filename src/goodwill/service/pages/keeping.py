"""Keeping: how long each kind of fact is kept, and which a legal hold keeps longer."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from goodwill.errors import GoodwillError, SettingsError
from goodwill.service import live, retention
from goodwill.service.api import finding
from goodwill.service.live import people
from goodwill.service.pages.needs import needs
from goodwill.service.pages.paging import number_of
from goodwill.service.pages.setting import put, take_back
from goodwill.service.retention.holds import MAY_BE_HELD, read_held
from goodwill.service.store.models import FACTS, Hold

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

YEARS = "retention.years"
PURCHASES = "retention.purchases_years"


@needs("agent")
def keeping(request: HttpRequest) -> HttpResponse:
    """Rules and holds."""
    return _page(request)


def _page(request: HttpRequest, wrong: str = "", status: int = 200) -> HttpResponse:
    rules = live.firm().retention
    today = datetime.now(UTC).date()
    holds = list(Hold.objects.filter(ended=None, until__gte=today).order_by("until", "pk"))
    names = dict(
        FACTS["people"].objects.filter(fact_key__in=[row.customer_id for row in holds]).values_list("fact_key", "name")
    )
    given: dict[str, Any] = {
        "rules": [(name, does, rules.years.get(name)) for name, does in retention.RULES.items()],
        "law": rules.purchases_years,
        "backup_days": rules.backup_days,
        "holds": [
            {
                "one": row,
                "erased": row.customer_id.startswith("erased|"),
                "who": names.get(row.customer_id) or row.customer_id,
            }
            for row in holds
        ],
        "tables": MAY_BE_HELD,
        "may": request.user.may("admin"),  # type: ignore[union-attr]
        "wrong": wrong,
    }
    return render(request, "requests/keeping.html", given, status=status)


@require_POST
@needs("admin")
def change(request: HttpRequest) -> HttpResponse:
    """Sets the years of every kind at once; an empty field keeps it for ever."""
    try:
        years = {
            name: _number(name, request.POST[f"years.{name}"])
            for name in retention.RULES
            if request.POST.get(f"years.{name}", "").strip()
        }
        law = _number("the law", request.POST.get("law", "").strip() or "10")
        put(request.user, PURCHASES, law)  # type: ignore[arg-type]
        if years:
            put(request.user, YEARS, years)  # type: ignore[arg-type]
        else:
            take_back(request.user, YEARS)  # type: ignore[arg-type]
    except SettingsError as refused:
        return _page(request, str(refused), 422)
    messages.success(request, "Kept. What is too old goes tonight.")
    return redirect("keeping")


def _number(name: str, written: str) -> float:
    try:
        return float(written.strip().replace(",", "."))
    except ValueError as wrong:
        raise SettingsError(f"{written[:20]!r} is no number of years", where=name, mend="write it as 5") from wrong


@require_POST
@needs("admin")
def hold(request: HttpRequest) -> HttpResponse:
    """Puts a hold on a customer's facts."""
    try:
        person = people.person_of(request.POST.get("customer", "").replace("\x00", "").strip())
        if not person or not finding.exists(person):
            raise GoodwillError("nobody is called so", where="customer", mend="write the id from the customer’s page")
        until = _date(request.POST.get("until", ""))
        retention.hold(person, request.POST.get("table", ""), request.POST.get("reason", ""), until, request.user)  # type: ignore[arg-type]
    except GoodwillError as refused:
        return _page(request, f"{refused.what}{f': {refused.mend}' if refused.mend else ''}.", 422)
    messages.success(request, "Held. They see it at their door.")
    return redirect("keeping")


def _date(written: str) -> date:
    try:
        return date.fromisoformat(written.strip())
    except ValueError as wrong:
        raise GoodwillError(f"{written[:20]!r} is no day", where="until", mend="write it as 2027-12-31") from wrong


@require_POST
@needs("admin")
def release(request: HttpRequest) -> HttpResponse:
    """Ends a hold."""
    try:
        went = retention.release(number_of(request.POST.get("hold")) or 0, request.user)  # type: ignore[arg-type]
    except GoodwillError as refused:
        return _page(request, f"{refused.what}.", 422)
    messages.success(request, f"Released; {went:,} facts of an erased person went." if went else "Released.")
    return redirect("keeping")


@require_POST
@needs("admin")
def held(request: HttpRequest) -> HttpResponse:
    """What a hold keeps of an erased person, as a file, for the claim that it is kept for."""
    rows = read_held(number_of(request.POST.get("hold")) or 0, request.user)  # type: ignore[arg-type]
    answer = JsonResponse(rows, safe=False, json_dumps_params={"ensure_ascii": False, "indent": 1})
    answer["Content-Disposition"] = 'attachment; filename="held.json"'
    answer["Cache-Control"] = "no-store"
    return answer
