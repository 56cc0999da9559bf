"""What Facebook gives of a page as JSON: comments, recommendations, check-ins, posts.

Two ways lead to such files: 'Download your information' (lists under names such as `comments_v2`, times in seconds,
letters outside ASCII written byte by byte) and the Graph API as people save it (`{"data": [...]}` with `from`,
`message`, `created_time`, `recommendation_type`). Both are read; what an entry is, its own members say.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from goodwill.listen.shapes.elements import elements
from goodwill.listen.shapes.shape import Context, Fault, Row, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COLUMNS = ("kind", "id", "timestamp", "author", "text", "recommends", "rating", "place", "url", "title", "ours")
_MARKS = (
    b'"comments_v2"',
    b'"recommendation_type"',
    b'"check_ins',
    b'"checkins',
    b'"page_recommendations',
    b'"page_reviews',
)
_GRAPH = (b'"created_time"', b'"from"', b'"message"')
_ACTS = re.compile(
    r"\s+(?:commented on|replied to|recommends|doesn't recommend|does not recommend|recommended|reviewed|checked in"
    r"|was at|wrote on|updated|shared|posted|added)\b"
)


def _fits(head: bytes) -> bool:
    return any(mark in head for mark in _MARKS) or all(mark in head for mark in _GRAPH)


def _rows(path: Path, context: Context) -> Iterator[Row | Fault]:
    for one in elements(path):
        if isinstance(one, Fault):
            yield one
        elif isinstance(one.value, dict) and one.member != "paging":
            found = _entry(one.member, _mended(one.value), context)
            if found is None:
                yield Fault(
                    one.line,
                    "no comment, recommendation or check-in can be seen in this entry",
                    "nothing to do, if it is a reaction or a picture",
                )
            else:
                yield Row(one.line, found)


def _entry(member: str, entry: dict[str, Any], context: Context) -> dict[str, str | None] | None:
    inner = _inner(entry)
    title = _text(entry.get("title")) or ""
    said = _said(entry, inner)
    author = _author(entry, inner, title)
    place = _place(entry, inner)
    kind = _kind(member, entry, inner, title, bool(said), bool(place))
    if kind is None:
        return None
    recommends = _recommends(entry, inner, title) if kind == "recommendation" else None
    if not said and recommends is not None:
        said = "Recommends this page" if recommends == "true" else "Does not recommend this page"
    told = entry.get("created_time") or entry.get("timestamp") or inner.get("timestamp")
    return {
        "kind": kind,
        "id": _text(entry.get("id")) or _text(inner.get("id")),
        "timestamp": _text(told),
        "author": author,
        "text": said,
        "recommends": recommends,
        "rating": _text(entry.get("rating") or inner.get("rating")),
        "place": place,
        "url": _text(entry.get("permalink_url") or inner.get("url")),
        "title": title or None,
        "ours": "true" if context.is_ours(author) else "false",
    }


def _kind(
    member: str, entry: dict[str, Any], inner: dict[str, Any], title: str, said: bool, placed: bool
) -> str | None:
    if "recommendation_type" in {*entry, *inner} or "review" in member or "recommend" in member or "recommend" in title:
        return "recommendation"
    if "check" in member or "checked in" in title or (placed and not said):
        return "visit"
    return "comment" if said else None


def _inner(entry: dict[str, Any]) -> dict[str, Any]:
    """What lies deeper: `data[].comment`, `data[].review`, `attachments[].data[].place`, all on one level."""
    found: dict[str, Any] = {}
    for holder in (entry, *(one for one in entry.get("attachments") or () if isinstance(one, dict))):
        for part in holder.get("data") or ():
            if not isinstance(part, dict):
                continue
            found.update({name: value for name, value in part.items() if name not in found})
            for name in ("comment", "review", "recommendation", "checkin"):
                if isinstance(part.get(name), dict):
                    found.update(part[name])
    return found


def _said(entry: dict[str, Any], inner: dict[str, Any]) -> str | None:
    for name in ("message", "review_text", "comment", "review", "recommendation", "text", "post"):
        for holder in (entry, inner):
            if isinstance(holder.get(name), str) and holder[name].strip():
                return str(holder[name])
    return None


def _author(entry: dict[str, Any], inner: dict[str, Any], title: str) -> str | None:
    for name in ("from", "reviewer", "author"):
        for holder in (entry, inner):
            who = holder.get(name)
            if isinstance(who, dict):
                who = who.get("name") or who.get("id")
            if isinstance(who, str) and who.strip():
                return who
    named = _ACTS.search(title)
    return title[: named.start()].strip() or None if named else None


def _place(entry: dict[str, Any], inner: dict[str, Any]) -> str | None:
    place = entry.get("place") or inner.get("place")
    return _text(place.get("name")) if isinstance(place, dict) else _text(place)


def _recommends(entry: dict[str, Any], inner: dict[str, Any], title: str) -> str | None:
    told = _text(entry.get("recommendation_type") or inner.get("recommendation_type"))
    if told is not None:
        return "false" if told.lower().startswith("neg") else "true"
    if re.search(r"n't recommend|not recommend", title):
        return "false"
    return "true" if "recommend" in title else None


def _mended(value: Any) -> Any:
    """Letters that were written as their UTF-8 bytes, each as a letter of its own, put together again.

    >>> _mended({"author": "Andr\\u00c3\\u00a9", "n": 1}), _mended("é")
    ({'author': 'André', 'n': 1}, 'é')
    """
    if isinstance(value, str):
        if value.isascii():
            return value
        try:
            return value.encode("latin-1").decode("utf-8")
        except (UnicodeEncodeError, UnicodeDecodeError):
            return value
    if isinstance(value, dict):
        return {name: _mended(one) for name, one in value.items()}
    return [_mended(one) for one in value] if isinstance(value, list) else value


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value or None
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


SHAPE = Shape("a Facebook export", (".json",), COLUMNS, _fits, _rows)
