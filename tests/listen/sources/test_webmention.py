"""Webmention and pasted links: pages of strangers, believed only in what they show."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from goodwill.errors import GoodwillError, NoAnswer, NotLetOut, NotUnderstood, SourceError
from goodwill.gate import Gate
from goodwill.listen.sources import webmention
from goodwill.listen.sources.kind import Heard, Place, Request
from goodwill.listen.sources.webmention import KIND, Settings
from goodwill.listen.web import web_page
from goodwill.listen.web.html_tree import parse
from patience import LONG
from servers import web

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
OURS = "https://www.firm.example/hexgear"
ENTRY = """<!doctype html><html lang="en-GB"><head><title>Jane's page</title></head><body>
<nav>Home Archive</nav><article class="h-entry"><h1 class="p-name">Hexgear, a story</h1>
<a class="p-author h-card" href="/about"><span class="p-name">Jane Doe</span></a>
<time class="dt-published" datetime="2026-11-20T08:30:00+01:00">Friday</time>
<div class="e-content">
<p>Their <a href="https://firm.example/hexgear/">board</a> broke, and they <b>mended</b> it.</p></div>
<div class="comment h-cite"><p class="p-content">First!</p></div></article></body></html>"""
JSON_LD = """<html lang=de><head><script type="application/ld+json">{"@context": "https://schema.org", "@graph": [
{"@type": "Person", "name": "Nobody"}, {"@type": ["BlogPosting"], "headline": "Zwei Tage",
"datePublished": "2026-11-19", "author": [{"@type": "Person", "name": "Max Muster"}],
"articleBody": "Dann war es kaputt."}]}</script>
<meta property="og:site_name" content="Werkbank"></head><body><p>Cookies?</p></body></html>"""
META = """<html><head><meta property="og:title" content="Two days"><meta name=author content="Eva">
<meta property="article:published_time" content="2026-11-18T10:00:00Z"></head>
<body><header><p>Menu and more menu and a search box that nobody needs.</p></header>
<div><div class=post><p>It held for two days, which was long enough for the party, as it turned out.</p>
<p>Then it broke.</p><form><p>Subscribe!</p></form></div></div><footer><p>Imprint</p></footer></body></html>"""
BARE = "<title>A note</title><p>It broke."


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[web.Web]:
    monkeypatch.setattr(webmention, "PAUSE", 0.0)
    with web.server() as running:
        yield running


def place(site: web.Web) -> Place:
    told = Settings(ours=("www.firm.example",))
    return Place("mentions", told, Gate(KIND.hosts(told), frozenset({site.host}), anywhere=True), now=lambda: NOW)


def mentioned(site: web.Web, source: str, target: str = OURS, **headers: str) -> Heard:
    body = urlencode({"source": site.url(source) if source.startswith("/") else source, "target": target}).encode()
    told = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"} | headers
    assert KIND.accept is not None
    return KIND.accept(place(site), Request(told, body, NOW))


def test_a_page_that_links_to_us_is_a_message(site: web.Web) -> None:
    site.pages["/story"] = web.Page(ENTRY.encode())
    heard = mentioned(site, "/story")
    assert heard.edited["messages"] == [
        {
            "message_id": "mentions:" + web_page.digest(site.url("/story")),
            "at": datetime(2026, 11, 20, 7, 30, tzinfo=UTC),
            "source": "mentions",
            "channel": "blog",
            "author": "Jane Doe (127.0.0.1)",
            "text": "Hexgear, a story\nTheir board broke, and they mended it.",
            "language": "en",
            "place": "127.0.0.1",
            "url": site.url("/story"),
            "to_us": False,
            "about": "us",
        }
    ]


def test_an_update_takes_its_place_and_what_no_longer_links_or_is_gone_goes(site: web.Web) -> None:
    site.pages["/story"] = web.Page(ENTRY.encode())
    key = mentioned(site, "/story").edited["messages"][0]["message_id"]
    site.pages["/story"] = web.Page(ENTRY.replace("broke", "never broke").encode())
    again = mentioned(site, "/story").edited["messages"][0]
    assert again["message_id"] == key and "never broke" in again["text"]
    site.pages["/story"] = web.Page(ENTRY.replace("https://firm.example/hexgear/", "/other").encode())
    gone = mentioned(site, "/story")
    assert gone.removed == {"messages": [key]} and gone.edited == {}
    assert gone.said[0].endswith("does not link to https://www.firm.example/hexgear: not taken, or taken back")
    site.pages["/story"] = web.Page(ENTRY.replace("firm.example/hexgear/", "firm.example/else").encode())
    elsewhere = mentioned(site, "/story")
    assert (elsewhere.removed, elsewhere.edited) == ({}, {}) and "not taken" in elsewhere.said[0]
    for status in (404, 410):
        site.pages["/story"] = web.Page(b"", status)
        assert mentioned(site, "/story").removed == {"messages": [key]}


def test_a_like_says_nothing(site: web.Web) -> None:
    like = f'<div class="h-entry"><a class="u-like-of" href="{OURS}"></a></div>'
    site.pages["/like"] = web.Page(like.encode())
    heard = mentioned(site, "/like")
    assert heard.edited == {} and heard.said[0].endswith(
        "a like of https://www.firm.example/hexgear, in which nothing is said"
    )


@pytest.mark.parametrize(
    ("source", "target", "message"),
    [
        ("https://blog.example/a", "https://other.example/", "https://other.example/: the page mentioned is not ours"),
        ("javascript:alert(1)", OURS, "source: no source; send source=…&target=…"),
        ("https://blog.example/a", "", "target: no target"),
        ("https://blog.example/" + "a" * 3_000, OURS, "no source"),
        (OURS + "#here", OURS, "a page does not mention itself"),
        ("ftp://blog.example/a", OURS, "no source"),
    ],
)
def test_what_is_no_mention_is_refused_before_anything_is_asked(
    site: web.Web, source: str, target: str, message: str
) -> None:
    with pytest.raises(NotUnderstood, match=message):
        mentioned(site, source, target)
    assert site.asked == []
    assert KIND.accept is not None
    with pytest.raises(NotUnderstood, match="a mention comes as a form"):
        KIND.accept(place(site), Request({"content-type": "application/json"}, b"{}", NOW))
    with pytest.raises(NotUnderstood, match="this is no form"):
        form = {"content-type": "application/x-www-form-urlencoded"}
        KIND.accept(place(site), Request(form, b"&".join([b"a=b"] * 100), NOW))


def test_a_source_that_misbehaves_is_refused_within_bounds(site: web.Web, monkeypatch: pytest.MonkeyPatch) -> None:
    site.pages |= {
        "/private": web.Page(status=302, headers={"Location": "http://127.0.0.1:1/"}),
        "/metadata": web.Page(status=302, headers={"Location": "http://169.254.169.254/latest"}),
        "/loop": web.Page(status=302, headers={"Location": "/loop"}),
        "/endless": web.Page(b"<html>", endless=True),
        "/drip": web.Page(ENTRY.encode() + b" " * 2_400, drips=0.05),
        "/picture": web.Page(b"\x89PNG", kind="image/png"),
        "/broken": web.Page(status=500),
    }
    problems: list[tuple[str, type[GoodwillError], str]] = [
        ("/private", NotLetOut, "not a public address"),
        ("/metadata", NotLetOut, "not a public address"),
        ("/loop", NoAnswer, "more than 5 redirects"),
        ("/endless", NoAnswer, "its answer is over 2,097,152 bytes"),
        ("/drip", NoAnswer, "no whole answer within 1 seconds"),
        ("/picture", NotUnderstood, "this is no page but 'image/png'"),
        ("/broken", SourceError, "the page that mentions us answers 500"),
    ]
    for path, error, message in problems:
        monkeypatch.setattr(webmention, "SECONDS", 1.0 if path == "/drip" else LONG)
        began = time.monotonic()
        with pytest.raises(error, match=message):
            mentioned(site, path)
        assert time.monotonic() - began < 60, path


def test_nobody_is_flooded_in_our_name(site: web.Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webmention, "PAUSE", 60.0)
    monkeypatch.setattr(webmention, "_turns", webmention._Turns())
    site.pages["/story"] = web.Page(ENTRY.encode())
    mentioned(site, "/story")
    with pytest.raises(SourceError, match="too many mentions at once; send it again in a while"):
        mentioned(site, "/story")
    assert len(site.asked) == 1


@pytest.mark.parametrize(
    ("page", "found"),
    [
        (ENTRY, {"author": "Jane Doe (127.0.0.1)", "text": "Hexgear, a story\nTheir board broke, and they mended it."}),
        (
            JSON_LD,
            {"author": "Max Muster (127.0.0.1)", "text": "Zwei Tage\nDann war es kaputt.", "language": "de",
             "place": "Werkbank", "at": datetime(2026, 11, 19, tzinfo=UTC)},
        ),
        (
            META,
            {"author": "Eva (127.0.0.1)", "at": datetime(2026, 11, 18, 10, tzinfo=UTC),
             "text": "Two days\nIt held for two days, which was long enough for the party, as it turned out.\n\n"
             "Then it broke."},
        ),
        (BARE, {"author": "127.0.0.1", "text": "A note\nIt broke.", "at": NOW}),
    ],
)  # fmt: skip
def test_a_pasted_link_is_read_in_every_way_that_pages_have(site: web.Web, page: str, found: dict[str, Any]) -> None:
    site.pages["/a"] = web.Page(page.encode())
    row = web_page.read(site.url("/a#part"), Gate(private=frozenset({site.host})), NOW)
    assert {name: row[name] for name in found} == found
    assert (row["message_id"], row["source"], row["channel"]) == (
        "web:" + web_page.digest(site.url("/a")),
        "web",
        "blog",
    )


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (web.Page(status=404), r"the page is not there \(HTTP 404\); look at the link"),
        (web.Page(status=401), "its server answers 401; is the page public?"),
        (web.Page(b"<html><script>app()</script>"), "the page has no words that can be read; note it by hand"),
        (web.Page(b"%PDF", kind="application/pdf"), "this is no page but 'application/pdf'"),
    ],
)
def test_a_link_that_cannot_be_read_says_why(site: web.Web, page: web.Page, message: str) -> None:
    site.pages["/a"] = page
    with pytest.raises(SourceError, match=message):
        web_page.read(site.url("/a"), Gate(private=frozenset({site.host})))
    with pytest.raises(NotUnderstood, match="this is no link; paste the page's address"):
        web_page.read("file:///etc/passwd", Gate())
    with pytest.raises(NotLetOut, match="not a public address"):
        web_page.read(site.url("/a"), Gate())


@pytest.mark.slow
def test_no_page_takes_long() -> None:
    from goodwill.gate import Answer

    million = 300_000
    pieces = [
        "<!--",
        "<a ",
        "</",
        "<p>",
        "<div>",
        "<article>",
        "<div><p>x</p>",
        "<script>",
        "&#",
        '<a b="',
        "<",
        "<br>",
    ]
    pieces += ["<div class=h-entry>", "<div class='h-entry p-author'>x", "<meta name=a>", "<i>", "<p><div>"]
    for piece in pieces:
        body = (piece * (million // len(piece))).encode()
        used = time.process_time()
        web_page.understand(Answer(200, {"content-type": "text/html"}, body, "https://blog.example/"))
        assert time.process_time() - used < 30, piece
    deep = parse("<div>" * 100_000 + "x")
    assert sum(1 for _ in deep.walk()) == 50_000
