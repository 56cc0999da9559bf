"""`goodwill erase ID --why …`: one person out of everything, for good, with a receipt."""

from __future__ import annotations

from typing import Annotated

import typer

from goodwill.cli import store, terminal

BY = "command line"


def erase(
    customer: Annotated[str, typer.Argument(help="any id of theirs; with --lift also an e-mail address")],
    why: Annotated[str, typer.Option(help="why; it stands in the receipt, so name nobody")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="without asking once more")] = False,
    lift: Annotated[bool, typer.Option("--lift", help="let somebody who was erased be known again")] = False,
) -> None:
    """Erase a customer everywhere, for good: database, lake, uploads, logs; with a receipt that names nobody."""
    store.begin()
    from goodwill.service import erasing
    from goodwill.service.erasing import work

    if lift:
        number = erasing.lift(customer, BY)
        terminal.out.print(f"{number:,} tombstones lifted: what comes in again is taken in again", soft_wrap=True)
        return
    if not yes and not typer.confirm("This cannot be undone. Erase them?"):
        raise typer.Exit(1)
    receipt = erasing.erase(customer, BY, why)
    work.now(receipt)
    told = erasing.receipt(receipt)
    assert told is not None
    for what, counted in (("went", told["gone"]), ("reduced", told["reduced"]), ("masked", told["masked"])):
        if counted:
            said = ", ".join(f"{rows:,} {table}" for table, rows in counted.items())
            terminal.out.print(f"{what}: {said}", soft_wrap=True)
    for kept in told["kept"]:
        terminal.out.print(
            f"kept until {kept['until']}: {kept['number']:,} {kept['what']}: {kept['why']}", soft_wrap=True
        )
    for note in (*told["notes"], f"{told['backups']} The oldest is gone on {told['backups_until']}."):
        terminal.out.print(f"note: {note}", soft_wrap=True)
    terminal.out.print(f"erased; the receipt is {receipt}", soft_wrap=True)
