"""What the firm chooses of the door: how often customers may be asked, and the page that referral links open.

Rows of Setting named `door.…`; a person sets them on the page of settings.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from goodwill.errors import SettingsError
from goodwill.service.live.asked import DAYS
from goodwill.service.store.models import Setting

ASKS, REFERRAL_PAGE = "door.asks", "door.referral_page"
CODE = "{code}"
MOST = 3
CHOICES = {
    ASKS: (
        "How often we may ask",
        f"how many surveys, asks for a quote and invitations together one customer gets in {DAYS} days; "
        f"{MOST} unless you say otherwise",
    ),
    REFERRAL_PAGE: (
        "Page of referral links",
        f"the address in your shop that a customer's own link opens, with {CODE} where their word stands, as in "
        "https://shop.example/?friend={code}; without one the door offers no link",
    ),
}
"""Each setting: what it is called, and what it means."""
_MOST_ASKS, _LONGEST = 90, 300


def asks() -> int:
    """How many times in 90 days the firm lets itself ask."""
    said = _kept(ASKS)
    return said if isinstance(said, int) and not isinstance(said, bool) and said >= 0 else MOST


def referral_page() -> str:
    """The address with {code} in it; '' where none is set."""
    said = _kept(REFERRAL_PAGE)
    return said if isinstance(said, str) and CODE in said else ""


def typed(name: str, written: str) -> Any:
    """What a form sent, as it is kept. Raises SettingsError, which says how to write it.

    >>> typed("door.asks", " 4 "), typed("door.referral_page", "https://shop.example/?friend={code}")
    (4, 'https://shop.example/?friend={code}')
    """
    written = written.strip()
    if name == ASKS:
        if not (written.isascii() and written.isdigit() and len(written) <= 3 and int(written) <= _MOST_ASKS):
            raise SettingsError(f"{written[:40]!r} is no such number", where=name, mend=f"write 0 to {_MOST_ASKS}")
        return int(written)
    try:
        parts = urlsplit(written)
        known = parts.scheme in ("https", "http") and bool(parts.hostname) and CODE not in parts.netloc
    except ValueError:
        known = False
    plain = written.isprintable() and not any(sign in written for sign in " \"'<>\\")
    if not known or not plain or written.count(CODE) != 1 or len(written) > _LONGEST:
        raise SettingsError(
            f"{written[:80]!r} is no address of a page",
            where=name,
            mend="write it as https://shop.example/?friend={code}",
        )
    return written


def _kept(name: str) -> Any:
    return Setting.objects.filter(name=name).values_list("value", flat=True).first()
