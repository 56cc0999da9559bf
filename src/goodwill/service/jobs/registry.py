"""Which jobs there are: a name, the work, how often it comes round, how often it is tried."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from goodwill.errors import GoodwillError

if TYPE_CHECKING:
    from collections.abc import Callable

    Tell = Callable[[str, float], None]
    Work = Callable[..., str | None]

DAY = 24 * 3600


@dataclass(frozen=True)
class Kind:
    """One kind of job. `work(tell, **arguments)` does it; `tell(saying, share done)` says how far it is.

    What it returns is what the job says when it is done. It must be idempotent: the job of a worker that
    dies is done once more, from the start.
    """

    name: str
    work: Work
    every: int | None = None  # seconds
    at_hour: int | None = None  # daily, in the firm's zone
    tries: int = 5


KINDS: dict[str, Kind] = {}


def job(name: str, *, every: int | None = None, at_hour: int | None = None, tries: int = 5) -> Callable[[Work], Work]:
    """Registers a function as a kind of job; with `every` (seconds) or `at_hour` it comes round by itself."""
    if every is not None and at_hour is not None:
        raise GoodwillError("both every and at_hour were given", where=f"job {name!r}", mend="give one of them")
    if (every is not None and every < 1) or (at_hour is not None and not 0 <= at_hour <= 23) or tries < 1:
        raise GoodwillError(
            "no such time", where=f"job {name!r}", mend="every: a second or more; at_hour: 0 to 23; tries: 1 or more"
        )

    def register(work: Work) -> Work:
        KINDS[name] = Kind(name, work, every, at_hour, tries)
        return work

    return register


def kind(name: str) -> Kind:
    """The kind of a name; GoodwillError where there is none."""
    _register_all()
    if name not in KINDS:
        raise GoodwillError(f"no job is called {name!r}", mend=f"there are {', '.join(sorted(KINDS))}")
    return KINDS[name]


def kinds() -> dict[str, Kind]:
    """All kinds, by name."""
    _register_all()
    return dict(KINDS)


def _register_all() -> None:
    """The rooms above register what they do where their gathering place is imported; this room knows its name alone."""
    from importlib import import_module

    from django.conf import settings

    import_module(settings.JOBS_ARE_GATHERED_IN)


def arguments_are_plain(arguments: dict[str, Any]) -> None:
    """Arguments are kept as JSON: what cannot be is refused when the job is added, not when it is run."""
    import json

    try:
        json.dumps(arguments)
    except (TypeError, ValueError) as wrong:
        raise GoodwillError(
            f"arguments that JSON cannot hold: {wrong}", where="jobs.add", mend="give plain values"
        ) from wrong
