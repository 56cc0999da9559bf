"""Stack Exchange dumps: Posts.xml, Comments.xml, Users.xml, a row an element, read as a stream.

A dump declares no entities and has no document type; a file that does is refused, so that none can swell.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.parsers import expat

from goodwill.errors import InputError
from goodwill.listen.records import LONGEST_LINE
from goodwill.listen.scan import blocks
from goodwill.listen.shapes.shape import Context, Fault, Row, Shape
from goodwill.listen.web.html_tree import paragraphs

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BLOCK = 1 << 16
POSTS = (
    *("Id", "PostTypeId", "ParentId", "AcceptedAnswerId", "CreationDate", "Score", "ViewCount", "Body", "OwnerUserId"),
    *("OwnerDisplayName", "Title", "Tags", "AnswerCount", "Accepted", "Site"),
)
COMMENTS = ("Id", "PostId", "Score", "Text", "CreationDate", "UserId", "UserDisplayName", "Site")
USERS = ("Id", "Reputation", "CreationDate", "DisplayName", "Location", "WebsiteUrl", "AboutMe", "UpVotes", "Site")


def _rows(path: Path, context: Context) -> Iterator[Row | Fault]:
    """Every `<row …/>`. An answer is marked `Accepted` where its question, which comes before it, says so."""
    site = f"{path.parent.name}:" if "." in path.parent.name.strip(".") else ""
    accepted: set[str] = set()
    for line, cells in _elements(path):
        if cells.get("AcceptedAnswerId"):
            accepted.add(cells["AcceptedAnswerId"])
        elif cells.get("PostTypeId") == "2" and cells.get("Id") in accepted:
            accepted.discard(cells["Id"])
            cells["Accepted"] = "true"
        if "Body" in cells:
            cells["Body"] = paragraphs(cells["Body"])
        yield Row(line, {**cells, "Site": site})


def _elements(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    parser = expat.ParserCreate()
    found: list[tuple[int, dict[str, str]]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        if name == "row":
            found.append((parser.CurrentLineNumber, attributes))

    def refuse(*_: Any) -> None:
        raise InputError(
            "it declares entities or a document type, which no dump does",
            where=f"{path.name}, line {parser.CurrentLineNumber}",
            mend="take the dump as it was published",
        )

    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    behind = 0
    try:
        for block in blocks(path, BLOCK):
            parser.Parse(block, False)
            behind = 0 if found else behind + len(block)
            if behind > LONGEST_LINE:
                raise InputError(
                    f"one element is longer than {LONGEST_LINE // 1_000_000} MB",
                    where=f"{path.name}, line {parser.CurrentLineNumber}",
                    mend="take the dump as it was published",
                )
            yield from found
            found.clear()
        parser.Parse(b"", True)
    except expat.ExpatError as wrong:
        yield from found
        raise InputError(
            f"it is no well-formed XML here ({expat.ErrorString(wrong.code)})",
            where=f"{path.name}, line {wrong.lineno}",
            mend="unpack the dump again",
        ) from wrong


def _fits(root: str) -> Any:
    pattern = re.compile(
        rb"^[\s\xef\xbb\xbf]*(<\?xml[^>]*\?>)?\s*(<!.{0,2000})?<" + root.encode() + rb"[\s>]", re.DOTALL
    )
    return lambda head: bool(pattern.match(head[:4096]))


SHAPES = (
    Shape("Stack Exchange posts", (".xml",), POSTS, _fits("posts"), _rows),
    Shape("Stack Exchange comments", (".xml",), COMMENTS, _fits("comments"), _rows),
    Shape("Stack Exchange users", (".xml",), USERS, _fits("users"), _rows),
)
