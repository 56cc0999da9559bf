"""X, against a local server that speaks API v2 as documented."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from goodwill.errors import SourceError, TooOften
from goodwill.listen.sources.x import KIND
from listen.sources.other_side import NOW, Asked, OtherSide, Reply, Store, other_side, place_at

PEOPLE = {"1": "verity", "2": "mrs_jones", "3": "tom"}


def post(number: int, text: str, author: str = "2", hours: float = 1, **more: Any) -> dict[str, Any]:
    return {
        "id": str(number),
        "text": text,
        "author_id": author,
        "created_at": f"{NOW - timedelta(hours=hours):%Y-%m-%dT%H:%M:%S.000Z}",
        "conversation_id": str(more.pop("thread", number)),
        "public_metrics": {"retweet_count": 2, "reply_count": 3, "like_count": 10, "quote_count": 1},
        "lang": "en",
        "edit_history_tweet_ids": [str(number)],
        **more,
    }


class Posts:
    """Posts, as X answers about them: pages of two, the newest first, since an id."""

    def __init__(self, *posts: dict[str, Any]) -> None:
        self.posts = list(posts)
        self.gone: set[str] = set()
        self.refuses: Reply | None = None

    def __call__(self, asked: Asked) -> Reply:
        if asked.headers.get("authorization") != "Bearer key":
            return Reply({"title": "Unauthorized", "status": 401, "detail": "Unauthorized"}, 401)
        if self.refuses is not None:
            return self.refuses
        if asked.path.startswith("/2/users/by/username/"):
            found = [key for key, name in PEOPLE.items() if name == asked.path.rpartition("/")[2]]
            return Reply({"data": {"id": found[0]}} if found else {"errors": [{"title": "Not Found Error"}]})
        if asked.path == "/2/tweets":
            ids = asked.one("ids").split(",")
            errors = [
                {"resource_id": one, "title": "Not Found Error", "resource_type": "tweet"}
                for one in ids
                if one in self.gone
            ]
            return Reply({"data": [{"id": one} for one in ids if one not in self.gone], "errors": errors})
        return self.page(asked)

    def page(self, asked: Asked) -> Reply:
        assert asked.one("since_id") or asked.one("start_time") or asked.one("max_results") == "10"
        own = asked.path == "/2/users/1/tweets"
        assert own or asked.path in ("/2/users/1/mentions", "/2/tweets/search/recent")
        found = [one for one in self.posts if (one["author_id"] == "1") == own and one["id"] not in self.gone]
        if "search" in asked.path:
            assert asked.one("query") == "(cam) -is:retweet"
            found = [one for one in found if "cam" in one["text"]]
        elif not own:
            found = [one for one in found if "@Verity" in one["text"]]
        if asked.one("since_id"):
            if int(asked.one("since_id")) < 10:
                return Reply({"errors": [{"message": "'since_id' must be a tweet id created after [TIME]"}]}, 400)
            found = [one for one in found if int(one["id"]) > int(asked.one("since_id"))]
        elif asked.one("start_time"):
            start = datetime.fromisoformat(asked.one("start_time"))
            found = [one for one in found if datetime.fromisoformat(one["created_at"]) >= start]
        found.sort(key=lambda one: -int(one["id"]))
        first = int(asked.one("next_token") or asked.one("pagination_token") or 0)
        some, meta = found[first : first + 2], {"result_count": len(found[first : first + 2])}
        if some:
            meta |= {"newest_id": some[0]["id"], "oldest_id": some[-1]["id"]}
        if found[first + 2 :]:
            meta["next_token"] = str(first + 2)
        users = [
            {"id": key, "username": name, "public_metrics": {"followers_count": 6000}}
            for key, name in PEOPLE.items()
            if key in {one["author_id"] for one in some}
        ]
        return Reply({"data": some, "includes": {"users": users}, "meta": meta} if some else {"meta": meta})


def place(side: OtherSide, now: datetime = NOW, **more: Any) -> Any:
    return place_at(KIND, side, now, secret="key", address=side.address, **{"account": "@Verity", **more})


def test_a_mention_becomes_a_message_with_its_author_and_reach() -> None:
    answer = post(21, "@Verity it fails &amp; fails", thread=20, referenced_tweets=[{"type": "replied_to", "id": "20"}])
    with other_side(Posts(answer)) as side:
        store = Store().pull(KIND, place(side))
    assert store.rows["messages"]["here:21"] == {
        "message_id": "here:21",
        "at": NOW - timedelta(hours=1),
        "source": "here",
        "channel": "twitter",
        "author": "mrs_jones",
        "text": "@Verity it fails & fails",
        "language": "en",
        "audience": 6000,
        "engagements": 16,
        "in_reply_to": "here:20",
        "thread": "here:20",
        "url": "https://x.com/mrs_jones/status/21",
        "to_us": True,
    }
    assert all("key" not in one.path and "key" not in str(one.query) for one in side.asked)


def test_what_we_answer_is_an_action_and_what_we_post_is_not_a_message() -> None:
    reply = post(31, "@mrs_jones sorry!", "1", thread=21, referenced_tweets=[{"type": "replied_to", "id": "21"}])
    with other_side(Posts(post(21, "@Verity it fails"), reply, post(32, "News from us", "1"))) as side:
        store = Store().pull(KIND, place(side))
    assert list(store.rows["messages"]) == ["here:21"]
    assert list(store.rows["actions"].values()) == [
        {
            "action_id": "here:31",
            "message_id": "here:21",
            "at": NOW - timedelta(hours=1),
            "kind": "reply",
            "channel": "twitter",
        }
    ]


def test_only_what_is_new_is_asked_for_and_an_edit_takes_the_place_of_its_first_form() -> None:
    said = Posts(*(post(number, f"@Verity {number}") for number in range(20, 25)))
    with other_side(said) as side:
        store = Store().pull(KIND, place(side))
        assert store.new == ["here:24", "here:23", "here:22", "here:21", "here:20"]
        said.posts.append(post(30, "@Verity 24, mended", edit_history_tweet_ids=["24", "30"]))
        side.asked.clear()
        store.pull(KIND, place(side))
        assert (store.new, store.edited) == ([], ["here:24"])
        assert [one.one("since_id") for one in side.asked if "mentions" in one.path] == ["24"]
        assert store.messages()["24"] == "@Verity 24, mended"
        assert store.pull(KIND, place(side)).new + store.edited == []


@pytest.mark.parametrize("pieces", [1, 2, 3])
def test_a_pull_that_breaks_off_loses_and_doubles_nothing(pieces: int) -> None:
    said = Posts(*(post(number, f"@Verity cam {number}") for number in range(20, 27)))
    with other_side(said) as side:
        store = Store().pull(KIND, place(side, search=("cam",)), pieces=pieces)
        said.posts.append(post(40, "@Verity cam, new meanwhile"))
        store.pull(KIND, place(side, search=("cam",)))
        store.pull(KIND, place(side, search=("cam",)))
    assert sorted(store.messages()) == [*(str(number) for number in range(20, 27)), "40"]


def test_after_more_than_seven_days_it_begins_anew_and_says_so() -> None:
    with other_side(Posts(post(50, "@Verity hello"))) as side:
        store = Store()
        store.cursor = {"parts": {"mentions": {"since": "5"}}}
        store.pull(KIND, place(side))
    assert store.new == ["here:50"]
    assert store.said == ["X was not heard for more than seven days; what was posted before these is lost"]


def test_once_a_day_posts_are_looked_up_and_those_that_are_deleted_go() -> None:
    said = Posts(post(20, "@Verity one"), post(21, "@Verity two"))
    with other_side(said) as side:
        store = Store().pull(KIND, place(side))
        said.gone.add("21")
        assert store.pull(KIND, place(side, NOW + timedelta(hours=2))).removed == []
        assert store.pull(KIND, place(side, NOW + timedelta(hours=25))).removed == ["here:21"]
    assert list(store.messages()) == ["20"]
    assert sum(one.path == "/2/tweets" for one in side.asked) == 2


def test_a_long_post_is_whole_and_a_word_without_language_has_none() -> None:
    long = post(60, "@Verity cut...", note_tweet={"text": "@Verity " + "long " * 100}, lang="qme")
    with other_side(Posts(long)) as side:
        row = Store().pull(KIND, place(side)).rows["messages"]["here:60"]
    assert len(row["text"]) > 400 and "language" not in row


def test_faults_are_said_plainly() -> None:
    said = Posts()
    with other_side(said) as side:
        with pytest.raises(SourceError, match=r"X refuses the key \(401: Unauthorized\); in the Developer Console"):
            Store().pull(KIND, place_at(KIND, side, secret="wrong", account="verity", address=side.address))
        with pytest.raises(SourceError, match="here: neither an account nor a search is given"):
            Store().pull(KIND, place(side, account=""))
        with pytest.raises(SourceError, match="X knows no account @nobody"):
            Store().pull(KIND, place(side, account="nobody"))
        said.refuses = Reply(
            {"title": "Too Many Requests"}, 429, {"x-rate-limit-reset": f"{NOW.timestamp() + 600:.0f}"}
        )
        with pytest.raises(TooOften, match="may be asked again from 2026-11-22 12:10 UTC"):
            Store().pull(KIND, place(side))


def test_the_check_says_what_it_saw() -> None:
    assert KIND.check is not None
    with other_side(Posts(post(20, "a cam"))) as side:
        assert KIND.check(place(side)) == "X knows @Verity (id 1); its mentions and our replies will be heard"
        seen = KIND.check(place(side, account="", search=("cam",)))
    assert seen == "X answers: 1 posts on the first page of 'cam'"
    assert KIND.hosts(KIND.settings(secret="s")) == {"api.x.com"}


def test_a_replay_goes_back_to_its_date_but_no_further_than_seven_days() -> None:
    posts = Posts(*(post(50 - n, f"@Verity {n}", hours=24.0 * n + 1) for n in range(9)))
    assert KIND.since is not None
    with other_side(posts) as side:
        store = Store().pull(KIND, place(side, days=2))
        assert sorted(store.messages()) == ["49", "50"]
        store.cursor = KIND.since(NOW - timedelta(days=4))
        store.pull(KIND, place(side, days=2), pieces=1)
        assert "since" in store.cursor and sorted(store.pull(KIND, place(side, days=2)).new) == ["here:47", "here:48"]
        assert "since" not in store.cursor
        store.cursor = KIND.since(NOW - timedelta(days=400))
        store.pull(KIND, place(side, days=2))
        assert sorted(store.messages()) == [str(number) for number in range(44, 51)]
