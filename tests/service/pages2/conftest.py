"""The same browser and site as the first pages have."""

from __future__ import annotations

from typing import Any

import pytest

from service.pages.conftest import site

__all__ = ["site"]


@pytest.fixture
def queries() -> Any:
    """Counts the questions to the database while it is open: `with queries() as asked: …; len(asked)`."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return lambda: CaptureQueriesContext(connection)
