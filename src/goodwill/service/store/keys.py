"""Keys of this installation that are made once: 32 random bytes each, kept sealed (`store.secrets`) in its database, so
that they are in its backups and shared by all its processes."""

from __future__ import annotations

import base64
import secrets as random

from goodwill.service.store.models import Setting
from goodwill.service.store.secrets import seal, unseal

TERMS = "keys.terms"
"""The Ed25519 key that signs records of terms."""
RECOGNITION = "keys.recognition"
"""The HMAC key that handles are hashed with at the till."""


def key(name: str) -> bytes:
    """A key of 32 bytes, made when it is first asked for."""
    held = Setting.objects.filter(name=name).values_list("value", flat=True).first()
    if held is None:
        fresh = seal(base64.b64encode(random.token_bytes(32)).decode("ascii"))
        held = Setting.objects.get_or_create(name=name, defaults={"value": fresh, "by": "goodwill"})[0].value
    return base64.b64decode(unseal(held))
