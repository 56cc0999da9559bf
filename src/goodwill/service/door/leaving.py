"""Take along, and erase."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from goodwill.service import erasing, holdings, live
from goodwill.service.door import entry, own_page, shown, words
from goodwill.service.door.frame import show
from goodwill.service.live import people
from goodwill.service.store.audit import record
from goodwill.service.store.models import Request

if TYPE_CHECKING:
    from django.http import HttpRequest

FORMS = {"json": ("application/json", "what-we-hold.json"), "csv": ("application/zip", "what-we-hold.zip")}
YES = "erase"
"""What somebody writes to say that they mean it."""
_KEPT = ("kind", "number", "received", "due", "state", "words", "answer", "answered")


@entry.visitor
def leaving(request: HttpRequest, customer_id: str, problem: str = "") -> HttpResponse:
    """The page."""
    ids = sorted(people.ids_of([customer_id]))
    rows = Request.objects.filter(customer_id__in=ids).order_by("-received", "number")[:20]
    retention = live.firm().retention
    return show(
        request,
        "leaving",
        here="leaving",
        status=422 if problem else 200,
        requests=[
            {**{name: getattr(row, name) for name in _KEPT}, "kind_said": words.REQUESTS.get(row.kind, row.kind)}
            for row in rows
        ],
        holds=shown.holds(customer_id),
        kept_years=f"{retention.purchases_years:g} years" if retention.purchases_years else "",
        backup_days=retention.backup_days,
        problem=problem,
        yes=YES,
    )


@require_safe
@entry.visitor
def take(request: HttpRequest, customer_id: str, form: str) -> StreamingHttpResponse:
    """Everything, as a file."""
    if form not in FORMS:
        raise Http404("no such form")
    made = holdings.export_json(customer_id) if form == "json" else holdings.export_csv_zip(customer_id)
    record(entry.CUSTOMER, "exported", customer_id=customer_id, what=form, purpose="their own")
    kind, name = FORMS[form]
    return StreamingHttpResponse(made, content_type=kind, headers=_as_file(name))  # made while it is sent


@require_safe
@entry.visitor
def page(request: HttpRequest, customer_id: str) -> HttpResponse:
    """A page of their own, that keeps terms, records and receipts without us."""
    made = own_page.make(customer_id)
    record(entry.CUSTOMER, "exported", customer_id=customer_id, what="their own page", purpose="their own")
    return HttpResponse(made, content_type="text/html; charset=utf-8", headers=_as_file("my-terms.html"))


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


@require_POST
@entry.visitor
def erase(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Erases them, if they wrote the word; the receipt is the last thing that they see here."""
    if request.POST.get("word", "").strip().lower() != YES:
        return leaving(request, problem=f"Write the word {YES} if you mean it.")
    number = erasing.erase(customer_id, entry.CUSTOMER, "asked at the door")
    request.session.flush()
    return _receipt(request, number, fresh=True)


@never_cache
@require_safe
def receipt(request: HttpRequest, number: str) -> HttpResponse:
    """The receipt of an erasure, for whoever has its number: it names nobody."""
    return _receipt(request, number)


def _receipt(request: HttpRequest, number: str, fresh: bool = False) -> HttpResponse:
    found = erasing.receipt(number)
    if found is None:
        raise Http404("no such receipt")
    return show(
        request,
        "erased",
        receipt=found,
        gone=words.counted(found["gone"], words.ERASED),
        stays=words.counted(found["reduced"], words.STAYS, "other lines, without you"),
        kept=[{**one, "until": date.fromisoformat(str(one["until"]))} for one in found["kept"]],
        fresh=fresh,
    )
