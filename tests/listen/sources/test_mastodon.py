"""Mastodon, against a local server that speaks the documented API and streams server-sent events."""

from __future__ import annotations

import json
import queue
import select
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError

import patience
from goodwill.errors import GoodwillError, NoAnswer, NotLetOut, SourceError
from goodwill.gate import Gate
from goodwill.listen.sources import Place, mastodon
from goodwill.listen.sources.mastodon import KIND, id_at
from goodwill.listen.web.mastodon_server import instance
from goodwill.listen.web.web_api import WebApi
from listen.sources.other_side import NOW, Store

TOM = {"id": "7", "acct": "tom@elsewhere.example", "followers_count": 900, "note": "<p>Photos</p>", "fields": []}
FIRM = {"id": "1", "acct": "verity", "followers_count": 10}


def status(hours: float, text: str, *, number: int = 0, account: Any = TOM, **more: Any) -> dict[str, Any]:
    at = NOW - timedelta(hours=hours)
    return {
        "id": str(int(id_at(at)) + number),
        "created_at": f"{at:%Y-%m-%dT%H:%M:%S.000Z}",
        "content": f"<p>{text}</p>",
        "account": account,
        "language": "en",
        "visibility": "public",
        "url": "https://elsewhere.example/@tom/1",
        "mentions": [],
        "replies_count": 1,
        "reblogs_count": 2,
        "favourites_count": 3,
        **more,
    }


class Server:
    """A server with a tag, mentions and our own statuses; what is put into `coming` is streamed."""

    def __init__(self) -> None:
        self.tag: list[dict[str, Any]] = []
        self.mentions: list[dict[str, Any]] = []
        self.own: list[dict[str, Any]] = []
        self.gone: set[str] = set()
        self.old = False  # as before 4.3
        self.streams = self.open = 0
        self.status = 200
        self.coming: queue.Queue[str | None] = queue.Queue()
        self.asked: list[str] = []
        self.address = self.host = ""
        self.streaming: str | None = None  # where it says that it streams; None: where it lies
        self.versions = ("v2", "v1")  # of what it tells about itself

    def wait_until_left(self) -> None:
        """Until nobody listens any more, who would take what is sent to the next one."""
        patience.until(lambda: not self.open, "nobody listens any more")

    def send(self, kind: str, data: Any) -> None:
        self.coming.put(f"event: {kind}\ndata: {data if isinstance(data, str) else json.dumps(data)}\n\n")

    def answer(self, path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
        if path == "/api/v1/accounts/verify_credentials":
            return 200, FIRM
        told = self.streaming if self.streaming is not None else f"ws://{self.host}"
        if path == "/api/v2/instance" and "v2" in self.versions:
            return 200, {"version": "4.5.0", "configuration": {"urls": {"streaming": told}}}
        if path == "/api/v1/instance" and "v1" in self.versions:
            return 200, {"version": "3.5.3", "urls": {"streaming_api": told}}
        if path == "/api/v1/statuses":
            known = [one for one in self.tag + self.own + self.mentions_said if one["id"] not in self.gone]
            return (
                (404, {"error": "Not found"})
                if self.old
                else (200, [one for one in known if one["id"] in query["id[]"]])
            )
        if path == "/api/v1/timelines/tag/verity":
            return 200, self.since([one for one in self.tag if one["id"] not in self.gone], query)
        if path == "/api/v1/accounts/1/statuses":
            return 200, self.since(self.own, query)
        if path == "/api/v1/notifications":
            assert query["types[]"] == ["mention"]
            return 200, self.since(self.mentions, query)
        return 404, {"error": "Record not found"}

    @property
    def mentions_said(self) -> list[dict[str, Any]]:
        return [one["status"] for one in self.mentions if "status" in one]

    def since(self, found: list[dict[str, Any]], query: dict[str, list[str]]) -> list[dict[str, Any]]:
        """Two a page: with min_id those right after it, else the newest below max_id; the newest first, as always."""
        ordered = sorted(found, key=lambda one: int(one["id"]))
        if "min_id" in query:
            return [one for one in ordered if int(one["id"]) > int(query["min_id"][0])][:2][::-1]
        below = int(query["max_id"][0]) if "max_id" in query else 1 << 70
        return [one for one in ordered if int(one["id"]) < below][-2:][::-1]


@contextmanager
def running(server: Server) -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            server.asked.append(self.path)
            if self.headers["Authorization"] != "Bearer key":
                return self.reply(401, {"error": "The access token is invalid"})
            if parts.path.startswith("/api/v1/streaming/"):
                return self.stream()
            return self.reply(*server.answer(parts.path, parse_qs(parts.query)))

        def reply(self, code: int, said: Any) -> None:
            body = json.dumps(said).encode()
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def stream(self) -> None:
            server.streams += 1
            self.send_response(server.status)
            self.end_headers()
            if server.status != 200:
                return
            server.open += 1
            try:
                self.speak()
            finally:
                server.open -= 1

        def speak(self) -> None:
            self.wfile.write(b":thump\n\n")
            while not select.select([self.connection], [], [], 0)[0]:  # what could be read is that it was closed
                with suppress(queue.Empty):
                    said = server.coming.get(timeout=0.05)
                    if said is None:
                        return
                    self.wfile.write(said.encode())

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    thread = threading.Thread(target=http.serve_forever, args=(0.05,))
    thread.start()
    server.host = f"127.0.0.1:{http.server_address[1]}"
    server.address = f"http://{server.host}"
    try:
        yield server
    finally:
        for _ in range(server.streams):
            server.coming.put(None)
        http.shutdown()
        thread.join()
        http.server_close()


def place(server: Server, now: datetime = NOW, held: tuple[str, ...] = (), **more: Any) -> Place:
    given = {"secret": "key", "hashtags": ("#verity",), "mentions": False, **more}
    made = KIND.settings(address=server.address, **given)
    gate, here = Gate(private=frozenset({server.host})), held
    return Place("here", made, gate, now=lambda: now, held=lambda table: here if table == "messages" else ())


def hear(server: Server, store: Store, place: Place, until: Any) -> Store:
    """Streams until something holds."""
    stop, end = threading.Event(), time.monotonic() + patience.LONG
    store.new, store.edited, store.removed = [], [], []
    assert KIND.stream is not None
    heard = KIND.stream(place, store.cursor, stop)

    def wait() -> None:
        while not stop.is_set() and not until() and time.monotonic() < end:
            time.sleep(0.02)
        stop.set()

    watch = threading.Thread(target=wait)
    watch.start()
    try:
        for piece in heard:
            store.keep(piece)
    finally:
        stop.set()
        watch.join()
    assert until(), "it was not heard in time"
    return store


def test_what_was_missed_comes_first_then_what_is_said_now_with_edits_and_deletions() -> None:
    server, store = Server(), Store()
    server.tag = [status(n, f"said {n} hours ago") for n in (5, 4, 3)]
    with running(server):
        now = status(0.01, "It <b>fails</b> &amp; fails")
        server.send("update", now)
        server.send("status.update", {**server.tag[2], "content": "<p>said, and edited</p>", "edited_at": "x"})
        server.send("delete", server.tag[0]["id"])
        server.send("announcement", {"id": "9"})
        hear(server, store, place(server), lambda: store.removed)
    assert list(store.messages().values()) == ["said 4 hours ago", "said, and edited", "It fails & fails"]
    assert store.edited == [f"here:{server.tag[2]['id']}"] and store.removed == [f"here:{server.tag[0]['id']}"]
    assert store.rows["messages"][f"here:{now['id']}"] == {
        "message_id": f"here:{now['id']}",
        "at": NOW - timedelta(seconds=36),
        "source": "here",
        "channel": "mastodon",
        "author": "tom@elsewhere.example",
        "text": "It fails & fails",
        "language": "en",
        "audience": 900,
        "engagements": 6,
        "url": "https://elsewhere.example/@tom/1",
        "to_us": False,
    }
    assert any(path == "/api/v1/streaming/hashtag?tag=verity" for path in server.asked)
    assert all("key" not in path for path in server.asked)


def test_a_mention_is_to_us_and_our_answer_an_action() -> None:
    server, store = Server(), Store()
    said = status(2, "@verity help", mentions=[{"id": "1"}], visibility="direct")
    answer = status(1, "Gladly", account=FIRM, in_reply_to_id=said["id"])
    old = {"id": "3", "type": "mention", "created_at": "2026-01-01T00:00:00Z", "status": status(9000, "long ago")}
    found = [{"id": str(n), "type": "mention", "created_at": said["created_at"], "status": said} for n in (4, 5, 6)]
    server.mentions, server.own = [old, *found], [answer, status(1, "News", account=FIRM, number=1)]
    with running(server):
        later = status(0.5, "@verity and now?", mentions=[{"id": "1"}])
        server.send("notification", {"id": "7", "type": "mention", "status": later})
        server.send("notification", {"id": "8", "type": "follow"})
        hear(server, store, place(server, hashtags=(), mentions=True), lambda: len(store.new) >= 3)
    assert [row["text"] for row in store.rows["messages"].values()] == ["@verity help", "@verity and now?"]
    row = store.rows["messages"][f"here:{said['id']}"]
    assert row["to_us"] is True and "audience" not in row
    assert store.rows["actions"][f"here:{answer['id']}"]["message_id"] == f"here:{said['id']}"
    assert store.cursor["read"]["mentions"] == "6"


def test_who_asks_not_to_be_indexed_is_left_out_but_for_what_they_say_to_us() -> None:
    shy, bot = {**TOM, "noindex": True}, {**TOM, "note": "<p>hi <a>#<span>nobot</span></a></p>"}
    server, store = Server(), Store()
    server.tag = [
        status(5, "of the shy", account=shy),
        status(4, "of #nobot", account=bot),
        status(3, "@verity from the shy", account=shy, mentions=[{"id": "1"}]),
        status(2, "shared", reblog={"id": "1"}),
        status(1, "by us", account=FIRM),
        status(0.5, "open"),
    ]
    with running(server):
        hear(server, store, place(server, way="poll"), lambda: len(store.new) == 2)
    assert list(store.messages().values()) == ["@verity from the shy", "open"]
    assert server.streams == 0


def test_what_was_deleted_or_edited_meanwhile_is_looked_up() -> None:
    server, store = Server(), Store()
    server.tag = [status(n, f"said {n}") for n in (5, 4, 3)]

    def looked() -> int:
        return sum(path.startswith("/api/v1/statuses?") for path in server.asked)

    with running(server):
        hear(server, store, place(server, way="poll"), lambda: looked() >= 1)
        server.gone.add(server.tag[0]["id"])
        server.tag[1] |= {"content": "<p>mended</p>", "edited_at": "2026-11-22T11:00:00Z"}
        server.old = True
        hear(server, store, place(server, NOW + timedelta(hours=2), way="poll"), lambda: looked() == 2)
        assert not store.removed
        server.old = False
        hear(server, store, place(server, NOW + timedelta(hours=4), way="poll"), lambda: store.removed)
    assert store.messages() == {server.tag[1]["id"]: "mended", server.tag[2]["id"]: "said 3"}


def test_a_deletion_of_what_is_held_from_long_ago_is_heard_and_others_are_not() -> None:
    server, store = Server(), Store()
    with running(server):
        server.send("delete", "12345")
        server.send("delete", "99")
        hear(server, store, place(server, held=("here:99",)), lambda: store.removed)
    assert store.removed == ["here:99"]


def test_a_restart_in_the_middle_loses_and_doubles_nothing() -> None:
    server, store = Server(), Store()
    server.tag = [status(9 - n, f"said {n}") for n in range(7)]
    with running(server):
        assert KIND.stream is not None
        for piece in KIND.stream(place(server, way="poll"), {}, threading.Event()):
            store.keep(piece)
            break
        assert len(store.new) == 2
        server.tag.append(status(0.1, "new"))
        hear(server, store, place(server, way="poll"), lambda: len(store.rows["messages"]) == 8)
        server.tag.append(status(0.6, "late: written before, here only now"))
        hear(server, store, place(server, way="poll"), lambda: len(store.rows["messages"]) == 9)
    assert len(store.new) == 1


def test_a_stream_that_breaks_is_opened_again_and_one_that_stays_broken_is_a_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mastodon, "BEGINS_ANEW", (0.05, 0.05))
    server, store = Server(), Store()
    with running(server):
        server.coming.put(None)
        server.send("update", status(0.1, "after the break"))
        hear(server, store, place(server), lambda: store.new)
        assert server.streams >= 2
        server.status = 503
        with pytest.raises(NoAnswer, match="answered 503"):
            hear(server, store, place(server), lambda: False)
        server.status = 200
        for _ in range(9):
            server.coming.put(None)
        with pytest.raises(SourceError, match="here: Mastodon ended the stream; see whether the server is well"):
            hear(server, store, place(server), lambda: False)


def test_faults_are_said_plainly() -> None:
    server = Server()
    with running(server):
        with pytest.raises(SourceError, match=r"Mastodon refuses the key \(401: The access token is invalid\)"):
            hear(server, Store(), place(server, secret="old"), lambda: False)
        with pytest.raises(SourceError, match="neither hashtags nor mentions"):
            hear(server, Store(), place(server, hashtags=()), lambda: False)
        server.send("update", "{cut")
        with pytest.raises(GoodwillError, match="the stream says what is no JSON object"):
            hear(server, Store(), place(server), lambda: False)
        assert KIND.check is not None
        assert KIND.check(place(server, way="poll")) == "Mastodon 4.5.0 knows the token: @verity"
        assert KIND.check(place(server)) == f"Mastodon 4.5.0 knows the token: @verity; it streams at {server.host}"
    with pytest.raises(ValidationError, match="'a b' is no hashtag"):
        KIND.settings(address="https://m.example", secret="s", hashtags=("a b",))
    made = KIND.settings(address="https://m.example", secret="s", streaming="https://s.example")
    assert KIND.hosts(made) == {"m.example", "s.example"}


def test_it_streams_where_the_server_says_so_or_somebody_does() -> None:
    """The server that is asked and the one that streams are two; only the second one's stream is heard."""
    asked, streams = Server(), Server()
    with running(asked), running(streams):
        inside = Gate(private=frozenset({asked.host, streams.host}))
        for number, versions in enumerate((("v2", "v1"), ("v1",))):
            asked.versions, asked.streaming = versions, f"ws://{streams.host}"
            streams.send("update", status(0.1, "heard there", number=number))
            store = Store()
            hear(asked, store, replace(place(asked), gate=inside), lambda store=store: store.new)
            streams.wait_until_left()
        assert asked.streams == 0 and streams.streams == 2
        assert "/api/v1/instance" in asked.asked and not any("instance" in path for path in streams.asked)
        asked.asked.clear()
        asked.streaming = "ws://elsewhere.example"  # what somebody entered goes before it
        streams.send("update", status(0.1, "heard there", number=2))
        store = Store()
        made = replace(place(asked, streaming=streams.address), gate=inside)
        hear(asked, store, made, lambda: store.new)
        assert streams.streams == 3 and not any("instance" in path for path in asked.asked)
        asked.versions, asked.streaming = (), None  # one that says nothing of itself streams where it lies
        assert KIND.check(place(asked)) == f"Mastodon knows the token: @verity; it streams at {asked.host}"


def test_a_private_place_to_stream_is_not_asked_and_the_token_never_leaves_in_the_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(mastodon, "BEGINS_ANEW", (0.05,))
    asked, streams = Server(), Server()
    with running(asked), running(streams):
        asked.streaming = f"ws://{streams.host}"
        with pytest.raises(NotLetOut, match="which is not a public address"):  # the gate of `place` knows `asked` alone
            hear(asked, Store(), place(asked), lambda: False)
        assert streams.asked == []
        for wrong in ("wss://", "stream.example", "javascript:alert(1)", "wss://user:word@stream.example", "wss://x:y"):
            asked.streaming = wrong
            with pytest.raises(SourceError, match="which is no address; enter where it does as 'streaming'"):
                KIND.check(place(asked))
    behind = WebApi("Mastodon", "https://m.example", Gate(), lambda: NOW)
    monkeypatch.setattr(WebApi, "get", lambda *_: {"configuration": {"urls": {"streaming": "ws://stream.example"}}})
    with pytest.raises(SourceError, match=r"m\.example: the server says that it streams in the open"):
        instance(behind)


def test_a_replay_goes_back_to_its_date_and_then_on_as_before() -> None:
    server = Server()
    server.tag = [status(24.0 * n + 1, f"post {n}") for n in range(20)]
    assert KIND.since is not None
    with running(server):
        one = place(server, hashtags=("verity",), mentions=False, way="poll")
        store = Store()
        hear(server, store, one, lambda: len(store.messages()) == 7)
        store.cursor = KIND.since(NOW - timedelta(days=12))
        hear(server, store, one, lambda: len(store.messages()) == 12 and "since" not in store.cursor)
        assert store.removed == []
