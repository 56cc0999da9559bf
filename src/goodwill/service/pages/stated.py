"""The probability that the firm states: links at or above it may be confirmed all at once. Nobody states it for them.

A row of Setting named `who.confirm_above`; an admin sets it on the page of settings.
"""

from __future__ import annotations

from typing import Any

from goodwill.errors import SettingsError
from goodwill.service.store.models import Setting

LEAST = "who.confirm_above"
LOWEST = 50.0
"""Per cent under which two records are more likely two persons: nothing to confirm unseen."""


def least() -> float | None:
    """The stated probability; None where nobody has stated one."""
    said = Setting.objects.filter(name=LEAST).values_list("value", flat=True).first()
    known = isinstance(said, int | float) and not isinstance(said, bool) and LOWEST / 100 <= said <= 1
    return float(said) if known else None


def typed(written: str) -> float:
    """What a form sent, in per cent, as it is kept. Raises SettingsError, which says how to write it.

    >>> typed(" 99,5 % "), typed("90")
    (0.995, 0.9)
    """
    plain = written.strip().removesuffix("%").strip().replace(",", ".")
    try:
        number = float(plain)
    except ValueError:
        number = float("nan")
    if not LOWEST <= number <= 100:
        raise SettingsError(
            f"{written.strip()[:40]!r} is no such probability",
            where=LEAST,
            mend=f"write per cent from {LOWEST:.0f} to 100, as 99; or take it back, and each is confirmed by itself",
        )
    return round(number / 100, 6)


def shown(probability: Any) -> str:
    """As an admin writes it.

    >>> shown(0.995), shown(None)
    ('99.5', '')
    """
    return "" if probability is None else f"{float(probability) * 100:.6g}"
