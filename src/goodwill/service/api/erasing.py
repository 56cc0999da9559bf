"""POST /api/v1/customers/{id}/erase, GET /api/v1/customers/{id}/export and /receipts/{id}."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from django.http import Http404, HttpRequest, StreamingHttpResponse
from ninja import Body, Field, Path, Query, Router, Schema

from goodwill.service import erasing, holdings
from goodwill.service.api import paging
from goodwill.service.api.auth import Scoped
from goodwill.service.api.customers import known
from goodwill.service.api.fresh import fresh
from goodwill.service.api.problems import Problem
from goodwill.service.api.seen import seen
from goodwill.service.api.shapes import ONE

router = Router(tags=["customers' rights"])
router.add_decorator(fresh, mode="view")
FORMS = {"json": "application/json", "csv": "application/zip"}


class Why(Schema):
    """Why somebody is erased."""

    model_config = {"extra": "forbid"}

    why: str = Field("", max_length=500, description="stands in the receipt; names nobody")


class Receipted(Schema):
    """The receipt's id: nothing else tells whom it was about."""

    receipt: str


class KeptByLaw(Schema):
    """What is kept, why, and until when."""

    what: str
    number: int
    why: str
    until: date


class Receipt(Schema):
    """What an erasure did. It names nobody."""

    receipt: str
    state: Literal["asked", "erased", "done"] = Field(description="done: files and free space are clean too")
    asked: datetime
    by: str
    why: str
    erased: datetime | None
    finished: datetime | None
    gone: dict[str, int] = Field(description="rows that went, by table")
    reduced: dict[str, int] = Field(description="rows without the person in them, by table")
    masked: dict[str, int] = Field(description="what others wrote about them, masked, by table")
    kept: list[KeptByLaw]
    notes: list[str]
    backups: str
    backups_until: date
    kept_out: int = Field(description="facts of theirs that came again since, and were left out")
    last_kept_out: datetime | None


class ExportAsked(Schema):
    """In which form."""

    model_config = {"extra": "forbid"}

    format: Literal["json", "csv"] = Field("json", description="csv is a zip of one file a part")


@router.post(
    "/customers/{whole_id:customer_id}/erase",
    auth=Scoped("admin"),
    response={200: Receipted, **dict.fromkeys((400, 401, 403, 404, 410, 422, 503), Problem)},
    summary="Erase them",
)
def post_erase(
    request: HttpRequest,
    customer_id: Path[paging.Id],
    given: Why | None = Body(None),  # noqa: B008
) -> dict[str, Any]:
    """Erases a customer everywhere, for good. From this answer on their address answers 410; the work takes a while."""
    person = known(customer_id)
    return {"receipt": erasing.erase(person, request.auth, given.why if given else "")}  # type: ignore[attr-defined]


@router.get(
    "/customers/{whole_id:customer_id}/export",
    auth=Scoped("read"),
    response={200: Any, **ONE},
    summary="Everything that is held of them",
    openapi_extra={
        "responses": {200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}}
    },
)
def get_export(request: HttpRequest, asked: Query[ExportAsked], customer_id: Path[paging.Id]) -> StreamingHttpResponse:
    """The file that a customer takes along: provided, observed and inferred marked, other people counted."""
    paging.known_only(request, asked)
    person = known(customer_id)
    seen(request, f"export {asked.format}", person)
    made = holdings.export_json(person) if asked.format == "json" else holdings.export_csv_zip(person)
    answer = StreamingHttpResponse(made, content_type=FORMS[asked.format])
    answer["Content-Disposition"] = f'attachment; filename="customer.{"json" if asked.format == "json" else "zip"}"'
    return answer


@router.get(
    "/receipts/{receipt}",
    auth=Scoped("read"),
    response={200: Receipt, **ONE},
    summary="The receipt of an erasure",
)
def get_receipt(request: HttpRequest, receipt: Path[paging.Id]) -> dict[str, Any]:
    """What went, what was reduced, what the law keeps and until when. It names nobody."""
    found = erasing.receipt(receipt)
    if found is None:
        raise Http404(f"there is no receipt {receipt[:40]!r}")
    return found
