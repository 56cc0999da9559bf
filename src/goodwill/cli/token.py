"""`goodwill token`: keys of programs to the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from goodwill.cli import store, terminal
from goodwill.errors import GoodwillError

app = typer.Typer(help="Keys of programs to the API.", no_args_is_help=True)


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="what will use it: 'shop', 'helpdesk'")],
    scope: Annotated[list[str], typer.Option(help="read, write, admin or recognise; may be given more than once")],
) -> None:
    """Make a token. It is the last word printed, and is shown this once: only its digest is kept."""
    store.begin()
    from goodwill.service.api.auth import make_token
    from goodwill.service.store.audit import record

    token = make_token(name, scope)
    record("command line", "made a token", what=f"{name}: {', '.join(scope)}")
    print(f"token {name} may {' and '.join(scope)}; it is shown this once: {token}")


@app.command("list")
def list_() -> None:
    """List tokens: what they may do, when they were last used."""
    store.begin()
    from goodwill.service.store.models import Token

    for token in Token.objects.order_by("name"):
        used = f"last used {token.last_used:%Y-%m-%d %H:%M}" if token.last_used else "never used"
        state = f"revoked {token.revoked:%Y-%m-%d}" if token.revoked else used
        terminal.out.print(f"{token.name}  {' '.join(token.scopes)}  {state}", soft_wrap=True)


@app.command("revoke")
def revoke(name: Annotated[str, typer.Argument(help="the token's name")]) -> None:
    """Revoke a token: from now on it opens nothing."""
    store.begin()
    from goodwill.service.store.audit import record
    from goodwill.service.store.models import Token

    if not Token.objects.filter(name=name, revoked__isnull=True).update(revoked=datetime.now(UTC)):
        raise GoodwillError(f"no token is called {name!r}", where="token", mend="goodwill token list names them")
    record("command line", "revoked a token", what=name)
    terminal.out.print(f"token {name} opens nothing any more")
