"""Jobs: what runs in the background and how far it is, what failed and why, what comes round when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from goodwill.errors import GoodwillError
from goodwill.report.figures import span
from goodwill.service import jobs as queue
from goodwill.service.pages.needs import needs
from goodwill.service.pages.paging import number_of
from goodwill.service.store.audit import record
from goodwill.service.store.models import Alert, Heartbeat, Job, Schedule

if TYPE_CHECKING:
    from django.http import HttpRequest

ENDED, FAILED, ACTIVE = 25, 50, 50
QUICK = ("rerank", "careful reading", "search words", "alerts")
"""Jobs that come round every minute: among the ended ones they would bury the rest."""
ALIVE_SECONDS = 60
PROCESSES = ("web", "drainer", "worker")


@needs("analyst")
def jobs(request: HttpRequest) -> HttpResponse:
    """All of it, or the part that keeps itself fresh."""
    now = timezone.now()
    active = Job.objects.filter(state__in=(Job.RUNNING, Job.WAITING)).order_by("state", "due", "pk")[:ACTIVE]
    given: dict[str, Any] = {
        "active": [
            {"job": job, "percent": round(100 * job.done), "again": job.tries > 0 and bool(job.error)} for job in active
        ],
        "may": request.user.may("admin"),  # type: ignore[union-attr]
        "now": now,
    }
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "jobs/active.html", given)
    beats = [
        {"beat": beat, "alive": (now - beat.at).total_seconds() < ALIVE_SECONDS}
        for beat in Heartbeat.objects.filter(kind__in=PROCESSES).order_by("kind", "process")[:50]
    ]
    ended = Job.objects.filter(state=Job.DONE).exclude(name__in=QUICK)
    given |= {
        "failed": [
            {"job": job, "why": (job.error.strip().splitlines() or ["no word of why"])[-1]}
            for job in Job.objects.filter(state=Job.FAILED).order_by("-finished", "-pk")[:FAILED]
        ],
        "ended": ended.order_by("-finished", "-pk")[:ENDED],
        "schedule": [
            {"row": row, "words": _when(row)} for row in Schedule.objects.order_by("at_hour", "every_seconds", "name")
        ],
        "beats": beats,
        "worker": any(one["alive"] and one["beat"].kind == "worker" for one in beats),
        "alerts": Alert.objects.filter(ended__isnull=True).order_by("-at", "-pk")[:20],
        "failures": Job.objects.filter(state=Job.FAILED).count(),
    }
    return render(request, "jobs/jobs.html", given)


def _when(row: Schedule) -> str:
    if not row.every_seconds:
        return f"daily at {row.at_hour}:00"
    return f"every {row.every_seconds} seconds" if row.every_seconds < 60 else f"every {span(row.every_seconds / 3600)}"


@require_POST
@needs("admin")
def act(request: HttpRequest) -> HttpResponse:
    """Value everybody now; try a failed job again; run one of the schedule now, pause it, let it run again."""
    wanted, name = request.POST.get("act", ""), request.POST.get("name", "")
    deed = {"revalue": _revalue, "retry": _retry, "run": _run, "pause": _pause, "resume": _pause}.get(wanted)
    try:
        said = deed(request, name) if deed else ""
        if said:
            messages.success(request, said)
        else:
            messages.error(request, "There is no such job any more.")
    except GoodwillError as refused:
        messages.error(request, str(refused))
    return redirect("jobs")


def _revalue(request: HttpRequest, name: str) -> str:
    queue.add("revalue", once="schedule: revalue")
    record(request.user, "started a valuation")  # type: ignore[arg-type]
    return "Everybody is being valued; what is shown stays until it is done."


def _retry(request: HttpRequest, name: str) -> str:
    job = Job.objects.filter(pk=number_of(request.POST.get("job")) or 0).first()
    if job is None:
        return ""
    queue.retry(job)
    record(request.user, "retried a job", what=f"{job.pk} {job.name}")  # type: ignore[arg-type]
    return f"“{job.name}” is tried again."


def _run(request: HttpRequest, name: str) -> str:
    if not Schedule.objects.filter(name=name).exists():
        return ""
    queue.add(name, once=f"schedule: {name}")
    record(request.user, "ran a job", what=name)  # type: ignore[arg-type]
    return f"“{name}” runs as soon as a worker is free."


def _pause(request: HttpRequest, name: str) -> str:
    paused = request.POST.get("act") == "pause"
    if not Schedule.objects.filter(name=name).update(paused=paused):
        return ""
    record(request.user, "paused a job" if paused else "resumed a job", what=name)  # type: ignore[arg-type]
    return f"“{name}” {'is paused' if paused else 'comes round again'}."
