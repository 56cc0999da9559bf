"""GOODWILL_DATABASE_URL to Django's settings: SQLite in the installation's home, or PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

from goodwill.errors import SettingsError

if TYPE_CHECKING:
    from goodwill.service.home import Home

_PRAGMAS = (
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; "
    "PRAGMA cache_size = -65536; PRAGMA mmap_size = 268435456; PRAGMA temp_store = MEMORY;"
)
WHERE = "GOODWILL_DATABASE_URL"


def database(url: str, home: Home) -> dict[str, Any]:
    """Django's settings of the database.

    >>> from pathlib import Path
    >>> from goodwill.service.home import Home
    >>> database("postgresql://anna:p%40ss@db.example:5433/shop", Home(Path("/tmp")))["PASSWORD"]
    'p@ss'
    """
    if not url or url.startswith("sqlite:"):
        return _sqlite(url, home)
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise SettingsError(
            f"no database is of the kind {parts.scheme!r}", where=WHERE, mend="use sqlite:///FILE or postgresql://…"
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or dict(parse_qsl(parts.query)).get("host", "")),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5, "application_name": "goodwill"},
    }


def _sqlite(url: str, home: Home) -> dict[str, Any]:
    path = url.removeprefix("sqlite://").removeprefix("/") if url else str(home.database)
    if not url:
        home.folder.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path if not url or path.startswith("/") or path == ":memory:" else "/" + path,
        # A writer takes its lock at the start, so two writers wait for each other instead of failing halfway.
        "OPTIONS": {"init_command": _PRAGMAS, "transaction_mode": "IMMEDIATE", "timeout": 30},
        "CONN_MAX_AGE": None,
    }
