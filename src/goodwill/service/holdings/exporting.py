"""What is held of a customer as files that they can take along: JSON, and a zip of CSV (docs/export.md)."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from goodwill.service.holdings import schema
from goodwill.service.holdings.gathering import parts, whom_of
from goodwill.service.holdings.stored import AT_ONCE

if TYPE_CHECKING:
    from goodwill.service.holdings.gathering import Whom

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
"""How a cell begins that some spreadsheet takes for a command."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


def export_json(customer_id: str) -> Iterator[bytes]:
    """Everything as one JSON document, UTF-8, piece by piece: made while it is sent, never whole in memory."""
    whom = whom_of(customer_id)
    return json_of(_head(whom, datetime.now(UTC)), parts(whom))


def export_csv_zip(customer_id: str) -> Iterator[bytes]:
    """Everything as a zip of one CSV file a part, and `schema.csv`; piece by piece as well."""
    whom = whom_of(customer_id)
    return csv_zip_of(_head(whom, datetime.now(UTC)), parts(whom))


Parts = Iterable[tuple[schema.Part, Iterable[dict[str, Any]]]]


def json_of(head: dict[str, Any], parts: Parts) -> Iterator[bytes]:
    """What was gathered, as JSON: one row a line."""
    yield _json(head)[:-1] + b',\n"parts": ['
    for place, (part, rows) in enumerate(parts):
        columns = [{"name": one.name, "meaning": one.meaning, "unit": one.unit} for one in part.columns]
        about = {"name": part.name, "mark": part.mark, "meaning": part.meaning, "columns": columns}
        yield (b"," if place else b"") + b"\n" + _json(about)[:-1] + b', "rows": ['
        for number, some in enumerate(_some_at_once(rows)):
            plain = ({name: _plain(value) for name, value in row.items()} for row in some)
            yield (b"," if number else b"") + b"\n" + b",\n".join(map(_json, plain))
        yield b"]}"
    yield b"\n]}\n"


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _some_at_once(rows: Iterable[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    rest = iter(rows)
    while some := list(islice(rest, AT_ONCE)):
        yield some


class _Sent(io.RawIOBase):
    """What a zip was written of so far, to be sent and forgotten; it cannot go back."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, some: Any) -> int:
        self._held += some
        return len(some)

    def taken(self) -> bytes:
        some = bytes(self._held)
        self._held.clear()
        return some


def csv_zip_of(head: dict[str, Any], parts: Parts) -> Iterator[bytes]:
    """What was gathered, as CSV."""
    sent = _Sent()
    about = [[name, json.dumps(value, ensure_ascii=False)] for name, value in head.items()]
    columns = [[part.name, part.mark, one.name, one.meaning, one.unit] for part in schema.PARTS for one in part.columns]
    with zipfile.ZipFile(sent, "w", zipfile.ZIP_DEFLATED) as whole:  # type: ignore[call-overload]
        yield from _member(whole, sent, "about.csv", ["what", "value"], about)
        yield from _member(whole, sent, "schema.csv", ["part", "mark", "column", "meaning", "unit"], columns)
        for part, rows in parts:
            names = [column.name for column in part.columns]
            cells = ([row[name] for name in names] for row in rows)
            yield from _member(whole, sent, f"{part.name}.csv", names, cells)
    yield sent.taken()


def _member(
    whole: zipfile.ZipFile, sent: _Sent, name: str, columns: list[str], rows: Iterable[list[Any]]
) -> Iterator[bytes]:
    """One file of the zip, some rows at a time."""
    member = zipfile.ZipInfo(name, date_time=_EPOCH)  # the same rows are the same bytes
    member.compress_type = zipfile.ZIP_DEFLATED
    rest = iter(rows)
    with whole.open(member, "w", force_zip64=True) as out:
        lines: Iterable[list[Any]] = [columns]
        while lines := list(lines):
            text = io.StringIO()
            csv.writer(text, lineterminator="\r\n").writerows([[_cell(value) for value in line] for line in lines])
            out.write(text.getvalue().encode())
            yield sent.taken()
            lines = islice(rest, AT_ONCE)


def _head(whom: Whom, made: datetime) -> dict[str, Any]:
    return {
        "format": schema.FORMAT,
        "made": made.isoformat(timespec="seconds"),
        "firm": whom.firm.name,
        "currency": whom.firm.currency,
        "customer_id": whom.person,
        "ids": list(whom.ids),
        "marks": schema.MARKS,
    }


def _cell(value: Any) -> str:
    """A value as a cell that no spreadsheet carries out (OWASP, CSV injection).

    >>> _cell("=1+1"), _cell(Decimal("-3.50")), _cell(["a", "b"]), _cell(None)
    ("'=1+1", '-3.50', 'a;b', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal | int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        value = ";".join(value)
    written = value if isinstance(value, str) else _plain(value)
    text = written if isinstance(written, str) else json.dumps(written, ensure_ascii=False)
    text = text.replace("\x00", " ")
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
