"""Google Business Profile, against a local server that speaks API v4 and OAuth as documented."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from pydantic import ValidationError

from goodwill.errors import NotUnderstood, SourceError
from goodwill.listen.sources.google_business import KIND
from listen.sources.other_side import NOW, Asked, OtherSide, Reply, Store, other_side, place_at

SHOP, CAFE = "accounts/1/locations/7", "accounts/1/locations/8"


def review(name: str, stars: str, text: str | None, days: float, changed: float | None = None, **more: Any) -> Any:
    return {
        "name": f"{SHOP}/reviews/{name}",
        "reviewId": name,
        "reviewer": {"displayName": "Mrs Jones"},
        "starRating": stars,
        **({"comment": text} if text else {}),
        "createTime": f"{NOW - timedelta(days=days):%Y-%m-%dT%H:%M:%S.123456789Z}",
        "updateTime": f"{NOW - timedelta(days=days if changed is None else changed):%Y-%m-%dT%H:%M:%S.123456789Z}",
        **more,
    }


class Reviews:
    """Reviews by place, as Google lists them: pages of two, the latest change first."""

    def __init__(self, *reviews: dict[str, Any]) -> None:
        self.reviews: dict[str, list[dict[str, Any]]] = {SHOP: list(reviews), CAFE: []}

    def __call__(self, asked: Asked) -> Reply:
        if asked.path == "/token":
            form = {name: values[0] for name, values in parse_qs(asked.body).items()}
            if form["refresh_token"] != "refresh" or form["client_secret"] != "shh":
                return Reply({"error": "invalid_grant", "error_description": "Token has been revoked."}, 400)
            return Reply({"access_token": "access", "expires_in": 3599, "token_type": "Bearer"})
        assert asked.headers["authorization"] == "Bearer access"
        found = self.reviews.get(asked.path.removeprefix("/v4/").removesuffix("/reviews"))
        if found is None:
            return Reply({"error": {"code": 404, "message": "Requested entity was not found."}}, 404)
        ordered = sorted(found, key=lambda one: one["updateTime"], reverse=True)
        first = int(asked.one("pageToken") or 0)
        said: dict[str, Any] = {"totalReviewCount": len(found), "averageRating": 4.2}
        if ordered[first : first + 2]:
            said["reviews"] = ordered[first : first + 2]
        if ordered[first + 2 :]:
            said["nextPageToken"] = str(first + 2)
        return Reply(said)


def place(side: OtherSide, now: datetime = NOW, **more: Any) -> Any:
    given = {"client_id": "me", "client_secret": "shh", "secret": "refresh", "places": (SHOP,), **more}
    return place_at(KIND, side, now, address=side.address, tokens=side.address, **given)


def test_a_review_is_a_message_and_our_reply_an_action() -> None:
    answered = review(
        "r1", "TWO", "Slow.", 3, 1, reviewReply={"comment": "Sorry", "updateTime": "2026-11-21T09:00:00Z"}
    )
    with other_side(Reviews(answered)) as side:
        store = Store().pull(KIND, place(side))
    assert store.rows["messages"]["here:7/r1"] == {
        "message_id": "here:7/r1",
        "at": NOW - timedelta(days=3) + timedelta(microseconds=123456),
        "source": "here",
        "channel": "review",
        "author": "Mrs Jones",
        "text": "Slow.",
        "rating": 2.0,
        "place": "7",
        "to_us": False,
    }
    reply = store.rows["actions"]["here:7/r1:reply"]
    assert (reply["message_id"], reply["kind"], reply["at"].hour) == ("here:7/r1", "reply", 9)
    assert "shh" not in str([one.path for one in side.asked]) and "refresh" not in str(
        [one.query for one in side.asked]
    )


def test_stars_without_words_translations_and_people_who_hide() -> None:
    hidden = review("r2", "FIVE", "(Translated by Google) Good\n\n(Original)\nGut", 2)
    hidden["reviewer"] = {"displayName": "A Google user", "isAnonymous": True}
    with other_side(Reviews(review("r1", "ONE", None, 3), hidden)) as side:
        store = Store().pull(KIND, place(side))
    assert store.messages() == {"7/r1": "1 of 5 stars, without a word", "7/r2": "Gut"}
    assert "author" not in store.rows["messages"]["here:7/r2"]


def test_a_changed_review_takes_the_place_of_the_old_one_even_where_that_is_long_ago() -> None:
    reviews = Reviews(*(review(f"r{n}", "FOUR", f"text {n}", n + 1) for n in range(5)))
    with other_side(reviews) as side:
        store = Store().pull(KIND, place(side))
        assert len(store.new) == 5
        reviews.reviews[SHOP][3] = review("r3", "ONE", "I take it back", 4, 0)
        reviews.reviews[SHOP].append(review("old", "ONE", "worse and worse", 400, 0))
        side.asked.clear()
        store.pull(KIND, place(side, NOW + timedelta(minutes=15)))
        assert (store.new, sorted(store.edited)) == ([], ["here:7/old", "here:7/r3"])
        assert store.rows["messages"]["here:7/r3"]["rating"] == 1.0
        assert len([one for one in side.asked if one.path != "/token"]) == 2


def test_once_a_day_all_are_looked_at_and_what_is_gone_twice_is_removed() -> None:
    reviews = Reviews(*(review(f"r{n}", "FOUR", f"text {n}", n + 1) for n in range(4)))
    with other_side(reviews) as side:
        store = Store().pull(KIND, place(side, places=(SHOP, CAFE)))
        reviews.reviews[SHOP].pop(2)
        for day in (0.5, 1.5, 2):
            assert store.pull(KIND, place(side, NOW + timedelta(days=day), places=(SHOP, CAFE))).removed == []
        assert store.pull(KIND, place(side, NOW + timedelta(days=3), places=(SHOP, CAFE))).removed == ["here:7/r2"]


@pytest.mark.parametrize("pieces", [1, 2])
def test_a_pull_that_breaks_off_loses_and_doubles_nothing(pieces: int) -> None:
    reviews = Reviews(*(review(f"r{n}", "FOUR", f"text {n}", n + 1) for n in range(6)))
    with other_side(reviews) as side:
        store = Store().pull(KIND, place(side), pieces=pieces)
        reviews.reviews[SHOP].append(review("new", "FIVE", "new", 0.5))
        store.pull(KIND, place(side))
    assert len(store.messages()) == 7


def test_faults_are_said_plainly() -> None:
    with other_side(Reviews()) as side:
        with pytest.raises(
            SourceError, match=r"Google refuses the key \(400: Token has been revoked\.\); sign in anew"
        ):
            Store().pull(KIND, place(side, secret="old"))
        with pytest.raises(SourceError, match="Google knows no such thing"):
            Store().pull(KIND, place(side, places=("accounts/1/locations/9",)))
        assert KIND.check is not None
        assert KIND.check(place(side)) == f"Google answers: 0 reviews of {SHOP}"
    with (
        other_side(Reviews(review("r1", "SIX", "?", 1))) as side,
        pytest.raises(NotUnderstood, match="has 'SIX' stars"),
    ):
        Store().pull(KIND, place(side))
    with pytest.raises(ValidationError, match="'Station Road' is no place; write it as accounts/123/locations/456"):
        KIND.settings(client_id="a", client_secret="b", secret="c", places=("Station Road",))


def test_a_replay_goes_back_to_its_date_and_then_on_as_before() -> None:
    reviews = Reviews(*(review(f"r{n}", "FOUR", f"text {n}", 60 * n + 1) for n in range(6)))
    assert KIND.since is not None
    with other_side(reviews) as side:
        store = Store().pull(KIND, place(side))
        assert sorted(store.new) == ["here:7/r0", "here:7/r1"]
        store.cursor = KIND.since(NOW - timedelta(days=200))
        store.pull(KIND, place(side), pieces=1)
        assert "since" in store.cursor and sorted(store.pull(KIND, place(side)).new) == ["here:7/r2", "here:7/r3"]
        assert "since" not in store.cursor
        assert store.pull(KIND, place(side)).new + store.removed == []
