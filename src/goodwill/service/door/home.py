"""The door itself: who we think they are, what we hold in a few lines, who looked at it and why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from goodwill.service import live, terms
from goodwill.service.door import budget, choices, entry, shown
from goodwill.service.door.frame import show
from goodwill.service.door.words import ACTS, ASKED, OWN_ACTS, PURPOSES_SAID, SAYS_WHY
from goodwill.service.live import people
from goodwill.service.store.models import FACTS, Asking, Audit, Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

LOOKED = 50
YOU = "you"
COUNTED = (
    ("purchases", "purchases", "bought"),
    ("responses", "answers to surveys", "answers"),
    ("contributions", "ideas and help that you gave", "ideas"),
    ("events", "visits, uses and failures", "events"),
    ("actions", "things that we did for you", "done"),
)
"""Tables, what is in them, and where on the page of everything they stand."""


def door(request: HttpRequest) -> HttpResponse:
    """The first page: the way in for strangers, the overview for those who came in."""
    return entry.ask(request) if entry.whose(request) is None else _overview(request)


@entry.visitor
def _overview(request: HttpRequest, customer_id: str) -> HttpResponse:
    found = live.customer(customer_id) or {}
    looked = looked_at(customer_id)
    return show(
        request,
        "home",
        here="door",
        name=next((row["name"] for row in found.get("people", ()) if row["name"]), ""),
        handles=shown.once(shown.handles(found.get("handles", ()))),
        counted=counted(customer_id),
        valued="value me" in terms.state(customer_id)["purposes"],
        looked=looked[:LOOKED],
        more=len(looked) > LOOKED,
        asks=budget.of(customer_id),
        asked=asked_of_them(customer_id),
        days=choices.DAYS,
        holds=shown.holds(customer_id),
    )


def counted(customer_id: str) -> list[tuple[int, str, str]]:
    """How much is held of each kind, where there is some: number, words, and the place on the page of everything."""
    ids = _ids(customer_id)
    found = [(Reading.objects.filter(customer_id=customer_id).count(), "things that you said", "said")]
    found += [
        (FACTS[table].objects.filter(customer_id__in=ids).count(), words, place) for table, words, place in COUNTED
    ]
    return [one for one in found if one[0]]


def asked_of_them(customer_id: str) -> list[dict[str, Any]]:
    """What we asked of them within the days that the budget counts, the latest first."""
    since = datetime.now(UTC) - timedelta(days=choices.DAYS)
    rows = Asking.objects.filter(customer_id__in=_ids(customer_id), at__gte=since).order_by("-at", "-id")[:LOOKED]
    return [{"at": row.at, "says": ASKED[row.kind], "words": row.words} for row in rows]


def looked_at(customer_id: str, first: int = 0) -> list[dict[str, Any]]:
    """Who saw or did something about them, the latest first, one more than are shown. Colleagues stand as 'somebody who
    works here': the firm knows which of them it was."""
    rows = Audit.objects.filter(customer_id__in=_ids(customer_id)).order_by("-id")[first : first + LOOKED + 1]
    return [_look(row) for row in rows]


def _look(row: Audit) -> dict[str, Any]:
    who = _who(row.who)
    if who == YOU:
        return {"at": row.at, "who": who, "act": OWN_ACTS.get(row.act) or ACTS.get(row.act, row.act), "purpose": ""}
    purpose = "" if row.act in SAYS_WHY else PURPOSES_SAID.get(row.purpose, row.purpose)
    return {"at": row.at, "who": who, "act": ACTS.get(row.act, row.act), "purpose": purpose}


def _ids(customer_id: str) -> Sequence[str]:
    return sorted(people.ids_of([customer_id]))


def _who(name: str) -> str:
    if name == entry.CUSTOMER:
        return YOU
    if name.startswith("their agent"):
        return "a program of yours"
    if name.startswith("token "):
        return "a program of ours"
    return "somebody who works here" if "@" in name else "our system"
