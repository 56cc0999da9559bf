"""Feeds: RSS, Atom and JSON Feed, so blogs, news and forums; pulled politely, with what was edited since."""

from __future__ import annotations

import hashlib
from calendar import timegm
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field

from goodwill.errors import NoAnswer, SourceError
from goodwill.gate import Answer
from goodwill.listen.sources.kind import Cursor, Heard, Kind, Place, Row
from goodwill.listen.sources.kind import Settings as KindSettings
from goodwill.listen.web import feed_document, html_tree
from goodwill.listen.web.open_web import address, fetch, wait_until, writer

MOST_CHARACTERS = 20_000
_REMEMBERED = 2_000
_TAKEN = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"


class Settings(KindSettings):
    """A feed's settings."""

    url: str = Field(description="the feed's address; most blogs name it in their page, often /feed or /index.xml")
    about: str = Field("us", description="whom it is about: 'us', or a competitor's name as in goodwill.toml")
    channel: Literal["blog", "news", "forum", "review", "video", "podcast"] = Field(
        "blog", description="where its authors speak"
    )
    audience: int | None = Field(
        None, ge=0, description="how many people read it, if you know; used where an entry says nothing of it"
    )
    words: tuple[str, ...] = Field(
        (), description="only entries that contain one of these words, for a feed about many things; empty: all"
    )


def pull(place: Place, cursor: Cursor) -> Iterator[Heard]:
    """What is new or edited since the cursor; asks nothing while the feed wants to be left alone or is gone."""
    settings: Settings = place.settings
    if cursor.get("of") != settings.url:
        cursor = {"of": settings.url}
    if cursor.get("gone"):
        raise _gone(settings.url)
    now = place.now()
    if (wait := cursor.get("not_before")) and datetime.fromisoformat(wait) > now:
        yield Heard(cursor=cursor, said=[f"not asked: the feed's server wants to be left alone until {wait}"])
        return
    answer = _ask(place, cursor)
    if answer.status == 410:
        yield Heard(cursor={**cursor, "gone": True})
        raise _gone(settings.url)
    if answer.status in (429, 503) and (until := wait_until(answer, now)):
        yield Heard(cursor={**cursor, "not_before": until.isoformat(timespec="seconds")})
        raise _Resting(settings.url, until, now)
    kept: Cursor = {name: cursor[name] for name in ("of", "url", "entries", "etag", "modified") if name in cursor}
    if answer.moved and answer.status in (200, 304):
        kept["url"] = answer.moved
    if answer.status == 304:
        yield Heard(cursor=kept)
        return
    yield _heard(place, _document(answer, settings.url), answer, kept)


def check(place: Place) -> str:
    """Asks once, and says what the feed is."""
    answer = _ask(place, {})
    if answer.status == 410:
        raise _gone(place.settings.url)
    document = _document(answer, place.settings.url)
    dates = [at for entry in document.entries if (at := _at(entry))]
    newest = f", the newest of {max(dates):%Y-%m-%d}" if dates else ""
    number = len(document.entries)
    count = "1 entry" if number == 1 else f"{number:,} entries"
    return f"{document.title or 'A feed without a title'}: {count}{newest}."


def _ask(place: Place, cursor: Cursor) -> Answer:
    known = {"If-None-Match": cursor.get("etag"), "If-Modified-Since": cursor.get("modified")}
    headers = {"Accept": _TAKEN} | {name: value for name, value in known.items() if value}
    return fetch(place.gate, str(cursor.get("url") or place.settings.url), headers)


def _document(answer: Answer, url: str) -> feed_document.Document:
    if answer.status in (401, 403, 404):
        why = "is not there" if answer.status == 404 else "is not for everybody"
        raise SourceError(f"the feed {why} (HTTP {answer.status})", where=url, mend="see whether the address is right")
    if answer.status != 200:
        raise NoAnswer(f"its server answers {answer.status}", where=url, mend="goodwill asks again later")
    return feed_document.read(answer.body, answer.headers.get("content-type", ""), answer.url)


def _gone(url: str) -> SourceError:
    return SourceError(
        "the feed is gone for good (HTTP 410)", where=url, mend="delete this source, or give a new address"
    )


class _Resting(NoAnswer):
    """The feed's server asks to be left alone for a while; `retry_after` says for how many seconds."""

    def __init__(self, url: str, until: datetime, now: datetime) -> None:
        super().__init__(f"asked to be left alone until {until:%Y-%m-%d %H:%M} UTC", where=url)
        self.retry_after = (until - now).total_seconds()


def _heard(place: Place, document: feed_document.Document, answer: Answer, cursor: Cursor) -> Heard:
    """New entries as facts, those whose content is another than it was as edited; what was seen, by digests."""
    before: dict[str, Any] = cursor.get("entries", {})
    seen: dict[str, Any] = {}
    heard, left = Heard(said=list(document.said)), 0
    for entry in document.entries:
        row = _row(place, document, entry, answer.url)
        if row is None or row["message_id"] in seen:
            left += row is None
            continue
        key = row["message_id"]
        digest = hashlib.sha256("\0".join([row["text"], str(row.get("author"))]).encode()).hexdigest()[:16]
        held, first_seen = before.get(key, [None, None])
        if row["at"] is None:
            first_seen = first_seen or place.now().isoformat(timespec="seconds")
            row["at"] = datetime.fromisoformat(first_seen)
        seen[key] = [digest, first_seen]
        if held is None:
            heard.add("messages", row)
        elif held != digest:
            heard.edited.setdefault("messages", []).append(
                {name: said for name, said in row.items() if said is not None}
            )
    if left:
        count = "1 entry" if left == 1 else f"{left} entries"
        heard.said.append(f"{count} left out: nothing is said in them, or none of the words")
    older = {key: held for key, held in before.items() if key not in seen}
    room = max(0, _REMEMBERED - len(seen))
    cursor["entries"] = seen | dict(list(older.items())[:room])
    cursor["etag"], cursor["modified"] = answer.headers.get("etag"), answer.headers.get("last-modified")
    heard.cursor = {name: value for name, value in cursor.items() if value}
    return heard


def _row(place: Place, document: feed_document.Document, entry: Any, url: str) -> Row | None:
    """An entry as a message; `at` is none where the entry has no date. None where it says nothing that is asked for."""
    settings: Settings = place.settings
    text = _text(entry)
    if not text or (settings.words and not any(word.lower() in text.lower() for word in settings.words)):
        return None
    link = address(str(entry.get("link") or ""), url)
    name = str(entry.get("id") or link or hashlib.sha256(text.encode()).hexdigest()[:32])
    author = entry.get("author_detail") or {}
    answers = entry.get("thr_in-reply-to") or {}
    language = str(entry.get("language") or document.language).strip().lower()
    at = _at(entry)
    return {
        "message_id": _key(place, name),
        "at": min(at, place.now()) if at else None,
        "source": place.name,
        "channel": settings.channel,
        "author": writer(str(author.get("name") or ""), link or url),
        "text": text,
        "language": language[:2] if language[:2].isalpha() and language[2:3] in ("", "-", "_") else None,
        "audience": _count((entry.get("media_statistics") or {}).get("views"), settings.audience),
        "engagements": _count(entry.get("thr_total") or entry.get("slash_comments"), None),
        "in_reply_to": _key(place, str(answers["ref"])) if answers.get("ref") else None,
        "place": document.title[:200] or urlsplit(url).hostname,
        "url": link,
        "about": settings.about or None,
        "to_us": False,
    }


def _key(place: Place, name: str) -> str:
    return place.key(name if len(name) <= 250 else hashlib.sha256(name.encode()).hexdigest())


def _text(entry: Any) -> str:
    """Title and body in plain words; a title that only begins the body is not said twice."""
    title = " ".join(html_tree.plain(str(entry.get("title") or "")).split())
    bodies = [_plain(one) for one in entry.get("content") or []]
    detail = entry.get("summary_detail") or {"value": entry.get("summary")}
    body = max([*bodies, _plain(detail)], key=len)
    if not title or body.startswith(title.rstrip("….")):
        return body[:MOST_CHARACTERS]
    return f"{title}\n{body}".strip()[:MOST_CHARACTERS]


def _plain(detail: Any) -> str:
    value = str(detail.get("value") or "")
    return value.strip() if detail.get("type") == "text/plain" and "<" not in value else html_tree.plain(value)


def _at(entry: Any) -> datetime | None:
    for name in ("published_parsed", "updated_parsed", "created_parsed"):
        parsed = entry.get(name)
        if parsed:
            try:
                return datetime.fromtimestamp(timegm(parsed), UTC)
            except (ValueError, OverflowError, OSError):
                continue
    return None


def _count(written: object, otherwise: int | None) -> int | None:
    digits = str(written or "").strip()
    return int(digits) if digits.isdigit() and len(digits) < 13 else otherwise


KIND = Kind(
    name="feed",
    title="Feed",
    says="posts of a blog, a news site or a forum, by its RSS, Atom or JSON feed, and what is edited in them",
    connect="Nothing is entered on the other side: give the feed's address. If you have only the page's, give that: "
    "the test then names the feeds that the page has.",
    settings=Settings,
    tried="against local servers that send RSS, Atom and JSON Feed documents of our own making; not against the web",
    pull=pull,
    check=check,
    hosts=lambda settings: frozenset({urlsplit(settings.url).hostname or ""}),
    every=1800,
    anywhere=True,
)
