"""The elements of a JSON document, one after the other, each with its line; never the whole document in memory.

The document is a list, an object whose members hold lists (`{"reviews": [...], "total": 3}`), or lists within those.
Only whole elements are parsed; the document around them is walked through.
"""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from goodwill.errors import InputError
from goodwill.listen.scan import blocks
from goodwill.listen.shapes.shape import Fault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST_ELEMENT = 16_000_000  # characters
BLOCK = 1 << 18
_SPACE = re.compile(r"[ \t\r\n\ufeff]*")
_MEMBER = re.compile(r'[ \t\r\n]*"((?:[^"\\]|\\.){0,200})"[ \t\r\n]*:[ \t\r\n]*')
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its line, the member whose list it is of ('' at the top), and what it holds."""

    line: int
    member: str
    value: Any


def elements(path: Path, before: re.Pattern[str] | None = None) -> Iterator[Element | Fault]:
    """The elements of a document's lists. `before` is what may stand before the document (`window.YTD.… =`).

    A document that breaks off, or an element of over 16 million characters, is a Fault at its line, the last thing that
    is yielded; what came before it stays. A member that is no list is an element of its own, under its name.
    Raises InputError where it is no JSON document at all.
    """
    text = _Text(path)
    if before is not None:
        text.need(4096)
        found = before.match(text.ahead())
        if found:
            text.skip(found.end())
    opening = text.next_sign()
    if opening not in ("[", "{"):
        raise InputError("this is no JSON document", where=path.name, mend="it begins with [ or {; export it again")
    text.skip(1)
    try:
        yield from _list(text, "") if opening == "[" else _object(text)
    except _Broken as broken:
        yield Fault(broken.line, broken.reason, broken.mend)


class _Broken(Exception):
    def __init__(self, line: int, reason: str, mend: str) -> None:
        self.line, self.reason, self.mend = line, reason, mend
        super().__init__(reason)


@dataclass
class _Text:
    """The document's text: what has not been read yet, and the line that it stands on."""

    path: Path
    line: int = 1
    _text: str = ""
    _at: int = 0
    _done: bool = False
    _stream: Iterator[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self._stream = blocks(self.path, BLOCK)
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def ahead(self) -> str:
        return self._text[self._at :]

    def need(self, size: int) -> bool:
        """Reads on until so many characters lie ahead; False where the file ends before."""
        while len(self._text) - self._at < size and not self._done:
            block = next(self._stream, b"")
            self._done = not block
            self._text = self._text[self._at :] + self._decoder.decode(block, final=self._done)
            self._at = 0
        return len(self._text) - self._at >= size

    def skip(self, size: int) -> None:
        self.line += self._text.count("\n", self._at, self._at + size)
        self._at += size

    def next_sign(self) -> str:
        """The next character that is no space, which is not skipped; '' at the end."""
        while True:
            found = _SPACE.match(self._text, self._at)
            assert found is not None
            self.skip(found.end() - self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self.need(1):
                return ""

    def member(self) -> str | None:
        """The name before a colon, skipped with it; None where there is none."""
        self.need(1024)
        found = _MEMBER.match(self._text, self._at)
        if found is None:
            return None
        self.skip(found.end() - self._at)
        return found[1]

    def value(self) -> Any:
        """The whole value that begins here."""
        self.next_sign()
        size = BLOCK
        while True:
            whole = not self.need(size)
            try:
                value, end = _DECODER.raw_decode(self._text, self._at)
            except RecursionError:
                raise _Broken(
                    self.line, "it is nested too deeply", "an export is no deeper than a few levels"
                ) from None
            except ValueError as wrong:
                if whole:
                    said = str(wrong).split(":")[0].lower()
                    raise _Broken(
                        self.line, f"the document breaks off or is no JSON here ({said})", "export it again"
                    ) from None
            else:
                if whole or end < len(self._text):  # a number at the very end may go on
                    self.skip(end - self._at)
                    return value
            if size > LARGEST_ELEMENT:
                raise _Broken(
                    self.line,
                    f"one element is longer than {LARGEST_ELEMENT // 1_000_000} million characters",
                    "leave it out, or export in smaller parts",
                )
            size *= 4


def _list(text: _Text, member: str) -> Iterator[Element]:
    while True:
        sign = text.next_sign()
        if sign == "]":
            text.skip(1)
            return
        if sign == ",":
            text.skip(1)
            continue
        if sign == "":
            raise _Broken(text.line, "the document breaks off here", "export it again; what came before it was read")
        line = text.line
        yield Element(line, member, text.value())


def _object(text: _Text) -> Iterator[Element]:
    while True:
        sign = text.next_sign()
        if sign == "}":
            text.skip(1)
            return
        if sign == ",":
            text.skip(1)
            continue
        name = text.member() if sign == '"' else None
        if name is None:
            raise _Broken(text.line, "the document breaks off or is no JSON here", "export it again")
        if text.next_sign() == "[":
            text.skip(1)
            yield from _list(text, name)
        else:
            line = text.line
            yield Element(line, name, text.value())
