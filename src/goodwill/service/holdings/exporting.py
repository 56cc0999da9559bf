"""What is held of a customer as files that they can take along: JSON, and a zip of CSV (docs/export.md)."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from goodwill.service.holdings import schema
from goodwill.service.holdings.gathering import everything

if TYPE_CHECKING:
    from goodwill.service.holdings.gathering import Holdings

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
"""How a cell begins that some spreadsheet takes for a command."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


def export_json(customer_id: str) -> bytes:
    """Everything as one JSON document, UTF-8."""
    return as_json(everything(customer_id))


def export_csv_zip(customer_id: str) -> bytes:
    """Everything as a zip of one CSV file a part, and `schema.csv`."""
    return as_csv_zip(everything(customer_id))


def as_json(held: Holdings) -> bytes:
    """What was gathered, as JSON."""
    found = {
        **_head(held),
        "parts": [
            {
                "name": one.part.name,
                "mark": one.mark,
                "meaning": one.part.meaning,
                "columns": [
                    {"name": column.name, "meaning": column.meaning, "unit": column.unit} for column in one.part.columns
                ],
                "rows": [{name: _plain(value) for name, value in row.items()} for row in one.rows],
            }
            for one in held.parts
        ],
    }
    return json.dumps(found, ensure_ascii=False, indent=1).encode()


def as_csv_zip(held: Holdings) -> bytes:
    """What was gathered, as CSV."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as whole:
        head = [[name, json.dumps(value, ensure_ascii=False)] for name, value in _head(held).items()]
        _write(whole, "about.csv", ["what", "value"], head)
        _write(
            whole,
            "schema.csv",
            ["part", "mark", "column", "meaning", "unit"],
            [
                [part.name, part.mark, column.name, column.meaning, column.unit]
                for part in schema.PARTS
                for column in part.columns
            ],
        )
        for one in held.parts:
            names = [column.name for column in one.part.columns]
            _write(whole, f"{one.part.name}.csv", names, [[row[name] for name in names] for row in one.rows])
    return out.getvalue()


def _head(held: Holdings) -> dict[str, Any]:
    return {
        "format": schema.FORMAT,
        "made": held.made.isoformat(timespec="seconds"),
        "firm": held.firm,
        "currency": held.currency,
        "customer_id": held.customer_id,
        "ids": list(held.ids),
        "marks": schema.MARKS,
    }


def _write(whole: zipfile.ZipFile, name: str, columns: list[str], rows: list[list[Any]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([[_cell(value) for value in row] for row in rows])
    member = zipfile.ZipInfo(name, date_time=_EPOCH)  # the same rows are the same bytes
    member.compress_type = zipfile.ZIP_DEFLATED
    whole.writestr(member, text.getvalue().encode())


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
