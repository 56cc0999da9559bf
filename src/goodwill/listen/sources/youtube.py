"""YouTube: the comments on a channel's videos, and the replies to them, by Data API v3 with an API key.

Source: YouTube Data API v3, `commentThreads.list` (one unit of quota a page of 100) and `comments.list`. A key may be
sent in the header X-Goog-Api-Key, as all of Google's APIs have it, so that it stands in no address.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from typing import Any

from pydantic import Field, SecretStr

from goodwill.errors import NotUnderstood
from goodwill.listen.sources.kind import Cursor, Heard, Kind, Place, Row, Settings, beginning, from_date
from goodwill.listen.web.watched import Watched
from goodwill.listen.web.web_api import WebAddress, WebApi, at, hosts_of, instant, many, total, words

PAGE = 100
SHORT_LOOK = timedelta(days=2)
WHOLE_LOOK = timedelta(hours=6)  # a day's quota has 10,000 units, and a page, or a thread's replies, takes one
_PACIFIC = timezone(timedelta(hours=-8))


class YouTubeSettings(Settings):
    """What YouTube must be told."""

    secret: SecretStr = Field(description="an API key: Google Cloud console, APIs & Services, Credentials")
    channel: str = Field(description="the channel's id (UC...): YouTube Studio, Settings, Channel, Advanced settings")
    days: int = Field(default=30, ge=1, le=365, description="how many days back comments, edits and deletions are seen")
    address: WebAddress = Field(default="https://www.googleapis.com", description="where the API lies")


def pull(place: Place, cursor: Cursor) -> Iterator[Heard]:
    """The threads of the last two days, the newest first; four times a day those of all the days that are watched.

    A thread that began before these days is not looked at again, so that a late reply to it is not heard.
    """
    api, now = _api(place), place.now()
    since = beginning(cursor, now - timedelta(days=place.settings.days))
    watched, token, looked = Watched(cursor.get("watched"), since), "", cursor.get("looked")
    whole = not isinstance(looked, str) or now >= datetime.fromisoformat(looked) + WHOLE_LOOK
    until = since if whole else max(since, now - SHORT_LOOK)
    while True:
        said = api.get(
            "/youtube/v3/commentThreads",
            {
                "part": "snippet,replies",
                "allThreadsRelatedToChannelId": place.settings.channel,
                "order": "time",
                "textFormat": "plainText",
                "maxResults": PAGE,
                "pageToken": token,
            },
        )
        heard, older = Heard(), False
        for thread in many(said, "items"):
            older = _take(heard, watched, place, api, thread, until) or older
        token = str(at(said, "nextPageToken") or "")
        last = older or not token
        if last:
            watched.missed(heard, until)
            looked = now.isoformat() if whole else looked
        again = {"since": cursor["since"]} if "since" in cursor and not last else {}
        heard.cursor = {"watched": watched.kept(), "looked": looked, **again}
        yield heard
        if last:
            return


def _take(heard: Heard, watched: Watched, place: Place, api: WebApi, thread: dict[str, Any], until: datetime) -> bool:
    """Takes a thread; says whether it began before the days that are looked at."""
    top = at(thread, "snippet", "topLevelComment")
    if not isinstance(top, dict):
        raise NotUnderstood("a thread without its first comment", where="YouTube", mend="goodwill may need an update")
    began = instant(at(top, "snippet", "publishedAt"))
    if began < until:
        return True
    replies = many(thread, "replies", "comments")
    if (at(thread, "snippet", "totalReplyCount") or 0) > len(replies):
        replies = _replies(api, str(top.get("id")))
    for comment in (top, *replies):
        table, row = fact(place, comment, thread)
        if table == "actions" or row["text"]:
            edited = at(comment, "snippet", "updatedAt") != at(comment, "snippet", "publishedAt")
            watched.hear(heard, table, row, began=began, changed=edited and table == "messages")
    return False


def _replies(api: WebApi, comment: str) -> list[dict[str, Any]]:
    found, token = [], ""
    while True:
        said = api.get(
            "/youtube/v3/comments",
            {"part": "snippet", "parentId": comment, "textFormat": "plainText", "maxResults": PAGE, "pageToken": token},
        )
        found += many(said, "items")
        token = str(at(said, "nextPageToken") or "")
        if not token:
            return found


def fact(place: Place, comment: dict[str, Any], thread: dict[str, Any]) -> tuple[str, Row]:
    """A comment as a message, or, where the channel itself wrote it, as our reply."""
    snippet, key = comment.get("snippet") or {}, place.key(comment.get("id"))
    first, video = at(thread, "snippet", "topLevelComment", "id"), at(thread, "snippet", "videoId")
    is_reply = comment.get("id") != first
    if at(snippet, "authorChannelId", "value") == place.settings.channel:
        answered = place.key(snippet.get("parentId") or first) if is_reply else None
        kind = "reply" if is_reply else "publish advice"
        row = {"action_id": key, "message_id": answered, "at": instant(snippet.get("publishedAt"))}
        return "actions", {**row, "kind": kind, "channel": "youtube"}
    name = snippet.get("authorDisplayName")
    handle = name if isinstance(name, str) and name.startswith("@") else at(snippet, "authorChannelId", "value") or name
    return "messages", {
        "message_id": key,
        "at": instant(snippet.get("publishedAt")),
        "source": place.name,
        "channel": "youtube",
        "author": handle.lstrip("@") if isinstance(handle, str) else None,
        "text": words(snippet.get("textOriginal") or snippet.get("textDisplay")),
        "engagements": total(snippet.get("likeCount"), None if is_reply else at(thread, "snippet", "totalReplyCount")),
        "in_reply_to": place.key(snippet.get("parentId") or first) if is_reply else None,
        "thread": place.key(first),
        "place": f"video {video}" if video else None,
        "url": f"https://www.youtube.com/watch?v={video}&lc={comment.get('id')}" if video else None,
        "to_us": True,
    }


def check(place: Place) -> str:
    """Asks for the channel."""
    found = _api(place).get("/youtube/v3/channels", {"part": "snippet,statistics", "id": place.settings.channel})
    title = at(found, "items", 0, "snippet", "title")
    if not title:
        raise NotUnderstood(
            f"YouTube knows no channel {place.settings.channel!r}", where=place.name, mend="enter the id (UC...)"
        )
    return f"YouTube knows the channel {title!r}; comments of the last {place.settings.days} days will be heard"


def _api(place: Place) -> WebApi:
    mend = "in the Google Cloud console, enable 'YouTube Data API v3' and make an API key that may use it"
    headers = {"X-Goog-Api-Key": place.settings.secret.get_secret_value()}

    def rests(answer: Any, said: Any) -> datetime | None:
        """The day's quota begins anew at midnight in California; an hour's limit is left to pass."""
        reason = at(said, "error", "errors", 0, "reason")
        if reason in ("quotaExceeded", "dailyLimitExceeded"):
            today = place.now().astimezone(_PACIFIC)
            return (today + timedelta(days=1)).replace(hour=0, minute=5, second=0, microsecond=0)
        return place.now() + timedelta(minutes=15) if reason == "rateLimitExceeded" else None

    return WebApi("YouTube", place.settings.address, place.gate, place.now, headers, mend, rests)


KIND = Kind(
    name="youtube",
    title="YouTube",
    says="Comments on the channel's videos, the replies to them, and the channel's own replies.",
    connect="In the Google Cloud console make a project, enable 'YouTube Data API v3' and, under Credentials, make an "
    "API key restricted to it. The channel's id stands in YouTube Studio under Settings, Channel, Advanced settings.",
    settings=YouTubeSettings,
    tried="against a local server that speaks the documented API; not tried against the real service",
    pull=pull,
    check=check,
    hosts=lambda settings: hosts_of(settings.address),
    every=600,
    since=from_date,
)
