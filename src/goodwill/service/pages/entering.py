"""A fact that a person enters on a page: by the one way in, with the one answer where it cannot be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect

from goodwill.errors import GoodwillError
from goodwill.facts import TABLES
from goodwill.service.store.audit import record
from goodwill.service.store.models import FACTS, key_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from django.http import HttpRequest, HttpResponse

SOURCE = "goodwill"


def enter(
    request: HttpRequest,
    table: str,
    given: Mapping[str, Any],
    *,
    to: str,
    done: str,
    again: Callable[[str], HttpResponse],
) -> HttpResponse:
    """Stores the row and goes to `to`; what cannot be stored is said by `again`, with what was typed."""
    from goodwill.service.intake import store_rows

    row = {name: typed(table, name, value) for name, value in given.items() if value not in ("", None, [])}
    key = key_of(table, row)
    if not key:
        return again("It needs a short name of its own.")
    if FACTS[table].objects.filter(fact_key=key).exists():
        return again(f"There is one called {key!r} already. Choose another short name, or correct that one.")
    try:
        with transaction.atomic():
            store_rows(table, [row], source=SOURCE, by=request.user.email)  # type: ignore[union-attr]
            record(request.user, f"entered {table}", what=key)  # type: ignore[arg-type]
    except GoodwillError as refused:
        return again(str(refused))
    messages.success(request, f"{done} It shows within a moment.")
    return redirect(to)


def typed(table: str, name: str, value: Any) -> Any:
    """What a form sent, as the way in wants it: numbers as numbers (a comma for a point is taken as one)."""
    import pyarrow as pa

    column = next(one for one in TABLES[table] if one.name == name)
    if isinstance(value, str) and (pa.types.is_floating(column.type) or pa.types.is_decimal(column.type)):
        try:
            return float(value.replace(",", ".")) if pa.types.is_floating(column.type) else value.replace(",", ".")
        except ValueError:
            return value
    return value.replace("\x00", "").strip() if isinstance(value, str) else value
