"""A feed's document, made safe to read: RSS and Atom for feedparser, JSON Feed as what feedparser would say of it.

feedparser never fetches here (it is given bytes), and never falls back to its forgiving parser, whose time grows with
the square of some inputs: only what expat takes as well-formed reaches it. What is often wrong is mended first.
"""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass, field
from html.entities import html5
from time import struct_time
from typing import Any
from xml.parsers import expat

from goodwill.errors import NotUnderstood
from goodwill.listen.web import charsets, html_tree
from goodwill.listen.web.open_web import address

MOST_ENTRIES = 2_000
_DEEPEST = 100
_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([\w.:-]{1,40})["']""")
_CHARSET = re.compile(r"charset=[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_ROOT = re.compile(r"<[A-Za-z_]")
_ENTITY = re.compile(r"&(#\d{1,7};|#x[0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{0,31};)?")
_XMLS_OWN = frozenset({"amp;", "lt;", "gt;", "quot;", "apos;"})
_FEEDS = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/json")


@dataclass
class Document:
    """What a feed says of itself, and its entries as feedparser has them."""

    title: str
    language: str
    entries: list[Any]
    link: str = ""
    said: list[str] = field(default_factory=list)


def read(body: bytes, content_type: str, url: str) -> Document:
    """Reads a document. Raises NotUnderstood where it is no feed, is broken, or declares entities of its own."""
    start = body[:1_000].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{"):
        return _read_json(body, url)
    declared = _CHARSET.search(content_type) or _DECLARED.search(body[:1_000])
    name = declared[1] if declared else ""
    text = charsets.decode(body, name.decode("ascii") if isinstance(name, bytes) else name)
    if re.match(r"\s*(<!--.{0,5000}?-->\s*)*(<!doctype\s+html|<html)", text[:10_000], re.IGNORECASE | re.DOTALL):
        raise NotUnderstood("this is a web page, not a feed", where=url, mend=_feeds_of(text, url))
    return _read_xml(text, url)


def _read_xml(text: str, url: str) -> Document:
    import feedparser

    root = _ROOT.search(text)
    if root is None:
        raise NotUnderstood("this is no feed", where=url, mend="give the address of an RSS, Atom or JSON feed")
    if "<!ENTITY" in text[: root.start()].upper() or "<!ENTITY" in text:
        raise NotUnderstood(
            "it declares entities of its own, which can grow without bound: it was not read", where=url, mend=""
        )
    text = text[root.start() :]
    said: list[str] = []
    problem = _problem(text)
    if problem:
        text = _mended(text)
        said.append(f"the feed is not well-formed ({problem}); it was mended")
        problem = _problem(text)
    if problem:
        raise NotUnderstood(f"the feed is not well-formed: {problem}", where=url, mend="tell whoever keeps it")
    whole = '<?xml version="1.0" encoding="utf-8"?>\n' + text
    read = feedparser.parse(
        io.BytesIO(whole.encode("utf-8")),
        response_headers={"content-type": "application/xml; charset=utf-8", "content-location": url},
        resolve_relative_uris=False,
        sanitize_html=False,
    )
    if not read.version and not read.entries:
        raise NotUnderstood("this is no feed", where=url, mend="give the address of an RSS, Atom or JSON feed")
    return Document(
        _line(read.feed.get("title")),
        str(read.feed.get("language") or ""),
        _first(read.entries, said),
        str(read.feed.get("link") or ""),
        said,
    )


def _problem(text: str) -> str:
    """What is wrong with a document, in a few words; '' where nothing is."""
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise _TooDeep

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler, parser.EndElementHandler = start, end
    try:
        parser.Parse(text.encode("utf-8"), True)
    except expat.ExpatError as broken:
        return f"line {broken.lineno}: {expat.ErrorString(broken.code)}"
    except _TooDeep:
        return f"more than {_DEEPEST} elements deep"
    return ""


class _TooDeep(Exception):
    pass


def _mended(text: str) -> str:
    """Names of characters that XML does not know, and a bare &, as they were meant; nothing after the root's end."""

    def whole(found: re.Match[str]) -> str:
        name = found[1]
        if not name:
            return "&amp;"
        if name.startswith("#") or name in _XMLS_OWN:
            return found[0]
        meant = html5.get(name)
        return meant if meant and meant not in "<>&" else f"&amp;{name}"

    parts, at = [], 0
    while at < len(text):
        opens = text.find("<![CDATA[", at)
        closes = text.find("]]>", opens) if opens >= 0 else -1
        if closes < 0:  # no further section, or one without an end
            opens = closes = len(text)
        parts += [_ENTITY.sub(whole, text[at:opens]), text[opens : closes + 3]]
        at = closes + 3
    text = "".join(parts)
    root = re.match(r"<([\w:.-]+)", text)
    end = text.rfind(f"</{root[1]}>") if root else -1
    return text[: end + len(root[1]) + 3] if root and end >= 0 else text


def _first(entries: list[Any], said: list[str]) -> list[Any]:
    if len(entries) > MOST_ENTRIES:
        said.append(f"of {len(entries):,} entries the first {MOST_ENTRIES:,} were read")
    return [dict(entry) for entry in entries[:MOST_ENTRIES]]  # feedparser's own mapping warns of names it gave up


def _feeds_of(page: str, url: str) -> str:
    """The feeds that a page names, for the message."""
    found = [
        address(node.get("href"), url)
        for node in html_tree.parse(page[:500_000]).walk()
        if node.name == "link" and "alternate" in node.get("rel").split() and node.get("type") in _FEEDS
    ]
    named = [one for one in found if one][:3]
    return f"it names {' and '.join(named)}" if named else "give the address of its RSS, Atom or JSON feed"


def _line(value: object) -> str:
    return " ".join(html_tree.plain(str(value or ""))[:500].split())


def _read_json(body: bytes, url: str) -> Document:
    """JSON Feed 1.0 and 1.1 (jsonfeed.org), said in feedparser's words."""
    try:
        feed = json.loads(body)
    except (ValueError, RecursionError) as broken:
        raise NotUnderstood("this is no JSON that can be read", where=url, mend="tell whoever keeps it") from broken
    if not isinstance(feed, dict) or not str(feed.get("version", "")).startswith("https://jsonfeed.org/version/"):
        raise NotUnderstood("this is JSON, but no JSON Feed", where=url, mend="its version is missing")
    said: list[str] = []
    items = feed.get("items")
    entries = [_entry(item, feed) for item in (items if isinstance(items, list) else []) if isinstance(item, dict)]
    title, language = _line(feed.get("title")), str(feed.get("language") or "")
    return Document(title, language, _first(entries, said), str(feed.get("home_page_url") or ""), said)


def _entry(item: dict[str, Any], feed: dict[str, Any]) -> dict[str, Any]:
    text, html = item.get("content_text"), item.get("content_html")
    entry: dict[str, Any] = {
        "id": item.get("id"),
        "link": item.get("url") or item.get("external_url"),
        "title": item.get("title"),
        "summary": item.get("summary"),
        "language": item.get("language"),
        "published_parsed": _instant(item.get("date_published")),
        "updated_parsed": _instant(item.get("date_modified")),
    }
    if text or html:
        entry["content"] = [{"value": html or text, "type": "text/html" if html else "text/plain"}]
    authors = item.get("authors") or item.get("author") or feed.get("authors") or feed.get("author")
    one = authors[0] if isinstance(authors, list) and authors else authors
    if isinstance(one, dict):
        entry["author_detail"] = {"name": one.get("name"), "href": one.get("url")}
    return {name: value for name, value in entry.items() if value not in (None, "")}


def _instant(written: object) -> struct_time | None:
    from datetime import UTC, datetime

    try:
        at = datetime.fromisoformat(str(written)[:40])
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC).timetuple()
