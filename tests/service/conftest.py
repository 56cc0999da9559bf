"""The service for tests: a home and a database of each test's own, on SQLite and on a real PostgreSQL.

    def test_something(service): ...                                     runs twice, once on each database
    @pytest.mark.parametrize("service", ["sqlite"], indirect=True)       ... on one of them

`service` has its `home`, its `url` (of the database), its `environment` for processes, and `client()`.
"""

from __future__ import annotations

import os
import shutil
import sys
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from conftest import missing
from service import postgresql

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

DATABASES = ("sqlite", "postgresql")
# Whoever is still connected is thrown out, and waited for (ms); of fifty tables those alone are emptied that were
# written to.
EMPTIED = """
SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid();
DO $$ DECLARE one record; written boolean; BEGIN
  FOR one IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
      AND relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission') LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', one.relname) INTO written;
    IF written THEN EXECUTE format('TRUNCATE %I CASCADE', one.relname); END IF;
  END LOOP;
  FOR one IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL
      AND sequencename NOT LIKE 'django_%' AND sequencename NOT LIKE 'auth_%' LOOP
    EXECUTE format('ALTER SEQUENCE %I RESTART', one.sequencename);
  END LOOP;
END $$
"""


@dataclass(frozen=True)
class Service:
    """One installation, empty but for its tables."""

    kind: str
    home: Path
    url: str

    @property
    def environment(self) -> dict[str, str]:
        """What a process of this installation needs to be told."""
        return {
            **os.environ,
            "GOODWILL_HOME": str(self.home),
            "GOODWILL_DATABASE_URL": self.url,
            "DJANGO_SETTINGS_MODULE": "goodwill.service.settings",
        }

    def client(self, colleague: Any = None) -> Client:
        """A browser without a screen, signed in as a colleague where one is given."""
        from django.test import Client

        client = Client(headers={"host": "localhost"})
        if colleague is not None:
            client.force_login(colleague)
        return client

    def colleague(self, email: str = "anna@firm.example", role: str = "admin", **fields: Any) -> Any:
        """Somebody who works here."""
        from goodwill.service.store.models import Colleague

        return Colleague.objects.create_user(email, "a long enough password", role=role, **fields)


def use(home: Path, url: str) -> None:
    """Points this process's Django at an installation."""
    from django.db import connections

    from goodwill.service.databases import database
    from goodwill.service.home import Home

    connections.close_all()
    os.environ["GOODWILL_HOME"], os.environ["GOODWILL_DATABASE_URL"] = str(home), url
    connections.settings["default"] = connections.configure_settings({"default": database(url, Home(home))})["default"]
    if hasattr(connections._connections, "default"):
        del connections["default"]


def forget() -> None:
    """What this process keeps for a while, by the name of the database, is another test's: each begins without it."""

    def loaded(name: str) -> Any:
        return sys.modules.get(f"goodwill.service.{name}")

    for name, kept in (
        ("pages.context", "_KEPT"),
        ("pages.customer_list", "_LANGUAGES"),
        ("pages.customers", "_GROUPS"),
        ("recognise.asking", "_TOO_OFTEN"),
        ("sources.webhooks", "_noted"),
    ):
        if module := loaded(name):
            getattr(module, kept).clear()
    if accept := loaded("intake.accept"):
        accept._backlog.at = 0.0


def migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with every table and no row, to be copied."""
    from django.db import connections

    home = tmp_path_factory.mktemp("empty-home")
    use(home, "")
    migrate()
    with connections["default"].cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connections.close_all()
    return home / "goodwill.sqlite3"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A server's address: $GOODWILL_TEST_POSTGRESQL, else one started for this run."""
    given = os.environ.get("GOODWILL_TEST_POSTGRESQL")
    if given:
        yield given
        return
    if postgresql.binaries() is None:
        missing("a PostgreSQL server (run: sh tools/postgresql.sh)")
    with postgresql.server() as address:
        yield address


@pytest.fixture(scope="session")
def tables_on_postgresql(postgresql_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a database with every table; each test leaves it empty."""
    from django.db import connections

    name = f"test_{uuid.uuid4().hex[:8]}"
    command(postgresql_server, f'CREATE DATABASE "{name}"')
    address = database_address(postgresql_server, name)
    use(tmp_path_factory.mktemp("postgresql-home"), address)
    migrate()
    connections.close_all()
    yield address
    command(postgresql_server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture(params=DATABASES)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """An installation of this test's own, once on each database."""
    from django.db import connections

    kept = {name: os.environ.get(name) for name in ("GOODWILL_HOME", "GOODWILL_DATABASE_URL")}
    home = tmp_path / "home"
    home.mkdir()
    url = ""
    forget()
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("empty_sqlite"), home / "goodwill.sqlite3")
    else:
        url = request.getfixturevalue("tables_on_postgresql")
    use(home, url)
    try:
        yield Service(request.param, home, url)
    finally:
        connections.close_all()
        if url:
            command(url, EMPTIED)
        for variable, value in kept.items():
            os.environ.pop(variable, None)
            if value is not None:
                os.environ[variable] = value


def database_address(server: str, name: str) -> str:
    """The address of another database of a server."""
    from urllib.parse import urlsplit, urlunsplit

    # An address without a host ('postgresql://user@/name?host=/socket') keeps its shape.
    parts = urlsplit(server)
    return urlunsplit(parts._replace(path=f"/{name}"))


def command(server: str, sql: str) -> None:
    """Carries out a command outside any transaction."""
    import psycopg

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql)
