"""What may stand in an address: a shop's own id may hold a slash, and even a line break."""

from __future__ import annotations

from django.urls import register_converter
from django.urls.converters import StringConverter


class WholeId(StringConverter):
    """Any text at all. Django's own `path` ends at a line break, and the address would be nobody's."""

    regex = r"(?s:.+)"


register_converter(WholeId, "whole_id")
