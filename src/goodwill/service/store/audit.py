"""The log of who saw and did what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodwill.service.store.models import Audit

if TYPE_CHECKING:
    from goodwill.service.store.models import Colleague, Token


def name_of(who: Colleague | Token | str) -> str:
    """A colleague's e-mail, 'token NAME', or a process of goodwill's own."""
    if isinstance(who, str):
        return who
    return str(who.email) if hasattr(who, "email") else f"token {who.name}"


def record(
    who: Colleague | Token | str, act: str, *, customer_id: str | None = None, what: str = "", purpose: str = ""
) -> None:
    """Writes one line; what is seen or done about a customer names the purpose, for their door shows it."""
    Audit.objects.create(who=name_of(who), act=act, customer_id=customer_id, what=what, purpose=purpose)
