"""What comes round by itself: valuing, ranking, reading again, finding who is who, exporting, tidying up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from goodwill.service.jobs import job

if TYPE_CHECKING:
    from goodwill.service.jobs.registry import Tell

ENDED_JOBS_ARE_KEPT = timedelta(days=30)
ENDED_ALERTS_ARE_KEPT = timedelta(days=90)
EMPTY_BATCHES_ARE_KEPT = timedelta(days=365)
OFTEN = ("rerank", "careful reading", "search words", "place newcomers", "pull sources", "pull a source", "door link")
"""Jobs whose every round nobody asks about after some hours."""
REST = 9
"""A ranking of everybody is followed by a rest of so many times as long as it took."""


@job("revalue", at_hour=3)
def revalue(tell: Tell, as_of: str | None = None) -> str:
    """Values every customer, and ranks what is open."""
    from goodwill.service import live

    valuation = live.revalue(tell, datetime.fromisoformat(as_of) if as_of else None)
    checks = valuation.checks
    return f"{checks['customers']:,} customers valued, {checks['lines']:,} lines in the books"


@job("rerank", every=30, tries=2)
def rerank(tell: Tell) -> str:
    """The exact order of Now. Where that takes long it comes less often, so that it never fills the machine."""
    from goodwill.service import live

    if not _rested("rerank"):
        return "rests"
    return f"{live.rerank():,} stand in Now"


def _rested(name: str) -> bool:
    from goodwill.service.store.models import Job

    done = Job.objects.filter(name=name, state=Job.DONE).exclude(saying="rests").order_by("-id")
    last = done.values_list("begun", "finished").first()
    if last is None or None in last:
        return True
    begun, finished = last
    return bool(datetime.now(UTC) - finished >= REST * (finished - begun) - timedelta(seconds=1))


@job("search words", every=60, tries=2)
def search_words(tell: Tell) -> str:
    """What customers are found by, of names and handles that the drainer left aside."""
    from goodwill.service.live import search_words

    return f"{search_words.catch_up():,} names and handles taken in"


@job("careful reading", every=60, tries=2)
def careful_reading(tell: Tell) -> str:
    """What stands in Now and was read in doubt, read again by the careful model, where it is there."""
    from goodwill.service import live

    return f"{live.read_carefully(progress=tell):,} read again"


@job("careful reading of all", at_hour=1, tries=2)
def careful_reading_of_all(tell: Tell) -> str:
    """The same for all messages of the past two months."""
    from goodwill.service import live

    return f"{live.read_carefully(200_000, tell, beyond_now=True):,} read again"


@job("probable links", at_hour=4, tries=2)
def probable_links(tell: Tell) -> str:
    """Who is probably who beside what handles prove: hints that wait for a person."""
    from goodwill.service import who

    found = who.find(tell)
    return "; ".join([f"{found.links:,} links wait for a person", *found.notes])


@job("place newcomers", tries=2)
def place_newcomers(tell: Tell) -> str:
    """Who those may be who have just come."""
    from goodwill.service.who import newcomers

    return f"{newcomers.place():,} links found"


@job("export to the lake", at_hour=2)
def export_to_the_lake(tell: Tell) -> str:
    """What is new, as Parquet."""
    from goodwill.service import live

    return f"{sum(live.export_lake(tell).values()):,} facts exported"


@job("tidy up", every=3600, tries=2)
def tidy_up(tell: Tell) -> str:
    """What nobody looks at any more: ended jobs and alerts, who looked at what, sessions that are over,
    deliveries that nobody repeats."""
    from django.contrib.sessions.models import Session

    from goodwill.service.sources import keeping
    from goodwill.service.store.models import Alert, Batch, Heartbeat, Job, Looking

    now = datetime.now(UTC)
    quick = Job.objects.filter(state=Job.DONE, name__in=OFTEN, finished__lt=now - timedelta(hours=6))
    gone = quick.delete()[0]
    gone += Job.objects.filter(state__in=(Job.DONE, Job.FAILED), finished__lt=now - ENDED_JOBS_ARE_KEPT).delete()[0]
    gone += Alert.objects.filter(ended__lt=now - ENDED_ALERTS_ARE_KEPT).delete()[0]
    gone += Looking.objects.filter(seen__lt=now - timedelta(days=1)).delete()[0]
    gone += Heartbeat.objects.filter(at__lt=now - timedelta(days=7)).exclude(kind="live").delete()[0]
    gone += Session.objects.filter(expire_date__lt=now).delete()[0]
    gone += keeping.tidy(now)
    old = Batch.objects.filter(state=Batch.DRAINED, unread=0, drained__lt=now - EMPTY_BATCHES_ARE_KEPT)
    gone += old.delete()[0]
    return f"{gone:,} rows gone"
