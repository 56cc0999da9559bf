"""What is worth an alert now. Each rule gives its causes; a cause that is no longer given has ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from goodwill.service.ops import checks
from goodwill.service.store.models import Case, Job, Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from goodwill.service.ops.alert_settings import AlertSettings

MOST = 200
"""Causes of one rule at a time; the rest follow when these have ended."""
FIRST = "first:"
LONG_AGO = timedelta(days=1)


@dataclass(frozen=True)
class Cause:
    """One thing that somebody should know: its name, which lasts as long as it does, and one line about it.

    The line holds no customer's name and no text of theirs: it goes out by mail.
    """

    name: str
    text: str
    path: str = "/"

    @property
    def urgent(self) -> bool:
        """Whether it may break the quiet."""
        return is_urgent(self.name)


def is_urgent(cause: str) -> bool:
    """Danger, money owed, somebody vulnerable: the group 'first' of Now."""
    return cause.startswith(FIRST)


def causes(settings: AlertSettings, now: datetime) -> list[Cause]:
    """Everything that is so now, by name."""
    found = [
        *_nobody_took(settings, now),
        *_about_to_break(settings, now),
        *_drainer(settings, now),
        *_failed_jobs(now),
        *_sources(settings),
    ]
    return sorted(found, key=lambda cause: cause.name)


def _nobody_took(settings: AlertSettings, now: datetime) -> Iterator[Cause]:
    since = now - timedelta(minutes=settings.first_minutes)
    waiting = Case.objects.filter(state=Case.OPEN, group="first", taken_by=None, at__lte=since)
    for case in waiting.order_by("at", "message_id")[:MOST]:
        yield Cause(
            f"{FIRST}{case.message_id}"[:200],
            f"A message that comes before all others has waited {_span(now - case.at)}, and nobody has taken it.",
            _case(case.message_id),
        )


def _about_to_break(settings: AlertSettings, now: datetime) -> Iterator[Cause]:
    until = now + timedelta(minutes=settings.promise_minutes)
    near = Case.objects.filter(state=Case.OPEN, due__gt=now - LONG_AGO, due__lte=until)
    for case in near.order_by("due", "message_id")[:MOST]:
        assert case.due is not None
        left = case.due - now
        said = f"breaks in {_span(left)}" if left > timedelta() else f"was broken {_span(-left)} ago"
        yield Cause(
            f"promise:{case.message_id}"[:200], f"A promise {said}: nobody has answered.", _case(case.message_id)
        )


def _drainer(settings: AlertSettings, now: datetime) -> Iterator[Cause]:
    lag = checks.drainer_lag(now)
    if lag > settings.drainer_seconds:
        yield Cause("drainer", f"What comes in is stored {lag:,.0f} seconds late; nothing is lost.", "/jobs")


def _failed_jobs(now: datetime) -> Iterator[Cause]:
    failed = Job.objects.filter(state=Job.FAILED, finished__gt=now - LONG_AGO)
    for name in failed.order_by("name").values_list("name", flat=True).distinct():
        latest = Job.objects.filter(name=name, finished__isnull=False).order_by("-finished", "-id").first()
        if latest is not None and latest.state == Job.FAILED:
            yield Cause(f"job:{name}"[:200], f"The job '{name}' failed {latest.tries} times and was given up.", "/jobs")


def _sources(settings: AlertSettings) -> Iterator[Cause]:
    failing = Source.objects.filter(paused=False, failures__gte=settings.source_failures)
    for source in failing.order_by("name"):
        yield Cause(
            f"source:{source.name}"[:200],
            f"The source '{source.name}' has failed {source.failures} times in a row.",
            "/sources",
        )


def _case(message_id: str) -> str:
    return f"/case?message={quote(message_id, safe='')}"


def _span(length: timedelta) -> str:
    minutes = max(1, round(length.total_seconds() / 60))
    if minutes < 120:
        return f"{minutes} minutes" if minutes > 1 else "a minute"
    return f"{minutes // 60} hours" if minutes < 48 * 60 else f"{minutes // (24 * 60)} days"
