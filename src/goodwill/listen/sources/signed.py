"""Signed rows: whatever the firm's own systems want to tell, as rows of our tables."""

from __future__ import annotations

from pydantic import Field, SecretStr

from goodwill.listen.posted import signing
from goodwill.listen.posted.payload import read
from goodwill.listen.posted.told_rows import rows_into
from goodwill.listen.sources.kind import Heard, Kind, Place, Request, Settings

SENDER = "Signed rows"
HEADER = "X-Goodwill-Signature"


class SignedSettings(Settings):
    """What is entered for a system of the firm's own."""

    secret: tuple[SecretStr, ...] = Field(
        min_length=1, description="a secret of your own, 20 letters or more; two while one replaces another"
    )


def accept(place: Place, request: Request) -> Heard:
    """Rows of one or several tables. A delivery is told from another by its digest."""
    digest = signing.by_time_in_header(request, place.settings.secret, header=HEADER, sender=SENDER)
    heard = Heard(once=digest)
    rows_into(heard, place, read(request.body, SENDER), request.query.get("table", ""), SENDER)
    return heard


KIND = Kind(
    name="signed",
    title=SENDER,
    says="Whatever your own systems want to tell, as rows of goodwill's tables.",
    connect='Choose a secret, and POST JSON to the address that goodwill shows: {"messages": [{…}], "purchases": […]} '
    "or, with ?table=messages, a list of rows; columns as in docs/facts.md. Sign each request in a header "
    "X-Goodwill-Signature: t=SECONDS,v1=HEX, where HEX is the HMAC with SHA-256 and your secret of SECONDS, a point, "
    "and the body's bytes; SECONDS is the time since 1970, and a request counts for five minutes.",
    settings=SignedSettings,
    tried="with requests signed as described here",
    accept=accept,
)
