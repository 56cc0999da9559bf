"""The web server: how many workers it has, and what each of them loads: the service, and a watch on the parent."""

from __future__ import annotations

import gc
import os
import shutil
import threading
from typing import Any

from goodwill.errors import SettingsError
from goodwill.service.home import home
from goodwill.service.ops.lifeline import when_the_parent_ends

THREADS = 4
"""In each worker: who waits for the database leaves the others be."""
WORKERS = "GOODWILL_WEB_WORKERS"
FEWEST, USUALLY_AT_MOST = 2, 4
SETTLING = "settling"
"""The thread of a new worker that loads what its first requests will need."""
GARBAGE = 50_000, 20, 10
"""New objects, then rounds, then rounds of those, after which a worker looks for circular garbage."""


def workers() -> int:
    """How many processes answer requests: the setting, else one a core, from two (one may restart) to four.

    Raises SettingsError for what is no number of processes.
    """
    written = os.environ.get(WORKERS, "").strip()
    if not written:
        return min(max(os.cpu_count() or FEWEST, FEWEST), USUALLY_AT_MOST)
    if not (written.isascii() and written.isdigit() and 1 <= int(written) <= 64):
        raise SettingsError(f"{written[:20]!r} is no number of processes", where=WORKERS, mend="set it to 2, say")
    return int(written)


def metrics_folder() -> None:
    """Where the workers of this run add up their counters (prometheus-client's multi-process mode); fresh each time."""
    place = home().folder / "run" / "metrics"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(place)


def log_settings() -> dict[str, Any]:
    """The web server's own lines in our form; no access log, since paths and queries may hold personal data."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "goodwill.service.ops.logs.MaskedLines"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "loggers": {"_granian": {"handlers": ["stderr"], "level": "WARNING", "propagate": False}},
    }


def _end_soon() -> None:
    """The web server's main process stops its workers; where that one was killed too, they end by themselves."""
    threading.Timer(9.0, os._exit, args=(0,)).start()


def _settle() -> None:
    """Loads all pages, so that nobody need wait for them; then the search for circular garbage passes over all that is
    loaded and stays, and comes less often.

    As Python has it, it stopped every third long page for a tenth of a second.
    """
    from django.urls import get_resolver

    _ = get_resolver().url_patterns
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


def __getattr__(name: str) -> Any:
    """`application`, made when the web server's worker asks for it."""
    if name != "application":
        raise AttributeError(name)
    import goodwill.understand  # now, so that who opens the first case need not wait for it
    from goodwill.service.wsgi import application

    assert goodwill.understand
    # Beside the main thread, which must hear at once when it is told to stop.
    threading.Thread(target=_settle, name=SETTLING, daemon=True).start()
    when_the_parent_ends(_end_soon)
    globals()["application"] = application
    return application
