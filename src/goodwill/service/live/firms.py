"""The firm of this installation: goodwill.toml of its home, and over it what a person entered on a page."""

from __future__ import annotations

import threading
import tomllib
from typing import TYPE_CHECKING, Any

from goodwill.errors import SettingsError
from goodwill.firm import OWN_READER, Firm

if TYPE_CHECKING:
    from pathlib import Path

_LOCK = threading.Lock()
_SEEN: dict[str, tuple[tuple[Any, ...], Firm]] = {}


def firm() -> Firm:
    """The firm as it stands; read again only where the file or a setting has changed.

    Raises SettingsError where either says what cannot be.
    """
    from goodwill.service.home import home

    path = home().firm_file
    try:
        stamp = path.stat().st_mtime_ns, path.stat().st_size
    except FileNotFoundError:
        stamp = 0, 0
    own = path.parent / OWN_READER
    mark = (*stamp, *_settings(), own.exists())
    with _LOCK:
        seen = _SEEN.get(str(path))
        if seen and seen[0] == mark:
            return seen[1]
    found = _with_own_reader(Firm.from_mapping(given(), where=str(path)).beside(path.parent), own)
    with _LOCK:
        _SEEN[str(path)] = (mark, found)
    return found


def _settings() -> tuple[Any, ...]:
    """When a setting was last changed, and how many there are; asked at every request, so in plain SQL."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute('SELECT max("at"), count(*) FROM setting')
        return tuple(cursor.fetchone())


def _with_own_reader(firm: Firm, own: Path) -> Firm:
    """What people's corrections taught the reader of this installation is used unless goodwill.toml names another."""
    if firm.reading.own is not None or not own.exists():
        return firm
    return firm.model_copy(update={"reading": firm.reading.model_copy(update={"own": own})})


def given() -> dict[str, Any]:
    """What the file says, with the settings of the pages laid over it."""
    from goodwill.service.home import home
    from goodwill.service.store.models import Setting

    path = home().firm_file
    said: dict[str, Any] = {}
    if path.exists():
        try:
            said = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
            raise SettingsError(f"not readable as TOML: {broken}", where=str(path)) from broken
    for name, value in Setting.objects.order_by("name").values_list("name", "value"):
        path_to = name.split(".")
        if path_to[0] in Firm.model_fields:  # other settings are the service's own
            _lay(said, path_to, value)
    return said


def _lay(said: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        held = said.get(part)
        if not isinstance(held, dict):
            held = said[part] = {}
        said = held
    said[path[-1]] = value
