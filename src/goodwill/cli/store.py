"""What every command that works on the service's store begins with."""

from __future__ import annotations


def begin(migrate: bool = True) -> None:
    """Makes Django ready, and the database up to date."""
    import goodwill.service

    goodwill.service.start()
    if migrate:
        from goodwill.service.ops import migrating

        migrating.migrate()
