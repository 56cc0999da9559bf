"""Whom to answer now: promises first, worth second, each reason on its own line."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pytest

from engage.small_firm import SmallFirm
from goodwill import engage
from goodwill.errors import InputError
from goodwill.facts import NOW, READINGS, TIES, WORTH

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


def _dana(firm: SmallFirm) -> None:
    """The download: a $24.95 buyer is told to pay again, rants to 6,214, and advises a large account."""
    firm.add("people", customer_id="dana", kind="person", name="Dana Whitfield")
    firm.add("people", customer_id="northwind", kind="organisation", name="Northwind Systems")
    firm.add("purchases", 20, purchase_id="p1", customer_id="dana", amount=24.95)
    firm.add("events", 19.5, event_id="e1", customer_id="dana", kind="failure", detail="download failed")
    firm.say("chat:1", 1, "The download failed, can you help?", "question", customer_id="dana", channel="chat")
    firm.say(
        "twitter:2",
        0.1,
        "Paid $24.95, download broken, and support wants ANOTHER $25.95. Never again. Tell your friends.",
        "warning",
        customer_id="dana",
        channel="twitter",
        audience=6214,
    )
    firm.values_of("dana", 80)
    firm.values_of("northwind", 120_000)
    for number in range(11):
        firm.values_of(f"listener{number}", 200)
        firm.listens(f"listener{number}", "dana")


def _others(firm: SmallFirm) -> None:
    for number in range(30):
        firm.say(f"late:{number:02}", 26 + number, "Where is my parcel?", customer_id=f"big{number}", channel="email")
        firm.values_of(f"big{number}", 5_000)


def test_the_download_is_on_top_with_its_reasons_itemised(firm: SmallFirm) -> None:
    _dana(firm)
    _others(firm)
    firm.add("roles", customer_id="dana", organisation_id="northwind", role="adviser", say=0.4, entered_by="Anna")
    ranking = firm.rank()
    assert ranking.now["message_id"][0].as_py() == "twitter:2"
    top = ranking.cases.slice(0, 1).to_pylist()[0]
    assert top["group"] == "first"
    lines = {line["what"]: line for line in top["reasons"]}
    own = next(line for what, line in lines.items() if what.startswith("their own purchases ahead"))
    account = next(line for what, line in lines.items() if "Northwind Systems" in what)
    listeners = next(line for what, line in lines.items() if what.startswith("11 customers who respond"))
    strangers = next(line for what, line in lines.items() if "strangers among 6,214" in what)
    assert own["evidence"] == "estimated" and account["evidence"] == "assumed"
    assert "entered by Anna" in account["what"] and "40%" in account["what"]
    assert account["low"] == 0 and account["high"] > account["amount"] > own["amount"]
    assert "associated, not proven" in listeners["what"] and listeners["evidence"] == "estimated"
    assert strangers["amount"] is None and strangers["low"] is None
    assert top["stake"] == own["amount"] + account["amount"] + listeners["amount"]


def test_the_account_counts_only_because_a_person_entered_the_role(firm: SmallFirm) -> None:
    _dana(firm)
    without = firm.cases()["twitter:2"]["stake"]
    firm.add("roles", customer_id="dana", organisation_id="northwind", role="adviser", say=0.4, entered_by="  ")
    assert firm.cases()["twitter:2"]["stake"] == without
    firm.rows["roles"] = []
    firm.add("roles", customer_id="dana", organisation_id="northwind", role="adviser", say=None, entered_by="Anna")
    case = firm.cases()["twitter:2"]
    assert case["stake"] == without
    assert any("what say they have was not entered" in line["what"] for line in case["reasons"])
    firm.rows["roles"] = []
    firm.add("roles", customer_id="dana", organisation_id="northwind", role="adviser", say=0.4, entered_by="Anna")
    assert firm.cases()["twitter:2"]["stake"] > 50 * without


def test_an_organisation_without_an_account_has_what_its_other_buyers_bring(firm: SmallFirm) -> None:
    firm.say("m", 1, "This is not good enough", customer_id="adviser", channel="email")
    firm.values_of("adviser", 0)
    firm.values_of("buyer", 10_000)
    firm.add("roles", customer_id="adviser", organisation_id="org", role="adviser", say=0.5, entered_by="Anna")
    firm.add("roles", customer_id="buyer", organisation_id="org", role="buyer", say=0.5, entered_by="Anna")
    case = firm.cases()["m"]
    assert case["stake"] > 200
    assert sum(line["amount"] or 0 for line in case["reasons"]) == case["stake"]


def test_amounts_sum_to_the_stake_and_the_json_says_the_same(firm: SmallFirm) -> None:
    _dana(firm)
    _others(firm)
    ranking = firm.rank()
    assert ranking.now.schema.equals(NOW.arrow, check_metadata=False)
    assert ranking.now["rank"].to_pylist() == list(range(1, ranking.now.num_rows + 1))
    for row, case in zip(ranking.now.to_pylist(), ranking.cases.to_pylist(), strict=True):
        assert row["message_id"] == case["message_id"]
        lines = json.loads(row["reasons"])
        assert [set(line) for line in lines] == [{"what", "amount", "low", "high", "evidence"}] * len(lines)
        assert sum(Decimal(str(line["amount"])) for line in lines if line["amount"] is not None) == row["stake"]
        assert case["low"] <= case["stake"] <= case["high"]
        for line, same in zip(lines, case["reasons"], strict=True):
            assert line["what"] == same["what"] and line["evidence"] in ("measured", "estimated", "assumed")
            if line["amount"] is not None:
                assert line["low"] <= line["amount"] <= line["high"]
                assert Decimal(str(line["amount"])) == same["amount"]


def test_a_promise_goes_before_a_greater_stake_that_has_time(firm: SmallFirm) -> None:
    firm.add("promises", promise_id="24h", kind="answer", within_hours=24.0)
    firm.say("soon", 23.5, "This is wrong", customer_id="small", channel="email")
    firm.say("later", 2, "This is wrong", customer_id="great", channel="email")
    firm.values_of("small", 10)
    firm.values_of("great", 10_000)
    cases = firm.cases()
    assert firm.order() == ["soon", "later"]
    assert cases["soon"]["group"] == "promise" and cases["later"]["group"] == "stake"
    assert cases["soon"]["hours_left"] == 0.5
    assert cases["soon"]["reasons"][0]["what"] == "answer promised within 24 hours: 30 minutes left"


def test_the_promise_of_the_channel_holds_before_the_one_for_all(firm: SmallFirm) -> None:
    firm.add("promises", promise_id="all", kind="answer", within_hours=48.0)
    firm.add("promises", promise_id="chat", kind="answer", channel="chat", within_hours=1.0)
    firm.add("promises", promise_id="refund", kind="refund", within_hours=0.1)
    firm.say("chat", 0.5, "Hello? It does not work", channel="Chat")
    firm.say("mail", 0.5, "It does not work", channel="email")
    cases = firm.cases()
    assert cases["chat"]["hours_left"] == 0.5 and cases["mail"]["hours_left"] == 47.5


def test_a_promise_covers_nothing_said_before_it_was_made(firm: SmallFirm) -> None:
    firm.add(
        "promises", promise_id="1h", kind="answer", within_hours=1.0, since=datetime.fromisoformat("2026-05-04T11:00Z")
    )
    firm.say("before", 2, "It does not work", channel="email")
    firm.say("after", 0.5, "It does not work", channel="email")
    cases = firm.cases()
    assert cases["before"]["hours_left"] == 22.0 and cases["after"]["hours_left"] == 0.5
    assert cases["before"]["reasons"][0] | {"evidence": "assumed"} == cases["before"]["reasons"][0]


def test_among_promises_that_can_be_kept_the_one_that_breaks_first_is_first(firm: SmallFirm) -> None:
    for hours, g in ((23.1, 10_000), (23.9, 10), (23.5, 500)):
        firm.say(f"m{hours:g}", hours, "It does not work", customer_id=f"c{hours:g}", channel="email")
        firm.values_of(f"c{hours:g}", g)
    assert firm.order() == ["m23.9", "m23.5", "m23.1"]


def test_few_overdue_go_before_all_that_has_time_the_longest_waiting_first(firm: SmallFirm) -> None:
    firm.say("rich", 2, "It does not work", customer_id="rich", channel="email")
    firm.values_of("rich", 100_000)
    for number in range(3):
        firm.say(f"m{number}", 30 + number, "It does not work", customer_id=f"c{number}", channel="email")
        firm.values_of(f"c{number}", 10)
    assert firm.order() == ["m2", "m1", "m0", "rich"]
    assert {firm.cases()[f"m{number}"]["group"] for number in range(3)} == {"promise"}


def test_what_is_said_to_others_is_owed_no_answer_but_may_get_one(firm: SmallFirm) -> None:
    firm.say("to others", 30, "They sold me rubbish", customer_id="a", channel="twitter", to_us=False)
    firm.say("to us", 2, "It does not work", customer_id="b", channel="twitter", to_us=True)
    firm.values_of("a", 10)
    firm.values_of("b", 1000)
    case = firm.cases()["to others"]
    assert case["group"] == "stake" and case["due"] is None and case["hours_left"] is None
    assert not any("promised" in line["what"] or "due within" in line["what"] for line in case["reasons"])
    assert firm.order() == ["to us", "to others"]


def test_a_backlog_goes_by_stake_but_nobody_waits_for_ever(firm: SmallFirm) -> None:
    """Fifteen are overdue: the three longest waiting, then by stake, every fourth place to the next longest waiting."""
    for number in range(15):
        firm.say(f"m{number:02}", 30 + number, "It does not work", customer_id=f"c{number}", channel="email")
        firm.values_of(f"c{number}", 1000.0 / (number + 1))
    expected = [14, 13, 12, *(0, 1, 2, 11), *(3, 4, 5, 10), *(6, 7, 8, 9)]
    assert firm.order() == [f"m{number:02}" for number in expected]


def test_a_backlog_of_many_is_no_wall_before_who_can_still_be_kept(firm: SmallFirm) -> None:
    for number in range(200):
        firm.say(f"m{number:03}", 40 + number / 10, "It does not work", customer_id=f"c{number}", channel="email")
        firm.values_of(f"c{number}", 10)
    firm.say("rich", 1, "It does not work", customer_id="rich", channel="email")
    firm.values_of("rich", 10_000)
    assert firm.order().index("rich") == 3  # one in a hundred of 201, rounded up, stand before


def test_an_old_backlog_does_not_bury_what_is_new(firm: SmallFirm) -> None:
    for number in range(20):
        firm.say(f"old{number}", 24 * 20 + number, "It does not work", customer_id=f"o{number}", channel="email")
        firm.values_of(f"o{number}", 100)
    firm.say("new", 1, "It does not work", customer_id="n", channel="email")
    firm.values_of("n", 100)
    assert firm.order()[0] == "new"
    assert firm.cases()["old3"]["group"] == "stake"


def test_equal_treatment_the_same_promise_whatever_the_audience(firm: SmallFirm) -> None:
    firm.say("loud", 23.5, "My cable is late. Where is it?", customer_id="log", channel="twitter", audience=48_000)
    firm.say("quiet", 23.5, "My cable is late. Where is it?", customer_id="none", channel="email")
    firm.values_of("log", 300)
    firm.values_of("none", 20)
    cases = firm.cases()
    assert cases["loud"]["due"] == cases["quiet"]["due"]
    assert cases["loud"]["group"] == cases["quiet"]["group"] == "promise"


def test_an_audience_of_strangers_moves_nobody(firm: SmallFirm) -> None:
    firm.say("a", 2, "It does not work", customer_id="a", channel="twitter", audience=1_000_000)
    firm.say("b", 2, "It does not work", customer_id="b", channel="twitter", audience=3)
    firm.values_of("a", 100)
    firm.values_of("b", 100)
    cases = firm.cases()
    assert cases["a"]["stake"] == cases["b"]["stake"]


def test_who_is_not_valued_waits_no_longer_for_it(firm: SmallFirm) -> None:
    """Every second customer objects to being valued: their mean place stays what it is for the others."""
    random = np.random.default_rng(0)
    for number in range(400):
        firm.say(f"m{number:03}", 1 + 10 * float(random.random()), "It does not work", customer_id=f"c{number}")
        if number % 2:
            firm.values_of(f"c{number}", float(random.gamma(1.0, 300.0)))
    firm.values_of("pool", 60_000)
    ranking = firm.rank()
    place = {name: rank for rank, name in enumerate(ranking.now["message_id"].to_pylist())}
    refused = [place[f"m{number:03}"] for number in range(0, 400, 2)]
    valued = [place[f"m{number:03}"] for number in range(1, 400, 2)]
    assert np.mean(refused) <= np.mean(valued)
    assert np.median(refused) <= np.median(valued)
    stakes = dict(zip(ranking.now["message_id"].to_pylist(), ranking.now["stake"].to_pylist(), strict=True))
    assert all(stakes[f"m{number:03}"] is None for number in range(0, 400, 2))
    assert "no sum: ordered by promise and urgency alone" in {line["what"] for line in firm.cases()["m000"]["reasons"]}


def test_a_voice_gets_no_sum(firm: SmallFirm) -> None:
    firm.say("m", 2, "Stay away from this shop", "warning", author="@blogger", channel="twitter", audience=900)
    case = firm.cases()["m"]
    assert case["stake"] is None and case["low"] is None
    assert case["reasons"][-1]["what"] == "no customer that we know: no sum of money"


def test_the_sum_of_a_person_is_counted_once(firm: SmallFirm) -> None:
    firm.say("one", 2, "It does not work", customer_id="a", channel="email")
    firm.values_of("a", 1000)
    alone = firm.cases()["one"]["stake"]
    for number in range(5):
        firm.say(f"more{number}", 3 + number * 0.1, "I said it does not work", customer_id="a", channel="email")
    cases = firm.cases()
    assert sum(case["stake"] for case in cases.values()) == alone
    assert cases["one"]["stake"] == alone
    assert cases["more0"]["reasons"][-1]["what"] == "what is at stake is counted once, with one"


def test_the_order_goes_by_the_expectation_not_by_what_might_be(firm: SmallFirm) -> None:
    """A wild range does not lift anybody: the expectation is the same, and the older due time decides."""
    firm.say("steady", 2.1, "It does not work", customer_id="steady", channel="email")
    firm.say("wild", 2, "It does not work", customer_id="wild", channel="email")
    firm.values_of("steady", 500, follows_low=499, follows_high=501)
    firm.values_of("wild", 499, follows_low=0, follows_high=1_000_000)
    assert firm.order() == ["steady", "wild"]
    cases = firm.cases()
    assert cases["wild"]["high"] > 100 * cases["steady"]["high"]


def test_own_g_is_generated_never_follows(firm: SmallFirm) -> None:
    firm.say("a", 2, "It does not work", customer_id="a", channel="email")
    firm.say("b", 2, "It does not work", customer_id="b", channel="email")
    firm.values_of("a", 100, follows=100_000, follows_low=50_000, follows_high=200_000)
    firm.values_of("b", 100, generated=None)
    cases = firm.cases()
    assert cases["a"]["stake"] == cases["b"]["stake"] > 0


def test_who_was_brought_and_came_is_not_at_stake_but_who_listens_is(firm: SmallFirm) -> None:
    firm.say("m", 1, "Stay away from them", "warning", customer_id="a", channel="twitter", audience=50)
    firm.values_of("a", 100)
    firm.values_of("friend", 5000)
    firm.listens("friend", "a", kind="referral", share=0.5)
    referred = firm.cases()["m"]["stake"]
    firm.tied.clear()
    assert firm.cases()["m"]["stake"] == referred
    firm.listens("friend", "a")
    assert firm.cases()["m"]["stake"] > referred
    firm.tied.clear()
    firm.listens("a", "friend")
    assert firm.cases()["m"]["stake"] == referred


def test_the_arithmetic_of_a_stake_by_hand(firm: SmallFirm) -> None:
    firm.say("m", 24, "Stay away", "warning", customer_id="a", channel="twitter", p_negative=0.5, p_intent=1.0)
    firm.values_of("a", 1000)
    firm.values_of("j", 400)
    firm.listens("j", "a", share=0.05)
    # odds of .15/.85 times 2 for a warning, half the way from the usual .5; answer_helps .5 halved by a day on Twitter;
    # sway .03, half a tie.
    odds = 0.15 / 0.85 * (2 + 0.5) / 2
    own = 1000 * odds / (1 + odds) * 0.5 * 0.5
    swayed = 400 * 0.5 * 1.0 * 0.03 * 0.5 * 0.5
    lines = [line for line in firm.cases()["m"]["reasons"] if line["amount"] is not None]
    assert [float(line["amount"]) for line in lines] == [round(own, 2), round(swayed, 2)]


def test_help_fades_with_age_faster_in_chat_than_in_a_review(firm: SmallFirm) -> None:
    for channel in ("chat", "review"):
        for hours in (0.0, 20.0):
            customer = f"{channel}{hours:g}"
            firm.say(customer, hours, "It does not work", customer_id=customer, channel=channel)
            firm.values_of(customer, 1000)
    cases = firm.cases()
    kept = {name: float(cases[f"{name}20"]["stake"] / cases[f"{name}0"]["stake"]) for name in ("chat", "review")}
    assert kept["chat"] == pytest.approx(2 ** (-20 / 12), abs=0.001)
    assert kept["review"] == pytest.approx(2 ** (-20 / 240), abs=0.001)


def test_repeated_trouble_raises_the_chance_to_leave(firm: SmallFirm) -> None:
    for customer in ("once", "again"):
        firm.say(customer, 2, "It does not work", customer_id=customer, channel="email")
        firm.values_of(customer, 1000)
    firm.say("earlier", 24 * 9, "Broken already", customer_id="again", channel="email")
    firm.add("actions", 24 * 8, action_id="x", message_id="earlier", kind="reply")
    cases = firm.cases()
    assert cases["again"]["stake"] > cases["once"]["stake"]
    assert "earlier" not in cases


def test_praise_is_to_be_thanked_last_and_has_a_stake_too(firm: SmallFirm) -> None:
    firm.say("praise", 300, "Thank you, wonderful service", "praise", customer_id="a", channel="email")
    firm.say("mild", 1, "Does this fit?", "question", customer_id="b", channel="email")
    firm.values_of("a", 1000)
    firm.values_of("b", 1)
    cases = firm.cases()
    assert firm.order() == ["mild", "praise"]
    assert cases["praise"]["group"] == "thank" and cases["praise"]["due"] is None
    assert 0 < cases["praise"]["stake"] < 20


def test_what_is_answered_is_not_open(firm: SmallFirm) -> None:
    firm.say("named", 9, "It does not work", customer_id="a", channel="email")
    firm.add("actions", 8, action_id="1", message_id="named", kind="reply")
    firm.say("thread", 9, "It does not work", customer_id="b", thread="t", channel="email")
    firm.say("thread again", 8, "Hello?", customer_id="b", thread="t", channel="email")
    firm.add("actions", 7, action_id="2", message_id="thread again", kind="reply")
    firm.say("called", 9, "It does not work", customer_id="c", channel="email")
    firm.add("actions", 5, action_id="3", customer_id="c", kind="call")
    firm.say("solved by a member", 9, "Which cable?", "question", customer_id="d", channel="forum")
    firm.say(
        "answer",
        8,
        "The short one",
        None,
        customer_id="e",
        channel="forum",
        in_reply_to="solved by a member",
        accepted=True,
    )
    firm.say("another's thread", 9, "It does not work", customer_id="f", thread="t", channel="email")
    firm.say("answered before", 4, "It does not work", customer_id="c", channel="email")
    firm.say("invited", 9, "It does not work", customer_id="g", channel="email")
    firm.add("actions", 5, action_id="4", customer_id="g", kind="invite")
    firm.say("after as_of", 9, "It does not work", customer_id="h", channel="email")
    firm.add("actions", -5, action_id="5", message_id="after as_of", kind="reply")
    assert sorted(firm.order()) == ["after as_of", "another's thread", "answered before", "invited"]


def test_what_wants_nothing_is_not_open(firm: SmallFirm) -> None:
    firm.say("bare", 2, "I bought a fan today", None, customer_id="a", channel="forum", to_us=False)
    firm.say("old", 24 * 61, "It does not work", customer_id="b")
    firm.say("ours", 2, "We are sorry", flow=1, author="service")
    firm.say("rival", 2, "Byteborough is terrible", flow=5, customer_id="c", about="Byteborough")
    firm.say("rival unread", 2, "terrible", about="Byteborough", customer_id="c")
    firm.say("chatter", 2, "Did you try the other slot?", "question", customer_id="d", in_reply_to="other", to_us=False)
    firm.say("future", -2, "It does not work", customer_id="e")
    firm.say("urgent", 2, "please call me before five", None, customer_id="f", urgency=0.9)
    firm.say("stars", 2, "", None, customer_id="g", rating=1.0)
    firm.read[-1] = {"message_id": "stars"}
    assert sorted(firm.order()) == ["stars", "urgent"]


def test_no_complaint_means_no_rise_above_the_same_trouble(firm: SmallFirm) -> None:
    """Nothing in the ranking depends on who shouts: capitals and strangers' numbers leave the stake alone."""
    firm.say("a", 2, "It does not work", customer_id="a", channel="forum")
    firm.say("b", 2, "IT DOES NOT WORK!!!", customer_id="b", channel="forum", audience=99_999)
    firm.values_of("a", 50)
    firm.values_of("b", 50)
    cases = firm.cases()
    assert cases["a"]["stake"] == cases["b"]["stake"]


def test_the_same_input_gives_the_same_output_whatever_the_order_of_rows(firm: SmallFirm) -> None:
    _dana(firm)
    _others(firm)
    once = firm.rank().now
    firm.read.reverse()
    firm.values.reverse()
    firm.tied.reverse()
    for rows in firm.rows.values():
        rows.reverse()
    assert firm.rank().now.equals(once)


def test_a_negative_own_margin_is_no_stake(firm: SmallFirm) -> None:
    firm.say("m", 2, "It does not work", customer_id="a", channel="email")
    firm.values_of("a", -40, follows=-40, follows_low=-90, follows_high=10)
    case = firm.cases()["m"]
    assert case["stake"] == 0 and case["low"] == 0 and case["high"] == 0


def test_a_time_without_a_zone_is_refused(firm: SmallFirm) -> None:
    with pytest.raises(InputError, match="as_of = 2026-05-04T12:00:00 names no time zone; give an aware datetime"):
        engage.rank(firm.facts, READINGS.empty(), WORTH.empty(), TIES.empty(), as_of=datetime(2026, 5, 4, 12))


def test_nothing_to_answer_is_an_empty_table(firm: SmallFirm) -> None:
    ranking = firm.rank()
    assert ranking.now.num_rows == 0 and ranking.now.schema.names == list(NOW.names)
    assert ranking.cases.column_names[:4] == ["message_id", "customer_id", "group", "due"]


@pytest.mark.slow
def test_a_hundred_thousand_open_messages_are_ranked() -> None:
    import pyarrow as pa

    from goodwill.firm import Firm
    from goodwill.lake import Facts

    n, random = 100_000, np.random.default_rng(1)
    at = np.datetime64("2026-05-04T12:00", "us") - random.integers(0, 20 * 86_400, n).astype("timedelta64[s]")
    customer = np.char.add("c", random.integers(0, n // 2, n).astype(str))
    ids = np.char.add("m", np.char.zfill(np.arange(n).astype(str), 6))
    messages = {"message_id": ids, "at": pa.array(at, pa.timestamp("us", tz="UTC")), "customer_id": customer}
    messages |= {"text": [f"I paid for express and my parcel {i} is late, what is going on" for i in range(n)]}
    facts = Facts.from_arrow(Firm(), {"messages": pa.table(messages)})
    intents = random.choice(["complaint", "question", "warning", "praise"], n)
    negative = random.random(n)
    empty = READINGS.empty()
    given = {"message_id": pa.array(ids), "p_negative": pa.array(negative), "intent": pa.array(intents)}
    given |= {"mood": pa.array(np.where(negative > 0.5, "negative", "neutral"))}
    readings = pa.table({f.name: given.get(f.name, pa.nulls(n, f.type)) for f in empty.schema}).cast(empty.schema)
    who = np.char.add("c", np.arange(n // 2).astype(str))
    g = pa.array(np.round(random.gamma(1.0, 200.0, n // 2), 2)).cast(pa.decimal128(18, 2), safe=False)
    some = {"customer_id": pa.array(who), "generated": g, "follows": g, "follows_low": g, "follows_high": g}
    worth = pa.table({f.name: some.get(f.name, pa.nulls(n // 2, f.type)) for f in WORTH.arrow}).cast(WORTH.arrow)
    by = {"customer_id": pa.array(random.choice(who, n)), "by_id": pa.array(random.choice(who, n))}
    by |= {"kind": pa.array(["influence"] * n), "share": pa.array(np.full(n, 0.05))}
    ties = pa.table({f.name: by.get(f.name, pa.nulls(n, f.type)) for f in TIES.arrow}).cast(TIES.arrow)
    ranking = engage.rank(facts, readings, worth, ties, as_of=NOON)
    thanked_twice = n - ranking.now.num_rows
    assert 0 < thanked_twice < n / 10 and ranking.now["reasons"].null_count == 0
