"""Alerts: each cause is told once while it lasts, to who is on duty; the webhook is signed; the quiet is kept."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from goodwill.errors import GoodwillError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from service.conftest import Service

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)  # a Monday
NIGHT = NOON + timedelta(hours=11)


class Hook:
    """A receiver of webhooks that checks what it gets as docs/service.md says."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.status = 200
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                from goodwill.service.ops.webhook import verify

                genuine = verify("s3cret", self.headers["Goodwill-Timestamp"], body, self.headers["Goodwill-Signature"])
                if hook.status == 200:
                    hook.calls.append({"genuine": genuine, **json.loads(body)})
                self.send_response(hook.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"


@pytest.fixture
def hook(service: Service, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hook]:
    from goodwill.service.ops import alert_settings

    found = Hook()
    thread = threading.Thread(target=found.server.serve_forever)
    thread.start()
    monkeypatch.setenv("GOODWILL_OUT_PRIVATE", found.address)
    alert_settings.write("test", webhook=f"http://{found.address}/in", webhook_secret="s3cret")
    yield found
    found.server.shutdown()
    thread.join()
    found.server.server_close()


def waiting(message_id: str = "m1", minutes: float = 30, **fields: Any) -> Any:
    from goodwill.service.store.models import Case

    return Case.objects.create(
        message_id=message_id, at=NOON - timedelta(minutes=minutes), **{"group": "first", **fields}
    )


def test_a_cause_is_told_once_while_it_lasts_and_again_when_it_comes_back(service: Service, hook: Hook) -> None:
    from goodwill.service.ops import alerts
    from goodwill.service.store.models import Alert, Case

    waiting(minutes=9)
    assert str(alerts.round_(NOON)) == "0 new, 0 told, 0 ended"
    assert str(alerts.round_(NOON + timedelta(minutes=2))) == "1 new, 1 told, 0 ended"
    for _ in range(3):
        assert str(alerts.round_(NOON + timedelta(minutes=5))) == "0 new, 0 told, 0 ended"
    assert len(hook.calls) == 1
    call = hook.calls[0]
    assert (call["genuine"], call["kind"], call["urgent"]) == (True, "alerts", True)
    assert call["alerts"][0]["cause"] == "first:m1"
    assert call["alerts"][0]["text"].endswith("nobody has taken it. http://127.0.0.1:8321/case?message=m1")
    Case.objects.update(taken_by=service.colleague())
    assert str(alerts.round_(NOON + timedelta(minutes=6))) == "0 new, 0 told, 1 ended"
    Case.objects.update(taken_by=None)
    assert str(alerts.round_(NOON + timedelta(minutes=7))) == "1 new, 1 told, 0 ended"
    assert Alert.objects.count() == 2


def test_a_refusal_is_tried_again_and_then_told_once(service: Service, hook: Hook) -> None:
    from goodwill.service.ops import alerts
    from goodwill.service.store.models import Alert

    waiting()
    hook.status = 503
    assert "it answers 503" in str(alerts.round_(NOON))
    assert Alert.objects.get().sent is None
    hook.status = 200
    assert str(alerts.round_(NOON)) == "0 new, 1 told, 0 ended"
    alerts.round_(NOON)
    assert len(hook.calls) == 1
    assert Alert.objects.get().error == ""


def test_two_rounds_at_once_tell_it_once(service: Service, hook: Hook) -> None:
    from django.db import connection

    from goodwill.service.ops import alerts
    from goodwill.service.store.models import Alert

    for number in range(5):
        waiting(f"m{number}")
    start = threading.Barrier(4)

    def go() -> None:
        start.wait()
        alerts.round_(NOON)
        connection.close()

    threads = [threading.Thread(target=go) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = [alert["cause"] for call in hook.calls for alert in call["alerts"]]
    assert sorted(told) == [f"first:m{number}" for number in range(5)]
    assert Alert.objects.filter(sent__isnull=False).count() == 5


def test_the_quiet_is_broken_by_the_first_group_alone_and_the_rest_is_gathered(service: Service, hook: Hook) -> None:
    from goodwill.service.ops import alert_settings, alerts

    alert_settings.write("test", quiet="21:00-07:00")
    waiting("danger")
    waiting("late", group="promise", due=NIGHT + timedelta(minutes=50))
    alerts.round_(NIGHT)
    assert [alert["cause"] for call in hook.calls for alert in call["alerts"]] == ["first:danger"]
    # In the morning what still holds is told; what comes right after waits to be gathered.
    morning = NIGHT + timedelta(hours=9)
    from goodwill.service.store.models import Case

    Case.objects.filter(message_id="late").update(due=morning + timedelta(minutes=10))
    alerts.round_(morning)
    assert hook.calls[-1]["alerts"][0]["cause"] == "promise:late"
    assert "breaks in" in hook.calls[-1]["alerts"][0]["text"]
    waiting("late2", group="promise", due=morning + timedelta(minutes=30))
    alerts.round_(morning + timedelta(minutes=5))
    assert len(hook.calls) == 2
    alerts.round_(morning + timedelta(minutes=16))
    assert hook.calls[-1]["alerts"][0]["cause"] == "promise:late2"


def test_each_rule(service: Service) -> None:
    from goodwill.service.ops.alert_rules import causes
    from goodwill.service.ops.alert_settings import AlertSettings
    from goodwill.service.store.models import Batch, Job, Source

    service.colleague()
    settings = AlertSettings()
    assert causes(settings, NOON) == []
    waiting("answered", state="answered")
    waiting("taken", taken_by=service.colleague("ben@firm.example", "agent"))
    waiting("soon", group="stake", due=NOON + timedelta(minutes=59))
    waiting("broken", group="promise", due=NOON - timedelta(minutes=5))
    waiting("later", group="stake", due=NOON + timedelta(minutes=61))
    waiting("long ago", group="promise", due=NOON - timedelta(days=3))
    Batch.objects.create(table="messages", rows=1, received=NOON - timedelta(seconds=90))
    for name, ends in {"export": ("done", "failed"), "revalue": ("failed", "done")}.items():
        for number, state in enumerate(ends):
            Job.objects.create(name=name, state=state, due=NOON, finished=NOON - timedelta(hours=2 - number), tries=5)
    Source.objects.create(name="shop", kind="shopify", failures=3)
    Source.objects.create(name="forum", kind="feed", failures=9, paused=True)
    Source.objects.create(name="mailbox", kind="mailbox", failures=2)
    found = {cause.name: cause.text for cause in causes(settings, NOON)}
    assert list(found) == ["drainer", "job:export", "promise:broken", "promise:soon", "source:shop"]
    assert found["drainer"] == "What comes in is stored 90 seconds late; nothing is lost."
    assert found["promise:broken"] == "A promise was broken 5 minutes ago: nobody has answered."
    assert found["job:export"] == "The job 'export' failed 5 times and was given up."


def test_who_is_on_duty(service: Service) -> None:
    from goodwill.service.ops.duty import on_duty

    admin = service.colleague()
    assert on_duty(NOON, "UTC", urgent=False) == [admin]
    day = service.colleague("day@firm.example", "agent", on_duty=[["monday", "09:00", "17:00"]], zone="Europe/Zurich")
    night = service.colleague("night@firm.example", "agent", on_duty=[[0, "22:00", "06:00"]])
    assert on_duty(NOON, "UTC", urgent=False) == [day]
    assert on_duty(NIGHT, "UTC", urgent=False) == [night]
    assert on_duty(NIGHT + timedelta(hours=5), "UTC", urgent=False) == [night]  # Tuesday 04:00, still Monday's night
    # 16:30 UTC is 17:30 in Zurich: nobody is on duty, so only what is urgent goes out, to the admins.
    evening = NOON + timedelta(hours=4, minutes=30)
    assert on_duty(evening, "UTC", urgent=False) == []
    assert on_duty(evening, "UTC", urgent=True) == [admin]


def test_nobody_to_tell_is_said_on_the_alert(service: Service) -> None:
    from goodwill.service.ops import alerts
    from goodwill.service.store.models import Alert

    waiting()
    assert str(alerts.round_(NOON)) == "1 new, 0 told, 0 ended"
    found = Alert.objects.get()
    assert (found.error, found.sent) == ("no mail server and no webhook is set", None)


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_settings_are_checked_and_the_secret_is_sealed(service: Service) -> None:
    from goodwill.service.ops import alert_settings
    from goodwill.service.store.models import Setting

    alert_settings.write("test", webhook_secret="s3cret", quiet="21:00-07:00")
    assert "s3cret" not in str(Setting.objects.get(name="alerts.webhook_secret").value)
    assert alert_settings.read().webhook_secret == "s3cret"
    for wrong, said in (
        ({"quiet": "9pm"}, "alerts.quiet: write it as 21:00-07:00"),
        ({"webhook": "ftp://x"}, "alerts.webhook: only http and https may leave"),
        ({"first_minutes": 0}, "alerts.first_minutes: Input should be greater than 0"),
        ({"loud": True}, "alerts.loud: Extra inputs are not permitted"),
    ):
        with pytest.raises(SettingsError) as caught:
            alert_settings.write("test", **wrong)
        assert said in str(caught.value)
    assert alert_settings.read().quiet == "21:00-07:00"


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_a_webhook_that_was_set_on_a_page_does_not_reach_into_the_network(service: Service) -> None:
    from goodwill.service.ops.webhook import deliver

    hook = Hook()
    try:
        with pytest.raises(GoodwillError, match="which is not a public address"):
            deliver(f"http://{hook.address}/", "s", {})
    finally:
        hook.server.server_close()


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_a_call_is_genuine_only_with_its_body_its_secret_and_its_time(service: Service) -> None:
    from goodwill.service.ops.webhook import sign, verify

    signature = sign("s", "1000", b"{}")
    assert verify("s", "1000", b"{}", signature, now=1299)
    assert not verify("s", "1000", b"{}", signature, now=1301)
    assert not verify("s", "1001", b"{}", signature, now=1000)
    assert not verify("s", "1000", b"{ }", signature, now=1000)
    assert not verify("t", "1000", b"{}", signature, now=1000)
    assert not verify("s", "soon", b"{}", signature, now=1000)
    assert not verify("s", "1000", b"{}", "ä", now=1000)
