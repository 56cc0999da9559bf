"""The service: facts flow in, *Now* answers, people act. Floor 4, on Django.

    store/    what is kept: one model for each table of facts, readings, worth, cases, people who work here, audit
    intake/   the way in: bytes → raw batch → drainer → facts, and what could not be read
    live/     from a new message to its place in Now: reading, author, stake; and the nightly valuation
    deeds/    what a person does: take, answer, thank, close, correct, undo; one file a deed, its permission inside
    jobs/     work in the background: lease, reaper, back-off, schedule
    api/      HTTP for machines
    pages/    screens for people
    ops/      serve, doctor, backup, restore, health, metrics, mail

`start()` makes Django ready; nothing here is imported before somebody asks for the service.
"""

from __future__ import annotations

import os


def start() -> None:
    """Makes Django ready for this process; a second call does nothing."""
    import django
    from django.apps import apps

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "goodwill.service.settings")
    if not apps.ready:
        django.setup()
