"""A firm to look at: customers on every rung, causes with their price, promises, deliveries, jobs. Not shipped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from service.pages.shop import fact

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
STANDINGS = ("none", "loyal", "committed", "apostle", "owner")
FIRST = ("Ana", "Björn", "Chiara", "Dmitri", "Edda", "Farouk", "Grace", "Hiroshi", "Ines", "Jonas", "Katya", "Liam")
LAST = ("Okafor", "Ferreira-Vasconcelos", "Lindqvist", "Novak", "Bauer", "Moreau", "Sato", "Whitfield")
FORMULA = '=HYPERLINK("http://evil.example","click")'


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def valuation(**more: Any) -> Any:
    from goodwill.service.store.models import Valuation

    at = now() - 5 * HOUR
    return Valuation.objects.create(as_of=at, finished=at, state="done", checks={"customers": 130}, **more)


def worths(number: int, of: int) -> None:
    """Customers of many sorts: sums that tie, a debit, every rung, every evidence, three languages."""
    from goodwill.service.live import search_words
    from goodwill.service.store.models import Worth

    for place in range(number):
        spend = Decimal(place * place % 977 - (40 if place % 17 == 3 else 0))
        referral = Decimal(place % 7 * 55)
        passed = Decimal(-(place % 5) * 12)
        follows = spend + referral
        name = f"{FIRST[place % len(FIRST)]} {LAST[place % len(LAST)]}"
        Worth.objects.create(
            customer_id=f"c{place:04}", valuation=of, spend=spend, referral=referral, influence=0, knowledge=0,
            follows=follows, passed_on=passed, worth=follows + passed, generated=spend,
            follows_low=follows / 2, follows_high=follows * 2 + 5, worth_low=(follows + passed) / 2,
            worth_high=(follows + passed) * 2 + 5, evidence=["measured", "estimated", "assumed"][: place % 3 + 1],
            standing=STANDINGS[place * place % 5] if place % 11 else None, name=name, fifth=place * 5 // number + 1,
        )  # fmt: skip
        fact("people", customer_id=f"c{place:04}", name=name, language=("en", "de", "fr")[place % 3])
    search_words.catch_up()


def waits(customer_id: str, message_id: str) -> None:
    from goodwill.service.store.models import Case

    Case.objects.create(message_id=message_id, customer_id=customer_id, at=now() - HOUR, place=1, group="stake")


def proof(people: int = 41) -> dict[str, Any]:
    """What `prove` would give, through the same dataclasses, so that the shapes here cannot drift."""
    from goodwill.estimate import Interval
    from goodwill.prove import Amount, Cause, Change, Kept, Promises, Waiting
    from goodwill.service.live.plain import plain

    at = now()
    parts = (
        Amount("those who complained and may leave", 800.0, 2400.0, 4800.0, "assumed"),
        Amount("customers who listen to those who warned", 100.0, 310.0, 820.0, "assumed"),
        Amount("answering the complaints", 212.0, 212.0, 212.0, "measured"),
    )
    cost = Amount("all together", 1112.0, 2922.0, 5832.0, "assumed")
    small = Amount("all together", 20.0, 70.0, 150.0, "assumed")
    change = Change(
        at=at - 70 * DAY, days=70, before=0.21, after=0.12, difference=Interval(-0.09, 0.02, -0.13, -0.05),
        relative=-0.43, relative_low=-0.6, relative_high=-0.22, weeks=(0.2, 0.22, 0.12, 0.11), week_of_change=2,
        series=None,
    )  # fmt: skip
    causes = (
        Cause("download-fee", "the download fee", "practice", "Ines Roth, head of shop", "decision overdue", None, None,
              at - 4 * DAY, 900.0, cost, parts, people, 38, 57, None),
        Cause("fan", "the fan header", "fault", None, "ended", at - 300 * DAY, at - 70 * DAY, None, None, small,
              (small,), 3, 3, 4, change),
    )  # fmt: skip
    kept = (
        Kept("mail-24h", "answer", "email", 24.0, "We answer every mail within a day.",
             Interval(0.91, 0.01, 0.88, 0.93), 412, 41, 6),
        Kept("call", "call", None, 48.0, "We call you back within two days.", None, 0, 0, 0,
             note="who asked for a call stands nowhere in the records: it cannot be told"),
        Kept("", "answer", None, 24.0, None, Interval(0.7, 0.05, 0.6, 0.8), 60, 25, 2, written=False,
             note="no promise in writing covers these; the time is assumed", evidence="assumed"),
    )  # fmt: skip
    waiting = [
        Waiting("worth", name, 80 + place, 60, 5.0 + place, 0.9, 0.97, 0.8, 1.0, False)
        for place, name in enumerate(("lowest fifth", "second fifth", "middle fifth", "fourth fifth", "highest fifth"))
    ]
    waiting += [
        Waiting("worth", "not valued", 31, 22, 5.5, 0.9, 0.95, None, 1.1, False),
        Waiting("language", "en", 300, 210, 5.0, 0.92, 0.98, 0.8, 0.9, False),
        Waiting("language", "pt", 24, 17, 9.0, 0.7, 0.9, 0.6, 1.8, True),
        Waiting("language", "fi", 6, 4, 3.0, 1.0, 1.0, 1.0, 0.6, False),
        Waiting("channel", "email", 280, 200, 4.0, 0.93, 0.98, 0.8, 0.8, False),
        Waiting("channel", "forum", 40, 30, None, 0.3, 0.4, None, float("inf"), True),
    ]
    return {"causes": plain(causes), "promises": plain(Promises(kept, tuple(waiting), ()))}


def deliveries() -> None:
    from goodwill.service.store.models import Batch, Source, Unread

    at = now()
    Source.objects.create(name="web-shop", kind="signed", last_seen=at - 2 * HOUR, last_well=at - 2 * HOUR)
    Source.objects.create(
        name="mailbox", kind="mailbox", last_error="could not sign in: the password was refused", failures=4
    )
    for place in range(3):
        Batch.objects.create(
            table="messages", source="web-shop", rows=500, size=90_000, state="drained", received=at - place * HOUR,
            drained=at - place * HOUR, stored=480, unread=1, token="token shop",
        )  # fmt: skip
    Batch.objects.create(
        table="purchases", rows=20, size=900, state="waiting", received=at - HOUR / 30, token="token till"
    )
    rows = (
        ("purchases", "web-shop", "currency", "there is no rate for 'SEK'", "enter it in goodwill.toml, [rates]",
         '{"purchase_id":"p1","at":"2026-11-01T10:00:00Z","amount":"12.50","currency":"SEK"}'),
        ("purchases", "web-shop", "currency", "there is no rate for 'SEK'", "enter it in goodwill.toml, [rates]",
         '{"purchase_id":"p2","at":"2026-11-01T11:00:00Z","amount":"7.00","currency":"SEK"}'),
        ("messages", "", "", "this id is here already with other content", "send it as a correction",
         '{"message_id":"forum:1","at":"2026-11-01T10:00:00Z","text":"<script>alert(1)</script>"}'),
    )  # fmt: skip
    for place, (table, source, field, reason, mend, row) in enumerate(rows, 1):
        Unread.objects.create(
            batch=1, position=place, table=table, source=source, field=field, reason=reason, mend=mend, row=row, at=at
        )


def background() -> None:
    from goodwill.service.store.models import Alert, Heartbeat, Job, Schedule

    at = now()
    Job.objects.create(name="revalue", state="running", due=at, begun=at - HOUR / 20, tries=1, done=0.42,
                       saying="spend: fitting 3 models", worker="worker 1", leased_until=at + HOUR)  # fmt: skip
    Job.objects.create(name="export to the lake", state="waiting", due=at + HOUR)
    Job.objects.create(name="careful reading of all", state="failed", due=at, finished=at - HOUR, tries=2, most_tries=2,
                       error="Traceback (most recent call last):\n" + "  File 'x.py', line 1\n" * 12 + "OSError: full"
                       )  # fmt: skip
    Job.objects.create(name="tidy up", state="done", due=at, finished=at - HOUR, done=1, saying="12 rows gone")
    Schedule.objects.create(name="revalue", at_hour=3, next=at + 9 * HOUR)
    Schedule.objects.create(name="rerank", every_seconds=30, next=at, paused=True)
    Heartbeat.objects.create(process="worker 1", kind="worker", at=at)
    Heartbeat.objects.create(process="web 1", kind="web", at=at - HOUR)
    Alert.objects.create(cause="drainer", text="The drainer is 2 minutes behind.", error="nobody is on duty")


def proposals() -> None:
    """What agent programs propose: an answer, thanks, a correction, one settled; one about a message that is gone."""
    from goodwill.service.store.models import Case, Proposal, Reading

    for number, text in enumerate(("The parcel is <b>late</b> and nobody answers.", "Thank you, Ellen was great!"), 1):
        at = now() - number * HOUR
        fact("messages", message_id=f"mail:{number}", at=at, channel="email", author="ana", text=text, to_us=True)
        Reading.objects.create(message_id=f"mail:{number}", lane="fast", model="fast", mood="neutral", intents=[])
        Case.objects.create(message_id=f"mail:{number}", at=at, place=10 + number, group="stake")
    for kind, message, what in (
        ("answer", "mail:1", {"text": "It is on its way; here is the number.", "why": "The carrier has it."}),
        ("thanks", "mail:2", {"text": "Thank you, we told Ellen.", "why": ""}),
        ("correction", "mail:1", {"table": "readings", "field": "mood", "value": "negative", "why": "nobody answers"}),
        ("answer", "gone:1", {"text": "Hello?", "why": ""}),
    ):
        Proposal.objects.create(by="helper", kind=kind, message_id=message, what=what)
    Proposal.objects.create(by="helper", kind="thanks", message_id="mail:2", what={"text": "Hi"}, state="declined",
                            settled_at=now())  # fmt: skip


def fill(service: Any) -> Any:
    """Everything; gives Anna, an admin."""
    from goodwill.service.pages.saved import View
    from goodwill.service.store.audit import record
    from goodwill.service.store.models import Setting, Token

    anna = service.colleague(name="Anna Keller")
    service.colleague("ben@firm.example", "agent", name="Ben Osei")
    service.colleague("carla@firm.example", "viewer", name="Carla Ruiz", is_active=False)
    done = valuation(proof=proof())
    worths(60, done.pk)
    waits("c0059", "chat:1")
    waits("c0059", "chat:2")
    deliveries()
    background()
    proposals()
    View.objects.create(
        by=anna, name="Owners who wait", page="customers", query="standing=owner&waiting=yes", shared=True
    )
    for table, row in (
        ("causes", {"cause_id": "download-fee", "name": "the download fee", "kind": "practice"}),
        ("causes", {"cause_id": "returns", "name": "the return label", "kind": "practice", "owner": "Jo"}),
        ("promises", {"promise_id": "mail-24h", "kind": "answer", "channel": "email", "within_hours": 24.0,
                      "text": "We answer every mail within a day.", "since": now() - 90 * DAY}),
    ):  # fmt: skip
        fact(table, **row)
    Setting.objects.create(
        name="assumptions.margin", by="anna@firm.example",
        value={"value": 0.35, "low": 0.3, "high": 0.4, "by": "Anna Keller", "at": "2026-10-01", "measured": True},
    )  # fmt: skip
    Setting.objects.create(name="firm.name", value="Abacus Boards", by="anna@firm.example")
    Token.objects.create(name="web shop", digest="0" * 64, scopes=["write"], by=anna, last_used=now())
    Token.objects.create(name="old till", digest="1" * 64, scopes=["write"], revoked=now())
    record(anna, "seen", customer_id="c0059", what="statement", purpose="answer me")
    record("token web shop", "read customers", what="<b>12</b>")
    return anna
