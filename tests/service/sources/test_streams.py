"""Streams: heard by one process, ended when told to, taken up again from the cursor; on both databases."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from goodwill.errors import SourceError
from goodwill.listen.sources import Heard as Said
from patience import LONG, until
from service.sources.conftest import drain
from service.sources.kinds import brook, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def keys(source: Any) -> list[str]:
    return [row["message_id"] for row in source.facts("messages")]


def flowing(place: Any, cursor: dict[str, Any], stop: threading.Event) -> Iterator[Said]:
    """One message after another, from the cursor on, for as long as it is let."""
    number = cursor.get("n", 0)
    while not stop.wait(0.1):
        number += 1
        yield Said(facts={"messages": [said(place.name, number)]}, cursor={"n": number})


def test_from_the_stream_to_the_row_in_now_and_on_again(
    heard: Callable[..., Any], invented: Callable[[Any], Any]
) -> None:
    invented(brook(flowing))
    creek = heard("brook", "creek")
    creek.listen(lambda: len(keys(creek)) >= 3)
    first = creek.source
    assert keys(creek) == [f"creek:{n}" for n in range(1, first.cursor["n"] + 1)]
    assert creek.now()[0]["mood"] == "negative"
    assert (first.held_by, first.held_until) == ("", None)
    creek.listen(lambda: creek.source.cursor["n"] > first.cursor["n"] + 2)
    assert keys(creek) == [f"creek:{n}" for n in range(1, creek.source.cursor["n"] + 1)]


def test_a_stream_that_breaks_backs_off_and_comes_again(
    heard: Callable[..., Any], invented: Callable[[Any], Any]
) -> None:
    from goodwill.service.store.models import Source

    calls: list[dict[str, Any]] = []

    def breaks(place: Any, cursor: dict[str, Any], stop: threading.Event) -> Iterator[Said]:
        calls.append(cursor)
        if len(calls) == 1:
            yield Said(facts={"messages": [said(place.name, 1)]}, cursor={"n": 1})
            raise SourceError("the bank broke", where=place.name)
        yield from flowing(place, cursor, stop)

    invented(brook(breaks))
    creek = heard("brook", "creek")
    before = datetime.now(UTC)
    creek.listen(lambda: creek.source.failures == 1)
    source = creek.source
    assert source.last_error == "creek: the bank broke"
    # Half a minute, by half at most to chance.
    assert before + timedelta(seconds=15) < source.next_pull <= datetime.now(UTC) + timedelta(seconds=30)
    Source.objects.update(next_pull=None)
    creek.listen(lambda: len(keys(creek)) > 2)
    assert calls == [{}, {"n": 1}]
    assert (creek.source.failures, creek.source.last_error) == (0, "")
    assert len(keys(creek)) == len(set(keys(creek)))


def test_a_stream_that_ends_well_is_taken_up_soon(heard: Callable[..., Any], invented: Callable[[Any], Any]) -> None:
    def ends(place: Any, cursor: dict[str, Any], stop: threading.Event) -> Iterator[Said]:
        yield Said(facts={"messages": [said(place.name, 1)]}, cursor={"n": 1})

    invented(brook(ends))
    creek = heard("brook", "creek")
    creek.listen(lambda: creek.source.last_well is not None)
    assert (creek.source.next_pull - datetime.now(UTC)).total_seconds() < 5
    assert creek.source.failures == 0


def test_pause_and_change_end_it_at_once(heard: Callable[..., Any], invented: Callable[[Any], Any]) -> None:
    from goodwill.service.sources import connect

    ended: list[str] = []

    def quiet(place: Any, cursor: dict[str, Any], stop: threading.Event) -> Iterator[Said]:
        """Nobody says anything: it is told to stop by the event alone."""
        ended.append("began")
        stop.wait()
        ended.append("ended")
        yield from ()

    invented(brook(quiet))
    creek = heard("brook", "creek")

    def paused() -> bool:
        if ended == ["began"]:
            connect.pause("creek", by="anna")
        return ended == ["began", "ended"]

    creek.listen(paused)
    connect.resume("creek", by="anna")

    def replayed() -> bool:
        if len(ended) == 3:
            ended.append("replay")
            connect.replay("creek", by="anna")
        return ended[3:] == ["replay", "ended", "began"]

    creek.listen(replayed)


def test_one_process_hears_a_stream_and_another_takes_it_over(
    heard: Callable[..., Any], invented: Callable[[Any], Any]
) -> None:
    from django.db import connections

    from goodwill.service.sources.streams import Streams
    from goodwill.service.store.models import Source

    heard_by: list[int] = []

    def who(place: Any, cursor: dict[str, Any], stop: threading.Event) -> Iterator[Said]:
        heard_by.append(threading.get_ident())
        yield from flowing(place, cursor, stop)

    invented(brook(who))
    creek = heard("brook", "creek")
    stop = threading.Event()
    both = [Streams(0.05, timedelta(seconds=30)) for _ in range(2)]
    threads = [threading.Thread(target=one.run, args=(stop,)) for one in both]
    for thread in threads:
        thread.start()
    try:
        until(lambda: len(keys(creek)) >= 5 or (drain(1) and False), "five messages", pause=0.02)
        assert len(heard_by) == 1
        owner = creek.source.held_by
        assert owner in [one.me for one in both]
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    # One that died holds its lease until that runs out.
    Source.objects.update(held_by="dead", held_until=datetime.now(UTC) + timedelta(seconds=60), next_pull=None)
    late = Streams(0.05)
    late.look()
    assert len(heard_by) == 1
    Source.objects.update(held_until=datetime.now(UTC) - timedelta(seconds=1))
    creek.listen(lambda: len(heard_by) == 2)
    connections.close_all()
    drain()
    assert len(keys(creek)) == len(set(keys(creek))) == creek.source.cursor["n"]


def test_the_worker_alone_hears_pulled_and_streamed(service: Any) -> None:
    """The process itself: it starts its threads, and ends them when told to."""
    import subprocess
    import sys

    process = subprocess.Popen(
        [sys.executable, "-m", "goodwill.service.ops.process", "worker"],
        env=service.environment,
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        from goodwill.service.store.models import Job

        done = Job.objects.filter(name="pull sources", state="done").order_by("pk")
        until(done.exists, "a look at what is due", unless=process.poll)
        first = done[0]
        assert first.saying == "0 due" and first.worker.startswith("pulls ")
        process.terminate()
        _, said = process.communicate(timeout=LONG)
        assert process.returncode == 0 and "Traceback" not in said, said
    finally:
        process.kill()
        process.communicate()
