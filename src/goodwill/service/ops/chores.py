"""The service's own jobs; they register themselves where this is imported (the worker does)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodwill.service.jobs import job
from goodwill.service.ops import alerts, invitations
from goodwill.service.pages import uploaded

assert uploaded  # the job that takes in a file that somebody brought to a page

if TYPE_CHECKING:
    from goodwill.service.jobs.registry import Tell


@job("alerts", every=30, tries=2)
def tell_alerts(tell: Tell) -> str:
    """Ends, notes and tells alerts."""
    return str(alerts.round_())


@job("old links", at_hour=4)
def forget_links(tell: Tell) -> str:
    """Forgets one-time links that ended a month ago."""
    return f"{invitations.clean():,} forgotten"
