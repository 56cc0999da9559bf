"""The same browser and site as the first pages have."""

from __future__ import annotations

from typing import Any

import pytest

from service.pages.conftest import forget_counts, site

__all__ = ["forget_counts", "site"]


@pytest.fixture(autouse=True)
def forget_what_is_kept() -> None:
    """Languages are kept for minutes, groups for a valuation; another test's must not be."""
    from goodwill.service.pages import customer_list, customers

    customer_list._LANGUAGES.clear()
    customers._GROUPS.clear()


@pytest.fixture
def queries() -> Any:
    """Counts the questions to the database while it is open: `with queries() as asked: …; len(asked)`."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return lambda: CaptureQueriesContext(connection)
