"""Connecting, changing, pausing, deleting: what people do with sources; on both databases."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from goodwill.errors import NotLetOut, SettingsError, SourceError
from goodwill.listen.sources import names
from service.sources.conftest import drain
from service.sources.kinds import BELL, said, well

if TYPE_CHECKING:
    from collections.abc import Callable

sqlite = pytest.mark.parametrize("service", ["sqlite"], indirect=True)


def acts() -> list[tuple[str, str]]:
    from goodwill.service.store.models import Audit

    return list(Audit.objects.order_by("pk").values_list("act", "what"))


@sqlite
def test_a_form_says_what_a_kind_asks_for(service: Any, invented: Callable[[Any], Any]) -> None:
    from goodwill.service.sources import connect

    invented(BELL)
    invented(well())
    form = connect.form_of("bell")
    assert (form.title, form.way, form.can_check) == ("The Bell", "accept", False)
    secret, channel = form.fields
    assert (secret.name, secret.label, secret.secret, secret.required, secret.several) == (
        "secret", "secret", True, True, True,
    )  # fmt: skip
    assert secret.help == "the bell's key, under Settings → Keys"
    assert (channel.label, channel.default, channel.required, channel.secret) == ("Where", "chat", False, False)
    depth, token = connect.form_of("well").fields
    assert (depth.default, depth.several, token.secret, token.required) == ("3", False, True, False)


@sqlite
def test_every_kind_has_a_form(service: Any) -> None:
    from goodwill.listen.sources import kinds
    from goodwill.service.sources import connect

    for kind in kinds():
        form = connect.form_of(kind.name)
        assert form.says and form.connect and form.tried, kind.name
        for field in form.fields:
            assert field.help, f"{kind.name}: {field.name} says nothing of itself"


@sqlite
def test_what_cannot_be_is_refused_and_nothing_stored(service: Any, invented: Callable[[Any], Any]) -> None:
    from goodwill.service.sources import connect
    from goodwill.service.store.models import Source

    invented(BELL)
    invented(well())
    for kind, name, given, words in (
        ("bel", "door", {}, "no kind of source is called 'bel'; did you mean 'bell'?"),
        ("bell", "My Door", {"secret": "x"}, "source add: 'My Door' is no name; use a-z, 0-9, - and _"),
        ("bell", "goodwill", {"secret": "x"}, "source add: 'goodwill' is no name"),
        ("bell", "door", {}, "source door: secret is missing; the bell's key, under Settings → Keys"),
        ("bell", "door", {"secret": "x", "chanel": "y"}, "has no setting 'chanel'; did you mean 'channel'?"),
        ("well", "pit", {"depth": "deep"}, "source pit: depth: input should be a valid integer"),
        ("well", "pit", {"depth": "0"}, "source pit: depth: input should be greater than or equal to 1"),
    ):
        with pytest.raises((SourceError, SettingsError)) as refused:
            connect.add(kind, name, given, by="anna")
        assert words in str(refused.value)
    with pytest.raises(SettingsError) as refused:
        connect.add("well", "pit", {"depth": 1, "token": ["s3cret"]}, by="anna")
    assert "s3cret" not in str(refused.value)
    assert not Source.objects.exists() and acts() == []


def test_secrets_are_sealed_and_apart(heard: Callable[..., Any], invented: Callable[[Any], Any]) -> None:
    from goodwill.service.sources import connect, places

    invented(BELL)
    bell = heard("bell", "door", {"secret": "s3cret", "channel": "phone"})
    source = bell.source
    assert source.settings == {"channel": "phone"}
    assert "s3cret" not in source.secrets
    settings = places.settings_of(source)
    assert [one.get_secret_value() for one in settings.secret] == ["s3cret"]
    assert "s3cret" not in repr(settings)
    with pytest.raises(SourceError, match="a source is called 'door' already"):
        heard("bell", "door", {"secret": "x"})
    assert connect.address_of(source) == "http://127.0.0.1:8321/webhooks/bell/door"
    connect.change("door", {"channel": "chat"}, by="anna")
    assert (bell.source.settings, places.secrets_of(bell.source)) == ({"channel": "chat"}, {"secret": ["s3cret"]})
    with pytest.raises(SettingsError, match="The Bell has no secret 'key'; there are secret"):
        connect.rotate("door", "key", "x", by="anna")
    assert acts() == [("added a source", "door (bell)"), ("changed a source", "door: channel")]


def test_check_says_what_it_sees_and_stores_nothing(heard: Callable[..., Any], invented: Callable[[Any], Any]) -> None:
    from goodwill.service.sources import connect
    from goodwill.service.store.models import Batch

    def look(place: Any) -> str:
        place.gate.request("GET", "http://127.0.0.1:1/")
        return "nothing"

    invented(BELL)
    invented(well())
    invented(well(name="far", check=look))
    heard("bell", "door", {"secret": "x"})
    heard("well", "pit", {"depth": 7})
    heard("far", "away")
    assert connect.check("pit") == "a well of depth 7"
    assert connect.try_out("well", "new", {"depth": 2}) == "a well of depth 2"
    assert connect.check("door").endswith("with the first request to http://127.0.0.1:8321/webhooks/bell/door")
    with pytest.raises(NotLetOut, match=r"127.0.0.1: .*; correct the settings of the source"):
        connect.check("away")
    with pytest.raises(SourceError, match="no source is called 'pitt'; did you mean 'pit'"):
        connect.check("pitt")
    assert not Batch.objects.exists()


def test_the_operator_alone_lets_a_source_reach_into_the_network(
    heard: Callable[..., Any], invented: Callable[[Any], Any]
) -> None:
    from goodwill.service.sources import places

    invented(well(hosts=lambda settings: frozenset({"127.0.0.1:9"})))
    pit = heard("well", "pit")
    gate = places.place_of(pit.source).gate
    with pytest.raises(NotLetOut, match="not a public address"):
        gate.request("GET", "http://127.0.0.1:9/")
    assert not gate.anywhere
    heard("well", "other", private="127.0.0.1:9")
    assert places.place_of(pit.source).gate.private == frozenset({"127.0.0.1:9"})


def test_a_source_goes_and_its_facts_stay(heard: Callable[..., Any], invented: Callable[[Any], Any]) -> None:
    from goodwill.service.sources import connect
    from goodwill.service.store.models import FACTS, Source

    invented(well())
    heard("well", "pit").pull()
    connect.delete("pit", by="anna")
    assert not Source.objects.exists()
    assert FACTS["messages"].objects.count() == 30
    assert acts()[-1] == ("deleted a source", "pit")
    assert heard("well", "pit").pull() == "30 rows"
    assert FACTS["messages"].objects.count() == 30


def test_a_source_goes_with_its_facts_from_the_lake_too(
    heard: Callable[..., Any], invented: Callable[[Any], Any], service: Any
) -> None:
    import threading

    from django.db import connections

    from goodwill.service import intake, live
    from goodwill.service.jobs import Worker
    from goodwill.service.sources import connect, forgetting
    from goodwill.service.store.models import FACTS, Batch, Case, Job, Reading, Unread

    invented(well())
    pit = heard("well", "pit")
    pit.pull()
    intake.store_rows("messages", [said("forum", 1)], source="forum", by="test")
    drain()
    live.export_lake()
    intake.store_rows("messages", [said("pit", 99)], source="pit", by="late")  # still waits
    connect.delete("pit", with_facts=True, by="anna")
    with pytest.raises(SourceError, match="the facts of an earlier source 'pit' are still being deleted"):
        heard("well", "pit")
    stop = threading.Event()
    thread = threading.Thread(target=lambda: (intake.Drainer().run(stop), connections.close_all()))
    thread.start()
    try:
        assert Worker("test", names={forgetting.FORGET}).once()
    finally:
        stop.set()
        thread.join()
    job = Job.objects.get(name=forgetting.FORGET)
    assert (job.state, job.saying) == ("done", "31 facts of pit removed"), job.error
    assert list(FACTS["messages"].objects.values_list("message_id", flat=True)) == ["forum:1"]
    for model in (Case, Reading):
        assert set(model.objects.values_list("message_id", flat=True)) == {"forum:1"}
    assert not Unread.objects.exists() and not Batch.objects.filter(state="waiting").exists()
    live.export_lake()
    files = f"{service.home}/lake/messages/*/*.parquet"
    assert duckdb.sql(f"SELECT message_id FROM read_parquet('{files}')").fetchall() == [("forum:1",)]
    assert ("deleted a source", "pit, with its facts") in acts()
    heard("well", "pit")


def test_a_sender_cannot_be_replayed(heard: Callable[..., Any], invented: Callable[[Any], Any]) -> None:
    from goodwill.service.sources import connect

    invented(BELL)
    heard("bell", "door", {"secret": "x"})
    with pytest.raises(SourceError, match="The Bell sends by itself and cannot be asked again"):
        connect.replay("door", by="anna")


@sqlite
def test_dates_are_in_the_firms_zone(service: Any) -> None:
    from goodwill.service.sources import connect

    (service.home / "goodwill.toml").write_text('[firm]\ntimezone = "Europe/Zurich"\n')
    assert connect.when("2026-05-03") == datetime(2026, 5, 2, 22, tzinfo=UTC)
    with pytest.raises(SettingsError, match="--since: 'soon' is no date; write 2026-05-03"):
        connect.when("soon")


def test_health_says_how_each_is(heard: Callable[..., Any], invented: Callable[[Any], Any]) -> None:
    from goodwill.service.sources import health
    from goodwill.service.store.models import Batch, Source

    invented(well())
    pit = heard("well", "pit")
    now = datetime.now(UTC)
    assert health.of("pit").state == "waits"
    pit.pull()
    found = health.of("pit", now)
    assert (found.state, found.title, found.way, found.lag, found.address) == ("well", "The Well", "pull", 0.0, "")
    assert found.volume[-1] + found.volume[-2] == 30 and len(found.volume) == health.DAYS
    Source.objects.update(next_pull=now - timedelta(seconds=90), failures=2, last_error="away")
    found = health.of("pit", now)
    assert (round(found.lag), found.state) == (90, "fails")
    assert found.line().startswith("pit  well (The Well)  last heard ")
    assert found.line().endswith(", 90 s late  failed 2 times: away")
    Batch.objects.update(state="waiting", received=now - timedelta(seconds=200))
    assert round(health.of("pit", now).lag) == 200
    Source.objects.create(name="old", kind="from-another-version", paused=True)
    old, _ = health.all_sources(now)
    assert old.line() == "old  from-another-version (this version has no such kind)  paused"
    assert json.loads(json.dumps(old.as_json()))["state"] == "paused"


@pytest.mark.parametrize("name", names())
def test_no_kind_takes_spaces_for_what_it_needs(name: str) -> None:
    from pydantic import ValidationError

    from goodwill.listen.sources import kind

    of = kind(name).settings
    needed = {field for field, one in of.model_fields.items() if one.is_required()}
    given = {field: (" ",) if str(of.model_fields[field].annotation).startswith("tuple") else " " for field in needed}
    if needed:
        with pytest.raises(ValidationError) as refused:
            of.model_validate(given)
        assert {error["loc"][0] for error in refused.value.errors()} == needed
