"""`goodwill revalue`: everybody anew, now rather than tonight."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from goodwill.cli import store, terminal
from goodwill.errors import GoodwillError


def revalue(
    as_of: Annotated[str | None, typer.Option(help="the present, such as 2026-11-01; now without it")] = None,
) -> None:
    """Value every customer anew, and rank again what waits. Readers see the old figures until the new are whole."""
    at = _instant(as_of) if as_of else None
    store.begin()
    from goodwill.service import live
    from goodwill.service.store.models import Valuation, Worth

    with terminal.progress() as progress:
        valuation = live.revalue(progress=progress, as_of=at)
    if valuation.state != Valuation.DONE:
        raise GoodwillError("the valuation failed", where="revalue", mend="the jobs page and the log say why")
    people = Worth.objects.filter(valuation=valuation.pk).count()
    terminal.out.print(f"{people:,} customers valued as of {valuation.as_of:%-d %B %Y %H:%M} UTC", soft_wrap=True)


def _instant(written: str) -> datetime:
    from goodwill.service import start

    start()
    from goodwill.service import live

    try:
        at = datetime.fromisoformat(written)
    except ValueError as wrong:
        raise GoodwillError(f"{written!r} is no time", where="--as-of", mend="write it as 2026-11-01") from wrong
    return at if at.tzinfo else at.replace(tzinfo=live.firm().zone)
