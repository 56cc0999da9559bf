"""Kinds made up for the tests: one that accepts, one that is pulled, one that streams."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterator
from datetime import timedelta
from threading import Event
from typing import Any

from pydantic import Field, SecretStr

from goodwill.errors import NotUnderstood, NotVerified
from goodwill.listen.sources.kind import Cursor, Heard, Kind, Place, Request, Settings


class BellSettings(Settings):
    """What a bell must be told."""

    secret: tuple[SecretStr, ...] = Field(description="the bell's key, under Settings → Keys", min_length=1)
    channel: str = Field("chat", description="where it hangs", title="Where")


def signed(secret: str, body: bytes) -> dict[str, str]:
    return {"Bell-Signature": hmac.new(secret.encode(), body, "sha256").hexdigest()}


def said(name: str, number: int, **more: Any) -> dict[str, Any]:
    """A message that wants an answer."""
    from datetime import UTC, datetime

    at = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)
    text = f"My order {number} has not arrived and I am very angry."
    return {"message_id": f"{name}:{number}", "at": at, "text": text, "channel": "chat", "to_us": True, **more}


def accept(place: Place, request: Request) -> Heard:
    given = request.headers.get("bell-signature", "")
    if given not in [signed(one.get_secret_value(), request.body)["Bell-Signature"] for one in place.settings.secret]:
        raise NotVerified("the signature is not the bell's", where=place.name, mend="compare the secrets")
    try:
        told = json.loads(request.body)
    except ValueError:
        raise NotUnderstood("it is no JSON", where=place.name) from None
    if "crash" in told:
        raise ZeroDivisionError("a mistake of ours")
    heard = Heard(once=told.get("delivery", ""), said=told.get("said", []))
    for row in told.get("rows", []):
        heard.add("messages", {"channel": place.settings.channel, **row})
    heard.edited = {"messages": told["edited"]} if "edited" in told else {}
    heard.removed = {"messages": told["removed"]} if "removed" in told else {}
    return heard


BELL = Kind(
    name="bell",
    title="The Bell",
    says="who rings",
    connect="Under Settings → Keys.",
    settings=BellSettings,
    tried="in these tests",
    accept=accept,
)


class WellSettings(Settings):
    """What a well must be told."""

    depth: int = Field(3, description="how many pieces there are", ge=1)
    token: SecretStr | None = Field(None, description="the rope")


def well(pieces: Any = None, **more: Any) -> Kind:
    """A kind that is pulled: pieces 0 … depth-1 with ten messages each, then nothing."""

    def pull(place: Place, cursor: Cursor) -> Iterator[Heard]:
        for piece in range(cursor.get("next", 0), place.settings.depth):
            rows = [said(place.name, 10 * piece + number) for number in range(10)]
            yield Heard(facts={"messages": rows}, cursor={"next": piece + 1})

    def check(place: Place) -> str:
        return f"a well of depth {place.settings.depth}"

    return Kind(
        **{
            "name": "well", "title": "The Well", "says": "what is drawn", "connect": "Dig.", "settings": WellSettings,
            "tried": "in these tests", "pull": pieces or pull, "check": check, **more,
        }
    )  # fmt: skip


def brook(stream: Any) -> Kind:
    """A kind that streams."""
    return Kind(
        name="brook", title="The Brook", says="what flows by", connect="Sit.", settings=Settings,
        tried="in these tests", stream=stream,
    )  # fmt: skip


assert Event
