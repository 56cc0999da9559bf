"""Customer: pays and follows, the statement of account, the books, what happened when, and who they are to us.

Whoever looks is written down with the purpose, and the customer's door shows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from goodwill.service import live
from goodwill.service.erasing.tombstones import is_erased
from goodwill.service.live import people
from goodwill.service.pages import asked_of_them, holdings, roles
from goodwill.service.pages import who as who_page
from goodwill.service.pages.account import account_of
from goodwill.service.pages.addresses import customer_url
from goodwill.service.pages.figures import moment
from goodwill.service.pages.needs import needs
from goodwill.service.pages.words import STANDINGS, marks
from goodwill.service.store.audit import record
from goodwill.service.store.models import Deed

if TYPE_CHECKING:
    from django.http import HttpRequest

TABS = (
    ("statement", "Statement of account"),
    ("books", "Books"),
    ("timeline", "Timeline"),
    ("who", "Who this is"),
)
FOR_ALL = 2
"""From which tab on they are shown of everybody, valued or not."""


@needs("analyst")
def customer(request: HttpRequest, customer_id: str) -> HttpResponse:
    """The page; an id that stands for another's leads to that person."""
    person = people.person_of(customer_id)
    if person != customer_id:
        query = request.GET.urlencode()
        return redirect(f"{customer_url(person)}?{query}" if query else customer_url(person))
    ids = holdings.ids_of(customer_id)
    if is_erased(customer_id):
        return render(request, "410.html", status=410)
    if not holdings.is_known(ids, customer_id):
        raise Http404("no such customer")
    purpose = "answer me" if request.user.may("agent") else "value me"  # type: ignore[union-attr]
    firm = live.firm()
    who, allowed = holdings.person(ids, customer_id), holdings.terms_of(firm, customer_id)
    tab = request.GET.get("tab", "")
    given: dict[str, Any] = {
        "customer_id": customer_id,
        "who": who,
        "name": who["name"] or "A customer without a name",
        "terms": allowed,
        "account": account_of(customer_id) if allowed["valued"] else None,
        "handles": holdings.handles(ids),
        "roles": roles.of_person(ids),
        "hints": who_page.hints(ids),
        "asks": None if who["kind"] == "organisation" else asked_of_them.shown(customer_id, ids),
        "cases": holdings.cases(customer_id),
        "notes": Deed.objects.select_related("by")
        .filter(customer_id=customer_id, kind="note", undone_by=None)
        .order_by("-id")[:20],
        "currency": firm.currency,
        "firm": firm,
        "purpose": purpose,
        "tabs": TABS if allowed["valued"] else TABS[FOR_ALL:],
        "may_act": request.user.may("agent"),  # type: ignore[union-attr]
    }
    given["standing"] = standing_words(given["account"])
    given["tab"] = tab if tab in dict(given["tabs"]) else given["tabs"][0][0]
    if given["tab"] == "who":
        given |= who_page.shown(request, customer_id, ids)
    if given["tab"] == "timeline":
        given |= _timeline(request, ids, customer_id)
    record(request.user, "seen", customer_id=customer_id, what=given["tab"], purpose=purpose)  # type: ignore[arg-type]
    return render(request, "customer/customer.html", given)


def standing_words(account: Any) -> tuple[str, str] | None:
    """The rung of the ladder and what it rests on."""
    standing = account.worth.standing if account else None
    return (standing, STANDINGS[standing]) if standing and STANDINGS.get(standing) else None


def _timeline(request: HttpRequest, ids: list[str], customer_id: str) -> dict[str, Any]:
    kind = request.GET.get("show", "")
    try:
        before = moment(request.GET.get("before"))
    except ValueError:
        before = None
    entries, following = holdings.timeline(ids, customer_id, kind=kind, before=before)
    for entry in entries:
        entry["marks"] = marks(entry["read"]) if entry.get("read") else []
    return {
        "entries": entries,
        "following": following.isoformat() if following else "",
        "kinds": holdings.KINDS,
        "kind": kind,
        "before": before,
    }
