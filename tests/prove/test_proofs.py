"""Causes, promises, flows, community, concentration and love, on small firms told in a few lines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from engage.small_firm import NOON, SmallFirm
from goodwill import prove
from goodwill.errors import InputError
from goodwill.prove.kept import median_waiting

DAY = 24.0


def causes_of(firm: SmallFirm, **options: Any) -> tuple[prove.Cause, ...]:
    return prove.causes(firm.facts, firm.readings, firm.worth, firm.ties, as_of=NOON, **options)


def _fee(firm: SmallFirm, complainers: int = 6, **row: Any) -> None:
    firm.add(
        "causes",
        cause_id="fee",
        name="download fee",
        kind="practice",
        owner="Ines",
        topics=["fee"],
        **{"earns": 900} | row,
    )
    for number in range(complainers):
        firm.say(f"m{number}", DAY * (5 + number), "this fee is absurd", customer_id=f"c{number}", channel="email")
        firm.read[-1]["topics"] = ["fee"]
        firm.values_of(f"c{number}", 100)


# --- causes -------------------------------------------------------------------------------------------------------


def test_the_price_of_a_practice_by_hand(firm: SmallFirm) -> None:
    _fee(firm)
    firm.say("again", DAY * 2, "still this fee", customer_id="c0", channel="email")
    firm.read[-1]["topics"] = ["fee", "delivery"]
    firm.say("praise", DAY * 2, "thanks for explaining the fee", "thanks", customer_id="d", channel="email")
    firm.read[-1]["topics"] = ["fee"]
    firm.say("old", DAY * 400, "this fee is absurd", customer_id="e", channel="email")
    firm.read[-1]["topics"] = ["fee"]
    firm.add("actions", DAY * 4, action_id="a", message_id="m0", kind="reply", cost=8.5)
    firm.add("actions", DAY * 4, action_id="b", message_id="m1", kind="reply", minutes=30.0)
    firm.add("actions", DAY * 4, action_id="c", message_id="m2", kind="reply")
    (row,) = causes_of(firm)
    leaving, swayed, handling = row.parts
    assert (row.people, row.customers, row.messages) == (6, 6, 7)
    # Six customers of 100 each, once each, with a chance to leave of .15 (.05 to .30).
    assert (leaving.low, leaving.middle, leaving.high) == (30, 90, 180) and leaving.evidence == "assumed"
    assert swayed.middle == 0
    # 8.50 noted, half an hour at 30 (25 to 40), one contact at 6 (3 to 12).
    assert (handling.low, handling.middle, handling.high) == (8.5 + 12.5 + 3, 8.5 + 15 + 6, 8.5 + 20 + 12)
    assert row.cost.middle == 90 + 29.5 and row.cost.evidence == "assumed"
    assert row.net == (900 - row.cost.high, 900 - row.cost.middle, 900 - row.cost.low)
    assert (row.owner, row.state, row.change) == ("Ines", "in force", None)


def test_a_case_closed_with_the_cause_counts_whatever_its_topic(firm: SmallFirm) -> None:
    _fee(firm, complainers=0)
    firm.say("m", DAY, "it does not work", customer_id="a", channel="email")
    firm.add("actions", 12, action_id="a", message_id="m", kind="reply", cost=5, cause_id="fee")
    (row,) = causes_of(firm)
    assert (row.messages, row.parts[2].middle, row.parts[2].evidence) == (1, 5.0, "measured")


def test_who_listens_to_those_who_warn_counts_once_by_the_stronger_tie(firm: SmallFirm) -> None:
    _fee(firm, complainers=0)
    for author in ("a", "b"):
        firm.say(
            author, DAY, "stay away, they charge a fee", "warning", customer_id=author, channel="twitter", audience=9
        )
        firm.read[-1]["topics"] = ["fee"]
        firm.listens("j", author, share=0.1 if author == "a" else 0.05)
        firm.listens("k", author, kind="referral")
    firm.values_of("j", 1000)
    firm.values_of("k", 1000)
    (row,) = causes_of(firm)
    assert (row.parts[1].low, row.parts[1].middle, row.parts[1].high) == (10.0, 30.0, 80.0)


def test_no_complaint_lowers_the_worth_of_who_complains(firm: SmallFirm) -> None:
    _fee(firm)
    before = firm.worth
    causes_of(firm)
    assert firm.worth.equals(before)


@pytest.mark.parametrize(
    ("dates", "state"),
    [
        ({}, "in force"),
        ({"decide_by": 3.0}, "decision due"),
        ({"decide_by": -3.0}, "decision overdue"),
        ({"until": -10.0, "decide_by": -3.0}, "ended"),
        ({"until": 10.0}, "in force"),
    ],
)
def test_states(firm: SmallFirm, dates: dict[str, float], state: str) -> None:
    _fee(firm, complainers=0, **{name: NOON + timedelta(days=days) for name, days in dates.items()})
    assert causes_of(firm)[0].state == state


def test_few_are_nobodys_business(firm: SmallFirm) -> None:
    _fee(firm, complainers=4)
    (row,) = causes_of(firm, see_persons=False)
    assert row.hidden and (row.people, row.customers, row.messages, row.parts, row.cost.middle) == (
        None,
        None,
        None,
        (),
        0,
    )
    assert causes_of(firm)[0].people == 4
    _fee_more = SmallFirm()
    _fee(_fee_more, complainers=5)
    assert causes_of(_fee_more, see_persons=False)[0].people == 5


def test_after_it_is_dropped_the_fall_is_measured_with_its_interval(firm: SmallFirm) -> None:
    """Of 20 people a day 3 complain of batteries before the advice, 1 after."""
    advice = 60
    firm.add("causes", cause_id="batteries", kind="fault", topics=["battery"], until=NOON - timedelta(days=advice))
    for day in range(2 * advice):
        bad = 3 if day >= advice else 1
        for person in range(20):
            topic = "battery" if person < bad else "other"
            kind = "complaint" if topic == "battery" else "question"
            firm.say(f"{day}-{person}", day * DAY + 1, "words", kind, author=f"a{day}-{person}", channel="forum")
            firm.read[-1]["topics"] = [topic]
    change = causes_of(firm)[0].change
    assert change is not None
    # The oldest message is an hour short of 60 days before, so whole days of 59 are compared.
    assert change.days == 59
    assert (change.before, change.after) == (0.15, 0.05)
    assert change.relative == pytest.approx(-2 / 3)
    assert change.relative_low is not None and change.relative_high is not None
    assert change.relative_low < -2 / 3 < change.relative_high < -0.5
    assert change.difference.low < -0.1 < change.difference.high < 0
    assert change.series is not None and change.series.level == pytest.approx(-0.1, abs=0.02)
    assert change.series.counterfactual.mean() == pytest.approx(0.15, abs=0.02)
    assert len(change.weeks) == 16 and change.week_of_change == 8


def test_published_advice_counts_as_the_date_where_a_cause_did_not_end(firm: SmallFirm) -> None:
    firm.add("causes", cause_id="batteries", kind="fault", topics=["battery"])
    firm.add("actions", DAY * 20, action_id="advice", kind="publish advice", cause_id="batteries")
    for day in range(40):
        for person in range(5):
            firm.say(f"{day}-{person}", day * DAY + 1, "words", "question", author=f"a{person}", channel="forum")
    change = causes_of(firm)[0].change
    assert change is not None and change.at == NOON - timedelta(days=20)
    assert change.before == change.after == 0 and change.relative is None


def test_one_angry_person_is_one_person_a_day(firm: SmallFirm) -> None:
    firm.add("causes", cause_id="x", topics=["x"], until=NOON - timedelta(days=20))
    for day in range(41):
        for person in range(5):
            firm.say(f"{day}-{person}", day * DAY + 1, "words", "question", author=f"a{person}", channel="forum")
    for number in range(200):
        firm.say(f"rant{number}", 10 * DAY + 1 + number / 1000, "argh", author="a0", channel="forum")
        firm.read[-1]["topics"] = ["x"]
    change = causes_of(firm)[0].change
    assert change is not None and change.after == pytest.approx(1 / 100)


# --- promises and equal treatment ---------------------------------------------------------------------------------


def test_kept_broken_and_open(firm: SmallFirm) -> None:
    firm.add("promises", promise_id="24h", kind="answer", within_hours=24.0, text="within a day")
    for name, said, answered in (("kept", 100, 90), ("late", 100, 50), ("never", 60, None), ("open", 5, None)):
        firm.say(name, said, "It does not work", customer_id=name, channel="email")
        if answered is not None:
            firm.add("actions", answered, action_id=name, message_id=name, kind="reply")
    firm.say("thanks", 90, "Thank you", "thanks", customer_id="x", channel="email")
    (row,) = prove.promises(firm.facts, firm.readings, firm.worth, as_of=NOON).kept
    assert (row.kept, row.broken, row.open) == (1, 2, 1)
    assert row.rate is not None and row.rate.estimate == pytest.approx(1 / 3)
    assert row.rate.low < 1 / 3 < row.rate.high


def test_a_members_accepted_answer_keeps_the_promise_too(firm: SmallFirm) -> None:
    firm.add("promises", promise_id="24h", kind="answer", within_hours=24.0)
    firm.say("q", 100, "How?", "question", author="a", channel="forum")
    firm.say("r", 90, "So", None, author="b", channel="forum", in_reply_to="q", accepted=True, to_us=False)
    firm.say("s", 80, "No, so", None, author="c", channel="forum", in_reply_to="q", accepted=True, to_us=False)
    found = prove.promises(firm.facts, firm.readings, firm.worth, as_of=NOON)
    assert (found.kept[0].kept, found.kept[0].broken) == (1, 0)
    assert found.waiting[0].hours == pytest.approx(10)


def test_what_customers_say_to_each_other_is_owed_no_answer(firm: SmallFirm) -> None:
    firm.say("m", 100, "They sold me rubbish", author="a", channel="twitter", to_us=False)
    assert prove.promises(firm.facts, firm.readings, firm.worth, as_of=NOON).waiting == ()


def test_the_channels_promise_and_what_nobody_promised(firm: SmallFirm) -> None:
    firm.add("promises", promise_id="chat", kind="answer", channel="chat", within_hours=1.0)
    firm.add("promises", promise_id="call", kind="call", within_hours=4.0)
    firm.say("a", 10, "It does not work", channel="Chat", author="a")
    firm.add("actions", 8, action_id="1", message_id="a", kind="reply")
    firm.say("b", 10, "It does not work", channel="email", author="b")
    firm.add("actions", 8, action_id="2", message_id="b", kind="reply")
    rows = {row.promise_id: row for row in prove.promises(firm.facts, firm.readings, firm.worth, as_of=NOON).kept}
    assert (rows["chat"].kept, rows["chat"].broken) == (0, 1)
    assert (rows[""].kept, rows[""].written, rows[""].evidence) == (1, False, "assumed")
    assert rows["call"].rate is None and "cannot be told" in rows["call"].note


def test_refunds_are_counted_from_the_return(firm: SmallFirm) -> None:
    firm.add("promises", promise_id="refund", kind="refund", within_hours=72.0)
    for name, returned, refunded in (("a", 200, 150), ("b", 200, 100), ("c", 300, None), ("d", 10, None)):
        firm.add("purchases", returned, purchase_id=name, customer_id=name, amount=-20, kind="return")
        if refunded is not None:
            firm.add("actions", refunded, action_id=name, customer_id=name, kind="refund")
    (row,) = [row for row in prove.promises(firm.facts, firm.readings, firm.worth, as_of=NOON).kept if row.promise_id]
    assert (row.kept, row.broken, row.open) == (1, 2, 1)


def _waits(firm: SmallFirm, group: str, hours: float, n: int = 20, worth: float = 10, **row: Any) -> None:
    for number in range(n):
        name = f"{group}{number}"
        firm.say(name, 500 + number, "It does not work", customer_id=name, **{"channel": "email"} | row)
        firm.add("actions", 500 + number - hours, action_id=name, message_id=name, kind="reply")
        firm.values_of(name, worth + number / 100)


def test_a_group_that_waits_longer_is_named(firm: SmallFirm) -> None:
    _waits(firm, "english", 8, language="en")
    _waits(firm, "german", 12.5, language="de")
    found = prove.promises(firm.facts, firm.readings, firm.worth, as_of=NOON)
    rows = {(row.by, row.group): row for row in found.waiting}
    assert rows["language", "de"].warns and not rows["language", "en"].warns
    assert rows["language", "de"].ratio == pytest.approx(12.5 / 8)
    assert rows["language", "en"].hours == pytest.approx(8)
    assert found.warnings == ("by language, 'de' waits 1.6 times as long (20 messages)",)


def test_worth_fifths_the_not_valued_and_the_unknown_stand_on_lines_of_their_own(firm: SmallFirm) -> None:
    _waits(firm, "poor", 20, n=12, worth=1)
    _waits(firm, "rich", 5, n=12, worth=1000)
    firm.say("refused", 400, "It does not work", customer_id="refused", channel="email")
    firm.say("voice", 400, "It does not work", author="@v", channel="twitter", audience=50_000)
    found = prove.promises(firm.facts, firm.readings, firm.worth, as_of=NOON)
    rows = {(row.by, row.group): row for row in found.waiting}
    assert rows["worth", "lowest fifth"].hours == pytest.approx(20)
    assert rows["worth", "highest fifth"].hours == pytest.approx(5)
    assert rows["worth", "not valued"].messages == rows["worth", "no customer"].messages == 1
    assert rows["audience", "10,000 or more"].answered == 0
    assert not rows["worth", "not valued"].warns, "one message is no pattern"


def test_a_channel_with_a_longer_promise_is_no_false_alarm(firm: SmallFirm) -> None:
    firm.add("promises", promise_id="mail", kind="answer", channel="email", within_hours=48.0)
    firm.add("promises", promise_id="chat", kind="answer", channel="chat", within_hours=1.0)
    _waits(firm, "mail", 24)
    _waits(firm, "chat", 0.5, channel="chat")
    assert prove.promises(firm.facts, firm.readings, firm.worth, as_of=NOON).warnings == ()


def test_resolved_means_no_further_complaint(firm: SmallFirm) -> None:
    _waits(firm, "calm", 5, n=3)
    firm.say("again", 480, "Still broken", customer_id="calm0", channel="email")
    rows = prove.promises(firm.facts, firm.readings, firm.worth, as_of=NOON).waiting
    assert next(row for row in rows if row.by == "channel").resolved == pytest.approx(2 / 3)


def test_groups_of_few_people_are_hidden(firm: SmallFirm) -> None:
    _waits(firm, "a", 5, n=3)
    rows = prove.promises(firm.facts, firm.readings, firm.worth, as_of=NOON, see_persons=False).waiting
    row = next(row for row in rows if row.by == "channel")
    assert row.hidden and row.hours is None and row.people is None and row.messages == 3


def test_the_median_counts_those_who_still_wait() -> None:
    # By hand: 5 at risk; answered at 1 and 3, still waiting since 2, 4 and 9 hours: S = .8, .533, never ≤ .5.
    hours, answered = np.array([1.0, 2, 3, 4, 9]), np.array([True, False, True, False, False])
    assert median_waiting(hours, answered) is None
    answered[3] = True
    assert median_waiting(hours, answered) == 4.0


# --- flows, community, concentration, love ------------------------------------------------------------------------


def test_flows_two_first_with_mood_and_money_each_speaker_once(firm: SmallFirm) -> None:
    firm.say("a", 5, "great shop", "praise", flow=2, customer_id="x", audience=10)
    firm.say("b", 4, "bad shop", "complaint", flow=2, customer_id="x", audience=20)
    firm.say("c", 4, "hello", "question", flow=3, author="nobody known")
    firm.say("d", 4, "rival is bad", "complaint", flow=5, author="somebody")
    firm.add("actions", 1, action_id="1", kind="reply", customer_id="x", cost=12.5)
    firm.values_of("x", 80)
    rows = prove.flows(firm.facts, firm.readings, firm.worth)
    assert [row.number for row in rows] == [2, 1, 3, 4, 5, 6]
    two, one, three = rows[:3]
    assert (two.messages, two.people, two.negative, two.positive, two.audience, two.money) == (2, 1, 0.5, 0.5, 30, 80.0)
    assert (one.messages, one.money, one.negative, one.evidence) == (1, 12.5, None, ("measured",))
    assert (three.people, three.money, three.neutral) == (1, 0.0, 1.0)
    assert rows[4].messages == 1


def test_the_community_heals_itself(firm: SmallFirm) -> None:
    def ask(name: str, hours: float, **row: Any) -> None:
        firm.say(name, hours, "How?", "question", author=f"asker-{name}", channel="forum", audience=200, **row)
        firm.read[-1]["topics"] = ["noise"]

    def reply(name: str, to: str, hours: float, **row: Any) -> None:
        firm.say(name, hours, "So", None, in_reply_to=to, channel="forum", **{"customer_id": "helper"} | row)
        firm.read[-1]["topics"] = ["noise"]

    ask("accepted", 100)
    reply("r1", "accepted", 96, accepted=True)
    ask("thanked", 100)
    reply("r2", "thanked", 90)
    firm.say("t", 89, "Thank you!", "thanks", author="asker-thanked", channel="forum", in_reply_to="r2")
    ask("answered only", 100)
    reply("r3", "answered only", 50)
    ask("by us", 100)
    firm.add("actions", 99, action_id="a", message_id="by us", kind="reply")
    reply("r4", "by us", 98, accepted=True)
    ask("waiting", 30)
    firm.say("private", 20, "How?", "question", author="p", channel="email")
    found = prove.community(firm.facts, firm.readings, as_of=NOON)
    assert (found.questions, found.solved, found.answered_by_members, found.answered_by_us) == (5, 2, 4, 1)
    assert found.self_healing is not None and found.self_healing.estimate == pytest.approx(0.4)
    assert found.hours_to_first_answer == pytest.approx(10)
    assert found.contacts_avoided == (400 * 0.01, 400 * 0.05, 400 * 0.10)
    assert found.money_avoided == (4 * 3.0, 20 * 6.0, 40 * 12.0)
    assert found.unanswered == 1
    (waiting,) = found.open
    assert (waiting.message_id, waiting.topic, waiting.ask, waiting.days) == ("waiting", "noise", "helper", 1.25)


def test_answering_oneself_is_no_community(firm: SmallFirm) -> None:
    firm.say("q", 9, "How?", "question", author="me", channel="forum", thread="t")
    firm.say("r", 8, "Found it", None, author="me", channel="forum", thread="t", accepted=True)
    found = prove.community(firm.facts, firm.readings, as_of=NOON)
    assert (found.questions, found.solved, found.answered_by_members) == (1, 0, 0)


def test_how_few_hold_half(firm: SmallFirm) -> None:
    for number in range(9):
        firm.values_of(f"c{number}", 10)
    firm.values_of("owner", 110, follows=2000, standing="owner")
    firm.values_of("pool", 100_000)
    found = prove.concentration(firm.worth)
    assert (found.customers, found.worth, found.half, found.half_share) == (10, 200.0, 1, 0.1)
    assert found.top_tenth == pytest.approx(110 / 200)
    assert (found.owners, found.owner_follows, found.owner_times) == (1, 2000.0, 200.0)
    assert dict(found.standings)["owner"] == 1 and found.ownership_quotient == 0.1


def test_love_by_period_touchpoint_and_colleague_and_the_closed_loop(firm: SmallFirm) -> None:
    def answer(name: str, days: float, score: int, **row: Any) -> None:
        firm.add("responses", days * DAY, response_id=name, customer_id=name, score=score, **row)

    for number in range(20):
        answer(f"old{number}", 120, 10 if number < 8 else 3, touchpoint="case", staff="Gareth")
        answer(f"new{number}", 30, 10 if number < 14 else 3, touchpoint="purchase")
    firm.add("actions", 29 * DAY, action_id="1", customer_id="new14", kind="call")
    firm.say("m", 31 * DAY, "It does not work", customer_id="new15", channel="email")
    firm.add("actions", 28.5 * DAY, action_id="2", message_id="m", kind="reply")
    firm.add("actions", 27 * DAY, action_id="3", customer_id="new16", kind="call")
    answer("too young", 1, 2)
    found = prove.love(firm.facts, as_of=NOON)
    assert found.score is not None and found.score.answers == 41
    assert [(row.name, row.answers) for row in found.by_period] == [("2026 Q1", 20), ("2026 Q2", 21)]
    assert [row.name for row in found.by_touchpoint] == ["case", "purchase"]
    assert found.by_staff[0].name == "Gareth" and found.by_staff[0].score is not None
    assert found.by_staff[0].score.score == -20
    assert found.change is not None and found.change.first.score == -20
    assert found.detractors == 18 and found.followed_up is not None
    assert found.followed_up.estimate == pytest.approx(2 / 18)


def test_love_hides_the_few(firm: SmallFirm) -> None:
    firm.add("responses", DAY, response_id="1", score=10, staff="Pia")
    assert prove.love(firm.facts, as_of=NOON, see_persons=False).by_staff[0].hidden
    assert prove.love(firm.facts, as_of=NOON).by_staff[0].score is not None
    assert prove.love(SmallFirm().facts, as_of=NOON).score is None


def test_everything_bundled_and_the_same_each_time(firm: SmallFirm) -> None:
    _fee(firm)
    steps: list[float] = []
    proof = prove.prove(
        firm.facts,
        firm.readings,
        firm.worth,
        firm.ties,
        as_of=NOON,
        progress=lambda step, done: steps.append(done),
    )
    assert proof == prove.prove(firm.facts, firm.readings, firm.worth, firm.ties, as_of=NOON)
    assert proof.causes[0].cause_id == "fee" and proof.growth is None
    assert steps[0] == 0 and steps[-1] == 1


def test_a_time_without_a_zone_is_refused(firm: SmallFirm) -> None:
    with pytest.raises(InputError, match="names no time zone"):
        prove.community(firm.facts, firm.readings, as_of=NOON.replace(tzinfo=None))
