"""What was heard, kept: rows, edits and removals as raw batches, and the new cursor, all in one transaction."""

from __future__ import annotations

import hashlib
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from goodwill.errors import GoodwillError, SourceError
from goodwill.facts import TABLES
from goodwill.service import intake
from goodwill.service.intake import refusals
from goodwill.service.intake.accept import keep_unchecked, known
from goodwill.service.store.models import Batch, Delivery, Source

if TYPE_CHECKING:
    from collections.abc import Callable

    from goodwill.listen.sources import Heard

ROWS = 10_000
"""Rows of one batch."""
LONGEST_SAID = 2_000
FIRST_WAIT, LONGEST_WAIT = 30.0, 3600.0  # seconds
DELIVERIES_ARE_KEPT = timedelta(days=8)
"""Senders try again for some days (Standard Webhooks: three; Shopify: two); what is older is too old to verify."""


class Overtaken(GoodwillError):
    """Somebody else has heard, changed, paused or deleted the source meanwhile: nothing of this was kept."""


def keep(source: Source, heard: Heard) -> None:
    """Keeps what a source said and how far it has been heard; `source` is at its next turn then.

    Of two who hear the same source, or where a person has paused, changed or deleted it, one is Overtaken: rows and
    cursor stand or fall together, so that nothing is lost and nothing comes twice.
    """
    onward: dict[str, Any] = {} if heard.cursor is None else {"cursor": heard.cursor}
    with transaction.atomic():
        mine = _at_its_turn(source).filter(paused=False)
        if not mine.update(turn=source.turn + 1, **onward, **_said(heard)):
            raise Overtaken("it was changed meanwhile", where=f"source {source.name}", mend="nothing to do")
        keep_rows(source.name, heard)
    source.turn += 1


def _at_its_turn(source: Source) -> Any:
    return Source.objects.filter(name=source.name, turn=source.turn)


def deliver(name: str, heard: Heard) -> int | None:
    """Keeps what a request brought: the number of the first batch (0 where it brought nothing), None if it came before.

    When this returns, it is on the disk.
    """
    with intake.lasting():
        if heard.once and not _is_new(name, heard.once):
            return None
        batches = keep_rows(name, heard)
        Source.objects.filter(name=name).update(
            failures=0, last_error="", last_refused=None, last_well=datetime.now(UTC), **_said(heard)
        )
    return batches[0] if batches else 0


def keep_rows(name: str, heard: Heard) -> list[int]:
    """The batches that facts, edits and removals were kept as, in the order in which they are to be drained."""
    by = f"source {name}"
    batches = []
    for kind, tables in ((Batch.FACTS, heard.facts), (Batch.EDIT, heard.edited)):
        for table in sorted(tables, key=_place):
            batches += _in_parts(table, tables[table], name, by, kind)
    for table in sorted(heard.removed, key=_place):
        for start in range(0, len(heard.removed[table]), ROWS):
            keys = heard.removed[table][start : start + ROWS]
            batches.append(intake.remove(table, keys, source=name, by=by).pk)
    return batches


def _place(table: str) -> int:
    known(table)
    return list(TABLES).index(table)


def _in_parts(table: str, rows: list[dict[str, Any]], name: str, by: str, kind: str) -> list[int]:
    """Rows in batches that are small enough. They are not looked at: one that cannot be read stops no other."""
    found = []
    for start in range(0, len(rows), ROWS):
        part = rows[start : start + ROWS]
        try:
            found.append(keep_unchecked(table, part, source=name, by=by, kind=kind).pk)
        except intake.Refused as refused:
            if refused.status != 413 or len(part) == 1:
                raise
            half = len(part) // 2
            found += _in_parts(table, part[:half], name, by, kind) + _in_parts(table, part[half:], name, by, kind)
    return found


def _said(heard: Heard) -> dict[str, str]:
    return {"said": "\n".join(heard.said)[:LONGEST_SAID].replace("\x00", "")} if heard.said else {}


def _is_new(name: str, once: str) -> bool:
    odd = len(once) > 200 or not once.isprintable()
    word = "sha256:" + hashlib.sha256(once.encode("utf-8", "surrogatepass")).hexdigest() if odd else once
    try:
        with transaction.atomic():
            Delivery.objects.create(source=name, once=word, at=datetime.now(UTC))
    except IntegrityError:
        return False
    return True


def tidy(now: datetime | None = None) -> int:
    """Forgets deliveries that nobody sends again; how many."""
    return int(Delivery.objects.filter(at__lt=(now or datetime.now(UTC)) - DELIVERIES_ARE_KEPT).delete()[0])


# --- how it went ----------------------------------------------------------------------------------------------------


def went_well(source: Source, again: timedelta, *, chance: Callable[[], float] = random.random) -> None:
    """The source was heard to its end: it is heard again after a while, give or take a twentieth."""
    now = datetime.now(UTC)
    _at_its_turn(source).update(
        failures=0, last_error="", last_well=now, next_pull=now + again * (0.95 + 0.1 * chance())
    )


def went_wrong(source: Source, error: BaseException, *, chance: Callable[[], float] = random.random) -> timedelta:
    """The source could not be heard: the reason stands on it, and it is left alone for a while; how long.

    Where a person has changed it meanwhile, this says nothing about it as it is now.
    """
    failures = Source.objects.filter(name=source.name).values_list("failures", flat=True).first() or 0
    wait = back_off(failures + 1, chance)
    asked = getattr(error, "retry_after", None)
    if isinstance(asked, int | float) and asked > 0:
        wait = max(wait, timedelta(seconds=min(float(asked), 24 * LONGEST_WAIT)))
    now = datetime.now(UTC)
    if _at_its_turn(source).update(failures=failures + 1, last_error=reason_of(error), next_pull=now + wait):
        refusals.note(source.name, error, now)
    return wait


def reason_of(error: BaseException) -> str:
    """What went wrong, for people: what goodwill raises on purpose says it itself."""
    said = str(error) if isinstance(error, GoodwillError) else f"{type(error).__name__}: {error}"
    return said.replace("\x00", "")[:LONGEST_SAID]


def back_off(failures: int, chance: Callable[[], float] = random.random) -> timedelta:
    """How long a source is left alone after so many failures: twice as long each time, an hour at most.

    >>> [back_off(n, lambda: 1.0).total_seconds() for n in (1, 2, 3, 20)]
    [30.0, 60.0, 120.0, 3600.0]
    """
    whole = min(FIRST_WAIT * 2.0 ** min(failures - 1, 30), LONGEST_WAIT)
    return timedelta(seconds=whole * (0.5 + 0.5 * chance()))


def must(name: str) -> Source:
    """The source of a name; SourceError where there is none."""
    import difflib

    found = Source.objects.filter(name=name).first()
    if found is None:
        near = difflib.get_close_matches(name, Source.objects.values_list("name", flat=True), n=1)
        mend = f"did you mean {near[0]!r}?" if near else "`goodwill sources` lists them"
        raise SourceError(f"no source is called {name[:80]!r}", mend=mend)
    return found
