"""The list of sources and the page of one: how it is in words, and everything that an admin does with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from service.sources.conftest import drain
from service.sources_pages.conftest import SECRET, message, send

sqlite = pytest.mark.parametrize("service", ["sqlite"], indirect=True)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OTHER = "whsec_QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"


def now() -> datetime:
    return datetime.now(UTC)


def add(of: str, name: str, given: dict[str, Any], **columns: Any) -> Any:
    from goodwill.service.sources import connect
    from goodwill.service.store.models import Source

    connect.add(of, name, given, by="test")
    Source.objects.filter(name=name).update(**columns)
    return Source.objects.get(name=name)


def shop(**columns: Any) -> Any:
    return add("standard", "shop", {"secret": SECRET}, **columns)


def blog(**columns: Any) -> Any:
    return add("feed", "blog", {"url": "https://blog.example/feed"}, **columns)


def batch(source: str, at: datetime, rows: int, **columns: Any) -> Any:
    from goodwill.service.store.models import Batch

    given = {"table": "messages", "state": "drained", "stored": rows, **columns}
    return Batch.objects.create(source=source, rows=rows, received=at, **given)


def text_of(page: Any) -> str:
    """What a reader sees of a page."""
    import re

    main = re.search(r"<main.*</main>", page.content.decode(), re.DOTALL)
    assert main
    return " ".join(re.sub(r"<[^>]+>", " ", main[0]).split())


@sqlite
def test_the_list_says_how_each_is(admin: Any, django_assert: Any) -> None:
    shop(last_seen=now() - 3 * MINUTE, last_well=now() - 3 * MINUTE)
    blog(last_seen=now() - 3 * DAY, last_well=now() - 2 * MINUTE, next_pull=now() - 12 * MINUTE)
    add("mailbox", "post", {"host": "imap.example", "user": "u", "password": "p"}, failures=4,
        last_error="the password was refused", last_well=now() - 5 * HOUR, next_pull=now() + 9 * MINUTE)  # fmt: skip
    add("feed", "paused", {"url": "https://news.example/feed"}, paused=True, last_seen=now() - DAY)
    add("typeform", "survey", {"secret": "s"})
    add("feed", "gone", {"url": "https://gone.example/feed"}, kind="guest-book")
    for days in range(3):
        batch("shop", now() - days * DAY, 100 + days)
    batch("", now(), 7, token="token till")
    with django_assert() as asked:
        page = admin.get("/sources")
    assert len(asked) <= 16, [one["sql"][:110] for one in asked]
    seen = text_of(page)
    for words in (
        "2 sources need a look",
        "shop Standard Webhooks heard 3 minutes ago",
        "blog Feed heard 3 days ago asked 2 minutes ago: nothing new 12 minutes late",
        "the password was refused 4 times in a row next try in 9 minutes",
        "paused heard 24 hours ago",
        "survey Typeform waits for its first delivery",
        "This version of goodwill has no kind called &#x27;guest-book&#x27;",
        "303",
        "token till",
    ):
        assert words in seen, words
    assert seen.index("gone") < seen.index("post Mailbox") < seen.index("blog Feed")  # what is wrong stands first
    assert 'aria-label="303 rows in 14 days, 100 today, 102 on the fullest day"' in page.content.decode()


@pytest.fixture
def django_assert() -> Any:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return lambda: CaptureQueriesContext(connection)


@sqlite
def test_empty_lists_say_what_to_do(service: Any, admin: Any) -> None:
    assert "Connect the first" in text_of(admin.get("/sources"))
    analyst = service.client(service.colleague("cy@firm.example", "analyst"))
    seen = text_of(analyst.get("/sources"))
    assert "An admin connects the shop" in seen and "Connect" not in seen and "Paste a link" not in seen


def test_it_is_paused_and_resumed(service: Any, admin: Any) -> None:
    from goodwill.service.store.models import Audit

    shop()
    seen = text_of(admin.post("/source/shop/act", {"act": "pause"}, follow=True))
    assert "paused" in seen and "never heard" in seen and "Resume" in seen
    assert send(service.client(), "shop", [message("hello")]).status_code == 503
    assert "Pause" in text_of(admin.post("/source/shop/act", {"act": "resume"}, follow=True))
    assert send(service.client(), "shop", [message("hello")]).status_code == 202
    acts = list(Audit.objects.order_by("pk").values_list("who", "act")[1:])
    assert acts == [("anna@firm.example", "paused a source"), ("anna@firm.example", "resumed a source")]


def test_a_secret_rotates_with_the_old_one_valid_beside_it(service: Any, admin: Any) -> None:
    shop()
    client = service.client()
    page = admin.post(
        "/source/shop/act", {"act": "rotate", "field": "secret", "secret": OTHER, "keep": "1"}, follow=True
    )
    assert "Two hold" in text_of(page) and "Drop the old one" in text_of(page)
    for number, secret in enumerate((SECRET, OTHER)):
        assert send(client, "shop", [message("hi", f"m{number}")], secret, f"msg_{number}").status_code == 202
    page = admin.post("/source/shop/act", {"act": "drop", "field": "secret"}, follow=True)
    assert "One is kept, sealed" in text_of(page)
    assert send(client, "shop", [message("hi", "m8")], SECRET, "msg_8").status_code == 401
    assert send(client, "shop", [message("hi", "m9")], OTHER, "msg_9").status_code == 202
    assert (
        "only one secret is held" in text_of(admin.post("/source/shop/act", {"act": "drop", "field": "secret"})).lower()
    )
    answer = admin.post("/source/shop/act", {"act": "rotate", "field": "secret", "secret": ""})
    assert answer.status_code == 422 and "Enter the new secret first." in text_of(answer)


@sqlite
def test_settings_are_changed_one_by_one(admin: Any) -> None:
    from goodwill.service.store.models import Audit, Source

    blog()
    page = admin.get("/source/blog").content.decode()
    assert 'value="https://blog.example/feed"' in page
    form = {"act": "settings", "s-url": "https://blog.example/feed", "s-about": "us", "s-channel": "news"}
    form |= {"s-audience": "1200", "s-words": "verity, board"}
    assert admin.post("/source/blog/act", form).status_code == 302
    source = Source.objects.get()
    assert (source.settings["channel"], source.settings["audience"]) == ("news", 1200)
    assert source.settings["words"] == ["verity", "board"]
    assert Audit.objects.latest("pk").what == "blog: audience, channel, words"
    admin.post("/source/blog/act", {**form, "s-audience": "", "s-words": ""})
    source = Source.objects.get()
    assert source.settings["audience"] is None and source.settings["words"] == []
    before = Audit.objects.count()
    page = admin.post("/source/blog/act", {**form, "s-audience": "", "s-words": ""}, follow=True).content.decode()
    assert "Nothing was changed." in page and Audit.objects.count() == before
    answer = admin.post("/source/blog/act", {**form, "s-audience": "many"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "Audience: " in page and 'value="many"' in page
    answer = admin.post("/source/blog/act", {**form, "s-url": ""})
    assert answer.status_code == 422 and Source.objects.get().settings["url"] == "https://blog.example/feed"


@sqlite
def test_it_is_heard_again_from_a_date(admin: Any) -> None:
    from goodwill.service.store.models import Audit, Source

    blog(cursor={"etag": "x"})
    page = text_of(admin.post("/source/blog/act", {"act": "replay", "since": ""}, follow=True))
    assert "It keeps no dates to begin from" in page
    assert Source.objects.get().cursor == {}
    given = {"host": "imap.example", "user": "u", "password": "p"}
    add("mailbox", "post", given, cursor={"INBOX": {"uid": 7}})
    assert 'type="date"' in admin.get("/source/post").content.decode()
    assert admin.post("/source/post/act", {"act": "replay", "since": "2026-05-03"}).status_code == 302
    assert Source.objects.get(name="post").cursor not in ({}, {"INBOX": {"uid": 7}})
    assert Audit.objects.latest("pk").what.startswith("post from 2026-05-0")
    answer = admin.post("/source/post/act", {"act": "replay", "since": "in May"})
    assert answer.status_code == 422 and "is no date" in text_of(answer)
    shop()
    assert "Hear it again" not in text_of(admin.get("/source/shop"))
    answer = admin.post("/source/shop/act", {"act": "replay"})
    assert answer.status_code == 422 and "sends by itself" in text_of(answer)


def test_it_is_deleted_with_its_facts_or_without(service: Any, admin: Any) -> None:
    from goodwill.service import jobs
    from goodwill.service.store.models import FACTS, Job, Source

    for name, facts, left in (("shop", "stay", 1), ("shop2", "go", 1)):
        add("standard", name, {"secret": SECRET})
        send(service.client(), name, [message("My parcel is late.", f"{name}:1")])
        drain()
        assert "Count its facts" in text_of(admin.get(f"/source/{name}/delete"))
        assert "It brought 1 fact: 1 in messages" in text_of(admin.get(f"/source/{name}/delete?count=1"))
        part = admin.get(f"/source/{name}/delete?count=1", headers={"HX-Request": "true"}).content.decode()
        assert part.startswith('<span id="held">It brought 1 fact: 1 in messages.'), "what the page asks for itself"
        for wrong, words in (
            ({"name": name}, "Choose what becomes of its facts."),
            ({"facts": facts, "name": name.upper()}, "Type its name as it is"),
            ({"facts": "burn", "name": name}, "Choose what becomes of its facts."),
        ):
            answer = admin.post(f"/source/{name}/delete", wrong)
            assert answer.status_code == 422 and words in text_of(answer)
        assert Source.objects.filter(name=name).exists()
        assert admin.post(f"/source/{name}/delete", {"facts": facts, "name": name})["Location"] == "/sources"
        assert not Source.objects.filter(name=name).exists()
        for job in Job.objects.filter(name="forget a source"):
            while FACTS["messages"].objects.filter(fact_source=name).exists():
                _work_while_drained(jobs.kinds()[job.name].work, job.arguments)
        assert FACTS["messages"].objects.count() == left
        assert admin.get(f"/source/{name}").status_code == 404
    assert FACTS["messages"].objects.get().fact_source == "shop"


def _work_while_drained(work: Any, arguments: dict[str, Any]) -> None:
    """The job waits for the drainer, which runs beside it."""
    import threading

    done = threading.Event()

    def drains() -> None:
        from django.db import connections

        while not done.is_set():
            drain()
            done.wait(0.05)
        drain()
        connections.close_all()

    thread = threading.Thread(target=drains)
    thread.start()
    try:
        work(lambda *_: None, **arguments)
    finally:
        done.set()
        thread.join()


@sqlite
def test_the_page_shows_deliveries_and_what_could_not_be_read(service: Any, admin: Any) -> None:
    from goodwill.service.store.models import Unread

    shop(last_seen=now(), last_well=now(), said="left out: 1 automatic answer")
    for number in range(14):
        batch("shop", now() - number * HOUR, number + 1, kind=("facts", "edit", "remove")[number % 3])
    batch("shop", now(), 40, state="failed")
    Unread.objects.create(batch=1, position=1, table="purchases", source="shop", field="currency",
                          reason="there is no rate for 'SEK'", mend="enter the rate", row="{}", at=now())  # fmt: skip
    page = admin.get("/source/shop")
    seen = text_of(page)
    for words in ("40", "failed", "messages, edits", "messages, removals", "Could not be read: 1", "no rate for",
                  "Left out: 1 automatic answer", "145 rows, today on the right"):  # fmt: skip
        assert words in seen, words
    assert page.content.decode().count("<tr>") == 11  # ten of fifteen, and the head
    analyst = text_of(service.client(service.colleague("cy@firm.example", "analyst")).get("/source/shop"))
    assert "Latest deliveries" in analyst
    for hidden in ("Pause", "Settings", "Secret", "Delete this source", "Mend them"):
        assert hidden not in analyst


@sqlite
def test_the_page_keeps_why_it_was_refused(service: Any, admin: Any) -> None:
    from goodwill.errors import SourceError
    from goodwill.service.intake import refusals

    shop()
    for number in range(7):
        for _ in range(1 + number):
            refusals.note("shop", SourceError(f"refusal {number}", where="there", mend="compare the secrets"))
    seen = text_of(admin.get("/source/shop"))
    assert "Refused, or not heard Refusal 6 there: compare the secrets" in seen and "7 times" in seen
    assert "2 before these" in seen and seen.index("Refusal 2") < seen.index("2 before these") < seen.index("Refusal 1")
    analyst = text_of(service.client(service.colleague("cy@firm.example", "analyst")).get("/source/shop"))
    assert "Refusal 6" in analyst and "What it may change" not in analyst


@sqlite
def test_a_source_is_let_take_over_what_a_file_brought(service: Any, admin: Any) -> None:
    from goodwill.service.store.models import Audit, Import, Source

    shop()
    assert "What it may change" not in text_of(admin.get("/source/shop"))
    Import.objects.create(name="orders.csv", path="", source="file orders.csv", by="test", state=Import.DONE)
    blog()
    page = admin.get("/source/shop").content.decode()
    assert 'value="file orders.csv"> file orders.csv' in page and 'value="blog"> blog' in page
    page = admin.post("/source/shop/act", {"act": "own", "owns": ["file orders.csv"]}, follow=True)
    seen = text_of(page)
    assert "shop may edit and remove also what came from file orders.csv." in page.content.decode()
    assert "What it brings itself, and what came from file orders.csv." in seen
    assert Source.objects.get(name="shop").owns == ["file orders.csv"]
    assert Audit.objects.latest("pk").what == "shop: also what came from 'file orders.csv'"
    answer = admin.post("/source/shop/act", {"act": "own", "owns": ["goodwill"]})
    assert answer.status_code == 422 and "cannot be taken over" in text_of(answer)
    admin.post("/source/shop/act", {"act": "own"})
    assert Source.objects.get(name="shop").owns == []
    agent = service.client(service.colleague("gil@firm.example", "agent"))
    assert agent.post("/source/shop/act", {"act": "own", "owns": ["blog"]}).status_code == 403


@sqlite
def test_how_far_a_replay_goes_is_said_before_it_is_asked_for(admin: Any) -> None:
    add("x", "tweets", {"secret": "key", "account": "verity"})
    assert "X gives the last seven days." in text_of(admin.get("/source/tweets"))
    blog()
    assert "It keeps no dates to begin from: all of it is heard again." in text_of(admin.get("/source/blog"))


@sqlite
def test_testing_a_source_that_is_stored(admin: Any, side: Any) -> None:
    from servers.web import Page

    feed = '<?xml version="1.0"?><rss version="2.0"><channel><title>K</title></channel></rss>'
    side.pages["/feed"] = Page(feed.encode(), kind="application/rss+xml")
    add("feed", "kim", {"url": side.url("/feed")})
    for headers in ({"HX-Request": "true"}, {}):
        assert "It answers." in admin.post("/source/kim/act", {"act": "try"}, headers=headers).content.decode()
    side.pages.clear()
    assert "Not yet." in admin.post("/source/kim/act", {"act": "try"}).content.decode()


@sqlite
def test_a_source_of_a_kind_that_is_gone_can_still_be_deleted(admin: Any) -> None:
    shop(kind="guest-book")
    page = admin.get("/source/shop")
    assert page.status_code == 200 and "no kind called" in text_of(page) and "Delete this source" in text_of(page)
    for act in ("settings", "rotate", "try", "replay", "drop"):
        assert admin.post("/source/shop/act", {"act": act, "secret": "x"}).status_code in (200, 422), act
    assert admin.post("/source/shop/act", {"act": "burn"}).status_code == 404
    assert admin.post("/source/shop/delete", {"facts": "stay", "name": "shop"}).status_code == 302


@sqlite
def test_a_secret_that_cannot_be_unsealed_does_not_break_the_page(admin: Any) -> None:
    shop(secrets="not sealed at all")
    assert admin.get("/source/shop").status_code == 200
    assert admin.get("/sources").status_code == 200
