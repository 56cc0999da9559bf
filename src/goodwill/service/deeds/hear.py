"""What somebody said by phone or over the counter, written down by whoever heard it: a message like any other."""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from goodwill.service.deeds.doing import SOURCE, CannotBe, Doing, allow, words

if TYPE_CHECKING:
    from datetime import datetime

    from goodwill.service.store.models import Colleague, Deed

CHANNELS = ("phone", "store")
LONGEST_NAME = 120
LINK = re.compile(r"https?://[^\s<>\"'“”‘’]+", re.IGNORECASE)


@transaction.atomic
def hear(
    colleague: Colleague,
    text: str,
    *,
    channel: str,
    customer_id: str | None = None,
    author: str = "",
    at: datetime | None = None,
) -> Deed:
    """Keeps the words; they stand in Now as soon as they are drained. `author`: a name or address, if no customer.

    The first link among the words is where it can be read. Raises CannotBe where something is missing or later than
    now, NotAllowed where the colleague may not.
    """
    allow(colleague, "agent", "note what somebody said")
    written = words(text, what="note")
    if channel not in CHANNELS:
        raise CannotBe(f"no such place: {channel[:40]!r}", where="note", mend=f"choose {' or '.join(CHANNELS)}")
    now = timezone.now()
    if at is not None and at > now:
        raise CannotBe("that is still to come", where="note", mend="give the time at which it was said, or none")
    message_id = f"note:{uuid.uuid4().hex}"
    doing = Doing(colleague, "hear", message_id, customer_id or None).begin()
    doing.fact(
        "messages",
        message_id=message_id,
        at=at or now,
        source=SOURCE,
        channel=channel,
        customer_id=customer_id or None,
        author=None if customer_id else words(author, what="name", needed=False)[:LONGEST_NAME] or None,
        text=written,
        url=link_in(written),
        to_us=True,
    )
    return doing.end()


def link_in(text: str) -> str | None:
    """The first link in a text, without the sign that ends its sentence.

    >>> link_in("See https://forum.example/t/17, where they (https://a.example/x) wrote it.")
    'https://forum.example/t/17'
    """
    found = LINK.search(text)
    return found[0].rstrip(".,;:!?)]}…")[:2000] if found else None
