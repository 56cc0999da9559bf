"""Settings: who the firm is, what it promises everyone, on what ground it values, and every figure that somebody
entered, with its range, by whom and when. What is entered here goes over goodwill.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from goodwill.assumptions import Assumptions
from goodwill.errors import GoodwillError
from goodwill.firm import FirmSection, TermsSection
from goodwill.service import live
from goodwill.service.door import choices
from goodwill.service.ops import alert_settings, outbox
from goodwill.service.pages import setting, stated
from goodwill.service.pages.entering import enter
from goodwill.service.pages.needs import needs
from goodwill.service.store.models import FACTS, Setting

if TYPE_CHECKING:
    from django.http import HttpRequest

TABS = (
    ("firm", "Firm"),
    ("promises", "Promises"),
    ("assumptions", "Assumptions"),
    ("door", "Door"),
    ("who", "Who is who"),
    ("alerts", "Alerts"),
)
MAIL = ("mail", "Mail")
"""A tab that only the demo has, and only an admin: what it would have sent, ways in among it."""
PROMISE = ("promise_id", "kind", "channel", "within_hours", "text")
BASES = (
    ("legitimate interest", "legitimate interest: all but those who said no"),
    ("consent", "consent: only those who said yes"),
)
ALERTS = {
    "quiet": "Quiet hours",
    "first_minutes": "When somebody in ‘First’ waits, minutes",
    "promise_minutes": "Before a promise breaks, minutes",
    "drainer_seconds": "When storing is behind, seconds",
    "source_failures": "When a source fails, times in a row",
    "gather_minutes": "Gather what is not urgent for, minutes",
    "mail": "By mail",
}
KEPT_SECRET = "webhook_secret"


@needs("analyst")
def settings(request: HttpRequest) -> HttpResponse:
    """One tab of them."""
    return page(request, request.GET.get("tab", ""))


def page(request: HttpRequest, tab: str, problem: str = "", given: dict[str, Any] | None = None) -> HttpResponse:
    tabs = (*TABS, MAIL) if _has_outbox(request) else TABS
    tab = tab if tab in dict(tabs) else "firm"
    shown = {
        "firm": _firm,
        "promises": _promises,
        "assumptions": _assumptions,
        "door": _door,
        "who": _who,
        "alerts": _alerts,
        "mail": _mail,
    }
    entered = {row.name: row for row in Setting.objects.order_by("name")}
    context: dict[str, Any] = {
        "tab": tab,
        "tabs": tabs,
        "problem": problem,
        "given": given or {},
        "may": request.user.may("admin"),  # type: ignore[union-attr]
        "edit": request.GET.get("edit", ""),
        **shown[tab](entered),
    }
    return render(request, "settings/settings.html", context, status=422 if problem else 200)


def _firm(entered: dict[str, Setting]) -> dict[str, Any]:
    firm = live.firm()
    names = ("firm.name", "firm.currency", "firm.timezone", "terms.basis")
    sections: dict[str, Any] = {"firm": FirmSection, "terms": TermsSection}
    return {
        "firm": firm,
        "rows": [
            {
                "name": name,
                "key": (place := name.split("."))[1],
                "value": getattr(getattr(firm, place[0]), place[1]),
                "meaning": sections[place[0]].model_fields[place[1]].description,
                "by": entered.get(name),
                "fixed": name == "firm.currency" and setting.currency_is_fixed(),
            }
            for name in names
        ],
        "bases": BASES,
    }


def _promises(entered: dict[str, Setting]) -> dict[str, Any]:
    rows = FACTS["promises"].objects.order_by("kind", "channel", "fact_key")[:200]
    return {"rows": rows, "kinds": ("answer", "refund", "call"), "hours": live.firm().assumptions.answer_hours}


def _assumptions(entered: dict[str, Setting]) -> dict[str, Any]:
    firm = live.firm()
    rows = []
    for name, about in Assumptions.model_fields.items():
        held = getattr(firm.assumptions, name)
        extra: Any = about.json_schema_extra or {}
        rows.append(
            {
                "name": f"assumptions.{name}",
                "title": name.replace("_", " "),
                "meaning": about.description,
                "unit": str(extra.get("unit", "")).replace("money", firm.currency),
                "held": held,
                **{part: written(getattr(held, part)) for part in setting.RANGE},
                "ours": held.by == "goodwill" and held.at is None and f"assumptions.{name}" not in entered,
                "here": entered.get(f"assumptions.{name}"),
            }
        )
    return {"rows": rows}


def _door(entered: dict[str, Setting]) -> dict[str, Any]:
    now = {choices.ASKS: str(choices.asks()), choices.REFERRAL_PAGE: choices.referral_page()}
    return {
        "rows": [
            {
                "name": name,
                "key": name.split(".")[1],
                "title": title,
                "meaning": meaning,
                "value": now[name],
                "by": entered.get(name),
            }
            for name, (title, meaning) in choices.CHOICES.items()
        ]
    }


def _who(entered: dict[str, Setting]) -> dict[str, Any]:
    return {"name": stated.LEAST, "written": stated.shown(stated.least()), "by": entered.get(stated.LEAST)}


def _alerts(entered: dict[str, Setting]) -> dict[str, Any]:
    held = alert_settings.read()
    fields = alert_settings.AlertSettings.model_fields
    return {
        "rows": [
            {
                "name": name,
                "title": title,
                "value": getattr(held, name),
                "written": written(getattr(held, name)),
                "meaning": fields[name].description,
                "by": entered.get(alert_settings.PREFIX + name),
            }
            for name, title in ALERTS.items()
        ],
        "webhook": held.webhook,
        "has_secret": bool(held.webhook_secret),
    }


def _has_outbox(request: HttpRequest) -> bool:
    return outbox.folder() is not None and request.user.may("admin")  # type: ignore[union-attr]


def _mail(entered: dict[str, Setting]) -> dict[str, Any]:
    return {"letters": outbox.letters()}


def written(value: Any) -> str:
    """A figure as a person would write it into a field.

    >>> written(0.3), written(24.0), written("21:00-07:00")
    ('0.3', '24', '21:00-07:00')
    """
    return f"{value:.12g}" if isinstance(value, float) else str(value)


@require_POST
@needs("admin")
def change(request: HttpRequest) -> HttpResponse:
    """One setting of the firm: checked as a part of the whole firm, and kept with who entered it."""
    name = request.POST.get("name", "")
    section = name.partition(".")[0]
    tab = section if section in ("assumptions", "door", "who") else "firm"
    if not setting.is_known(name):
        raise Http404("no such setting")
    given = {key: request.POST.get(key, "") for key in ("name", "value", "low", "high", "measured")}
    try:
        if request.POST.get("act") == "back":
            setting.take_back(request.user, name)  # type: ignore[arg-type]
            messages.success(request, f"{name} is as goodwill.toml or goodwill itself has it again.")
        else:
            setting.put(request.user, name, setting.typed(name, given, str(request.user)))  # type: ignore[arg-type]
            follows = "" if tab in ("door", "who") else " Sums follow with the next valuation; Now follows at once."
            messages.success(request, f"{name} is kept.{follows}")
    except GoodwillError as refused:
        return page(request, tab, str(refused), given)
    return redirect(f"{reverse('settings')}?tab={tab}")


@require_POST
@needs("admin")
def promise(request: HttpRequest) -> HttpResponse:
    """A promise in writing that everyone gets."""
    given = {name: request.POST.get(name, "").strip() for name in PROMISE}
    return enter(
        request,
        "promises",
        {**given, "since": setting.today()},
        to=f"{reverse('settings')}?tab=promises",
        done="The promise holds from today on, for everyone.",
        again=lambda problem: page(request, "promises", problem, given),
    )


@require_POST
@needs("admin")
def alerts(request: HttpRequest) -> HttpResponse:
    """When and whom alerts may reach."""
    changes: dict[str, Any] = {name: request.POST.get(name, "").strip() for name in ALERTS if name in request.POST}
    changes["mail"] = bool(request.POST.get("mail"))
    if "webhook" in request.POST:
        changes["webhook"] = request.POST["webhook"].strip()
    if request.POST.get(KEPT_SECRET):
        changes[KEPT_SECRET] = request.POST[KEPT_SECRET]
    try:
        alert_settings.write(request.user, **changes)  # type: ignore[arg-type]
    except GoodwillError as refused:
        return page(request, "alerts", str(refused), changes)
    messages.success(request, "Alerts are kept.")
    return redirect(f"{reverse('settings')}?tab=alerts")
