"""The vocabulary: one schema for each kind of fact, in one place.

Times are UTC instants. Money is decimal in the firm's currency (what was paid in another one is kept beside it).
An empty cell means 'not known', never zero.
"""

from __future__ import annotations

import pyarrow as pa

from goodwill.facts.schema import INSTANT, MONEY, WORDS, Column, Table

TEXT, SHARE, COUNT, FLAG = pa.string(), pa.float64(), pa.int64(), pa.bool_()


def _id(name: str, meaning: str) -> Column:
    return Column(name, TEXT, meaning, required=True)


def _customer(required: bool = True, name: str = "customer_id", meaning: str = "whose it is") -> Column:
    return Column(name, TEXT, meaning, required=required, refers_to="people.customer_id")


def _at(meaning: str, required: bool = True, name: str = "at") -> Column:
    return Column(name, INSTANT, meaning, unit="UTC instant", required=required)


def _share(name: str, meaning: str) -> Column:
    return Column(name, SHARE, meaning, unit="share of 1", low=0, high=1)


def _money(name: str, meaning: str, required: bool = False) -> Column:
    return Column(name, MONEY, meaning, unit="the firm's currency", required=required)


def _text(name: str, meaning: str, required: bool = False) -> Column:
    return Column(name, TEXT, meaning, required=required)


def _count(name: str, meaning: str, unit: str) -> Column:
    return Column(name, COUNT, meaning, unit=unit, low=0)


def _choice(name: str, meaning: str, *choices: str, required: bool = False) -> Column:
    return Column(name, TEXT, meaning, choices=choices, required=required)


PEOPLE = Table(
    "people",
    "who they are: a person or an organisation",
    (
        _id("customer_id", "the firm's own name for the customer"),
        _choice("kind", "a person, or an organisation that persons belong to", "person", "organisation"),
        _text("name", "as they write it"),
        _at("when they became a customer", required=False, name="joined_at"),
        _text("language", "ISO 639-1, as they told us"),
        _text("country", "as they told us"),
    ),
)

HANDLES = Table(
    "handles",
    "the ways to recognise a person",
    (
        _customer(),
        _choice(
            "kind",
            "what sort of handle it is",
            "email",
            "phone",
            "account",
            "card",
            "device",
            "name",
            required=True,
        ),
        _text("value", "the handle, normalised when it is known", required=True),
        _text("channel", "where an account lives: twitter, forum, ..."),
        _text("source", "where we have it from"),
        _share("confidence", "how sure it is theirs; none: sure"),
        Column("verified", FLAG, "they proved that it is theirs"),
    ),
    key=("customer_id", "kind", "value", "channel"),
)

ROLES = Table(
    "roles",
    "who speaks for which organisation; entered by a person, never inferred",
    (
        _customer(),
        _customer(name="organisation_id", meaning="the organisation"),
        _choice("role", "what they are there", "buyer", "adviser", "user", "holder", required=True),
        _share("say", "their share of the organisation's decision"),
        _text("entered_by", "who entered it"),
        _at("when it was entered", required=False, name="entered_at"),
    ),
    key=("customer_id", "organisation_id", "role"),
)

PURCHASES = Table(
    "purchases",
    "sales and returns",
    (
        _id("purchase_id", "the order's own number"),
        _customer(required=False),
        _at("when it was bought"),
        _money("amount", "what it came to; a return is below zero", required=True),
        _money("margin", "what the firm keeps of it; none: the firm's default rate"),
        _text("currency", "ISO 4217, as paid"),
        Column("paid", MONEY, "the amount as paid", unit="`currency`"),
        _choice("kind", "what sort of purchase it is", "sale", "return", "subscription"),
        _count("items", "how many things", "things"),
        _text("channel", "shop, web, phone, ..."),
    ),
)

MESSAGES = Table(
    "messages",
    "one thing said, to us or to others; what we say ourselves is in actions",
    (
        _id("message_id", "source and the source's own id: the same message twice is one"),
        _at("when it was said"),
        _text("source", "the system that it came from"),
        _text("channel", "email, chat, twitter, facebook, review, forum, blog, phone, ..."),
        _text("author", "the author's handle on that channel"),
        _customer(required=False, meaning="the author, once known"),
        _text("text", "what was said", required=True),
        _text("language", "ISO 639-1, if the source says so"),
        _count("audience", "how many people it could reach", "people"),
        _count("engagements", "answers, shares and likes together", "acts"),
        Column("in_reply_to", TEXT, "the message that it answers", refers_to="messages.message_id"),
        _text("thread", "the conversation that it belongs to"),
        Column("rating", SHARE, "stars given", unit="1 to 5", low=1, high=5),
        _text("place", "where it was said, or the place that it is about"),
        _text("url", "where it can be read"),
        _text("about", "'us', or a competitor's name"),
        Column("to_us", FLAG, "said to us rather than to others"),
        Column("accepted", FLAG, "the one who asked took it as the answer"),
        _count("helpful_votes", "how many said that it helped", "people"),
    ),
)

RESPONSES = Table(
    "responses",
    "answers to a survey",
    (
        _id("response_id", "the answer's own number"),
        _text("survey", "which survey"),
        _customer(required=False),
        _at("when it was answered"),
        Column("score", pa.int64(), "would you recommend us?", unit="0 to 10", low=0, high=10),
        _text("comment", "why"),
        _text("touchpoint", "after a purchase, a case, ..."),
        _text("staff", "who served them"),
        _text("reason", "why they came: recommended, advertised, ..."),
    ),
)

REFERRALS = Table(
    "referrals",
    "one person bringing another",
    (
        _id("referral_id", "the referral's own number"),
        _customer(name="referrer_id", meaning="who brought them"),
        _customer(name="referred_id", meaning="who was brought"),
        _at("when it was made"),
        _at("when the newcomer first bought", required=False, name="converted_at"),
        _share("would_have_come", "the newcomer's own answer: would they have come without it?"),
        _money("reward_cost", "what the firm gave for it"),
    ),
)

ACTIONS = Table(
    "actions",
    "what we did and said ourselves (flow 1)",
    (
        _id("action_id", "the action's own number"),
        Column("message_id", TEXT, "the message that it answers", refers_to="messages.message_id"),
        _customer(required=False),
        _at("when it was done"),
        _text("staff", "who did it"),
        _choice(
            "kind",
            "what was done",
            "reply",
            "thank",
            "call",
            "fix",
            "refund",
            "invite",
            "publish advice",
            required=True,
        ),
        Column("minutes", SHARE, "time spent", unit="minutes", low=0),
        _money("cost", "what it cost"),
        _text("channel", "where"),
        Column("cause_id", TEXT, "the cause that the case was closed with", refers_to="causes.cause_id"),
    ),
)

OUTLAYS = Table(
    "outlays",
    "money the firm spent, by activity",
    (
        _id("outlay_id", "the outlay's own number"),
        _at("when"),
        _text("activity", "what it was spent on", required=True),
        _choice(
            "kind",
            "pushing, serving, the community, or rewards",
            "push",
            "service",
            "community",
            "reward",
            required=True,
        ),
        _money("amount", "how much", required=True),
        _text("segment", "for whom"),
    ),
)

CONTRIBUTIONS = Table(
    "contributions",
    "what customers teach us",
    (
        _id("contribution_id", "the contribution's own number"),
        _customer(),
        _at("when"),
        _choice("kind", "what it is", "idea", "test", "bug report", "staff choice", "testimonial", required=True),
        _text("text", "in their words"),
        _choice("state", "what became of it", "heard", "planned", "shipped", "declined"),
        _money("value", "what it brought, entered by the firm when shipped"),
        _money("value_low", "the lower end of that"),
        _money("value_high", "the upper end of that"),
        _text("idea", "contributions with the same word here are one idea, shared among the first to say it"),
    ),
)

EVENTS = Table(
    "events",
    "what happened to them: use, failure, visit, sign-in",
    (
        _id("event_id", "the event's own number"),
        _customer(required=False),
        _at("when"),
        _choice("kind", "what happened", "use", "failure", "visit", "sign-in", required=True),
        Column("ok", FLAG, "it went well"),
        _text("place", "where"),
        _text("detail", "what exactly"),
    ),
)

PROMISES = Table(
    "promises",
    "what the firm says in writing that everyone gets",
    (
        _id("promise_id", "its short name"),
        _choice("kind", "what is promised", "answer", "refund", "call", required=True),
        _text("channel", "on which channel; none: on all"),
        Column("within_hours", SHARE, "in what time", unit="hours", low=0),
        _text("text", "the promise, as written"),
        _at("since when", required=False, name="since"),
    ),
)

CAUSES = Table(
    "causes",
    "the practices and faults behind complaints; each has an account of its own",
    (
        _id("cause_id", "its short name"),
        _text("name", "what it is called"),
        _choice(
            "kind", "a practice that somebody decided, a fault, or a broken promise", "practice", "fault", "promise"
        ),
        _text("owner", "whose decision it is"),
        _money("earns", "what it earns in a year"),
        Column("topics", WORDS, "messages on these topics are about it"),
        _at("by when it is to be decided", required=False, name="decide_by"),
        _at("since when it is so", required=False, name="since"),
        _at("when it was dropped or mended", required=False, name="until"),
    ),
)

TERMS = Table(
    "terms",
    "what the customer allows, by their own choice; the latest row holds",
    (
        _customer(),
        _at("since when"),
        _text("agreement", "IEEE 7012 agreement, e.g. SD-BASE"),
        Column("purposes", WORDS, "the purposes allowed; given at all, the others are refused"),
        Column("refused", WORDS, "purposes refused one by one"),
        _text("signature", "of both records"),
    ),
    key=("customer_id", "at"),
)

CORRECTIONS = Table(
    "corrections",
    "what a person corrected; it outlives every re-reading",
    (
        _text("table", "which table", required=True),
        _text("key", "which row", required=True),
        _text("field", "which column", required=True),
        _text("value", "what it is instead", required=True),
        _text("by", "who says so"),
        _at("when", required=False),
    ),
    key=("table", "key", "field", "at"),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        PEOPLE,
        HANDLES,
        ROLES,
        PURCHASES,
        MESSAGES,
        RESPONSES,
        REFERRALS,
        ACTIONS,
        OUTLAYS,
        CONTRIBUTIONS,
        EVENTS,
        PROMISES,
        CAUSES,
        TERMS,
        CORRECTIONS,
    )
}
"""The tables that a firm may bring, by the name of their file."""
