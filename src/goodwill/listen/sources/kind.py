"""What a kind of source is: a few lines about it, its settings, and one way to hear it.

A kind is heard in one of three ways. It is *pulled* (`pull`: what is new since a cursor), it *accepts* signed requests
(`accept`: one request, read), or it *streams* (`stream`: for as long as it is let). Each gives `Heard`: facts as rows,
what was edited, what was removed, and the cursor to go on from. Who calls these keeps the rows and the cursor together,
so that a source that dies in the middle loses nothing; a fact heard twice is one, by its key.

A new kind is one file beside this one with a `KIND`, named in `goodwill.listen.sources`; docs/sources.md says how.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from goodwill.firm import Firm
from goodwill.gate import Gate

Row = dict[str, Any]
Cursor = dict[str, Any]


class Settings(BaseModel):
    """What a kind must be told: one field each, described in words that the wizard, the schema and the docs show.

    A secret is a `pydantic.SecretStr`, or a tuple of them where two may hold while one replaces the other. Where a
    value is found in the other system stands in the field's description.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    @field_validator("*")
    @classmethod
    def _needed(cls, value: Any, info: ValidationInfo) -> Any:
        """What is needed is not there where it is only spaces, in a form say."""
        if cls.model_fields[str(info.field_name)].is_required() and _is_empty(value):
            raise PydanticCustomError("missing", "it is missing")
        return value


def _is_empty(value: Any) -> bool:
    """Whether a setting says nothing.

    >>> [_is_empty(one) for one in (" ", SecretStr(""), (SecretStr(""),), (), "a", 0, False)]
    [True, True, True, True, False, False, False]
    """
    if isinstance(value, SecretStr):
        value = value.get_secret_value()
    if isinstance(value, tuple):
        return all(_is_empty(one) for one in value)
    return isinstance(value, str) and not value.strip()


@dataclass(frozen=True)
class Place:
    """One source of a kind, as it is heard: its name, its settings, the way out, and the firm's zone.

    `firm` is for kinds that read tables (its words for columns, its rates); `held` gives the keys of a table that this
    source gave and that are still held, for streams that hear of every deletion in the world. `replaced(field, old,
    new)` keeps a secret that the other side has put in the place of another (a refresh token).
    """

    name: str
    settings: Any  # of the kind's own Settings
    gate: Gate = field(default_factory=Gate)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    firm: Firm = field(default_factory=Firm)
    held: Callable[[str], Iterable[str]] = field(default=lambda _table: ())
    replaced: Callable[[str, str, str], None] = field(default=lambda _field, _old, _new: None)

    def key(self, external: object) -> str:
        """A fact's key: the source's name and the id that it has there.

        >>> Place("forum", None).key(17)
        'forum:17'
        """
        return f"{self.name}:{external}"


def from_date(when: datetime) -> Cursor:
    """The first cursor of a kind that is asked by dates: what was said since then is heard again (`Kind.since`).

    >>> from_date(datetime(2026, 5, 3, tzinfo=UTC))
    {'since': '2026-05-03T00:00:00+00:00'}
    """
    return {"since": when.astimezone(UTC).isoformat()}


def beginning(cursor: Cursor, otherwise: datetime) -> datetime:
    """From when on is heard: the date of `from_date`, as long as the cursor has it; else as the settings say.

    >>> beginning({}, datetime(2026, 11, 1, tzinfo=UTC)).day, beginning({"since": "2026-05-03T00:00:00Z"}, None).day
    (1, 3)
    """
    since = cursor.get("since")
    return datetime.fromisoformat(since) if isinstance(since, str) else otherwise


@dataclass(frozen=True)
class Request:
    """A request from outside, as it came: `headers` by names in lower case, `body` the raw bytes."""

    headers: Mapping[str, str]
    body: bytes
    at: datetime
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Heard:
    """What a source said.

    `facts`, by table: new ones; a key that is held already is left as it is. `edited`: these take the place of what is
    held under the same key. `removed`: keys that are to go, with all that was made of them. `once`: the delivery's own
    id, where it has one: a delivery that came before is not read again. `said`: what was left out and why, for people.
    """

    facts: dict[str, list[Row]] = field(default_factory=dict)
    edited: dict[str, list[Row]] = field(default_factory=dict)
    removed: dict[str, list[str]] = field(default_factory=dict)
    cursor: Cursor | None = None
    once: str = ""
    said: list[str] = field(default_factory=list)

    def add(self, table: str, row: Row) -> None:
        """One more fact; fields that hold nothing are left out."""
        self.facts.setdefault(table, []).append({name: value for name, value in row.items() if value is not None})


@dataclass(frozen=True)
class Kind:
    """A kind of source. Exactly one of `pull`, `accept`, `stream` is given; `check` tries it without storing anything.

    `pull(place, cursor)` and `stream(place, cursor, stop)` yield Heard in pieces of at most some thousand rows, each
    with its cursor, and raise SourceError (or NoAnswer, NotLetOut) where they cannot go on; `{}` is the first cursor.
    `accept(place, request)` raises NotVerified before it has read anything of a body that is not the sender's,
    NotUnderstood where the body is not what the kind sends. `check(place)` answers with a sentence: what it saw.
    `hosts(settings)`: which hosts it may ask, as `gate.Gate.allowed` has them; through redirects too only those, unless
    the kind is for addresses on the open web (a feed), whose gate lets any public address be the end of a redirect
    (`anywhere`). `since(when)` is the cursor from which all that was said since then is heard again; without it, that
    is `{}`, the beginning. `goes_back` says, where it is less than people expect, how far that goes. An error
    may say in an attribute `retry_after` how many seconds the other side wants to be left alone.
    """

    name: str  # as in `goodwill source add NAME` and /webhooks/NAME/...
    title: str  # as people write it: 'Discourse'
    says: str  # one sentence: what is heard of it
    connect: str  # where its keys are found and what is to be entered there, in a few sentences
    settings: type[Settings]
    tried: str  # 'against a real Dovecot'; 'against a local server that speaks the documented protocol; not ... real'
    pull: Callable[[Place, Cursor], Iterator[Heard]] | None = None
    accept: Callable[[Place, Request], Heard] | None = None
    stream: Callable[[Place, Cursor, Event], Iterator[Heard]] | None = None
    check: Callable[[Place], str] | None = None
    hosts: Callable[[Any], frozenset[str]] = lambda _settings: frozenset()
    every: int = 300  # seconds between two pulls
    anywhere: bool = False
    since: Callable[[datetime], Cursor] | None = None
    goes_back: str = ""

    @property
    def way(self) -> str:
        """'pull', 'accept' or 'stream'."""
        return "pull" if self.pull else "accept" if self.accept else "stream"
