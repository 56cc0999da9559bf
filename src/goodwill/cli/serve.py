"""`goodwill serve`: web, drainer and worker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from goodwill.cli import terminal
from goodwill.errors import GoodwillError

if TYPE_CHECKING:
    from goodwill.service.ops.serve import Service


def serve(
    host: Annotated[str, typer.Option(help="the address to listen on; this machine alone without it")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="the port to listen on")] = 8321,
    only: Annotated[str | None, typer.Option(help="one part alone: web, drainer or worker")] = None,
) -> None:
    """Run the service until Ctrl+C: pages and API, the drainer, the worker."""
    from goodwill.service.ops import logs
    from goodwill.service.ops.serve import PARTS, Service

    if only is not None and only not in PARTS:
        raise GoodwillError(f"no part is called {only!r}", where="--only", mend=f"choose one of {', '.join(PARTS)}")
    logs.to_stderr()
    Service(host, port, (only,) if only else PARTS).run(_say)
    terminal.out.print("stopped; nothing was half-written")


def _say(service: Service, said: dict[str, str]) -> None:
    from goodwill.service.home import home

    if "web" in service.parts:
        print(f"goodwill is at {service.address}, its state in {home().folder}", flush=True)
        if link := said.get("first_link"):
            print(f"nobody works here yet; this link makes the first admin, once, within 7 days: {link}", flush=True)
    else:
        print(f"the {service.parts[0]} runs, its state in {home().folder}", flush=True)
