"""Who is on duty: the hours that each colleague has set, in their own zone."""

from __future__ import annotations

import zoneinfo
from datetime import time, timedelta
from typing import TYPE_CHECKING

from goodwill.service.ops.alert_settings import within
from goodwill.service.store.models import Colleague

if TYPE_CHECKING:
    from datetime import datetime

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def on_duty(now: datetime, firm_zone: str, urgent: bool) -> list[Colleague]:
    """Whom an alert reaches now: those on duty; where nobody has set hours, the admins.

    What is urgent reaches the admins where hours are set but nobody is on duty; the rest waits until somebody is.
    """
    people = list(Colleague.objects.filter(is_active=True).order_by("email"))
    here = [person for person in people if is_on_duty(person, now, firm_zone)]
    if here:
        return here
    if urgent or not any(person.on_duty for person in people):
        return [person for person in people if person.role == "admin"]
    return []


def is_on_duty(person: Colleague, now: datetime, firm_zone: str) -> bool:
    """Whether one of their hours `[day, from, to]` holds; day 0 or 'monday'; a span may go over midnight."""
    local = now.astimezone(zoneinfo.ZoneInfo(person.zone or firm_zone))
    for day, first, last in person.on_duty:
        begins, ends = time.fromisoformat(first), time.fromisoformat("23:59:59.999999" if last == "24:00" else last)
        began = local - timedelta(days=1) if begins > ends and local.time() < ends else local
        if _day(day) == began.weekday() and within(local.time(), begins, ends):
            return True
    return False


def _day(written: int | str) -> int:
    return DAYS.index(written.lower()) if isinstance(written, str) else int(written)
