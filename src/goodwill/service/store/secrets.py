"""Secrets at rest: sealed with a key made from the installation's own, so that a stolen database tells none of them.

Fernet (AES-128-CBC with HMAC-SHA256) from `cryptography`; its key by HKDF-SHA256 (RFC 5869) from SECRET_KEY.
"""

from __future__ import annotations

import base64

from goodwill.errors import GoodwillError

_PURPOSE = b"goodwill: secrets at rest, 1"


def seal(secret: str) -> str:
    """The secret as it may be stored; '' stays ''."""
    return _box().encrypt(secret.encode()).decode("ascii") if secret else ""


def unseal(sealed: str) -> str:
    """The secret itself. Raises GoodwillError where it was sealed with another key."""
    from cryptography.fernet import InvalidToken

    if not sealed:
        return ""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except (InvalidToken, UnicodeError) as other_key:
        raise GoodwillError(
            "a stored secret was sealed with another key",
            where="secret.key",
            mend="put back the secret.key of this installation (it is in its backups), or enter the secret again",
        ) from other_key


def _box():  # type: ignore[no-untyped-def]
    from cryptography.fernet import Fernet
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
    from django.conf import settings

    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(settings.SECRET_KEY.encode())
    return Fernet(base64.urlsafe_b64encode(key))
