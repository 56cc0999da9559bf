"""Tombstones: HMAC-SHA-256 (RFC 2104) of ids and handles of those who were erased, under the installation's own key.

They say of an id that comes in whether its person was erased, and of none who that was. The key is made from
SECRET_KEY (HKDF, RFC 5869), so that it is the same in every backup of the installation. A second copy lies beside the
database (`erased.list` in the home), which a restored backup does not replace.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from goodwill.service.store.models import Erasure, Tombstone

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

AT_ONCE = 5_000
_PURPOSE = b"goodwill: tombstones, 1"


@lru_cache(maxsize=4)
def _key(secret: str) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret.encode())


def digest(name: str) -> str:
    """The digest of 'id|c1', 'email|anna@example.com', 'message|forum:17': 43 characters."""
    return digests([name])[0]


def digests(names: Iterable[str]) -> list[str]:
    """Many of them: some 600,000 a second."""
    from django.conf import settings

    secret = _key(settings.SECRET_KEY)
    found = (hmac.digest(secret, name.encode("utf-8", "replace"), hashlib.sha256) for name in names)
    return [base64.urlsafe_b64encode(one).rstrip(b"=").decode() for one in found]


def put(names: Iterable[str], receipt: str, at: datetime) -> int:
    """Sets tombstones; one that stands (they came back, and go again) counts from now. How many names there were."""
    rows = [Tombstone(digest=one, at=at, receipt=receipt) for one in sorted(set(digests(names)))]
    Tombstone.objects.bulk_create(
        rows, batch_size=500, update_conflicts=True, unique_fields=["digest"], update_fields=["at", "receipt", "back"]
    )
    _write_down(rows)
    return len(rows)


def there_are_any() -> bool:
    """Whether anybody was ever erased here: one look-up in an index."""
    return Tombstone.objects.exists()


def standing(names: Iterable[str]) -> dict[str, Tombstone]:
    """Which of these names have a tombstone."""
    wanted = sorted(set(names))
    of = dict(zip(digests(wanted), wanted, strict=True))
    found: dict[str, Tombstone] = {}
    keys = list(of)
    for start in range(0, len(keys), AT_ONCE):
        found |= {of[row.digest]: row for row in Tombstone.objects.filter(digest__in=keys[start : start + AT_ONCE])}
    return found


def is_erased(customer_id: str) -> bool:
    """Whether the one of this id was erased and has not come back since."""
    return Tombstone.objects.filter(digest__in=digests(of_id(customer_id)), back=None).exists()


def of_id(customer_id: str) -> list[str]:
    """The names under which an id may have a tombstone: itself, and the handle that it is made of.

    >>> of_id("c1"), of_id("email:anna@b.ch")
    (['id|c1'], ['id|email:anna@b.ch', 'email|anna@b.ch'])
    """
    kind, _, rest = customer_id.partition(":")
    made_of = [f"{kind}|{rest}"] if rest and kind in ("email", "phone", "card", "device") else []
    return [f"id|{customer_id}", *made_of]


def count_kept_out(by_receipt: dict[str, int], now: datetime) -> None:
    """Adds to the receipts how many facts came again and were left out."""
    from django.db.models import F

    for receipt, number in sorted(by_receipt.items()):
        Erasure.objects.filter(pk=receipt).update(kept_out=F("kept_out") + number, last_kept_out=now)


# --- the second copy --------------------------------------------------------------------------------------------------


def second_copy() -> Path:
    """Where it lies: a line for each, digest, time and receipt."""
    from goodwill.service.home import home

    return home().folder / "erased.list"


def _write_down(rows: Iterable[Tombstone]) -> None:
    lines = "".join(f"{row.digest} {row.at.astimezone(UTC).isoformat()} {row.receipt}\n" for row in rows)
    path = second_copy()
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


def strike_out(gone: set[str]) -> None:
    """Takes digests out of the second copy."""
    path = second_copy()
    if path.exists():
        left = [line for line in path.read_text().splitlines(keepends=True) if line.partition(" ")[0] not in gone]
        unfinished = path.with_name(f".{path.name}.unfinished")
        unfinished.write_text("".join(left))
        unfinished.chmod(0o600)
        unfinished.replace(path)


def read_second_copy(path: Path | None = None) -> list[Tombstone]:
    """The tombstones written down beside the database, the latest of each; a line that is cut off is left out."""
    found: dict[str, Tombstone] = {}
    file = path or second_copy()
    for line in file.read_text().splitlines() if file.exists() else ():
        parts = line.split(" ")
        if len(parts) != 3:
            continue
        try:
            at = datetime.fromisoformat(parts[1])
        except ValueError:
            continue
        found[parts[0]] = Tombstone(digest=parts[0], at=at, receipt=parts[2])
    return [found[one] for one in sorted(found)]
