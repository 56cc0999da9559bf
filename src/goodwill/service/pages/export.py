"""Customers as a CSV file: what the role may have, and nothing that a spreadsheet would carry out."""

from __future__ import annotations

import csv
import io
import urllib.parse
from typing import TYPE_CHECKING, Any

from django.http import StreamingHttpResponse
from django.utils import timezone

from goodwill.service import live
from goodwill.service.pages.customer_list import Asked, everybody
from goodwill.service.pages.needs import needs
from goodwill.service.store.audit import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest, HttpResponse

COLUMNS = (
    "customer_id", "name", "standing", "pays", "brings", "sways", "teaches", "follows", "follows_low", "follows_high",
    "passed_on", "worth", "worth_low", "worth_high", "evidence", "currency",
)  # fmt: skip
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
"""How a cell begins that some spreadsheet takes for a command."""


@needs("analyst")
def export(request: HttpRequest) -> HttpResponse:
    """All that the filter keeps. Names go only to those who answer people: agents and admins."""
    asked, named = Asked.of(request.GET), bool(request.user.may("agent"))  # type: ignore[union-attr]
    what = urllib.parse.urlencode(asked.filters) or "everybody"
    record(request.user, "exported customers", what=f"{what}{'' if named else ', names masked'}", purpose="value me")  # type: ignore[arg-type]
    answer = StreamingHttpResponse(_lines(asked, named), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="customers-{timezone.localdate():%Y-%m-%d}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer  # type: ignore[return-value]


def _lines(asked: Asked, named: bool) -> Iterator[bytes]:
    firm, held = live.firm(), io.StringIO()
    writer = csv.writer(held, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for rows in everybody(asked, firm):
        for row in rows:
            writer.writerow(
                [
                    harmless(row.customer_id), harmless(row.name if named else masked(row.name)), row.standing or "",
                    row.spend, row.referral, row.influence, row.knowledge, row.follows, row.follows_low,
                    row.follows_high, row.passed_on, row.worth, row.worth_low, row.worth_high,
                    " ".join(row.evidence or ()), firm.currency,
                ]
            )  # fmt: skip
        yield held.getvalue().encode()
        held.seek(0)
        held.truncate()
    yield held.getvalue().encode()


def harmless(text: Any) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe before it says so (OWASP, CSV injection).

    >>> harmless("=1+1"), harmless("Anna"), harmless(" @x")
    ("'=1+1", 'Anna', "' @x")
    """
    written = "".join(" " if sign in "\r\n\x00" else sign for sign in str(text or ""))
    return f"'{written}" if str(text or "").lstrip(" ").startswith(FORMULA) else written


def masked(name: str) -> str:
    """A name as those see it who count people but answer nobody.

    >>> masked("Tom Ashdown"), masked("")
    ('T. A.', '')
    """
    return " ".join(f"{part[0]}." for part in name.split() if part[0].isalpha())
