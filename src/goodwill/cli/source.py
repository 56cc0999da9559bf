"""`goodwill source add` and `goodwill sources`: where facts come from."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from goodwill.cli import store, terminal
from goodwill.errors import GoodwillError

app = typer.Typer(help="Where facts come from.", no_args_is_help=True)
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
_KIND = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


@app.command("add")
def add(
    kind: Annotated[str, typer.Argument(help="what kind of source: 'shopify', 'zendesk', 'feed', …")],
    name: Annotated[str, typer.Argument(help="your name for it, in small letters: 'shop'")],
    secret: Annotated[str, typer.Option(help="its secret; kept sealed")] = "",
    setting: Annotated[list[str] | None, typer.Option(help="KEY=VALUE; may be given more than once")] = None,
) -> None:
    """Store a source: its kind, name, settings and secret."""
    store.begin()
    from goodwill.service.store.audit import record
    from goodwill.service.store.models import Source
    from goodwill.service.store.secrets import seal

    for word, form in ((kind, _KIND), (name, _NAME)):
        if not form.fullmatch(word):
            raise GoodwillError(f"{word!r} is no name", where="source add", mend="use a-z, 0-9, - and _")
    if Source.objects.filter(name=name).exists():
        raise GoodwillError(f"a source is called {name!r} already", where="source add", mend="choose another name")
    Source.objects.create(name=name, kind=kind, settings=_settings(setting or []), secrets=seal(secret))
    record("command line", "added a source", what=f"{name} ({kind})")
    terminal.out.print(f"source {name} ({kind}) is stored", soft_wrap=True)


def _settings(given: list[str]) -> dict[str, str]:
    found = {}
    for pair in given:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise GoodwillError(f"{pair!r} is no setting", where="--setting", mend="write KEY=VALUE")
        found[key] = value
    return found


def sources() -> None:
    """List every source: its kind, when it was last heard, what is wrong with it."""
    store.begin()
    from goodwill.service.store.models import Source

    rows = Source.objects.order_by("name")
    if not rows:
        print("no source is stored: facts come by the API, goodwill import FILE, or goodwill source add KIND NAME")
    for source in rows:
        heard = f"last heard {source.last_seen:%Y-%m-%d %H:%M}" if source.last_seen else "never heard"
        state = "paused" if source.paused else heard
        wrong = f"  failed {source.failures} times: {source.last_error}" if source.failures else ""
        terminal.out.print(f"{source.name}  {source.kind}  {state}{wrong}", soft_wrap=True, markup=False)
