"""Erased customers: their address answers 410, and nothing here tells who they were (`erasing.tombstones`)."""

from goodwill.service.erasing.tombstones import is_erased

__all__ = ["is_erased"]
