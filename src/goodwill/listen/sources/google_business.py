"""Google Business Profile: the reviews of the firm's places, with their stars, and the firm's replies.

Sources: Google Business Profile API v4, `accounts.locations.reviews.list` (the latest change first); OAuth 2.0 for web
server applications: a refresh token is changed for an access token that lasts an hour.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field, SecretStr, field_validator

from goodwill.errors import NotUnderstood
from goodwill.listen.sources.kind import Cursor, Heard, Kind, Place, Settings, beginning, from_date
from goodwill.listen.web import oauth
from goodwill.listen.web.watched import Watched
from goodwill.listen.web.web_api import WebAddress, WebApi, at, bearer, hosts_of, instant, many, words

PAGE = 50
STARS = {"ONE": 1.0, "TWO": 2.0, "THREE": 3.0, "FOUR": 4.0, "FIVE": 5.0}
_PLACE = re.compile(r"accounts/[^/\s]+/locations/[^/\s]+")
_TRANSLATED = re.compile(r"\(Translated by Google\).*?\(Original\)\s*", re.DOTALL)
_TRANSLATION_AFTER = re.compile(r"\s*\(Translated by Google\).*\Z", re.DOTALL)
A_DAY = timedelta(days=1)


class GoogleBusinessSettings(Settings):
    """What Google Business Profile must be told."""

    client_id: str = Field(description="the OAuth client's id: Google Cloud console, APIs & Services, Credentials")
    client_secret: SecretStr = Field(description="the OAuth client's secret, from the same page")
    secret: SecretStr = Field(description="a refresh token of somebody who manages the profile, scope business.manage")
    places: tuple[str, ...] = Field(min_length=1, description="each place: accounts/123/locations/456")
    days: int = Field(default=90, ge=1, le=3650, description="how many days back reviews are heard and watched")
    address: WebAddress = Field(default="https://mybusiness.googleapis.com", description="where the API lies")
    tokens: WebAddress = Field(default="https://oauth2.googleapis.com", description="where access tokens are given")

    @field_validator("places")
    @classmethod
    def _names_of_places(cls, places: tuple[str, ...]) -> tuple[str, ...]:
        for place in places:
            if not _PLACE.fullmatch(place):
                raise ValueError(f"{place[:60]!r} is no place; write it as accounts/123/locations/456")
        return places


def pull(place: Place, cursor: Cursor) -> Iterator[Heard]:
    """Reviews whose last change is new; once a day all of the last days, to see which are gone."""
    api, now = _api(place), place.now()
    since = beginning(cursor, now - timedelta(days=place.settings.days))
    again = {"since": cursor["since"]} if "since" in cursor else {}
    watched = Watched(cursor.get("watched"), since)
    changed: dict[str, str] = dict(cursor.get("changed") or {})
    looked = cursor.get("looked")
    whole = not isinstance(looked, str) or now >= datetime.fromisoformat(looked) + A_DAY
    for where in place.settings.places:
        until = since if whole or where not in changed else max(since, instant(changed[where]))
        newest, token = changed.get(where, ""), ""
        while True:
            said = api.get(f"/v4/{where}/reviews", {"pageSize": PAGE, "orderBy": "updateTime desc", "pageToken": token})
            heard, older = Heard(), False
            for review in many(said, "reviews"):
                last = instant(review.get("updateTime") or review.get("createTime"))
                older = older or last < until
                if last >= until:
                    newest = max(newest, last.isoformat())
                    _take(heard, watched, place, review, where)
            token = str(at(said, "nextPageToken") or "")
            done = older or not token
            if done:
                if newest:
                    changed[where] = newest
                if whole:
                    _missed(heard, watched, place, where, since)
            heard.cursor = {"watched": watched.kept(), "changed": dict(changed), "looked": looked, **again}
            yield heard
            if done:
                break
    if whole:
        yield Heard(cursor={"watched": watched.kept(), "changed": dict(changed), "looked": now.isoformat()})


def _missed(heard: Heard, watched: Watched, place: Place, where: str, since: datetime) -> None:
    start = place.key(_id(where, ""))
    watched.missed(heard, since, lambda key: key.startswith(start))


def _id(where: str, review: object) -> str:
    return f"{where.rpartition('/')[2]}/{review}"


def _take(heard: Heard, watched: Watched, place: Place, review: dict[str, Any], where: str) -> None:
    if review.get("starRating") not in (*STARS, None, "STAR_RATING_UNSPECIFIED"):
        stars = str(review["starRating"])[:20]
        raise NotUnderstood(f"a review has {stars!r} stars", where="Google", mend="goodwill may need an update")
    key, stars_given = place.key(_id(where, review.get("reviewId"))), STARS.get(str(review.get("starRating")))
    hidden = at(review, "reviewer", "isAnonymous")
    last = instant(review.get("updateTime") or review.get("createTime"))
    watched.hear(
        heard,
        "messages",
        {
            "message_id": key,
            "at": instant(review.get("createTime")),
            "source": place.name,
            "channel": "review",
            "author": None if hidden else at(review, "reviewer", "displayName"),
            "text": original(words(review.get("comment"))) or without_words(stars_given),
            "rating": stars_given,
            "place": where.rpartition("/")[2],
            "to_us": False,
        },
        began=last,
        changed=last > instant(review.get("createTime")),
    )
    reply = review.get("reviewReply")
    if isinstance(reply, dict) and reply.get("comment"):
        row = {"action_id": f"{key}:reply", "message_id": key, "at": instant(reply.get("updateTime"))}
        watched.hear(heard, "actions", {**row, "kind": "reply", "channel": "review"}, began=last)


def original(comment: str) -> str:
    """A review in the words of whoever wrote it; Google puts its translation before or after them.

    >>> original("(Translated by Google) Good.\\n\\n(Original)\\nGut.")
    'Gut.'
    >>> original("Gut.\\n\\n(Translated by Google)\\nGood.")
    'Gut.'
    """
    return _TRANSLATION_AFTER.sub("", _TRANSLATED.sub("", comment)).strip()


def without_words(stars: float | None) -> str:
    """What stands for a review that has only stars."""
    return f"{stars:g} of 5 stars, without a word" if stars else "A review without a word"


def check(place: Place) -> str:
    """Asks for a few reviews of each place."""
    api, seen = _api(place), []
    for where in place.settings.places:
        said = api.get(f"/v4/{where}/reviews", {"pageSize": 1})
        seen.append(f"{at(said, 'totalReviewCount') or 0:,} reviews of {where}")
    return "Google answers: " + ", ".join(seen)


def _api(place: Place) -> WebApi:
    settings = place.settings
    mend = (
        "sign in anew as somebody who manages the profile and enter the new refresh token; Google must have granted "
        "the project access to the Business Profile APIs"
    )
    client = oauth.Client(
        f"{settings.tokens}/token",
        settings.client_id,
        settings.client_secret.get_secret_value(),
        settings.secret.get_secret_value(),
    )
    token = oauth.access_token(client, place.gate, place.now, title="Google", mend=mend)
    return WebApi("Google", settings.address, place.gate, place.now, bearer(token), mend)


KIND = Kind(
    name="google-business",
    title="Google Business Profile",
    says="Reviews of the firm's places on Google, with their stars, and the firm's replies.",
    connect="Google grants access to the Business Profile APIs on request. Then, in the Google Cloud console, make an "
    "OAuth client of type 'Web application'; let somebody who manages the profile sign in with it for the scope "
    "https://www.googleapis.com/auth/business.manage, offline, and enter the refresh token. Without such access, the "
    "review alerts that Google sends by e-mail are heard by the mailbox.",
    settings=GoogleBusinessSettings,
    tried="against a local server that speaks the documented API; not tried against the real service",
    pull=pull,
    check=check,
    hosts=lambda settings: hosts_of(settings.address, settings.tokens),
    every=900,
    since=from_date,
)
