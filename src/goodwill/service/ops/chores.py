"""Where every job of the service is gathered: each registers itself as its file is imported here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodwill.service.door import asked, letters
from goodwill.service.erasing import work as erasing
from goodwill.service.imports import job as importing
from goodwill.service.jobs import job
from goodwill.service.ops import alerts, invitations, rounds
from goodwill.service.recognise import hashing
from goodwill.service.retention import forgetting as forgetting_facts
from goodwill.service.sources import forgetting, pointing, pulling
from goodwill.service.terms import proving

assert rounds  # what comes round by itself
assert erasing and forgetting_facts  # erasing a person, cleaning up after that, and facts that are too old
assert importing  # taking in a file, and undoing that
assert proving and hashing  # theirs: asking whose a proffer is; hashes of handles for the till
assert letters and asked  # the door: mailing links, forgetting old ones and asks that are over
assert forgetting and pulling and pointing  # hearing sources, deleting the facts of one, following links

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
