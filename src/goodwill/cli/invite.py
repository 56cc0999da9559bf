"""`goodwill invite EMAIL`: a place for a colleague."""

from __future__ import annotations

from typing import Annotated

import typer

from goodwill.cli import store, terminal


def invite(
    email: Annotated[str, typer.Argument(help="whom")],
    role: Annotated[str, typer.Option(help="admin, agent, analyst or viewer")] = "agent",
) -> None:
    """Offer a place. With a mail server they get a letter; the link is printed either way, and works once."""
    store.begin()
    from goodwill.service.ops import invitations, mail

    secret = invitations.invite(email, role, by="command line")
    if mail.configured():
        mail.send(email, *invitations.letter(secret))
        terminal.out.print(f"a letter is on its way to {email}", soft_wrap=True)
    print(f"this link makes {email} {role}, once, within 7 days: {invitations.link(secret)}")
