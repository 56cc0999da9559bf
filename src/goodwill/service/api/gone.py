"""Erased customers: their address answers 410, and nothing here tells who they were.

Whoever erases a customer calls `mark_erased` for each of their ids, in the same transaction. What stays is a digest
under the installation's own key (HMAC-SHA256, RFC 2104), which says of an id whether it was erased and of none which.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from django.conf import settings

from goodwill.service.store import audit
from goodwill.service.store.models import Audit

if TYPE_CHECKING:
    from goodwill.service.store.models import Colleague, Token

ERASED = "erased"


def mark_erased(customer_id: str, by: Colleague | Token | str) -> None:
    """Notes that the one of this id was erased."""
    audit.record(by, ERASED, customer_id=_digest(customer_id), purpose="erase me")


def is_erased(customer_id: str) -> bool:
    """Whether the one of this id was erased."""
    return Audit.objects.filter(customer_id=_digest(customer_id), act=ERASED).exists()


def _digest(customer_id: str) -> str:
    key = f"goodwill: erased:{settings.SECRET_KEY}".encode()
    return "erased|" + hmac.new(key, customer_id.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
