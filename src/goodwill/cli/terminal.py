"""What the commands say while they work: progress and bad rows on stderr, results on stdout."""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from goodwill.lake import Reject

REJECTS_SHOWN = 50

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


@contextmanager
def progress() -> Iterator[Callable[[str, float], None]]:
    """A bar on a terminal; a plain line for each step elsewhere, so that a log stays readable."""
    if err.is_terminal:
        with Progress(
            TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=err, transient=True
        ) as bars:
            yield _bars(bars)
    else:
        yield _lines(time.monotonic())


def _bars(bars: Progress) -> Callable[[str, float], None]:
    tasks: dict[str, TaskID] = {}

    def say(step: str, done: float) -> None:
        if step not in tasks:
            tasks[step] = bars.add_task(step, total=1.0)
        bars.update(tasks[step], completed=done)

    return say


def _lines(start: float) -> Callable[[str, float], None]:
    said: set[str] = set()

    def say(step: str, done: float) -> None:
        del done
        if step not in said:
            said.add(step)
            print(f"{time.monotonic() - start:6.1f} s  {step}", file=sys.stderr)

    return say


def say_rejects(rejects: Sequence[Reject]) -> None:
    """Names what could not be read, by file and line; beyond fifty lines a count for each file and reason."""
    for reject in rejects[:REJECTS_SHOWN]:
        print(f"not read: {reject}", file=sys.stderr)
    rest = Counter((reject.file, reject.reason) for reject in rejects[REJECTS_SHOWN:])
    for (file, reason), count in sorted(rest.items()):
        print(f"not read: {file}: {count:,} more: {reason}", file=sys.stderr)


def say_notes(notes: Sequence[str]) -> None:
    """Says what is odd but was kept."""
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
