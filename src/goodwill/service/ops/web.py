"""What each worker of the web server loads: the service, and a watch on the parent."""

from __future__ import annotations

import os
import shutil
import threading
from typing import Any

from goodwill.service.home import home

WORKERS = 2
THREADS = 4


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


def __getattr__(name: str) -> Any:
    """`application`, made when the web server's worker asks for it."""
    if name != "application":
        raise AttributeError(name)
    from goodwill.service.ops.process import when_the_parent_ends
    from goodwill.service.wsgi import application

    when_the_parent_ends(_end_soon)
    globals()["application"] = application
    return application
