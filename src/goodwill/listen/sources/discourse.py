"""Discourse: what members of the forum write, edit and take back, and which answers solved the question."""

from __future__ import annotations

import re
from typing import Any

from pydantic import Field, SecretStr

from goodwill.listen.posted import signing
from goodwill.listen.posted.payload import Part, opened
from goodwill.listen.posted.persons import Person
from goodwill.listen.sources.kind import Heard, Kind, Place, Request, Row, Settings

SENDER = "Discourse"
CHANNEL = "forum"
_REGULAR = 1  # the others are a moderator's act, a small act ('closed'), a whisper among staff
_QUOTED = re.compile(r"\[quote\b[^\]]*\].*?\[/quote\]", re.DOTALL | re.IGNORECASE)


class DiscourseSettings(Settings):
    """What is entered for a forum."""

    secret: tuple[SecretStr, ...] = Field(
        min_length=1,
        description="the secret of the webhook: Admin › Advanced › Webhooks; two while one replaces another",
    )


def accept(place: Place, request: Request) -> Heard:
    """One event. A post's key is its topic and its number there, since a reply names what it answers by that number."""
    digest = signing.by_body(
        request, place.settings.secret, header="X-Discourse-Event-Signature", sender=SENDER, form="sha256=hex"
    )
    event = request.headers.get("x-discourse-event", "")
    body = opened(request.body, SENDER)
    # The delivery's number is not signed and changes when it is sent again; the digest is and does not.
    heard = Heard(once=f"{event[:60]} {digest}")
    address = request.headers.get("x-discourse-instance", "")
    if "post" in body:
        _post(heard, place, event, body.part("post"), address)
    elif "solved" in body:
        _solved(heard, place, event, body.part("solved"), address)
    elif "user" in body:
        _user(heard, place, event, body.part("user"))
    elif "topic" in body:
        heard.said.append(f"{event or 'an event of a topic'}: what is said in it comes as posts")
    else:
        heard.said.append("a test: the forum reaches us" if "ping" in body else f"{event or 'it'} says nothing to us")
    return heard


def _post(heard: Heard, place: Place, event: str, post: Part, address: str) -> None:
    if (why := _not_for_us(post)) is not None:
        heard.said.append(f"post {_id(post)}: {why}")
    elif event == "post_destroyed":
        table = "actions" if _by_staff(post) else "messages"
        heard.removed[table] = [place.key(_id(post))]
    elif event in ("post_created", "post_edited", "post_recovered"):
        table, row = _said(place, post, address)
        if row is None:
            heard.said.append(f"post {_id(post)}: it has no words")
        elif event == "post_created":
            heard.add(table, row)
        else:
            heard.edited[table] = [row]
    else:
        heard.said.append(f"{event or 'an event of a post'} says nothing to us")


def _solved(heard: Heard, place: Place, event: str, post: Part, address: str) -> None:
    """An answer that the one who asked took, or took back: the message says so, and counts as knowledge."""
    table, row = _said(place, post, address)
    if _not_for_us(post) is not None or row is None:
        heard.said.append(f"{event}: post {_id(post)} is not one that we hear")
    elif table == "actions":
        heard.said.append(f"{event}: the answer {_id(post)} is our own")
    elif event in ("accepted_solution", "unaccepted_solution"):
        heard.edited[table] = [{**row, "accepted": event == "accepted_solution"}]
    else:
        heard.said.append(f"{event} says nothing to us")


def _not_for_us(post: Part) -> str | None:
    if (post.whole("post_type") or _REGULAR) != _REGULAR:
        return "it is no post of a member's"
    if post.text("topic_archetype") == "private_message":
        return "it is a private message"
    if (post.whole("user_id") or 0) < 0:
        return "the forum itself wrote it"
    return None


def _said(place: Place, post: Part, address: str) -> tuple[str, Row | None]:
    """A post as a row: a member's is a message, our own staff's an action."""
    number, topic = post.whole("post_number"), post.id("topic_id")
    if number is None:
        raise post.wrong("post_number", "it is not there")
    first = number == 1
    answers = None if first else f"{topic}/{post.whole('reply_to_post_number') or 1}"
    if _by_staff(post):
        action: dict[str, Any] = {
            "action_id": place.key(_id(post)),
            "message_id": answers and place.key(answers),
            "at": post.at("created_at"),
            "staff": post.text("name") or post.text("username"),
            "kind": "publish advice" if first else "reply",
            "channel": CHANNEL,
        }
        return "actions", _filled(action)
    words = _QUOTED.sub("", post.text("raw")).strip()
    title = post.text("topic_title") if first else ""
    if not words and not title:
        return "messages", None
    slug = post.text("topic_slug") or "-"
    message: dict[str, Any] = {
        "message_id": place.key(_id(post)),
        "at": post.at("created_at"),
        "source": place.name,
        "channel": CHANNEL,
        "author": post.text("username"),
        "text": "\n".join(part for part in (title, words) if part),
        "audience": post.count("readers_count") or None,
        "engagements": post.count("reply_count") + post.count("quote_count") or None,
        "in_reply_to": answers and place.key(answers),
        "thread": place.key(topic),
        "place": post.text("category_slug") or None,
        "url": f"{address.rstrip('/')}/t/{slug}/{topic}/{number}" if address.startswith("https://") else None,
        "to_us": False,
        "accepted": True if post.flag("accepted_answer") else None,
    }
    return "messages", _filled(message)


def _id(post: Part) -> str:
    return f"{post.id('topic_id')}/{post.id('post_number')}"


def _by_staff(post: Part) -> bool:
    return post.flag("staff") or post.flag("admin") or post.flag("moderator")


def _filled(row: Row) -> Row:
    return {name: value for name, value in row.items() if value is not None}


def _user(heard: Heard, place: Place, event: str, user: Part) -> None:
    if event not in ("user_created", "user_updated", "user_confirmed_email", "user_activated"):
        heard.said.append(f"{event or 'an event of a member'} says nothing to us; who is to be forgotten, erase here")
        return
    if user.flag("admin") or user.flag("moderator"):
        heard.said.append(f"{event}: it is our own staff")
        return
    person = Person(
        own=user.maybe_id("external_id"),
        here=f"user {user.id('id')}",
        email=user.text("email"),
        name=user.text("name"),
        accounts=((CHANNEL, user.text("username")),),
        verified=True if event in ("user_confirmed_email", "user_activated") else None,
        language=user.text("locale"),
    )
    if person.into(heard, place) is None or not heard.facts:
        heard.said.append(f"{event}: nothing is told of them")


KIND = Kind(
    name="discourse",
    title=SENDER,
    says="What members of the forum ask and answer, edit and take back, and which answers solved the question.",
    connect="In Discourse: Admin › Advanced › Webhooks › New. Enter the address that goodwill shows as 'Payload URL', "
    "'application/json', and a secret of your own of 12 letters or more, the same here. Choose the events of posts, "
    "users, topics and (where the plugin is on) solutions. Its test button sends a ping, which goodwill answers. "
    "What staff writes is counted as your own doing; private messages are left out.",
    settings=DiscourseSettings,
    tried="with requests signed as documented; not tried against a real forum",
    accept=accept,
)
