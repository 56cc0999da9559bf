"""Mastodon: hashtags and mentions, as they are said, with edits and deletions.

Sources: Mastodon's documentation, 'Streaming timelines' (server-sent events; a user's token is needed since 4.2),
'Timelines', 'Notifications', 'Statuses' (several at once since 4.3), 'Account' (`noindex`). A stream replays nothing,
so what was said while it was down is asked for when it is up, and once more every few minutes.
"""

from __future__ import annotations

import json
import queue
import re
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from pydantic import Field, SecretStr, field_validator

from goodwill.errors import GoodwillError, NotUnderstood, SourceError
from goodwill.listen.sources.kind import Cursor, Heard, Kind, Place, Row, Settings, beginning, from_date
from goodwill.listen.web.event_stream import Either, Event, events
from goodwill.listen.web.html_tree import paragraphs
from goodwill.listen.web.mastodon_server import instance, let
from goodwill.listen.web.watched import Watched
from goodwill.listen.web.web_api import WebAddress, WebApi, at, bearer, hosts_of, instant, many, total, words

PAGE = 40
AT_ONCE = 20  # statuses that are looked up together
LOOKED_AGAIN = 200
LOOK_AGAIN = timedelta(hours=1)
A_BREAK = timedelta(minutes=5)  # since the last look, after which one that begins anew looks at once
LATE = timedelta(hours=1)  # a post that reaches the server late has an id of when it was written
BEGINS_ANEW = (1, 5, 15)  # seconds before a stream that broke is opened again; after the last one it is a failure
IDLE = 60.0  # seconds; the server sends a heartbeat every fifteen
WAITING = 2_000
PIECE = 200
_NOT_FOR_MACHINES = re.compile(r"#(nobot|noindex|nosearch)\b", re.IGNORECASE)


class MastodonSettings(Settings):
    """What Mastodon must be told."""

    address: WebAddress = Field(description="the server on which the firm has its account: https://mastodon.example")
    secret: SecretStr = Field(
        description="the account's access token: Preferences, Development, New application, scope read"
    )
    hashtags: tuple[str, ...] = Field(default=(), description="hashtags to hear, without #")
    mentions: bool = Field(default=True, description="hear whoever mentions the firm's account")
    way: Literal["stream", "poll"] = Field(default="stream", description="'poll' where the server lets nobody stream")
    every: int = Field(default=120, ge=10, description="seconds between two rounds of asking for what was missed")
    days: int = Field(default=7, ge=1, le=60, description="how many days to go back at first, and to watch for edits")
    streaming: WebAddress | Literal[""] = Field(
        default="", description="where the server streams, if not where it says itself"
    )

    @field_validator("hashtags")
    @classmethod
    def _plain_words(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        plain = tuple(tag.strip().lstrip("#") for tag in tags)
        for tag in plain:
            if not re.fullmatch(r"\w+", tag):
                raise ValueError(f"{tag[:40]!r} is no hashtag; write it in letters and digits, without #")
        return plain


def stream(place: Place, cursor: Cursor, stop: threading.Event) -> Iterator[Heard]:
    """Hears until it is stopped: first what was missed, then what comes, and now and then again what was missed."""
    listening = _Listening(place, cursor)
    ended = threading.Event()  # of this stream, whatever ends it
    ears = _Ears(place, Either(stop, ended))
    if place.settings.way == "stream":
        ears.find(listening.api)
        for path in listening.streams():
            threading.Thread(target=ears.listen, args=(path,), daemon=True).start()
    try:
        while not stop.is_set():
            yield from listening.catch_up()
            until = time.monotonic() + place.settings.every
            while not stop.is_set() and time.monotonic() < until:
                heard = listening.taken(ears.coming)
                if heard is not None:
                    yield heard
    finally:
        ended.set()


Coming = queue.Queue[Event | GoodwillError]


class _Ears:
    """Reads streams, each in a thread of its own, into one queue; what breaks one for good comes in it too."""

    def __init__(self, place: Place, over: threading.Event) -> None:
        self.place, self.over, self.coming = place, over, Coming(WAITING)
        self._headers = {"Accept": "text/event-stream", **bearer(place.settings.secret)}
        self._gate, self._base = place.gate, place.settings.streaming or place.settings.address

    def find(self, api: WebApi) -> None:
        """Asks the server where it streams, unless somebody has said so."""
        if not self.place.settings.streaming and (streaming := instance(api).streaming):
            self._gate, self._base = let(self._gate, streaming), streaming

    def listen(self, path: str) -> None:
        """Reads a stream; opens it again where it breaks, and gives up where that does not help."""
        failures = 0
        while not self.over.is_set():
            try:
                lines = self._gate.lines(self._base + path, headers=self._headers, idle=IDLE, stop=self.over)
                for event in events(lines):
                    failures = 0
                    self._put(event)
                problem: GoodwillError = SourceError(
                    "Mastodon ended the stream", where=self.place.name, mend="see whether the server is well"
                )
            except GoodwillError as broken:
                problem = broken
            failures += 1
            if failures > len(BEGINS_ANEW):
                self._put(problem)
                return
            self.over.wait(BEGINS_ANEW[failures - 1])

    def _put(self, event: Event | GoodwillError) -> None:
        while not self.over.is_set():
            with suppress(queue.Full):
                self.coming.put(event, timeout=0.5)
                break


class _Listening:
    def __init__(self, place: Place, cursor: Cursor) -> None:
        self.place, self.settings, self.api = place, place.settings, _api(place)
        if not self.settings.hashtags and not self.settings.mentions:
            raise SourceError("neither hashtags nor mentions are to be heard", where=place.name, mend="choose some")
        own = self.api.get("/api/v1/accounts/verify_credentials")
        self.own_id = str(own.get("id"))
        self.read: dict[str, str] = dict(cursor.get("read") or {})  # what was read up to which id
        self.again: Cursor = {"since": cursor["since"]} if "since" in cursor else {}
        self.looked = str(cursor.get("looked") or "")
        if self.looked and place.now() >= datetime.fromisoformat(self.looked) + A_BREAK:
            self.looked = ""
        self.watched = Watched(cursor.get("watched"), self.since)
        self.held = set(place.held("messages"))

    @property
    def since(self) -> datetime:
        return beginning(self.again, self.place.now() - timedelta(days=self.settings.days))

    def cursor(self) -> Cursor:
        return {"read": dict(self.read), "looked": self.looked, "watched": self.watched.kept(), **self.again}

    def streams(self) -> Iterator[str]:
        """The path of each stream."""
        for tag in self.settings.hashtags:
            yield f"/api/v1/streaming/hashtag?tag={quote(tag)}"
        if self.settings.mentions:
            yield "/api/v1/streaming/user/notification"

    # --- what comes ---------------------------------------------------------------------------------------------------

    def taken(self, coming: Coming) -> Heard | None:
        """What has come within half a second, as one piece; raises what broke a stream."""
        heard, count = Heard(), 0
        try:
            event = coming.get(timeout=0.5)
            while True:
                if isinstance(event, GoodwillError):
                    raise event
                self._take(heard, event)
                count += 1
                if count >= PIECE:
                    break
                event = coming.get_nowait()
        except queue.Empty:
            pass
        if not (heard.facts or heard.edited or heard.removed):
            return None
        heard.cursor = self.cursor()
        return heard

    def _take(self, heard: Heard, event: Event) -> None:
        if event.kind == "delete":
            key = self.place.key(event.data.strip())
            if key in self.watched:
                self.watched.gone(heard, key)
            elif key in self.held:
                heard.removed.setdefault("messages", []).append(key)
            self.held.discard(key)
        elif event.kind in ("update", "status.update"):
            self.status(heard, _object(event.data), changed=event.kind == "status.update")
        elif event.kind == "notification":
            said = _object(event.data)
            if said.get("type") == "mention" and isinstance(said.get("status"), dict):
                self.status(heard, said["status"])

    def status(self, heard: Heard, said: dict[str, Any], changed: bool = False) -> None:
        """A status as a message, or, where we said it, as our reply; not what is shared, or is not for machines."""
        author = said.get("account") or {}
        if said.get("reblog") or not said.get("id"):
            return
        if str(author.get("id")) == self.own_id:
            if said.get("in_reply_to_id"):
                key, answered = self.place.key(said["id"]), self.place.key(said["in_reply_to_id"])
                row = {"action_id": key, "message_id": answered, "kind": "reply", "channel": "mastodon"}
                self.watched.hear(heard, "actions", {**row, "at": instant(said.get("created_at"))})
            return
        to_us = any(str(one.get("id")) == self.own_id for one in many(said, "mentions"))
        if to_us or may_be_heard(author):
            row = message(self.place, said, to_us)
            if row["text"]:
                self.held.add(row["message_id"])
                self.watched.hear(heard, "messages", row, changed=changed or bool(said.get("edited_at")))

    # --- what was missed ----------------------------------------------------------------------------------------------

    def catch_up(self) -> Iterator[Heard]:
        """What was said since it was last asked for, the oldest first; once an hour what is watched is looked up."""
        self.watched = Watched(self.watched.kept(), self.since)
        for tag in self.settings.hashtags:
            yield from self._pages(f"#{tag}", f"/api/v1/timelines/tag/{quote(tag)}", {})
        if self.settings.mentions:
            yield from self._mentions()
        yield from self._pages("own", f"/api/v1/accounts/{self.own_id}/statuses", {"exclude_reblogs": "true"})
        now = self.place.now()
        if not self.looked or now >= datetime.fromisoformat(self.looked) + LOOK_AGAIN:
            self.looked = now.isoformat()
            yield from self._look_again()
        if self.again:
            self.again = {}
            yield Heard(cursor=self.cursor())

    def _pages(self, name: str, path: str, parameters: dict[str, Any]) -> Iterator[Heard]:
        after = _earlier(self.read[name]) if name in self.read else id_at(self.since)
        while True:
            said = self.api.get(path, {**parameters, "limit": PAGE, "min_id": after})
            heard = Heard()
            for one in many(said):
                self.status(heard, one)
            newest = max((str(one.get("id")) for one in many(said)), key=_order, default="")
            if newest and _order(newest) > _order(self.read.get(name, "")):
                self.read[name] = newest
            heard.cursor = self.cursor()
            yield heard
            if not newest or _order(newest) <= _order(after):
                return
            after = newest

    def _mentions(self) -> Iterator[Heard]:
        """Notifications have ids that tell no time: the first look goes back, each later one on."""
        known, newest, before = self.read.get("mentions", ""), "", ""
        while True:
            onward = {"min_id": self.read["mentions"]} if known else {"max_id": before}
            said = many(self.api.get("/api/v1/notifications", {"types[]": "mention", "limit": PAGE, **onward}))
            heard, old = Heard(), False
            for one in said:
                old = old or instant(one.get("created_at")) < self.since
                if isinstance(one.get("status"), dict) and not (old and not known):
                    self.status(heard, one["status"])
            ids = sorted((str(one.get("id")) for one in said), key=_order)
            newest, before = max([newest, *ids[-1:]], key=_order), (ids[0] if ids else "")
            last = not ids or (old and not known)
            if newest and (known or last):
                self.read["mentions"] = newest
            heard.cursor = self.cursor()
            yield heard
            if last:
                return

    def _look_again(self) -> Iterator[Heard]:
        start = self.place.key("")
        keys = [key for key in self.watched.keys if key.startswith(start)][:LOOKED_AGAIN]
        for first in range(0, len(keys), AT_ONCE):
            part = keys[first : first + AT_ONCE]
            try:
                said = self.api.get("/api/v1/statuses", {"id[]": [key.removeprefix(start) for key in part]})
            except SourceError as refused:
                if "knows no such thing" in refused.what:  # a server from before 4.3
                    return
                raise
            heard, met = Heard(), set()
            for one in many(said):
                met.add(self.place.key(one.get("id")))
                self.status(heard, one)
            if met:
                for key in part:
                    if key not in met:
                        self.watched.gone(heard, key)
            heard.cursor = self.cursor()
            yield heard


def may_be_heard(author: dict[str, Any]) -> bool:
    """Whether an account lets machines read what it says to others: not if it asks not to be indexed.

    >>> may_be_heard({"note": "<p>Photos. #NoBot</p>"}), may_be_heard({"noindex": True}), may_be_heard({})
    (False, False, True)
    """
    bio = paragraphs(f"{author.get('note') or ''} {' '.join(str(one.get('value')) for one in many(author, 'fields'))}")
    return author.get("noindex") is not True and not _NOT_FOR_MACHINES.search(bio)


def message(place: Place, said: dict[str, Any], to_us: bool) -> Row:
    """A status as a row of messages."""
    author, language, answered = said.get("account") or {}, said.get("language"), said.get("in_reply_to_id")
    handle = str(author.get("acct") or "")
    public = said.get("visibility") in ("public", "unlisted", None)
    text = [words(said.get("spoiler_text")), words(paragraphs(str(said.get("content") or "")))]
    return {
        "message_id": place.key(said["id"]),
        "at": instant(said.get("created_at")),
        "source": place.name,
        "channel": "mastodon",
        "author": (handle if "@" in handle else f"{handle}@{urlsplit(place.settings.address).hostname}") or None,
        "text": "\n".join(part for part in text if part),
        "language": language[:2] if isinstance(language, str) and len(language) >= 2 else None,
        "audience": at(author, "followers_count") if public else None,
        "engagements": total(*(said.get(f"{what}_count") for what in ("replies", "reblogs", "favourites"))),
        "in_reply_to": place.key(answered) if answered else None,
        "url": said.get("url"),
        "to_us": to_us,
    }


def id_at(when: datetime) -> str:
    """The id that a status of an instant would have (Mastodon's ids begin with milliseconds since 1970)."""
    return str(int(when.timestamp() * 1000) << 16)


def _earlier(status: str) -> str:
    number = _order(status)[1] - (int(LATE.total_seconds() * 1000) << 16)
    return str(number) if status.isdigit() and number > 0 else status


def _order(status: str) -> tuple[int, int, str]:
    """Ids in their order: numbers by their size, others (of other servers than Mastodon) by length and letters."""
    return (len(status), int(status), "") if status.isdigit() else (len(status), 0, status)


def _object(data: str) -> dict[str, Any]:
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict):
        raise NotUnderstood("the stream says what is no JSON object", where="Mastodon", mend="check the address")
    return said


def check(place: Place) -> str:
    """Asks whose token it is, and where the server streams."""
    api = _api(place)
    own = api.get("/api/v1/accounts/verify_credentials")
    server = instance(api)
    seen = f"Mastodon{f' {server.version}' if server.version else ''} knows the token: @{own.get('acct')}"
    if place.settings.way != "stream":
        return seen
    where = place.settings.streaming or server.streaming or place.settings.address
    return f"{seen}; it streams at {urlsplit(where).netloc}"


def _api(place: Place) -> WebApi:
    mend = "on the server, under Preferences, Development, make an application with the scope read, and its token"
    return WebApi("Mastodon", place.settings.address, place.gate, place.now, bearer(place.settings.secret), mend)


KIND = Kind(
    name="mastodon",
    title="Mastodon",
    says="Posts with certain hashtags and mentions of the firm's account, as they are said, with edits and deletions.",
    connect="Signed in on the firm's server, under Preferences, Development, choose 'New application' with the scope "
    "'read' and copy 'Your access token'. Accounts that ask not to be indexed (noindex, #nobot) are heard only where "
    "they mention the firm.",
    settings=MastodonSettings,
    tried="against a local server that speaks the documented API; not tried against the real service",
    stream=stream,
    check=check,
    hosts=lambda settings: hosts_of(settings.address, settings.streaming),
    since=from_date,
    goes_back="Hashtags go back as far as the server has kept them.",
)
