"""The words that files use for our choices: a field's choice and what else it is called."""

from __future__ import annotations

from goodwill.listen.values import one_of

CHOICES: dict[str, dict[str, str]] = {
    "people.kind": {
        "person": "individual|customer|consumer|b2c|private|human",
        "organisation": "organization|company|business|org|firm|b2b|account",
    },
    "handles.kind": {
        "email": "e mail|mail|email address",
        "phone": "telephone|mobile|tel|phone number|cell",
        "account": "username|user name|handle|social|screen name|twitter|facebook|instagram|mastodon|bluesky|forum"
        "|reddit|github|youtube|linkedin|tiktok|chat",
        "card": "loyalty card|card hash|payment card",
        "device": "cookie|device id|browser",
        "name": "order name|full name",
    },
    "roles.role": {
        "buyer": "purchaser|decision maker",
        "adviser": "advisor|consultant|recommender|influencer",
        "user": "end user",
        "holder": "owner|shareholder|account holder",
    },
    "purchases.kind": {
        "sale": "order|purchase|sold|invoice|payment|charge|paid|completed|complete|fulfilled|succeeded|buy",
        "return": "returned|refund|refunded|credit|credit note|cancellation|cancelled|canceled|cancel|chargeback|storno"
        "|retour|reversal",
        "subscription": "renewal|recurring|subscribe|subscription renewal|abo",
    },
    "actions.kind": {
        "reply": "answer|response|respond|replied|answered|comment|email|message",
        "thank": "thanks|thank you|thanked",
        "call": "phone|phone call|called|callback",
        "fix": "fixed|repair|repaired|replacement|resolve|resolved",
        "refund": "refunded|money back|credit",
        "invite": "invitation|invited",
        "publish advice": "advice|article|faq|published advice|publish|how to",
    },
    "outlays.kind": {
        "push": "advertising|advertisement|ads|ad|marketing|media|campaign|promotion|pr",
        "service": "support|customer service|care|helpdesk",
        "community": "forum|events|content|user group",
        "reward": "rewards|incentive|loyalty|referral reward|perk",
    },
    "contributions.kind": {
        "idea": "suggestion|feature request|feature|proposal",
        "test": "testing|tested|beta test|beta",
        "bug report": "bug|defect report|bugreport",
        "staff choice": "hiring|interview|staff",
        "testimonial": "quote|reference|case study",
    },
    "contributions.state": {
        "heard": "new|open|received|noted",
        "planned": "accepted|in progress|roadmap|scheduled",
        "shipped": "done|released|implemented|live|completed|delivered|fixed",
        "declined": "rejected|wontfix|won't fix|closed|refused",
    },
    "events.kind": {
        "use": "usage|used|session|download",
        "failure": "fail|failed|error|crash|outage",
        "visit": "check in|checkin|page view|pageview|store visit|visited",
        "sign-in": "sign in|signin|login|log in|logged in",
    },
    "promises.kind": {
        "answer": "reply|response|respond",
        "refund": "money back|return",
        "call": "callback|call back|phone",
    },
    "causes.kind": {
        "practice": "policy|fee|rule|process|pricing",
        "fault": "bug|defect|failure|error",
        "promise": "broken promise|delay",
    },
}


CHANNELS = {
    "email": "e-mail|mail",
    "twitter": "x|tweet|x/twitter|twitter/x|x (twitter)",
    "facebook": "fb|facebook page",
    "phone": "voice|telephone|phone call|call",
    "chat": "live chat|livechat|messaging|web chat",
    "web": "online|website|web shop|webshop|online store|internet",
    "shop": "store|in store|in-store|pos|retail|point of sale",
}


def channel(text: str) -> str:
    """SQL of a channel in our own word for it, else as it is written, in small letters."""
    cases = " ".join(
        f"WHEN {one_of(f'lower({text})', *words.split('|'))} THEN '{name}'" for name, words in CHANNELS.items()
    )
    return f"CASE {cases} ELSE lower({text}) END"


def plain_choice(text: str) -> str:
    """SQL of a choice's text with single spaces, in small letters."""
    return f"trim(regexp_replace(lower({text}), '[ _-]+', ' ', 'g'))"


def choice(column: str, text: str, allowed: tuple[str, ...]) -> str:
    """SQL of the choice that a text means; null where it means none of ours.

    >>> choice("causes.kind", "s", ("fault",))
    "CASE WHEN s = 'fault' THEN 'fault' WHEN contains('|fault|bug|defect|failure|error|', '|' ||
    trim(regexp_replace(lower(s), '[ _-]+', ' ', 'g')) || '|') THEN 'fault' END"
    """
    same = " ".join(f"WHEN {text} = '{name}' THEN '{name}'" for name in allowed)
    others = " ".join(f"WHEN {one_of(plain_choice(text), *_words(name, column))} THEN '{name}'" for name in allowed)
    return f"CASE {same} {others} END"


def _words(name: str, column: str) -> list[str]:
    return [word for word in (name.replace("-", " "), *CHOICES.get(column, {}).get(name, "").split("|")) if word]
