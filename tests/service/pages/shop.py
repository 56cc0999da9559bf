"""A small shop for looking at: people, messages, cases and books written straight into the store. Not shipped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RANT = (
    "Paid $24.95, download broken, and support wants ANOTHER $25.95 to help me get what I already bought. "
    "Never again. Tell your friends."
)
LONG = "Third RMA for the same board. I have sent you six friends, and I am about to send them somewhere else.\n\n" + (
    "The first one came back with the same fault, the second one was another revision that does not fit the case, "
    "and for the third one nobody answers. " * 4
)
ATTACK = '<script>alert("owned")</script><img src=x onerror=alert(1)> "quoted" & charged me for a return'
ATTACKER = '"><b onmouseover=alert(1)>x</b>'

PEOPLE = [
    ("dana", "Dana Whitfield", 900, "person"),
    ("marcus", "Marcus Oyelaran", 2400, "person"),
    ("tom", "Tom Ashdown", 1700, "person"),
    ("priya", "Priya Raman", 300, "person"),
    ("evil", ATTACKER, 10, "person"),
    ("quiet", "Ines Ferreira-Vasconcelos", 500, "person"),
    ("northwind", "Northwind Systems", 1200, "organisation"),
]


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def fill() -> None:
    """Everything."""
    at = now()
    people(at)
    messages(at)
    books(at)


def fact(table: str, **row: Any) -> Any:
    from goodwill.service.store.models import FACTS, key_of

    return FACTS[table].objects.create(fact_key=key_of(table, row), fact_source="test", arrived=now(), **row)


def people(at: datetime) -> None:
    from goodwill.service.store.models import Person

    for customer, name, days, kind in PEOPLE:
        fact("people", customer_id=customer, name=name, kind=kind, joined_at=at - days * DAY, language="en")
        Person.objects.create(given=f"id|{customer}", customer_id=customer)
    for customer, kind, value, channel, confidence, verified in (
        ("tom", "email", "tom@ashdown.example", None, None, True),
        ("tom", "account", "tomashdown", "twitter", 0.97, None),
        ("tom", "account", "rigbuilder", "forum", 0.88, None),
        ("tom", "phone", "+442079462231", None, 1.0, None),
        ("dana", "account", "danaw", "twitter", None, None),
    ):
        fact(
            "handles", customer_id=customer, kind=kind, value=value, channel=channel, confidence=confidence,
            verified=verified, source="web shop",
        )  # fmt: skip
    fact(
        "roles", customer_id="dana", organisation_id="northwind", role="adviser", say=0.3, entered_by="Anna Keller",
        entered_at=at - 200 * DAY,
    )  # fmt: skip
    fact("terms", customer_id="quiet", at=at - 30 * DAY, agreement="SD-BASE", refused=["value me"])
    fact("terms", customer_id="tom", at=at - 200 * DAY, agreement="SD-BASE-DP", purposes=["answer me", "value me"])
    for cause, name, kind in (("download-fee", "the download fee", "practice"), ("fan", "the fan header", "fault")):
        fact("causes", cause_id=cause, name=name, kind=kind, owner="Head of shop")


def reason(
    what: str, evidence: str, amount: float | None = None, low: float | None = None, high: float | None = None
) -> Any:
    return {"what": what, "amount": amount, "low": low, "high": high, "evidence": evidence}


def messages(at: datetime) -> None:
    said(
        "x:1", "dana", at - 4 * HOUR / 60, RANT, "first", channel="twitter", author="danaw", audience=6214,
        intents=["warning", "complaint"], due=at + 41 * HOUR / 60, sums=(2412, 320, 11240), place=1,
        url="https://twitter.example/danaw/1",
        reasons=[
            reason("own purchases, likely to end now", "estimated", 310, 120, 640),
            reason("Northwind Systems, advised by Dana Whitfield", "assumed", 1860, 0, 9800),
            reason("eleven customers who respond to what they say", "estimated", 242, 60, 700),
            reason("besides: strangers among 6,214 who could read it, not counted", "measured"),
        ],
    )  # fmt: skip
    said(
        "mail:2", "marcus", at - 27 * HOUR, LONG, "promise", channel="email", author="marcus@oyelaran.example",
        intents=["leaving"], due=at - 3 * HOUR, sums=(1296, 400, 2800), place=11, thread="rma",
        reasons=[reason("own purchases, likely to end now", "estimated", 1296, 400, 2800)],
    )  # fmt: skip
    said(
        "forum:3", None, at - 2 * HOUR, "Does anyone know whether the X570 board posts with the new chips before a "
        "BIOS update? Support page is silent.", "stake", channel="forum", author="hexgear", audience=1900,
        intents=["question"], mood="neutral", due=at + 9 * HOUR, place=21,
        reasons=[reason("no customer that we know: no sum of money", "measured")],
    )  # fmt: skip
    said(
        "review:4", "evil", at - 20 * HOUR, ATTACK, "stake", channel="review", author=ATTACKER, audience=640,
        intents=["complaint"], due=at + 20 * HOUR, sums=(171, 20, 500), place=22, rating=1.0,
        url="javascript:alert(document.cookie)", reasons=[reason("<b>own purchases</b>", "estimated", 171, 20, 500)],
    )  # fmt: skip
    said(
        "mail:5", "quiet", at - 6 * HOUR, "The invoice shows the wrong address. Could you correct it?", "stake",
        channel="email", author="ines@ferreira.example", intents=["question"], mood="neutral", due=at + 18 * HOUR,
        place=23,
    )  # fmt: skip
    said(
        "blog:6", "tom", at - 80 * HOUR, "The service was exemplary. I had my board back in four days and a human told "
        "me why it failed.", "thank", channel="blog", author="tom", audience=420, intents=["praise"], mood="positive",
        sums=(281, 80, 700), place=31, url="https://tom.example/service",
        reasons=[reason("keeps those who read it", "estimated", 281, 80, 700)],
    )  # fmt: skip
    fact("messages", message_id="mail:1", at=at - 60 * HOUR, channel="email", author="marcus@oyelaran.example",
         text="Second board, same fault. Please send a label.", thread="rma")  # fmt: skip


def said(
    message: str, customer: str | None, at: datetime, text: str, group: str, *, channel: str, author: str,
    intents: list[str], place: float, mood: str = "negative", audience: int | None = None,
    due: datetime | None = None, sums: tuple[float, float, float] | None = None, reasons: Any = (),
    url: str | None = None, rating: float | None = None, thread: str | None = None,
) -> None:  # fmt: skip
    from goodwill.service.store.models import Case, Reading

    fact(
        "messages", message_id=message, at=at, channel=channel, author=author, customer_id=customer, text=text,
        audience=audience, url=url, rating=rating, thread=thread,
    )  # fmt: skip
    probabilities = {f"p_{one}": float(one == mood) for one in ("negative", "neutral", "positive")}
    Reading.objects.create(
        message_id=message, mood=mood, **probabilities, score=probabilities["p_positive"] - probabilities["p_negative"],
        intent=intents[0], p_intent=0.9, intents=intents, topic=None, topics=[], urgency=0.5, flow=3, language="en",
        lane="fast", model="fast 1", customer_id=customer,
    )  # fmt: skip
    stake, low, high = (Decimal(one) for one in sums) if sums else (None, None, None)
    Case.objects.create(
        message_id=message, customer_id=customer, at=at, group=group, place=place, due=due, stake=stake, low=low,
        high=high, reasons=list(reasons), ranked=now(),
    )  # fmt: skip


LINES = [
    # kind, counter, days ago, cents, low, high, evidence
    ("opening", "firm:sales", 400, 41200, None, None, "measured"),
    ("purchase", "firm:sales", 66, 12350, None, None, "measured"),
    ("return", "firm:sales", 13, -3800, None, None, "measured"),
    ("spend", "firm:sales", 0, 38900, 18000, 71000, "estimated"),
    ("service", "firm:service", 0, -2140, None, None, "estimated"),
    ("referral", "dana", 25, 79000, 31000, 140000, "estimated"),
    ("referral", "marcus", 25, 107020, 42000, 180000, "estimated"),
    ("influence", "priya", 10, 264000, 90000, 460000, "assumed"),
    ("answer", "firm:contacts", 50, 8600, 3100, 17000, "estimated"),
    ("idea", "firm:ideas", 120, 93450, 50000, 140000, "measured"),
    ("reach", "firm:reach", 0, 4100, 0, 40000, "assumed"),
]
PASSED = ("referral", "dana", 80, -16400, -30000, -4000, "estimated")


def cents(number: int | None) -> Decimal | None:
    return None if number is None else Decimal(number).scaleb(-2)


def books(at: datetime) -> None:
    from goodwill.service.store.models import Line, Valuation, Worth

    valuation = Valuation.objects.create(as_of=at, finished=at, state="done")
    rows = [(*line, "a") for line in LINES] + [(*PASSED, "b")]
    for place, (kind, counter, days, amount, low, high, evidence, side) in enumerate(rows):
        Line.objects.create(
            entry_id=f"{place}{side}", valuation=valuation.pk, at=at - days * DAY, customer_id="tom",
            counterparty_id=counter, kind=kind, amount=cents(amount), low=cents(low), high=cents(high),
            evidence=[evidence], rule=f"{kind} 1",
        )  # fmt: skip
    parts = {"spend": 0, "referral": 0, "influence": 0, "knowledge": 0}
    from goodwill.ledger.kinds import PART_OF_KIND

    for kind, _, _, amount, *_ in LINES:
        if kind != "reach":
            parts[PART_OF_KIND[kind]] += amount
    follows = sum(parts.values())
    worth = follows + PASSED[3]
    Worth.objects.create(
        customer_id="tom", valuation=valuation.pk, **{part: cents(value) for part, value in parts.items()},
        follows=cents(follows), passed_on=cents(PASSED[3]), worth=cents(worth), follows_low=cents(490000),
        follows_high=cents(830000), worth_low=cents(470000), worth_high=cents(810000),
        generated=cents(parts["spend"] + parts["knowledge"]), evidence=["measured", "estimated", "assumed"],
        standing="owner", name="Tom Ashdown", fifth=5,
    )  # fmt: skip
    Worth.objects.create(
        customer_id="dana", valuation=valuation.pk, spend=31, referral=0, influence=0, knowledge=0, follows=31,
        passed_on=0, worth=31, generated=31, evidence=["estimated"], standing="none", name="Dana Whitfield", fifth=2,
    )  # fmt: skip
    bought = ((400, "412.00", "sale"), (66, "123.50", "sale"), (13, "-38.00", "return"))
    for number, (days, amount, kind) in enumerate(bought):
        fact(
            "purchases", purchase_id=f"o{7440 + number}", customer_id="tom", at=at - days * DAY,
            amount=Decimal(amount), kind=kind, channel="web",
        )  # fmt: skip
    fact("purchases", purchase_id="o9001", customer_id="quiet", at=at - 40 * DAY, amount=Decimal("77.77"), kind="sale")
    fact("contributions", contribution_id="k1", customer_id="tom", at=at - 120 * DAY, kind="idea", state="shipped",
         text="Print the beep codes inside the lid.")  # fmt: skip
