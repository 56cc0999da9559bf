"""A link in a note or a ticket is evidence of who wrote what it leads to: kept as a hint, never as proof.

An agent notes on a customer's case 'see https://forum.example/t/17', or a customer sends that link in a mail: whoever
wrote there may be that customer. The handle is kept with less confidence than names an author or unites two records
(`know.identify.SURE`), for whoever looks into who is who. Links that lead nowhere yet are looked at again for a while,
since the forum may be heard later than the mail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Max, Q
from django.db.models.functions import Left

from goodwill.know.handles import author_kinds
from goodwill.service.intake import store_rows
from goodwill.service.jobs import job
from goodwill.service.store.models import FACTS, Deed, Reading, Setting, key_of
from goodwill.service.store.models.facts import ADDRESS_BEGINS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from goodwill.service.jobs.registry import Tell

FOLLOW = "follow links"
IN_A_NOTE, IN_A_TICKET = 0.8, 0.5
"""Confidence: who notes a link means its author; who sends one may mean somebody else's words."""
TICKETS = ("email", "chat", "phone", "store", "ticket", "support")
"""Channels on which a customer speaks to us alone: in public, people link to others all the time."""
ROWS = 20_000
SETTLED = timedelta(seconds=30)
"""Who wrote a message is known a moment after it is stored."""
A_WHILE = timedelta(days=30)
FOLLOWED = "service.links_followed"
_LINK = re.compile(r"https?://[^\s<>\"'“”‘’()\[\]]+", re.IGNORECASE)


@dataclass(frozen=True)
class Pointer:
    """A link that somebody wrote about a customer, or a customer wrote."""

    customer_id: str
    link: str
    confidence: float
    where: str


@job(FOLLOW, every=60, tries=2)
def follow_links(tell: Tell) -> str:
    """Follows the links of new notes and tickets; once a day those of the last thirty days again."""
    kept = Setting.objects.filter(name=FOLLOWED).values_list("value", flat=True).first() or {}
    now = datetime.now(UTC)
    again = str(kept.get("day", "")) != now.date().isoformat()
    deed, row = (0, _row_of(now - A_WHILE)) if again else (int(kept["deed"]), int(kept["row"]))
    upto = _row_of(now - SETTLED)
    hints = 0
    for first in range(row, upto, ROWS):
        tell("following links", (first - row) / (upto - row))
        hints += keep(_in_tickets(first, min(first + ROWS, upto)))
    last = Deed.objects.aggregate(last=Max("pk"))["last"] or 0
    since = now - A_WHILE if again else None
    hints += keep(_in_notes(deed, last, since))
    value = {"deed": last, "row": max(row, upto), "day": now.date().isoformat()}
    Setting.objects.update_or_create(name=FOLLOWED, defaults={"value": value, "by": "goodwill"})
    return f"{hints:,} hints"


def _row_of(when: datetime) -> int:
    """The last message that was stored by then."""
    found = FACTS["messages"].objects.filter(arrived__lt=when).order_by("-row").values_list("row", flat=True).first()
    return int(found or 0)


def _in_notes(after: int, upto: int, since: datetime | None) -> Iterator[Pointer]:
    notes = Deed.objects.filter(kind="note", pk__gt=after, pk__lte=upto, undone_by=None, text__icontains="http")
    if since is not None:
        notes = notes.filter(at__gte=since)
    for customer, text in notes.exclude(customer_id=None).order_by("pk").values_list("customer_id", "text"):
        for link in links_in(text):
            yield Pointer(customer, link, IN_A_NOTE, "a link in a note")


def _in_tickets(after: int, upto: int) -> Iterator[Pointer]:
    said = FACTS["messages"].objects.filter(row__gt=after, row__lte=upto, channel__in=TICKETS)
    texts = dict(said.filter(text__icontains="http").order_by("row").values_list("message_id", "text"))
    by = Reading.objects.filter(message_id__in=list(texts)).exclude(customer_id=None)
    for message, customer in by.order_by("message_id").values_list("message_id", "customer_id"):
        for link in links_in(texts[message]):
            yield Pointer(customer, link, IN_A_TICKET, "a link in a ticket")


def links_in(text: str) -> list[str]:
    """The links of a text, without the sign that ends a sentence, each once.

    >>> links_in("See https://forum.example/t/17. Or http://a.example/x#2, (https://forum.example/t/17)")
    ['https://forum.example/t/17', 'http://a.example/x#2']
    """
    return list(dict.fromkeys(one.rstrip(".,;:!?}…") for one in _LINK.findall(text)))[:50]


def forms(link: str) -> list[str]:
    """A link as its page may be written down: with or without what follows a # and the last slash.

    >>> forms("https://a.example/t/1/#7")[:3]
    ['https://a.example/t/1/#7', 'https://a.example/t/1/', 'https://a.example/t/1']
    """
    bare = link.partition("#")[0]
    found = [link, bare, bare.rstrip("/"), f"{bare.rstrip('/')}/"]
    other = {"https": "http", "http": "https"}
    scheme, _, rest = link.partition("://")
    found += [f"{other[scheme.lower()]}://{one.partition('://')[2]}" for one in found] if rest else []
    return list(dict.fromkeys(found))


# --- hints ------------------------------------------------------------------------------------------------------------


def keep(pointers: Iterable[Pointer]) -> int:
    """Keeps a handle for each link that leads to somebody's words, unless one is held already; how many."""
    hints: dict[str, dict[str, Any]] = {}
    led_to: dict[str, Any] = {}  # a mail's signature has the same link each time
    for pointer in pointers:
        if pointer.link not in led_to:
            led_to[pointer.link] = _unknown_author_of(pointer.link)
        row = _hint(pointer, led_to[pointer.link])
        if row is not None:
            hints.setdefault(key_of("handles", row), row)
    held = FACTS["handles"].objects.filter(fact_key__in=list(hints)).values_list("fact_key", flat=True)
    new = [hints[key] for key in sorted(hints.keys() - set(held))]
    if new:
        store_rows("handles", new, source="goodwill", by="goodwill")
    return len(new)


def _unknown_author_of(link: str) -> Any:
    """The message that a link leads to, where its author has an account and nothing says yet whose that is."""
    written = forms(link)
    begins = list({one[:ADDRESS_BEGINS] for one in written})
    said = FACTS["messages"].objects.annotate(begins=Left("url", ADDRESS_BEGINS)).exclude(url=None)
    led_to = said.filter(begins__in=begins, url__in=written)
    first = _first(led_to) or _first(FACTS["messages"].objects.filter(thread__in=written))
    if first is None or first.author is None or first.channel is None or not _is_account(first.author):
        return None
    known = Reading.objects.filter(message_id=first.message_id).values_list("customer_id", flat=True).first()
    return first if first.customer_id is None and known is None else None


def _hint(pointer: Pointer, message: Any) -> dict[str, Any] | None:
    if message is None:
        return None
    return {
        "customer_id": pointer.customer_id,
        "kind": "account",
        "value": message.author,
        "channel": message.channel,
        "source": pointer.where,
        "confidence": pointer.confidence,
    }


def _first(messages: Any) -> Any:
    """What the page begins with: of a thread the one who opened it."""
    return messages.filter(~Q(channel__in=TICKETS)).order_by("at", "row").first()


def _is_account(author: str) -> bool:
    import pyarrow as pa

    return bool(author_kinds(pa.array([author], pa.string()))[0].as_py() == "account")
