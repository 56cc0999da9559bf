from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.backends.signals import connection_created


class Store(AppConfig):
    name = "goodwill.service.store"
    label = "store"

    def ready(self) -> None:
        connection_created.connect(_for_short_questions)


def _for_short_questions(connection: Any, **_: Any) -> None:
    """What PostgreSQL does for long questions makes the short ones of pages longer: it compiles what it expects to be
    long, which takes a tenth of a second and more, and starts helpers on cores that answer others meanwhile."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET jit = off; SET max_parallel_workers_per_gather = 0")
