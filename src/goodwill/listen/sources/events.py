"""Product events: uses, failures, visits, check-ins and sign-ins, told by the firm's own product as they happen.

A download that failed is known before anybody complains of it (`engage.foreseen`).
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from typing import Any

from pydantic import Field, SecretStr

from goodwill.errors import NotUnderstood
from goodwill.facts.tables import EVENTS
from goodwill.listen.choices import CHOICES
from goodwill.listen.names import NETWORKS
from goodwill.listen.posted import signing
from goodwill.listen.posted.payload import Part, read
from goodwill.listen.posted.persons import Person, as_email
from goodwill.listen.sources.kind import Heard, Kind, Place, Request, Row, Settings

SENDER = "Product events"
HEADER = "X-Goodwill-Signature"
MOST = 10_000
KNOWN = ("id", "at", "kind", "event", "ok", "place", "detail", "customer_id", "email", "phone", "device", *NETWORKS)


class EventsSettings(Settings):
    """What is entered for a product."""

    secret: tuple[SecretStr, ...] = Field(
        min_length=1, description="a secret of your own, 20 letters or more; two while one replaces another"
    )


def accept(place: Place, request: Request) -> Heard:
    """One event, a list of them, or `{"events": [...]}`."""
    digest = signing.by_time_in_header(request, place.settings.secret, header=HEADER, sender=SENDER)
    heard = Heard(once=digest)
    body = read(request.body, SENDER)
    given = body.get("events", body) if isinstance(body, dict) else body
    listed = given if isinstance(given, list) else [given]
    if len(listed) > MOST:
        raise NotUnderstood(
            f"it has {len(listed):,} events", where=f"{SENDER}, the body", mend=f"send {MOST:,} at most"
        )
    for at, one in enumerate(listed):
        _event(heard, place, Part.of(one, SENDER, f"events[{at}]"))
    if not listed:
        heard.said.append("it has no events")
    return heard


def _event(heard: Heard, place: Place, event: Part) -> None:
    for name in event.values:
        if name not in KNOWN:
            raise NotUnderstood(
                "an event has no such field", where=event.where(name[:80]), mend=f"there are {', '.join(KNOWN)}"
            )
    ok = event.flag("ok") if "ok" in event else None
    kind = _kind(event)
    row: Row = {
        "customer_id": _who(heard, place, event),
        "at": event.at("at"),
        "kind": "failure" if ok is False and kind == "use" else kind,
        "ok": False if kind == "failure" else ok,
        "place": event.text("place") or None,
        "detail": event.text("detail") or None,
    }
    heard.add("events", {"event_id": _id(place, event, row), **row})


def _kind(event: Part) -> str:
    """Our word for what happened: 'download' is a use, 'check-in' a visit."""
    name = "kind" if "kind" in event else "event"
    given = " ".join(event.text(name).lower().replace("_", " ").replace("-", " ").split())
    found = _words().get(given)
    if found is None:
        raise NotUnderstood(
            f"{event.text(name)[:40]!r} is no kind of event" if given else "it is not there",
            where=event.where(name if given else "kind"),
            mend=f"it is one of {', '.join(EVENTS['kind'].choices)}; say what exactly in 'detail'",
        )
    return found


@cache
def _words() -> dict[str, str]:
    """Every word for a kind of event, with the kind."""
    return {
        word.replace("-", " "): kind
        for kind in EVENTS["kind"].choices
        for word in (kind, *CHOICES["events.kind"].get(kind, "").split("|"))
    }


def _who(heard: Heard, place: Place, event: Part) -> str | None:
    """Whose event it was, by the firm's own id or any handle; nobody's where the product does not know."""
    if "email" in event and not as_email(event.text("email")):
        raise event.wrong("email", f"{event.text('email')[:40]!r} is no e-mail address")
    accounts = tuple((network, event.text(network)) for network in NETWORKS if network in event)
    device = event.maybe_id("device")
    here = f"device {device}" if device else next((f"{channel} {name}" for channel, name in accounts), "")
    person = Person(
        own=event.maybe_id("customer_id"),
        here=here,
        email=event.text("email"),
        phone=event.text("phone"),
        accounts=accounts,
    )
    whose = person.into(heard, place)
    if device and whose:
        heard.add("handles", {"customer_id": whose, "kind": "device", "value": device, "source": place.name})
    return whose


def _id(place: Place, event: Part, row: dict[str, Any]) -> str:
    """The event's own id; without one, an event that says the same of the same instant is the same."""
    own = event.maybe_id("id")
    if own:
        return place.key(own)
    said = json.dumps({name: str(value) for name, value in row.items() if value is not None}, sort_keys=True)
    return place.key(hashlib.sha256(said.encode()).hexdigest()[:32])


KIND = Kind(
    name="events",
    title=SENDER,
    says="Uses, failures, visits, check-ins and sign-ins, told by your own product as they happen.",
    connect='Choose a secret, and POST to the address that goodwill shows: {"id": "d-17", "at": '
    '"2026-05-01T12:00:00Z", "kind": "failure", "email": "dana@firm.example", "place": "download page", '
    '"detail": "the download broke off"}, or a list of such. Kinds are use, failure, visit and sign-in; who it was, '
    "customer_id, email, phone, device or an account says. Sign as for signed rows: a header X-Goodwill-Signature: "
    "t=SECONDS,v1=HEX, the HMAC with SHA-256 of SECONDS, a point, and the body.",
    settings=EventsSettings,
    tried="with requests signed as described here",
    accept=accept,
)
