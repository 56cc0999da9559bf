"""Reddit: posts that a search finds and what is said in the firm's own communities, by an app of type 'script'.

Sources: Reddit's Data API (`/search`, `/r/NAME/new`, `/r/NAME/comments`, `/api/info`), its OAuth2 wiki
(application-only access by client credentials) and its rules (a user agent of one's own; X-Ratelimit in seconds).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field, SecretStr, field_validator

from goodwill.errors import NotUnderstood, SourceError
from goodwill.listen.sources.kind import Cursor, Heard, Kind, Place, Row, Settings, beginning, from_date
from goodwill.listen.web.watched import Watched
from goodwill.listen.web.web_api import WebAddress, WebApi, at, basic, bearer, hosts_of, instant, many, total, words

PAGE = 100
LATE = 600.0  # seconds: what is listed late lies between others
LOOKED_AGAIN = 300  # the newest posts, asked for once more with every pull
GONE = frozenset({"[deleted]", "[removed]", "[deleted by user]"})
_NAME = re.compile(r"[A-Za-z0-9_]{2,21}")


class RedditSettings(Settings):
    """What Reddit must be told."""

    client_id: str = Field(description="the app's id: reddit.com/prefs/apps, under the app's name")
    secret: SecretStr = Field(description="the app's secret, on the same page")
    account: str = Field(description="the Reddit account that the app belongs to; its own words are our replies")
    search: tuple[str, ...] = Field(default=(), description="what to search for in all of Reddit")
    communities: tuple[str, ...] = Field(default=(), description="communities of which all is heard, without r/")
    days: int = Field(default=7, ge=1, le=30, description="how many days back posts, edits and deletions are seen")
    address: WebAddress = Field(default="https://oauth.reddit.com", description="where the API lies")
    tokens: WebAddress = Field(default="https://www.reddit.com", description="where access tokens are given")

    @field_validator("communities")
    @classmethod
    def _names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        plain = tuple(name.removeprefix("/").removeprefix("r/") for name in names)
        for name in plain:
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name[:40]!r} is no community; write its name without r/")
        return plain


def pull(place: Place, cursor: Cursor) -> Iterator[Heard]:
    """What is new in each listing, the newest first, then the posts of the last days once more."""
    settings = place.settings
    if not settings.search and not settings.communities:
        raise SourceError("neither a search nor a community is given", where=place.name, mend="enter one of them")
    since = beginning(cursor, place.now() - timedelta(days=settings.days))
    reading = _Reading(place, _api(place), cursor, since)
    for path, parameters in listings(settings):
        yield from reading.listing(path, parameters)
    yield from reading.look_again()
    if "since" in cursor:
        yield Heard(cursor={name: one for name, one in reading.cursor().items() if name != "since"})


def listings(settings: RedditSettings) -> Iterator[tuple[str, dict[str, Any]]]:
    """The listings that are read: path and parameters."""
    for query in settings.search:
        yield "/search", {"q": query, "sort": "new", "t": "month", "type": "link"}
    for name in settings.communities:
        yield f"/r/{name}/new", {}
        yield f"/r/{name}/comments", {}


class _Reading:
    """One pull: what is watched, and for each listing up to when it was read to its end."""

    def __init__(self, place: Place, api: WebApi, cursor: Cursor, since: datetime) -> None:
        self.place, self.api, self.since = place, api, since
        self.watched = Watched(cursor.get("watched"), since)
        self.read: dict[str, float] = dict(cursor.get("read") or {})
        self._kept = {"since": cursor["since"]} if "since" in cursor else {}

    def cursor(self) -> Cursor:
        return {"watched": self.watched.kept(), "read": dict(self.read), **self._kept}

    def listing(self, path: str, parameters: dict[str, Any]) -> Iterator[Heard]:
        """The pages of a listing until one ends before what was read."""
        name = f"{path} {parameters.get('q', '')}".strip()
        until, newest, after = max(self.since.timestamp(), self.read.get(name, 0.0) - LATE), 0.0, ""
        while True:
            said = self.api.get(path, {**parameters, "limit": PAGE, "after": after, "raw_json": 1})
            heard, older = Heard(), False
            for post in _things(said):
                when = instant(post.get("created_utc")).timestamp()
                newest, older = max(newest, when), older or when < until
                if when >= until:
                    _take(heard, self.watched, self.place, post)
            after = str(at(said, "data", "after") or "")
            last = older or not after
            if last and newest:
                self.read[name] = newest
            heard.cursor = self.cursor()
            yield heard
            if last:
                return

    def look_again(self) -> Iterator[Heard]:
        """The newest posts once more: what was edited, what is gone."""
        start = self.place.key("")
        keys = [key for key in self.watched.keys if key.startswith(start)][:LOOKED_AGAIN]
        for first in range(0, len(keys), PAGE):
            part = keys[first : first + PAGE]
            names = ",".join(key.removeprefix(start) for key in part)
            heard, met = Heard(), set()
            for post in _things(self.api.get("/api/info", {"id": names, "raw_json": 1})):
                met.add(self.place.key(post.get("name")))
                _take(heard, self.watched, self.place, post)
            if met:  # an answer without anything is a fault of theirs, not the end of everything
                for key in part:
                    if key not in met:
                        self.watched.gone(heard, key)
            heard.cursor = self.cursor()
            yield heard


def _things(said: Any) -> list[dict[str, Any]]:
    if at(said, "kind") != "Listing":
        raise NotUnderstood("Reddit's answer is no listing", where="Reddit", mend="goodwill may need an update")
    return [one["data"] for one in many(said, "data", "children") if isinstance(one.get("data"), dict)]


def _take(heard: Heard, watched: Watched, place: Place, post: dict[str, Any]) -> None:
    key = place.key(post.get("name"))
    if post.get("author") in GONE or words(post.get("body")) in GONE or words(post.get("selftext")) in GONE:
        watched.gone(heard, key)
        return
    if str(post.get("author")).lower() == place.settings.account.removeprefix("u/").lower():
        answered = post.get("parent_id")
        kind = "reply" if answered else "publish advice"
        row: Row = {"action_id": key, "message_id": place.key(answered) if answered else None, "kind": kind}
        watched.hear(heard, "actions", {**row, "at": instant(post.get("created_utc")), "channel": "reddit"})
        return
    row = message(place, post)
    if row["text"]:
        watched.hear(heard, "messages", row, changed=bool(post.get("edited")))


def message(place: Place, post: dict[str, Any]) -> Row:
    """A post (t3) or a comment (t1) as a row of messages."""
    is_comment = str(post.get("name")).startswith("t1_")
    first = post.get("link_id") if is_comment else post.get("name")
    said = [words(post.get(name)) for name in (("body",) if is_comment else ("title", "selftext"))]
    link = words(post.get("permalink"))
    return {
        "message_id": place.key(post.get("name")),
        "at": instant(post.get("created_utc")),
        "source": place.name,
        "channel": "reddit",
        "author": post.get("author"),
        "text": "\n\n".join(part for part in said if part),
        "audience": post.get("subreddit_subscribers"),
        "engagements": total(
            max(0, post["ups"]) if isinstance(post.get("ups"), int) else None, post.get("num_comments")
        ),
        "in_reply_to": place.key(post["parent_id"]) if post.get("parent_id") else None,
        "thread": place.key(first),
        "place": f"r/{post['subreddit']}" if post.get("subreddit") else None,
        "url": f"https://www.reddit.com{link}" if link else None,
        "to_us": False,
    }


def check(place: Place) -> str:
    """Asks for one page of the first listing."""
    listing = next(listings(place.settings), None)
    if listing is None:
        raise SourceError("neither a search nor a community is given", where=place.name, mend="enter one of them")
    path, parameters = listing
    found = _things(_api(place).get(path, {**parameters, "limit": 10, "raw_json": 1}))
    return f"Reddit answers: {len(found)} posts on the first page of {parameters.get('q') or path}"


def _api(place: Place) -> WebApi:
    settings = place.settings
    mend = "at reddit.com/prefs/apps see the app's id and secret; firms need Reddit's leave to use its Data API"
    agent = {"User-Agent": f"server:goodwill:v1 (by /u/{settings.account.removeprefix('u/')})"}
    tokens = WebApi("Reddit", settings.tokens, place.gate, place.now, agent, mend)
    said = tokens.post(
        "/api/v1/access_token", {"grant_type": "client_credentials"}, basic(settings.client_id, settings.secret)
    )
    token = at(said, "access_token")
    if not isinstance(token, str):
        raise SourceError("Reddit gave no access token", where=place.name, mend=mend)
    return WebApi("Reddit", settings.address, place.gate, place.now, {**agent, **bearer(token)}, mend)


KIND = Kind(
    name="reddit",
    title="Reddit",
    says="Posts that a search finds, and posts and comments in communities of the firm's choice.",
    connect="At reddit.com/prefs/apps make an app of type 'script'; its id stands under its name, its secret beside "
    "'secret'. Commercial use of the Data API needs an agreement with Reddit.",
    settings=RedditSettings,
    tried="against a local server that speaks the documented API; not tried against the real service",
    pull=pull,
    check=check,
    hosts=lambda settings: hosts_of(settings.address, settings.tokens),
    every=300,
    since=from_date,
    goes_back="Reddit lists the newest thousand posts, and finds those of the last month.",
)
