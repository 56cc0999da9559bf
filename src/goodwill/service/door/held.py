"""Everything held: what they told us, what we saw, what we think; put right by them, or disputed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from goodwill.facts import INTENTS, MOODS
from goodwill.service import holdings, intake, live, requests
from goodwill.service.door import alike, entry, shown, words
from goodwill.service.door.asked import plain
from goodwill.service.door.frame import show
from goodwill.service.live.customers import LATEST
from goodwill.service.pages.paging import number_of
from goodwill.service.store import pace
from goodwill.service.store.audit import record
from goodwill.service.store.models import Reading

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

OWN_FIELDS = ("name", "language", "country")
"""What a person knows better than anybody, and puts right by themselves."""
LONGEST = 2_000
A_DAY_AT_MOST = 30
"""How many disputes and corrections of one person are taken in a day: nobody fills the firm's list by hand or by
program."""


@entry.visitor
def held(request: HttpRequest, customer_id: str) -> HttpResponse:
    """The page."""
    found = live.customer(customer_id) or {"people": ()}
    return show(
        request,
        "held",
        here="held",
        own={**_own(found), "joined": next((row["joined_at"] for row in found["people"] if row["joined_at"]), None)},
        found={
            **found,
            "messages": shown.messages(found.get("messages", ())),
            "actions": shown.actions(found.get("actions", ())),
            "roles": shown.roles(found.get("roles", ())),
        },
        handles=shown.handles(found.get("handles", ())),
        moods=words.MOODS,
        intents=words.INTENTS,
        latest=LATEST,
        retention=shown.retention(live.firm()),
        holds=shown.holds(customer_id),
        alike=alike.probable(customer_id),
        joined=alike.held(customer_id),
        noted=shown.notes(holdings.some(customer_id, "answers_and_notes", most=LATEST)),
        cases=shown.cases(holdings.some(customer_id, "cases", most=LATEST)),
        corrected=shown.corrections(holdings.some(customer_id, "corrections", most=LATEST)),
    )


def _own(found: dict[str, Any]) -> dict[str, str]:
    """Their own fields, of the first record that says something."""
    return {name: next((row[name] for row in found["people"] if row[name]), "") for name in OWN_FIELDS}


@require_POST
@entry.visitor
def correct(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Puts their own name, language or country right: at once, and kept as a correction of theirs."""
    rows = (live.customer(customer_id) or {}).get("people", ())
    given = {name: plain(request.POST.get(name, ""), 200) for name in OWN_FIELDS}
    changed = {name: value for name, value in given.items() if value and {row[name] for row in rows} != {value}}
    if not changed:
        messages.info(request, "Nothing was changed.")
    elif _too_often(customer_id):
        messages.error(request, "That is enough for today. Come back tomorrow.")
    else:
        if rows:
            _keep([_correction("people", row["key"], name, changed[name]) for row in rows for name in changed])
        else:
            _store("people", [{"customer_id": customer_id, "kind": "person", **changed}])
        record(entry.CUSTOMER, "correct", customer_id=customer_id, what=", ".join(changed), purpose="their own")
        messages.success(request, "Thank you. It counts from now on.")
    return redirect("door-held")


@require_POST
@entry.visitor
def dispute(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Says that something is not right.

    Of what they themselves said: what they meant counts at once. A handle that we only guessed is theirs no more at
    once. Of anything else (a handle that is sure, a purchase, a sum): it stands in the firm's list, with a month at
    most to answer. The firm sees each.
    """
    told = request.POST.get("words", "").replace("\x00", "").strip()[:LONGEST]
    message, handle = request.POST.get("message", ""), request.POST.get("handle", "")
    if not (message or handle or told):
        messages.error(request, "Say in a few words what is not right.")
    elif _too_often(customer_id):
        messages.error(request, "That is enough for today. Come back tomorrow.")
    elif message:
        _what_was_meant(request, customer_id, message)
    elif handle:
        _not_theirs(request, customer_id, handle)
    else:
        _to_the_firm(request, customer_id, told)
    return redirect("door-held")


@require_POST
@entry.visitor
def not_me(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Says that a link is none. A guess goes at once. So does what somebody who works here held to be theirs: then the
    door closes, for it cannot tell to which of the two whoever stands there belongs; a new letter can."""
    if _too_often(customer_id):
        messages.error(request, "That is enough for today. Come back tomorrow.")
        return redirect("door-held")
    became = alike.not_me(customer_id, number_of(request.POST.get("link")) or 0)
    if became == "apart":
        request.session.flush()
        messages.success(request, "Thank you. We took it apart at once. Ask for a new link to come in again.")
        return redirect("door")
    if became == "rejected":
        messages.success(request, "Thank you. We do not think so any more, and will not ask again.")
    elif became == "proven":
        _to_the_firm(request, customer_id, "This is not me: something of somebody else stands among mine.")
    else:
        messages.error(request, "We hold no such thing of yours.")
    return redirect("door-held")


def _too_often(customer_id: str) -> bool:
    return pace.count(f"door words of {customer_id}", timedelta(days=1)) > A_DAY_AT_MOST


def _to_the_firm(request: HttpRequest, customer_id: str, told: str) -> None:
    requests.open("rectify", customer_id, entry.CUSTOMER, words=told, identity="came in by a link to their own address")
    record(entry.CUSTOMER, "disputed", customer_id=customer_id, purpose="their own")
    messages.success(request, "Thank you. We look at it, and you find our answer here within a month.")


def _what_was_meant(request: HttpRequest, customer_id: str, message_id: str) -> None:
    mine = Reading.objects.filter(message_id=message_id, customer_id=customer_id).first()
    if mine is None:
        messages.error(request, "We hold no such thing of yours.")
        return
    rows = []
    mood = request.POST.get("mood", "")
    if mood in MOODS and mood != mine.mood:
        rows.append(_correction("readings", mine.message_id, "mood", mood))
    wants = [one for one in INTENTS if one in request.POST.getlist("intents")]
    if "intents_shown" in request.POST and set(wants) != set(mine.intents or ()):
        rows.append(_correction("readings", mine.message_id, "intents", "|".join(wants) or "none"))
    if not rows:
        messages.info(request, "Nothing was changed.")
        return
    _keep(rows)
    said = "; ".join(f"{row['field']}: {row['value']}" for row in rows)
    record(entry.CUSTOMER, "disputed", customer_id=customer_id, what=f"{message_id} {said}", purpose="their own")
    messages.success(request, "Thank you. We had read it wrongly; your word counts from now on.")


def _not_theirs(request: HttpRequest, customer_id: str, key: str) -> None:
    """A guess goes at once. What is sure is looked at by a person first: their other things may hang on it."""
    mine = shown.handles((live.customer(customer_id) or {}).get("handles", ()))
    handle = next((one for one in mine if one["key"] == key), None)
    if handle is None:
        messages.error(request, "We hold no such thing of yours.")
    elif handle["origin"] == shown.INFERRED:
        _keep([_correction("handles", key, "confidence", "0")])
        what = f"not theirs: {handle['says']} {handle['value']}"
        record(entry.CUSTOMER, "disputed", customer_id=customer_id, what=what, purpose="their own")
        messages.success(request, "Thank you. We do not take it for yours any more.")
    else:
        _to_the_firm(request, customer_id, f"This is not mine: {handle['says']} {handle['value']}")


# --- by the one way in ------------------------------------------------------------------------------------------------


def _correction(table: str, key: str, field: str, value: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {"table": table, "key": key, "field": field, "value": value, "by": entry.CUSTOMER, "at": now}


def _keep(rows: list[dict[str, Any]]) -> None:
    _store("corrections", rows)


def _store(table: str, rows: list[dict[str, Any]]) -> None:
    """Stored before the page is shown again, with all that follows."""
    with transaction.atomic():
        batch = intake.store_rows(table, rows, source="door", by=entry.CUSTOMER)
    drained = intake.drain_batch(batch)
    if drained.stored:
        live.after_drain(drained)
