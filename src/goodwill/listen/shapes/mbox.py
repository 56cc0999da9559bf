"""A mailbox in one file (mbox), as mail programs and Google Takeout export it: a row a mail.

The standard library's `mailbox` would hold each mail whole, however large, and does not say on which line it begins; so
the file is cut here, at its `From ` lines, and the `email` package reads the pieces. Of a mail over 10 MB its beginning
is read: what is long is attachments.
"""

from __future__ import annotations

import email.policy
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC
from email.parser import BytesParser
from email.utils import getaddresses, parsedate_to_datetime
from typing import TYPE_CHECKING

from goodwill.listen.letters.mail_text import own_words, own_words_of_html
from goodwill.listen.scan import open_bytes
from goodwill.listen.shapes.shape import Context, Fault, Row, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage
    from pathlib import Path

LARGEST_MAIL = 10_000_000  # bytes that are read of one
LONGEST_LINE = 1 << 16  # bytes read at once
MOST_ADDRESSES = 200
LOOKED_AT = 2_000  # mails whose addressees tell whose mailbox it is
COLUMNS = (
    "Message-ID",
    "Date",
    "From",
    "From-Name",
    "To",
    "Subject",
    "Text",
    "In-Reply-To",
    "Thread",
    "Attachments",
    "Automatic",
    "List-Id",
    "ours",
)
_BEGINS = re.compile(rb"From \S* ?.*\d{4}|From -|From \S+@\S+")
_PARSER = BytesParser(policy=email.policy.default.clone(raise_on_defect=False))


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail's bytes, as far as they are read, and the line on which it begins."""

    line: int
    raw: bytes


def mails(path: Path) -> Iterator[Mail | Fault]:
    """The mails of a file, one in memory at a time."""
    with open_bytes(path) as file:
        parts: list[bytes] = []
        number = line = size = 0
        ended, begun = True, False  # the last line was whole; a mail has begun
        blank = True
        while piece := file.readline(LONGEST_LINE):
            number += ended
            first, ended = ended, piece.endswith(b"\n")
            if first and blank and piece.startswith(b"From ") and _BEGINS.match(piece):
                if begun:
                    yield Mail(line, b"".join(parts))
                line, parts, size, begun = number, [], 0, True
                blank = False
                continue
            blank = first and not piece.strip(b"\r\n")
            if begun and size < LARGEST_MAIL:
                # Where a line of a mail begins with 'From ', programs write '>' before it.
                parts.append(piece[1:] if first and re.match(rb">+From ", piece) else piece)
                size += len(piece)
            elif not begun and piece.strip():
                yield Fault(number, "a mailbox begins with a line 'From …'", "export it as mbox again")
                return
        if begun:
            yield Mail(line, b"".join(parts))


def _rows(path: Path, context: Context) -> Iterator[Row | Fault]:
    owner = _owner(path, context)
    for mail in mails(path):
        if isinstance(mail, Fault):
            yield mail
            continue
        try:
            cells = _cells(mail, owner, context)
        except Exception as wrong:  # the email package raises what it meets in broken headers
            yield Fault(mail.line, f"this mail cannot be read ({type(wrong).__name__})", "look at it in a mail program")
            continue
        yield Row(mail.line, cells)


def _cells(mail: Mail, owner: str | None, context: Context) -> dict[str, str | None]:
    message: EmailMessage = _PARSER.parsebytes(mail.raw)
    name, sender = _first(_header(message, "From"))
    labels = (_header(message, "X-Gmail-Labels") or "").casefold()
    ours = (owner is not None and sender == owner) or context.is_ours(sender) or "sent" in re.split(r"[,\s]+", labels)
    references = re.findall(r"<[^<>\s]+>", _header(message, "References") or "")
    answers = (re.findall(r"<[^<>\s]+>", _header(message, "In-Reply-To") or "") or references[-1:] or [None])[0]
    own = _header(message, "Message-ID")
    text, attachments = _text_of(message)
    subject = _header(message, "Subject")
    return {
        "Message-ID": own and own.strip("<> "),
        "Date": _date(_header(message, "Date")),
        "From": sender,
        "From-Name": name,
        "To": ", ".join(one for _, one in _addresses(message, "To")[:5]) or None,
        "Subject": subject,
        "Text": "\n".join(part for part in (subject if answers is None else None, text) if part) or subject,
        "In-Reply-To": answers and answers.strip("<>"),
        "Thread": (references[0] if references else answers or own or "").strip("<> ") or None,
        "Attachments": str(attachments),
        "Automatic": "true" if _automatic(message, sender) else "false",
        "List-Id": _header(message, "List-Id"),
        "ours": "true" if ours else "false",
    }


def _owner(path: Path, context: Context) -> str | None:
    """The address that most mails were delivered to: whose mailbox it is, and which mails in it are our own."""
    delivered: Counter[str] = Counter()
    told: Counter[str] = Counter()
    looked = 0
    for mail in mails(path):
        if isinstance(mail, Fault):
            break
        head = mail.raw[:LONGEST_LINE].replace(b"\r\n", b"\n").partition(b"\n\n")[0] + b"\n\n"
        try:
            message: EmailMessage = _PARSER.parsebytes(head, headersonly=True)
            delivered.update({one for _, one in _addresses(message, "Delivered-To")[:3]})
            told.update({one for _, one in _addresses(message, "To")[:20]})
        except Exception:  # a broken head says nothing; the mail itself is reported when it is read
            continue
        looked += 1
        if looked == LOOKED_AT:
            break
    for counted in (delivered, told):
        common = sorted(counted.items(), key=lambda one: (-one[1], one[0]))[:1]
        if common and 2 * common[0][1] > looked and looked > 2:
            return common[0][0]
    return None


def _header(message: EmailMessage, name: str) -> str | None:
    value = message.get(name)
    return re.sub(r"\s+", " ", str(value)).strip()[:4_000] or None if value is not None else None


def _addresses(message: EmailMessage, name: str) -> list[tuple[str, str]]:
    told = [str(one)[:20_000] for one in message.get_all(name, [])[:20]]
    return [(who, one.strip().lower()) for who, one in getaddresses(told)[:MOST_ADDRESSES] if "@" in one]


def _first(told: str | None) -> tuple[str | None, str | None]:
    found = getaddresses([told or ""])[:1]
    name, address = found[0] if found else ("", "")
    return name or None, address.strip().lower() or None


def _date(told: str | None) -> str | None:
    if told is None:
        return None
    try:
        at = parsedate_to_datetime(told)
    except (ValueError, IndexError, TypeError, OverflowError):
        return told
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    try:
        return at.astimezone(UTC).isoformat()
    except (OverflowError, ValueError):
        return told


def _automatic(message: EmailMessage, sender: str | None) -> bool:
    """Answers that a machine gave, and reports about mail: nobody waits for a reply to them (RFC 3834)."""
    told = (_header(message, "Auto-Submitted") or "no").casefold()
    report = message.get_content_type() == "multipart/report"
    away = any(_header(message, name) for name in ("X-Autoreply", "X-Autorespond"))
    return told != "no" or report or away or (sender or "").startswith(("mailer-daemon@", "postmaster@"))


def _text_of(message: EmailMessage) -> tuple[str, int]:
    """What was written, without what is quoted and signed, and how many attachments there are."""
    plain = html = None
    attachments = 0
    for part in message.walk():
        if part.is_multipart():
            continue
        kind = part.get_content_type()
        if part.get_filename() or part.get_content_disposition() == "attachment":
            attachments += 1
        elif (kind == "text/plain" or part.defects) and plain is None:  # a multipart without its parts is read as text
            plain = _decoded(part)
        elif kind == "text/html" and html is None:
            html = own_words_of_html(_decoded(part))
    return own_words(plain) if plain and plain.strip() else html or "", attachments


def _decoded(part: EmailMessage) -> str:
    raw = part.get_payload(decode=True)
    body = raw if isinstance(raw, bytes) else str(part.get_payload()).encode("utf-8", "replace")
    try:
        return body.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def _fits(head: bytes) -> bool:
    return bool(_BEGINS.match(head.lstrip(b"\xef\xbb\xbf\r\n")))


SHAPE = Shape("a mailbox (mbox)", (".mbox", ".mbx", ".mbox.txt"), COLUMNS, _fits, _rows)
