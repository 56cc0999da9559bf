"""Bringing the database's tables up to date, by one process at a time."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from goodwill.errors import GoodwillError
from goodwill.service.home import home
from goodwill.service.ops import locks

if TYPE_CHECKING:
    from collections.abc import Iterator

_TURN = 0x676F6F64  # 'good': PostgreSQL's advisory lock of everybody who migrates


def migrate() -> None:
    """Carries out what is missing; nothing where nothing is. Raises GoodwillError where the database cannot be used."""
    try:
        with _alone():
            if missing():
                call_command("migrate", verbosity=0, interactive=False)
    except DatabaseError as refused:
        raise GoodwillError(
            f"the database cannot be used: {str(refused).strip().splitlines()[0]}",
            where="GOODWILL_DATABASE_URL",
            mend="goodwill doctor says more",
        ) from refused


def missing() -> list[str]:
    """The names of the migrations that the database has not had yet."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


@contextmanager
def _alone() -> Iterator[None]:
    with (locks.folder(home()) / "migrate.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if connection.vendor != "postgresql":
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [_TURN])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_TURN])
