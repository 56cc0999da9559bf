"""Bluesky: posts with certain words, posts that mention the firm or answer it, as they are written, by Jetstream.

Sources: Jetstream, version 1 (`/subscribe`: `did`, `time_us`, `kind`, `commit`) and version 2 of 2026
(`/xrpc/network.bsky.jetstream.subscribeEvents`: the published lexicon; frames of the subprotocol xrpc.v1.json, `seq` as
the cursor, which holds on one server alone, else a time in microseconds); `app.bsky.actor.getProfile` for handles and
followers; the label `!no-unauthenticated`, by which people ask not to be shown to whoever is not signed in.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Annotated, Any
from urllib.parse import urlencode, urlsplit

from pydantic import AfterValidator, Field, field_validator

from goodwill.errors import GoodwillError, NoAnswer, SourceError
from goodwill.listen.sources.kind import Cursor, Heard, Kind, Place, Row, Settings
from goodwill.listen.web.web_api import WebAddress, WebApi, at, hosts_of, instant, many, words
from goodwill.listen.web.websocket import Refused, frames

POSTS = "app.bsky.feed.post"
BEGINS_ANEW = (1, 5, 15)  # seconds before a connection that broke is opened again; after the last one it is a failure
OVERLAP = 5_000_000  # microseconds that are heard once more after a break
IDLE = 60.0  # seconds; the network is never silent so long
A_WHILE = 10.0  # seconds between two cursors where nothing is said to us
KNOWN = 2_000  # profiles kept in memory
KEPT = 500  # keys in the cursor, where who calls does not say what is held
INACTIVE = frozenset({"takendown", "suspended", "deleted", "deactivated"})
LOST = "Bluesky was not heard for longer than Jetstream keeps; what was said between may be lost"
_V2 = "subscribeEvents"


def _stream_address(written: str) -> str:
    parts = urlsplit(written)
    if parts.scheme not in ("ws", "wss") or not parts.hostname or parts.username or parts.query:
        raise ValueError("wants an address such as wss://host/subscribe, without a password or a question mark")
    return written.rstrip("/")


class BlueskySettings(Settings):
    """What Bluesky must be told. There is no secret: what is heard is public."""

    words: tuple[str, ...] = Field(default=(), description="words to hear: the firm's name, its products")
    account: str = Field(default="", description="the firm's handle (name.bsky.social): mentions of it, answers to it")
    authors: tuple[str, ...] = Field(default=(), description="handles of which every post is heard")
    address: Annotated[str, AfterValidator(_stream_address)] = Field(
        default=f"wss://jetstream.us-east.bsky.network/xrpc/network.bsky.jetstream.{_V2}",
        description="which Jetstream; an address that ends in /subscribe speaks version 1",
    )
    profiles: WebAddress = Field(
        default="https://public.api.bsky.app", description="where handles and profiles are looked up"
    )

    @field_validator("account")
    @classmethod
    def _without_at(cls, handle: str) -> str:
        return handle.strip().lstrip("@").lower()


@dataclass(frozen=True, slots=True)
class Said:
    """An event of either version."""

    kind: str
    did: str
    mark: int  # the cursor: microseconds since 1970 (version 1) or seq (version 2)
    micros: int  # when it was witnessed
    operation: str = ""
    key: str = ""  # did/rkey
    record: Any = None
    about: Any = None  # of identity and account


def stream(place: Place, cursor: Cursor, stop: Event) -> Iterator[Heard]:
    """Hears until it is stopped; a connection that breaks is opened again from a little before where it broke."""
    listening, failures = _Listening(place, cursor), 0
    while not stop.is_set():
        try:
            for heard in listening.connected(stop):
                failures = 0
                yield heard
        except NoAnswer:
            failures += 1
            if failures > len(BEGINS_ANEW):
                raise
            stop.wait(BEGINS_ANEW[failures - 1])


class _Listening:
    def __init__(self, place: Place, cursor: Cursor) -> None:
        settings = place.settings
        if not (settings.words or settings.account or settings.authors):
            raise SourceError("neither words nor an account are given", where=place.name, mend="enter what to hear")
        self.place, self.second = place, settings.address.endswith(_V2)
        self.protocols = ("xrpc.v1.json",) if self.second else ()
        self.profiles = Profiles(place)
        self.own = self.profiles.did(settings.account) if settings.account else ""
        self.authors = {self.profiles.did(handle) for handle in settings.authors}
        spelled = "|".join(re.escape(word) for word in settings.words if word.strip())
        self.wanted = re.compile(rf"(?<!\w)(?:{spelled})(?!\w)", re.IGNORECASE) if spelled else None
        self.mark = int(cursor.get("mark") or 0) if cursor.get("server") == settings.address else 0
        self.micros = int(cursor.get("micros") or 0)
        self.kept: dict[str, None] = dict.fromkeys([*place.held("messages"), *(cursor.get("kept") or ())])
        self.of: dict[str, set[str]] = {}  # account -> keys of what is held of it
        for key in self.kept:
            self._hold(key)

    def _hold(self, key: str) -> None:
        self.kept[key] = None
        self.of.setdefault(key.removeprefix(self.place.key("")).partition("/")[0], set()).add(key)

    def cursor(self) -> Cursor:
        kept = list(self.kept)[-KEPT:]
        return {"server": self.place.settings.address, "mark": self.mark, "micros": self.micros, "kept": kept}

    # --- the connection -----------------------------------------------------------------------------------------------

    def url(self) -> str:
        """The address with what is asked for: posts alone, and from where on."""
        if self.second:
            asked: dict[str, Any] = {"collections": POSTS, "kinds": ["commit", "identity", "account"]}
            since = self.mark or (self.micros - OVERLAP if self.micros else 0)
        else:
            asked = {"wantedCollections": POSTS}
            since = self.micros - OVERLAP if self.micros else 0
        return f"{self.place.settings.address}?" + urlencode(
            {**asked, **({"cursor": since} if since else {})}, doseq=True
        )

    def connected(self, stop: Event) -> Iterator[Heard]:
        """One connection, until it breaks (NoAnswer) or is stopped."""
        heard, last = Heard(), time.monotonic()
        try:
            for frame in frames(self.place.gate, self.url(), stop=stop, idle=IDLE, protocols=self.protocols):
                if frame is not None:
                    self._take(heard, frame)
                wait = (1.0 if frame is not None else 0.0) if _says(heard) else A_WHILE
                if time.monotonic() - last >= wait:
                    heard.cursor = self.cursor()
                    yield heard
                    heard, last = Heard(), time.monotonic()
        except Refused as refused:
            if "CursorTooOld" not in refused.said or not self.mark:
                raise
            self.mark = 0  # the time of the last event stands in for it
            heard.said.append(LOST)
        except NoAnswer:
            if _says(heard):
                heard.cursor = self.cursor()
                yield heard
            raise
        if _says(heard):
            heard.cursor = self.cursor()
            yield heard

    def _take(self, heard: Heard, frame: str) -> None:
        try:
            said = json.loads(frame)
        except (ValueError, RecursionError):
            return  # one frame that cannot be read stops no other
        notice = _notice(said)
        if notice:
            heard.said.append(notice)
        event = _second(said) if self.second else _first(said)
        if event is None or not event.did:
            return
        if event.kind == "commit" and event.key:
            self._commit(heard, event)
        elif event.kind == "account":
            self._account(heard, event)
        elif event.kind == "identity":
            self.profiles.renamed(event.did, at(event.about, "handle"))
        self.mark, self.micros = max(self.mark, event.mark), max(self.micros, event.micros)

    # --- what is said -------------------------------------------------------------------------------------------------

    def _commit(self, heard: Heard, event: Said) -> None:
        key = self.place.key(event.key)
        if event.operation == "delete":
            self._gone(heard, {key} & self.of.get(event.did, set()))
            return
        if not isinstance(event.record, dict):
            return
        if event.did == self.own:
            parent = _key_of(at(event.record, "reply", "parent", "uri"))
            if parent and not parent.startswith(f"{self.own}/"):
                row = {"action_id": key, "message_id": self.place.key(parent), "kind": "reply", "channel": "bluesky"}
                heard.add("actions", {**row, "at": _written(event)})
            return
        held = key in self.of.get(event.did, set())
        to_us = self._to_us(event.record)
        message = self.message(event, to_us) if held or to_us or self._is_wanted(event) else None
        if message is not None:
            self._hold(key)
            if held and event.operation == "update":
                heard.edited.setdefault("messages", []).append(message)
            else:
                heard.add("messages", message)

    def _is_wanted(self, event: Said) -> bool:
        text = event.record.get("text")
        return event.did in self.authors or bool(self.wanted and isinstance(text, str) and self.wanted.search(text))

    def _to_us(self, record: dict[str, Any]) -> bool:
        if not self.own:
            return False
        answered = str(at(record, "reply", "parent", "uri") or "").startswith(f"at://{self.own}/")
        return answered or any(
            feature.get("did") == self.own for facet in many(record, "facets") for feature in many(facet, "features")
        )

    def message(self, event: Said, to_us: bool) -> Row | None:
        """A post as a row of messages; none where it has no words, or its author asks not to be shown."""
        record, profile = event.record, self.profiles.of(event.did)
        text, language = words(record.get("text")), at(record, "langs", 0)
        if not text or (profile.hidden and not to_us):
            return None
        parent, root = (_key_of(at(record, "reply", end, "uri")) for end in ("parent", "root"))
        row = {
            "message_id": self.place.key(event.key),
            "at": _written(event),
            "source": self.place.name,
            "channel": "bluesky",
            "author": profile.handle or event.did,
            "text": text,
            "language": language[:2] if isinstance(language, str) and len(language) >= 2 else None,
            "audience": profile.followers,
            "in_reply_to": self.place.key(parent) if parent else None,
            "thread": self.place.key(root or event.key),
            "url": f"https://bsky.app/profile/{event.did}/post/{event.key.partition('/')[2]}",
            "to_us": to_us,
        }
        return {name: value for name, value in row.items() if value is not None}

    def _account(self, heard: Heard, event: Said) -> None:
        if at(event.about, "active") is False and at(event.about, "status") in INACTIVE:
            self._gone(heard, self.of.get(event.did, set()))

    def _gone(self, heard: Heard, keys: set[str]) -> None:
        for key in sorted(keys):
            heard.removed.setdefault("messages", []).append(key)
            self.kept.pop(key, None)
            self.of[key.removeprefix(self.place.key("")).partition("/")[0]].discard(key)
            fresh = [row for row in heard.facts.get("messages", ()) if row["message_id"] != key]
            if "messages" in heard.facts:
                heard.facts["messages"] = fresh


@dataclass(frozen=True, slots=True)
class Profile:
    """Who writes: the handle and the followers where they are known; `hidden`: asks not to be shown to everybody."""

    handle: str = ""
    followers: int | None = None
    hidden: bool = False


class Profiles:
    """Accounts by their identifier, looked up once; where that fails, the identifier stands for the handle."""

    def __init__(self, place: Place) -> None:
        self._api = WebApi("Bluesky", place.settings.profiles, place.gate, place.now, mend="check the handle")
        self._known: dict[str, Profile] = {}
        self._silent_until = 0.0

    def did(self, handle: str) -> str:
        """The identifier of a handle; SourceError where there is none."""
        plain = handle.strip().lstrip("@").lower()
        if plain.startswith("did:"):
            return plain
        return str(self._api.get("/xrpc/com.atproto.identity.resolveHandle", {"handle": plain}).get("did"))

    def of(self, did: str) -> Profile:
        """An account's profile."""
        if did not in self._known and time.monotonic() >= self._silent_until:
            try:
                said = self._api.get("/xrpc/app.bsky.actor.getProfile", {"actor": did})
            except GoodwillError:
                self._silent_until = time.monotonic() + 30  # what is said is heard all the same
                return Profile()
            labels = {str(one.get("val")) for one in many(said, "labels") if not one.get("neg")}
            followers, handle = at(said, "followersCount"), str(at(said, "handle") or "")
            self._known[did] = Profile(
                "" if handle == "handle.invalid" else handle,
                followers if isinstance(followers, int) else None,
                "!no-unauthenticated" in labels,
            )
            while len(self._known) > KNOWN:
                self._known.pop(next(iter(self._known)))
        return self._known.get(did, Profile())

    def renamed(self, did: str, handle: Any) -> None:
        """The account has another handle now: it is looked up again when it speaks."""
        if did in self._known and self._known[did].handle != handle:
            del self._known[did]


def _first(said: Any) -> Said | None:
    """An event of version 1."""
    did, micros = at(said, "did"), at(said, "time_us")
    if not isinstance(did, str) or not isinstance(micros, int):
        return None
    kind, commit = str(at(said, "kind")), at(said, "commit") or {}
    if kind == "commit" and at(commit, "collection") != POSTS:
        return None
    key = f"{did}/{commit['rkey']}" if kind == "commit" and at(commit, "rkey") else ""
    return Said(kind, did, micros, micros, str(at(commit, "operation")), key, at(commit, "record"), at(said, kind))


def _second(said: Any) -> Said | None:
    """An event of version 2. An error frame ends the stream: NoAnswer says why."""
    if at(said, "$type") == "error":
        raise NoAnswer(f"Jetstream ended the stream ({at(said, 'error')}: {at(said, 'message')})", where="Bluesky")
    event = at(said, "payload")
    did, seq = at(event, "did"), at(event, "seq")
    if at(said, "$type") != "message" or not isinstance(did, str) or not isinstance(seq, int):
        return None
    kind = str(at(event, "$type")).rpartition("#")[2]
    micros = int(instant(at(event, "witnessedAt") or at(event, "time")).timestamp() * 1_000_000)
    if kind == "commit" and at(event, "collection") != POSTS:
        return Said("", did, seq, micros)
    key = f"{did}/{at(event, 'rkey')}" if kind == "commit" else ""
    return Said(kind, did, seq, micros, str(at(event, "operation")), key, at(event, "record"), at(event, kind))


def _says(heard: Heard) -> bool:
    return bool(heard.facts or heard.edited or heard.removed or heard.said)


def _notice(said: Any) -> str:
    if str(at(said, "payload", "$type")).endswith("#info") and at(said, "payload", "name") == "OutdatedCursor":
        return LOST
    return ""


def _key_of(uri: Any) -> str:
    """did/rkey of a post's address (at://did/app.bsky.feed.post/rkey); nothing where it is none."""
    found = re.fullmatch(rf"at://(did:[^/]+)/{re.escape(POSTS)}/([^/]+)", uri) if isinstance(uri, str) else None
    return f"{found[1]}/{found[2]}" if found else ""


def _written(event: Said) -> datetime:
    """When it was written, as its author says, but not in the future nor long before it came."""
    came = datetime.fromtimestamp(event.micros / 1_000_000, UTC)
    try:
        said = instant(event.record.get("createdAt"))
    except GoodwillError:
        return came
    return said if came - timedelta(days=1) <= said <= came else came


def check(place: Place) -> str:
    """Connects, and waits for the first event."""
    listening, stop = _Listening(place, {}), Event()
    for frame in frames(place.gate, listening.url(), stop=stop, idle=IDLE, protocols=listening.protocols):
        if frame is not None:
            break
    whose = f"; answers to {place.settings.account} ({listening.own}) will be heard" if listening.own else ""
    return f"Jetstream speaks{whose}"


KIND = Kind(
    name="bluesky",
    title="Bluesky",
    says="Posts with certain words, mentions of the firm's account and answers to it, as they are written.",
    connect="No key is needed: Jetstream, Bluesky's public stream, is open. Enter the words to hear, the firm's "
    "handle, or both. People who ask not to be shown to whoever is not signed in are heard only where they speak to "
    "the firm.",
    settings=BlueskySettings,
    tried="against a local server that speaks the documented protocol, versions 1 and 2; not tried against the real "
    "service",
    stream=stream,
    check=check,
    hosts=lambda settings: hosts_of(settings.address, settings.profiles),
    since=lambda when: {"micros": int(when.timestamp() * 1_000_000)},
)
