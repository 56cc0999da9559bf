"""One case: what was said, what it rests on, what was done; and the forms of the deeds.

The same address gives the whole page, or with `part` what a row of *Now* opens: `detail`, or one of the forms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse
from django.shortcuts import render

from goodwill.facts import INTENTS, MOODS
from goodwill.service import live
from goodwill.service.live import terms
from goodwill.service.pages import looking
from goodwill.service.pages.needs import needs
from goodwill.service.pages.now import KEYS, add_people
from goodwill.service.pages.words import ACTS, DEEDS
from goodwill.service.store.audit import record
from goodwill.service.store.models import FACTS, Case, Deed, Reading

if TYPE_CHECKING:
    from django.http import HttpRequest

FORMS = ("answer", "thank", "note", "refund", "close", "correct")
MOST = 20
SURE = (
    (0.85, "our records leave no doubt"),
    (0.65, "what they say is probably wrong"),
    (0.0, "look first: it may be an exception"),
)
"""How certain a contradiction is (understand.claims)."""


@needs("analyst")
def case(request: HttpRequest) -> HttpResponse:
    """The page, or the part that was asked for."""
    message_id = request.GET.get("message", "")
    row = case_row(message_id)
    if row is None:
        raise Http404("no such case")
    form = request.GET.get("act", "")
    given = context(request, row) | {"form": form if form in FORMS else ""}
    looking.look(request.user, message_id)  # type: ignore[arg-type]
    if request.htmx and request.GET.get("part") == "row":  # type: ignore[attr-defined]
        return render(request, "now/row.html", given)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "case/form.html" if given["form"] else "case/detail.html", given)
    if row["customer_id"]:
        record(request.user, "saw a case", customer_id=row["customer_id"], what=message_id, purpose="answer me")  # type: ignore[arg-type]
    return render(request, "case/case.html", given)


def context(request: HttpRequest, row: dict[str, Any]) -> dict[str, Any]:
    """What the templates of a case need."""
    message_id = row["message_id"]
    add_people([row], request)
    return {
        "case": row,
        "reading": Reading.objects.filter(message_id=message_id).first(),
        "deeds": history(message_id),
        "thread": thread(message_id),
        "claims": claims(message_id),
        "button": ACTS.get(request.GET.get("act", ""), ("", "", ""))[2],
        "causes": FACTS["causes"].objects.order_by("name", "fact_key"),
        "moods": MOODS,
        "intents": INTENTS,
        "topics": sorted(live.firm().topics),
        "currency": live.firm().currency,
        "keys": KEYS,
        "may_act": request.user.may("agent"),  # type: ignore[union-attr]
    }


def case_row(message_id: str) -> dict[str, Any] | None:
    """One case in the form of `live.now`'s rows, whatever its state."""
    found = Case.objects.select_related("taken_by").filter(message_id=message_id).first()
    message = FACTS["messages"].objects.filter(fact_key=message_id).first()
    if message is None:
        return None
    reading = Reading.objects.filter(message_id=message_id).first()
    customer = found.customer_id if found else getattr(reading, "customer_id", None)
    row = {
        "message_id": message_id,
        "customer_id": customer,
        "name": name_of(customer) or message.author or "",
        "at": message.at,
        "channel": message.channel,
        "text": message.text,
        "url": message.url,
        "rating": message.rating,
        "mood": getattr(reading, "mood", None),
        "intents": list(getattr(reading, "intents", None) or ()),
        "audience": message.audience,
        "group": found.group if found else None,
        "due": found.due if found else None,
        "stake": found.stake if found else None,
        "low": found.low if found else None,
        "high": found.high if found else None,
        "reasons": list(found.reasons or ()) if found else [],
        "state": found.state if found else None,
        "taken_by": found.taken_by_id if found else None,
        "taken_by_name": str(found.taken_by) if found and found.taken_by else None,
        "taken_at": found.taken_at if found else None,
        "cause_id": found.cause_id if found else None,
    }
    terms.veil([row])
    return row


def name_of(customer_id: str | None) -> str:
    """What a customer is called, '' where nobody knows."""
    if not customer_id:
        return ""
    people = FACTS["people"].objects
    return people.filter(fact_key=customer_id).values_list("name", flat=True).first() or ""


def history(message_id: str) -> list[dict[str, Any]]:
    """What was done, the latest first."""
    rows = Deed.objects.select_related("by").filter(message_id=message_id).exclude(kind="undo").order_by("-id")[:50]
    return [{"deed": row, "did": DEEDS.get(row.kind, row.kind), "undone": row.undone_by_id is not None} for row in rows]


def claims(message_id: str) -> list[dict[str, Any]]:
    """What the message states and our records contradict, with where the facts are."""
    return [
        {
            **row,
            "sure": next(words for least, words in SURE if row["certainty"] >= least),
            "facts": [
                (table, key, table in FACTS) for table, _, key in (one.partition(":") for one in row["fact_ids"])
            ],
        }
        for row in live.contradicted(message_id)
    ]


def thread(message_id: str) -> list[Any]:
    """The other messages of the conversation, in time order."""
    messages = FACTS["messages"].objects
    own = messages.filter(fact_key=message_id).values("thread", "in_reply_to").first() or {}
    found: list[Any] = []
    if own.get("thread"):
        found = list(messages.filter(thread=own["thread"]).exclude(fact_key=message_id).order_by("at", "row")[:MOST])
    elif own.get("in_reply_to"):
        found = list(messages.filter(fact_key=own["in_reply_to"]))
    found += (
        messages.filter(in_reply_to=message_id).exclude(row__in=[one.row for one in found]).order_by("at", "row")[:MOST]
    )
    return found
