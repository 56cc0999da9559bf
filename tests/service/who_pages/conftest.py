"""Browser and site as the first pages have them; a colleague of each role."""

from __future__ import annotations

from typing import Any

import pytest

from service.pages.conftest import site

__all__ = ["site"]


@pytest.fixture
def agent(service: Any) -> Any:
    return service.client(service.colleague("ben@firm.example", "agent", name="Ben Osei"))


@pytest.fixture
def admin(service: Any) -> Any:
    return service.client(service.colleague(name="Anna Keller"))
