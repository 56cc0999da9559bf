"""A word over the counter and a link from the web: looked at, kept once, and in Now like any other message."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from servers.web import Page
from service.pages import shop
from service.sources.conftest import drain

sqlite = pytest.mark.parametrize("service", ["sqlite"], indirect=True)
CALL = "The board broke a third time. I want my money back! See https://forum.firm.example/t/17, it is all there."
ARTICLE = """<html lang="en"><head><title>{title}</title><meta name="author" content="{author}">
<meta property="article:published_time" content="2026-05-03T10:00:00Z"></head>
<body><nav>Home</nav><article><h1>{title}</h1><p>{text}</p></article></body></html>"""


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """No drainer runs beside these tests: nothing to wait for."""
    from goodwill.service.pages import note

    monkeypatch.setattr(note, "WAITS", 0.0)


def in_now() -> dict[str, dict[str, Any]]:
    from goodwill.service import live

    return {row["text"]: row for row in live.now(500)[0]}


def test_a_call_stands_in_now(service: Any, agent: Any) -> None:
    from goodwill.service.store.models import FACTS, Audit, Deed

    answer = agent.post("/note", {"who": "Kim Doe", "where": "phone", "text": CALL, "next": "/customers"})
    assert answer["Location"] == "/customers"
    drain()
    row = in_now()[CALL]
    assert (row["name"], row["channel"], row["url"]) == ("Kim Doe", "phone", "https://forum.firm.example/t/17")
    message = FACTS["messages"].objects.get()
    assert message.to_us and message.source == "goodwill" and message.fact_key.startswith("note:")
    deed = Deed.objects.get()
    assert (deed.kind, deed.by.email, deed.message_id) == ("hear", "ben@firm.example", message.fact_key)
    assert Audit.objects.filter(act="hear", who="ben@firm.example").count() == 1
    assert "Kim Doe" in agent.get("/").content.decode()
    case = agent.get("/case", {"message": message.fact_key}).content.decode()
    assert "wrote it down" in case and "Ben Osei" in case


def test_a_note_is_taken_back(service: Any, agent: Any) -> None:
    from goodwill.service import deeds
    from goodwill.service.store.models import FACTS, Case, Deed, Reading

    page = agent.post("/note", {"where": "store", "text": CALL, "who": ""}, follow=True).content.decode()
    undo = re.search(r'name="deed" value="(\d+)"', page)
    assert undo and "Undo" in page
    drain()
    assert CALL in in_now()
    assert agent.post("/deeds/undo", {"deed": undo[1], "next": "/"}).status_code == 302
    drain()
    assert CALL not in in_now()
    for model in (FACTS["messages"], Case, Reading):
        assert not model.objects.exists()
    waiting = agent.post("/note", {"where": "store", "text": CALL})
    assert waiting.status_code == 302
    deed = Deed.objects.filter(kind="hear").latest("pk")
    deeds.do("undo", deed.by, deed=deed.pk)
    drain()
    assert not FACTS["messages"].objects.exists()
    agent.post("/note", {"where": "store", "text": CALL})
    drain()
    deed = Deed.objects.filter(kind="hear").latest("pk")
    deeds.do("answer", deed.by, message_id=deed.message_id, text="We are sorry.")
    with pytest.raises(deeds.CannotBe, match="did something after it"):
        deeds.do("undo", deed.by, deed=deed.pk)


@sqlite
def test_somebody_is_found_by_name_address_or_number(agent: Any) -> None:
    from goodwill.service.live import search_words

    shop.fill()
    search_words.catch_up()
    for who in (
        "ashdown",
        "tom@ash",
        "tom@ashdown.example",
        "@tomashdown",
        "+44 20 7946 2231",
        "020 7946 2231",
        "79462231",
    ):
        page = agent.get("/note/people", {"who": who}).content.decode()
        assert 'value="tom"' in page and "tom@ashdown.example, +442079462231" in page, who
    for who in ("t", "", "nobody at all", "order 17", "%", "_", "\x00", "' OR 1=1 --"):
        assert 'type="radio"' not in agent.get("/note/people", {"who": who}).content.decode(), who
    page = agent.get("/note/people", {"who": "onmouseover"}).content.decode()
    assert "<b onmouseover" not in page and "&lt;b onmouseover" in page


def test_a_number_is_found_by_its_end(agent: Any) -> None:
    """Whoever has it: by their facts, or as the author of what they said; and not whose it was said not to be."""
    from goodwill.service import intake
    from goodwill.service.live import search_words
    from goodwill.service.store.models import FACTS, Person, SearchWord

    def found(who: str) -> list[str]:
        return re.findall(r'value="([^"]+)"', agent.get("/note/people", {"who": who}).content.decode())

    told = [
        {"customer_id": "ann", "name": "Ann", "phone": "+44 20 7946 0011"},
        {"customer_id": "bea", "name": "Bea", "phone": "(020) 7946 0022"},
        {"customer_id": "cem", "name": "Cem"},
    ]
    intake.store_rows("people", told, source="shop", by="test")
    said = {"message_id": "m1", "at": timezone.now(), "channel": "phone", "author": "+44 20 7946 0033", "text": "Hi"}
    intake.store_rows("messages", [{**said, "customer_id": "cem"}], source="shop", by="test")
    drain()
    for who, whom in (("460011", "ann"), ("79460022", "bea"), ("7946 0033", "cem"), ("07946 0011", "ann")):
        assert found(who) == [whom], who
    assert found("60044") == found("0011") == []
    FACTS["handles"].objects.filter(customer_id="ann").update(confidence=0)
    Person.objects.filter(given__startswith="phone|", customer_id="ann").delete()
    assert found("460011") == []
    before = set(SearchWord.objects.values_list("word", "customer_id"))
    rows = search_words.numbers_held(["ann", "bea", "cem"])
    assert set(rows["customer_id"].to_pylist()) == {"bea", "cem"}
    search_words.learn_numbers(rows)
    assert set(SearchWord.objects.values_list("word", "customer_id")) == before, "once is enough"


def test_a_note_of_somebody_known_is_theirs(service: Any, agent: Any) -> None:
    from goodwill.service.store.models import FACTS

    shop.fill()
    page = agent.get("/note", {"customer": "tom", "next": "/customers/tom"}).content.decode()
    assert "Tom Ashdown" in page and 'name="who"' not in page
    form = {"customer": "tom", "who": "ignored", "where": "phone", "text": CALL, "next": "/customers/tom"}
    assert agent.post("/note", form)["Location"] == "/customers/tom"
    drain()
    row = in_now()[CALL]
    assert (row["customer_id"], row["name"]) == ("tom", "Tom Ashdown")
    assert FACTS["messages"].objects.get(source="goodwill").author is None
    assert CALL[:40] in agent.get("/customers/tom", {"tab": "timeline"}).content.decode()


@sqlite
def test_an_address_that_is_known_names_its_person(agent: Any) -> None:
    from goodwill.service.store.models import Person

    shop.fill()
    Person.objects.create(given="email|tom@ashdown.example", customer_id="tom")
    agent.post("/note", {"who": "Tom@Ashdown.example", "where": "store", "text": "Where is my order?"})
    drain()
    assert in_now()["Where is my order?"]["customer_id"] == "tom"


@sqlite
def test_what_is_missing_is_said_and_what_was_written_stays(agent: Any) -> None:
    from goodwill.service.store.models import Batch

    ahead = (timezone.localtime() + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    for given, words in (
        ({"text": "", "where": "phone"}, "The note is empty"),
        ({"text": "Hello", "where": "smoke"}, "No such place"),
        ({"text": "Hello", "where": "phone", "at": ahead}, "That is still to come"),
        ({"text": "Hello", "where": "phone", "at": "noon"}, "is no time"),
        ({"text": "x" * 20_001, "where": "phone"}, "20,001 letters"),
    ):
        answer = agent.post("/note", {"who": "Kim", **given})
        page = answer.content.decode()
        assert answer.status_code == 422 and words in page and 'value="Kim"' in page, words
        assert not given["text"] or given["text"][:20] in page
    assert not Batch.objects.exists()
    page = agent.post("/note", {"who": "kim", "where": "store", "text": "Hello", "act": "find"}).content.decode()
    assert "Nobody here is known by that" in page and ">Hello</textarea>" in page
    for elsewhere in ("https://evil.example/", "//evil.example"):
        answer = agent.post("/note", {"who": "", "where": "store", "text": "Hello", "next": elsewhere})
        assert answer["Location"] == "/"


def test_it_was_earlier(service: Any, agent: Any) -> None:
    from goodwill.service.store.models import FACTS

    earlier = timezone.localtime().replace(second=0, microsecond=0) - timedelta(hours=3)
    agent.post("/note", {"where": "phone", "text": "Hello?", "at": earlier.strftime("%Y-%m-%dT%H:%M")})
    drain()
    assert FACTS["messages"].objects.get().at == earlier


# --- a link -------------------------------------------------------------------------------------------------------


def article(side: Any, path: str = "/post", **words: str) -> str:
    given = {"title": "Never again", "author": "Kim Doe", "text": "My board broke. " * 20, **words}
    side.pages[path] = Page(ARTICLE.format(**given).encode())
    return str(side.url(path))


def kept_of(page: str) -> str:
    found = re.search(r'name="kept" value="([^"]+)"', page)
    assert found
    return found[1]


def test_a_page_is_looked_at_and_taken_in_once(service: Any, agent: Any, side: Any) -> None:
    from goodwill.service.store.models import FACTS, Audit, Batch

    url = article(side)
    page = agent.post("/sources/link", {"url": url, "act": "look"}).content.decode()
    assert "What would be stored" in page and "Kim Doe" in page and "My board broke." in page and "Home" not in page
    assert not Batch.objects.exists()
    side.pages.clear()  # what was seen is what is stored
    form = {"act": "take", "kept": kept_of(page), "audience": "1,200"}
    assert agent.post("/sources/link", form)["Location"] == "/sources"
    drain()
    message = FACTS["messages"].objects.get()
    assert (message.url, message.audience, message.fact_source) == (url, 1200, "web")
    assert message.text.startswith("Never again")
    assert Audit.objects.filter(act="took in a link", what=url).count() == 1
    assert "It is here already" in agent.post("/sources/link", form, follow=True).content.decode()
    assert Batch.objects.count() == 1
    article(side)
    page = agent.post("/sources/link", {"url": url, "act": "look"}).content.decode()
    assert "It is here already" in page and 'name="kept"' not in page


@sqlite
def test_a_link_that_cannot_be_read_says_why(agent: Any, side: Any) -> None:
    side.pages["/picture"] = Page(b"\x89PNG", kind="image/png")
    side.pages["/inside"] = Page(b"", 302, {"Location": "http://10.0.0.1/admin"})
    for url, words in (
        ("", "Paste a link first."),
        ("javascript:alert(1)", "This is no link".lower()),
        ("file:///etc/passwd", "this is no link"),
        (side.url("/none"), "the page is not there"),
        (side.url("/picture"), "this is no page"),
        (side.url("/inside"), "10.0.0.1"),
        ("http://127.0.0.1:1/", "127.0.0.1"),
        ('http://"><script>alert(1)</script>', "&quot;&gt;&lt;script&gt;"),
    ):
        answer = agent.post("/sources/link", {"url": url, "act": "look"})
        page = answer.content.decode()
        assert answer.status_code == 422 and words in page, url
        assert "<script>alert" not in page
    for forged in ("", "x", "eyJhIjoxfQ:1abc:def"):
        answer = agent.post("/sources/link", {"act": "take", "kept": forged})
        assert answer.status_code == 422 and "This look is too old" in answer.content.decode()


@sqlite
def test_what_a_page_says_is_never_run(agent: Any, side: Any) -> None:
    attack = "&lt;script&gt;alert(1)&lt;/script&gt; &lt;img src=x onerror=alert(1)&gt; " * 5
    url = article(side, text=attack, title="&lt;b onmouseover=alert(1)&gt;", author="&quot;&gt;&lt;script&gt;alert(2)")
    page = agent.post("/sources/link", {"url": url, "act": "look"}).content.decode()
    assert "<script>alert" not in page and "<img src=x" not in page and "<b onmouseover" not in page
    assert "&lt;script&gt;alert(1)" in page
