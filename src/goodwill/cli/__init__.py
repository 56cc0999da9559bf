"""The command line: one file a command; each says what it did and where, and ends non-zero only where it failed."""

from __future__ import annotations

import sys

import typer

from goodwill.cli import (
    backup,
    demo,
    doctor,
    erase,
    evaluate,
    import_,
    invite,
    mcp_,
    recognise,
    revalue,
    run,
    serve,
    source,
    terms,
    token,
    try_,
    understand,
)
from goodwill.errors import GoodwillError

app = typer.Typer(
    name="goodwill",
    help="What every customer is worth for all that they give, in books that balance, and whom to answer now.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("run")(run.run)
app.command("try")(try_.try_file)
app.command("demo")(demo.demo)
app.command("understand")(understand.understand)
app.command("evaluate")(evaluate.evaluate)
app.command("serve")(serve.serve)
app.command("invite")(invite.invite)
app.add_typer(token.app, name="token")
app.add_typer(terms.app, name="terms")
app.add_typer(recognise.app, name="recognise")
app.add_typer(source.app, name="source")
app.command("sources")(source.sources)
app.command("import")(import_.import_file)
app.command("revalue")(revalue.revalue)
app.command("mcp")(mcp_.mcp)
app.command("doctor")(doctor.doctor)
app.command("erase")(erase.erase)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)


def main() -> None:
    """The `goodwill` command. What goes wrong on purpose is one clear line on stderr."""
    try:
        app()
    except GoodwillError as wrong:
        print(f"goodwill: {wrong}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("goodwill: stopped; nothing was half-written", file=sys.stderr)
        sys.exit(130)
