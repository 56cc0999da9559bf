"""Sources with the firm's own key, streams and tables, end to end: from the outside protocol to the row in *Now*.

The other sides are those of tests/listen/sources: local servers that speak the documented protocols.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from conftest import missing
from listen.sources import (
    test_bluesky,
    test_google_business,
    test_mastodon,
    test_meta,
    test_reddit,
    test_x,
    test_youtube,
)
from listen.sources.other_side import Reply, other_side
from service import postgresql

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from service.sources.conftest import Heard

    Connect = Callable[..., Heard]

ANGRY = "Verity: my download broke off twice and nobody answers! I want my money back."
CALMER = "Verity: it works now, thank you for the refund."
SERVERS = (test_bluesky, test_google_business, test_mastodon, test_meta, test_reddit, test_x, test_youtube)

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the local servers tell happened lately."""
    for module in SERVERS:
        monkeypatch.setattr(module, "NOW", datetime.now(UTC).replace(microsecond=0))


def in_now(source: Heard, text: str = ANGRY) -> dict[str, Any]:
    """The row in Now; nothing that the source said was unreadable."""
    assert source.unread() == []
    return next(row for row in source.now() if row["text"] == text)


def texts(source: Heard) -> list[str]:
    return [row["text"] for row in source.facts("messages")]


def audits() -> list[str]:
    from goodwill.service.store.models import Audit

    return list(Audit.objects.filter(act__in=("edited facts", "removed facts")).values_list("act", flat=True))


def test_x_mentions_answers_edits_and_deletions(heard: Connect) -> None:
    posts = test_x.Posts(test_x.post(20, f"@Verity {ANGRY}"), test_x.post(21, "@Verity hello, a question?", "3"))
    with other_side(posts) as side:
        settings = {"secret": "key", "account": "verity", "address": side.address}
        source = heard("x", "birds", settings, private=side.host)
        source.pull()
        assert in_now(source, f"@Verity {ANGRY}")["channel"] == "twitter"
        posts.posts.append(test_x.post(30, f"@Verity {CALMER}", edit_history_tweet_ids=["20", "30"]))
        answered = [{"type": "replied_to", "id": "21"}]
        posts.posts.append(test_x.post(31, "@tom gladly", "1", referenced_tweets=answered))
        source.pull()
        assert sorted(texts(source)) == sorted([f"@Verity {CALMER}", "@Verity hello, a question?"])
        assert [act["message_id"] for act in source.facts("actions")] == ["birds:21"]
        assert not [row for row in source.now() if row["message_id"] == "birds:21"]  # answered
        posts.gone.add("21")
        from goodwill.service.store.models import Source

        Source.objects.filter(name="birds").update(
            cursor={**source.source.cursor, "looked": "2026-01-01T00:00:00+00:00"}
        )
        source.pull()
    assert texts(source) == [f"@Verity {CALMER}"] and audits() == ["edited facts", "removed facts"]


def test_facebook_comments(heard: Connect) -> None:
    comments = [test_meta.said("c1", ANGRY, 1), test_meta.said("c2", "Lovely", 2)]
    graph = test_meta.Graph(feed=[test_meta.said("p1", "ours", 3, test_meta.PAGE, comments=comments)])
    with other_side(graph) as side:
        settings = {"secret": "key", "page": test_meta.PAGE, "address": side.address}
        source = heard("meta", "page", settings, private=side.host)
        source.pull()
        assert in_now(source)["channel"] == "facebook"
        comments[0]["message"] = CALMER
        comments.pop()
        source.pull()
        source.pull()
    assert texts(source) == [CALMER]


def test_google_reviews(heard: Connect) -> None:
    reviews = test_google_business.Reviews(test_google_business.review("r1", "ONE", ANGRY, 0.1))
    with other_side(reviews) as side:
        settings = {
            "client_id": "me",
            "client_secret": "shh",
            "secret": "refresh",
            "places": [test_google_business.SHOP],
        }
        settings |= {"address": side.address, "tokens": side.address}
        source = heard("google-business", "reviews", settings, private=side.host)
        source.pull()
        assert in_now(source)["channel"] == "review"
        reply = {"comment": "Sorry", "updateTime": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"}
        changed = test_google_business.review("r1", "FOUR", CALMER, 0.1, 0, reviewReply=reply)
        reviews.reviews[test_google_business.SHOP] = [changed]
        source.pull()
    (row,) = source.facts("messages")
    assert (row["text"], row["rating"], row["author"]) == (CALMER, 4.0, "Mrs Jones")
    assert len(source.facts("actions")) == 1


def test_youtube_comments(heard: Connect) -> None:
    threads = test_youtube.Threads([test_youtube.comment("t1", ANGRY, 1)])
    with other_side(threads) as side:
        settings = {"secret": "key", "channel": "UCours", "address": side.address}
        source = heard("youtube", "clips", settings, private=side.host)
        source.pull()
        assert in_now(source)["channel"] == "youtube"
        threads.threads[0].append(test_youtube.comment("t1.a", "We mend it", 0.5, "@verity", parent="t1"))
        source.pull()
    assert not [row for row in source.now() if row["message_id"] == "clips:t1"]


def test_reddit_posts(heard: Connect) -> None:
    listings = test_reddit.Listings([test_reddit.post("a", ANGRY, 1), test_reddit.post("b", "gone soon", 2)])
    with other_side(listings) as side:
        settings = {"client_id": "app", "secret": "shh", "account": "verity_hq", "communities": "verity"}
        settings |= {"address": side.address, "tokens": side.address}
        source = heard("reddit", "reddit", settings, private=side.host)
        source.pull()
        assert in_now(source)["channel"] == "reddit"
        listings.posts.pop()
        source.pull()
    assert texts(source) == [ANGRY]


def test_mastodon_as_it_is_said(heard: Connect) -> None:
    server = test_mastodon.Server()
    server.tag = [test_mastodon.status(1, "before")]
    with test_mastodon.running(server):
        settings = {"address": server.address, "secret": "key", "hashtags": "verity", "mentions": False}
        source = heard("mastodon", "fedi", settings, private=server.host)
        said = test_mastodon.status(0.01, ANGRY)
        server.send("update", said)
        source.listen(lambda: len(source.facts("messages")) == 2)
        assert in_now(source)["channel"] == "mastodon"
        server.wait_until_left()
        server.send("status.update", {**said, "content": CALMER, "edited_at": "x"})
        server.send("delete", server.tag[0]["id"])
        source.listen(lambda: texts(source) == [CALMER])
    assert sorted(audits()) == ["edited facts", "removed facts"]


@pytest.mark.parametrize("version", [1, 2])
def test_bluesky_as_it_is_written(heard: Connect, monkeypatch: pytest.MonkeyPatch, version: int) -> None:
    monkeypatch.setattr(test_bluesky, "MICROS", int((datetime.now(UTC).timestamp() - 60) * 1_000_000))
    stream = test_bluesky.Jetstream(version)
    stream.events = [
        test_bluesky.commit(1, ANGRY),
        test_bluesky.commit(2, "verity, by somebody else", test_bluesky.ANN),
    ]
    with test_bluesky.running(stream) as (address, side):
        settings = {"words": "verity", "address": address, "profiles": side.address}
        local = [address.split("/")[2], side.host]
        source = heard("bluesky", "sky", settings, private=local)
        source.listen(lambda: len(source.facts("messages")) == 2)
        assert in_now(source)["channel"] == "bluesky"
        stream.events += [test_bluesky.commit(3, None, operation="delete")]
        stream.events[-1]["commit"]["rkey"] = "k1"
        gone = {"active": False, "status": "takendown"}
        stream.events += [test_bluesky.account(4, test_bluesky.ANN, **gone)]
        source.listen(lambda: not source.facts("messages"))
    assert source.unread() == []


def test_a_postgresql_database(heard: Connect) -> None:
    if postgresql.binaries() is None:
        missing("PostgreSQL (sh tools/postgresql.sh installs it)")
    with postgresql.server() as address, psycopg.connect(address, autocommit=True) as shop:
        shop.execute(
            "CREATE TABLE tickets (id int PRIMARY KEY, body text, at timestamptz, changed timestamptz, gone bool)"
        )
        shop.execute("INSERT INTO tickets VALUES (1, %s, now(), now(), false), (2, 'x', now(), now(), false)", [ANGRY])
        settings = {"secret": address, "query": "tickets", "table": "messages", "key": "id", "watermark": "changed"}
        settings |= {"columns": "text=body", "deleted": "gone"}
        source = heard("database", "desk", settings, private=address.partition("host=")[2])
        source.pull()
        assert in_now(source)["message_id"] == "desk:1"
        shop.execute("UPDATE tickets SET body = %s, changed = now() WHERE id = 1", [CALMER])
        shop.execute("UPDATE tickets SET gone = true, changed = now() WHERE id = 2")
        source.pull()
        assert texts(source) == [CALMER]
        source.pull()
    assert sorted(audits()) == ["edited facts", "removed facts"]


def test_a_sqlite_file(heard: Connect, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "shop.db")) as shop, shop:
        shop.execute("CREATE TABLE orders (nr INTEGER PRIMARY KEY, customer_id, total, placed)")
        shop.execute("INSERT INTO orders VALUES (7, 'ann', 24.95, ?)", [datetime.now(UTC).isoformat()])
    settings = {"secret": f"sqlite:///{tmp_path}/shop.db", "query": "orders", "table": "purchases", "key": "nr"}
    settings |= {"watermark": "nr", "columns": "amount=total, at=placed", "rows_change": False}
    source = heard("database", "shop", settings)
    source.pull()
    (row,) = source.facts("purchases")
    assert (row["purchase_id"], str(row["amount"]), row["customer_id"]) == ("shop:7", "24.95", "ann")
    assert source.pull() == "0 rows"


def test_a_folder(heard: Connect, tmp_path: Path) -> None:
    path = tmp_path / "messages.csv"

    def write(text: str) -> None:
        at = datetime.now(UTC).isoformat()
        path.write_text(f"message_id,at,text,author,channel\n1,{at},{text},ann,e-mail\n")
        os.utime(path, (0, path.stat().st_mtime - 60))

    write(f'"{ANGRY}"')
    source = heard("table-folder", "drop", {"folder": str(tmp_path)})
    source.pull()
    assert (in_now(source)["message_id"], in_now(source)["channel"]) == ("drop:1", "email")
    write(f'"{CALMER}"')
    source.pull()
    assert texts(source) == [CALMER]


def test_a_source_that_fails_backs_off_as_it_is_told_and_says_why(heard: Connect) -> None:
    from goodwill.service.sources import pulling

    posts = test_x.Posts()
    posts.refuses = Reply({"title": "Too Many Requests"}, 429, {"Retry-After": "1800"})
    with other_side(posts) as side:
        settings = {"secret": "key", "account": "verity", "address": side.address}
        source = heard("x", "birds", settings, private=side.host)
        before = datetime.now(UTC)
        assert pulling.pull("birds").startswith(
            "could not: 127.0.0.1: X wants to be asked less (429: Too Many Requests)"
        )
    failed = source.source
    assert failed.failures == 1 and "it may be asked again from" in failed.last_error
    assert 1_700 < (failed.next_pull - before).total_seconds() < 1_900
