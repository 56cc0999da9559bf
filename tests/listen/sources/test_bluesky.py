"""Bluesky, against local WebSocket servers that speak Jetstream's versions 1 and 2, and a local one for profiles."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import ValidationError
from websockets.datastructures import Headers
from websockets.http11 import Response
from websockets.sync.server import ServerConnection, serve

from goodwill.errors import NoAnswer, NotLetOut, SourceError
from goodwill.gate import Gate
from goodwill.listen.sources import Place, bluesky
from goodwill.listen.sources.bluesky import KIND, POSTS
from goodwill.listen.web.websocket import Refused, frames
from listen.sources.other_side import NOW, Asked, OtherSide, Reply, Store, other_side
from patience import LONG

TOM, ANN, FIRM, SHY = "did:plc:tom", "did:plc:ann", "did:plc:firm", "did:plc:shy"
PROFILES = {
    TOM: {"did": TOM, "handle": "tom.example", "followersCount": 900},
    SHY: {"did": SHY, "handle": "shy.example", "labels": [{"val": "!no-unauthenticated", "src": SHY}]},
}
MICROS = int(NOW.timestamp() * 1_000_000)


def commit(number: int, text: str | None, did: str = TOM, operation: str = "create", **record: Any) -> dict[str, Any]:
    """An event in the words of version 1; `number` is its second, and the first letters of its key."""
    said: dict[str, Any] = {
        "rev": "r",
        "operation": operation,
        "collection": "app.bsky.feed.post",
        "rkey": f"k{number}",
    }
    if operation != "delete":
        written = f"{NOW + timedelta(seconds=number - 1):%Y-%m-%dT%H:%M:%S.000Z}"
        said["record"] = {"$type": POSTS, "text": text, "createdAt": written, "langs": ["en"], **record}
        said["cid"] = "c"
    return {"did": did, "time_us": MICROS + number * 1_000_000, "kind": "commit", "commit": said}


def account(number: int, did: str, **more: Any) -> dict[str, Any]:
    return {"did": did, "time_us": MICROS + number * 1_000_000, "kind": "account", "account": {"did": did, **more}}


def second(event: dict[str, Any]) -> dict[str, Any]:
    """The same event as a frame of version 2."""
    number = (event["time_us"] - MICROS) // 1_000_000
    at = datetime.fromtimestamp(event["time_us"] / 1e6, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    payload = {
        "$type": f"network.bsky.jetstream.subscribeEvents#{event['kind']}",
        "did": event["did"],
        "seq": number,
        "time": at,
        "witnessedAt": at,
    }
    payload |= event["commit"] if event["kind"] == "commit" else {event["kind"]: event[event["kind"]]}
    return {"$type": "message", "payload": payload}


class Jetstream:
    """Keeps events and replays them from a cursor, then what is added."""

    def __init__(self, version: int = 1) -> None:
        self.version = version
        self.events: list[dict[str, Any]] = []
        self.queries: list[dict[str, list[str]]] = []
        self.protocols: list[str | None] = []
        self.too_old = 0
        self.cut_after = 0
        self.raw: list[str] = []
        self.closed = threading.Event()

    @property
    def path(self) -> str:
        return "/subscribe" if self.version == 1 else "/xrpc/network.bsky.jetstream.subscribeEvents"

    def request(self, _connection: ServerConnection, request: Any) -> Response | None:
        parts = urlsplit(request.path)
        if parts.path != self.path:
            return Response(404, "Not Found", Headers(), b"no such stream")
        cursor = int(parse_qs(parts.query).get("cursor", ["0"])[0])
        if 0 < cursor < self.too_old:
            said = json.dumps({"error": "CursorTooOld", "message": f"the floor is {self.too_old}"})
            return Response(400, "Bad Request", Headers(), said.encode())
        return None

    def __call__(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        query = parse_qs(urlsplit(connection.request.path).query)
        self.queries.append(query)
        self.protocols.append(connection.subprotocol)
        cursor = int(query.get("cursor", ["0"])[0])
        for text in self.raw:
            connection.send(text)
        sent, at = 0, 0
        while not self.closed.is_set():
            for event in self.events[at:]:
                at += 1
                seq = (event["time_us"] - MICROS) // 1_000_000
                mark = seq if self.version == 2 and cursor < 1e15 else event["time_us"]
                if mark >= cursor:
                    connection.send(json.dumps(second(event) if self.version == 2 else event))
                    sent += 1
                    if sent == self.cut_after:
                        self.cut_after = 0
                        return
            time.sleep(0.02)


@contextmanager
def running(stream: Jetstream) -> Iterator[tuple[str, OtherSide]]:
    with ExitStack() as stack:
        side = stack.enter_context(other_side(profile))
        server = stack.enter_context(
            serve(
                stream,
                "127.0.0.1",
                0,
                process_request=stream.request,
                subprotocols=["xrpc.v1.json"] if stream.version == 2 else None,  # type: ignore[list-item]
            )
        )
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"ws://127.0.0.1:{server.socket.getsockname()[1]}{stream.path}", side
        finally:
            stream.closed.set()
            server.shutdown()
            thread.join()


def profile(asked: Asked) -> Reply:
    if asked.path.endswith("resolveHandle"):
        known = asked.one("handle") == "firm.example"
        return (
            Reply({"did": FIRM}) if known else Reply({"error": "InvalidRequest", "message": "Unable to resolve"}, 400)
        )
    found = PROFILES.get(asked.one("actor"))
    return Reply(found) if found else Reply({"error": "InvalidRequest", "message": "Profile not found"}, 400)


def place(address: str, side: OtherSide, held: tuple[str, ...] = (), **more: Any) -> Place:
    made = KIND.settings(address=address, profiles=side.address, **({"words": ("verity",)} | more))
    gate = Gate(private=frozenset({urlsplit(address).netloc, side.host}))
    return Place("here", made, gate, held=lambda table: held if table == "messages" else ())


def hear(store: Store, place: Place, until: Callable[[], Any]) -> Store:
    stop, end = threading.Event(), time.monotonic() + LONG
    store.new, store.edited, store.removed, store.said = [], [], [], []

    def wait() -> None:
        while not stop.is_set() and not until() and time.monotonic() < end:
            time.sleep(0.02)
        stop.set()

    watch = threading.Thread(target=wait)
    watch.start()
    assert KIND.stream is not None
    try:
        for piece in KIND.stream(place, store.cursor, stop):
            store.keep(piece)
    finally:
        stop.set()
        watch.join()
    assert until(), "it was not heard in time"
    return store


@pytest.mark.parametrize("version", [1, 2])
def test_words_are_heard_and_edits_and_deletions_follow(version: int) -> None:
    stream, store = Jetstream(version), Store()
    stream.events = [
        commit(1, "My Verity fails"),
        commit(2, "of veritas, that is another word"),
        commit(3, "verity!", ANN),
        commit(4, "to be deleted: verity"),
        commit(1, "My Verity works again", operation="update"),
        commit(4, None, operation="delete"),
        commit(7, None, operation="delete"),
        {**commit(8, "verity"), "commit": {"collection": "app.bsky.feed.like", "rkey": "x", "operation": "create"}},
        commit(9, "verity, at last"),
    ]
    with running(stream) as (address, side):
        hear(store, place(address, side), lambda: "here:did:plc:tom/k9" in store.rows.get("messages", {}))
    assert store.rows["messages"]["here:did:plc:tom/k1"] == {
        "message_id": "here:did:plc:tom/k1",
        "at": NOW,
        "source": "here",
        "channel": "bluesky",
        "author": "tom.example",
        "text": "My Verity works again",
        "language": "en",
        "audience": 900,
        "thread": "here:did:plc:tom/k1",
        "url": "https://bsky.app/profile/did:plc:tom/post/k1",
        "to_us": False,
    }
    assert sorted(store.messages()) == ["did:plc:ann/k3", "did:plc:tom/k1", "did:plc:tom/k9"]
    assert store.rows["messages"]["here:did:plc:ann/k3"]["author"] == ANN  # no profile is known
    assert store.edited == ["here:did:plc:tom/k1"] and "here:did:plc:tom/k4" in store.removed
    wanted = "collections" if version == 2 else "wantedCollections"
    assert stream.queries[0][wanted] == ["app.bsky.feed.post"] and "cursor" not in stream.queries[0]
    assert stream.protocols[0] == ("xrpc.v1.json" if version == 2 else None)
    assert stream.queries[0].get("kinds") == (["commit", "identity", "account"] if version == 2 else None)


@pytest.mark.parametrize("version", [1, 2])
def test_after_a_break_or_a_restart_it_goes_on_where_it_was(version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bluesky, "BEGINS_ANEW", (0.05, 0.05))
    stream, store = Jetstream(version), Store()
    stream.events = [commit(n, f"verity {n}") for n in range(10, 20)]
    stream.cut_after = 4
    with running(stream) as (address, side):
        here = place(address, side)
        hear(store, here, lambda: len(store.new) == 10)
        assert len(stream.queries) == 2
        stream.events += [commit(n, f"verity {n}") for n in range(20, 25)]
        hear(store, here, lambda: len(store.new) == 5)
        stream.events.append(
            commit(30, None, operation="delete") | {"commit": commit(10, None, operation="delete")["commit"]}
        )
        hear(store, here, lambda: store.removed)
    assert len(store.rows["messages"]) == 14 and store.removed == ["here:did:plc:tom/k10"]
    cursor = int(stream.queries[-1]["cursor"][0])
    assert cursor == (24 if version == 2 else MICROS + 19_000_000)


@pytest.mark.parametrize("version", [1, 2])
def test_who_goes_takes_along_what_they_said(version: int) -> None:
    stream, store = Jetstream(version), Store()
    held = ("here:did:plc:tom/old", "here:did:plc:ann/old")
    stream.events = [
        commit(1, "verity one"),
        account(2, ANN, active=False, status="throttled"),
        account(3, TOM, active=False, status="takendown"),
        account(4, "did:plc:stranger", active=False, status="deleted"),
    ]
    with running(stream) as (address, side):
        hear(store, place(address, side, held), lambda: len(store.removed) == 2)
    assert sorted(store.removed) == ["here:did:plc:tom/k1", "here:did:plc:tom/old"] and not store.messages()


def test_what_is_said_to_us_and_what_we_answer() -> None:
    stream, store = Jetstream(2), Store()
    ours = {"uri": f"at://{FIRM}/app.bsky.feed.post/x", "cid": "c"}
    mention = [{"features": [{"$type": "app.bsky.richtext.facet#mention", "did": FIRM}]}]
    to_tom = {"uri": f"at://{TOM}/app.bsky.feed.post/k1", "cid": "c"}
    stream.events = [
        commit(1, "@firm help", facets=mention),
        commit(2, "I say so too", SHY, reply={"root": ours, "parent": ours}),
        commit(3, "sorry!", FIRM, reply={"root": to_tom, "parent": to_tom}),
        commit(4, "our news", FIRM),
        commit(5, "verity, for those who are signed in", SHY),
        commit(6, "", facets=mention),
        commit(7, "whatever", "did:plc:press"),
    ]
    with running(stream) as (address, side):
        here = place(address, side, account="@Firm.example", authors=("did:plc:press",))
        hear(store, here, lambda: "here:did:plc:press/k7" in store.new)
    assert sorted(store.messages()) == ["did:plc:press/k7", "did:plc:shy/k2", "did:plc:tom/k1"]
    row = store.rows["messages"]["here:did:plc:shy/k2"]
    assert (row["to_us"], row["in_reply_to"], row["thread"]) == (True, f"here:{FIRM}/x", f"here:{FIRM}/x")
    assert store.rows["actions"]["here:did:plc:firm/k3"]["message_id"] == "here:did:plc:tom/k1"
    assert list(store.rows["actions"]) == ["here:did:plc:firm/k3"]


def test_a_cursor_that_is_too_old_gives_way_to_its_time_and_the_loss_is_said() -> None:
    stream, store = Jetstream(2), Store()
    stream.too_old = 50
    stream.events = [commit(100, "verity")]
    with running(stream) as (address, side):
        store.cursor = {"server": address, "mark": 7, "micros": MICROS + 7_000_000}
        hear(store, place(address, side), lambda: store.new and store.said)
    assert stream.queries[-1]["cursor"] == [str(MICROS + 2_000_000)]
    assert store.said == ["Bluesky was not heard for longer than Jetstream keeps; what was said between may be lost"]
    assert store.cursor["mark"] == 100


def test_another_server_is_asked_by_time_and_notices_are_said() -> None:
    stream, store = Jetstream(2), Store()
    info = {"$type": "network.bsky.jetstream.subscribeEvents#info", "name": "OutdatedCursor"}
    stream.raw = ["{cut", "[]", "7", json.dumps({"$type": "message", "payload": info})]
    stream.events = [commit(100, "verity", createdAt="2031-01-01T00:00:00Z")]
    with running(stream) as (address, side):
        store.cursor = {"server": "wss://other.example/x", "mark": 7, "micros": MICROS}
        hear(store, place(address, side), lambda: store.new)
    assert stream.queries[0]["cursor"] == [str(MICROS - 5_000_000)] and len(store.said) == 1
    assert store.rows["messages"]["here:did:plc:tom/k100"]["at"] == NOW + timedelta(seconds=100)  # when it came
    assert KIND.since is not None and KIND.since(NOW) == {"micros": MICROS}


def test_faults_are_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bluesky, "BEGINS_ANEW", ())
    stream, store = Jetstream(2), Store()
    with running(stream) as (address, side):
        with pytest.raises(SourceError, match="neither words nor an account are given"):
            hear(store, place(address, side, words=()), lambda: False)
        with pytest.raises(SourceError, match=r"Bluesky does not take this request \(400: Unable to resolve\)"):
            hear(store, place(address, side, account="nobody.example"), lambda: False)
        with pytest.raises(Refused, match=r"refused the connection \(404: no such stream\); check the address"):
            hear(store, place(address.replace("subscribeEvents", "x"), side), lambda: False)
        stream.raw = [json.dumps({"$type": "error", "error": "ConsumerTooSlow", "message": "far behind"})]
        with pytest.raises(NoAnswer, match=r"Jetstream ended the stream \(ConsumerTooSlow: far behind\)"):
            hear(store, place(address, side), lambda: False)
        stream.raw = []
        with monkeypatch.context() as soon:
            soon.setattr(bluesky, "IDLE", 0.6)
            with pytest.raises(NoAnswer, match=r"nothing came for 0\.6 seconds"):
                hear(store, place(address, side), lambda: False)
        stream.events = [commit(1, "x")]
        assert KIND.check is not None
        seen = KIND.check(place(address, side, account="firm.example"))
    assert seen == "Jetstream speaks; answers to firm.example (did:plc:firm) will be heard"
    with pytest.raises(ValidationError, match="wants an address such as wss://host/subscribe"):
        KIND.settings(words=("a",), address="https://host/subscribe")


def test_a_websocket_is_let_out_by_the_rules_of_the_gate_and_bounded() -> None:
    stream = Jetstream(1)
    stream.raw = ["x" * 2_000]
    with running(stream) as (address, _side):
        stop = threading.Event()
        with pytest.raises(NotLetOut, match="not among those"):
            next(frames(Gate(), address, stop=stop, idle=60))
        with pytest.raises(NotLetOut, match="not a public address"):
            next(frames(Gate(allowed=frozenset({urlsplit(address).netloc})), address, stop=stop, idle=60))
        here = Gate(private=frozenset({urlsplit(address).netloc}))
        with pytest.raises(NoAnswer, match="closed the connection"):
            list(frames(here, address, stop=stop, idle=60, largest=1_000))
        with pytest.raises(NotLetOut, match="only ws and wss may leave here"):
            next(frames(here, address.replace("ws", "http", 1), stop=stop, idle=60))
    with pytest.raises(NoAnswer, match="cannot be asked"):
        next(frames(Gate(private=frozenset({"127.0.0.1:1"})), "ws://127.0.0.1:1/", stop=stop, idle=60))
    with other_side(lambda _asked: Reply("no socket")) as side, pytest.raises(NoAnswer, match="no WebSocket can be"):
        next(frames(side.gate, side.address.replace("http", "ws"), stop=stop, idle=60))
