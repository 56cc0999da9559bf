"""Any public page as one thing said: its title, who wrote it, when, and its words.

A page may say it in several ways; they are asked in this order: the microformat h-entry (microformats.org), JSON-LD
(schema.org), OpenGraph and other `meta`, and last the page's plain HTML. Nothing of it is run, and what it links to is
not fetched.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from goodwill.errors import NotUnderstood, SourceError
from goodwill.gate import Answer, Gate
from goodwill.listen.web import charsets
from goodwill.listen.web.html_tree import Node, parse, text
from goodwill.listen.web.open_web import address, fetch, host, writer

MOST_CHARACTERS = 20_000
MOST_BYTES = 2 << 20
_ARTICLES = frozenset(
    {"Article", "BlogPosting", "NewsArticle", "Review", "SocialMediaPosting", "DiscussionForumPosting"}
)
_NOT_THE_TEXT = frozenset({"comments", "respond", "sidebar", "site-footer", "related", "sharedaddy", "cookie-notice"})
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_IN_HEADER = re.compile(r"charset=[\"']?([\w.:-]{1,40})", re.IGNORECASE)


@dataclass
class Page:
    """What a page says. `links`: every address that it points to. `act`: a like, repost or bookmark of another page."""

    url: str
    title: str = ""
    author: str = ""
    author_url: str = ""
    at: datetime | None = None
    text: str = ""
    language: str = ""
    site: str = ""
    act: str = ""
    links: frozenset[str] = field(default_factory=frozenset)


def read(url: str, gate: Gate, now: datetime | None = None) -> dict[str, Any]:
    """A public page as a row of `messages`, for whoever pastes a link; asked through the gate, which bounds it.

    Its key is 'web:' and a digest of the address that it lies at, so that the same page twice is one. Raises NotLetOut
    and NoAnswer (`gate`), SourceError where the page is not to be had, NotUnderstood where it says nothing.
    """
    if address(url) is None:
        raise NotUnderstood("this is no link", where=url[:200], mend="paste the page's address, from https:// on")
    answer = fetch(gate, url.strip(), {"Accept": "text/html, application/xhtml+xml"}, most_bytes=MOST_BYTES)
    if answer.status in (404, 410):
        raise SourceError(f"the page is not there (HTTP {answer.status})", where=url[:200], mend="look at the link")
    if answer.status != 200:
        raise SourceError(f"its server answers {answer.status}", where=url[:200], mend="is the page public?")
    page = understand(answer)
    if not page.text and not page.title:
        raise NotUnderstood("the page has no words that can be read", where=url[:200], mend="note it by hand")
    return row(page, f"web:{digest(page.url)}", "web", now or datetime.now(UTC))


def row(page: Page, key: str, source: str, now: datetime, channel: str = "blog") -> dict[str, Any]:
    """A page as a row of `messages`."""
    begins = not page.title or page.text.startswith(page.title.rstrip("….")[:200])
    made = {
        "message_id": key,
        "at": min(page.at, now) if page.at else now,
        "source": source,
        "channel": channel,
        "author": writer(page.author, page.url),
        "text": (page.text if begins else f"{page.title}\n{page.text}").strip()[:MOST_CHARACTERS],
        "language": page.language or None,
        "place": page.site or host(page.url) or None,
        "url": page.url,
        "to_us": False,
    }
    return {name: value for name, value in made.items() if value is not None}


def digest(url: str) -> str:
    """An address as a short key, without what names a part of the page.

    >>> digest("https://blog.example/a#end") == digest("https://blog.example/a")
    True
    """
    return hashlib.sha256(url.partition("#")[0].encode()).hexdigest()[:32]


def understand(answer: Answer) -> Page:
    """What a page says. Raises NotUnderstood where it is no page (a picture, say)."""
    kind = answer.headers.get("content-type", "text/html").partition(";")[0].strip().lower()
    if kind not in ("text/html", "application/xhtml+xml", "text/plain", ""):
        raise NotUnderstood(f"this is no page but {kind[:60]!r}", where=answer.url[:200], mend="")
    declared = _IN_HEADER.search(answer.headers.get("content-type", ""))
    inside = _CHARSET.search(answer.body[:4_000])
    name = declared[1] if declared else inside[1].decode("ascii", "replace") if inside else ""
    document = charsets.decode(answer.body, name)
    if kind == "text/plain":
        return Page(answer.url, text=document.strip()[:MOST_CHARACTERS])
    return _understood(parse(document), answer.url)


def _understood(tree: Node, url: str) -> Page:
    meta = _meta(tree)
    base = address(next((node.get("href") for node in tree.walk() if node.name == "base"), ""), url) or url
    html = tree.first("html")
    language = (html.get("lang") if html else "") or meta.get("og:locale", "")
    page = _of_entry(tree, Page(url), base)
    for further in (_of_json, _of_meta, _of_html):
        page = _completed(page, further(tree, meta))
    links = {found for node in tree.walk() for name in ("href", "src") if (found := address(node.get(name), base))}
    first = language.strip().lower()[:2]
    return replace(
        page,
        title=" ".join(page.title.split())[:300],
        author=" ".join(page.author.split())[:120],
        text=page.text.strip()[:MOST_CHARACTERS],
        site=" ".join(meta.get("og:site_name", "").split())[:120],
        language=first if first.isalpha() and len(first) == 2 else "",
        links=frozenset(links),
    )


def _completed(page: Page, more: dict[str, Any]) -> Page:
    """A page, with what it lacks from another way of saying it."""
    return replace(page, **{name: value for name, value in more.items() if value and not getattr(page, name)})


# --- h-entry --------------------------------------------------------------------------------------------------------


def _of_entry(tree: Node, page: Page, base: str) -> Page:
    """The first h-entry: p-name, e-content, p-author (an h-card), dt-published, and what sort of answer it is."""
    entry = next((node for node in tree.walk() if "h-entry" in node.classes), None)
    if entry is None:
        return page
    said = {
        name: found for name in ("e-content", "p-content", "p-summary", "p-name") if (found := _property(entry, name))
    }
    content = next((said[name] for name in ("e-content", "p-content", "p-summary") if name in said), None)
    author = _property(entry, "p-author") or next(
        (one for one in tree.walk() if {"p-author", "h-card"} <= one.classes), None
    )
    for name in ("u-like-of", "u-repost-of", "u-bookmark-of"):
        if _property(entry, name) is not None:
            page.act = name[2:-3]
    page.text = text(content) if content is not None else ""
    page.title = (
        text(said["p-name"]) if "p-name" in said and "p-name" not in (content.classes if content else ()) else ""
    )
    published = _property(entry, "dt-published")
    page.at = _instant(published.get("datetime") or text(published)) if published is not None else None
    if author is not None:
        named = _property(author, "p-name")
        page.author = text(named) if named is not None else text(author) or author.get("title")
        link = _property(author, "u-url") or (author if author.name == "a" else None)
        page.author_url = (address(link.get("href"), base) or "") if link is not None else ""
    return page


def _property(entry: Node, name: str) -> Node | None:
    """The first element with a property of this item; those of items inside it are theirs."""
    todo: list[Node | str] = list(reversed(entry.inside))
    while todo:
        node = todo.pop()
        if isinstance(node, str):
            continue
        if name in node.classes:
            return node
        if not any(one.startswith("h-") for one in node.classes):
            todo += reversed(node.inside)
    return None


# --- JSON-LD, meta, plain HTML --------------------------------------------------------------------------------------


def _of_json(tree: Node, meta: dict[str, str]) -> dict[str, Any]:
    for node in tree.walk():
        if node.name != "script" or "ld+json" not in node.get("type"):
            continue
        try:
            told = json.loads("".join(one for one in node.inside if isinstance(one, str)))
        except (ValueError, RecursionError):
            continue
        for thing in _things(told):
            if _ARTICLES & set(_list(thing.get("@type"))):
                author = next(iter(_list(thing.get("author"))), None)
                name = author.get("name") if isinstance(author, dict) else author
                return {
                    "title": _word(thing.get("headline") or thing.get("name")),
                    "author": _word(next(iter(_list(name)), "")),
                    "at": _instant(_word(thing.get("datePublished"))),
                    "text": _word(thing.get("articleBody") or thing.get("reviewBody")),
                }
    return {}


def _things(told: Any) -> list[dict[str, Any]]:
    found = [one for one in _list(told) if isinstance(one, dict)]
    return found + [one for thing in found for one in _list(thing.get("@graph")) if isinstance(one, dict)]


def _list(told: Any) -> list[Any]:
    return told if isinstance(told, list) else [] if told is None else [told]


def _word(told: Any) -> str:
    return told if isinstance(told, str) else ""


def _meta(tree: Node) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in tree.walk():
        if node.name == "meta":
            found.setdefault((node.get("property") or node.get("name")).lower(), node.get("content"))
    return found


def _of_meta(tree: Node, meta: dict[str, str]) -> dict[str, Any]:
    author = meta.get("author") or meta.get("article:author", "")
    return {
        "title": meta.get("og:title", ""),
        "author": "" if author.startswith("http") else author,
        "at": _instant(meta.get("article:published_time", "") or meta.get("date", "")),
    }


def _of_html(tree: Node, meta: dict[str, str]) -> dict[str, Any]:
    heading, title = tree.first("h1"), tree.first("title")
    by = next((node for node in tree.walk() if node.get("rel") == "author" or node.get("itemprop") == "author"), None)
    time = next((node for node in tree.walk() if node.name == "time" and node.get("datetime")), None)
    name = text(heading) if heading else ""
    return {
        "title": name or (" ".join(one for one in title.inside if isinstance(one, str)) if title else ""),
        "author": text(by)[:120] if by else "",
        "at": _instant(time.get("datetime")) if time else None,
        "text": _main_text(tree) or meta.get("og:description") or meta.get("description", ""),
    }


def _main_text(tree: Node) -> str:
    """The article's words: of <article> or <main>, else of the element that holds the most of paragraphs."""
    whole = max((_without_furniture(node) for node in _marked(tree)), key=len, default="")
    if len(whole) > 200:
        return whole
    held: dict[int, tuple[int, int, Node]] = {}
    for order, node in enumerate(tree.walk()):
        paragraphs = [one for one in node.inside if isinstance(one, Node) and one.name == "p"]
        words = sum(len(said) for one in paragraphs for said in one.inside if isinstance(said, str))
        if words:
            held[order] = (words, -order, node)
    best = max(held.values(), key=lambda one: one[:2], default=None)
    found = _without_furniture(best[2]) if best else ""
    return max(whole, found, key=len) or _without_furniture(tree)


def _marked(tree: Node) -> list[Node]:
    """What the page itself calls its main part; not what lies inside such a part."""
    found: list[Node] = []
    todo: list[Node | str] = [tree]
    while todo and len(found) < 50:
        node = todo.pop()
        if isinstance(node, str):
            continue
        if node.name in ("article", "main") or node.get("role") == "main":
            found.append(node)
        else:
            todo += reversed(node.inside)
    return found


def _without_furniture(node: Node) -> str:
    """An element's text without navigation, forms and what others have written below."""
    kept = Node(node.name, inside=[_pruned(one) if isinstance(one, Node) else one for one in node.inside])
    return text(kept, _NOT_THE_TEXT)


def _pruned(node: Node) -> Node:
    if node.name in ("nav", "aside", "footer", "form", "button", "noscript", "h1"):
        return Node("template")
    inside = [_pruned(one) if isinstance(one, Node) else one for one in node.inside]
    return Node(node.name, node.attributes, inside)


def _instant(written: str) -> datetime | None:
    try:
        at = datetime.fromisoformat(written.strip()[:40])
    except ValueError:
        return None
    at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    return at if at.year >= 1990 else None
