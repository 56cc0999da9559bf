"""Handles as the till may ask for them: HMAC-SHA-256 (RFC 2104) of the normalised handle under the recognition key.

The firm's server and its tills have the key, browsers never. The index holds a row for every sure handle; whom it
stands for is looked up in `Person` when asked, so that merges, splits and handles that two people have are followed.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

import pyarrow as pa

from goodwill.errors import InputError
from goodwill.know.handles import UNITING_KINDS, handle_keys
from goodwill.service.jobs import job
from goodwill.service.store.keys import RECOGNITION, key
from goodwill.service.store.models import Person, Recognisable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from goodwill.service.jobs.registry import Tell

AT_ONCE = 5_000


def normal(kind: str, handle: str, channel: str | None = None) -> str:
    """A handle as it is hashed: addresses in lower case, digits of numbers, `channel|name` of accounts.

    Raises InputError for a kind that there is not, and an empty handle.
    """
    if kind not in UNITING_KINDS:
        raise InputError(f"no kind of handle is called {kind!r}", where="kind", mend=f"{', '.join(UNITING_KINDS)}")
    found = handle_keys(pa.array([kind]), pa.array([handle]), pa.array([channel], pa.string()))[0].as_py()
    if found is None:
        raise InputError("the handle is empty", where="handle", mend="write an address, a number or a name")
    return str(found).partition("|")[2]


def hash_of(kind: str, handle: str, channel: str | None = None) -> str:
    """What a till sends for a handle: 64 hexadecimal digits."""
    return _hashed(key(RECOGNITION), normal(kind, handle, channel))


def _hashed(secret: bytes, written: str) -> str:
    return hmac.new(secret, written.encode(), hashlib.sha256).hexdigest()


def learn(handles: pa.Table, said: pa.Table) -> None:
    """Takes in handles that have just arrived, and authors whom messages name; without perks nobody is recognised."""
    from goodwill.service import live
    from goodwill.service.live import people

    if live.firm().perks:
        take_in(people.keys_of(handles, said)[0])


def take_in(keys: Iterable[str | None]) -> int:
    """Puts handles (keys of `Person`) into the index; those that are there already stay."""
    secret, new = key(RECOGNITION), sorted({one for one in keys if one and not one.startswith("id|")})
    rows = [Recognisable(digest=_digest(secret, one), given=one) for one in new]
    Recognisable.objects.bulk_create(rows, batch_size=AT_ONCE, ignore_conflicts=True)
    return len(rows)


def _digest(secret: bytes, given: str) -> str:
    kind, _, written = given.partition("|")
    return f"{kind}:{_hashed(secret, written)}"


def index() -> int:
    """Puts in what is missing, and takes out what stands for nobody any more; how many handles there are."""
    from django.db import connection

    missing = Person.objects.exclude(given__startswith="id|").filter(given__gt="").order_by("given")
    last = ""
    while True:
        some: Sequence[str] = list(missing.filter(given__gt=last).values_list("given", flat=True)[:AT_ONCE])
        if not some:
            break
        there = set(Recognisable.objects.filter(given__in=some).values_list("given", flat=True))
        take_in(one for one in some if one not in there)
        last = some[-1]
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM recognisable WHERE NOT EXISTS (SELECT 1 FROM person p WHERE p.given = recognisable.given)"
        )
    return Recognisable.objects.count()


@job("hashes of handles", every=600, tries=2)
def keep_up(tell: Tell) -> str:
    """What came in while nobody hashed it: before there were perks, in a backup, by a valuation that united people."""
    from goodwill.service import live

    return f"{index():,} handles can be recognised" if live.firm().perks else "no perks, so nobody is recognised"
