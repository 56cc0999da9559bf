"""How the service's words are said on the screens."""

from __future__ import annotations

from typing import Any

from django import template

from goodwill.report.words import BRANDS, INTENTS, language_words, place_words, tone_of

register = template.Library()
register.filter("language_name", language_words)

GROUPS: dict[str, tuple[str, str]] = {
    "first": ("First", "Danger, money owed, access already paid for, legal deadlines: whatever they are worth."),
    "promise": ("Owed by promise", "The same promise for everyone; the shortest time left comes first."),
    "stake": ("At stake", "Within the promised time, what would be lost sets the order."),
    "thank": ("To thank", "Praise and help that nobody has answered yet."),
}
"""The groups of *Now* in their order: heading and rule."""

LINES = {
    "opening": "Carried forward",
    "purchase": "Purchases",
    "return": "Returns",
    "subscription": "Subscription",
    "spend": "Purchases to come",
    "revalued": "Valued again",
    "service": "Cost of serving",
    "referral": "Those they brought",
    "acquisition": "Advertising spared by those they brought",
    "reward": "Rewards for bringing others",
    "influence": "Those they swayed",
    "knowledge": "What they taught us",
    "answer": "Answers to other customers",
    "contacts": "Contacts spared",
    "idea": "Ideas",
    "bug report": "Faults reported",
    "test": "Tests",
    "staff choice": "Help in choosing staff",
    "testimonial": "Testimonials",
    "small ties": "Many small ties",
    "reach": "Strangers who could read them",
}
"""The kinds of ledger lines (ledger.kinds) as an account says them."""

PASSED_ON = {
    "referral": "Passed on to those who brought them",
    "influence": "Passed on to those who swayed them",
}
"""The same kinds on the debit side."""

ACTS = {
    "answer": ("Answer", "r", "Record the answer"),
    "thank": ("Thank", "t", "Record the thanks"),
    "take": ("Take it", "a", ""),
    "refund": ("Refund", "f", "Note the refund"),
    "note": ("Note", "n", "Keep the note"),
    "close": ("Close", "x", "Close it"),
    "correct": ("Correct", "c", ""),
}
"""The acts of a case in their order: what each is called, its key, and what its form's button says."""

DEEDS = {
    "take": "took it",
    "answer": "answered",
    "note": "noted",
    "thank": "thanked",
    "refund": "noted a refund",
    "close": "closed it",
    "correct": "corrected",
    "hear": "wrote it down",
    "undo": "undid",
}

STANDINGS = {
    "none": "",
    "loyal": "buys again",
    "committed": "would recommend us",
    "apostle": "does recommend us, and others came",
    "owner": "improves us: ideas, answers, tests or staff",
}


FACTS_HELD = {
    "purchases": "purchase",
    "messages": "message",
    "responses": "answer to a survey,answers to surveys",
    "referrals": "referral",
    "actions": "deed of ours,deeds of ours",
    "contributions": "contribution",
    "events": "event",
}
"""Tables of facts as their number is said."""


register.filter("channel_words", place_words)


@register.filter
def facts_held(number: int, table: str) -> str:
    """How many facts of a table.

    >>> facts_held(1, "purchases"), facts_held(3, "responses")
    ('1 purchase', '3 answers to surveys')
    """
    one, _, many = FACTS_HELD.get(table, table.rstrip("s")).partition(",")
    return f"{number:,} {one}" if number == 1 else f"{number:,} {many or one + 's'}"


@register.filter
def channel_name(channel: str | None) -> str:
    """A channel alone.

    >>> channel_name("email"), channel_name("tiktok")
    ('E-mail', 'TikTok')
    """
    known = (channel or "").lower()
    return {"email": "E-mail"}.get(known) or BRANDS.get(known) or known[:1].upper() + known[1:]


def acts(group: str | None) -> list[dict[str, str]]:
    """The acts of a case, the first of them the one that is meant: thanks for praise, else an answer.

    >>> [act["key"] for act in acts("thank")][:2], [act["key"] for act in acts("stake")][:2]
    (['t', 'r'], ['r', 'a'])
    """
    kinds = [kind for kind in ACTS if kind != "thank" or group == "thank"]
    if group == "thank":
        kinds.sort(key=lambda kind: kind != "thank")
    return [{"kind": kind, "name": ACTS[kind][0], "key": ACTS[kind][1]} for kind in kinds]


def marks(case: dict[str, Any]) -> list[tuple[str, str]]:
    """What the speaker wants, as (words, tone): every intent that holds, else the mood; and whether that is
    doubtful.

    >>> marks({"intents": ["warning"], "mood": "negative"}), marks({"intents": [], "mood": "neutral"})
    ([('warning others', 'debit')], [('neutral', '')])
    """
    found = [
        (INTENTS.get(intent, intent), tone_of(intent))
        for intent in case.get("intents") or ([case["intent"]] if case.get("intent") else [])
    ]
    mood = case.get("mood")
    if not found and mood:
        found = [(mood, {"negative": "debit", "positive": "credit"}.get(mood, ""))]
    return [*found, ("read with doubt", "")] if case.get("review") else found


def line_words(kind: str, amount: Any) -> str:
    """What a line of an account is.

    >>> line_words("referral", -3), line_words("idea", 3)
    ('Passed on to those who brought them', 'Ideas')
    """
    if amount is not None and float(amount) < 0 and kind in PASSED_ON:
        return PASSED_ON[kind]
    return LINES.get(kind, kind[:1].upper() + kind[1:])
