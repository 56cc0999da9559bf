"""Lists a piece at a time: the limit, the cursor (where the last piece ended), and parameters that nobody knows."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from ninja import Field, Schema
from pydantic import AfterValidator

from goodwill.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from django.http import HttpRequest

MOST = 500
NO_CONTROL = r"^[^\x00-\x1f\x7f]*$"
"""What no name, id or search holds; PostgreSQL keeps no NUL."""
Word = Annotated[str, Field(pattern=NO_CONTROL, max_length=200)]
Id = Annotated[str, Field(pattern=NO_CONTROL, min_length=1, max_length=1000)]
_EARLIEST, _LATEST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


def _within(when: datetime) -> datetime:
    """An instant in UTC; what lies outside three centuries is their end, for no fact is older or newer."""
    try:
        here = (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        return _EARLIEST if when.year < 5000 else _LATEST
    return min(max(here, _EARLIEST), _LATEST)


Instant = Annotated[datetime, AfterValidator(_within)]


class Piece(Schema):
    """Which piece of a list is wanted."""

    limit: int = Field(50, ge=1, le=MOST, description="how many at most")
    cursor: str = Field("", pattern=r"^[A-Za-z0-9_-]*$", max_length=2000, description="`next` of the last answer")


def known_only(request: HttpRequest, asked: Schema) -> None:
    """Raises InputError for a parameter that the address does not have: a filter mistyped must not mean 'all'."""
    names = type(asked).model_fields
    for given in request.GET:
        if given not in names:
            raise InputError(
                f"no parameter is called {given[:40]!r}", where="the query", mend=f"use {', '.join(names)}"
            )


def write_cursor(*values: Any) -> str:
    """Where a piece ended, as one word.

    >>> read_cursor(write_cursor("a", 3), str, int)
    ('a', 3)
    """
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def read_cursor(cursor: str, *kinds: Callable[[Any], Any]) -> tuple[Any, ...] | None:
    """What a cursor says, None for an empty one. Raises InputError where it is none of this list."""
    if not cursor:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list):
            raise ValueError(cursor)
        read = tuple(kind(value) for kind, value in zip(kinds, values, strict=True))
    except (ValueError, TypeError, ArithmeticError, RecursionError, binascii.Error):
        raise no_cursor(cursor) from None
    for value in read:
        if (isinstance(value, str) and not storable(value)) or (isinstance(value, int) and abs(value) >= 2**63):
            raise no_cursor(cursor)
    return read


def storable(text: str) -> bool:
    """Whether a database can hold the text.

    >>> storable("naïve"), storable("a\\x00"), storable("\\ud800")
    (True, False, False)
    """
    return "\x00" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def no_cursor(cursor: str) -> InputError:
    return InputError(f"{cursor[:40]!r} is no cursor", where="cursor", mend="give the `next` of the last answer")


def piece_of(rows: Sequence[Any], limit: int, ends: Callable[[Any], str]) -> dict[str, Any]:
    """The answer to a question for one row more than the limit."""
    kept = list(rows[:limit])
    return {"items": kept, "next": ends(kept[-1]) if len(rows) > limit else None}


def stored_instant(written: Any) -> datetime:
    """An instant as a cursor has it. Raises ValueError or TypeError where it is none."""
    return _within(datetime.fromisoformat(written))


WALK = 5_000
"""So many rows one piece looks at where it is asked for what no index knows."""


def far(table: str, after: str) -> str:
    """The message up to which one piece of a table by messages' ids looks; '' where the end is nearer."""
    from django.db import connection

    sql = f'SELECT t.message_id FROM "{table}" t WHERE t.message_id > %s ORDER BY t.message_id LIMIT 1 OFFSET %s'
    with connection.cursor() as cursor:
        cursor.execute(sql, [after, WALK - 1])
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def go_on(piece: dict[str, Any], upto: str) -> dict[str, Any]:
    """A piece that was looked for up to a message: where it is not full, the next one begins behind that."""
    return {**piece, "next": write_cursor(upto)} if upto and piece["next"] is None else piece
