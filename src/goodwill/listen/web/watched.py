"""What was heard lately of a source that tells neither edits nor deletions: it is looked at again and compared.

The cursor keeps, for each fact of the last days, a digest of what it said. Looked at again, another digest is an edit;
one that two whole looks in a row miss is a deletion. Counts (likes, followers) are no part of the digest: they change
all the time, and what was said is then the same.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from goodwill.facts import TABLES

if TYPE_CHECKING:
    from goodwill.listen.sources.kind import Heard, Row

MOST = 3_000
"""Facts that are watched at once: the newest."""
TWICE = 2
FEW = 3
GONE = -1
"""In place of the looks that missed it: it is gone, and kept in mind, since whoever publishes it again edits it."""
COUNTS = frozenset({"audience", "engagements", "helpful_votes"})


class Watched:
    """The facts of one part of a source since an instant."""

    def __init__(self, kept: Any, since: datetime) -> None:
        """`kept`: what `kept()` gave last time; what is no such thing counts as nothing."""
        earliest = since.timestamp()
        given = kept if isinstance(kept, dict) else {}
        # key -> [table, digest, seconds since 1970, looks that missed it, or GONE]
        self._seen: dict[str, list[Any]] = {key: list(one) for key, one in given.items() if one[2] >= earliest}
        self._met: set[str] = set()

    def __contains__(self, key: object) -> bool:
        return key in self._seen and self._seen[key][3] != GONE

    @property
    def keys(self) -> list[str]:
        """The keys that are watched, the newest first."""
        return [key for key in self._in_order() if key in self]

    def _in_order(self) -> list[str]:
        return sorted(self._seen, key=lambda key: (-self._seen[key][2], key))

    def hear(self, heard: Heard, table: str, row: Row, *, began: datetime | None = None, changed: bool = False) -> bool:
        """Adds a fact to what is heard if it is new, or as an edit if it is another; says whether it was either.

        `began`: when that began which the source lists it under (a thread), where that is not the fact's own time.
        `changed`: the source says that it was edited, so that a first form may be held from before what is watched.
        """
        key, digest = str(row[TABLES[table].names[0]]), digest_of(row)
        known = self._seen.get(key)
        self._met.add(key)
        self._seen[key] = [table, digest, int((began or row["at"]).timestamp()), 0]
        if known is not None and known[1] == digest:
            return False
        if known is None and not changed:
            heard.add(table, row)
        else:
            kept = {name: value for name, value in row.items() if value is not None}
            heard.edited.setdefault(table, []).append(kept)
        return True

    def gone(self, heard: Heard, key: str) -> None:
        """The source says that it is gone."""
        if key in self:
            table, _, began, _ = self._seen[key]
            heard.removed.setdefault(table, []).append(key)
            self._seen[key] = [table, "", began, GONE]

    def missed(self, heard: Heard, since: datetime, among: Callable[[str], bool] = lambda _key: True) -> None:
        """After a look at all that was said since an instant: what was not met is gone, if it was missed before too.

        Where a look met nothing at all of more than a few, the source is thought to fail, not everybody to be silent.
        """
        earliest = since.timestamp()
        expected = [key for key, one in sorted(self._seen.items()) if key in self and one[2] >= earliest and among(key)]
        lost = [key for key in expected if key not in self._met]
        if len(lost) == len(expected) and len(lost) > FEW:
            return
        for key in lost:
            self._seen[key][3] += 1
            if self._seen[key][3] >= TWICE:
                self.gone(heard, key)

    def kept(self) -> dict[str, list[Any]]:
        """For the cursor."""
        return {key: list(self._seen[key]) for key in self._in_order()[:MOST]}


def digest_of(row: Row) -> str:
    """A short digest of what a row says, without its counts."""
    said = {name: value for name, value in row.items() if value is not None and name not in COUNTS}
    text = json.dumps(said, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()
