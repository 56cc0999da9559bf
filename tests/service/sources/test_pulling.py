"""Pulling: rows and cursor together, whatever kills it; each source with its own patience; on both databases."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from goodwill.errors import SourceError
from goodwill.listen.sources import Heard as Said
from patience import LONG, until
from service.sources.conftest import drain
from service.sources.kinds import said, well

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def keys(source: Any) -> list[str]:
    return [row["message_id"] for row in source.facts("messages")]


def test_from_the_well_to_the_row_in_now(heard: Callable[..., Any], invented: Callable[[Any], Any]) -> None:
    invented(well())
    pit = heard("well", "pit")
    assert pit.pull() == "30 rows"
    assert keys(pit) == [f"pit:{n}" for n in range(30)]
    assert {row["message_id"] for row in pit.now()} == {f"pit:{n}" for n in range(30)}
    source = pit.source
    assert (source.cursor, source.failures, source.turn) == ({"next": 3}, 0, 3)
    assert source.last_well is not None and source.last_seen is not None
    assert 0.94 * 300 < (source.next_pull - source.last_well).total_seconds() < 1.06 * 300
    assert pit.pull() == "0 rows"
    assert len(keys(pit)) == 30


def test_what_breaks_off_goes_on_where_it_was(heard: Callable[..., Any], invented: Callable[[Any], Any]) -> None:
    broken = [True]

    def pieces(place: Any, cursor: dict[str, Any]) -> Iterator[Said]:
        for number in range(cursor.get("next", 0), 4):
            if number == 2 and broken:
                raise SourceError("the rope tore", where=place.name, mend="mend the rope")
            yield Said(facts={"messages": [said(place.name, number)]}, cursor={"next": number + 1})

    from goodwill.service.sources import pulling

    invented(well(pieces))
    pit = heard("well", "pit")
    assert pulling.pull("pit") == "could not: pit: the rope tore; mend the rope"
    drain()
    source = pit.source
    assert keys(pit) == ["pit:0", "pit:1"]
    assert (source.cursor, source.failures, source.last_error) == ({"next": 2}, 1, "pit: the rope tore; mend the rope")
    assert source.next_pull > datetime.now(UTC) + timedelta(seconds=10)
    broken.clear()
    assert pit.pull() == "2 rows"
    assert keys(pit) == [f"pit:{n}" for n in range(4)]
    assert (pit.source.failures, pit.source.last_error) == (0, "")


KILLED = """
import os, sys
import goodwill.service
goodwill.service.start()
from service.sources import kinds
from goodwill.listen.sources import kind as real
from goodwill.service.sources import places, pulling
kind = kinds.well()
places.kind_called = lambda name: kind
keep_rows, left = pulling.keeping.keep_rows, [int(sys.argv[1])]
def and_dies(name, heard):
    found = keep_rows(name, heard)
    left[0] -= 1
    if not left[0]:
        os.kill(os.getpid(), 9)  # rows and cursor are written, and not committed
    return found
pulling.keeping.keep_rows = and_dies
print(pulling.pull("pit"))
"""


@pytest.mark.slow
def test_killed_in_mid_pull_nothing_is_lost_and_nothing_doubled(
    heard: Callable[..., Any], invented: Callable[[Any], Any], service: Any
) -> None:
    invented(well())
    pit = heard("well", "pit", {"depth": 6})
    found = []
    paths = [str(Path(__file__).resolve().parents[2]), *filter(None, [os.environ.get("PYTHONPATH")])]
    for _ in range(8):
        done = subprocess.run(
            [sys.executable, "-c", KILLED, "3"],
            env={**service.environment, "PYTHONPATH": os.pathsep.join(paths)},
            capture_output=True,
            text=True,
            timeout=600,
        )
        found.append((done.returncode, pit.source.cursor))
        if done.returncode == 0:
            assert done.stdout.strip().endswith("rows"), done.stdout
            break
        assert done.returncode == -9, done.stderr[-2000:]
    # Each try keeps two pieces and dies within the third.
    assert found == [(-9, {"next": 2}), (-9, {"next": 4}), (0, {"next": 6})]
    drain()
    assert sorted(keys(pit)) == sorted(f"pit:{n}" for n in range(60))
    from goodwill.service.store.models import Batch

    assert sum(Batch.objects.values_list("rows", flat=True)) == 60


def test_of_two_who_pull_one_is_too_late(heard: Callable[..., Any], invented: Callable[[Any], Any]) -> None:
    from goodwill.service.sources import pulling

    def pieces(place: Any, cursor: dict[str, Any]) -> Iterator[Said]:
        if not cursor:
            invented(well())
            assert pulling.pull("pit") == "30 rows"  # somebody else, from the same cursor
            invented(well(pieces))
        yield Said(facts={"messages": [said(place.name, 99)]}, cursor={"next": 1})

    invented(well(pieces))
    pit = heard("well", "pit")
    assert pulling.pull("pit") == "source pit: it was changed meanwhile; nothing to do"
    drain()
    assert (len(keys(pit)), pit.source.cursor, pit.source.failures) == (30, {"next": 3}, 0)


def test_one_that_fails_is_left_alone_and_the_others_go_on(
    heard: Callable[..., Any], invented: Callable[[Any], Any]
) -> None:
    from goodwill.service.jobs import Worker, set_up
    from goodwill.service.sources import pulling
    from goodwill.service.store.models import Job, Schedule, Source

    def fails(place: Any, cursor: dict[str, Any]) -> Iterator[Said]:
        error = SourceError("it answers 429", where="x.example", mend="wait")
        error.retry_after = 4000.0  # type: ignore[attr-defined]
        raise error
        yield

    def our_mistake(place: Any, cursor: dict[str, Any]) -> Iterator[Said]:
        yield Said(facts={"messages": [{"message_id": object()}]})

    invented(well())
    invented(well(fails, name="dry"))
    invented(well(our_mistake, name="wrong"))
    pit, dry, wrong = heard("well", "pit"), heard("dry", "hole"), heard("wrong", "slip")
    heard("well", "quiet")
    Source.objects.filter(name="quiet").update(paused=True)
    Source.objects.create(name="old", kind="from-another-version")
    set_up()
    assert Schedule.objects.get(name="pull sources").every_seconds == pulling.LOOKS_EVERY
    waits = []
    for _ in range(3):
        began = datetime.now(UTC)
        Source.objects.update(next_pull=None)
        pulling.pull_sources(lambda saying, done: None)
        pulling.pull_sources(lambda saying, done: None)  # a second look adds nothing
        assert sorted(Job.objects.filter(state="waiting").values_list("once", flat=True)) == [
            "pull hole", "pull pit", "pull slip",
        ]  # fmt: skip
        worker = Worker("test", names=pulling.JOBS, beats=False)
        while worker.once():
            pass
        waits.append((wrong.source.next_pull - began, wrong.source.next_pull - datetime.now(UTC)))
    drain()
    assert len(keys(pit)) == 30 and pit.source.failures == 0
    assert (dry.source.failures, dry.source.last_error) == (3, "x.example: it answers 429; wait")
    assert dry.source.next_pull - began > timedelta(seconds=3500)  # as it asked
    assert wrong.source.last_error == "TypeError: object has no place in a fact"
    # 30 s, doubled twice, by half at most to chance; from the failure on, which lies between two looks at the clock.
    for turn, seconds in ((0, 30), (2, 120)):
        most, least = waits[turn]
        assert least <= timedelta(seconds=seconds) and most >= timedelta(seconds=seconds / 2)
    assert set(Job.objects.values_list("state", flat=True)) == {"done"}


def test_a_slow_one_is_in_nobodys_way(
    heard: Callable[..., Any], invented: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import connections

    from goodwill.service import jobs
    from goodwill.service.sources import pulling

    hangs = threading.Event()

    def slow(place: Any, cursor: dict[str, Any]) -> Iterator[Said]:
        hangs.wait(2 * LONG)
        yield Said()

    invented(well(slow, name="slow"))
    invented(well())
    heard("slow", "snail")
    pit = heard("well", "pit")
    jobs.set_up()
    stop = threading.Event()
    pullers = pulling.Pullers(2)
    pullers.start(stop)
    try:
        until(lambda: pit.source.cursor == {"next": 3}, "the slow one does not hold up the other")
    finally:
        hangs.set()
        stop.set()
        pullers.join(LONG)
        connections.close_all()


def test_a_long_pull_makes_room_and_goes_on(
    heard: Callable[..., Any], invented: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from goodwill.service.sources import pulling

    monkeypatch.setattr(pulling, "LONGEST_PULL", -1.0)
    invented(well())
    pit = heard("well", "pit")
    assert pit.pull() == "10 rows, and there is more"
    assert pit.source.next_pull <= datetime.now(UTC)
    assert [pit.pull() for _ in range(3)] == ["10 rows, and there is more"] * 2 + ["0 rows"]
    assert len(keys(pit)) == 30


def test_edits_and_removals_are_kept_with_the_cursor(heard: Callable[..., Any], invented: Callable[[Any], Any]) -> None:
    def pieces(place: Any, cursor: dict[str, Any]) -> Iterator[Said]:
        yield Said(facts={"messages": [said(place.name, n) for n in range(3)]}, cursor={"n": 1})
        yield Said(
            edited={"messages": [said(place.name, 0, text="edited")]},
            removed={"messages": ["pit:1"]},
            cursor={"n": 2},
            said=["two were no text"],
        )
        yield Said()  # nothing new, and no word of where it is

    invented(well(pieces))
    pit = heard("well", "pit")
    assert pit.pull() == "5 rows"
    texts = {row["message_id"]: row["text"] for row in pit.facts("messages")}
    assert set(texts) == {"pit:0", "pit:2"} and texts["pit:0"] == "edited"
    assert (pit.source.cursor, pit.source.said) == ({"n": 2}, "two were no text")


def test_a_piece_that_is_too_large_is_kept_in_parts(heard: Callable[..., Any], invented: Callable[[Any], Any]) -> None:
    from goodwill.service.store.models import Batch

    def pieces(place: Any, cursor: dict[str, Any]) -> Iterator[Said]:
        at = datetime.now(UTC) - timedelta(days=90)
        text = "x" * 900_000
        rows = [{"message_id": place.key(n), "at": at, "text": text, "channel": "chat"} for n in range(40)]
        yield Said(facts={"messages": rows}, cursor={"n": 1})

    from goodwill.service.sources import pulling

    invented(well(pieces))
    heard("well", "pit")
    assert pulling.pull("pit") == "40 rows"
    assert [(one.rows, one.size < 32 * 1024 * 1024) for one in Batch.objects.all()] == [(20, True), (20, True)]


def test_a_replay_brings_nothing_twice(heard: Callable[..., Any], invented: Callable[[Any], Any]) -> None:
    from goodwill.service.sources import connect
    from goodwill.service.store.models import Audit

    invented(well(since=lambda when: {"next": 2, "from": when.isoformat()}))
    pit = heard("well", "pit")
    pit.pull()
    assert connect.replay("pit", datetime(2026, 5, 3, tzinfo=UTC), by="anna") == "from 2026-05-03 00:00 UTC"
    source = pit.source
    assert (source.cursor, source.next_pull) == ({"next": 2, "from": "2026-05-03T00:00:00+00:00"}, None)
    assert pit.pull() == "10 rows"
    assert connect.replay("pit", by="anna") == "from the beginning"
    assert pit.pull() == "30 rows"
    assert len(keys(pit)) == 30 and pit.unread() == []
    assert Audit.objects.filter(act="replayed a source", who="anna").count() == 2


def test_a_pause_in_mid_pull_keeps_no_more(heard: Callable[..., Any], invented: Callable[[Any], Any]) -> None:
    from goodwill.service.sources import connect, pulling

    def pieces(place: Any, cursor: dict[str, Any]) -> Iterator[Said]:
        yield Said(facts={"messages": [said(place.name, 1)]}, cursor={"n": 1})
        connect.pause("pit", by="anna")
        yield Said(facts={"messages": [said(place.name, 2)]}, cursor={"n": 2})

    invented(well(pieces))
    pit = heard("well", "pit")
    assert pulling.pull("pit").endswith("it was changed meanwhile; nothing to do")
    drain()
    assert (keys(pit), pit.source.cursor) == (["pit:1"], {"n": 1})
    assert pulling.pull("pit") == "nothing to do: it is paused, or gone"
    assert pulling.pull("nobody") == "nothing to do: it is paused, or gone"
