"""The jobs of imports: taken in a slice at a time, so that the worker's other jobs are not held up; and undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodwill.errors import InputError
from goodwill.report.figures import count
from goodwill.service.jobs import add, job

if TYPE_CHECKING:
    from goodwill.service.jobs.registry import Tell

TAKE_IN, UNDO = "take in a file", "undo an import"
SLICE = 15.0
"""Seconds of one slice."""
LEFT_OUT = "left out: of people who were erased, or removed by their source"
"""What stays out, without a name."""


@job(TAKE_IN, tries=5)
def take_in(tell: Tell, import_id: int, slice: int = 0) -> str:
    """Reads a file and sends its rows, for some seconds; then it puts itself behind the others in the queue."""
    from goodwill.service import imports, live
    from goodwill.service.imports.sending import finish, send
    from goodwill.service.store.models import Import

    one = imports.of_id(import_id)

    def say(step: str, done: float) -> None:
        Import.objects.filter(pk=one.pk, state=Import.READING).update(done=done)
        tell(step, imports.progress(one).share)

    try:
        if one.state in (Import.WAITING, Import.READING):
            imports.read(one, live.firm(), say)
        if one.state == Import.SENDING:
            send(one, say, seconds=SLICE)
        one.refresh_from_db()
        over = finish(one)
    except InputError as refused:
        return f"{one.name} failed: {refused}"
    if over:
        return said_of(one)
    enqueue(one, slice + 1)
    return f"{one.name}: {imports.progress(one).drained:,} of {one.rows:,} rows stored; it goes on"


def enqueue(one: object, slice: int = 0) -> None:
    """Puts the next slice into the queue."""
    from datetime import UTC, datetime, timedelta

    from goodwill.service.store.models import Import

    assert isinstance(one, Import)
    # Where only the drainer has work left, look again in a moment.
    due = datetime.now(UTC) + timedelta(seconds=0.5 if one.state == Import.STORING else 0.0)
    add(TAKE_IN, once=f"import {one.pk} slice {slice}", due=due, import_id=one.pk, slice=slice)


def said_of(one: object, ending: str = "") -> str:
    """An import in a sentence; `ending` after its tables."""
    from goodwill.service import imports
    from goodwill.service.store.models import Import

    assert isinstance(one, Import)
    now = imports.progress(one)
    said = ", ".join(f"{rows:,} {table}" for table, rows in one.tables.items()) or "nothing"
    said += ending
    new = f"; {now.stored:,} new" if now.stored != one.rows else ""
    out = f"; {now.left_out:,} {LEFT_OUT}" if now.left_out else ""
    wrong = now.rejected + now.unread
    return f"{one.name}: {said}{new}{out}" + (f"; {count(wrong, 'thing')} could not be read" if wrong else "")


@job(UNDO, tries=20)
def undo_import(tell: Tell, import_id: int, by: str) -> str:
    """Takes back everything that an import brought."""
    from goodwill.service import imports

    return imports.undo(imports.of_id(import_id), by=by, say=tell).said
