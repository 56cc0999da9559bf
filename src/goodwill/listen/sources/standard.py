"""Standard Webhooks: any sender that signs as that specification says and sends rows of our tables."""

from __future__ import annotations

from pydantic import Field, SecretStr

from goodwill.listen.posted import signing
from goodwill.listen.posted.payload import read
from goodwill.listen.posted.told_rows import rows_into
from goodwill.listen.sources.kind import Heard, Kind, Place, Request, Settings

SENDER = "Standard Webhooks"


class StandardSettings(Settings):
    """What is entered for a sender."""

    secret: tuple[SecretStr, ...] = Field(
        min_length=1, description="the sender's signing secret, whsec_…; two while one replaces another"
    )


def accept(place: Place, request: Request) -> Heard:
    """Rows of one or several tables, or one event `{type: table, timestamp, data: row}`."""
    signing.by_standard(request, place.settings.secret, sender=SENDER)
    heard = Heard(once=request.headers["webhook-id"].strip())
    rows_into(heard, place, read(request.body, SENDER), request.query.get("table", ""), SENDER)
    return heard


KIND = Kind(
    name="standard",
    title=SENDER,
    says="Rows of goodwill's tables from any sender that signs as Standard Webhooks says.",
    connect="Enter the address that goodwill shows where the sender keeps its webhooks, and its signing secret "
    '(whsec_…) here. The body is {"type": "messages", "timestamp": …, "data": {…}}, or '
    '{"messages": [{…}], "purchases": […]}, with columns as in docs/facts.md.',
    settings=StandardSettings,
    tried="with requests signed as the specification says",
    accept=accept,
)
