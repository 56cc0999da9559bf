"""Work in the background: a job is a row, held under a lease while it runs, so that nothing is lost with its worker.

@job("name", every=60, at_hour=None, tries=5)     registers work(tell, **arguments)
add(name, once=None, due=None, **arguments)       puts one into the queue
Worker().run(stop)                                works until `stop` is set
retry(job)                                        a failed one again
tick(), reap(), set_up()                          what a worker does by itself; for tests and the page of jobs
"""

from __future__ import annotations

from typing import Any

_HOMES = {
    "job": "registry",
    "kinds": "registry",
    "Kind": "registry",
    "add": "queue",
    "retry": "queue",
    "reap": "queue",
    "take": "queue",
    "back_off": "queue",
    "LeaseLost": "queue",
    "Held": "queue",
    "set_up": "schedule",
    "tick": "schedule",
    "Worker": "worker",
    "Interrupted": "worker",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
