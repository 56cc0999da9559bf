"""One mail, from its bytes: who, when, what, in answer to what; bounded, and never raising over what is broken in it.

The standard library's newer header parser takes long, and raises, on headers that people have made to that end; here
the older one splits the mail, and headers are read by a few bounded patterns.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from email.utils import parsedate_to_datetime

from goodwill.listen.letters.mail_text import own_words, own_words_of_html
from goodwill.listen.web import charsets

MOST_PARTS = 200
MOST_HEADER = 4_000
MOST_ADDRESSES = 100
_DEEPEST = 20
_ID = re.compile(r"<([^<>\s]{3,400})>")
_ADDRESS = re.compile(r"[^\s<>\[\]():,;\"'@]{1,64}@[A-Za-z0-9](?:[\w-]{0,62}\.){1,8}[\w-]{2,63}")
_ENCODED = re.compile(r"=\?[\w.*-]{1,40}\?[bqBQ]\?[^?]{0,2000}\?=")


@dataclass
class Mail:
    """What a mail says. `headers`: the first of each name, in lower case, decoded; `all`: every one of some names."""

    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "text/plain"  # of the whole: multipart/report, say
    parameters: str = ""  # of its Content-Type
    plain: str = ""
    html: str = ""
    attachments: int = 0
    encrypted: bool = False
    inside: Mail | None = None  # a mail that is attached whole, as programs forward
    results: tuple[str, ...] = ()  # Authentication-Results, the topmost first
    hash: str = ""

    @property
    def id(self) -> str:
        """The Message-ID without its brackets; where there is none, a digest of the mail."""
        return (ids(self.headers.get("message-id", "")) or [f"no-id-{self.hash[:32]}"])[0]

    @property
    def answers(self) -> str:
        """The id of the mail that it answers, '' where it answers none."""
        return (ids(self.headers.get("in-reply-to", "")) or ids(self.headers.get("references", ""))[-1:] or [""])[0]

    @property
    def thread(self) -> str:
        """The id of the mail that the conversation began with."""
        return (ids(self.headers.get("references", "")) or [self.answers or self.id])[0]

    @property
    def sender(self) -> str:
        """The address in From, in lower case; '' where there is none, or more than one."""
        found = addresses(self.headers.get("from", ""))
        return found[0] if len(set(found)) == 1 else ""

    @property
    def sender_name(self) -> str:
        """The name in From, without the address."""
        said = re.sub(r"<[^>]*>", "", self.headers.get("from", ""))
        said = " ".join(said.replace('"', " ").split())
        return "" if "@" in said else said[:120]

    @property
    def subject(self) -> str:
        """The subject on one line."""
        return " ".join(self.headers.get("subject", "").split())[:500]

    def told(self, *names: str) -> list[str]:
        """The addresses in some headers, at most some hundred."""
        return addresses(", ".join(self.headers.get(name, "") for name in names))[:MOST_ADDRESSES]

    def own_words(self) -> str:
        """What the sender wrote themselves (`mail_text.own_words`)."""
        if self.plain.strip() and not (self.html and len(self.plain.strip()) < 5):
            return own_words(self.plain)
        return own_words_of_html(self.html) if self.html else ""

    def whole(self) -> str:
        """All of the text, with what is quoted."""
        from goodwill.listen.web.html_tree import plain

        return self.plain if self.plain.strip() else plain(self.html)

    def at(self, received: datetime) -> datetime:
        """When it was sent: what it says of itself, unless that lies after it was received, or is none."""
        try:
            said = parsedate_to_datetime(self.headers.get("date", "")[:100])
            said = (said if said.tzinfo else said.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            return received
        return said if datetime(1990, 1, 1, tzinfo=UTC) < said <= received else received


def read(raw: bytes) -> Mail:
    """Reads a mail, or as much of one as there is; what is broken is read as well as it goes.

    >>> mail = read(b"From: Anna <Anna@Home.example>\\r\\nSubject: =?utf-8?q?Gr=C3=BCezi?=\\r\\n\\r\\nIt broke.")
    >>> mail.sender, mail.subject, mail.own_words()
    ('anna@home.example', 'Grüezi', 'It broke.')
    """
    try:
        message = message_from_bytes(raw)
    except (RecursionError, ValueError, LookupError, TypeError, AssertionError):  # what it meets in broken MIME
        head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
        message = message_from_bytes(head[:100_000].replace(b"multipart/", b"x-broken/") + b"\n\n")
        message.set_payload(body.decode("latin-1"))
        message.replace_header("Content-Type", "text/plain") if "Content-Type" in message else None
    mail = _of(message, 0)
    mail.hash = hashlib.sha256(raw).hexdigest()
    return mail


def ids(written: str) -> list[str]:
    """The ids in a header like References, in order.

    >>> ids("<1@home.example> <2@firm.example>")
    ['1@home.example', '2@firm.example']
    """
    return _ID.findall(written)


def addresses(written: str) -> list[str]:
    """The addresses in a header, in lower case; what only looks like one inside a quoted name does not count.

    >>> addresses('"ceo@firm.example" <Anna@home.example>, max@firm.example')
    ['anna@home.example', 'max@firm.example']
    """
    bare = re.sub(r'"[^"]{0,300}"', " ", written)
    return [one.lower() for one in _ADDRESS.findall(bare)]


def decoded(written: str) -> str:
    """A header as people read it (RFC 2047)."""
    if "=?" not in written:
        return charsets.clean(written)
    whole = re.sub(r"(\?=)[ \t\r\n]+(=\?)", r"\1\2", written)
    return charsets.clean(_ENCODED.sub(_word, whole))


def _word(found: re.Match[str]) -> str:
    try:
        return "".join(
            charsets.decode(body, charset or "") if isinstance(body, bytes) else body
            for body, charset in decode_header(found[0])
        )
    except (ValueError, LookupError):
        return found[0]


def _of(message: Message, depth: int) -> Mail:
    mail = Mail(kind=message.get_content_type(), parameters=_raw(message.get("Content-Type", ""))[:500].lower())
    results = []
    for name, value in list(message.raw_items())[:500]:
        lowered = name.lower()
        if lowered in ("references", "to", "cc") and len(value) > MOST_HEADER:
            # Of a conversation, how it began and what is answered; of 2,000 addresses, the first.
            value = value[:1_000] + " " + value[-1_000:] if lowered == "references" else value[:MOST_HEADER]
        said = decoded(_raw(value)[:MOST_HEADER])
        if lowered == "authentication-results":
            results.append(said)
        mail.headers.setdefault(lowered, said)
    mail.results = tuple(results[:20])
    for number, part in enumerate(_leaves(message, depth)):
        if number >= MOST_PARTS:
            break
        _take(mail, part, depth)
    return mail


def _leaves(message: Message, depth: int) -> list[Message]:
    """The parts of a mail that have no parts, but for mails that are attached."""
    found: list[Message] = []
    todo = [(message, depth)]
    while todo and len(found) <= MOST_PARTS:
        part, deep = todo.pop()
        inner = part.get_payload() if part.is_multipart() else None
        if isinstance(inner, list) and part.get_content_maintype() == "multipart" and deep < _DEEPEST:
            todo += [(one, deep + 1) for one in reversed(inner) if isinstance(one, Message)]
        else:
            found.append(part)
    return found


def _take(mail: Mail, part: Message, depth: int) -> None:
    kind = part.get_content_type()
    if kind in ("application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"):
        mail.encrypted = True
        return
    if kind == "message/rfc822":
        inner = part.get_payload()
        if mail.inside is None and depth < 2 and isinstance(inner, list) and inner and isinstance(inner[0], Message):
            mail.inside = _of(inner[0], depth + 1)
            mail.inside.hash = hashlib.sha256(repr(sorted(mail.inside.headers.items())).encode()).hexdigest()
        else:
            mail.attachments += 1
        return
    shown = part.get_content_disposition() != "attachment" and not _raw(part.get("Content-Disposition", "")).count(
        "name="
    )
    if shown and kind == "text/plain" and not mail.plain.strip():
        mail.plain = _flowed(_text(part), part)
    elif shown and kind == "text/html" and not mail.html:
        mail.html = _text(part)
    elif kind not in ("message/delivery-status", "application/pgp-signature", "application/pkcs7-signature"):
        # A second text is what a program or a list has added below; pictures of a signature are shown in the HTML.
        mail.attachments += not (shown and kind in ("text/plain", "text/html")) and "content-id" not in _names(part)


def _names(part: Message) -> set[str]:
    return {name.lower() for name in part}


def _text(part: Message) -> str:
    try:
        body = part.get_payload(decode=True)
        declared = part.get_content_charset() or ""
    except (ValueError, LookupError, TypeError, AssertionError):
        body, declared = None, ""
    if not isinstance(body, bytes):
        body = str(part.get_payload()).encode("utf-8", "replace")
    return charsets.decode(body[:1_000_000], declared)


def _flowed(text: str, part: Message) -> str:
    """Lines that the program has broken are joined again (RFC 3676)."""
    if "flowed" not in _raw(part.get("Content-Type", "")).lower():
        return text
    joined: list[str] = []
    open_line = False
    for line in text.replace("\r\n", "\n").split("\n"):
        quoted = line.startswith(">")
        line = line.removeprefix(" ")
        if open_line and not quoted and line != "-- ":
            joined[-1] += line
        else:
            joined.append(line)
        open_line = not quoted and line.endswith(" ") and line != "-- "
    return "\n".join(joined)


def _raw(value: object) -> str:
    """A header's text as it came; bytes beyond ASCII are guessed."""
    text = str(value)
    if text.isascii():
        return text
    return charsets.decode(text.encode("utf-8", "surrogateescape"))
