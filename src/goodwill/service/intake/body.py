"""Bytes to rows: the kind of content, gzip, and JSON in both its forms; each bounded, each refused with its reason."""

from __future__ import annotations

import json
import zlib
from typing import Any

from pydantic_core import from_json

from goodwill.service.intake.limits import LARGEST_BODY, LARGEST_ROW, MOST_ROWS
from goodwill.service.intake.refused import Refused

KINDS = (
    "application/json",
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/x-jsonlines",
    "text/json",
)
Row = dict[str, Any]


def rows_of(body: bytes, encoding: str = "", content_type: str = "application/json") -> tuple[list[Row], bytes]:
    """The rows of a body, and the body unpacked.

    Raises Refused (400, 413, 415) where it is too large, broken, or no JSON array or NDJSON of objects.

    >>> rows_of(b'{"message_id": "a:1"}\\n{"message_id": "a:2"}')[0]
    [{'message_id': 'a:1'}, {'message_id': 'a:2'}]
    """
    _check_kind(content_type)
    text = unpacked(body, encoding)
    rows = parsed(text)
    if not rows:
        raise Refused(400, "there is no row in it", where="the body", mend="send a JSON array of objects, or NDJSON")
    if len(rows) > MOST_ROWS:
        raise Refused(
            413, f"it has {len(rows):,} rows", where="the body", mend=f"send at most {MOST_ROWS:,} rows at once"
        )
    if len(text) > LARGEST_ROW:
        _check_row_sizes(rows)
    return rows, text


def _check_kind(content_type: str) -> None:
    kind, _, parameters = content_type.partition(";")
    mend = "send it with Content-Type: application/json (an array) or application/x-ndjson (an object a line)"
    if kind.strip().lower() not in KINDS:
        raise Refused(415, f"{kind.strip()[:80] or 'nothing'!r} is not read here", where="Content-Type", mend=mend)
    name, _, value = parameters.partition("=")
    if name.strip().lower() == "charset" and value.strip(" \"'").lower() not in ("utf-8", "utf8"):
        raise Refused(415, f"{value.strip()[:40]!r} is not read here", where="Content-Type", mend="send UTF-8")


def unpacked(body: bytes, encoding: str) -> bytes:
    """The body without its packing; a bomb is stopped at the largest body."""
    encoding = encoding.strip().lower()
    if len(body) > LARGEST_BODY:
        raise _too_large()
    if encoding in ("", "identity"):
        return body
    if encoding not in ("gzip", "x-gzip"):
        raise Refused(
            415,
            f"{encoding[:40]!r} is not read here",
            where="Content-Encoding",
            mend="pack it with gzip",
        )
    parts: list[bytes] = []
    room = LARGEST_BODY
    rest = body
    try:
        while rest:  # a gzip file may have several members, one after the other
            member = zlib.decompressobj(wbits=31)
            parts.append(member.decompress(rest, room + 1))
            room -= len(parts[-1])
            if room < 0:
                raise _too_large()
            if not member.eof:
                raise zlib.error("it ends too soon")
            rest = member.unused_data
    except zlib.error:
        raise Refused(400, "its gzip is broken", where="the body", mend="pack it again, or send it as it is") from None
    return b"".join(parts)


def _too_large() -> Refused:
    return Refused(
        413,
        f"it is larger than {LARGEST_BODY // 1024**2} MB (unpacked)",
        where="the body",
        mend="send it in several smaller batches",
    )


def parsed(text: bytes) -> list[Row]:
    """The objects of a JSON array, of NDJSON, or the one object that stands alone."""
    begin = text[:256].lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if begin == b"[":
        try:
            found = _json(text.removeprefix(b"\xef\xbb\xbf"))
        except ValueError as error:
            raise _no_json("the body", error) from None
    else:
        found = _lines(text.removeprefix(b"\xef\xbb\xbf"))
    if set(map(type, found)) - {dict}:
        row = next(at for at, one in enumerate(found) if type(one) is not dict)
        raise Refused(
            422,
            f"it is {_kind(found[row])}, not an object",
            where=f"row {row + 1}",
            mend='write each row as {"column": value, …}',
            row=row + 1,
        )
    return _without_nul(found) if b"\\u0000" in text else found


def _without_nul(value: Any) -> Any:
    """The character NUL, which PostgreSQL cannot keep, as U+FFFD."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")
    if isinstance(value, list):
        return [_without_nul(one) for one in value]
    if isinstance(value, dict):
        return {_without_nul(name): _without_nul(one) for name, one in value.items()}
    return value


def _json(text: bytes) -> Any:
    return from_json(text, cache_strings="keys", allow_inf_nan=False)


def _lines(text: bytes) -> list[Row]:
    lines = [line for line in text.split(b"\n") if line.strip()]
    try:
        found: list[Row] = _json(b"[" + b",".join(lines) + b"]")
        if len(found) == len(lines):
            return found
    except ValueError:
        pass
    try:
        return [_json(text)]  # one object over several lines
    except ValueError:
        pass
    found = []
    for at, line in enumerate(lines, 1):
        try:
            found.append(_json(line))
        except ValueError as error:
            raise _no_json(f"line {at}", error) from None
    return found


def _no_json(where: str, error: ValueError) -> Refused:
    said = str(error).split(" at line ")[0][:120]
    if "recursion" in said:
        return Refused(400, "it is nested too deeply", where=where, mend="a row is a flat object: columns and values")
    return Refused(
        400, f"it is no JSON ({said})", where=where, mend="send a JSON array of objects, or NDJSON (an object a line)"
    )


def _check_row_sizes(rows: list[Row]) -> None:
    for at, row in enumerate(rows, 1):
        # Only a row with much text can be too large; a list within it counts by what it is written as.
        if sum(len(value) if type(value) is str else len(str(value)) for value in row.values()) * 4 < LARGEST_ROW:
            continue
        size = len(json.dumps(row, ensure_ascii=False).encode("utf-8", "replace"))
        if size > LARGEST_ROW:
            raise Refused(
                413,
                f"it is {size / 1024**2:.1f} MB",
                where=f"row {at}",
                mend=f"a row may have {LARGEST_ROW // 1024**2} MB at most: shorten its text, or leave it out",
                row=at,
            )


def _kind(value: object) -> str:
    return {list: "a list", str: "a text", bool: "true or false", type(None): "null"}.get(type(value), "a number")
