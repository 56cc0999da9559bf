"""JSON documents: a list of objects, or an object that holds one (`{"reviews": [...]}`); each object is a row.

An object within an object gives `outer.inner`, as in JSON Lines. JSON Lines under the ending .json are told apart by
their second line.
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

CELL = "line"
_TWO_LINES = re.compile(rb"^[\s\xef\xbb\xbf]*\{[^\n]*\}[ \t\r]*\n\s*\{")
_ONE_LINE = re.compile(rb"^[\s\xef\xbb\xbf]*\{[^\n\[]*\}\s*$")


def are_lines(head: bytes) -> bool:
    """Whether a .json file holds an object a line.

    >>> are_lines(b'{"a": 1}\\n{"a": 2}\\n'), are_lines(b'[{"a": 1},\\n{"a": 2}]')
    (True, False)
    """
    return bool(_TWO_LINES.match(head) or _ONE_LINE.match(head))


def _fits(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{") and not are_lines(head)


def _rows(path: Path, context: Context) -> Iterator[Row | Fault]:
    for one in elements(path):
        if isinstance(one, Fault):
            yield one
        elif isinstance(one.value, dict):
            if one.member and not _is_row(one.value):
                continue  # what stands beside the list: paging, totals
            yield Row(one.line, {CELL: json.dumps(one.value, ensure_ascii=False)})
        elif not one.member:
            yield Fault(one.line, "this element is no object", 'write each as {"name": value}')


def _is_row(value: dict[str, Any]) -> bool:
    return len(value) > 2


SHAPE = Shape("a JSON document", (".json",), (CELL,), _fits, _rows)
