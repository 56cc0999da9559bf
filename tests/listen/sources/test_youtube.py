"""YouTube, against a local server that speaks the Data API v3 as documented."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from goodwill.errors import NotUnderstood, SourceError, TooOften
from goodwill.listen.sources.youtube import KIND
from listen.sources.other_side import NOW, Asked, OtherSide, Reply, Store, other_side, place_at


def comment(name: str, text: str, hours: float, author: str = "@tom", parent: str = "") -> dict[str, Any]:
    at = f"{NOW - timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"
    snippet = {
        "textOriginal": text,
        "authorDisplayName": author,
        "authorChannelId": {"value": "UCours" if author == "@verity" else f"UC{author}"},
        "likeCount": 4,
        "publishedAt": at,
        "updatedAt": at,
    }
    return {"id": name, "snippet": {**snippet, "parentId": parent} if parent else snippet}


class Threads:
    """Threads as YouTube lists them: pages of two, the newest first, with two replies at most."""

    def __init__(self, *threads: list[dict[str, Any]]) -> None:
        self.threads = list(threads)

    def __call__(self, asked: Asked) -> Reply:
        if asked.headers.get("x-goog-api-key") != "key":
            return Reply({"error": {"code": 400, "message": "API key not valid. Please pass a valid API key."}}, 400)
        if asked.path.endswith("/channels"):
            known = asked.one("id") == "UCours"
            return Reply({"items": [{"snippet": {"title": "Verity"}}]} if known else {})
        if asked.path.endswith("/comments"):
            thread = next(one for one in self.threads if one[0]["id"] == asked.one("parentId"))
            return Reply({"items": thread[1:]})
        assert asked.path == "/youtube/v3/commentThreads" and asked.one("allThreadsRelatedToChannelId") == "UCours"
        ordered = sorted(self.threads, key=lambda thread: thread[0]["snippet"]["publishedAt"], reverse=True)
        first = int(asked.one("pageToken") or 0)
        items = [
            {
                "id": top["id"],
                "snippet": {"topLevelComment": top, "videoId": "vid", "totalReplyCount": len(replies)},
                "replies": {"comments": replies[:2]},
            }
            for top, *replies in ordered[first : first + 2]
        ]
        return Reply({"items": items, **({"nextPageToken": str(first + 2)} if ordered[first + 2 :] else {})})


def place(side: OtherSide, now: datetime = NOW, **more: Any) -> Any:
    return place_at(KIND, side, now, address=side.address, **{"secret": "key", "channel": "UCours", **more})


def test_comments_and_replies_are_messages_and_our_own_are_actions() -> None:
    replies = [comment(f"a.{n}", f"reply {n}", 4 - n / 10, parent="a") for n in range(3)]
    ours = comment("a.ours", "We mend it", 2, "@verity", parent="a")
    with other_side(Threads([comment("a", "It fails", 5), *replies, ours])) as side:
        store = Store().pull(KIND, place(side))
    assert store.rows["messages"]["here:a"] == {
        "message_id": "here:a",
        "at": NOW - timedelta(hours=5),
        "source": "here",
        "channel": "youtube",
        "author": "tom",
        "text": "It fails",
        "engagements": 8,
        "thread": "here:a",
        "place": "video vid",
        "url": "https://www.youtube.com/watch?v=vid&lc=a",
        "to_us": True,
    }
    assert sorted(store.messages()) == ["a", "a.0", "a.1", "a.2"]
    assert store.rows["messages"]["here:a.2"]["in_reply_to"] == "here:a"
    assert store.rows["actions"]["here:a.ours"]["message_id"] == "here:a"
    assert all("key" not in str(one.query) for one in side.asked)


def test_edits_deletions_and_late_replies_are_seen_and_the_rest_is_left_alone() -> None:
    threads = Threads(*([comment(f"t{n}", f"text {n}", n + 1)] for n in range(5)))
    with other_side(threads) as side:
        store = Store().pull(KIND, place(side))
        assert len(store.new) == 5
        assert store.pull(KIND, place(side)).new + store.edited + store.removed == []
        threads.threads[1][0]["snippet"]["textOriginal"] = "text 1, edited"
        threads.threads[3].append(comment("t3.late", "me too", 0.1, parent="t3"))
        gone = threads.threads.pop(4)
        store.pull(KIND, place(side))
        assert (store.new, store.edited, store.removed) == (["here:t3.late"], ["here:t1"], [])
        assert store.pull(KIND, place(side)).removed == [f"here:{gone[0]['id']}"]


@pytest.mark.parametrize("pieces", [1, 2])
def test_a_pull_that_breaks_off_loses_and_doubles_nothing(pieces: int) -> None:
    threads = Threads(*([comment(f"t{n}", f"text {n}", n + 1)] for n in range(6)))
    with other_side(threads) as side:
        store = Store().pull(KIND, place(side), pieces=pieces)
        threads.threads.append([comment("new", "new", 0.5)])
        store.pull(KIND, place(side))
    assert sorted(store.messages()) == ["new", *(f"t{n}" for n in range(6))]


def test_between_whole_looks_only_the_last_two_days_are_asked_for() -> None:
    threads = Threads(*([comment(f"t{n}", f"text {n}", 30 * n + 1)] for n in range(9)))
    with other_side(threads) as side:
        store = Store().pull(KIND, place(side))
        side.asked.clear()
        store.pull(KIND, place(side, NOW + timedelta(minutes=10)))
        assert len(side.asked) == 2
        side.asked.clear()
        store.pull(KIND, place(side, NOW + timedelta(hours=7)))
    assert len(side.asked) == 5 and not store.removed


def test_older_threads_than_asked_for_are_left_out() -> None:
    with other_side(Threads([comment("new", "new", 1)], [comment("old", "old", 24 * 40)])) as side:
        assert list(Store().pull(KIND, place(side)).messages()) == ["new"]


def test_faults_are_said_plainly() -> None:
    quota = {"error": {"code": 403, "message": "quota", "errors": [{"reason": "quotaExceeded"}]}}
    with (
        other_side(lambda _asked: Reply(quota, 403)) as side,
        pytest.raises(TooOften, match="again from 2026-11-23 08:05 UTC"),
    ):
        Store().pull(KIND, place(side))
    with other_side(Threads()) as side:
        with pytest.raises(SourceError, match=r"refuses the key .*enable 'YouTube Data API v3'"):
            Store().pull(KIND, place(side, secret="wrong"))
        assert KIND.check is not None
        with pytest.raises(NotUnderstood, match="YouTube knows no channel 'UCx'"):
            KIND.check(place(side, channel="UCx"))
        assert "the channel 'Verity'" in KIND.check(place(side))
    with (
        other_side(lambda _asked: Reply({"items": [{}]})) as side,
        pytest.raises(NotUnderstood, match="a thread without"),
    ):
        Store().pull(KIND, place(side))


def test_a_replay_goes_back_to_its_date_and_then_on_as_before() -> None:
    threads = Threads(*([comment(f"t{n}", f"text {n}", 24 * 10 * n + 1)] for n in range(6)))
    assert KIND.since is not None
    with other_side(threads) as side:
        store = Store().pull(KIND, place(side))
        assert sorted(store.new) == ["here:t0", "here:t1", "here:t2"]
        store.cursor = KIND.since(NOW - timedelta(days=45))
        store.pull(KIND, place(side), pieces=1)
        assert "since" in store.cursor and sorted(store.pull(KIND, place(side)).new) == ["here:t3", "here:t4"]
        assert "since" not in store.cursor
        assert store.pull(KIND, place(side)).new + store.removed == []
