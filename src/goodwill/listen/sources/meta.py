"""Facebook and Instagram: what is said on and about the firm's page and account, by Meta's Graph API.

Sources: Graph API, the edges `feed`, `comments`, `ratings` and `tagged` of a Page, `media`, `comments` and `tags` of an
Instagram professional account, pages by cursors, and 'Rate Limits'. The token goes into the Authorization header, and
the next page is asked for by its cursor: the ready-made address of it would have the token in it. Mentions in comments
under other people's photos reach only a webhook of Meta's; a mention in a caption is a tag.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from pydantic import Field, SecretStr

from goodwill.errors import SourceError
from goodwill.listen.sources.kind import Cursor, Heard, Kind, Place, Row, Settings, beginning, from_date
from goodwill.listen.web.watched import Watched
from goodwill.listen.web.web_api import WebAddress, WebApi, at, bearer, hosts_of, instant, many, total, words

if TYPE_CHECKING:
    from goodwill.gate import Answer

PAGE = 50
COMMENTS = 100
TOO_OFTEN = frozenset({4, 17, 32, 613, *range(80000, 80015)})
KEY = frozenset({10, 102, 190, *range(200, 300)})
_COMMENT = "id,message,created_time,from,like_count,comment_count,permalink_url,parent"
_COMMENTS = f"comments.filter(stream).limit({COMMENTS}){{{_COMMENT}}}"
_POST = f"id,message,created_time,from,permalink_url,place,reactions.limit(0).summary(true),{_COMMENTS}"
_RATING = "created_time,reviewer,recommendation_type,review_text,rating,open_graph_story{id}"
_IG_REPLY = "id,text,timestamp,username,like_count"
_IG_COMMENT = f"{_IG_REPLY},replies.limit({COMMENTS}){{{_IG_REPLY}}}"
_IG_MEDIA = f"id,timestamp,permalink,comments.limit({COMMENTS}){{{_IG_COMMENT}}}"
_IG_TAG = "id,caption,timestamp,permalink,username,like_count,comments_count"
RECOMMENDS = {"positive": "Recommends the page", "negative": "Does not recommend the page"}

Object = dict[str, Any]


class MetaSettings(Settings):
    """What Meta must be told."""

    secret: SecretStr = Field(description="the page's own long-lived access token: /me/accounts, field access_token")
    page: str = Field(default="", description="the Facebook page's id: About, Page transparency; empty: no page")
    instagram: str = Field(
        default="", description="the id (not the name) of the Instagram account linked to the page; empty: none"
    )
    app_secret: SecretStr | None = Field(
        default=None, description="the app's secret, where the app wants each call proved by it (Settings, Advanced)"
    )
    days: int = Field(default=30, ge=1, le=90, description="posts of how many days are looked at, with their comments")
    version: str = Field(default="v24.0", pattern=r"^v[0-9]+\.[0-9]+$", description="the version of the Graph API")
    address: WebAddress = Field(default="https://graph.facebook.com", description="where the API lies")


def pull(place: Place, cursor: Cursor) -> Iterator[Heard]:
    """Each edge for the last days, the newest first: what is new, what was edited, what is gone.

    Comments on posts from before these days are not heard.
    """
    listening = _Listening(place, cursor)
    for edge in listening.edges():
        yield from listening.read(*edge)
    if listening.again:
        listening.again = {}
        yield Heard(cursor=listening.cursor())


Take = Callable[[Heard, Object, datetime], None]


class _Listening:
    def __init__(self, place: Place, cursor: Cursor) -> None:
        self.place, self.settings, self.api = place, place.settings, _api(place)
        if not self.settings.page and not self.settings.instagram:
            raise SourceError("neither a page nor an account is given", where=place.name, mend="enter one of them")
        self.since = beginning(cursor, place.now() - timedelta(days=self.settings.days))
        self.again: Cursor = {"since": cursor["since"]} if "since" in cursor else {}
        kept = cursor.get("watched") or {}
        names = ("feed", "tagged", "ratings", "media", "tags")
        self.watched = {name: Watched(kept.get(name), self.since) for name in names}
        self.our_name = str(cursor.get("our_name") or "")

    def cursor(self) -> Cursor:
        kept = {name: one.kept() for name, one in self.watched.items()}
        return {"watched": kept, "our_name": self.our_name, **self.again}

    def edges(self) -> Iterator[tuple[str, str, str, Take]]:
        """What is read: the edge, its path, its fields, and what takes one of its objects."""
        page, account = self.settings.page, self.settings.instagram
        if page:
            yield "feed", f"/{page}/feed", _POST, self._post
            yield "tagged", f"/{page}/tagged", _POST, self._visit
            yield "ratings", f"/{page}/ratings", _RATING, self._recommendation
        if account:
            self.our_name = self.our_name or str(at(self.get(f"/{account}", {"fields": "username"}), "username") or "")
            yield "media", f"/{account}/media", _IG_MEDIA, self._photo
            yield "tags", f"/{account}/tags", _IG_TAG, self._tag

    def read(self, edge: str, path: str, fields: str, take: Take) -> Iterator[Heard]:
        """The pages of an edge until one ends before the days that are looked at."""
        after = ""
        while True:
            said = self.get(path, {"fields": fields, "limit": PAGE, "after": after})
            heard, began = Heard(), self.place.now()
            for one in many(said, "data"):
                began = instant(one.get("created_time") or one.get("timestamp"))
                if began >= self.since:  # one that was pinned, or tagged late, may stand before newer ones
                    take(heard, one, began)
            after = _onward(said)
            last = began < self.since or not after
            if last:
                self.watched[edge].missed(heard, self.since)
            heard.cursor = self.cursor()
            yield heard
            if last:
                return

    def get(self, path: str, parameters: Object) -> Any:
        """A page of the Graph API."""
        if self.settings.app_secret is not None:
            key, token = self.settings.app_secret.get_secret_value(), self.settings.secret.get_secret_value()
            proof = hmac.new(key.encode(), token.encode(), hashlib.sha256).hexdigest()
            parameters = {**parameters, "appsecret_proof": proof}
        return self.api.get(f"/{self.settings.version}{path}", parameters)

    def _all(self, node: Object, edge: str, fields: str, **more: str) -> Iterator[Object]:
        """The objects of an edge of a node: those that came with it, then the pages that follow."""
        said = node.get(edge)
        while said is not None:
            yield from many(said, "data")
            after = _onward(said)
            said = (
                self.get(f"/{node['id']}/{edge}", {"fields": fields, "limit": COMMENTS, "after": after, **more})
                if after
                else None
            )

    # --- Facebook -----------------------------------------------------------------------------------------------------

    def _post(self, heard: Heard, post: Object, began: datetime) -> None:
        self._said(heard, "feed", post, began, thread=post)
        for comment in self._all(post, "comments", _COMMENT, filter="stream"):
            self._said(heard, "feed", comment, began, thread=post)

    def _visit(self, heard: Heard, post: Object, began: datetime) -> None:
        """A post that tags the page; one that is at the page's own place is a check-in too."""
        self._said(heard, "tagged", post, began, thread=post, to_us=False)
        if str(at(post, "place", "id")) == self.settings.page:
            row = {"event_id": self.place.key(f"{post['id']}/visit"), "at": began, "kind": "visit"}
            row["place"] = at(post, "place", "name")
            self.watched["tagged"].hear(heard, "events", row)

    def _said(self, heard: Heard, edge: str, said: Object, began: datetime, thread: Object, to_us: bool = True) -> None:
        key, is_comment = self.place.key(said.get("id")), said is not thread
        answered = at(said, "parent", "id") or thread.get("id")
        if str(at(said, "from", "id")) == self.settings.page:
            if is_comment:
                row = _reply(key, self.place.key(answered), said.get("created_time"), "facebook")
                self.watched[edge].hear(heard, "actions", row, began=began)
            return
        if words(said.get("message")):
            row = {
                "message_id": key,
                "at": instant(said.get("created_time")),
                "source": self.place.name,
                "channel": "facebook",
                "author": at(said, "from", "id"),
                "text": words(said.get("message")),
                "engagements": total(
                    said.get("like_count"), said.get("comment_count"), at(said, "reactions", "summary", "total_count")
                ),
                "in_reply_to": self.place.key(answered) if is_comment else None,
                "thread": self.place.key(thread.get("id")),
                "place": at(said, "place", "name"),
                "url": said.get("permalink_url"),
                "to_us": to_us,
            }
            self.watched[edge].hear(heard, "messages", row, began=began)

    def _recommendation(self, heard: Heard, said: Object, began: datetime) -> None:
        who, stars = at(said, "reviewer", "id"), said.get("rating")
        story = at(said, "open_graph_story", "id")
        external = story or hashlib.blake2b(f"{who} {said.get('created_time')}".encode(), digest_size=8).hexdigest()
        row = {
            "message_id": self.place.key(external),
            "at": began,
            "source": self.place.name,
            "channel": "facebook",
            "author": who,
            "text": words(said.get("review_text")) or RECOMMENDS.get(str(said.get("recommendation_type"))),
            "rating": float(stars) if isinstance(stars, int | float) and 1 <= stars <= 5 else None,
            "url": f"https://www.facebook.com/{story}" if story else None,
            "to_us": False,
        }
        if row["text"]:
            self.watched["ratings"].hear(heard, "messages", row)

    # --- Instagram ----------------------------------------------------------------------------------------------------

    def _photo(self, heard: Heard, photo: Object, began: datetime) -> None:
        for comment in self._all(photo, "comments", _IG_COMMENT):
            self._comment(heard, comment, began, photo, answered=None)
            for reply in self._all(comment, "replies", _IG_REPLY):
                self._comment(heard, reply, began, photo, answered=comment.get("id"))

    def _comment(self, heard: Heard, said: Object, began: datetime, photo: Object, answered: Any) -> None:
        key = self.place.key(said.get("id"))
        if self.our_name and said.get("username") == self.our_name:
            if answered:
                row = _reply(key, self.place.key(answered), said.get("timestamp"), "instagram")
                self.watched["media"].hear(heard, "actions", row, began=began)
            return
        row = self._instagram(said, words(said.get("text")), thread=photo.get("id"), url=photo.get("permalink"))
        row |= {"in_reply_to": self.place.key(answered or photo.get("id")), "to_us": True}
        if row["text"]:
            self.watched["media"].hear(heard, "messages", row, began=began)

    def _tag(self, heard: Heard, photo: Object, began: datetime) -> None:
        row = self._instagram(photo, words(photo.get("caption")), thread=photo.get("id"), url=photo.get("permalink"))
        if row["text"] and photo.get("username") != self.our_name:
            self.watched["tags"].hear(heard, "messages", {**row, "to_us": False}, began=began)

    def _instagram(self, said: Object, text: str, *, thread: Any, url: Any) -> Row:
        return {
            "message_id": self.place.key(said.get("id")),
            "at": instant(said.get("timestamp")),
            "source": self.place.name,
            "channel": "instagram",
            "author": said.get("username"),
            "text": text,
            "engagements": total(said.get("like_count"), said.get("comments_count")),
            "thread": self.place.key(thread),
            "url": url,
        }


def _reply(key: str, answered: str, when: Any, channel: str) -> Row:
    row = {"action_id": key, "message_id": answered, "at": instant(when)}
    return {**row, "kind": "reply", "channel": channel}


def _onward(said: Any) -> str:
    """The cursor of the next page, or nothing."""
    return str(at(said, "paging", "cursors", "after") or "") if at(said, "paging", "next") else ""


def check(place: Place) -> str:
    """Asks for the page's name and the account's."""
    listening, seen = _Listening(place, {}), []
    if place.settings.page:
        found = listening.get(f"/{place.settings.page}", {"fields": "name"})
        seen.append(f"the page {at(found, 'name')!r}")
    if place.settings.instagram:
        found = listening.get(f"/{place.settings.instagram}", {"fields": "username"})
        seen.append(f"the Instagram account @{at(found, 'username')}")
    return f"Meta knows {' and '.join(seen)}"


def _api(place: Place) -> WebApi:
    mend = (
        "make a new page token with pages_read_engagement, pages_read_user_content and, for Instagram, instagram_basic "
        "and instagram_manage_comments"
    )

    def rests(answer: Answer, said: Any) -> datetime | None:
        """Meta says it by a code; how long, in minutes, a header may say."""
        if at(said, "error", "code") not in TOO_OFTEN:
            return None
        try:
            usage = json.loads(answer.headers.get("x-business-use-case-usage", "{}"))
            minutes = max(float(one["estimated_time_to_regain_access"]) for some in usage.values() for one in some)
        except (ValueError, TypeError, KeyError, AttributeError):
            minutes = 0.0
        return place.now() + timedelta(minutes=min(minutes or 60.0, 24 * 60.0))

    return WebApi(
        "Meta",
        place.settings.address,
        place.gate,
        place.now,
        bearer(place.settings.secret),
        mend,
        rests,
        lambda said: at(said, "error", "code") not in KEY,
    )


KIND = Kind(
    name="meta",
    title="Facebook and Instagram",
    says="Comments, recommendations and check-ins on a Facebook page, comments and tags on Instagram, our replies.",
    connect="At developers.facebook.com make an app of type Business and let somebody who manages the page sign in "
    "with pages_read_engagement and pages_read_user_content (and instagram_basic, instagram_manage_comments). Change "
    "their token for a long-lived one; /me/accounts then shows the page's id and its own token, which does not expire. "
    "Meta is asked; its webhooks are not taken, and none is to be set up.",
    settings=MetaSettings,
    tried="against a local server that speaks the documented API; not tried against the real service",
    pull=pull,
    check=check,
    hosts=lambda settings: hosts_of(settings.address),
    every=600,
    since=from_date,
    goes_back="Comments are heard with the posts of these days.",
)
