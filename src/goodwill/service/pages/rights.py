"""A customer's rights on the firm's side: the file that they take along, their erasure, and its receipt."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import Http404, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from goodwill.errors import GoodwillError
from goodwill.service import erasing, holdings
from goodwill.service.api import finding
from goodwill.service.live import people
from goodwill.service.pages.addresses import customer_url
from goodwill.service.pages.needs import needs
from goodwill.service.store.audit import record

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

FORMS = {"json": ("application/json", "json"), "csv": ("application/zip", "zip")}
WORDS = {
    "worth": "their account",
    "line": "lines of the books",
    "tie": "ties",
    "person": "ways to know them",
    "case": "cases",
    "reading": "readings",
    "batch_raw": "packed batches of everybody’s facts, as they came",
    "django_session": "sessions",
    "deed": "notes and answers of ours",
    "audit": "lines about who looked",
    "unread": "rows that could not be read",
    "recognisable": "hashes of handles",
    "proffered": "records of agreements",
    "proposal": "proposals",
    "job": "jobs",
    "before": "earlier versions",
    "search_word": "words to find them by",
    "door_link": "links to their door",
    "ask": "what they looked for",
    "referral_code": "their referral link",
    "valuation": "proofs that quoted them",
}
"""Tables of the store as a receipt says them; facts have their own names."""


@needs("agent")
def take_along(request: HttpRequest) -> StreamingHttpResponse:
    """Everything that is held of a customer, as a file."""
    form = request.GET.get("format", "json")
    person = people.person_of(request.GET.get("customer", "").replace("\x00", ""))
    if form not in FORMS or not person or not finding.exists(person):
        raise Http404("no such customer, or no such form")
    record(request.user, "took along", customer_id=person, what=form, purpose="their request")  # type: ignore[arg-type]
    kind, ending = FORMS[form]
    made = holdings.export_json(person) if form == "json" else holdings.export_csv_zip(person)
    answer = StreamingHttpResponse(made, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="customer.{ending}"'
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@needs("admin")
def erase(request: HttpRequest) -> HttpResponse:
    """Erases a customer, where the word was written that says so."""
    customer_id = request.POST.get("customer", "").replace("\x00", "")
    if request.POST.get("sure", "").strip().lower() != "erase":
        messages.error(request, "Nothing was erased: write “erase” to say that you are sure.")
        return redirect(customer_url(people.person_of(customer_id)))
    try:
        receipt = erasing.erase(customer_id, request.user, request.POST.get("why", ""))  # type: ignore[arg-type]
    except GoodwillError as refused:
        raise Http404(refused.what) from refused
    messages.success(request, "They are being erased. This is the receipt.")
    return redirect("receipt", receipt_id=receipt)


@needs("agent")
def receipt(request: HttpRequest, receipt_id: str) -> HttpResponse:
    """What went, what the law keeps, and until when."""
    told = erasing.receipt(receipt_id)
    if told is None:
        raise Http404("no such receipt")
    counted = [
        (what, [(WORDS.get(name, name), number) for name, number in told[key].items()])
        for what, key in (
            ("Went", "gone"),
            ("Kept without them", "reduced"),
            ("Masked in the words of others", "masked"),
        )
    ]
    kept = [{**one, "until": date.fromisoformat(one["until"])} for one in told["kept"]]
    told = {**told, "kept": kept}
    return render(request, "requests/receipt.html", {"told": told, "counted": [one for one in counted if one[1]]})
