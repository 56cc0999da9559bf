"""A small result, made by hand: an invented shop whose books balance to the cent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from goodwill.estimate import share_difference, wilson
from goodwill.facts import FLOWS, LEDGER, MONEY, WORTH
from goodwill.firm import Firm
from goodwill.lake import Facts, MappedColumn, Reject
from goodwill.ledger import Reconciliation
from goodwill.prove import (
    Amount,
    Cause,
    Change,
    Community,
    EarnedGrowth,
    Flow,
    Kept,
    Love,
    NpsOf,
    Promises,
    Proof,
    Unanswered,
    Waiting,
    concentration,
    interrupted_series,
    nps,
    nps_difference,
)
from goodwill.understand.claims import CORRECTABLE
from goodwill.understand.themes import Example, Theme
from goodwill.value.stability import Order, Stability

AS_OF = datetime(2026, 11, 1, 9, 30, tzinfo=UTC)
NAMES = [
    "Dana Whitfield",
    "Marcus Oyelaran",
    "Tom Ashdown",
    "Priya Raman",
    "Gareth Llewellyn-Featherstonehaugh",
    "Ines Ferreira",
    "Jonas Weber",
    "Amara Okafor",
    "Li Wei",
    "Sofia Rossi",
    "Noor Haddad",
    "Pavel Novák",
    "Hana Sato",
    "Émile Laurent",
    "Ruth Adler",
    "Kofi Mensah",
]
FIRM = {
    "firm": {"name": "Overboard PC", "currency": "EUR", "timezone": "Europe/Zurich"},
    "assumptions": {
        "influence_share": {"value": 0.1, "low": 0.05, "high": 0.2, "by": "Anna Keller", "at": "2026-05-03"},
        "contact_cost": {"value": 7.5, "low": 5, "high": 11, "by": "Anna Keller", "at": "2026-05-03"},
    },
}
SAID = {
    "m1": "Paid $24.95, download broken, and support wants ANOTHER $25.95 to help me get what I already bought. "
    "Never again. Tell your friends.",
    "m2": "Third RMA for the same board. I have sent you six friends. I am about to send them somewhere else.",
    "m3": "Does anyone know whether the X570 board posts with the new chips before a BIOS update? "
    "Support page is silent.",
    "m4": '<script>alert("owned")</script><img src=x onerror=alert(1)> charged me for a return',
    "m5": "The service was exemplary. I had my board back in four days and a human told me why it failed.",
    "m6": "Ich warte seit zwei Wochen auf mein Netzteil.\n\nKeine Antwort auf drei E-Mails.",
}


TALKED = (
    ("The fan header on my new board has <b>bent</b> pins. Same as my friend's.", "forum"),
    ("Bent pins on arrival, call me on +41 44 668 18 00", "forum"),
    ("Bent pins, and I am told to wait.", "email"),
)
"""What the examples of the first theme say; all of one who said yes to being quoted, the last in private."""


def agreed(customer_id: str) -> dict[str, Any]:
    """Terms that say yes to being quoted."""
    yes = ["answer me", "value me", "quote me"]
    return {"customer_id": customer_id, "at": AS_OF - timedelta(days=60), "purposes": yes}


def cents(values: Any) -> np.ndarray:
    return np.rint(np.asarray(values, dtype=float) * 100).astype(np.int64)


def money(values: np.ndarray) -> pa.Array:
    return pa.array([Decimal(int(value)).scaleb(-2) for value in values], MONEY)


def books_of(number: int) -> tuple[pa.Table, pa.Table]:
    """Worth and ledger of that many customers: purchases, answers and ideas, and ties both ways."""
    random = np.random.default_rng(7)
    ids = [f"c{place:06d}" for place in range(number)] + ["pool"]
    spend = np.append(np.round(np.exp(random.normal(3.6, 1.1, number)), 2), 840.55)
    spend[: min(3, number)] *= 6
    answers = np.where(random.random(number + 1) < 0.12, np.round(random.gamma(2.0, 40.0, number + 1), 2), 0.0)
    rows: list[tuple[str, str, str, int, list[str]]] = []
    for place, (paid, taught) in enumerate(zip(cents(spend), cents(answers), strict=True)):
        rows.append((ids[place], "firm:sales", "spend", int(paid), ["estimated"]))
        if taught:
            rows.append((ids[place], "firm:contacts", "answer", int(taught), ["measured", "assumed"]))
    if number > 2:
        rows.append((ids[2], "firm:ideas", "idea", 120000, ["measured"]))
    parts = {"spend": cents(spend), "knowledge": cents(answers)}
    if number > 2:
        parts["knowledge"][2] += 120000
    parts["referral"], parts["influence"] = np.zeros((2, number + 1), dtype=np.int64)
    passed = np.zeros(number + 1, dtype=np.int64)
    for kind, share, few in (("referral", 0.45, 0.18), ("influence", 0.08, 0.4)):
        for place in np.flatnonzero(random.random(number) < few):
            by = int(random.integers(0, max(1, number // 8)))
            sum_of = int(parts["spend"][place] * share)
            if by != place and sum_of:
                rows.append((ids[by], ids[place], kind, sum_of, ["estimated", "assumed"]))
                rows.append((ids[place], ids[by], kind, -sum_of, ["estimated", "assumed"]))
                parts[kind][by] += sum_of
                passed[place] -= sum_of
    rows.extend(
        [(other, own, kind, -sum_of, words) for own, other, kind, sum_of, words in rows if other[:5] == "firm:"]
    )
    if number > 1:
        rows.append((ids[0], "firm:reach", "reach", 4100, ["assumed"]))
    return _worth(ids, parts, passed), _ledger(rows)


def _worth(ids: list[str], parts: dict[str, np.ndarray], passed: np.ndarray) -> pa.Table:
    follows = sum(parts.values())
    worth = follows + passed
    ladder = np.select(
        [parts["knowledge"] > 9000, parts["referral"] > 2000, follows > 6000], ["owner", "apostle", "loyal"], "none"
    )
    return pa.table(
        {
            "customer_id": ids,
            **{part: money(parts[part]) for part in ("spend", "referral", "influence", "knowledge")},
            "follows": money(follows),
            "passed_on": money(passed),
            "worth": money(worth),
            "follows_low": money(follows * 2 // 3),
            "follows_high": money(follows * 3 // 2),
            "worth_low": money(worth * 2 // 3),
            "worth_high": money(worth * 3 // 2),
            "generated": money(parts["spend"] + parts["knowledge"]),
            "evidence": [["estimated", "assumed"] if value else ["estimated"] for value in passed],
            "standing": ladder.tolist(),
        }
    ).cast(pa.schema([pa.field(field.name, field.type) for field in WORTH.arrow]))


def _ledger(rows: list[tuple[str, str, str, int, list[str]]]) -> pa.Table:
    own, other, kind, amount, evidence = zip(*rows, strict=True)
    sums = money(np.array(amount))
    columns = {
        "entry_id": [str(place) for place in range(len(rows))],
        "at": [AS_OF] * len(rows),
        "customer_id": own,
        "counterparty_id": other,
        "kind": kind,
        "amount": sums,
        "low": sums,
        "high": sums,
        "evidence": evidence,
        "rule": ["by hand 1"] * len(rows),
    }
    return pa.table(columns).cast(pa.schema([pa.field(field.name, field.type) for field in LEDGER.arrow]))


def case(message: str, group: str, **given: Any) -> dict[str, Any]:
    base = {
        "message_id": message, "customer_id": None, "group": group, "due": None, "hours_left": None, "mood": "negative",
        "intent": None, "channel": "email", "text": SAID.get(message, ""), "author": None, "audience": 0,
        "stake": None, "low": None, "high": None, "reasons": [],
    }  # fmt: skip
    given.update({name: sums(given[name])[0] for name in ("stake", "low", "high") if name in given})
    return {**base, **given}


def sums(*values: float | None) -> list[Decimal | None]:
    return [None if value is None else Decimal(str(value)) for value in values]


def reason(what: str, evidence: str, *amounts: float) -> dict[str, Any]:
    amount, low, high = sums(*amounts) if amounts else (None, None, None)
    return {"what": what, "amount": amount, "low": low, "high": high, "evidence": evidence}


def cases() -> pa.Table:
    hour = timedelta(hours=1)
    return pa.Table.from_pylist(
        [
            case(
                "m1", "first", customer_id="c000000", channel="twitter", author="danaw", audience=6214,
                intent="warning", due=AS_OF + 0.68 * hour, hours_left=0.68, stake=2412.0, low=320.0, high=11240.0,
                reasons=[
                    reason("own purchases, likely to end now", "estimated", 310, 120, 640),
                    reason("Northwind Systems, advised by Dana Whitfield", "assumed", 1860, 0, 9800),
                    reason("eleven customers who respond to what they say", "estimated", 242, 60, 700),
                    reason("besides: strangers among 6,214 who could read it, not counted", "measured"),
                ],
            ),
            case(
                "m2", "promise", customer_id="c000001", author="marcus.o", intent="leaving", due=AS_OF - 3 * hour,
                hours_left=-3.0, stake=1296.0, low=400.0, high=2800.0,
                reasons=[reason("own purchases, likely to end now", "estimated", 1296, 400, 2800)],
            ),
            case("m3", "stake", channel="forum", author="hexgear", audience=1900, intent="question", mood="neutral",
                 due=AS_OF + 9 * hour, hours_left=9.0,
                 reasons=[reason("no customer that we know: no sum of money", "measured")]),
            case("m4", "stake", customer_id="c000003", channel="review", author='"><b>x</b>', audience=640,
                 intent="complaint", due=AS_OF + 20 * hour, hours_left=20.0, stake=171.0, low=20.0, high=500.0,
                 reasons=[reason("<b>own purchases</b>", "estimated", 171, 20, 500)]),
            case("m6", "stake", customer_id="c000040", channel="email", intent="complaint", due=AS_OF + 30 * hour,
                 hours_left=30.0, stake=64.0, low=10.0, high=180.0),
            case("m5", "thank", customer_id="c000002", channel="blog", author="tom", audience=420, mood="positive",
                 intent="praise", stake=281.0, low=80.0, high=700.0),
        ]
    )  # fmt: skip


def facts_of(number: int) -> Facts:
    firm = Firm.from_mapping(FIRM)
    said = [
        {"message_id": message, "at": AS_OF - timedelta(hours=hours), "text": SAID[message], "rating": rating,
         "customer_id": None, "channel": None}
        for message, hours, rating in (("m1", 0.07, None), ("m2", 27, None), ("m3", 2, None), ("m4", 20, 1.0),
                                       ("m5", 80, None), ("m6", 330, None))
    ]  # fmt: skip
    said += [
        {"message_id": f"t{place}", "at": AS_OF - timedelta(days=1 + place), "text": text, "customer_id": "c000000",
         "channel": channel}
        for place, (text, channel) in enumerate(TALKED)
    ]  # fmt: skip
    bought = [
        {"purchase_id": f"p{place}", "customer_id": f"c{place % number:06d}", "at": AS_OF - timedelta(days=place % 500),
         "amount": Decimal(40 + place % 90)}
        for place in range(3 * number)
    ]  # fmt: skip
    facts = Facts.from_arrow(
        firm,
        {
            "messages": pa.Table.from_pylist(said),
            "terms": pa.Table.from_pylist([agreed("c000000"), agreed("c000003"), agreed("c000001")]),
            "purchases": pa.Table.from_pylist(bought),
            "people": pa.table({"customer_id": [f"c{place:06d}" for place in range(len(NAMES))], "name": NAMES}),
        },
    )
    rejects = (
        Reject(
            "purchases.csv",
            1412,
            "amount",
            "'12,50 EUR' is no number",
            "write 12.50 and the currency in its own column",
        ),
        Reject("messages.jsonl", 88, "at", "'2027-14-02' is no date", "write the year, the month and the day"),
        Reject("referrals.csv", 17, "", "a referral to oneself", "leave it out"),
    )
    mapping = (
        MappedColumn("purchases.csv", "Order ID", "purchase_id", 1.0, "Shopify export"),
        MappedColumn("purchases.csv", "Total", "amount", 0.9, "by its name and its values"),
        MappedColumn("purchases.csv", "Gift wrap?", "", 0.0, "no such field"),
        MappedColumn("messages.jsonl", "body", "text", 0.95, "by its values"),
    )
    from dataclasses import replace

    return replace(facts, rejects=rejects, mapping=mapping, notes=("3 purchases lie before their customer joined.",))


def love() -> Love:
    many = np.random.default_rng(3).choice(11, 600, p=[0.01, 0.01, 0.01, 0.02, 0.02, 0.04, 0.06, 0.12, 0.2, 0.26, 0.25])
    quarters = ((0, "2025 Q4"), (150, "2026 Q1"), (300, "2026 Q2"), (450, "2026 Q3"))
    touchpoints = (
        NpsOf("purchase", nps(many[:400]), 400),
        NpsOf("case", nps(many[400:]), 200),
        NpsOf("return", None, 3, True),
    )
    return Love(
        score=nps(many),
        by_period=tuple(NpsOf(name, nps(many[start : start + 150]), 150) for start, name in quarters),
        by_touchpoint=touchpoints,
        by_staff=(NpsOf("Gareth", nps([10] * 40 + [4] * 8), 48), NpsOf("Anna", nps([3, 9, 7, 2, 9]), 5)),
        change=nps_difference(many[:300], many[300:]),
        followed_up=wilson(70, 98),
        detractors=98,
        hidden=1,
    )


def cause(name: str, earns: float | None, cost: tuple[float, float, float], **given: Any) -> Cause:
    low, middle, high = cost
    parts = (
        Amount("those who complained and may leave", low * 0.7, middle * 0.7, high * 0.7, "assumed"),
        Amount("answering the complaints", low * 0.3, middle * 0.3, high * 0.3, "measured"),
    )
    base = {
        "cause_id": name, "name": name, "kind": "practice", "owner": "Head of shop", "state": "in force", "since": None,
        "until": None, "decide_by": None, "earns": earns, "cost": Amount("all together", low, middle, high, "assumed"),
        "parts": parts, "people": 212, "customers": 190, "messages": 340, "change": None,
    }  # fmt: skip
    return Cause(**{**base, **given})


def causes() -> tuple[Cause, ...]:
    weeks = [0.12, 0.13, 0.11, 0.14, 0.13, 0.15, 0.14, 0.15, 0.09, 0.08, 0.1, 0.07, 0.08, 0.06, 0.07, 0.08]
    dropped = datetime(2026, 5, 3, tzinfo=UTC)
    change = Change(
        dropped, 56, 0.134, 0.079, share_difference((134, 79), (1000, 1000)), -0.41, -0.55, -0.23, tuple(weeks), 8,
        interrupted_series(weeks, at=8),
    )  # fmt: skip
    decide = datetime(2026, 12, 1, tzinfo=UTC)
    return (
        cause("download fee", 9100.0, (12000, 41000, 90000), decide_by=decide, state="decision due"),
        cause("return shipping", 21000.0, (6000, 17000, 33000), until=dropped, state="ended", change=change),
        cause("fan header", None, (900, 5200, 11000), kind="fault", owner=None, people=31, messages=44),
        cause("secret", 10.0, (0, 0, 0), parts=(), people=None, customers=None, messages=None, hidden=True),
    )


def flows() -> tuple[Flow, ...]:
    return (
        Flow(2, FLOWS[2], 1204, 680, 0.31, 0.27, 0.42, 91000, 18200.0, ("estimated",)),
        Flow(1, FLOWS[1], 2410, 1800, None, None, None, 0, 5300.0, ("measured",)),
        Flow(3, FLOWS[3], 3204, 1480, 0.44, 0.37, 0.19, 3204, 41000.0, ("estimated",)),
        *(Flow(number, FLOWS[number], 0, 0, None, None, None, 0, 0.0, ("estimated",)) for number in (4, 5, 6)),
    )


def promises() -> Promises:
    waiting = (
        Waiting("worth", "lowest fifth", 240, 201, 8.9, 0.82, 0.88, 0.7, 1.7, True),
        Waiting("worth", "highest fifth", 240, 188, 5.1, 0.94, 0.96, 0.74, 0.9, False),
        Waiting("language", "en", 1011, 700, 5.2, 0.91, 0.93, 0.72, 1.0, False),
        Waiting("language", "pl", 3, None, None, None, None, None, None, False, True),
        Waiting("channel", "chat", 310, 250, 0.4, 0.74, 0.99, None, 1.1, False),
    )
    kept = (
        Kept("mail", "answer", "email", 24.0, None, wilson(1096, 1204), 1096, 108, 12),
        Kept("call", "call", None, 4.0, "We call you back the same day", None, 0, 0, 0, True, "it cannot be told"),
    )
    return Promises(kept, waiting, ("by worth, 'lowest fifth' waits 1.7 times as long (240 messages)",))


def community() -> Community:
    wait = (Unanswered("m3", 0.1, "boards", "c000002", 14), Unanswered("m9", 2.0, None, None, 0))
    return Community(
        310, wilson(198, 310), 198, 240, 60, 2.4, (90.0, 316.0, 690.0), (450.0, 2370.0, 7600.0), 18, wait, 77
    )


def proof(worth: pa.Table) -> Proof:
    growth = EarnedGrowth(0.02, 0.11, 0.97, 0.05, 0.14, 0.21, 1840, 400, 120)
    return Proof(causes(), love(), growth, flows(), promises(), community(), concentration(worth), AS_OF)


def valuation_of(ledger: pa.Table, number: int) -> Any:
    ids = tuple(f"c{place:06d}" for place in range(min(number, 12)))
    orders = tuple(
        Order(name, tau, agree, kept, top[:10], tuple(ids.index(customer) + 1 for customer in top[:10]))
        for name, tau, agree, kept, top in (
            ("halved", 0.05, 0.998, 0.96, ids),
            ("doubled", 0.2, 0.991, 0.88, (ids[1:3] + ids[:1] + ids[3:9] + ids[-1:])),
        )
    )
    spend = {
        "model": "BetaGeoNBD",
        "parameters": {"r": 0.24259, "alpha": 4.4136, "a": 0.79292, "b": 2.42589},
        "grain": "day",
        "assumed": False,
        "spend_model": "GammaGamma",
        "spend_parameters": {"p": 6.2496, "q": 3.7442, "gamma": 15.4435},
        "comparison": [held_out("BetaGeoNBD", -3745.2, 0.96), held_out("ParetoNBD", -3741.2, 0.99)],
        "level": 0.812,
    }
    return SimpleNamespace(
        notes=("a note of the valuation",),
        reconciliation=Reconciliation(ledger.num_rows, {}, {}, 0, 0, {}, 3e-16),
        stability=Stability(0.1, 0.05, 0.2, ids[:10], orders, ""),
        spend=spend,
    )


def held_out(model: str, log_likelihood: float, share: float) -> dict[str, Any]:
    """One model on 34 weeks held out, of which it expected a share."""
    weeks = np.arange(1, 35)
    came = np.cumsum(240 + 30 * np.sin(weeks))
    tenths = [(share * mean, mean) for mean in (0.5, 1.3, 2.1, 2.6, 3.6, 4.6, 5.4, 6.7, 8.5, 13.5)]
    return {
        "model": model,
        "log_likelihood": log_likelihood,
        "mean_absolute_error": 2.228,
        "root_mean_square_error": 3.177,
        "expected": share * float(came[-1]),
        "actual": float(came[-1]),
        "customers": 1699,
        "weeks": tuple(weeks.tolist()),
        "expected_by_week": tuple((share * came).tolist()),
        "actual_by_week": tuple(came.tolist()),
        "tenths": tuple(tenths),
    }


def theme(name: str, state: str, weeks: tuple[int, ...], *said: str, **more: Any) -> Theme:
    examples = tuple(Example(place, text) for place, text in enumerate(said))
    beside: dict[str, Any] = {"expected": None, "severity": None, "negative": None, "topic": None, **more}
    words, places = tuple(name.split(", ")), np.arange(sum(weeks))
    return Theme(name, words, sum(weeks), weeks, state, examples=examples, places=places, **beside)


def themes() -> list[Theme]:
    return [
        theme(
            "fan header, bent pins, b650", "new", (0, 1, 0, 0, 0, 1, 0, 27),
            *(text for text, _ in TALKED), expected=0.6, severity=14.2, negative=0.88, topic="faults",
        ),
        theme("tracking", "growing", (12, 9, 14, 11, 10, 13, 9, 31), "The tracking has not moved for a week",
              expected=11.4, severity=3.6, negative=0.61),
        theme("water cooler, quiet", "steady", (8, 9, 7, 8, 9, 8, 9, 8), "So quiet!", expected=8.3, severity=0.2,
              negative=0.02, topic="noise"),
        theme("invoice, address", "falling", (20, 22, 19, 21, 20, 22, 20, 4), expected=20.9, severity=0.0),
    ]  # fmt: skip


def readings() -> pa.Table:
    """Of as many messages as the largest theme has: every third asks, the others complain."""
    intents = ["question" if place % 3 == 0 else "complaint" for place in range(150)]
    return pa.table({"message_id": [f"t{place}" for place in range(150)], "intent": intents})


def correctable() -> pa.Table:
    row = {"customer_id": "c000001", "fact_ids": ["events:e9", "purchases:4471"], "public": True, "rating": 1.0}
    rows = [
        {**row, "message_id": "m1", "claim": "delivery time", "said": "took five weeks",
         "known": "delivered 3 days after the order, on 12 October 2026", "certainty": 0.9},
        {**row, "message_id": "m2", "claim": "closed", "said": "was closed on Saturday", "public": False,
         "known": "open on Saturdays, 10:00 to 16:00", "certainty": 0.5, "fact_ids": ["goodwill.toml:hours.saturday"],
         "answered_at": AS_OF - timedelta(days=1), "later_rating": 4.0},
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=CORRECTABLE)


def result_of(number: int) -> Any:
    worth, ledger = books_of(number)
    return SimpleNamespace(
        facts=facts_of(min(number, 300)),
        as_of=AS_OF,
        horizon_days=365,
        worth=worth,
        ledger=ledger,
        ranking=SimpleNamespace(cases=cases()),
        notes=("one note of the run",),
        proof=proof(worth),
        valuation=valuation_of(ledger, number),
        themes=themes(),
        readings=readings(),
        correctable=correctable(),
    )


@pytest.fixture(scope="session")
def result() -> Any:
    return result_of(240)


@pytest.fixture(scope="session")
def make_result() -> Any:
    return result_of
