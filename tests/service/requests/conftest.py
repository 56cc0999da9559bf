"""The same browser and site as the first pages have."""

from __future__ import annotations

from service.pages.conftest import forget_counts, site

__all__ = ["forget_counts", "site"]
