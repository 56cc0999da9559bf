"""The same browser and site as the first pages have."""

from __future__ import annotations

from service.pages.conftest import site

__all__ = ["site"]
