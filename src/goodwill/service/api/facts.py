"""POST /api/v1/facts/{table}: facts come in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, UnreadablePostError
from ninja import Router, Schema, Status

from goodwill.facts import INSTANT, MONEY, TABLES, WORDS
from goodwill.service.api.auth import Scoped
from goodwill.service.api.problems import Problem
from goodwill.service.intake import Refused, accept
from goodwill.service.intake.columns import identifying
from goodwill.service.intake.limits import LARGEST_BODY

if TYPE_CHECKING:
    from goodwill.facts import Column

router = Router(tags=["facts"])


class Taken(Schema):
    """A batch that is kept and will be stored: its number and how many rows it has."""

    batch: int
    rows: int


def row_schema(table: str) -> dict[str, Any]:
    """The JSON schema of one row, from the vocabulary.

    >>> row_schema("responses")["properties"]["score"]
    {'type': ['integer', 'null'], 'description': 'would you recommend us? (0 to 10)', 'minimum': 0, 'maximum': 10}
    """
    properties = {column.name: _column_schema(column) for column in TABLES[table]}
    for name, (kind, channel) in identifying(table).items():
        told = f"who it was: {kind}" + (f" on {channel}" if channel else "")
        properties.setdefault(name, {"type": ["string", "null"], "description": told})
    # A handle beside it can name the customer instead.
    named = identifying(table)
    required = [column.name for column in TABLES[table] if column.required and not (named and column.refers_to)]
    if table == "people":
        required.remove("customer_id")
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _column_schema(column: Column) -> dict[str, Any]:
    kind, more = _kind(column)
    told = column.meaning + (f" ({column.unit})" if column.unit else "")
    schema: dict[str, Any] = {"type": kind if column.required else [kind, "null"], "description": told, **more}
    if column.choices:
        schema["enum"] = [*column.choices, *([] if column.required else [None])]
    if column.low is not None:
        schema["minimum"] = column.low
    if column.high is not None:
        schema["maximum"] = column.high
    return schema


def _kind(column: Column) -> tuple[str, dict[str, Any]]:
    if column.type == INSTANT:
        return "string", {"format": "date-time"}
    if column.type == WORDS:
        return "array", {"items": {"type": "string"}}
    if column.type == MONEY:
        return "number", {"multipleOf": 0.01}
    return {"int64": "integer", "double": "number", "bool": "boolean"}.get(str(column.type), "string"), {}


_ROWS = {"type": "array", "minItems": 1, "items": {"anyOf": [{"$ref": f"#/components/schemas/{t}"} for t in TABLES]}}
_BODY = {
    "required": True,
    "description": "a JSON array of rows, or NDJSON; with Content-Encoding: gzip if packed; 32 MB unpacked at most",
    "content": {
        "application/json": {"schema": _ROWS},
        "application/x-ndjson": {"schema": {"type": "string", "description": "one object a line"}},
    },
}


@router.post(
    "/{table}",
    auth=Scoped("write"),
    summary="Facts come in",
    response={202: Taken, **dict.fromkeys((400, 401, 403, 404, 413, 415, 422, 429, 503), Problem)},
    openapi_extra={"requestBody": _BODY},
)
def post_facts(request: HttpRequest, table: str, source: str = "") -> Status:
    """Takes a batch of facts for one table; 202 means that each of them will be stored exactly once.

    A batch with a row that breaks the table's schema is refused whole (422, with the row and the field). `source` names
    the system that they come from; without it the token's name does. The same fact sent twice is one.
    """
    token = request.auth  # type: ignore[attr-defined]
    taken = accept(
        table,
        _body(request),
        encoding=request.headers.get("Content-Encoding", ""),
        source=source or token.name,
        token=f"token {token.name}",
        content_type=request.headers.get("Content-Type") or "application/json",
    )
    return Status(202, {"batch": taken.batch, "rows": taken.rows})


def _body(request: HttpRequest) -> bytes:
    """The bytes as they came. What says that it is too large is refused before it is read."""
    told = request.META.get("CONTENT_LENGTH") or "0"
    if told.isdigit() and int(told) > LARGEST_BODY:
        raise Refused(413, f"it is larger than {LARGEST_BODY // 1024**2} MB", where="the body", mend="send it in parts")
    try:
        if "chunked" in request.META.get("HTTP_TRANSFER_ENCODING", "").lower():
            # Django reads only what a length announces.
            return bytes(request.META["wsgi.input"].read(LARGEST_BODY + 1))
        return bytes(request.body)
    except (UnreadablePostError, OSError):
        raise Refused(400, "it broke off", where="the body", mend="send it again") from None
