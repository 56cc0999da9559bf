"""X (Twitter): recent search and mentions, and our own replies, by API v2 with the firm's own token.

Sources: X API v2, `GET /2/tweets/search/recent`, `GET /2/users/:id/mentions`, `GET /2/users/:id/tweets`,
`GET /2/tweets`; edited posts: every edit is a post of its own, and `edit_history_tweet_ids` begins with the first one.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field, SecretStr

from goodwill.errors import SourceError, TooOften
from goodwill.listen.sources.kind import Cursor, Heard, Kind, Place, Row, Settings, beginning, from_date
from goodwill.listen.web.watched import Watched
from goodwill.listen.web.web_api import WebAddress, WebApi, at, bearer, hosts_of, instant, many, total, words

PAGE = 100
SEARCHED = timedelta(days=7) - timedelta(minutes=5)  # recent search goes back seven days
_FIELDS = {
    "max_results": PAGE,
    "tweet.fields": "created_at,author_id,conversation_id,public_metrics,referenced_tweets,lang,note_tweet,"
    "edit_history_tweet_ids,in_reply_to_user_id",
    "expansions": "author_id",
    "user.fields": "username,public_metrics",
}


class XSettings(Settings):
    """What X must be told."""

    secret: SecretStr = Field(description="the app's Bearer token: Developer Console, your app, Keys and tokens")
    account: str = Field(default="", description="the firm's own handle, without @: mentions of it, and our replies")
    search: tuple[str, ...] = Field(
        default=(), description='what else to search, in X\'s own words: "verity cam" OR #v'
    )
    days: int = Field(default=7, ge=1, le=7, description="how many days to go back at first; X keeps seven")
    look_again_hours: int = Field(
        default=24,
        ge=1,
        description="after how many hours posts are looked up again, to see what was deleted; X counts it",
    )
    address: WebAddress = Field(default="https://api.x.com", description="where the API lies")


def pull(place: Place, cursor: Cursor) -> Iterator[Heard]:
    """What was posted since the cursor: mentions, each search, our own replies, then what was deleted."""
    api = _api(place)
    listening = _Listening(place, api, cursor)
    for name, path, parameters in listening.parts():
        yield from listening.read(name, path, parameters)
    yield from listening.look_again()
    if listening.again:
        listening.again = {}
        yield Heard(cursor=listening.cursor())


class _Listening:
    def __init__(self, place: Place, api: WebApi, cursor: Cursor) -> None:
        self.place, self.api, self.settings = place, api, place.settings
        self.account = self.settings.account.lstrip("@").lower()
        if not self.account and not self.settings.search:
            raise SourceError("neither an account nor a search is given", where=place.name, mend="enter one of them")
        self.parts_kept: dict[str, dict[str, str]] = {name: dict(one) for name, one in cursor.get("parts", {}).items()}
        self.own_id = str(cursor.get("own_id", "")) if cursor.get("account") == self.account else ""
        self.looked = str(cursor.get("looked", ""))
        self.again: Cursor = {"since": cursor["since"]} if "since" in cursor else {}
        self.watched = Watched(cursor.get("watched"), place.now() - SEARCHED)

    def cursor(self) -> Cursor:
        return {
            "parts": {name: dict(one) for name, one in self.parts_kept.items()},
            "account": self.account,
            "own_id": self.own_id,
            "looked": self.looked,
            "watched": self.watched.kept(),
            **self.again,
        }

    def parts(self) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Each part's name, path and parameters."""
        if self.account:
            self.own_id = self.own_id or own_id(self.api, self.account)
            yield "mentions", f"/2/users/{self.own_id}/mentions", {}
            yield "own", f"/2/users/{self.own_id}/tweets", {"exclude": "retweets"}
        for wanted in self.settings.search:
            query = wanted if "is:retweet" in wanted else f"({wanted}) -is:retweet"
            yield f"search:{wanted}", "/2/tweets/search/recent", {"query": query}

    def read(self, name: str, path: str, parameters: dict[str, Any]) -> Iterator[Heard]:
        """The pages of one part, the newest first; the watermark moves when all of them are read.

        A token of a page does not expire, so a pull that was broken off goes on where it was.
        """
        state = self.parts_kept.setdefault(name, {})
        token_name = "next_token" if name.startswith("search:") else "pagination_token"
        while True:
            said, note = self._page(path, {**_FIELDS, **parameters, token_name: state.get("token")}, state)
            heard = Heard(said=[note] if note else [])
            people = {str(one.get("id")): one for one in many(said, "includes", "users")}
            for post in many(said, "data"):
                self._take(heard, name, post, people)
            state["newest"] = state.get("newest") or str(at(said, "meta", "newest_id") or "")
            state["token"] = str(at(said, "meta", "next_token") or "")
            done = not state["token"]
            if done:
                since = state.get("newest") or state.get("since", "")
                self.parts_kept[name] = {"since": since} if since else {}
            heard.cursor = self.cursor()
            yield heard
            if done:
                return

    def _page(self, path: str, parameters: dict[str, Any], state: dict[str, str]) -> tuple[Any, str]:
        if state.get("since"):
            try:
                return self.api.get(path, {**parameters, "since_id": state["since"]}), ""
            except TooOften:
                raise
            except SourceError as refused:
                if "since_id" not in refused.what:  # an id from before the seven days
                    raise
            for gone in ("since", "token", "newest"):
                state.pop(gone, None)
            note = "X was not heard for more than seven days; what was posted before these is lost"
            return self.api.get(path, {**parameters, "start_time": self._start()}), note
        return self.api.get(path, {**parameters, "start_time": self._start()}), ""

    def _start(self) -> str:
        now = self.place.now()
        since = beginning(self.again, now - timedelta(days=self.settings.days))
        return f"{max(since, now - SEARCHED):%Y-%m-%dT%H:%M:%SZ}"

    def _take(self, heard: Heard, part: str, post: dict[str, Any], people: dict[str, dict[str, Any]]) -> None:
        if str(post.get("author_id")) == self.own_id:
            answered = replied_to(post)
            if answered:
                heard.add(
                    "actions",
                    {
                        "action_id": self.place.key(first_id(post)),
                        "message_id": self.place.key(answered),
                        "at": instant(post.get("created_at")),
                        "kind": "reply",
                        "channel": "twitter",
                    },
                )
            return
        row = message(self.place, post, people.get(str(post.get("author_id")), {}))
        mentioned = part == "mentions" or (bool(self.account) and f"@{self.account}" in row["text"].lower())
        edited = len(post.get("edit_history_tweet_ids") or ()) > 1
        self.watched.hear(heard, "messages", {**row, "to_us": mentioned}, changed=edited)

    def look_again(self) -> Iterator[Heard]:
        """Looks the posts of the last seven days up once a day; those that are gone, or locked, are removed."""
        now = self.place.now()
        if self.looked and now < datetime.fromisoformat(self.looked) + timedelta(hours=self.settings.look_again_hours):
            return
        self.looked = now.isoformat()
        start = self.place.key("")
        keys = [key for key in self.watched.keys if key.startswith(start)]
        for first in range(0, len(keys), PAGE):
            part = [key.removeprefix(start) for key in keys[first : first + PAGE]]
            said = self.api.get("/2/tweets", {"ids": ",".join(part)})
            heard = Heard()
            for error in many(said, "errors"):
                if error.get("title") in ("Not Found Error", "Authorization Error"):
                    self.watched.gone(heard, self.place.key(error.get("resource_id") or error.get("value")))
            heard.cursor = self.cursor()
            yield heard
        if not keys:
            yield Heard(cursor=self.cursor())


def message(place: Place, post: dict[str, Any], author: dict[str, Any]) -> Row:
    """A post as a row of messages. An edited post keeps the key of its first form."""
    first, handle = first_id(post), author.get("username")
    metrics = post.get("public_metrics") or {}
    answered, language = replied_to(post), post.get("lang")
    return {
        "message_id": place.key(first),
        "at": instant(post.get("created_at")),
        "source": place.name,
        "channel": "twitter",
        "author": handle,
        "text": words(html.unescape(at(post, "note_tweet", "text") or post.get("text") or "")),
        "language": language if isinstance(language, str) and len(language) == 2 else None,
        "audience": at(author, "public_metrics", "followers_count"),
        "engagements": total(*(metrics.get(f"{what}_count") for what in ("reply", "retweet", "quote", "like"))),
        "in_reply_to": place.key(answered) if answered else None,
        "thread": place.key(post["conversation_id"]) if post.get("conversation_id") else None,
        "url": f"https://x.com/{handle or 'i'}/status/{post.get('id')}",
    }


def first_id(post: dict[str, Any]) -> str:
    """The id of a post's first form."""
    return str(at(post, "edit_history_tweet_ids", 0) or post.get("id"))


def replied_to(post: dict[str, Any]) -> str:
    """The id of the post that it answers, or nothing."""
    return next((str(one["id"]) for one in many(post, "referenced_tweets") if one.get("type") == "replied_to"), "")


def own_id(api: WebApi, account: str) -> str:
    """The id of an account; SourceError where there is none of that name."""
    found = at(api.get(f"/2/users/by/username/{account}"), "data", "id")
    if not found:
        raise SourceError(f"X knows no account @{account}", where=api.title, mend="write the handle as in its address")
    return str(found)


def check(place: Place) -> str:
    """Asks for the account, or for one page of the first search."""
    api, settings = _api(place), place.settings
    if settings.account:
        account = settings.account.lstrip("@")
        return f"X knows @{account} (id {own_id(api, account.lower())}); its mentions and our replies will be heard"
    listening = _Listening(place, api, {})
    _, path, parameters = next(listening.parts())
    found = many(api.get(path, {**_FIELDS, **parameters, "max_results": 10}), "data")
    return f"X answers: {len(found)} posts on the first page of {settings.search[0]!r}"


def _api(place: Place) -> WebApi:
    mend = "in the Developer Console, make a new Bearer token for your app, and see that its plan may read posts"
    return WebApi("X", place.settings.address, place.gate, place.now, bearer(place.settings.secret), mend)


KIND = Kind(
    name="x",
    title="X (Twitter)",
    says="Posts that mention the firm or that a search finds, with how many follow their authors, and our replies.",
    connect="In the Developer Console of X make a project and an app, and under 'Keys and tokens' generate the Bearer "
    "token. Reading posts is paid for by use. Enter the firm's handle, a search, or both. X is asked; its webhooks are "
    "not taken, and none is to be set up.",
    settings=XSettings,
    tried="against a local server that speaks the documented API; not tried against the real service",
    pull=pull,
    check=check,
    hosts=lambda settings: hosts_of(settings.address),
    every=300,
    since=from_date,
    goes_back="X gives the last seven days.",
)
