"""Asking the open web: any public address, never a private one, bounded in size (also once unpacked), time and hops."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin, urlsplit

from goodwill.errors import NoAnswer
from goodwill.gate import Answer, Gate

MOST_BYTES = 5 << 20
SECONDS = 20.0
HOPS = 5
_LONGEST_WAIT = timedelta(days=7)
_BROWSABLE = ("http", "https")


def fetch(
    gate: Gate,
    url: str,
    headers: Mapping[str, str] | None = None,
    *,
    most_bytes: int | None = None,
    seconds: float | None = None,
) -> Answer:
    """GETs a public address, and follows it anywhere public; the body comes unpacked. Any status is an answer.

    `gate` says which private addresses are let (its `private`); how much and how long is bounded here (MOST_BYTES and
    SECONDS, where nothing else is given). Raises NotLetOut and NoAnswer.
    """
    most_bytes = MOST_BYTES if most_bytes is None else most_bytes
    anywhere = replace(gate, anywhere=True, most_bytes=most_bytes, seconds=seconds or SECONDS, hops=HOPS)
    answer = anywhere.request("GET", url, headers=headers)
    packed = answer.headers.get("content-encoding", "").strip().lower()
    if packed in ("", "identity") or not answer.body:
        return answer
    return replace(answer, body=unpack(answer.body, packed, most_bytes, urlsplit(url).hostname or ""))


def unpack(body: bytes, packed: str, most_bytes: int, where: str) -> bytes:
    """What a body says once unpacked, never more than `most_bytes`.

    >>> import gzip
    >>> unpack(gzip.compress(b"short"), "gzip", 100, "blog.example")
    b'short'
    >>> unpack(gzip.compress(b"x" * 1_000_000), "gzip", 100, "blog.example")
    Traceback (most recent call last):
        ...
    goodwill.errors.NoAnswer: blog.example: its answer is over 100 bytes once unpacked
    """
    if packed not in ("gzip", "x-gzip", "deflate"):
        raise NoAnswer(f"its answer is packed as {packed[:40]!r}", where=where, mend="it was asked to send it as it is")
    for bits in (47, -15):  # gzip or zlib, told apart by the header; some send bare deflate
        unpacker = zlib.decompressobj(bits)
        try:
            whole = unpacker.decompress(body, most_bytes + 1)
        except zlib.error:
            continue
        if len(whole) > most_bytes:
            raise NoAnswer(f"its answer is over {most_bytes:,} bytes once unpacked", where=where)
        if unpacker.eof:
            return whole
    raise NoAnswer("its answer is packed, and broken", where=where, mend="ask whoever keeps it")


def wait_until(answer: Answer, now: datetime) -> datetime | None:
    """Until when the other side asks to be left alone (Retry-After, RFC 9110 §10.2.3), at most a week; else none."""
    written = answer.headers.get("retry-after", "").strip()
    if not written:
        return None
    try:
        until = now + timedelta(seconds=int(written[:9])) if written.isdigit() else parsedate_to_datetime(written[:60])
    except (ValueError, OverflowError):
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return min(until, now + _LONGEST_WAIT) if until > now else None


def address(written: str, base: str = "") -> str | None:
    """A link that a browser may follow, whole; none where it is anything else (`javascript:`, say).

    >>> address("/a b", "https://blog.example/posts/"), address("javascript:alert(1)")
    ('https://blog.example/a b', None)
    """
    try:
        whole = urljoin(base, written.strip()) if base else written.strip()
        parts = urlsplit(whole)
    except ValueError:
        return None
    return whole[:2_000] if parts.scheme in _BROWSABLE and parts.hostname else None


def host(url: str) -> str:
    """The site that an address belongs to: its host, without www.

    >>> host("https://www.blog.example/a")
    'blog.example'
    """
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def writer(name: str, url: str) -> str | None:
    """The handle of somebody who writes on a site: their name there, since 'admin' is someone else on each.

    >>> writer("Jane Doe", "https://www.blog.example/a")
    'Jane Doe (blog.example)'
    >>> writer("", "https://blog.example/a")
    'blog.example'
    """
    site, name = host(url), " ".join(name.split())[:120]
    if not name or name.lower() == site:
        return site or None
    return f"{name} ({site})" if site else name
