"""The main path, readable as one sentence: listen → know → understand → value → engage → prove.

A newcomer starts here. `goodwill.listen` has read the facts; each step below is a room of its own; the rooms never
import one another and meet only on this page.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from goodwill import engage, know, listen, prove, understand, value
from goodwill.errors import InputError
from goodwill.facts import TABLES
from goodwill.lake import Facts, write_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from goodwill.engage import Ranking
    from goodwill.know import History
    from goodwill.prove import Proof
    from goodwill.understand.themes import Theme
    from goodwill.value import Valuation

    Progress = Callable[[str, float], None]

HAPPENED = tuple(name for name, table in TABLES.items() if "at" in table and name not in ("terms", "corrections"))
"""The tables whose rows happened at an instant: they make the present."""


@dataclass(frozen=True)
class Result:
    """What a run found. The four tables are as `goodwill.facts.RESULTS` describes them."""

    worth: pa.Table
    ledger: pa.Table
    readings: pa.Table
    now: pa.Table
    facts: Facts  # with every id a person's
    as_of: datetime
    horizon_days: int
    valuation: Valuation
    ranking: Ranking
    proof: Proof
    notes: tuple[str, ...]

    @cached_property
    def themes(self) -> list[Theme]:
        """What customers talked about in the past 26 weeks, what is new or growing first; made when it is asked for."""
        from goodwill.understand.themes import themes_of

        return themes_of(self.facts, self.readings, self.as_of)

    @cached_property
    def correctable(self) -> pa.Table:
        """What was said about us in the past 90 days and our facts contradict; made when it is asked for."""
        from goodwill.understand.claims import correctable

        return correctable(self.facts, self.readings, since=self.as_of - timedelta(days=90))

    def write(self, folder: Path) -> None:
        """Writes the four tables into a folder, each whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        write_table(self.worth, folder / "worth.parquet")
        write_table(self.ledger, folder / "ledger.parquet")
        write_table(self.readings, folder / "readings.parquet")
        write_table(self.now, folder / "now.csv")


def run(
    facts: Facts | str | Path,
    as_of: datetime | date | str | None = None,
    horizon_days: int = 365,
    progress: Progress | None = None,
    history: History | None = None,
) -> Result:
    """Says what every customer is worth, for what reasons, and whom to answer now.

    `facts` may be a folder. `as_of` is the present: facts after it are left out; a day means its end in the firm's
    zone; without one it is the time of the latest fact. `horizon_days` is how far ahead value is counted. `history` is
    what people decided about who is who (`know.History`): it beats what handles prove.
    """
    if not isinstance(facts, Facts):
        facts = listen.read_folder(facts, progress=progress)
    present = _present(facts, as_of)
    if not 1 <= horizon_days <= 3660:
        raise InputError(f"a horizon of {horizon_days} days", mend="give one between 1 and 3,660")

    known = know.identify(_until(facts, present), history)
    del facts  # what nobody else holds of them makes room
    readings = understand.read_messages(known.facts, progress=progress)
    valuation = value.value(known.facts, readings, as_of=present, horizon_days=horizon_days, progress=progress)
    ranking = engage.rank(known.facts, readings, valuation.worth, valuation.ties, as_of=present)
    proof = prove.prove(known.facts, readings, valuation.worth, valuation.ties, as_of=present)

    return Result(
        worth=valuation.worth,
        ledger=valuation.ledger,
        readings=readings,
        now=ranking.now,
        facts=known.facts,
        as_of=present,
        horizon_days=horizon_days,
        valuation=valuation,
        ranking=ranking,
        proof=proof,
        notes=(*known.facts.firm.unknown, *known.facts.notes, *known.notes, *valuation.notes),
    )


def _present(facts: Facts, as_of: datetime | date | str | None) -> datetime:
    """The instant that the run speaks of."""
    if isinstance(as_of, str):
        try:
            as_of = date.fromisoformat(as_of) if len(as_of) == 10 else datetime.fromisoformat(as_of)
        except ValueError as wrong:
            raise InputError(f"{as_of!r} is no date", where="as_of", mend="write it as 2026-11-01") from wrong
    if isinstance(as_of, datetime):
        return (as_of if as_of.tzinfo else as_of.replace(tzinfo=facts.firm.zone)).astimezone(UTC)
    if isinstance(as_of, date):
        next_day = datetime.combine(as_of + timedelta(days=1), time(), tzinfo=facts.firm.zone)
        return next_day.astimezone(UTC) - timedelta(microseconds=1)
    return _latest(facts)


def _latest(facts: Facts) -> datetime:
    latest = [facts.lake.arrow(facts.tables[name].aggregate(at=facts.tables[name]["at"].max())) for name in HAPPENED]
    instants: list[datetime] = [table["at"][0].as_py() for table in latest if table["at"][0].is_valid]
    if not instants:
        raise InputError("there is no fact with a time", mend="bring purchases or messages")
    return max(instants)


def _until(facts: Facts, present: datetime) -> Facts:
    """The facts as they stood at the present; what came later is left out."""
    edge = pa.scalar(present, pa.timestamp("us", tz="UTC"))
    timed = [name for name, table in TABLES.items() if "at" in table]
    later: dict[str, pa.Table] = {}
    for name in timed:
        table = facts.arrow(name)
        kept = table.filter(pc.fill_null(pc.less_equal(table["at"], edge), True))
        if kept.num_rows < table.num_rows:
            later[name] = kept
    return facts.with_tables(later) if later else facts
