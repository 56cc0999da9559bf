"""Addresses as templates write them; loaded into every template."""

from __future__ import annotations

import hashlib
import urllib.parse
from functools import lru_cache
from typing import Any

from django import template
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.urls import reverse

register = template.Library()


@register.filter
def web_address(url: Any) -> str:
    """An address that may be followed: http and https alone; nothing else becomes a link.

    >>> web_address("https://forum.example/t/1"), web_address("javascript:alert(1)"), web_address(None)
    ('https://forum.example/t/1', '', '')
    """
    try:
        parts = urllib.parse.urlsplit(str(url or "").strip())
    except ValueError:
        return ""
    return urllib.parse.urlunsplit(parts) if parts.scheme in ("http", "https") and parts.netloc else ""


@register.filter
def element_id(key: Any) -> str:
    """A name for an element from any key.

    >>> element_id("forum:17") == element_id("forum:17")
    True
    """
    return "e" + hashlib.sha256(str(key).encode()).hexdigest()[:12]


@register.filter
def case_url(message_id: Any) -> str:
    """The address of a case; any sign may stand in a message's id."""
    return f"{reverse('case')}?{urllib.parse.urlencode({'message': str(message_id)})}"


@register.filter
def form_url(message_id: Any, act: str) -> str:
    """The address of a case with the form of a deed."""
    return f"{case_url(message_id)}&{urllib.parse.urlencode({'act': act})}"


@register.filter
def customer_url(customer_id: Any) -> str:
    """The address of a customer's page; any sign may stand in their id."""
    return reverse("customer", args=["x"])[:-1] + urllib.parse.quote(str(customer_id), safe="")


@register.filter
def undo_form(undo: Any) -> dict[str, Any] | None:
    """The form that takes back what was just done, from an address of ours with its fields; None for a deed's number.

    >>> undo_form("/decisions/undo?number=3&number=4")
    {'address': '/decisions/undo', 'fields': [('number', '3'), ('number', '4')]}
    """
    parts = urllib.parse.urlsplit(str(undo or ""))
    known = parts.path.startswith("/") and not parts.netloc
    return {"address": parts.path, "fields": urllib.parse.parse_qsl(parts.query, True)} if known else None


@register.simple_tag(takes_context=True)
def with_query(context: Any, **changes: Any) -> str:
    """This page's address with some of its query changed; None takes a part away."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None:
            query.pop(name, None)
        else:
            query[name] = value
    return "?" + query.urlencode() if query else context["request"].path


@register.simple_tag
def asset(path: str) -> str:
    """The address of a style sheet, script or font, with a mark that changes when its bytes do."""
    return f"{static(path)}?v={_version(path)}"


@lru_cache(maxsize=200)
def _version(path: str) -> str:
    found = finders.find(path)
    if not found:
        return "0"
    with open(found, "rb") as file:  # noqa: PTH123  (finders gives a text)
        return hashlib.sha256(file.read()).hexdigest()[:10]
