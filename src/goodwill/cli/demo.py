"""`goodwill demo`: an invented firm, valued, scored against its known truth, and shown on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from goodwill.cli import terminal
from goodwill.cli.run import carry_out, say

if TYPE_CHECKING:
    from goodwill.lake import Facts
    from goodwill.service.ops.serve import Service


def demo(
    folder: Annotated[Path, typer.Option(help="where the invented firm's files go")] = Path("goodwill-demo"),
    customers: Annotated[int, typer.Option(min=100, max=1_000_000, help="how many customers it has")] = 2_000,
    seed: Annotated[int, typer.Option(help="another seed is another firm")] = 1,
    serve: Annotated[bool, typer.Option(help="start the service on it afterwards")] = True,
    port: Annotated[int, typer.Option(help="the port of the service")] = 8321,
) -> None:
    """Make an invented PC-parts shop, value its customers, and start the service on it: new messages keep coming in."""
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
        show(facts, folder, seed, port)


def show(facts: Facts, folder: Path, seed: int, port: int) -> None:
    """Runs the service on the firm's facts until Ctrl+C, and lets new messages come in."""
    import goodwill.service
    from goodwill.service.ops import logs, trial
    from goodwill.service.ops.serve import Service

    service = Service(port=port)
    service.port_is_free()
    trial.use(folder)
    logs.to_stderr()
    goodwill.service.start()
    with terminal.progress() as progress:
        you, later = trial.fill(facts, progress)
    trickles: list[trial.Trickle] = []

    def ready(running: Service, said: dict[str, str]) -> None:
        opened = trial.open_up(running.address, you, later, seed)
        trickles.append(opened.trickle)
        print(f"goodwill is at {running.address}; new messages come in, and Ctrl+C stops it", flush=True)
        print(f"this link signs you in, once, within 15 minutes: {opened.link}", flush=True)
        print(f"this one opens a customer's own door, as often; take a private window: {opened.door}", flush=True)
        if terminal.out.is_terminal:
            typer.launch(opened.link)

    try:
        service.run(ready)
    finally:
        for trickle in trickles:
            trickle.end()
    terminal.out.print("stopped; goodwill demo starts afresh")
