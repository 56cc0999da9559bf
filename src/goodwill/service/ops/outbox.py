"""The letters that the demo would have sent: they lie in a folder of its home, and an admin reads them at *Settings*,
*Mail*. Where GOODWILL_OUTBOX names a folder, no letter leaves this machine; `goodwill demo` sets it, and nobody else
should.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

WHERE = "GOODWILL_OUTBOX"
KEPT = 100
"""Letters that are kept, the latest."""


@dataclass(frozen=True)
class Letter:
    """A letter as it would have gone out, and when."""

    at: datetime
    to: str
    subject: str
    text: str


def folder() -> Path | None:
    """Where letters are laid; None where they are sent, or there is no mail at all."""
    written = os.environ.get(WHERE, "").strip()
    return Path(written) if written else None


def keep(place: Path, to: list[str], subject: str, text: str) -> None:
    """Lays one copy of a letter down for each address, and throws away those that are older than the last `KEPT`."""
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    for address in to:
        at = datetime.now(UTC)
        letter = json.dumps({**asdict(Letter(at, address, subject, text)), "at": at.isoformat()}, ensure_ascii=False)
        name = f"{at:%Y%m%dT%H%M%S%f}-{secrets.token_hex(4)}.json"
        half = place / f".{name}"  # whoever reads the folder meanwhile sees whole letters only
        half.write_text(letter, encoding="utf-8")
        half.rename(place / name)
    for old in _files(place)[:-KEPT]:
        old.unlink(missing_ok=True)


def letters() -> list[Letter]:
    """The letters that lie there, the latest first."""
    place = folder()
    found = []
    for file in reversed(_files(place)) if place else ():
        try:
            told = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:  # thrown away at this moment
            continue
        found.append(Letter(datetime.fromisoformat(told["at"]), told["to"], told["subject"], told["text"]))
    return found


def _files(place: Path) -> list[Path]:
    """The letters' files, the oldest first: their names begin with the time."""
    return sorted(place.glob("*.json"))
