"""Who a customer is: the records that are held to be theirs, and by what; what is only probable; what was decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from goodwill.errors import GoodwillError
from goodwill.service import who
from goodwill.service.live import people, proving
from goodwill.service.pages import roles
from goodwill.service.pages.addresses import customer_url
from goodwill.service.pages.links import LONGEST_WHY, said, undo_of, why_of
from goodwill.service.pages.needs import needs
from goodwill.service.pages.note_people import found as people_found
from goodwill.service.store.models import Link
from goodwill.service.who.links import may_be_told, of

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

DECIDED = {
    "merge": "made one",
    "confirm": "confirmed as one",
    "split": "split off",
    "reject": "said to be two persons",
}
"""What a decision was, as the history says it."""
MOST_RECORDS = 200


def shown(request: HttpRequest, customer_id: str, ids: list[str]) -> dict[str, Any]:
    """What the tab shows."""
    known = who.of_customer(customer_id)
    proofs = held_by(known, ids)
    words = request.GET.get("find", "").replace("\x00", "").strip()
    voices = roles.of_organisation(ids)
    role_form = getattr(request, "role_form", {})
    return {
        **roles.persons(request.GET.get("person", "") or role_form.get("customer", ""), customer_id),
        "records": [{**record, "proofs": proofs.get(record["id"], [])} for record in known["records"]],
        "links": [link for link in known["links"] if link["state"] == Link.PROPOSED],
        "decided": history(known["decisions"]),
        "find": words,
        "others": others(words, customer_id),
        "looked": len(words) > 1,
        "voices": voices,
        "said_in_all": roles.said_in_all(voices),
        "role_names": roles.ROLES,
        "role_form": role_form,
        "why_most": LONGEST_WHY,
    }


def history(decisions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The decisions, the latest first; each that was taken back with who did (`back`), and what the button of each
    undoes: the decision where it holds, its undoing where it does not."""
    backs = {one["undoes"]: one for one in decisions if one["kind"] == "undo" and not one["undone"]}
    found = []
    for one in decisions:
        if one["kind"] != "undo":
            back = backs.get(one["number"]) if one["undone"] else None
            found.append({**one, "words": DECIDED[one["kind"]], "back": back, "button": (back or one)["number"]})
    return found


def hints(ids: list[str]) -> int:
    """How many links of theirs wait for a person: hints to whoever answers, and nothing else."""
    theirs = [row for row in Link.objects.filter(of(ids)).order_by("id") if row.state == Link.PROPOSED]
    rows = may_be_told(theirs[:MOST_RECORDS])
    person = people.persons_of(one for row in rows for one in (row.a, row.b))
    return sum(person[row.a] != person[row.b] for row in rows)


def held_by(known: dict[str, Any], ids: list[str]) -> dict[str, list[str]]:
    """What makes each record theirs: a handle that another record of theirs has too, or a person's word."""
    found: dict[str, list[str]] = {one: [] for one in ids}
    proved = proving.of(ids)
    for key, holders in sorted(proved.holders.items()):
        for one in holders & found.keys() if len(holders & found.keys()) > 1 else ():
            found[one] += sorted(proved.written[key])[:1]
    for one in known["decisions"]:
        if one["kind"] in ("merge", "confirm") and not one["undone"]:
            for record_id in {*one["left"], *one["right"]} & found.keys():
                found[record_id].append(f"the word of {one['by']}")
    return {record_id: list(dict.fromkeys(words)) for record_id, words in found.items()}


def others(words: str, customer_id: str) -> list[dict[str, Any]]:
    """Whom the words could mean, but for this one."""
    person = people.person_of(customer_id) if customer_id else ""
    return [one for one in people_found(words) if one["customer_id"] != person]


@never_cache
@needs("agent")
def find(request: HttpRequest) -> HttpResponse:
    """Whom the words that are being typed could mean."""
    words = request.GET.get("find", "").replace("\x00", "").strip()
    given = {"others": others(words, request.GET.get("customer", "").replace("\x00", "")), "looked": len(words) > 1}
    return render(request, "customer/others.html", given)


@require_POST
@needs("agent")
def merge(request: HttpRequest) -> HttpResponse:
    """Two persons are one."""
    one, other = (request.POST.get(name, "").replace("\x00", "") for name in ("customer", "with"))
    if not one:
        raise Http404("nobody is called so")
    if not other:
        return _refused(request, one, "Choose who they are as well.")
    try:
        decision = who.merge(one, other, by=request.user, why=why_of(request))
    except GoodwillError as refused:
        return _refused(request, one, said(refused))
    messages.success(request, "One person from now on. Their sums follow.", undo_of(decision.number))
    return redirect(_page(one))


@require_POST
@needs("agent")
def split(request: HttpRequest) -> HttpResponse:
    """The ticked records are somebody else's."""
    one = request.POST.get("customer", "").replace("\x00", "")
    records = [given.replace("\x00", "") for given in request.POST.getlist("record")[:MOST_RECORDS]]
    if not one:
        raise Http404("nobody is called so")
    if not records:
        return _refused(request, one, "Tick the records that are somebody else’s.")
    try:
        decision = who.split(records, by=request.user, why=why_of(request))
    except GoodwillError as refused:
        return _refused(request, one, said(refused))
    messages.success(request, "Split off. No handle joins them again; you can.", undo_of(decision.number))
    return redirect(_page(one))


def _page(customer_id: str) -> str:
    return f"{customer_url(people.person_of(customer_id))}?tab=who"


def _refused(request: HttpRequest, customer_id: str, words: str) -> HttpResponse:
    messages.error(request, words)
    return redirect(_page(customer_id))
