"""From a row of `Source` to the `Place` that its kind hears, and back: settings checked, secrets sealed.

Secrets are the fields of the kind's Settings that are a `SecretStr` or a tuple of them. They are kept apart from the
other settings, as one sealed JSON object: a text, or a list of texts where two may hold while one replaces the other.
"""

from __future__ import annotations

import json
import os
from functools import partial
from typing import TYPE_CHECKING, Any, get_args, get_origin

from django.db import connection, transaction
from pydantic import SecretStr, ValidationError

from goodwill.errors import SettingsError
from goodwill.gate import Gate, hosts
from goodwill.listen.sources import Place
from goodwill.listen.sources import kind as kind_called
from goodwill.service.store.secrets import seal, unseal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from goodwill.listen.sources import Kind, Settings
    from goodwill.service.store.models import Source

VALID_AT_ONCE = 2
"""How many secrets of one field hold while they rotate."""


def kind_of(source: Source) -> Kind:
    """The kind that hears a source; SourceError where this version has none of that name."""
    return kind_called(source.kind)


def place_of(source: Source) -> Place:
    """The place that a source is heard at. Raises SettingsError where its settings do not hold (any more)."""
    from goodwill.service import live

    kind, firm = kind_of(source), live.firm()
    settings = settings_of(source, kind)
    held, replaced = partial(_held, (source.name, *source.owns)), partial(_replaced, source.name)
    return Place(source.name, settings, gate_of(kind, settings), firm.zone, firm=firm, held=held, replaced=replaced)


def _held(names: Sequence[str], table: str) -> Iterator[str]:
    """The keys of a table that a source, or one that it has taken over, gave and that are still held."""
    from goodwill.service.store.models import FACTS

    return FACTS[table].objects.filter(fact_source__in=names).values_list("fact_key", flat=True).iterator()  # type: ignore[no-any-return]


def _replaced(name: str, field: str, old: str, new: str) -> None:
    """Keeps a secret that the other side has put in the place of another, unless a person entered one meanwhile."""
    from goodwill.service.store.models import Source

    with transaction.atomic():
        rows = Source.objects.filter(name=name)
        source = (rows.select_for_update() if connection.features.has_select_for_update else rows).first()
        secrets = secrets_of(source) if source is not None else {}
        if secrets.get(field) == old:
            rows.update(secrets=sealed({**secrets, field: new}))


def gate_of(kind: Kind, settings: Settings) -> Gate:
    """The way out of a kind: the hosts that its settings name; private ones only where the operator lets them."""
    return Gate(
        allowed=kind.hosts(settings),
        private=hosts(os.environ.get("GOODWILL_OUT_PRIVATE", "")),
        anywhere=kind.anywhere,
        mend="correct the settings of the source",
    )


def settings_of(source: Source, kind: Kind | None = None) -> Settings:
    """A source's settings and secrets, as its kind has them."""
    kind = kind or kind_of(source)
    return checked(kind, {**source.settings, **secrets_of(source)}, where=f"source {source.name}")


def secrets_of(source: Source) -> dict[str, Any]:
    """A source's secrets by field, unsealed: a text or a list of texts each."""
    text = unseal(source.secrets)
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise SettingsError("its secrets cannot be read", where=f"source {source.name}", mend="enter them again")
    return found


# --- what a kind asks for -------------------------------------------------------------------------------------------


def secret_fields(kind: Kind) -> dict[str, bool]:
    """The secret fields of a kind, and whether several may hold at once."""
    found = {}
    for name, field in kind.settings.model_fields.items():
        is_secret, several = _secrecy(field.annotation)
        if is_secret:
            found[name] = several
    return found


def _secrecy(annotation: Any) -> tuple[bool, bool]:
    """Whether a type holds a secret, and whether it holds several.

    >>> _secrecy(SecretStr), _secrecy(tuple[SecretStr, ...] | None), _secrecy(str)
    ((True, False), (True, True), (False, False))
    """
    if annotation is SecretStr:
        return True, False
    inner = [_secrecy(one) for one in get_args(annotation)]
    several = get_origin(annotation) is tuple or any(many for _, many in inner)
    is_secret = any(secret for secret, _ in inner)
    return is_secret, is_secret and several


def checked(kind: Kind, given: Mapping[str, Any], *, where: str) -> Settings:
    """The settings of a kind. Raises SettingsError that names the first field that is wrong, never a secret's value."""
    try:
        return kind.settings.model_validate(_shaped(kind, given))
    except ValidationError as wrong:
        raise SettingsError(*_told(kind, wrong), where=where, mend=_mend(kind, wrong)) from None


def _shaped(kind: Kind, given: Mapping[str, Any]) -> dict[str, Any]:
    """Values as people write them: one secret for a field of several, 'a, b' for a field of several words."""
    found = dict(given)
    for name, field in kind.settings.model_fields.items():
        value = found.get(name)
        if isinstance(value, str) and holds_several(field.annotation):
            secret = _secrecy(field.annotation)[0]
            found[name] = [value] if secret else [word.strip() for word in value.split(",") if word.strip()]
    return found


def holds_several(annotation: Any) -> bool:
    """Whether a type is a tuple, list or set, also where it may be left out."""
    if get_origin(annotation) in (tuple, list, set, frozenset) or annotation in (tuple, list, set, frozenset):
        return True
    return any(holds_several(one) for one in get_args(annotation))


def _told(kind: Kind, wrong: ValidationError) -> tuple[str]:
    first = wrong.errors(include_input=False, include_url=False)[0]
    field = ".".join(str(part) for part in first["loc"][:1]) or "the settings"
    if first["type"] == "extra_forbidden":
        return (f"{kind.title} has no setting {field[:60]!r}",)
    if first["type"] == "missing":
        return (f"{field} is missing",)
    said = first["msg"].removeprefix("Value error, ")
    return (f"{field}: {said[:1].lower()}{said[1:]}",)


def _mend(kind: Kind, wrong: ValidationError) -> str:
    import difflib

    first = wrong.errors(include_input=False, include_url=False)[0]
    field = str(first["loc"][0]) if first["loc"] else ""
    known = kind.settings.model_fields
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(field, known, n=1)
        return f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known) or 'none'}"
    return str(known[field].description or "") if field in known else ""


# --- what is kept ---------------------------------------------------------------------------------------------------


def kept(kind: Kind, settings: Settings) -> tuple[dict[str, Any], str]:
    """What is stored of settings: those that everybody may see as JSON has them, and the secrets sealed."""
    secret = secret_fields(kind)
    plain = {name: value for name, value in settings.model_dump(mode="json").items() if name not in secret}
    return plain, sealed({name: _bare(getattr(settings, name)) for name in secret})


def sealed(secrets: Mapping[str, Any]) -> str:
    """Secrets by field as they are stored; fields without one are left out."""
    held = {name: value for name, value in secrets.items() if value}
    return seal(json.dumps(held, sort_keys=True)) if held else ""


def _bare(value: Any) -> Any:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, tuple | list):
        return [_bare(one) for one in value]
    return value


def rotated(kind: Kind, held: Mapping[str, Any], field: str, new: str, keep_old: bool) -> dict[str, Any]:
    """Secrets with a new one in one field, the one before beside it where the kind lets two hold at once.

    Raises SettingsError where the kind has no such secret.
    """
    fields = secret_fields(kind)
    if field not in fields:
        mend = f"there are {', '.join(fields)}" if fields else "it has none"
        raise SettingsError(f"{kind.title} has no secret {field[:60]!r}", where="rotate", mend=mend)
    if not fields[field]:
        return {**held, field: new}
    before = held.get(field) or []
    standing = [before] if isinstance(before, str) else list(before)
    both = [new, *(one for one in standing if one != new)][: VALID_AT_ONCE if keep_old else 1]
    return {**held, field: both}
