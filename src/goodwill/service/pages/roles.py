"""For whom somebody speaks: the organisations that they belong to, as what, and with which say. A person enters it, and
stands by it with their name; nothing of it is inferred."""

from __future__ import annotations

import dataclasses
import re
import unicodedata
import urllib.parse
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from goodwill.errors import GoodwillError, InputError
from goodwill.service import intake, live
from goodwill.service.live import people, searching
from goodwill.service.pages import holdings
from goodwill.service.pages.addresses import customer_url
from goodwill.service.pages.back import back_to
from goodwill.service.pages.needs import needs
from goodwill.service.pages.note_people import found as people_found
from goodwill.service.store.audit import record
from goodwill.service.store.models import FACTS, key_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse

    from goodwill.service.store.models import Batch

SOURCE = "goodwill"
PURPOSE = "value me"
"""What a role is for: what hangs on somebody's word counts where it is at stake."""
ROLES = {
    "buyer": "buys for it",
    "adviser": "advises it",
    "user": "uses what it bought",
    "holder": "decides for it",
}
"""Each role, and what it means."""
OF_ORGANISATION = "organisation"
"""What the form says that stands on an organisation's page."""
MOST = 8
LONGEST = 120


# --- shown ------------------------------------------------------------------------------------------------------------


def of_person(ids: Iterable[str]) -> list[dict[str, Any]]:
    """The organisations of somebody, as what, and who entered it."""
    rows = list(FACTS["roles"].objects.filter(customer_id__in=ids).order_by("organisation_id", "role").values())
    return _named(rows, "organisation_id")


def of_organisation(ids: Iterable[str]) -> list[dict[str, Any]]:
    """Whom an organisation listens to, whose word weighs most first. A role that nobody signed counts for nothing."""
    rows = FACTS["roles"].objects.filter(organisation_id__in=ids).exclude(entered_by=None).exclude(entered_by="")
    named = _named(list(rows.values()), "customer_id")
    return sorted(named, key=lambda row: (-(row["say"] or 0), row["name"], row["customer_id"], row["role"]))


def said_in_all(rows: Iterable[dict[str, Any]]) -> float:
    """The say of all people together, of each the largest: 1 at most, or it was entered wrongly."""
    largest: dict[str, float] = {}
    for row in rows:
        largest[row["customer_id"]] = max(largest.get(row["customer_id"], 0.0), row["say"] or 0.0)
    return round(sum(largest.values()), 6)


def _named(rows: list[dict[str, Any]], column: str) -> list[dict[str, Any]]:
    named = dict(
        FACTS["people"].objects.filter(fact_key__in={row[column] for row in rows}).values_list("fact_key", "name")
    )
    return [
        {**row, "whose": row[column], "name": named.get(row[column]) or row[column], "percent": _percent(row["say"])}
        for row in rows
    ]


def _percent(say: float | None) -> str:
    """A share as a field has it: in per cent, without its sign."""
    return "" if say is None else f"{say * 100:.6g}"


# --- organisations ----------------------------------------------------------------------------------------------------


def organisations(words: str) -> list[dict[str, Any]]:
    """The organisations that the words could mean, the one that is called exactly so first."""
    words = " ".join(words.replace("\x00", " ").split())[:LONGEST]
    if not words:
        return []
    found, parameters = searching.condition(words, "fact_people.fact_key", [words])
    rows = FACTS["people"].objects.filter(kind="organisation").extra(where=[found], params=parameters)
    shown = [{"customer_id": key, "name": name or key} for key, name in rows.values_list("fact_key", "name")[:200]]
    return sorted(shown, key=lambda one: (not _is(one, words), one["name"], one["customer_id"]))[:MOST]


def _is(one: dict[str, Any], words: str) -> bool:
    return words in (one["customer_id"], one["name"]) or words.casefold() == one["name"].casefold()


@never_cache
@needs("agent")
def found(request: HttpRequest) -> HttpResponse:
    """The organisations that are meant while a name is typed."""
    words = request.GET.get("organisation", "")
    return render(
        request, "customer/organisations.html", {"organisations": organisations(words), "looked": words.strip()}
    )


def persons(words: str, organisation: str) -> dict[str, Any]:
    """Whom the words could mean that are typed on the page of an organisation, as its template wants it."""
    words = " ".join(words.replace("\x00", " ").split())[:LONGEST]
    return {
        "person_words": words,
        "person_looked": len(words) > 1,
        "persons": [one for one in people_found(words) if one["customer_id"] != organisation],
    }


@never_cache
@needs("agent")
def found_persons(request: HttpRequest) -> HttpResponse:
    """The people who are meant while a name is typed."""
    given = persons(request.GET.get("person", ""), request.GET.get("organisation", ""))
    return render(request, "customer/persons.html", {**given, "role_names": ROLES})


# --- entered ----------------------------------------------------------------------------------------------------------


@require_POST
@needs("agent")
def enter(request: HttpRequest) -> HttpResponse:
    """Enters a role, or another say in one that is there."""
    given = {
        name: request.POST.get(name, "").replace("\x00", "").strip()
        for name in ("customer", "organisation", "organisation_id", "role", "say")
    }
    if request.POST.get("page") == OF_ORGANISATION and not given["customer"]:
        return _again(request, "", given, "Choose who it is.")
    person = people.person_of(given["customer"])
    ids = sorted(people.ids_of([person]))
    if not given["customer"] or not holdings.is_known(ids, person):
        raise Http404("nobody is called so")
    try:
        role, say = _role(given["role"]), _say(given["say"])
        organisation = _organisation(given, request)
        if organisation in ids:
            raise InputError("nobody speaks for themselves", where="organisation", mend="name another one")
        row = {
            "customer_id": _held_as(ids, organisation, role) or person,
            "organisation_id": organisation,
            "role": role,
        }
        was = _held(row)
        row |= {"say": say, "entered_by": str(request.user), "entered_at": timezone.now()}
        with transaction.atomic():
            store = intake.replace_rows if was else intake.store_rows
            batch = store("roles", [row], source=SOURCE, by=request.user.email)  # type: ignore[union-attr]
            record(request.user, "entered a role", customer_id=person, what=_told(row), purpose=PURPOSE)  # type: ignore[arg-type]
    except GoodwillError as refused:
        return _again(request, person, given, f"{refused.what}{f': {refused.mend}' if refused.mend else ''}.")
    _drained(batch)
    undo = _undo_removing(was) if was else _undo_entering(row)
    messages.success(request, "Entered, in your name. Now follows at once, sums with the next valuation.", undo)
    return redirect(back_to(request, customer_url(person)))


@require_POST
@needs("agent")
def remove(request: HttpRequest) -> HttpResponse:
    """Takes a role out."""
    given = {
        name: request.POST.get(name, "").replace("\x00", "") for name in ("customer_id", "organisation_id", "role")
    }
    was = _held(given)
    if was is None:
        raise Http404("no such role")
    person = people.person_of(was["customer_id"])
    with transaction.atomic():
        batch = intake.remove("roles", [was["fact_key"]], source=SOURCE, by=request.user.email)  # type: ignore[union-attr]
        record(request.user, "removed a role", customer_id=person, what=_told(was), purpose=PURPOSE)  # type: ignore[arg-type]
    _drained(batch, person)
    messages.success(request, "Taken out.", _undo_removing(was))
    return redirect(back_to(request, customer_url(person)))


def _held(row: dict[str, Any]) -> dict[str, Any] | None:
    """The role that is there under the key of a row."""
    return FACTS["roles"].objects.filter(fact_key=key_of("roles", row)).values().first()


def _held_as(ids: Iterable[str], organisation: str, role: str) -> str | None:
    """Under which of somebody's ids the same role is there already."""
    rows = FACTS["roles"].objects.filter(customer_id__in=ids, organisation_id=organisation, role=role)
    return rows.order_by("row").values_list("customer_id", flat=True).first()


def _organisation(given: dict[str, str], request: HttpRequest) -> str:
    """The one that is meant: chosen, called so, or new and wanted so."""
    known = FACTS["people"].objects.filter(kind="organisation")
    if given["organisation_id"]:
        if not known.filter(fact_key=given["organisation_id"]).exists():
            raise InputError("there is no such organisation", where="organisation", mend="choose another")
        return given["organisation_id"]
    name = " ".join(given["organisation"].split())[:LONGEST]
    if not name:
        raise InputError("the organisation is missing", where="organisation", mend="write its name")
    exact = [one for one in organisations(name) if _is(one, name)]
    if len(exact) == 1:
        return str(exact[0]["customer_id"])
    if request.POST.get("act") != "new":
        what = f"several are called {name}" if exact else f"no organisation is called {name}"
        raise InputError(what, where="organisation", mend="choose one, or enter it as a new one")
    row = {"customer_id": _new_id(name), "kind": "organisation", "name": name}
    _drained(intake.store_rows("people", [row], source=SOURCE, by=request.user.email))  # type: ignore[union-attr]
    return row["customer_id"]


def _new_id(name: str) -> str:
    """An id that can be read and is free.

    >>> _plain("Müller & Söhne AG")
    'muller-sohne-ag'
    """
    first = f"organisation:{_plain(name) or 'new'}"
    taken = set(FACTS["people"].objects.filter(fact_key__startswith=first).values_list("fact_key", flat=True))
    return next(one for one in (first, *(f"{first}-{n}" for n in range(2, len(taken) + 3))) if one not in taken)


def _plain(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:60]


def _role(written: str) -> str:
    if written not in ROLES:
        raise InputError("what they are there is missing", where="role", mend=f"choose {', '.join(ROLES)}")
    return written


def _say(written: str) -> float | None:
    """A share of the decision, from per cent.

    >>> _say("30"), _say("12,5 %"), _say("")
    (0.3, 0.125, None)
    """
    if not written:
        return None
    try:
        number = float(written.removesuffix("%").strip().replace(",", "."))
    except ValueError:
        number = float("nan")
    if not 0 <= number <= 100:
        raise InputError(f"{written[:20]!r} is no share", where="say", mend="write per cent from 0 to 100, as 30")
    return round(number / 100, 6)


def _drained(batch: Batch, *persons: str) -> None:
    """Stored before the page is shown again, with all that follows; what these persons said is placed anew."""
    drained = intake.drain_batch(batch)
    live.after_drain(dataclasses.replace(drained, persons=drained.persons | set(persons)))


def _told(row: dict[str, Any]) -> str:
    say = "" if row["say"] is None else f", {row['say']:.0%} of the say"
    return f"{row['role']} of {row['organisation_id']}{say}"


# --- taken back -------------------------------------------------------------------------------------------------------


def _undo_entering(row: dict[str, Any]) -> str:
    fields = {name: row[name] for name in ("customer_id", "organisation_id", "role")}
    return f"{reverse('role-remove')}?{urllib.parse.urlencode(fields)}"


def _undo_removing(was: dict[str, Any]) -> str:
    """Enters a role as it was."""
    fields = {"customer": was["customer_id"], "organisation_id": was["organisation_id"], "role": was["role"]}
    return f"{reverse('role-enter')}?{urllib.parse.urlencode({**fields, 'say': _percent(was['say'])})}"


def _again(request: HttpRequest, person: str, given: dict[str, str], problem: str) -> HttpResponse:
    """The page from which it came, the person's or the organisation's, with what was typed and what is wrong."""
    from goodwill.service.pages.customer import customer

    if request.POST.get("page") == OF_ORGANISATION:
        person = people.person_of(given["organisation_id"])
    request.GET = request.GET.copy()
    request.GET["tab"] = "who"
    request.role_form = (
        given
        | {  # type: ignore[attr-defined]
            "problem": problem[:1].upper() + problem[1:],
            "organisations": organisations(given["organisation"]),
        }
    )
    answer = customer(request, person)
    if answer.status_code == 200:
        answer.status_code = 422
    return answer
