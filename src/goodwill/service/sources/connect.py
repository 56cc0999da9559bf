"""What people do with sources, for the command line and the pages alike; each act is a line of the audit log.

form_of(kind)                        what a kind asks for, field by field
try_out(kind, given)                 what it would see, with nothing stored;  check(name): the same of one that is
add(kind, name, given, by=...)       connects it;  change(name, given): other settings;  rotate: another secret
pause, resume, replay(name, since), own(name, others), delete(name, with_facts)
address_of(source)                   where a sender reaches it
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from goodwill.errors import SettingsError, SourceError
from goodwill.listen.sources import Place
from goodwill.listen.sources import kind as kind_called
from goodwill.service.intake import refusals
from goodwill.service.sources import places
from goodwill.service.sources.keeping import must
from goodwill.service.store.audit import record
from goodwill.service.store.models import Batch, Import, Job, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from goodwill.listen.sources import Kind
    from goodwill.service.store.models import Colleague, Token

    Who = Colleague | Token | str

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
FORGET = "forget a source"
TAKEN = frozenset({"goodwill"})
"""Names that facts of our own carry."""


# --- what a kind asks for -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Field:
    """One thing to enter; `several`: more than one, parted by commas (of a secret: the one in use and its heir).

    `asked_first`: it may be left out, but most need it.
    """

    name: str
    label: str
    help: str
    secret: bool
    required: bool
    several: bool
    default: str
    choices: tuple[str, ...] = ()
    asked_first: bool = False


@dataclass(frozen=True)
class Form:
    """A kind as people connect it."""

    kind: str
    title: str
    says: str
    connect: str
    tried: str
    way: str
    can_check: bool
    fields: tuple[Field, ...]


def form_of(kind_name: str) -> Form:
    """What a kind asks for; SourceError where there is no such kind."""
    kind = kind_called(kind_name)
    secrets = places.secret_fields(kind)
    schema = kind.settings.model_json_schema()
    fields = []
    for name, field in kind.settings.model_fields.items():
        default = field.get_default(call_default_factory=True)
        described = schema["properties"].get(name, {})
        fields.append(
            Field(
                name=name,
                label=str(field.title or name.replace("_", " ")),
                help=str(field.description or ""),
                secret=name in secrets,
                required=field.is_required(),
                several=places.holds_several(field.annotation),
                default="" if field.is_required() or name in secrets else _written(default),
                choices=_choices(described, schema.get("$defs", {})),
                asked_first=bool(described.get("asked_first")),
            )
        )
    return Form(
        kind.name, kind.title, kind.says, kind.connect, kind.tried, kind.way, kind.check is not None, tuple(fields)
    )


def _choices(described: dict[str, Any], defined: dict[str, Any]) -> tuple[str, ...]:
    """The words that a field may be, from its JSON schema."""
    inner = [described, *described.get("anyOf", ()), described.get("items", {})]
    inner = [defined.get(one["$ref"].rpartition("/")[2], one) if "$ref" in one else one for one in inner]
    if any(one.get("type") == "boolean" for one in inner):
        return ("yes", "no")
    return tuple(
        str(word) for one in inner for word in [*one.get("enum", ()), *([one["const"]] if "const" in one else [])]
    )


def _written(value: Any) -> str:
    """A default as a form shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | list | set | frozenset):
        return ", ".join(map(str, value))
    return str(value)


# --- connecting -----------------------------------------------------------------------------------------------------


def add(kind_name: str, name: str, given: Mapping[str, Any], *, by: Who) -> Source:
    """Connects a source. Raises SourceError or SettingsError, and stores nothing, where that cannot be."""
    kind = kind_called(kind_name)
    if not NAME.fullmatch(name) or name in TAKEN:
        raise SourceError(f"{name[:80]!r} is no name", where="source add", mend="use a-z, 0-9, - and _")
    if Job.objects.filter(name=FORGET, arguments__source=name, state__in=(Job.WAITING, Job.RUNNING)).exists():
        raise SourceError(
            f"the facts of an earlier source {name!r} are still being deleted",
            where="source add",
            mend="try again in a while, or choose another name",
        )
    settings, secrets = places.kept(kind, places.checked(kind, given, where=f"source {name}"))
    try:
        with transaction.atomic():
            source = Source.objects.create(name=name, kind=kind.name, settings=settings, secrets=secrets)
            record(by, "added a source", what=f"{name} ({kind.name})")
    except IntegrityError:
        raise SourceError(
            f"a source is called {name!r} already", where="source add", mend="choose another name"
        ) from None
    return source


def address_of(source: Source) -> str:
    """Where those who send reach a source; '' for a kind that is asked, not sent."""
    from goodwill.service.ops.invitations import base_address

    try:
        accepts = places.kind_of(source).accept is not None
    except SourceError:
        return ""
    return f"{base_address().rstrip('/')}/webhooks/{source.kind}/{source.name}" if accepts else ""


def try_out(kind_name: str, name: str, given: Mapping[str, Any]) -> str:
    """What a source would see with these settings; nothing is stored. Raises what stands in its way."""
    from goodwill.service import live

    kind = kind_called(kind_name)
    settings = places.checked(kind, given, where=f"source {name}")
    firm = live.firm()
    return _seen(kind, Place(name, settings, places.gate_of(kind, settings), firm.zone, firm=firm))


def check(name: str) -> str:
    """What a source that is stored sees now; nothing is kept of it. Raises what stands in its way."""
    source = must(name)
    kind = places.kind_of(source)
    place = places.place_of(source)
    if kind.check is None and kind.accept is not None:
        return f"its settings hold; whether it sends shows with the first request to {address_of(source)}"
    return _seen(kind, place)


def _seen(kind: Kind, place: Place) -> str:
    if kind.check is None:
        return "its settings hold; there is nothing to ask before it sends"
    return kind.check(place)


def change(name: str, given: Mapping[str, Any], *, by: Who) -> Source:
    """Other settings for a source; what is not given stays, also secrets. SettingsError where they do not hold."""
    with transaction.atomic():
        source = _locked(name)
        kind = places.kind_of(source)
        whole = {**source.settings, **places.secrets_of(source), **given}
        source.settings, source.secrets = places.kept(kind, places.checked(kind, whole, where=f"source {name}"))
        _hear_anew(source, "settings", "secrets")
        record(by, "changed a source", what=f"{name}: {', '.join(sorted(given))}")
    return source


def rotate(name: str, field: str, new: str, *, by: Who, keep_old: bool = True) -> Source:
    """A new secret. Where the kind lets two hold at once, the one before goes on holding until the next comes."""
    with transaction.atomic():
        source = _locked(name)
        kind = places.kind_of(source)
        secrets = places.rotated(kind, places.secrets_of(source), field, new, keep_old)
        places.checked(kind, {**source.settings, **secrets}, where=f"source {name}")
        source.secrets = places.sealed(secrets)
        _hear_anew(source, "secrets")
        record(by, "changed the secret of a source", what=f"{name}: {field}")
    return source


def pause(name: str, *, by: Who) -> Source:
    """It is not heard any more until it is resumed; those who send are told to try again later."""
    with transaction.atomic():
        source = _locked(name)
        if not source.paused:
            source.paused = True
            _hear_anew(source, "paused")
            record(by, "paused a source", what=name)
    return source


def resume(name: str, *, by: Who) -> Source:
    """It is heard again, at once, from where it was."""
    with transaction.atomic():
        source = _locked(name)
        if source.paused:
            source.paused = False
            _hear_anew(source, "paused")
            record(by, "resumed a source", what=name)
    return source


def replay(name: str, since: datetime | None = None, *, by: Who) -> str:
    """It is heard again from a date on, or from its beginning; what is held already stays one. Says from where."""
    with transaction.atomic():
        source = _locked(name)
        kind = places.kind_of(source)
        if kind.way == "accept":
            raise SourceError(
                f"{kind.title} sends by itself and cannot be asked again",
                where=f"source {name}",
                mend="let it send again, or import a file of what is missing",
            )
        from_when = since if since is not None and kind.since is not None else None
        source.cursor = kind.since(from_when) if from_when is not None and kind.since is not None else {}
        _hear_anew(source, "cursor")
        told = f"from {from_when:%Y-%m-%d %H:%M} UTC" if from_when else "from the beginning"
        record(by, "replayed a source", what=f"{name} {told}")
    return told


def own(name: str, others: Iterable[str], *, by: Who) -> Source:
    """Says which other sources' facts a source may edit and remove beside its own, and no others any more.

    For a shop whose past came by a file: what it tells of an order from then is refused otherwise. Raises SourceError
    where one of them never brought anything.
    """
    wanted = sorted({one.strip() for one in others} - {""})
    with transaction.atomic():
        source = _locked(name)
        for other in wanted:
            if other in (name, *TAKEN):
                raise SourceError(f"{other!r} cannot be taken over", where=f"source {name}", mend="name another source")
            if not brought_by(other):
                mend = f"there are {', '.join(may_own(name)[:10]) or 'none'}"
                raise SourceError(f"nothing came from {other[:80]!r}", where=f"source {name}", mend=mend)
        if wanted != source.owns:
            source.owns = wanted
            _hear_anew(source, "owns")
            told = f"also what came from {', '.join(map(repr, wanted))}" if wanted else "only what it brings itself"
            record(by, "let a source own", what=f"{name}: {told}"[:1_000])
    return source


def brought_by(other: str) -> bool:
    """Whether anything ever came from a source of this name."""
    return any(
        rows.filter(**{column: other}).exists()
        for rows, column in ((Source.objects, "name"), (Import.objects, "source"), (Batch.objects, "source"))
    )


def may_own(name: str) -> list[str]:
    """What a source may take over: the files that were brought, and the other sources."""
    files = set(Import.objects.filter(state=Import.DONE).values_list("source", flat=True))
    return sorted((files | set(Source.objects.values_list("name", flat=True))) - {name, *TAKEN})


def delete(name: str, *, with_facts: bool = False, by: Who) -> None:
    """It is gone with its secrets. Its facts may go too: in the background, out of the lake with the next export.

    What our own people did about them stays.
    """
    from goodwill.service import jobs

    with transaction.atomic():
        source = _locked(name)
        source.delete()
        refusals.forget(name)
        if with_facts:
            jobs.add(FORGET, once=f"{FORGET}: {name}", source=name, by=_name(by))
        record(by, "deleted a source", what=f"{name}, with its facts" if with_facts else name)


def _name(who: Who) -> str:
    from goodwill.service.store.audit import name_of

    return name_of(who)


def _locked(name: str) -> Source:
    """The source, for this transaction alone where the database can."""
    from django.db import connection

    must(name)
    sources = Source.objects.filter(name=name)
    found = (sources.select_for_update() if connection.features.has_select_for_update else sources).first()
    return found if found is not None else must(name)


def _hear_anew(source: Source, *changed: str) -> None:
    """Keeps what was changed: whoever hears it right now is too late by a turn, and it is due at once."""
    source.turn, source.failures, source.last_error, source.next_pull = source.turn + 1, 0, "", None
    source.save(update_fields=[*changed, "turn", "failures", "last_error", "next_pull"])


def when(text: str) -> datetime:
    """A date or an instant as people write it; the firm's zone where they name none."""
    from goodwill.service import live

    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise SettingsError(f"{text[:40]!r} is no date", where="--since", mend="write 2026-05-03") from None
    return (found if found.tzinfo else found.replace(tzinfo=live.firm().zone)).astimezone(UTC)
