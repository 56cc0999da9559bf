"""The archive that X (Twitter) gives of an account: `tweets.js`, `direct-messages.js`, a JavaScript line before JSON.

An archive holds what the account itself wrote, and the direct messages that others sent to it; what others said about
it in public is not in it.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from goodwill.listen.shapes.elements import elements
from goodwill.listen.shapes.shape import Context, Fault, Row, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

BEFORE = re.compile(r"[\s\ufeff]*window\.YTD\.(\w+)\.part\d+\s*=\s*")
COLUMNS = (
    "kind",  # 'tweet', 'direct message'
    "id_str",
    "created_at",
    "full_text",
    "lang",
    "in_reply_to_status_id_str",
    "in_reply_to_screen_name",
    "sender_id",
    "recipient_id",
    "conversation_id",
    "ours",
)


def _fits(head: bytes) -> bool:
    found = BEFORE.match(head[:1000].decode("utf-8", "replace"))
    return found is not None and found[1] in ("tweets", "tweet", "direct_messages", "account")


def _rows(path: Path, context: Context) -> Iterator[Row | Fault]:
    ours = _our_id(path, context)
    for one in elements(path, BEFORE):
        if isinstance(one, Fault):
            yield one
        elif isinstance(one.value, dict) and isinstance(one.value.get("dmConversation"), dict):
            yield from _conversation(one.line, one.value["dmConversation"], ours)
        elif isinstance(one.value, dict) and "account" not in one.value:
            yield _tweet(one.line, one.value.get("tweet", one.value))


def _tweet(line: int, tweet: Any) -> Row | Fault:
    if not isinstance(tweet, dict):
        return Fault(line, "this element is no tweet", "take the archive as it was given")
    said = _text(tweet.get("full_text") or tweet.get("text"))
    cells = {name: _text(tweet.get(name)) for name in COLUMNS[1:7]}
    # In the archive, & < > stand as HTML writes them.
    return Row(line, {**cells, "kind": "tweet", "full_text": said and html.unescape(said), "ours": "true"})


def _conversation(line: int, held: dict[str, Any], ours: frozenset[str]) -> Iterator[Row]:
    for one in held.get("messages") or ():
        sent = one.get("messageCreate") if isinstance(one, dict) else None
        if not isinstance(sent, dict):
            continue  # somebody joined or left
        sender = _text(sent.get("senderId"))
        yield Row(
            line,
            {
                "kind": "direct message",
                "id_str": _text(sent.get("id")),
                "created_at": _text(sent.get("createdAt")),
                "full_text": _text(sent.get("text")),
                "sender_id": sender,
                "recipient_id": _text(sent.get("recipientId")),
                "conversation_id": _text(held.get("conversationId")),
                "ours": "true" if sender in ours else "false",
            },
        )


def _our_id(path: Path, context: Context) -> frozenset[str]:
    """The account's own number: account.js beside the file says it, else who has part in every conversation."""
    beside = path.with_name("account.js")
    if beside.exists():
        for one in elements(beside, BEFORE):
            if not isinstance(one, Fault) and isinstance(one.value, dict):
                number = _text((one.value.get("account") or {}).get("accountId"))
                if number:
                    return frozenset((number,))
    everywhere: set[str] | None = None
    for one in elements(path, BEFORE):
        if isinstance(one, Fault) or not isinstance(one.value, dict):
            continue
        held = one.value.get("dmConversation")
        if not isinstance(held, dict):
            return frozenset()
        pair = set((_text(held.get("conversationId")) or "").split("-"))
        everywhere = pair if everywhere is None else everywhere & pair
    return frozenset(everywhere) if everywhere is not None and len(everywhere) == 1 else frozenset()


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


SHAPE = Shape("an X (Twitter) archive", (".js", ".json"), COLUMNS, _fits, _rows)
