"""`goodwill source …` and `goodwill sources`: where facts come from."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from goodwill.cli import store, terminal
from goodwill.errors import GoodwillError, SettingsError

app = typer.Typer(help="Where facts come from.", no_args_is_help=True)
BY = "command line"
Name = Annotated[str, typer.Argument(help="the source's name, as `goodwill sources` lists it")]
AsJson = Annotated[bool, typer.Option("--json", help="as JSON, for programs")]
SECRET = "secret"
"""The field that `--secret` sets."""


@app.command("add")
def add(
    kind: Annotated[str, typer.Argument(help="what kind of source: `goodwill sources --kinds` lists them")],
    name: Annotated[str, typer.Argument(help="your name for it, in small letters: 'shop'")],
    secret: Annotated[str, typer.Option(help="its secret; kept sealed")] = "",
    setting: Annotated[list[str] | None, typer.Option(help="KEY=VALUE; may be given more than once")] = None,
    as_json: AsJson = False,
) -> None:
    """Connect a source: its kind, name, settings and secret, checked before anything is stored."""
    store.begin()
    from goodwill.service.sources import connect

    source = connect.add(kind, name, _given(kind, secret, setting or []), by=BY)
    address = connect.address_of(source)
    if as_json:
        print(json.dumps({"name": name, "kind": source.kind, "address": address or None}))
        return
    terminal.out.print(f"source {name} ({source.kind}) is stored", soft_wrap=True, markup=False)
    if address:
        terminal.out.print(f"let it send to: {address}", soft_wrap=True, markup=False)
    else:
        terminal.out.print(f"goodwill source check {name} tries it", soft_wrap=True, markup=False)


def _given(kind: str, secret: str, pairs: list[str]) -> dict[str, Any]:
    from goodwill.listen.sources import kind as kind_called
    from goodwill.service.sources.places import secret_fields

    found: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key:
            raise GoodwillError(f"{pair!r} is no setting", where="--setting", mend="write KEY=VALUE")
        found[key] = value
    if secret:
        fields = secret_fields(kind_called(kind))
        if SECRET not in fields and len(fields) != 1:
            told = ", ".join(f"--setting {name}=…" for name in fields)
            raise SettingsError(
                f"{kind} has no field {SECRET!r}", where="--secret", mend=f"give {told}" if told else "leave it out"
            )
        found[SECRET if SECRET in fields else next(iter(fields))] = secret
    return found


@app.command("check")
def check(name: Name) -> None:
    """Try a source: ask what it sees now, and store nothing of it."""
    store.begin()
    from goodwill.service.sources import connect

    terminal.out.print(f"{name}: {connect.check(name)}", soft_wrap=True, markup=False)


@app.command("pause")
def pause(name: Name) -> None:
    """Hear a source no more until it is resumed; those who send are told to try again later."""
    store.begin()
    from goodwill.service.sources import connect

    connect.pause(name, by=BY)
    terminal.out.print(f"source {name} is paused", soft_wrap=True, markup=False)


@app.command("resume")
def resume(name: Name) -> None:
    """Hear a source again, from where it was."""
    store.begin()
    from goodwill.service.sources import connect

    connect.resume(name, by=BY)
    terminal.out.print(f"source {name} is heard again", soft_wrap=True, markup=False)


@app.command("replay")
def replay(
    name: Name,
    since: Annotated[str, typer.Option(help="the date from which it is heard again; its beginning without it")] = "",
) -> None:
    """Hear a source again from a date; what is held already stays one."""
    store.begin()
    from goodwill.service.sources import connect

    told = connect.replay(name, connect.when(since) if since else None, by=BY)
    terminal.out.print(f"source {name} is heard again {told}", soft_wrap=True, markup=False)


@app.command("rotate")
def rotate(
    name: Name,
    secret: Annotated[str, typer.Option(help="the new secret; kept sealed")],
    field: Annotated[str, typer.Option(help="which of its secrets")] = SECRET,
    keep_old: Annotated[bool, typer.Option(help="whether the old one holds beside it until the next")] = True,
) -> None:
    """Give a source a new secret; where its kind allows, the old one holds beside it."""
    store.begin()
    from goodwill.service.sources import connect

    connect.rotate(name, field, secret, by=BY, keep_old=keep_old)
    terminal.out.print(f"the secret of source {name} is changed", soft_wrap=True, markup=False)


@app.command("own")
def own(
    name: Name,
    of: Annotated[list[str] | None, typer.Option(help="whose facts it takes over; may be given more than once")] = None,
) -> None:
    """Let a source edit and remove what came from others too, say from a file; without --of only its own again."""
    store.begin()
    from goodwill.service.sources import connect

    owns = connect.own(name, of or [], by=BY).owns
    told = f"also what came from {', '.join(owns)}" if owns else "only what it brings itself"
    terminal.out.print(f"source {name} may change {told}", soft_wrap=True, markup=False)


@app.command("delete")
def delete(
    name: Name,
    with_facts: Annotated[bool, typer.Option("--with-facts", help="also every fact that it brought")] = False,
) -> None:
    """Delete a source and its secrets; its facts stay, or go in the background."""
    store.begin()
    from goodwill.service.sources import connect

    connect.delete(name, with_facts=with_facts, by=BY)
    told = "; its facts go in the background" if with_facts else "; its facts stay"
    terminal.out.print(f"source {name} is deleted{told}", soft_wrap=True, markup=False)


def sources(
    kinds: Annotated[bool, typer.Option("--kinds", help="list every kind of source there is instead")] = False,
    as_json: AsJson = False,
) -> None:
    """List every source: its kind, when it was last heard, how late it is, what is wrong with it."""
    if kinds:
        _kinds(as_json)
        return
    store.begin()
    from goodwill.service.sources import health

    rows = health.all_sources()
    if as_json:
        print(json.dumps([row.as_json() for row in rows]))
        return
    if not rows:
        print("no source is stored: facts come by the API, goodwill import FILE, or goodwill source add KIND NAME")
    for row in rows:
        terminal.out.print(row.line(), soft_wrap=True, markup=False)


def _kinds(as_json: bool) -> None:
    """Every kind: what is heard of it, tried how, where its key is found."""
    from goodwill.listen.sources import kinds

    found = kinds()
    if as_json:
        names = ("name", "title", "says", "connect", "tried", "way")
        print(json.dumps([{name: getattr(kind, name) for name in names} for kind in found]))
        return
    ways = {"pull": "asked", "accept": "sends", "stream": "streams"}
    for kind in found:
        terminal.out.print(f"{kind.name}  {kind.title} ({ways[kind.way]}): {kind.says}", soft_wrap=True, markup=False)
        terminal.out.print(f"    tried {kind.tried}", soft_wrap=True, markup=False)
        terminal.out.print(f"    {kind.connect}", soft_wrap=True, markup=False)
