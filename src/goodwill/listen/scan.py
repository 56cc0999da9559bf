"""What a text file is made of, before anybody parses it: encoding, line ends, quotes, separator, header.

DuckDB reads well-formed CSV at full speed and in parallel. Fed a quote that never closes, it can lose rows without a
word, so every file is walked through once beforehand, in blocks, at memory speed.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import zlib
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, cast

import numpy as np

from goodwill.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = 1 << 24
HEAD = 1 << 20
SEPARATORS = (",", ";", "\t", "|")
NOT_TEXT = {
    b"PK\x03\x04": "an Excel workbook or a zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF",
    b"SQLite format 3": "an SQLite database",
}
_LINE_END, _RETURN, _QUOTE = 10, 13, 34
_BROKEN = re.compile("[\udc80-\udcff]")
_PROPER = re.compile("[^\x00-\x7f\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Scan:
    """What a walk through a file's bytes found."""

    encoding: str  # as Python names it
    head: str  # the first characters, decoded
    plain: bool  # UTF-8, one kind of line end, no NUL, no blank line, every quote where it belongs


def open_bytes(path: Path) -> IO[bytes]:
    """The file's bytes; a .gz is unpacked on the way."""
    return cast("IO[bytes]", gzip.open(path, "rb")) if path.name.lower().endswith(".gz") else path.open("rb")


def blocks(path: Path, size: int | None = None) -> Iterator[bytes]:
    """The file in blocks; a broken archive is an InputError."""
    try:
        with open_bytes(path) as file:
            while block := file.read(size or BLOCK):
                yield block
    except (gzip.BadGzipFile, EOFError, zlib.error) as broken:
        raise InputError(
            f"cannot be unpacked ({broken})", where=path.name, mend="pack it again, or unpack it first"
        ) from broken
    except OSError as failed:
        raise InputError(f"cannot be read ({failed.strerror or failed})", where=path.name) from failed


def scan(path: Path, separator_matters: bool = True) -> Scan:
    """Walks through a text file once.

    Raises InputError where it is empty or no text.
    """
    head = next(iter(blocks(path, HEAD)), b"")
    if not head.strip(b"\x00\xef\xbb\xbf\xff\xfe \t\r\n"):
        raise InputError("the file is empty", where=path.name, mend="export it again, or take it out of the folder")
    for magic, kind in NOT_TEXT.items():
        if head.startswith(magic):
            raise InputError(f"this is {kind}, not text", where=path.name, mend="save it as CSV (UTF-8)")
    encoding, clean = _encoding(path, head)
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(head)
    if _looks_binary(text):
        raise InputError("this is not text", where=path.name, mend="save it as CSV (UTF-8), JSON Lines or Parquet")
    delimiter = separator(text) if separator_matters else ""
    if encoding == "utf-8-sig" and not separator_matters:
        clean = False
    return Scan(encoding, text, clean and _well_formed(path, delimiter))


def _looks_binary(text: str) -> bool:
    odd = sum(1 for character in text[:20000] if ord(character) < 32 and character not in "\t\r\n\x0b\x0c\x00")
    return odd > 0.05 * min(len(text), 20000)


def _encoding(path: Path, head: bytes) -> tuple[str, bool]:
    """The encoding, and whether DuckDB can read the bytes as they are."""
    if head.startswith(codecs.BOM_UTF32_LE):
        return "utf-32", False
    if head.startswith(codecs.BOM_UTF8):
        # The mark stands in the header, which the engine skips.
        return "utf-8-sig", _utf8_or_western(path) == ("utf-8", True)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16", False
    for start, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        there, other = head[start::2][:2000], head[1 - start :: 2][:2000]
        if there and there.count(0) > 0.4 * len(there) and other.count(0) < 0.05 * len(other) + 1:
            return name, False
    return _utf8_or_western(path)


def _utf8_or_western(path: Path) -> tuple[str, bool]:
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    broken = proper = 0
    for block in blocks(path):
        if block.isascii() and not decoder.getstate()[0]:
            continue
        text = decoder.decode(block)
        try:
            proper += len(text.encode()) - len(text)
        except UnicodeEncodeError:
            broken += len(_BROKEN.findall(text))
            proper += len(_PROPER.findall(text))
    broken += len(decoder.getstate()[0])
    if not broken:
        return "utf-8", True
    # A few broken bytes among proper letters are faults in lines; mostly broken ones are another encoding.
    return ("cp1252", False) if broken > proper else ("utf-8", False)


def _well_formed(path: Path, delimiter: str) -> bool:
    """Whether every quote opens or closes a value, line ends are of one kind, and no NUL or blank line is there."""
    before, inside, returns = _LINE_END, False, None
    pending = b""
    stream = blocks(path)
    allowed = {ord(delimiter), _LINE_END, _RETURN} if delimiter else set()
    while True:
        block = next(stream, b"")
        # One byte stays behind, so that whatever follows a quote or a line end can be seen.
        chunk = pending + block
        if not chunk:
            return not inside
        body, pending = (chunk[:-1], chunk[-1:]) if block else (chunk, b"")
        after = pending[0] if pending else _LINE_END
        if not body:
            continue
        data = np.frombuffer(body, dtype=np.uint8)
        if b"\x00" in body:
            return False
        if delimiter:
            if b'"' in body:
                good, inside = _quotes_belong(data, before, after, inside, allowed)
                if not good:
                    return False
            if b"\n\n" in body or b"\n\r" in body or (before == _LINE_END and body[0] in (_LINE_END, _RETURN)):
                return False
        kinds = _line_ends(data, before, after)
        if kinds is not None:
            if kinds == "mixed" or (returns is not None and kinds != returns):
                return False
            returns = kinds
        before = body[-1]
        if not block:
            return not inside


def _quotes_belong(
    data: np.ndarray[tuple[int], np.dtype[np.uint8]], before: int, after: int, inside: bool, allowed: set[int]
) -> tuple[bool, bool]:
    at = np.flatnonzero(data == _QUOTE)
    left = np.where(at > 0, data[np.maximum(at - 1, 0)], before)
    right = np.where(at < len(data) - 1, data[np.minimum(at + 1, len(data) - 1)], after)
    opening = (np.arange(len(at)) % 2 == 0) ^ inside
    borders = np.zeros(256, dtype=bool)
    borders[list(allowed)] = True
    # Within a value a quote is written twice: then a closing one stands right before an opening one.
    good = np.where(opening, borders[left] | (left == _QUOTE), borders[right] | (right == _QUOTE))
    return bool(good.all()), bool(inside ^ (len(at) % 2 == 1))


def _line_ends(data: np.ndarray[tuple[int], np.dtype[np.uint8]], before: int, after: int) -> str | None:
    feeds = np.flatnonzero(data == _LINE_END)
    returns = np.flatnonzero(data == _RETURN)
    if len(returns):
        followed = np.where(returns < len(data) - 1, data[np.minimum(returns + 1, len(data) - 1)], after)
        if not (followed == _LINE_END).all():
            return "mixed"
    if not len(feeds):
        return None
    preceded = np.where(feeds > 0, data[np.maximum(feeds - 1, 0)], before) == _RETURN
    return "\r\n" if preceded.all() else "\n" if not preceded.any() else "mixed"


def separator(head: str) -> str:
    """The character between cells: the one that splits the first lines most evenly.

    >>> separator("a;b\\n1,5;2\\n")
    ';'
    """
    best, best_score = ",", (0.0, 0)
    for candidate in SEPARATORS:
        rows = first_rows(head, candidate, 30)
        width = len(rows[0]) if rows else 0
        if width < 2:
            continue
        even = sum(1 for row in rows if len(row) == width) / len(rows)
        if (even if even > 0.5 else 0.0, width) > best_score:
            best, best_score = candidate, (even if even > 0.5 else 0.0, width)
    return best


def first_rows(head: str, delimiter: str, count: int) -> list[list[str]]:
    """The first records of a text; the last one may be cut off."""
    found: list[list[str]] = []
    reader = csv.reader(io.StringIO(head.lstrip("\ufeff").replace("\x00", ""), newline=""), delimiter=delimiter)
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                found.append(row)
            if len(found) == count:
                break
    except csv.Error:
        pass  # an endless quoted value: what came before it is enough
    return found
