"""The frame of every page of the door: the firm's name on top, six places to go, no scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.shortcuts import render

from goodwill.service import live

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PAGES = (
    ("door", "door", "You"),
    ("held", "door-held", "What we hold"),
    ("given", "door-given", "What you give"),
    ("allowed", "door-allowed", "What you allow"),
    ("asked", "door-asked", "Ask us"),
    ("leaving", "door-leaving", "Take along or leave"),
)
"""Each page of somebody who came in: its key, its address, its name."""


def show(request: HttpRequest, page: str, *, here: str = "", status: int = 200, **given: Any) -> HttpResponse:
    """A page of the door; `here` is its key where somebody is in."""
    firm = live.firm()
    frame = {"firm": firm, "currency": firm.currency, "here": here, "door_pages": PAGES}
    return render(request, f"door/{page}.html", {**frame, **given}, status=status)
