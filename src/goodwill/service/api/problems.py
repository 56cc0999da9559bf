"""Every error of the API in one shape: {"error": {"what", "where", "mend", and for rows "row", "field"}}."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import InterfaceError, OperationalError
from django.http import Http404
from ninja import Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from goodwill.errors import GoodwillError
from goodwill.service.api.auth import Forbidden
from goodwill.service.intake.accept import unstored
from goodwill.service.intake.refused import Refused

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from ninja import NinjaAPI


class OtherFault(Schema):
    """One more thing that is wrong."""

    row: int
    field: str
    what: str
    mend: str


class ErrorBody(Schema):
    """What is wrong, where, and how to mend it."""

    what: str
    where: str = ""
    mend: str = ""
    row: int | None = None
    field: str | None = None
    others: list[OtherFault] | None = None


class Problem(Schema):
    """The body of every answer that is no success."""

    error: ErrorBody


def body(what: str, where: str = "", mend: str = "") -> dict[str, Any]:
    """An error as the API says it."""
    return {"error": {"what": what, "where": where, "mend": mend}}


def install(api: NinjaAPI) -> None:
    """Teaches an API to answer every error so."""

    def answer(request: HttpRequest, told: dict[str, object], status: int, **headers: str) -> HttpResponse:
        response = api.create_response(request, told, status=status)
        for name, value in headers.items():
            response.headers[name.replace("_", "-")] = value
        return response

    def refused(request: HttpRequest, error: Refused) -> HttpResponse:
        headers = {"Retry_After": str(error.retry_after)} if error.retry_after else {}
        return answer(request, error.body(), error.status, **headers)

    def unauthorised(request: HttpRequest, error: Exception) -> HttpResponse:
        mend = "send the header Authorization: Bearer TOKEN; make one with: goodwill token create NAME --scope write"
        told = body("no valid token came with it", "Authorization", mend)
        return answer(request, told, 401, WWW_Authenticate='Bearer realm="goodwill"')

    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        first = error.errors[0]
        where = ", ".join(str(part) for part in first.get("loc", ()))
        told = body(str(first.get("msg", "it cannot be read")), where, "see /api/docs")
        named = [part for part in first.get("loc", ())[1:] if isinstance(part, str)]
        if first.get("loc", ("",))[0] == "body" and len(named) > 1:  # the body, its parameter's name, the field
            told["error"]["field"] = named[1]
        return answer(request, told, 422)

    handlers: list[tuple[type[Exception], Any]] = [
        (Refused, refused),
        (Forbidden, lambda request, error: answer(request, body(error.what, error.where, error.mend), 403)),
        (GoodwillError, lambda request, error: answer(request, body(error.what, error.where, error.mend), 422)),
        (AuthenticationError, unauthorised),
        (ValidationError, invalid),
        (Http404, lambda request, error: answer(request, body(str(error) or "there is no such thing"), 404)),
        (HttpError, lambda request, error: answer(request, body(str(error)), error.status_code)),
        (OperationalError, lambda request, error: refused(request, unstored(error))),
        (InterfaceError, lambda request, error: refused(request, unstored(error))),
    ]
    for kind, handler in handlers:
        api.add_exception_handler(kind, handler)
