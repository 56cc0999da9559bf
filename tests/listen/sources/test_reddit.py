"""Reddit, against a local server that speaks its OAuth and Data API as documented."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from goodwill.errors import NotUnderstood, SourceError, TooOften
from goodwill.listen.sources.reddit import KIND
from listen.sources.other_side import NOW, Asked, OtherSide, Reply, Store, other_side, place_at


def post(name: str, title: str, hours: float, author: str = "tom", **more: Any) -> dict[str, Any]:
    return {
        "name": f"t3_{name}",
        "title": title,
        "selftext": "",
        "author": author,
        "created_utc": (NOW - timedelta(hours=hours)).timestamp(),
        "edited": False,
        "subreddit": "verity",
        "subreddit_subscribers": 1200,
        "ups": 5,
        "num_comments": 2,
        "permalink": f"/r/verity/comments/{name}/",
        **more,
    }


def comment(name: str, body: str, hours: float, author: str = "ann", parent: str = "t3_a") -> dict[str, Any]:
    found = post(name, "", hours, author, body=body, parent_id=parent, link_id="t3_a")
    return {**found, "name": f"t1_{name}", "ups": -3}


class Listings:
    """Listings as Reddit has them: pages of two, the newest first."""

    def __init__(self, posts: list[dict[str, Any]], comments: list[dict[str, Any]] | None = None) -> None:
        self.posts, self.comments = posts, comments or []
        self.refuses: Reply | None = None

    def __call__(self, asked: Asked) -> Reply:
        assert asked.headers["user-agent"] == "server:goodwill:v1 (by /u/verity_hq)"
        if asked.path == "/api/v1/access_token":
            right = "Basic " + base64.b64encode(b"app:shh").decode()
            if asked.headers["authorization"] != right or asked.body != "grant_type=client_credentials":
                return Reply({"message": "Unauthorized", "error": 401}, 401)
            return Reply({"access_token": "access", "token_type": "bearer", "expires_in": 86400})
        assert asked.headers["authorization"] == "Bearer access"
        if self.refuses is not None:
            return self.refuses
        if asked.path == "/api/info":
            wanted = asked.one("id").split(",")
            return self.listing([one for one in self.posts + self.comments if one["name"] in wanted], 0, 100)
        found = self.comments if asked.path == "/r/verity/comments" else self.posts
        if asked.path == "/search":
            found = [one for one in found if asked.one("q") in one["title"]]
        ordered = sorted(found, key=lambda one: -one["created_utc"])
        return self.listing(ordered, int(asked.one("after") or 0), 2)

    def listing(self, found: list[dict[str, Any]], first: int, size: int) -> Reply:
        some = [{"kind": one["name"][:2], "data": one} for one in found[first : first + size]]
        after = str(first + size) if found[first + size :] else None
        return Reply({"kind": "Listing", "data": {"children": some, "after": after}})


def place(side: OtherSide, now: datetime = NOW, **more: Any) -> Any:
    given = {"client_id": "app", "secret": "shh", "account": "u/verity_hq", "communities": ("r/verity",), **more}
    return place_at(KIND, side, now, address=side.address, tokens=side.address, **given)


def test_posts_and_comments_are_messages_and_our_own_are_actions() -> None:
    ours = comment("b", "We mend it", 1, "Verity_HQ", "t1_a")
    with other_side(
        Listings([post("a", "It fails", 5, selftext="Always.")], [comment("a", "Here too", 2), ours])
    ) as side:
        store = Store().pull(KIND, place(side))
    assert store.rows["messages"]["here:t3_a"] == {
        "message_id": "here:t3_a",
        "at": NOW - timedelta(hours=5),
        "source": "here",
        "channel": "reddit",
        "author": "tom",
        "text": "It fails\n\nAlways.",
        "audience": 1200,
        "engagements": 7,
        "thread": "here:t3_a",
        "place": "r/verity",
        "url": "https://www.reddit.com/r/verity/comments/a/",
        "to_us": False,
    }
    said = store.rows["messages"]["here:t1_a"]
    assert (said["in_reply_to"], said["thread"], said["engagements"]) == ("here:t3_a", "here:t3_a", 2)
    assert store.rows["actions"]["here:t1_b"]["message_id"] == "here:t1_a"


def test_a_search_and_a_community_give_one_post_once() -> None:
    with other_side(Listings([post("a", "Verity cam", 5), post("b", "other", 4)])) as side:
        store = Store().pull(KIND, place(side, search=("Verity",)))
    assert sorted(store.new) == ["here:t3_a", "here:t3_b"]
    query = next(one.query for one in side.asked if one.path == "/search")
    assert (query["sort"], query["limit"], query["raw_json"]) == (["new"], ["100"], ["1"])


def test_edits_and_deletions_are_seen() -> None:
    said = Listings([post("a", "one", 30), post("b", "two", 20), post("c", "three", 10), post("d", "four", 5)])
    with other_side(said) as side:
        store = Store().pull(KIND, place(side))
        assert len(store.new) == 4
        said.posts[0] |= {"selftext": "edited", "edited": NOW.timestamp()}
        said.posts[1] |= {"author": "[deleted]", "selftext": "[deleted]"}
        said.posts[2] |= {"selftext": "[removed]"}
        said.posts.pop(3)
        store.pull(KIND, place(side))
    assert (store.new, store.edited) == ([], ["here:t3_a"])
    assert sorted(store.removed) == ["here:t3_b", "here:t3_c", "here:t3_d"]
    assert store.messages() == {"t3_a": "one\n\nedited"}


@pytest.mark.parametrize("pieces", [1, 2, 3])
def test_a_pull_that_breaks_off_loses_and_doubles_nothing(pieces: int) -> None:
    said = Listings([post(f"p{n}", f"title {n}", n + 1) for n in range(7)])
    with other_side(said) as side:
        store = Store().pull(KIND, place(side), pieces=pieces)
        said.posts.append(post("new", "new", 0.1))
        store.pull(KIND, place(side))
        side.asked.clear()
        assert store.pull(KIND, place(side)).new == []
    assert len(store.messages()) == 8
    assert sum(one.path == "/r/verity/new" for one in side.asked) == 1  # the first page reaches back far enough


def test_faults_are_said_plainly() -> None:
    said = Listings([])
    with other_side(said) as side:
        with pytest.raises(SourceError, match=r"Reddit refuses the key .*reddit.com/prefs/apps"):
            Store().pull(KIND, place(side, secret="old"))
        with pytest.raises(SourceError, match="neither a search nor a community is given"):
            Store().pull(KIND, place(side, communities=()))
        said.refuses = Reply({"message": "Too Many Requests", "error": 429}, 429, {"X-Ratelimit-Reset": "90"})
        with pytest.raises(TooOften, match="12:01 UTC"):
            Store().pull(KIND, place(side))
        said.refuses = Reply({"kind": "wiki"})
        with pytest.raises(NotUnderstood, match="is no listing"):
            Store().pull(KIND, place(side))
        said.refuses = None
        assert KIND.check is not None
        assert KIND.check(place(side)) == "Reddit answers: 0 posts on the first page of /r/verity/new"
    with pytest.raises(ValidationError, match="'a b' is no community; write its name without r/"):
        KIND.settings(client_id="a", secret="b", account="c", communities=("a b",))


def test_a_replay_goes_back_to_its_date_and_then_on_as_before() -> None:
    old = [post(f"p{n}", f"text {n}", 24.0 * n + 1) for n in range(12)]
    assert KIND.since is not None
    with other_side(Listings(old)) as side:
        store = Store().pull(KIND, place(side))
        assert len(store.new) == 7
        store.cursor = KIND.since(NOW - timedelta(days=10))
        store.pull(KIND, place(side), pieces=3)  # it dies in the middle, and goes on from that date
        assert "since" in store.cursor
        found = store.new
        assert sorted([*found, *store.pull(KIND, place(side)).new]) == ["here:t3_p7", "here:t3_p8", "here:t3_p9"]
        assert "since" not in store.cursor
        assert store.pull(KIND, place(side)).new + store.removed == []
