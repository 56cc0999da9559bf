"""Whom a source speaks of: the ids, addresses and names that it gives of a person, as rows of people and handles."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from goodwill.facts.tables import HANDLES

if TYPE_CHECKING:
    from goodwill.listen.sources.kind import Heard, Place, Row

_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)+")
_PHONE = re.compile(r"\+?[0-9][0-9\s().\-/]{5,24}")
LONGEST_HANDLE = 300


@dataclass(frozen=True)
class Person:
    """What a source gives of a person.

    `own` is the firm's own id of them, `here` the id that the source has for them. `accounts` are (channel, name)
    pairs; a source's own contacts are one too. `verified` says that the source has proved the e-mail address.
    """

    own: str = ""
    here: str = ""
    email: str = ""
    phone: str = ""
    name: str = ""
    card: str = ""
    accounts: tuple[tuple[str, str], ...] = field(default=())
    verified: bool | None = None
    joined_at: datetime | None = None
    language: str = ""
    country: str = ""

    def id(self, place: Place) -> str | None:
        """The customer: the firm's own id; else by e-mail or phone, as in files; else as the source counts them.

        >>> from goodwill.listen.sources.kind import Place
        >>> Person(here="contact 4", email="Anna@Firm.example").id(Place("chat", None))
        'email:anna@firm.example'
        >>> Person(here="contact 4", email="anna@localhost").id(Place("chat", None))
        'chat:contact 4'
        """
        if self.own:
            return self.own
        if address := as_email(self.email):
            return f"email:{address}"
        if number := as_phone(self.phone):
            return f"phone:{number}"
        return place.key(self.here) if self.here else None

    def handles(self, place: Place) -> list[Row]:
        """Their handles, as rows."""
        whose = self.id(place)
        if whose is None:
            return []
        found: list[Row] = []
        if address := as_email(self.email):
            proved = {"verified": self.verified} if self.verified is not None else {}
            found.append({"kind": "email", "value": address, **proved})
        if number := as_phone(self.phone):
            found.append({"kind": "phone", "value": number})
        if self.card:
            found.append({"kind": "card", "value": self.card[:LONGEST_HANDLE]})
        found += [
            {"kind": "account", "value": name.lstrip("@")[:LONGEST_HANDLE], "channel": channel}
            for channel, name in self.accounts
            if channel and name.lstrip("@")
        ]
        return [{"customer_id": whose, **handle, "source": place.name} for handle in found]

    def row(self, place: Place) -> Row | None:
        """Their row of people; None where nothing is told of them but handles."""
        told = {
            "name": self.name,
            "joined_at": self.joined_at,
            "language": self.language[:2].lower() if re.match("[A-Za-z]{2}([-_]|$)", self.language) else "",
            "country": self.country,
        }
        told = {name: value for name, value in told.items() if value}
        whose = self.id(place)
        return {"customer_id": whose, **told} if told and whose else None

    def into(self, heard: Heard, place: Place) -> str | None:
        """Puts their rows into what is heard; gives their customer_id. The newest name that is told is kept."""
        row = self.row(place)
        if row is not None:
            heard.add("people", row)
        for handle in self.handles(place):
            heard.add("handles", handle)
        return self.id(place)


def handle_key(row: Row) -> str:
    """The key under which a row of handles is held: its key columns, with a unit separator between.

    >>> handle_key({"customer_id": "7", "kind": "email", "value": "anna@firm.example"}).split("\x1f")
    ['7', 'email', 'anna@firm.example', '']
    """
    return "\x1f".join(str(row.get(name) or "") for name in HANDLES.key)


def as_email(text: str) -> str:
    """An address in small letters; empty where it is none: what people typed into a chat must not stop a message.

    >>> as_email(" Anna@Firm.example "), as_email("anna@localhost"), as_email("no address")
    ('anna@firm.example', '', '')
    """
    text = text.strip().lower().removeprefix("mailto:")
    return text if len(text) <= LONGEST_HANDLE and _EMAIL.fullmatch(text) else ""


def as_phone(text: str) -> str:
    """A number's text; empty where it is none.

    >>> as_phone(" +41 44 668 18 00"), as_phone("ask my wife")
    ('+41 44 668 18 00', '')
    """
    text = text.strip()
    return text if _PHONE.fullmatch(text) else ""


def author(email: str, phone: str, account: str) -> str | None:
    """How the writer is called on a channel: by e-mail or phone, else by account."""
    return as_email(email) or as_phone(phone) or account[:LONGEST_HANDLE] or None
