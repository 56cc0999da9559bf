"""What an agent program may see of a person: sums and what was meant, never who they are or how to reach them.

Text from outside is masked (goodwill.privacy) and wrapped, {"untrusted": …}, so that nobody takes what a customer wrote
for an instruction. An id that itself names a person (an e-mail as id) becomes a word that only this installation can
read back: AES-SIV (RFC 5297), the same id always the same word.
"""

from __future__ import annotations

import base64
import binascii
import re
from functools import lru_cache
from typing import Any

from goodwill.errors import InputError
from goodwill.privacy import find, mask

_SEALED = "ref_"
_PURPOSE = b"goodwill: ids for agent programs, 1"
UNTRUSTED = "untrusted"


def outside(text: str | None, names: tuple[str, ...] = ()) -> dict[str, str] | None:
    """Text from outside: masked, and marked."""
    return None if text is None else {UNTRUSTED: masked(text, names)}


def masked(text: str, names: tuple[str, ...] = ()) -> str:
    """The text without personal data; the firm's own name stays."""
    from goodwill.service import live

    firm = live.firm()
    people = [name for name in (*names, *_people_named(text)) if name]
    return mask(text, people, [firm.name])


_CAPITALS = re.compile(r"[^\W\d_][\w'’-]*")


def _people_named(text: str) -> list[str]:
    """Customers and colleagues whom a text names in full: two or three words with capitals that are somebody's name."""
    from goodwill.service.store.models import Colleague, Worth

    words = [(found.start(), found.end()) for found in _CAPITALS.finditer(text) if found[0][0].isupper()]
    runs = {
        text[words[first][0] : words[first + more][1]]
        for more in (1, 2)
        for first in range(len(words) - more)
        if words[first + more][1] - words[first][0] <= 80
    }
    tried = sorted(run for run in runs if "\n" not in run and "\x00" not in run)[:200]
    if not tried:
        return []
    customers = Worth.objects.filter(name__in=tried).values_list("name", flat=True)
    colleagues = Colleague.objects.filter(name__in=tried).values_list("name", flat=True)
    return sorted({*customers, *colleagues})


def shown(given: str | None) -> str | None:
    """An id as it may leave: itself, unless it holds personal data or could be taken for a sealed one."""
    if given is None or (not given.startswith(_SEALED) and "@" not in given and not find(given)):
        return given
    return _SEALED + base64.urlsafe_b64encode(_box().encrypt(given.encode(), None)).decode().rstrip("=")


def meant(given: str) -> str:
    """The id that was shown so. Raises InputError where this installation never showed it."""
    from cryptography.exceptions import InvalidTag

    if not given.startswith(_SEALED):
        return given
    sealed = given.removeprefix(_SEALED)
    try:
        return str(_box().decrypt(base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4)), None).decode())
    except (InvalidTag, ValueError, binascii.Error):
        raise InputError(f"{given[:40]!r} is no id", where="id", mend="give one that another tool showed") from None


def reasons(given: list[dict[str, Any]], names: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """Why a sum is what it is, in our own words; names that stand in them are masked."""
    return [{**one, "what": masked(str(one.get("what", "")), names)} for one in given]


def _box() -> Any:
    from django.conf import settings

    return _box_of(settings.SECRET_KEY)


@lru_cache(maxsize=4)
def _box_of(secret: str) -> Any:
    from cryptography.hazmat.primitives.ciphers.aead import AESSIV
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return AESSIV(HKDF(algorithm=SHA256(), length=64, salt=None, info=_PURPOSE).derive(secret.encode()))
