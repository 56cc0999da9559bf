"""Alerts: told once for each cause, while it lasts, to who is on duty and to the webhook.

Every half minute: what is no longer so is ended; what is new is noted (the database allows one open alert a cause);
what has not been told is told, in one letter. An alert is claimed before it is sent, so a worker that dies in between,
or two at once, never tell it twice; a refusal gives the claim back and the next round tries again.
"""

from __future__ import annotations

import logging
import zoneinfo
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from goodwill.errors import GoodwillError
from goodwill.service import live
from goodwill.service.ops import alert_settings, mail, webhook
from goodwill.service.ops.alert_rules import Cause, causes, is_urgent
from goodwill.service.ops.duty import on_duty
from goodwill.service.ops.invitations import base_address
from goodwill.service.store.models import Alert

if TYPE_CHECKING:
    from datetime import datetime

    from goodwill.service.ops.alert_settings import AlertSettings

LINES = 20
"""Causes named in one letter; more are counted."""
log = logging.getLogger("goodwill.alerts")


@dataclass
class Told:
    """What one round did."""

    noted: int = 0
    ended: int = 0
    told: int = 0
    refused: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.noted} new, {self.told} told, {self.ended} ended" + "".join(f"; {why}" for why in self.refused)


def round_(now: datetime | None = None) -> Told:
    """One round."""
    now = now or timezone.now()
    settings = alert_settings.read()
    found = {cause.name: cause for cause in causes(settings, now)}
    done = Told()
    open_ones = Alert.objects.filter(ended__isnull=True)
    gone = [alert.pk for alert in open_ones.only("pk", "cause") if alert.cause not in found]
    done.ended = Alert.objects.filter(pk__in=gone).update(ended=now)
    known = set(open_ones.values_list("cause", flat=True))
    new = [Alert(cause=cause.name, text=_line(cause)) for cause in found.values() if cause.name not in known]
    Alert.objects.bulk_create(new, ignore_conflicts=True)
    done.noted = len(new)
    zone = zoneinfo.ZoneInfo(live.firm().firm.timezone)
    for urgent in (True, False):
        if urgent or _may_tell(settings, now, zone):
            _tell(settings, now, zone.key, urgent, done)
    return done


def _line(cause: Cause) -> str:
    return f"{cause.text} {base_address().rstrip('/')}{cause.path}"


def _may_tell(settings: AlertSettings, now: datetime, zone: zoneinfo.ZoneInfo) -> bool:
    """Whether what is not urgent may be told: not in quiet hours, not right after the last time."""
    if settings.quiet_at(now.astimezone(zone).time()):
        return False
    lately = Alert.objects.filter(sent__gt=now - timedelta(minutes=settings.gather_minutes))
    return not any(not is_urgent(cause) for cause in lately.values_list("cause", flat=True))


def _tell(settings: AlertSettings, now: datetime, zone: str, urgent: bool, done: Told) -> None:
    waiting = Alert.objects.filter(sent__isnull=True, ended__isnull=True).order_by("at", "id")
    due = [alert for alert in waiting if is_urgent(alert.cause) is urgent]
    people = [person.email for person in on_duty(now, zone, urgent)] if settings.mail and mail.configured() else []
    ways = [*people, *([settings.webhook] if settings.webhook else [])]
    if not due:
        return
    if not ways:
        _nowhere(due, settings)
        return
    claimed = [alert for alert in due if _claim(alert, ways, now)]
    for way in ways:
        meant = [alert for alert in claimed if _left(alert, way)]
        if meant:
            _send(way, meant, settings, urgent, done)
    for alert in claimed:
        _settle(alert, done)


def _nowhere(due: list[Alert], settings: AlertSettings) -> None:
    """Nobody to tell: that is said on the page, and tried again."""
    able = settings.webhook or (settings.mail and mail.configured())
    why = "nobody is on duty" if able else "no mail server and no webhook is set"
    Alert.objects.filter(pk__in=[alert.pk for alert in due]).exclude(error=why).update(error=why)


def _claim(alert: Alert, ways: list[str], now: datetime) -> bool:
    reached = {entry["to"]: entry for entry in alert.to if entry.get("state") == "told"}
    alert.to = [*reached.values(), *({"to": way, "state": "sending"} for way in ways if way not in reached)]
    alert.sent = now
    return bool(Alert.objects.filter(pk=alert.pk, sent__isnull=True).update(sent=now, to=alert.to, error=""))


def _left(alert: Alert, way: str) -> bool:
    return any(entry["to"] == way and entry["state"] == "sending" for entry in alert.to)


def _send(way: str, alerts: list[Alert], settings: AlertSettings, urgent: bool, done: Told) -> None:
    problem = ""
    try:
        if way == settings.webhook:
            webhook.deliver(way, settings.webhook_secret, _as_json(alerts, urgent))
        else:
            mail.send(way, *_letter(alerts, urgent))
    except GoodwillError as refused:
        problem = str(refused)
        done.refused.append(problem)
        log.warning("an alert could not be told: %s", problem)
    for alert in alerts:
        for entry in alert.to:
            if entry["to"] == way:
                entry["state"] = "refused" if problem else "told"
                entry |= {"why": problem} if problem else {}


def _settle(alert: Alert, done: Told) -> None:
    """Told where all were reached; otherwise the claim is given back, for those who were not."""
    refused = [entry for entry in alert.to if entry["state"] == "refused"]
    alert.error = refused[0]["why"] if refused else ""
    alert.sent = None if refused else alert.sent
    alert.save(update_fields=["to", "error", "sent"])
    done.told += not refused


def _letter(alerts: list[Alert], urgent: bool) -> tuple[str, str]:
    first = "Somebody should look now" if urgent else "goodwill has something to say"
    subject = f"{first}: {len(alerts)} matters" if len(alerts) > 1 else first
    lines = [f"- {alert.text}" for alert in alerts[:LINES]]
    if len(alerts) > LINES:
        lines.append(f"- and {len(alerts) - LINES} more: {base_address()}")
    return subject, "\n".join(lines) + "\n\nYou get this because you are on duty; each matter is told once.\n"


def _as_json(alerts: list[Alert], urgent: bool) -> dict[str, Any]:
    told = [
        {"id": alert.pk, "cause": alert.cause, "text": alert.text, "at": alert.at.isoformat(timespec="seconds")}
        for alert in alerts
    ]
    return {"kind": "alerts", "urgent": urgent, "alerts": told}
