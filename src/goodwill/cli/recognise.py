"""`goodwill recognise`: the key with which the firm's own server and till hash a handle."""

from __future__ import annotations

import typer

app = typer.Typer(help="Recognising people without a card, at the till and in the shop.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Recognising people without a card, at the till and in the shop."""


@app.command("key")
def key() -> None:
    """Print the key (hexadecimal) that handles are hashed with. It belongs on servers and tills, never in a browser."""
    from goodwill.cli import store

    store.begin()
    from goodwill.service import recognise
    from goodwill.service.store import audit
    from goodwill.service.store.keys import RECOGNITION
    from goodwill.service.store.keys import key as made

    recognise.index()
    audit.record("command line", "showed the recognition key")
    print(made(RECOGNITION).hex())
