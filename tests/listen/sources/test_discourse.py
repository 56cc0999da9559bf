"""Discourse: posts, solutions and members, as its webhooks send them."""

from __future__ import annotations

from typing import Any

import pytest

from goodwill.errors import NotUnderstood
from listen.sources.senders import hear, not_understood, only_the_sender, place_of

ADDRESS = "https://forum.firm.example"


def post(**more: Any) -> dict[str, Any]:
    """A member's answer to a question, as a forum writes it; made up."""
    return {
        "post": {
            "id": 901,
            "name": "Köbi Zürcher",
            "username": "koebi",
            "created_at": "2026-11-22T11:58:03.512Z",
            "updated_at": "2026-11-22T11:58:03.512Z",
            "raw": 'Hold the button for ten seconds – then it starts.\n[quote="dana, post:1"]\nIt is dead.\n[/quote]',
            "cooked": "<p>Hold …</p>",
            "post_number": 3,
            "post_type": 1,
            "reply_to_post_number": None,
            "reply_count": 1,
            "quote_count": 1,
            "readers_count": 41,
            "topic_id": 77,
            "topic_slug": "it-is-dead",
            "topic_title": "It is dead",
            "topic_archetype": "regular",
            "category_slug": "help",
            "user_id": 12,
            "moderator": False,
            "admin": False,
            "staff": False,
            "hidden": False,
            **more,
        }
    }


def event(name: str) -> dict[str, str]:
    return {"X-Discourse-Event": name, "X-Discourse-Instance": ADDRESS, "X-Discourse-Event-Id": "5"}


def test_an_answer() -> None:
    heard = hear("discourse", post(), event("post_created"))
    [row] = heard.facts["messages"]
    assert row["text"] == "Hold the button for ten seconds – then it starts."  # what others said is theirs
    assert row == row | {
        "message_id": "discourse:77/3",
        "source": "discourse",
        "channel": "forum",
        "author": "koebi",
        "audience": 41,
        "engagements": 2,
        "in_reply_to": "discourse:77/1",
        "thread": "discourse:77",
        "place": "help",
        "url": "https://forum.firm.example/t/it-is-dead/77/3",
        "to_us": False,
    }
    assert row["at"].isoformat() == "2026-11-22T11:58:03.512000+00:00"
    assert "accepted" not in row
    assert (
        hear("discourse", post(reply_to_post_number=2), event("post_created")).facts["messages"][0]["in_reply_to"]
        == "discourse:77/2"
    )


def test_a_question_has_its_title_and_answers_nobody() -> None:
    [row] = hear("discourse", post(post_number=1, raw="Since today."), event("post_created")).facts["messages"]
    assert row["text"] == "It is dead\nSince today." and "in_reply_to" not in row


def test_edits_and_removals() -> None:
    heard = hear("discourse", post(raw="Hold it for twelve."), event("post_edited"))
    assert not heard.facts and [row["text"] for row in heard.edited["messages"]] == ["Hold it for twelve."]
    heard = hear("discourse", post(), event("post_destroyed"))
    assert heard.removed == {"messages": ["discourse:77/3"]} and not heard.facts
    assert "messages" in hear("discourse", post(), event("post_recovered")).edited
    assert hear("discourse", post(staff=True), event("post_destroyed")).removed == {"actions": ["discourse:77/3"]}


def test_an_edited_answer_that_was_accepted_stays_so() -> None:
    [row] = hear("discourse", post(accepted_answer=True), event("post_edited")).edited["messages"]
    assert row["accepted"] is True


def test_what_staff_writes_is_our_own_doing() -> None:
    for who in ("staff", "admin", "moderator"):
        heard = hear("discourse", post(**{who: True}), event("post_created"))
        assert "messages" not in heard.facts
        [row] = heard.facts["actions"]
        assert (row["action_id"], row["message_id"], row["kind"]) == ("discourse:77/3", "discourse:77/1", "reply")
        assert (row["staff"], row["channel"]) == ("Köbi Zürcher", "forum")
    [row] = hear("discourse", post(admin=True, post_number=1), event("post_created")).facts["actions"]
    assert row["kind"] == "publish advice" and "message_id" not in row


def test_a_solution_that_was_taken_and_taken_back() -> None:
    solved = {"solved": post()["post"]}
    [row] = hear("discourse", solved, event("accepted_solution")).edited["messages"]
    assert row["accepted"] is True and row["message_id"] == "discourse:77/3" and row["in_reply_to"] == "discourse:77/1"
    [row] = hear("discourse", solved, event("unaccepted_solution")).edited["messages"]
    assert row["accepted"] is False
    ours = hear("discourse", {"solved": post(staff=True)["post"]}, event("accepted_solution"))
    assert not ours.edited and ours.said == ["accepted_solution: the answer 77/3 is our own"]


def test_a_new_member() -> None:
    user = {"id": 12, "username": "koebi", "name": "Köbi Zürcher", "email": "Koebi@Post.example", "locale": "de"}
    heard = hear("discourse", {"user": user}, event("user_created"))
    assert heard.facts["people"] == [
        {"customer_id": "email:koebi@post.example", "name": "Köbi Zürcher", "language": "de"}
    ]
    who = {"customer_id": "email:koebi@post.example", "source": "discourse"}
    assert heard.facts["handles"] == [
        {**who, "kind": "email", "value": "koebi@post.example"},
        {**who, "kind": "account", "value": "koebi", "channel": "forum"},
    ]
    proved = hear("discourse", {"user": user}, event("user_confirmed_email")).facts["handles"]
    assert proved[0]["verified"] is True and "verified" not in proved[1]
    own = hear("discourse", {"user": {**user, "external_id": "C-7"}}, event("user_created"))
    assert own.facts["people"][0]["customer_id"] == "C-7"
    staff = hear("discourse", {"user": {**user, "admin": True}}, event("user_created"))
    assert not staff.facts and staff.said == ["user_created: it is our own staff"]


@pytest.mark.parametrize(
    ("said", "name", "why"),
    [
        (post(topic_archetype="private_message"), "post_created", "post 77/3: it is a private message"),
        (post(post_type=4), "post_created", "post 77/3: it is no post of a member's"),
        (post(user_id=-1), "post_created", "post 77/3: the forum itself wrote it"),
        (post(raw="[quote]only a quote[/quote]"), "post_created", "post 77/3: it has no words"),
        (post(), "post_liked", "post_liked says nothing to us"),
        ({"topic": {"id": 77}}, "topic_created", "topic_created: what is said in it comes as posts"),
        (
            {"user": {"id": 1}},
            "user_destroyed",
            "user_destroyed says nothing to us; who is to be forgotten, erase here",
        ),
        ({"ping": "OK"}, "ping", "a test: the forum reaches us"),
        ({"category": {}}, "category_created", "category_created says nothing to us"),
    ],
)
def test_what_says_nothing_to_us(said: dict[str, Any], name: str, why: str) -> None:
    heard = hear("discourse", said, event(name))
    assert not heard.facts and not heard.edited and not heard.removed and heard.said == [why]


def test_a_delivery_that_comes_again_under_another_number_is_the_same() -> None:
    first, again = (
        hear("discourse", post(), {**event("post_created"), "X-Discourse-Event-Id": number}) for number in "12"
    )
    edited = hear("discourse", post(), event("post_edited"))
    assert first.once == again.once != edited.once and len(first.once) < 200


def test_only_the_sender_is_heard() -> None:
    only_the_sender("discourse", post(), event("post_created"))


def test_what_a_forum_does_not_send() -> None:
    not_understood("discourse", event("post_created"))
    for said, why in (
        ({"post": [1]}, "^Discourse, post: it is a list, not an object"),
        (post(topic_id=None), "^Discourse, post.topic_id: it is not there"),
        (post(topic_id=[7]), "^Discourse, post.topic_id: it is a list, not an id"),
        (post(created_at="yesterday"), "^Discourse, post.created_at: 'yesterday' is no time"),
        (post(post_number="one"), "^Discourse, post.post_number: it is a text, not a whole number"),
        (post(raw=7), "^Discourse, post.raw: it is a number, not a text"),
        (post(staff="yes"), "^Discourse, post.staff: it is a text, not true or false"),
    ):
        with pytest.raises(NotUnderstood, match=why):
            hear("discourse", said, event("post_created"))


def test_half_a_character_and_a_nul_are_replaced() -> None:
    body = (
        rb'{"post": {"id": 1, "username": "a", "created_at": "2026-11-22T11:00:00Z", "raw": "half \ud83d and \u0000",'
    )
    body += b' "post_number": 2, "topic_id": 7}}'
    [row] = hear("discourse", body, event("post_created")).facts["messages"]
    assert row["text"] == "half \ufffd and \ufffd"


def test_an_address_that_is_no_page_is_left_out() -> None:
    more = {**event("post_created"), "X-Discourse-Instance": "javascript:alert(1)"}
    assert "url" not in hear("discourse", post(), more).facts["messages"][0]


def test_the_place_names_the_keys() -> None:
    [row] = hear("discourse", post(), event("post_created"), place=place_of("discourse", name="forum")).facts[
        "messages"
    ]
    assert (row["message_id"], row["thread"], row["source"]) == ("forum:77/3", "forum:77", "forum")
