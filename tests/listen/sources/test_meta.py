"""Facebook and Instagram, against a local server that speaks the Graph API as documented."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from goodwill.errors import SourceError, TooOften
from goodwill.listen.sources.meta import KIND
from listen.sources.other_side import NOW, Asked, OtherSide, Reply, Store, other_side, place_at

PAGE, ACCOUNT = "100", "200"


def when(hours: float) -> str:
    return f"{NOW - timedelta(hours=hours):%Y-%m-%dT%H:%M:%S+0000}"


def said(name: str, text: str, hours: float, who: str = "7", **more: Any) -> dict[str, Any]:
    return {"id": name, "message": text, "created_time": when(hours), "from": {"id": who, "name": "Ann"}, **more}


def photo(name: str, hours: float, *comments: dict[str, Any]) -> dict[str, Any]:
    return {"id": name, "timestamp": when(hours), "permalink": f"https://ig/{name}", "comments": list(comments)}


def word(name: str, text: str, hours: float, who: str = "tom", **more: Any) -> dict[str, Any]:
    return {"id": name, "text": text, "timestamp": when(hours), "username": who, "like_count": 3, **more}


class Graph:
    """A page and an account, as the Graph API shows them: two objects a page, by cursors."""

    def __init__(self, **edges: list[dict[str, Any]]) -> None:
        self.edges: dict[str, list[dict[str, Any]]] = edges
        self.refuses: Reply | None = None

    def __call__(self, asked: Asked) -> Reply:
        assert "access_token" not in asked.query
        if asked.headers["authorization"] != "Bearer key":
            error = {"message": "Error validating access token", "type": "OAuthException", "code": 190}
            return Reply({"error": error}, 400)
        if self.refuses is not None:
            return self.refuses
        version, node, *edge = asked.path.strip("/").split("/")
        assert version == "v24.0"
        if not edge:
            return Reply({"id": node, "name": "Verity", "username": "verity"})
        if edge == ["comments"] or edge == ["replies"]:
            everything = [one for some in self.edges.values() for one in some]
            everything += [comment for one in everything for comment in one.get("comments", [])]
            return self.listing(next(one for one in everything if one["id"] == node)[edge[0]], asked.one("after"))
        return self.listing(self.edges.get(edge[0], []), asked.one("after"))

    def listing(self, found: list[dict[str, Any]], after: str) -> Reply:
        return Reply(self.page(found, int(after or 0)))

    def page(self, found: list[dict[str, Any]], first: int) -> dict[str, Any]:
        some = [
            {
                name: self.page(value, 0) if name in ("comments", "replies") else value
                for name, value in one.items()
                if value != []
            }
            for one in found[first : first + 2]
        ]
        paging: dict[str, Any] = {"cursors": {"before": "x", "after": str(first + 2)}}
        if found[first + 2 :]:
            paging["next"] = "https://graph.facebook.com/...access_token=key"
        return {"data": some, "paging": paging}


def place(side: OtherSide, now: datetime = NOW, **more: Any) -> Any:
    return place_at(KIND, side, now, address=side.address, **{"secret": "key", "page": PAGE, **more})


def test_comments_on_the_page_are_messages_and_our_answers_actions() -> None:
    comments = [
        said("c1", "It fails", 4, like_count=2, comment_count=1, permalink_url="https://fb/c1"),
        said("c2", "Sorry!", 3, PAGE, parent={"id": "c1"}),
        said("c3", "Me too", 2, "8", parent={"id": "c1"}),
    ]
    with other_side(Graph(feed=[said("p1", "News from us", 5, PAGE, comments=comments)])) as side:
        store = Store().pull(KIND, place(side))
    assert store.rows["messages"]["here:c1"] == {
        "message_id": "here:c1",
        "at": NOW - timedelta(hours=4),
        "source": "here",
        "channel": "facebook",
        "author": "7",
        "text": "It fails",
        "engagements": 3,
        "in_reply_to": "here:p1",
        "thread": "here:p1",
        "url": "https://fb/c1",
        "to_us": True,
    }
    assert sorted(store.messages()) == ["c1", "c3"]  # our own post is none
    assert store.rows["messages"]["here:c3"]["in_reply_to"] == "here:c1"
    action = store.rows["actions"]["here:c2"]
    assert (action["message_id"], action["kind"], action["channel"]) == ("here:c1", "reply", "facebook")


def test_a_check_in_is_a_visit_and_a_recommendation_a_review_without_stars() -> None:
    visit = said("v1", "Lovely shop", 6, place={"id": PAGE, "name": "Verity, Station Road"})
    elsewhere = said("v2", "At home with @verity", 7, place={"id": "999", "name": "Home"})
    ratings = [
        {
            "created_time": when(8),
            "reviewer": {"id": "9"},
            "recommendation_type": "negative",
            "review_text": "Rude.",
            "open_graph_story": {"id": "s1"},
        },
        {"created_time": when(9), "reviewer": {"id": "10"}, "recommendation_type": "positive"},
        {"created_time": when(10), "recommendation_type": "positive", "rating": 5, "review_text": "Old stars"},
    ]
    with other_side(Graph(tagged=[visit, elsewhere], ratings=ratings)) as side:
        store = Store().pull(KIND, place(side))
        again = store.pull(KIND, place(side))
    assert list(store.rows["events"].values()) == [
        {"event_id": "here:v1/visit", "at": NOW - timedelta(hours=6), "kind": "visit", "place": "Verity, Station Road"}
    ]
    texts = sorted(store.messages().values())
    assert texts == ["At home with @verity", "Lovely shop", "Old stars", "Recommends the page", "Rude."]
    rude = store.rows["messages"]["here:s1"]
    assert (rude["author"], rude["to_us"], rude["url"]) == ("9", False, "https://www.facebook.com/s1")
    assert sorted(row.get("rating", 0) for row in store.rows["messages"].values())[-1] == 5.0
    assert again.new + again.edited + again.removed == []


def test_instagram_comments_replies_and_tags() -> None:
    comments = [word("i1", "It fails", 4, replies=[word("i2", "Sorry!", 3, "verity"), word("i3", "same", 2)])]
    tag = {
        "id": "t1",
        "caption": "my @verity cam",
        "timestamp": when(1),
        "username": "zoe",
        "permalink": "https://ig/t1",
    }
    graph = Graph(media=[photo("m1", 5, *comments)], tags=[tag, {**tag, "id": "t2", "username": "verity"}])
    with other_side(graph) as side:
        store = Store().pull(KIND, place(side, page="", instagram=ACCOUNT))
    assert store.messages() == {"i1": "It fails", "i3": "same", "t1": "my @verity cam"}
    assert store.rows["messages"]["here:i3"] == {
        "message_id": "here:i3",
        "at": NOW - timedelta(hours=2),
        "source": "here",
        "channel": "instagram",
        "author": "tom",
        "text": "same",
        "engagements": 3,
        "in_reply_to": "here:i1",
        "thread": "here:m1",
        "url": "https://ig/m1",
        "to_us": True,
    }
    assert store.rows["actions"]["here:i2"]["message_id"] == "here:i1"


def test_every_page_of_posts_and_of_comments_is_read() -> None:
    many = [said(f"c{n}", f"comment {n}", 3) for n in range(5)]
    posts = [said("p0", "ours", 2, PAGE, comments=many), *(said(f"p{n}", f"post {n}", n + 2) for n in range(1, 5))]
    with other_side(Graph(feed=posts)) as side:
        store = Store().pull(KIND, place(side))
    assert sorted(store.messages()) == [*(f"c{n}" for n in range(5)), *(f"p{n}" for n in range(1, 5))]
    assert {one.one("filter") for one in side.asked if one.path.endswith("/comments")} == {"stream"}


def test_edits_and_deletions_are_seen_and_old_posts_let_go() -> None:
    graph = Graph(feed=[said(f"p{n}", f"post {n}", n + 1) for n in range(4)])
    with other_side(graph) as side:
        store = Store().pull(KIND, place(side))
        graph.edges["feed"][0]["message"] = "post 0, edited"
        graph.edges["feed"].pop(2)
        store.pull(KIND, place(side))
        assert (store.new, store.edited, store.removed) == ([], ["here:p0"], [])
        assert store.pull(KIND, place(side)).removed == ["here:p2"]
        late = NOW + timedelta(days=31)
        for _ in range(3):
            assert store.pull(KIND, place(side, late)).removed == []


@pytest.mark.parametrize("pieces", [1, 2, 3])
def test_a_pull_that_breaks_off_loses_and_doubles_nothing(pieces: int) -> None:
    graph = Graph(feed=[said(f"p{n}", f"post {n}", n + 1) for n in range(6)])
    with other_side(graph) as side:
        store = Store().pull(KIND, place(side), pieces=pieces)
        graph.edges["feed"].insert(0, said("new", "new", 0.5))
        store.pull(KIND, place(side))
    assert len(store.messages()) == 7


def test_each_call_is_proved_where_the_app_wants_it() -> None:
    with other_side(Graph()) as side:
        Store().pull(KIND, place(side, app_secret="shh"))
    proof = hmac.new(b"shh", b"key", hashlib.sha256).hexdigest()
    assert {one.one("appsecret_proof") for one in side.asked} == {proof}


def test_faults_are_said_plainly() -> None:
    graph = Graph()
    with other_side(graph) as side:
        with pytest.raises(SourceError, match=r"Meta refuses the key \(400: Error validating.*make a new page token"):
            Store().pull(KIND, place(side, secret="old"))
        with pytest.raises(SourceError, match="neither a page nor an account is given"):
            Store().pull(KIND, place(side, page=""))
        usage = {"X-Business-Use-Case-Usage": json.dumps({"1": [{"estimated_time_to_regain_access": 25}]})}
        graph.refuses = Reply({"error": {"message": "limit reached", "code": 80001}}, 400, usage)
        with pytest.raises(TooOften, match="12:25 UTC"):
            Store().pull(KIND, place(side))
        graph.refuses = Reply(
            {"error": {"message": "limit reached", "code": 4}}, 403, {"X-Business-Use-Case-Usage": "?"}
        )
        with pytest.raises(TooOften, match="13:00 UTC"):
            Store().pull(KIND, place(side))
        graph.refuses = None
        assert KIND.check is not None
        seen = KIND.check(place(side, instagram=ACCOUNT))
    assert seen == "Meta knows the page 'Verity' and the Instagram account @verity"


def test_a_replay_goes_back_to_its_date_and_then_on_as_before() -> None:
    graph = Graph(feed=[said(f"p{n}", f"text {n}", 24 * 20 * n + 1) for n in range(5)], tagged=[])
    assert KIND.since is not None
    with other_side(graph) as side:
        store = Store().pull(KIND, place(side))
        assert sorted(store.new) == ["here:p0", "here:p1"]
        store.cursor = KIND.since(NOW - timedelta(days=70))
        store.pull(KIND, place(side), pieces=1)
        assert "since" in store.cursor and sorted(store.pull(KIND, place(side)).new) == ["here:p2", "here:p3"]
        assert "since" not in store.cursor
        assert store.pull(KIND, place(side)).new + store.removed == []
