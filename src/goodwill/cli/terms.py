"""`goodwill terms`: the firm's key for records of terms, and checking such a record, offline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from goodwill.cli import terminal
from goodwill.errors import InputError

app = typer.Typer(help="Customers' terms (IEEE 7012): the firm's key, and their signed records.", no_args_is_help=True)
LARGEST = 64 * 1024


@app.command("key")
def key() -> None:
    """Print the public half of the key that signs the firm's answers (Ed25519, base64url)."""
    from goodwill.cli import store

    store.begin()
    from goodwill.know.proffers import public_of
    from goodwill.service.terms.publishing import firm_key

    print(public_of(firm_key()))


@app.command("verify")
def verify(
    record: Annotated[Path, typer.Argument(help="the record, JSON")],
    key: Annotated[str, typer.Option(help="the firm's public key, as its myterms.json or `goodwill terms key` has it")],
    agent_key: Annotated[str | None, typer.Option(help="the public key of the customer's agent, if known")] = None,
) -> None:
    """Check a signed record, without any network: both signatures, and that the answer is to what was proffered."""
    from goodwill.know import canonical, records

    try:
        written = record.read_bytes()
    except OSError as missing:
        raise InputError(f"not readable: {missing.strerror}", where=str(record), mend="check its path") from missing
    found = records.verify(canonical.read(written, largest=LARGEST), firm_key=key, agent_key=agent_key)
    terminal.out.print(f"{found.state} on {found.at:%Y-%m-%d %H:%M} UTC: both signatures are good", soft_wrap=True)
    said = {
        "agreement": found.agreement,
        "purposes": list(found.purposes),
        "handle": list(found.handle),
        "firm": found.firm,
        "agent_key": found.agent_key,
    }
    print(json.dumps(said, ensure_ascii=False))
