"""What the door says when it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodwill.errors import GoodwillError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodwill.service.intake.faults import Fault


class Refused(GoodwillError):
    """A batch that was not accepted: nothing of it was kept. `status` is the answer's HTTP status.

    400 no JSON, 404 no such table, 413 too large, 415 of another kind, 422 rows that break their schema,
    429 the backlog is full, 503 nothing can be stored now. `row` counts from 1.
    """

    def __init__(
        self,
        status: int,
        what: str,
        *,
        where: str = "",
        mend: str = "",
        row: int | None = None,
        field: str = "",
        others: Sequence[Fault] = (),
        retry_after: int | None = None,
    ) -> None:
        self.status, self.row, self.field, self.others, self.retry_after = status, row, field, others, retry_after
        super().__init__(what, where=where, mend=mend)

    def body(self) -> dict[str, object]:
        """The error as the API says it."""
        told: dict[str, object] = {"what": self.what, "where": self.where, "mend": self.mend}
        if self.row is not None:
            told |= {"row": self.row, "field": self.field}
        if self.others:
            told["others"] = [
                {"row": fault.row + 1, "field": fault.field, "what": fault.reason, "mend": fault.mend}
                for fault in self.others
            ]
        return {"error": told}
