"""What a receipt says: what went, what was masked, what is kept, why and until when. It names nobody."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Report:
    """Counts by table, and sentences; kept as JSON with the receipt."""

    gone: dict[str, int] = field(default_factory=dict)
    reduced: dict[str, int] = field(default_factory=dict)
    masked: dict[str, int] = field(default_factory=dict)
    kept: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)

    def add(self, what: str, table: str, number: int) -> None:
        """`what`: 'gone', 'reduced' or 'masked'."""
        if number:
            counted: dict[str, int] = getattr(self, what)
            counted[table] = counted.get(table, 0) + number

    def keep(self, what: str, number: int, why: str, until: str) -> None:
        """What the law keeps; said once."""
        if number and not any(one["what"] == what for one in self.kept):
            self.kept.append({"what": what, "number": number, "why": why, "until": until})

    def note(self, said: str) -> None:
        if said not in self.notes:
            self.notes.append(said)

    @classmethod
    def of(cls, kept: dict[str, Any]) -> Report:
        """From what was kept of it."""
        return cls(**kept)
