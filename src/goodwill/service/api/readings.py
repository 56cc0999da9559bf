"""GET /api/v1/readings: what each message meant. POST /api/v1/understand: the same of any texts; nothing is kept."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from goodwill.errors import InputError
from goodwill.facts import INTENTS, MOODS
from goodwill.service.api import paging
from goodwill.service.api.auth import Scoped
from goodwill.service.api.fresh import fresh
from goodwill.service.api.messages import READ, in_list
from goodwill.service.api.problems import Problem
from goodwill.service.api.seen import seen
from goodwill.service.api.shapes import REFUSALS, Reading, Readings
from goodwill.service.live import asking, people, tables

router = Router(tags=["understand"])
router.add_decorator(fresh, mode="view")

MOST_TEXTS = 1_000
LONGEST = 20_000
Text = Annotated[str, Field(max_length=LONGEST)]


class Asked(paging.Piece):
    """Which readings."""

    mood: Literal[("", *MOODS)] = ""
    intent: Literal[("", *INTENTS)] = ""
    topic: paging.Word = ""
    language: paging.Word = ""
    lane: paging.Word = ""
    customer_id: paging.Word = ""


class Texts(Schema):
    """Texts to be read."""

    model_config = {"extra": "forbid"}

    texts: list[Text | None] = Field(max_length=MOST_TEXTS)
    lane: Literal["auto", "fast", "careful"] = "auto"


class Understood(Schema):
    """A reading for each text, in order; `message_id` is the text's place, from 0."""

    readings: list[Reading]


@router.get("/readings", auth=Scoped("read"), response={200: Readings, **REFUSALS}, summary="What was understood")
def get_readings(request: HttpRequest, asked: Query[Asked]) -> dict[str, Any]:
    """What each message meant, by the message's id. Where few are what is asked for, a piece may hold fewer than
    `limit`, even none: go on while there is a `next`."""
    paging.known_only(request, asked)
    if asked.customer_id:
        seen(request, "readings", people.person_of(asked.customer_id))
    return some(asked)


def some(asked: Asked) -> dict[str, Any]:
    """One piece of the readings asked for."""
    from django.db import connection

    conditions, parameters = ["1 = 1"], []
    person = people.person_of(asked.customer_id) if asked.customer_id else ""
    equal = {"mood": asked.mood, "language": asked.language, "lane": asked.lane, "customer_id": person}
    for name, value in equal.items():
        if value:
            conditions.append(f"r.{name} = %s")
            parameters.append(value)
    for column, value in {"r.intents": asked.intent, "r.topics": asked.topic}.items():
        if value:
            conditions.append(in_list(column))
            parameters.append(value)
    ended = paging.read_cursor(asked.cursor, str)
    if ended:
        conditions.append("r.message_id > %s")
        parameters.append(ended[0])
    looks_into_each = len(conditions) > (2 if ended else 1) and not asked.customer_id
    upto = paging.far("reading", ended[0] if ended else "") if looks_into_each else ""
    if upto:
        conditions.append("r.message_id <= %s")
        parameters.append(upto)
    chosen = ", ".join(f"r.{tables.quoted(name)}" for name in READ)
    sql = f"SELECT {chosen} FROM reading r WHERE {' AND '.join(conditions)} ORDER BY r.message_id LIMIT %s"
    with connection.cursor() as cursor:
        cursor.execute(sql, [*parameters, asked.limit + 1])
        rows = [dict(zip(READ, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        row |= {"intents": asking.listed(row["intents"]), "topics": asking.listed(row["topics"])}
        row["corrected"] = bool(row["corrected"])
    piece = paging.piece_of(rows, asked.limit, lambda row: paging.write_cursor(row["message_id"]))
    return paging.go_on(piece, upto)


@router.post(
    "/understand",
    auth=Scoped("read"),
    response={200: Understood, **dict.fromkeys((400, 401, 403, 413, 422), Problem)},
    summary="Read any texts",
)
def post_understand(request: HttpRequest, asked: Texts) -> dict[str, Any]:
    """What up to a thousand texts mean, in a lane: fast, careful (English alone), or auto, which takes the careful one
    where the fast one is unsure. Nothing of it is kept.
    """
    from goodwill.understand import read_texts

    for place, text in enumerate(asked.texts):
        if text is not None and not paging.storable(text):
            raise InputError("it holds a sign that no text holds", where=f"text {place}", mend="leave out U+0000")
    rows = read_texts(asked.texts, lane=asked.lane).to_pylist()
    return {
        "readings": [{**row, "intents": row["intents"] or [], "topics": row["topics"] or []} for row in rows],
    }
