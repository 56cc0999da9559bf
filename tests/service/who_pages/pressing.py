"""What was just done, and its Undo, as a page without scripts has them."""

from __future__ import annotations

import re
from html import unescape
from typing import Any


def toast(page: str) -> str:
    """The word of what was done."""
    return unescape(
        " ".join(re.sub(r"<[^>]+>", " ", "".join(re.findall(r'<div class="toast.*?</div>', page, re.S))).split())
    )


def undo(client: Any, page: str) -> str:
    """Presses the Undo of what was just done."""
    form = re.search(r'<div class="toast.*?<form method="post" action="([^"]+)">(.*?)</form>', page, re.S)
    assert form, page[-2000:]
    fields: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form[2]):
        fields.setdefault(name, []).append(unescape(value))
    answer: str = client.post(form[1], fields, follow=True).content.decode()
    return answer
