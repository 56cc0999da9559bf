"""Feeds: what they say, how politely they are asked, and what they cannot do to us."""

from __future__ import annotations

import gzip
import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from goodwill.errors import NoAnswer, NotLetOut, NotUnderstood, SourceError
from goodwill.gate import Gate
from goodwill.listen.sources.feed import KIND, Settings
from goodwill.listen.sources.kind import Heard, Place
from goodwill.listen.web import open_web
from servers import web

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"
     xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:media="http://search.yahoo.com/mrss/">
<channel><title>The Workbench</title><link>https://blog.example/</link><language>en-GB</language>
<item><title>Hexgear &amp; I</title><link>https://blog.example/hexgear</link><guid isPermaLink="false">post-1</guid>
  <pubDate>Fri, 20 Nov 2026 08:30:00 +0100</pubDate><dc:creator>Jane Doe</dc:creator><slash:comments>7</slash:comments>
  <description>Short.</description>
  <content:encoded><![CDATA[<p>Their board <b>broke</b> on day&nbsp;two.</p><script>steal()</script>
  <p>Support &lt;3 &amp; all.</p>]]></content:encoded></item>
<item><title>Views</title><link>javascript:alert(1)</link><guid>post-2</guid>
  <pubDate>Thu, 19 Nov 2026 10:00:00 GMT</pubDate>
  <media:group><media:community><media:statistics views="4100"/></media:community></media:group>
  <description>Seen by many.</description></item>
<item><guid>post-3</guid></item>
</channel></rss>"""
ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0" xml:lang="de">
<title>Werkbank</title><id>tag:blog.example,2026:all</id><updated>2026-11-20T10:00:00Z</updated>
<entry><id>tag:blog.example,2026:1</id><title>Grüße</title><updated>2026-11-20T10:00:00Z</updated>
  <published>2026-11-18T10:00:00+01:00</published><author><name>Max Muster</name></author>
  <link href="https://blog.example/gruesse"/><content type="html">&lt;p&gt;{text}&lt;/p&gt;</content></entry>
<entry><id>tag:blog.example,2026:2</id><title>Re: Grüße</title><updated>2026-11-20T11:00:00Z</updated>
  <thr:in-reply-to ref="tag:blog.example,2026:1"/><content type="text">Danke &amp; bis bald</content></entry>
</feed>"""


@pytest.fixture
def site() -> Iterator[web.Web]:
    with web.server() as running:
        yield running


def place(site: web.Web, path: str = "/feed", **settings: Any) -> Place:
    told = Settings(url=site.url(path), **settings)
    return Place("blog", told, Gate(KIND.hosts(told), frozenset({site.host}), anywhere=True), now=lambda: NOW)


def pulled(one: Place, cursor: dict[str, Any] | None = None) -> Heard:
    assert KIND.pull is not None
    (heard,) = KIND.pull(one, cursor or {})
    return heard


def feed(body: str, **more: Any) -> web.Page:
    return web.Page(body.encode(), kind="application/rss+xml", **more)


def test_rss_is_read_as_people_see_it(site: web.Web) -> None:
    site.pages["/feed"] = feed(RSS)
    heard = pulled(place(site, audience=900))
    first, second = heard.facts["messages"]
    assert first == {
        "message_id": "blog:post-1",
        "at": datetime(2026, 11, 20, 7, 30, tzinfo=UTC),
        "source": "blog",
        "channel": "blog",
        "author": "Jane Doe (blog.example)",
        "text": "Hexgear & I\nTheir board broke on day two.\n\nSupport <3 & all.",
        "language": "en",
        "audience": 900,
        "engagements": 7,
        "place": "The Workbench",
        "url": "https://blog.example/hexgear",
        "about": "us",
        "to_us": False,
    }
    assert (second["audience"], second["text"]) == (4100, "Views\nSeen by many.")
    assert "url" not in second  # a link that runs is none
    assert heard.said == ["1 entry left out: nothing is said in them, or none of the words"]


def test_atom_and_json_feed_say_the_same(site: web.Web) -> None:
    site.pages["/atom"] = feed(ATOM.format(text="Schön ist es."))
    site.pages["/json"] = feed(
        json.dumps(
            {
                "version": "https://jsonfeed.org/version/1.1",
                "title": "Werkbank",
                "language": "de",
                "items": [
                    {
                        "id": "1", "url": "https://blog.example/gruesse", "title": "Grüße",
                        "content_html": "<p>Schön ist es.", "date_published": "2026-11-18T10:00:00+01:00",
                        "authors": [{"name": "Max Muster"}],
                    },
                    "not an item",
                ],
            }
        )
    )  # fmt: skip
    atom, answer = pulled(place(site, "/atom", about="Rival", channel="news")).facts["messages"]
    (told,) = pulled(place(site, "/json", about="Rival", channel="news")).facts["messages"]
    assert {**atom, "message_id": ""} == {**told, "message_id": ""}
    assert atom["text"] == "Grüße\nSchön ist es." and atom["about"] == "Rival" and atom["language"] == "de"
    assert answer["in_reply_to"] == atom["message_id"] == "blog:tag:blog.example,2026:1"


def test_what_was_edited_takes_the_place_of_what_was_said(site: web.Web) -> None:
    site.pages["/feed"] = feed(ATOM.format(text="It broke."))
    first = pulled(place(site))
    site.pages["/feed"] = feed(ATOM.format(text="They mended it!"))
    second = pulled(place(site), first.cursor)
    assert second.facts == {}
    assert [row["text"] for row in second.edited["messages"]] == ["Grüße\nThey mended it!"]
    assert second.edited["messages"][0]["message_id"] == first.facts["messages"][0]["message_id"]
    third = pulled(place(site), second.cursor)
    assert (third.facts, third.edited) == ({}, {})


def test_an_entry_without_a_date_keeps_the_time_at_which_it_was_first_seen(site: web.Web) -> None:
    item = "<item><guid>1</guid><description>{}</description></item>"
    item = f"<rss version='2.0'><channel><title>T</title>{item}</channel></rss>"
    site.pages["/feed"] = feed(item.format("One"))
    first = pulled(place(site))
    later = replace(place(site), now=lambda: NOW + timedelta(days=3))
    site.pages["/feed"] = feed(item.format("Two"))
    second = pulled(later, first.cursor)
    assert first.facts["messages"][0]["at"] == second.edited["messages"][0]["at"] == NOW


def test_only_entries_with_one_of_the_words_are_heard(site: web.Web) -> None:
    site.pages["/feed"] = feed(RSS)
    assert [row["message_id"] for row in pulled(place(site, words=("HEXGEAR",))).facts["messages"]] == ["blog:post-1"]


def test_a_feed_that_has_not_changed_is_not_sent_again(site: web.Web) -> None:
    def answer(headers: dict[str, str]) -> web.Page:
        if (
            headers.get("if-none-match") == '"v1"'
            and headers.get("if-modified-since") == "Fri, 20 Nov 2026 10:00:00 GMT"
        ):
            return web.Page(status=304)
        return feed(RSS, headers={"ETag": '"v1"', "Last-Modified": "Fri, 20 Nov 2026 10:00:00 GMT"})

    site.pages["/feed"] = answer
    first = pulled(place(site))
    second = pulled(place(site), first.cursor)
    assert second.facts == {} and second.cursor == first.cursor


def test_another_address_begins_anew(site: web.Web) -> None:
    site.pages["/feed"] = site.pages["/other"] = feed(RSS, headers={"ETag": '"v1"'})
    first = pulled(place(site))
    assert len(pulled(place(site, "/other"), first.cursor).facts["messages"]) == 2
    assert "if-none-match" not in site.asked[-1][2]


def test_a_feed_that_moved_for_good_is_asked_there_from_then_on(site: web.Web) -> None:
    site.pages["/feed"] = web.Page(status=301, headers={"Location": "/new"})
    site.pages["/new"] = feed(RSS)
    first = pulled(place(site))
    pulled(place(site), first.cursor)
    assert [path for _, path, _ in site.asked] == ["/feed", "/new", "/new"]
    site.pages["/feed"] = web.Page(status=302, headers={"Location": "/new"})
    site.asked.clear()
    pulled(place(site), pulled(place(site)).cursor)
    assert [path for _, path, _ in site.asked] == ["/feed", "/new", "/feed", "/new"]


def test_a_feed_that_is_gone_is_not_asked_again(site: web.Web) -> None:
    site.pages["/feed"] = web.Page(status=410)
    assert KIND.pull is not None
    pieces = KIND.pull(place(site), {})
    cursor = next(iter(pieces)).cursor
    with pytest.raises(SourceError, match=r"/feed: the feed is gone for good \(HTTP 410\); delete this source"):
        next(pieces)
    with pytest.raises(SourceError, match="gone for good"):
        pulled(place(site), cursor)
    assert len(site.asked) == 1


def test_a_server_that_asks_for_rest_gets_it(site: web.Web) -> None:
    site.pages["/feed"] = web.Page(status=429, headers={"Retry-After": "3600"})
    assert KIND.pull is not None
    pieces = KIND.pull(place(site), {"entries": {"kept": ["0", None]}, "of": site.url("/feed")})
    cursor = next(iter(pieces)).cursor
    with pytest.raises(NoAnswer, match="asked to be left alone until 2026-11-22 13:00 UTC") as told:
        next(pieces)
    assert told.value.retry_after == 3600  # type: ignore[attr-defined]
    quiet = pulled(place(site), cursor)
    assert quiet.said == ["not asked: the feed's server wants to be left alone until 2026-11-22T13:00:00+00:00"]
    assert len(site.asked) == 1
    site.pages["/feed"] = feed(RSS)
    later = replace(place(site), now=lambda: NOW + timedelta(hours=2))
    assert len(pulled(later, cursor).facts["messages"]) == 2
    assert "kept" in (cursor or {})["entries"]


@pytest.mark.parametrize(
    ("page", "message"),
    [
        (web.Page(status=404), r"the feed is not there \(HTTP 404\); see whether the address is right"),
        (web.Page(status=403), r"the feed is not for everybody \(HTTP 403\)"),
        (web.Page(status=500), r"its server answers 500; goodwill asks again later"),
        (web.Page(b"hello"), "this is no feed; give the address of an RSS, Atom or JSON feed"),
        (web.Page(b"<svg><a/></svg>"), "this is no feed"),
        (web.Page(b'{"a": 1}'), "this is JSON, but no JSON Feed"),
        (web.Page(b"{" + b"[" * 100_000), "no JSON that can be read"),
        (web.Page(b"<rss><channel><title>x</title><item>"), r"the feed is not well-formed: line 1: no element found"),
        (web.Page(b"<rss version='2.0'>" + b"<a>" * 200), "more than 100 elements deep"),
        (
            web.Page(b"<!doctype html><link rel=alternate type='application/rss+xml' href='/f.xml'><p>A blog"),
            r"this is a web page, not a feed; it names http://127\.0\.0\.1:\d+/f\.xml",
        ),
        (web.Page(b"<html><p>A blog"), "this is a web page, not a feed; give the address of its RSS"),
        (web.Page(b"xx", headers={"Content-Encoding": "br"}), "its answer is packed as 'br'"),
        (web.Page(b"xx", headers={"Content-Encoding": "gzip"}), "its answer is packed, and broken"),
    ],
)
def test_what_is_no_feed_is_named(site: web.Web, page: web.Page, message: str) -> None:
    site.pages["/feed"] = page
    assert KIND.check is not None
    with pytest.raises((SourceError, NoAnswer), match=message):
        KIND.check(place(site))


def test_the_test_button_says_what_the_feed_is(site: web.Web) -> None:
    site.pages["/feed"] = feed(RSS)
    assert KIND.check is not None
    assert KIND.check(place(site)) == "The Workbench: 3 entries, the newest of 2026-11-20."


def test_what_is_often_wrong_in_feeds_is_mended(site: web.Web) -> None:
    broken = RSS.replace("Seen by many.", "AT&T caf&eacute;&nbsp;\x0b &amp; co & <![CDATA[R&D]]>").replace(
        "?>", "?>\n\n", 1
    )
    site.pages["/feed"] = feed("\n \ufeff" + broken + "\n<!-- more -->garbage &")
    heard = pulled(place(site))
    assert heard.facts["messages"][1]["text"] == "Views\nAT&T café & co & R&D"
    assert heard.said[0].startswith("the feed is not well-formed (line ")


def test_charsets_are_read_as_declared(site: web.Web) -> None:
    text = ATOM.format(text="Schöne Grüße für 5 €").replace("utf-8", "windows-1252")
    site.pages["/feed"] = web.Page(text.encode("windows-1252"), kind="application/atom+xml")
    assert pulled(place(site)).facts["messages"][0]["text"] == "Grüße\nSchöne Grüße für 5 €"


def bombs() -> dict[str, web.Page]:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    rss = "<rss version='2.0'><channel>&l11;</channel></rss>"
    document = f"<?xml version='1.0'?><!DOCTYPE lolz [<!ENTITY l0 'ha'>{laughs}]>{rss}"
    return {
        "/laughs": feed(document),
        "/laughs16": web.Page(document.encode("utf-16"), kind="application/xml"),
        "/quadratic": feed(f"<!DOCTYPE r [<!ENTITY a '{'x' * 100_000}'>]><rss version='2.0'>{'&a;' * 100_000}</rss>"),
        "/outside": feed('<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss version="2.0">&x;</rss>'),
        "/loop": web.Page(status=302, headers={"Location": "/loop"}),
        "/endless": feed("<rss>", endless=True),
        "/gzip": web.Page(gzip.compress(bytes(300_000_000), 1), headers={"Content-Encoding": "gzip"}),
        "/drip": feed(RSS + " " * 2_400, drips=0.05),
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/laughs", "it declares entities of its own, which can grow without bound: it was not read"),
        ("/laughs16", "it declares entities of its own"),
        ("/quadratic", "it declares entities of its own"),
        ("/outside", "it declares entities of its own"),
        ("/loop", "more than 5 redirects"),
        ("/endless", "its answer is over 5,242,880 bytes"),
        ("/gzip", "its answer is over 5,242,880 bytes once unpacked"),
        ("/drip", "no whole answer within 1 seconds"),
    ],
)
def test_a_bomb_is_refused_within_bounds(
    site: web.Web, path: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if path == "/drip":
        monkeypatch.setattr(open_web, "SECONDS", 1.0)
    site.pages |= bombs()
    began, used = time.monotonic(), time.process_time()
    with pytest.raises((SourceError, NoAnswer), match=message):
        pulled(place(site, path))
    assert time.monotonic() - began < 60 and time.process_time() - used < 30


@pytest.mark.slow
def test_what_takes_parsers_long_does_not(site: web.Web) -> None:
    million = 300_000
    texts = [
        "<!--" * (million // 4),
        "<a " * (million // 3),
        "&amp;lt;" * (million // 8),
        "\n" * million,
        "<b>" * (million // 3),
    ]
    texts += ["2026-" * (million // 5), "<![CDATA[" * (million // 9), '="' * (million // 2)]
    for text in texts:
        bare = text.replace("&", "&amp;").replace("<", "&lt;")
        site.pages["/feed"] = feed(
            f"<rss version='2.0'><channel><title>T</title><item><guid>1</guid><pubDate>{bare[:200_000]}</pubDate>"
            f"<title>{bare[:200_000]}</title><description>{bare}</description><language>{bare[:99]}</language></item></channel>"
            "</rss>"
        )
        used = time.process_time()
        pulled(place(site))
        assert time.process_time() - used < 30, text[:10]
        for broken in (f"<rss version='2.0'>{text}", f"<?xml {text}", f"<!DOCTYPE {text}", f"<!-- {text}", text):
            site.pages["/feed"] = feed(broken)
            used = time.process_time()
            with pytest.raises(NotUnderstood):
                pulled(place(site))
            assert time.process_time() - used < 30, broken[:30]


def test_a_private_address_is_never_asked(site: web.Web) -> None:
    site.pages["/feed"] = web.Page(status=301, headers={"Location": "http://127.0.0.1:1/feed"})
    with pytest.raises(NotLetOut, match=r"127\.0\.0\.1: it lies at 127\.0\.0\.1, which is not a public address"):
        pulled(place(site))
    told = Settings(url=site.url("/feed"))
    with pytest.raises(NotLetOut, match="not a public address"):
        pulled(Place("blog", told, Gate(KIND.hosts(told), anywhere=True)))
