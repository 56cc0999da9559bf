"""Exports that are no tables, and those of tables that came later. The files are invented; their shapes are theirs."""
# ruff: noqa: E501 - their lines are long

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from goodwill.errors import InputError
from goodwill.facts import TABLES
from goodwill.firm import Firm
from goodwill.lake import Facts, Lake
from goodwill.listen.assembling import assemble
from goodwill.listen.preview import preview
from goodwill.listen.reading import Reading
from goodwill.listen.shapes import archive, elements, mbox, stack_exchange

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NOW = datetime(2026, 6, 30, tzinfo=UTC)
GOOGLE = {
    "reviews": [
        {
            "name": "accounts/1/locations/22/reviews/abc",
            "reviewer": {"displayName": "Ann Lee", "profilePhotoUrl": "https://x.example/p"},
            "starRating": "ONE",
            "comment": "(Translated by Google) The fee is a joke.\n\n(Original)\nDie Gebühr ist ein Witz.",
            "createTime": "2026-01-02T10:00:00.5Z",
            "updateTime": "2026-01-03T10:00:00Z",
            "reviewReply": {"comment": "Sorry.", "updateTime": "2026-01-04T09:00:00Z"},
        },
        {
            "name": "accounts/1/locations/22/reviews/abd",
            "reviewer": {"displayName": "Bob"},
            "starRating": "FIVE",
            "createTime": "2026-01-02T11:00:00Z",
            "updateTime": "2026-01-02T11:00:00Z",
        },
    ],
    "averageRating": 3.0,
    "totalReviewCount": 2,
}
TWEETS = """window.YTD.tweets.part0 = [
  {"tweet": {"id_str": "11", "created_at": "Fri Jan 02 10:00:00 +0000 2026", "full_text": "@ann Sorry &amp; thanks", "in_reply_to_status_id_str": "9", "lang": "en"}},
  {"tweet": {"id_str": "12", "created_at": "Fri Jan 02 11:00:00 +0000 2026", "full_text": "How to reset your fan", "lang": "en"}},
  {"tweet": {"id_str": "13", "created_at": "Fri Jan 02 12:00:00 +0000 2026", "full_text": "RT @bob: good", "lang": "en"}}
]"""
MESSAGES = """window.YTD.direct_messages.part0 = [
  {"dmConversation": {"conversationId": "7-42", "messages": [
    {"messageCreate": {"id": "100", "senderId": "7", "recipientId": "42", "text": "My fan broke", "createdAt": "2026-01-05T10:00:00.000Z"}},
    {"messageCreate": {"id": "101", "senderId": "42", "recipientId": "7", "text": "A new one is on its way", "createdAt": "2026-01-05T11:00:00.000Z"}},
    {"joinConversation": {"createdAt": "2026-01-05T11:00:00.000Z"}}]}}
]"""
ACCOUNT = 'window.YTD.account.part0 = [{"account": {"accountId": "42", "username": "firm"}}]'
FACEBOOK = {
    "comments_v2": [
        {
            "timestamp": 1767348000,
            "data": [
                {"comment": {"timestamp": 1767348000, "comment": "Tr\u00c3\u00a8s bien", "author": "Andr\u00c3\u00a9"}}
            ],
            "title": "Andr\u00c3\u00a9 commented on Firm's post.",
        },
        {
            "timestamp": 1767349000,
            "data": [{"comment": {"comment": "Merci!", "author": "Firm"}}],
            "title": "Firm replied",
        },
        {"timestamp": 1767349500, "title": "Cleo reacted to a post."},
    ]
}
CHECK_INS = {
    "check_ins_v2": [
        {"timestamp": 1767350000, "data": [{"place": {"name": "Firm, Bern"}}], "title": "Dan checked in at Firm, Bern."}
    ]
}
RECOMMENDATIONS = {
    "data": [
        {
            "created_time": "2026-01-06T10:00:00+0000",
            "recommendation_type": "negative",
            "review_text": "Never again",
            "reviewer": {"name": "Eve", "id": "5"},
        },
        {"created_time": "2026-01-06T11:00:00+0000", "recommendation_type": "positive", "reviewer": {"name": "Fay"}},
    ],
    "paging": {"cursors": {"before": "a", "after": "b"}},
}
POSTS = """<?xml version="1.0" encoding="utf-8"?>
<posts>
  <row Id="1" PostTypeId="1" AcceptedAnswerId="3" CreationDate="2026-01-02T10:00:00.123" Score="4" ViewCount="90" Body="&lt;p&gt;It &lt;b&gt;stops&lt;/b&gt;.&lt;/p&gt;" OwnerUserId="8" Title="Why does it stop?" Tags="&lt;fan&gt;" />
  <row Id="2" PostTypeId="2" ParentId="1" CreationDate="2026-01-02T11:00:00" Score="-1" Body="&lt;p&gt;No idea&lt;/p&gt;" OwnerUserId="9" />
  <row Id="3" PostTypeId="2" ParentId="1" CreationDate="2026-01-02T12:00:00" Score="7" Body="&lt;p&gt;Oil it.&lt;/p&gt;" OwnerDisplayName="user77" />
  <row Id="4" PostTypeId="5" CreationDate="2026-01-02T12:00:00" Score="0" Body="about the tag" OwnerUserId="-1" />
</posts>
"""
COMMENTS = '<comments>\n<row Id="5" PostId="3" Score="2" Text="Works, thanks" CreationDate="2026-01-03T10:00:00" UserId="8" />\n</comments>'
USERS = '<users>\n<row Id="-1" Reputation="1" CreationDate="2020-01-01T00:00:00" DisplayName="Community" />\n<row Id="8" Reputation="101" CreationDate="2024-01-01T00:00:00" DisplayName="Ann" />\n</users>'
MBOX = b"""From ann@x.org Fri Jan  2 10:00:00 2026
Message-ID: <m1@x.org>
Delivered-To: help@firm.example
From: Ann Lee <Ann@x.org>
To: help@firm.example
Date: Fri, 2 Jan 2026 11:00:00 +0100
Subject: =?utf-8?q?T=C3=BCr?= stuck
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

The door is stuck.
>From the start it was.

--\x20
Ann Lee
+41 79 000 00 00

From help@firm.example Fri Jan  2 12:00:00 2026
Message-ID: <m2@firm.example>
Delivered-To: help@firm.example
From: Bea <help@firm.example>
To: ann@x.org
In-Reply-To: <m1@x.org>
References: <m1@x.org>
Date: Fri, 2 Jan 2026 12:00:00 +0100
Subject: Re: stuck

We come tomorrow.

From ann@x.org Sat Jan  3 10:00:00 2026
Message-ID: <m3@x.org>
Delivered-To: help@firm.example
From: Ann Lee <ann@x.org>
To: help@firm.example
In-Reply-To: <m2@firm.example>
References: <m1@x.org> <m2@firm.example>
Date: Sat, 3 Jan 2026 10:00:00 +0100
Subject: Re: stuck
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/html; charset=utf-8

<p>Thank you &amp; well done!</p><style>p {}</style>
--b
Content-Type: image/png; name=door.png
Content-Disposition: attachment; filename=door.png

xx
--b--

From away@x.org Sat Jan  3 11:00:00 2026
Message-ID: <m4@x.org>
Delivered-To: help@firm.example
Auto-Submitted: auto-replied
From: away@x.org
To: help@firm.example
Date: Sat, 3 Jan 2026 11:00:00 +0100
Subject: Out of office

I am away.
"""
YELP = """{"review_id": "r1", "user_id": "u1", "business_id": "b1", "stars": 2.0, "useful": 3, "funny": 0, "cool": 1, "text": "Slow.", "date": "2026-01-02 10:00:00"}
{"review_id": "r2", "user_id": "u2", "business_id": "b1", "stars": 5.0, "useful": 0, "funny": 0, "cool": 0, "text": "Fine.", "date": "2026-01-03 10:00:00"}
"""
YELP_CHECK_INS = """{"business_id": "b1", "date": "2026-01-02 10:00:00, 2026-01-03 11:30:00"}
{"business_id": "b2", "date": "2026-01-04 10:00:00"}
"""
YELP_API = {
    "reviews": [
        {
            "id": "x1",
            "url": "https://yelp.example/x1",
            "text": "Cold soup",
            "rating": 1,
            "time_created": "2026-01-02 10:00:00",
            "user": {"id": "u9", "name": "Gil"},
        }
    ],
    "total": 1,
}
FORMBRICKS = """No.,Response ID,Timestamp,Finished,Survey ID,Formbricks ID (internal),User ID,Tags,source,url,userAgent - browser,1. How likely are you to recommend us?,2. What is the main reason for your score?,email
1,cl1,2026-01-02 10:00:00,Yes,s1,c1,user-7,,web,https://x.example,Firefox,9,Quick help,ann@x.org
2,cl2,2026-01-02 11:00:00,No,s1,,,,web,https://x.example,Firefox,,,
3,cl3,2026-01-02 12:00:00,No,s1,,,,web,https://x.example,Firefox,3,,
"""


def rows(facts: Facts, table: str, *names: str) -> list[Any]:
    found = facts.arrow(table).to_pylist()
    return [tuple(row[name] for name in names) if len(names) > 1 else row[names[0]] for row in found]


@pytest.fixture
def take(tmp_path: Path) -> Callable[..., Facts]:
    """Writes one file and reads it as an import does."""

    def read(name: str, content: object, firm: Firm | None = None) -> Facts:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = (
            content
            if isinstance(content, bytes)
            else (content if isinstance(content, str) else json.dumps(content, indent=1)).encode()
        )
        path.write_bytes(data)
        lake = Lake()
        reading = Reading(firm or Firm.from_mapping({"firm": {"name": "Firm"}}), lake.connection.con, NOW, guess=True)
        try:
            reading.read_file(path)
            tables = assemble(reading, lake)
            facts = Facts(lake, reading.firm, tables, reading.rejects(), tuple(reading.mapping), tuple(reading.notes))
        finally:
            reading.close()
        return facts

    return read


Take = "Callable[..., Facts]"


def test_google_reviews(take: Take) -> None:
    facts = take("reviews.json", GOOGLE)
    assert not facts.rejects
    assert rows(facts, "messages", "message_id", "text", "rating", "author", "place", "channel") == [
        ("google:abc", "Die Gebühr ist ein Witz.", 1.0, "Ann Lee", "22", "review"),
        ("google:abd", "5 stars", 5.0, "Bob", "22", "review"),
    ]
    assert rows(facts, "messages", "at") == [datetime(2026, 1, 3, 10, tzinfo=UTC), datetime(2026, 1, 2, 11, tzinfo=UTC)]
    assert rows(facts, "actions", "action_id", "message_id", "kind") == [("google:abc:reply", "google:abc", "reply")]


def test_yelp(take: Take) -> None:
    facts = take("yelp_academic_dataset_review.json", YELP)
    assert rows(facts, "messages", "message_id", "rating", "helpful_votes", "engagements", "author", "place") == [
        ("yelp:r1", 2.0, 3, 4, "u1", "b1"),
        ("yelp:r2", 5.0, 0, 0, "u2", "b1"),
    ]
    facts = take("checkin.json", YELP_CHECK_INS)
    assert rows(facts, "events", "kind", "place", "at") == [
        ("visit", "b1", datetime(2026, 1, 2, 10, tzinfo=UTC)),
        ("visit", "b1", datetime(2026, 1, 3, 11, 30, tzinfo=UTC)),
        ("visit", "b2", datetime(2026, 1, 4, 10, tzinfo=UTC)),
    ]
    facts = take("api.json", YELP_API)
    assert rows(facts, "messages", "message_id", "author", "rating") == [("yelp:x1", "u9", 1.0)]


def test_formbricks(take: Take) -> None:
    facts = take("survey.csv", FORMBRICKS)
    assert not facts.rejects
    assert rows(facts, "responses", "response_id", "customer_id", "score", "comment", "survey") == [
        ("formbricks:cl1", "user-7", 9, "Quick help", "s1"),
        ("formbricks:cl3", None, 3, None, "s1"),
    ]
    assert rows(facts, "handles", "customer_id", "value") == [("user-7", "ann@x.org")]


def test_an_x_archive_holds_what_we_wrote_and_what_was_sent_to_us(take: Take) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive_:
        archive_.writestr("data/tweets.js", TWEETS)
        archive_.writestr("data/direct-messages.js", MESSAGES)
        archive_.writestr("data/account.js", ACCOUNT)
        archive_.writestr("data/like.js", 'window.YTD.like.part0 = [{"like": {"tweetId": "1"}}]')
        archive_.writestr("data/tweets_media/a.png", b"\x89PNG")
    facts = take("twitter-2026.zip", packed.getvalue())
    assert not facts.rejects
    assert rows(facts, "actions", "action_id", "message_id", "kind") == [
        ("twitter:11", "twitter:9", "reply"),
        ("twitter:12", None, "publish advice"),
        ("twitter:dm:101", None, "reply"),
    ]
    assert rows(facts, "messages", "message_id", "author", "text", "to_us") == [
        ("twitter:dm:100", "7", "My fan broke", True)
    ]
    assert any("what others said about it in public is not in it" in note for note in facts.notes)
    assert any("left aside: like.js" in note for note in facts.notes)


def test_direct_messages_alone_tell_whose_they_are_by_who_is_in_all(take: Take) -> None:
    other = MESSAGES.replace("7-42", "42-8").replace('"7"', '"8"').replace('"10', '"20').split("= ", 1)[1]
    both = MESSAGES.rstrip().removesuffix("]") + "," + other.lstrip().removeprefix("[")
    facts = take("direct-messages.js", both)
    assert rows(facts, "messages", "author") == ["7", "8"]


def test_facebook(take: Take) -> None:
    facts = take("comments.json", FACEBOOK)
    assert rows(facts, "messages", "author", "text", "to_us", "at") == [
        ("André", "Très bien", True, datetime(2026, 1, 2, 10, tzinfo=UTC))
    ]
    assert rows(facts, "actions", "kind") == ["reply"]
    assert [(one.line, one.reason[:10]) for one in facts.rejects] == [(28, "no comment")]
    facts = take("check-ins.json", CHECK_INS)
    assert rows(facts, "events", "kind", "place", "detail") == [("visit", "Firm, Bern", "Facebook check-in by Dan")]
    facts = take("ratings.json", RECOMMENDATIONS)
    assert sorted(rows(facts, "messages", "author", "text", "to_us")) == [
        ("Eve", "Never again", False),
        ("Fay", "Recommends this page", False),
    ]


def test_a_mailbox(take: Take) -> None:
    facts = take("help.mbox", MBOX)
    assert not facts.rejects
    assert rows(facts, "messages", "message_id", "author", "text", "in_reply_to", "thread") == [
        (
            "email:m1@x.org",
            "ann@x.org",
            "Tür stuck\nThe door is stuck.\nFrom the start it was.",
            None,
            "email:m1@x.org",
        ),
        ("email:m3@x.org", "ann@x.org", "Thank you & well done!", "email:m2@firm.example", "email:m1@x.org"),
    ]
    assert rows(facts, "messages", "at")[0] == datetime(2026, 1, 2, 10, tzinfo=UTC)
    assert rows(facts, "actions", "message_id", "staff") == [("email:m1@x.org", "Bea")]
    assert rows(facts, "handles", "customer_id", "kind") == [("email:ann@x.org", "email")]


def test_stack_exchange(take: Take) -> None:
    facts = take("dba.example.com/Posts.xml", POSTS)
    assert not facts.rejects
    site = "stackexchange:dba.example.com:"
    assert rows(facts, "messages", "message_id", "text", "in_reply_to", "accepted", "audience", "helpful_votes") == [
        (site + "1", "Why does it stop?\nIt stops.", None, None, 90, 4),
        (site + "2", "No idea", site + "1", None, None, None),
        (site + "3", "Oil it.", site + "1", True, None, 7),
    ]
    assert rows(facts, "messages", "author") == ["8", "9", "user77"]
    facts = take("Comments.xml", COMMENTS)
    assert rows(facts, "messages", "message_id", "in_reply_to") == [("stackexchange:comment:5", "stackexchange:3")]
    facts = take("Users.xml", USERS)
    assert rows(facts, "people", "name") == ["Ann"]
    assert rows(facts, "handles", "kind", "value", "channel") == [("account", "8", "forum")]


def test_any_json_document_of_objects_is_a_table(take: Take) -> None:
    facts = take("orders.json", [{"Order No": "7", "Client": "ann", "Date": "2026-01-31", "Total": 9.5}])
    assert rows(facts, "purchases", "purchase_id", "amount") == [("7", Decimal("9.50"))]
    facts = take(
        "purchases.json",
        '{"orders": [\n {"id": "7", "at": "2026-01-31", "amount": 1},\n {"id": "8", "at": "soon", "amount": 2}\n]}',
    )
    assert rows(facts, "purchases", "purchase_id") == ["7"]
    assert [(one.line, one.value) for one in facts.rejects] == [(3, "soon")]


def test_the_preview_of_an_export_says_what_it_is(take: Take, tmp_path: Path) -> None:
    take("reviews.json", GOOGLE)
    seen = preview(tmp_path / "reviews.json", not_after=NOW)
    assert (seen.table, seen.how, seen.sample.num_rows) == ("messages", "Google reviews", 2)
    assert {one.field for one in seen.mapping if one.column == "starRating"} >= {"rating"}


# --- what is broken, and what is a bomb -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.json", "{not json", "line 1: the document breaks off or is no JSON here"),
        ("a.json", "true", "a.json: goodwill does not know what this is"),
        ("a.json", "", "a.json: the file is empty"),
        (
            "Posts.xml",
            POSTS.replace("<posts>", '<!DOCTYPE x [<!ENTITY a "b">]>\n<posts>'),
            "Posts.xml, line 2: it declares entities or a document type",
        ),
        ("Posts.xml", POSTS[:400], "Posts.xml, line 4: it is no well-formed XML here"),
        ("other.xml", "<badges></badges>", "other.xml: goodwill does not know what this is"),
        ("a.zip", b"PK\x03\x04nothing", "a.zip: cannot be unpacked"),
        ("a.js", "var x = 1", "a.js: goodwill does not know what this is"),
    ],
)
def test_what_is_broken_says_where(take: Take, name: str, content: str | bytes, says: str) -> None:
    try:
        facts = take(name, content)
    except InputError as refused:
        said = str(refused)
    else:
        said = "\n".join(map(str, facts.rejects))
    assert says in said


def test_rows_before_a_break_are_kept(take: Take) -> None:
    facts = take("purchases.json", '[{"id": "7", "at": "2026-01-31", "amount": 1},\n{"id": ')
    assert rows(facts, "purchases", "purchase_id") == ["7"]
    assert facts.rejects[0].line == 2


def test_a_zip_bomb_is_stopped(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "SWELLS_FREELY", 1 << 16)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("purchases.csv", "id,at,amount\n" + "1,2026-01-01,1\n" * 2_000_000)
    with pytest.raises(InputError, match=r"a\.zip/purchases\.csv: it swells to more than .* MB from"):
        take("a.zip", packed.getvalue())


def test_a_zip_cannot_write_outside(take: Take, tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as sly:
        sly.writestr("../../purchases.csv", "id,at,amount\n1,2026-01-01,1\n")
    facts = take("a.zip", packed.getvalue())
    assert rows(facts, "purchases", "purchase_id") == ["1"]
    assert not (tmp_path.parent / "purchases.csv").exists()


def test_an_endless_element_is_stopped(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elements, "LARGEST_ELEMENT", 1 << 18)
    facts = take("purchases.json", '[{"id": "7", "at": "2026-01-31", "amount": 1},\n{"id": "' + "x" * 2_000_000 + '"}]')
    assert rows(facts, "purchases", "purchase_id") == ["7"]
    assert "one element is longer than" in facts.rejects[0].reason
    monkeypatch.setattr(stack_exchange, "LONGEST_LINE", 1 << 18)
    with pytest.raises(InputError, match=r"Posts\.xml, line \d+: one element is longer than"):
        take("Posts.xml", POSTS.replace("No idea", "x" * 2_000_000))


def test_deep_nesting_is_named(take: Take) -> None:
    facts = take(
        "purchases.json",
        '[{"id": "7", "at": "2026-01-31", "amount": 1},\n' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "]",
    )
    assert facts.rejects[0].reason == "it is nested too deeply"


def test_a_huge_mail_is_read_in_part_and_the_next_one_in_full(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mbox, "LARGEST_MAIL", 100_000)
    long = (
        b"From a@b.example Fri Jan  2 10:00:00 2026\nMessage-ID: <big@b>\nFrom: a@b.example\nDate: Fri, 2 Jan 2026 10:00:00 +0000\n\n"
        + b"y" * 12_000_000
        + b"\n\n"
    )
    facts = take("big.mbox", long + MBOX)
    assert "email:m3@x.org" in rows(facts, "messages", "message_id")
    assert max(len(text) for text in rows(facts, "messages", "text")) < 200_000


def test_headers_without_end_are_bounded(take: Take) -> None:
    many = b", ".join(b"p%d@x.example" % n for n in range(2_000))
    mail = (
        b"From a@b.example Fri Jan  2 10:00:00 2026\nMessage-ID: <m@b>\nFrom: a@b.example\nTo: "
        + many
        + b"\nDate: Fri, 2 Jan 2026 10:00:00 +0000\nContent-Type: multipart/mixed\n\nbroken MIME\n"
    )
    facts = take("many.mbox", mail)
    assert rows(facts, "messages", "text") == ["broken MIME"]


def test_every_dialects_tables_are_ours() -> None:
    from goodwill.listen.dialects import DIALECTS

    for dialect in DIALECTS:
        for part in dialect.parts:
            assert set(part.fields) <= {*TABLES[part.table].names, "currency"}, dialect.name
