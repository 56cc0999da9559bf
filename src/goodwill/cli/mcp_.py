"""`goodwill mcp`: goodwill as tools for agent programs, on standard input and output."""

from __future__ import annotations

from typing import Annotated

import typer

from goodwill.cli import store


def mcp(
    token: Annotated[
        str, typer.Option(envvar="GOODWILL_TOKEN", help="whose scopes hold; without one it may read and propose")
    ] = "",
) -> None:
    """Serve an agent program (Model Context Protocol, stdio): reads as tools; proposals that wait for a person."""
    store.begin()
    from goodwill.service.mcp.server import serve

    serve(token)
