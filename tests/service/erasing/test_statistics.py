"""PostgreSQL remembers common values of each column; of a table that an erasure empties, it would for ever."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from service.erasing import someone as firm
from service.erasing.test_coming_again import small

if TYPE_CHECKING:
    from service.conftest import Service

REMEMBERED = """
SELECT tablename, attname, concat(most_common_vals, histogram_bounds) FROM pg_stats WHERE schemaname = current_schema()
"""


def remembered() -> list[tuple[str, str]]:
    """The columns of whose values the database remembers something of the person."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(REMEMBERED)
        return [(table, column) for table, column, values in cursor.fetchall() if firm.needles_in(values.encode())]


@pytest.mark.parametrize("service", ["postgresql"], indirect=True)
def test_no_common_value_outlives_them(service: Service) -> None:
    from django.db import connection

    from goodwill.service import erasing
    from goodwill.service.store.models import FACTS

    small()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    assert {"fact_people", "fact_handles"} <= {table for table, _ in remembered()}
    erasing.erase(firm.ID, "the customer", "")
    firm.work()
    assert not FACTS["handles"].objects.exists()  # the case in which ANALYZE alone would not do
    assert remembered() == []
    firm.put(
        "handles", {"customer_id": "other", "kind": "email", "value": "o@example.org"}
    )  # its columns are as they were
    assert FACTS["handles"].objects.get().value == "o@example.org"
