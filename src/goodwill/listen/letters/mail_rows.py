"""Mails as facts: what a customer wrote is a message, what we wrote is an action, what a machine sent is counted.

Whoever writes may put any name into From. So what claims to be from us counts as our answer only where it lies in a
folder of what we sent, or our own mail server found it genuine; else a stranger could close our cases.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from goodwill.listen.letters import mail, mail_text, review_alerts
from goodwill.listen.letters.mail import Mail
from goodwill.listen.letters.mail_machines import is_proven, why_automatic
from goodwill.listen.sources.kind import Heard, Place

if TYPE_CHECKING:
    from datetime import datetime

    from goodwill.listen.letters.imap import Letter
    from goodwill.listen.letters.review_alerts import Review

_LONGEST_ID = 250
_WHY = {
    "bounce": "bounces",
    "automatic answer": "automatic answers",
    "list": "mails of lists and newsletters",
    "receipt": "receipts",
    "among us": "mails among ourselves",
    "unproven": "mails in our name that nothing proves (name `server`, or read the folder of what is sent)",
    "nobody": "mails without one sender",
}


class Reading:
    """Reads the mails of one folder; `sent`: it holds what we sent."""

    def __init__(self, place: Place, sent: bool = False) -> None:
        self._place, self._settings, self._sent = place, place.settings, sent
        self._heard = Heard()
        self._left: Counter[str] = Counter()
        self._named: set[tuple[str, str, str]] = set()

    def heard(self, letters: Iterable[Letter]) -> Heard:
        """What some mails say; what was left out is counted."""
        self._heard, self._left = Heard(), Counter()
        attachments = cut = 0
        for letter in letters:
            one = mail.read(letter.raw)
            why = self._take(one, min(letter.received, self._place.now()))
            if why:
                self._left[why] += 1
                continue
            attachments += one.attachments
            cut += letter.size > len(letter.raw)
        said = [f"{count:,} {_WHY[why]}" for why, count in sorted(self._left.items())]
        if said:
            self._heard.said.append(f"left out: {', '.join(said)}")
        if attachments:
            self._heard.said.append(f"{attachments:,} attachments were left in the mailbox")
        if cut:
            self._heard.said.append(f"{cut:,} large mails were read as to their beginning")
        return self._heard

    def _take(self, one: Mail, received: datetime) -> str:
        """Takes a mail; why it was left out, or ''."""
        at = one.at(received)
        proven = is_proven(one, self._settings.server)
        if self._settings.reviews and not self._sent and self._take_review(one, at, proven):
            return ""
        alert = self._settings.reviews and review_alerts.site_of(one) is not None
        if not self._sent and not alert and (why := why_automatic(one, self._settings.lists)):
            return why
        sender = one.sender
        if not sender:
            return "nobody"
        if self._sent:
            return self._take_ours(one, at)
        if self._is_ours(sender):
            return self._take_inner(one, at) or self._take_form(one, at) or self._take_unless_false(one, at, proven)
        self._add_message(one, at, sender, one.sender_name, one.own_words(), proven)
        return ""

    # --- customers --------------------------------------------------------------------------------------------------

    def _add_message(self, one: Mail, at: datetime, sender: str, name: str, text: str, proven: bool) -> None:
        self._heard.add(
            "messages",
            {
                "message_id": self._key(one.id),
                "at": at,
                "source": self._place.name,
                "channel": "email",
                "author": sender,
                "text": _said(one, text),
                "language": _language(one.headers.get("content-language", "")),
                "in_reply_to": self._key(one.answers) if one.answers else None,
                "thread": self._key(one.thread),
                "to_us": True,
            },
        )
        if proven:
            self._add_handle(sender, "email", sender, True)
        if name and name.lower() != sender:
            self._add_handle(sender, "name", name, None)

    def _add_handle(self, sender: str, kind: str, value: str, verified: bool | None) -> None:
        if (sender, kind, value) in self._named:
            return
        self._named.add((sender, kind, value))
        row = {"customer_id": f"email:{sender}", "kind": kind, "value": value, "source": self._place.name}
        self._heard.add("handles", {**row, "verified": verified})

    def _take_inner(self, one: Mail, at: datetime) -> str | None:
        """A customer's mail that one of us passed on: its writer is the customer. None where it passes on nothing."""
        if one.inside is not None and one.inside.sender and not self._is_ours(one.inside.sender):
            inner = one.inside
            self._add_message(inner, inner.at(at), inner.sender, inner.sender_name, inner.own_words(), False)
            return ""
        found = mail_text.forwarded(one.whole())
        if found is None or self._is_ours(found[0]):
            return None
        self._add_message(one, at, found[0], "", found[1], False)
        return ""

    def _take_form(self, one: Mail, at: datetime) -> str | None:
        """A form on our site writes in our name, for whom Reply-To names. None where it is no form."""
        reply_to = set(one.told("reply-to"))
        if one.answers or len(reply_to) != 1 or self._is_ours(next(iter(reply_to))):
            return None
        self._add_message(one, at, next(iter(reply_to)), "", one.own_words(), False)
        return ""

    # --- us ---------------------------------------------------------------------------------------------------------

    def _is_ours(self, address: str) -> bool:
        domain = address.rpartition("@")[2]
        for one in self._settings.ours:
            ours = one.strip().lower().lstrip("@")
            if ours and (address == ours or domain == ours or domain.endswith(f".{ours}")):
                return True
        return address == str(self._settings.user).lower()

    def _take_unless_false(self, one: Mail, at: datetime, proven: bool) -> str:
        return self._take_ours(one, at) if proven else "unproven"

    def _take_ours(self, one: Mail, at: datetime) -> str:
        """What we wrote to a customer is an answer of ours."""
        others = [address for address in one.told("to", "cc") if not self._is_ours(address)]
        if not others:
            return "among us"
        self._heard.add(
            "actions",
            {
                "action_id": self._key(one.id),
                "message_id": self._key(one.answers) if one.answers else None,
                "customer_id": f"email:{others[0]}",
                "at": at,
                "staff": one.sender_name or one.sender,
                "kind": "reply",
                "channel": "email",
            },
        )
        return ""

    # --- reviews ----------------------------------------------------------------------------------------------------

    def _take_review(self, one: Mail, at: datetime, proven: bool) -> bool:
        review = review_alerts.read(one)
        if review is None:
            return False
        if self._settings.server and not proven:
            return False  # anybody may write in Google's name
        row = self._review_row(review, at)
        if review.edited:
            self._heard.edited.setdefault("messages", []).append(row)
        else:
            self._heard.add("messages", row)
        return True

    def _review_row(self, review: Review, at: datetime) -> dict[str, Any]:
        return {
            "message_id": self._key(review.id),
            "at": at,
            "source": self._place.name,
            "channel": "review",
            "author": f"{review.author} ({review.site})" if review.author else None,
            "text": review.text or f"{review.rating:g} stars",
            "rating": review.rating,
            "place": review.place,
            "url": review.url,
            "about": self._settings.about or None,
            "to_us": False,
        }

    def _key(self, one: str) -> str:
        return self._place.key(one if len(one) <= _LONGEST_ID else hashlib.sha256(one.encode()).hexdigest())


def _said(one: Mail, text: str) -> str:
    """The words of a mail, under its subject where it begins a conversation; what cannot be read is named."""
    parts = [one.subject if not one.answers else "", text]
    if one.encrypted:
        parts.append("[encrypted: it can be read in the mailbox alone]")
    if one.attachments:
        parts.append(f"[{one.attachments} attachment{'s' * (one.attachments > 1)}]")
    return "\n".join(part for part in parts if part) or one.subject or "[a mail without words]"


def _language(written: str) -> str | None:
    first = written.split(",")[0].split("-")[0].strip().lower()
    return first if len(first) == 2 and first.isalpha() else None
