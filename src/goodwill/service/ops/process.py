"""One process of the service: `python -m goodwill.service.ops.process drainer|worker|web|prepare`.

Started by serve.py. SIGTERM and SIGINT mean: finish what you hold, then end. So does the end of the parent.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

from goodwill.errors import GoodwillError
from goodwill.service.ops import logs
from goodwill.service.ops.lifeline import when_the_parent_ends

if TYPE_CHECKING:
    from collections.abc import Callable


def told_to_stop() -> threading.Event:
    """Set by SIGTERM, SIGINT and the parent's end."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    when_the_parent_ends(stop.set)
    return stop


def prepare() -> None:
    """Migrates; where nobody works here yet, makes the link for the first admin. Says so as one line of JSON."""
    import goodwill.service

    goodwill.service.start()
    from goodwill.service.ops import invitations, migrating
    from goodwill.service.store.models import Colleague

    migrating.migrate()
    said = {}
    if not Colleague.objects.exists():
        said["first_link"] = invitations.link(invitations.invite("", "admin", by="goodwill"))
    print(json.dumps(said), flush=True)


def drainer() -> None:
    """Moves accepted batches into the store until told to stop."""
    import goodwill.service

    stop = told_to_stop()
    goodwill.service.start()
    from goodwill.service.intake import Drainer
    from goodwill.service.ops.heartbeat import beating

    with beating("drainer", stop):
        Drainer().run(stop)


def worker() -> None:
    """Does jobs, pulls sources and hears streams until told to stop."""
    import goodwill.service

    stop = told_to_stop()
    goodwill.service.start()
    from goodwill.service.jobs import Worker
    from goodwill.service.sources import pulling, streams

    pullers, hearing = pulling.Pullers(), threading.Thread(target=streams.Streams().run, args=(stop,), daemon=True)
    pullers.start(stop)
    hearing.start()
    Worker(but=pulling.JOBS).run(stop)  # says by itself that it lives
    pullers.join(3.0)
    hearing.join(6.0)


def web(host: str, port: str) -> None:
    """Answers requests until told to stop; those under way are answered first."""
    import granian
    from granian.log import LogLevels

    from goodwill.service.ops.web import THREADS, log_settings, metrics_folder, workers

    metrics_folder()
    when_the_parent_ends(lambda: os.kill(os.getpid(), signal.SIGTERM))
    granian.Granian(
        "goodwill.service.ops.web:application",
        address=host,
        port=int(port),
        interface="wsgi",
        workers=workers(),
        blocking_threads=THREADS,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=7,
        log_level=LogLevels.warning,
        log_dictconfig=log_settings(),
    ).serve()


def main(arguments: list[str]) -> int:
    """Runs one part; what goes wrong on purpose is one line."""
    logs.to_stderr()
    part, *rest = arguments
    parts: dict[str, Callable[..., None]] = {"prepare": prepare, "drainer": drainer, "worker": worker, "web": web}
    try:
        parts[part](*(rest if part == "web" else []))
    except GoodwillError as wrong:
        print(f"goodwill: {wrong}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
