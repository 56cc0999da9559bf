"""`goodwill demo`: an invented firm, valued, scored against its known truth, and shown on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from goodwill.cli import terminal
from goodwill.cli.run import carry_out, say


def demo(
    folder: Annotated[Path, typer.Option(help="where the invented firm's files go")] = Path("goodwill-demo"),
    customers: Annotated[int, typer.Option(min=100, max=1_000_000, help="how many customers it has")] = 2_000,
    seed: Annotated[int, typer.Option(help="another seed is another firm")] = 1,
    serve: Annotated[bool, typer.Option(help="show the report in a browser afterwards")] = True,
    port: Annotated[int, typer.Option(help="the port to show it on")] = 8321,
) -> None:
    """Make an invented PC-parts shop, run the main job on it, and show what goodwill makes of it."""
    from goodwill import demo as invented
    from goodwill import listen

    with terminal.progress() as progress:
        invented.make(folder, customers=customers, seed=seed, progress=progress)
        facts = listen.read_folder(folder, progress=progress)
        result = carry_out(facts, folder / "goodwill-out", None, 365, progress)
    terminal.say_rejects(result.facts.rejects)
    say(result, folder / "goodwill-out")
    terminal.out.print(str(invented.score(result, folder)), soft_wrap=True)
    if serve:
        show(folder / "goodwill-out", port)


def show(folder: Path, port: int) -> None:
    """Serves the report on loopback until Ctrl+C."""
    import functools
    from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

    from goodwill.errors import GoodwillError

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """A page that one person looks at needs no log."""

    handler = functools.partial(Quiet, directory=str(folder))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as taken:
        raise GoodwillError(
            f"port {port} cannot be used: {taken.strerror}", mend="choose another with --port, or --no-serve"
        ) from taken
    with server:
        terminal.out.print(f"the report: http://127.0.0.1:{port}/report.html   (Ctrl+C ends)", soft_wrap=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            terminal.out.print("stopped")
