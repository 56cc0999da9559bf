"""One's own place: name, time zone, password, the hours in which alerts may come."""

from __future__ import annotations

import re
import zoneinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from goodwill.service.ops.duty import DAYS
from goodwill.service.pages.needs import needs
from goodwill.service.pages.sign_in import too_often
from goodwill.service.pages.zone import zone_of
from goodwill.service.store.audit import record

if TYPE_CHECKING:
    from django.http import HttpRequest

WRONG = "wrong password"
CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d|24:00")


@never_cache
@sensitive_post_parameters("old", "new")
@needs("viewer")
def own(request: HttpRequest) -> HttpResponse:
    """The forms, and what they send."""
    if request.method != "POST":
        return _page(request)
    deed = {"who": _who, "password": _password, "duty": _duty}.get(request.POST.get("act", ""))
    problem = deed(request) if deed else "Nothing was sent."
    if problem:
        return _page(request, problem, request.POST.get("act", ""))
    return redirect("self")


def _page(request: HttpRequest, problem: str = "", act: str = "") -> HttpResponse:
    user: Any = request.user
    hours = {_day(day): (first, last) for day, first, last in user.on_duty}
    context = {
        "problem": problem,
        "act": act,
        "zones": zones(),
        "has_password": user.has_usable_password(),
        "days": [(name, *hours.get(name, ("", ""))) for name in DAYS],
    }
    return render(request, "self/self.html", context, status=422 if problem else 200)


def _day(day: Any) -> str:
    return day.lower() if isinstance(day, str) else DAYS[int(day) % 7]


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """Every zone that has a place."""
    return tuple(sorted(name for name in zoneinfo.available_timezones() if "/" in name or name == "UTC"))


def _who(request: HttpRequest) -> str:
    user: Any = request.user
    zone = request.POST.get("zone", "").strip()[:60]
    if zone and zone_of(zone) is None:
        return f"There is no time zone {zone!r}; Europe/Zurich is one."
    user.name, user.zone = request.POST.get("name", "").replace("\x00", "").strip()[:120], zone
    user.save(update_fields=["name", "zone"])
    messages.success(request, "Kept.")
    return ""


def _password(request: HttpRequest) -> str:
    user: Any = request.user
    if user.has_usable_password():
        if too_often(user.email, request, WRONG):
            return "Too many tries. Wait a quarter of an hour."
        if not user.check_password(request.POST.get("old", "")):
            record(user, WRONG)
            return "This is not your password."
    new = request.POST.get("new", "")
    try:
        validate_password(new, user)
    except ValidationError as weak:
        return " ".join(weak.messages)
    user.set_password(new)
    user.save(update_fields=["password"])
    update_session_auth_hash(request, user)  # everywhere else they are signed out
    record(user, "changed their password")
    messages.success(request, "Your password is changed; elsewhere you are signed out.")
    return ""


def _duty(request: HttpRequest) -> str:
    user: Any = request.user
    hours = []
    for day in DAYS:
        first, last = request.POST.get(f"{day}-from", "").strip(), request.POST.get(f"{day}-to", "").strip()
        if not first and not last:
            continue
        if not CLOCK.fullmatch(first) or not CLOCK.fullmatch(last) or first in (last, "24:00"):
            return f"The hours of {day} are not whole: from 09:00 to 18:00, say."
        hours.append([day, first, last])
    user.on_duty = hours
    user.save(update_fields=["on_duty"])
    messages.success(request, "Kept." if hours else "Kept: no hours.")
    return ""
