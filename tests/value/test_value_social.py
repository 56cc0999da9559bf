"""Referral, influence, knowledge and standing, one act at a time."""

from __future__ import annotations

import numpy as np
import pytest

from goodwill.value import summary
from goodwill.value.accounts import accounts
from goodwill.value.influence import Responses, divided, helps_or_recommends, purchases_after, responses, sway
from goodwill.value.knowledge import answers, contact_cost, taught
from goodwill.value.ranges import Range
from goodwill.value.referral import referrals
from goodwill.value.standing import standing
from goodwill.value.talk import talk

SHARE = Range(0.01, 0.05, 0.10)


def acts(swayed: list[int], by: list[int], age: list[float], strength: list[float], chance: float = 1.0) -> Responses:
    """Single acts, all of them as likely."""
    numbers = np.array(swayed), np.array(by), np.array(age), np.array(strength)
    return Responses(*numbers, np.full(len(swayed), chance))


def nothing(given: Responses) -> Responses:
    return Responses(*(column[:0] for column in (given.swayed, given.by, given.age, given.strength, given.chance)))


class Street:
    """The parts of the room for a town, made once."""

    def __init__(self, made) -> None:
        self.made, self.facts = made, made.facts
        self.bought = summary(self.facts, as_of=made.as_of)
        self.who = accounts(self.facts, self.bought, made.as_of)
        self.said = talk(self.facts, made.readings, self.who, made.as_of)
        self.names = self.who.members.to_pylist()

    def ties(self) -> dict[tuple[str, str], float]:
        given = responses(self.said)
        return {
            (self.names[a], self.names[b]): s for a, b, s in zip(given.swayed, given.by, given.strength, strict=True)
        }

    def referred(self):
        return referrals(self.facts, self.who, self.bought, self.made.as_of)

    def rungs(self) -> dict[str, int]:
        given = responses(self.said)
        none = nothing(given)
        helped = answers(self.said, SHARE)
        ladder = standing(self.facts, self.who, self.bought, self.said, sway(given, none, 90), helped, self.made.as_of)
        return dict(zip(self.names, ladder.rung.tolist(), strict=True))


def neighbours(town, *names: str):
    made = town()
    for name in names or ("ann", "ben", "cat", "dan"):
        made.bought(name, 400)
    return made


# -- referral ------------------------------------------------------------------------------------------------------


def test_a_referral_counts_for_a_year(town) -> None:
    made = town().bought("ann", 500).bought("new", 100).bought("old", 370)
    made.referred("ann", "new", 100).referred("ann", "old", 370)
    found = Street(made).referred()
    assert len(found) == 1
    assert found.share.tolist() == [0.25]


def test_the_newcomers_own_answer_comes_first_then_their_reason(town) -> None:
    made = town().bought("ann", 500)
    for name in ("asked", "told", "advert", "silent"):
        made.bought(name, 100)
        made.referred("ann", name, 100, **({"would_have_come": 0.2} if name == "asked" else {}))
    made.add("responses", customer_id="asked", days=90, reason="advertised")
    made.add("responses", customer_id="told", days=90, reason=" Recommended ")
    made.add("responses", customer_id="advert", days=90, reason="advertised")
    street = Street(made)
    found = street.referred()
    by_name = {street.names[row]: one for row, one in zip(found.newcomer, found.type_one, strict=True)}
    assert by_name == {"asked": 0.8, "told": 1.0, "advert": 0.0, "silent": 0.5}
    evidence = {street.names[row]: int(code) for row, code in zip(found.newcomer, found.evidence, strict=True)}
    assert evidence == {"asked": 1, "told": 1, "advert": 1, "silent": 4}


def test_where_thirty_were_asked_their_mean_stands_for_the_others(town) -> None:
    made = town().bought("ann", 500).bought("silent", 50).referred("ann", "silent", 50)
    for number in range(40):
        made.bought(f"n{number:02}", 100).referred("ann", f"n{number:02}", 100, would_have_come=0.25)
    street = Street(made)
    found = street.referred()
    row = [street.names[member] for member in found.newcomer].index("silent")
    assert found.type_one[row] == pytest.approx(0.75)
    assert found.evidence[row] == 2
    assert found.type_one_low[row] < 0.75 < found.type_one_high[row]


def test_two_who_brought_the_same_newcomer_divide_the_half(town) -> None:
    made = town().bought("ann", 500).bought("ben", 500).bought("new", 100)
    made.referred("ann", "new", 100, would_have_come=0.0).referred("ben", "new", 101, would_have_come=0.0)
    assert Street(made).referred().share.tolist() == [0.25, 0.25]


def test_no_referral_to_oneself_to_an_old_customer_or_without_a_purchase(town) -> None:
    made = town().bought("ann", 300).bought("old", 300, 20)
    made.referred("ann", "ann", 100).referred("ann", "old", 30)
    made.add("referrals", referrer_id="ann", referred_id="never", days=40)
    assert len(Street(made).referred()) == 0


def test_a_first_purchase_after_the_referral_is_its_conversion(town) -> None:
    made = town().bought("ann", 300).bought("new", 30)
    made.add("referrals", referrer_id="ann", referred_id="new", days=40)
    assert len(Street(made).referred()) == 1


def test_winning_a_customer_costs_what_the_outlays_say(town) -> None:
    made = town().bought("ann", 500).bought("new", 100).referred("ann", "new", 100, reward_cost=8.0)
    for number in range(9):
        made.bought(f"n{number}", 100)
    made.add("outlays", days=50, kind="push", activity="adverts", amount=450.0)
    made.add("outlays", days=50, kind="service", activity="desk", amount=9999.0)
    found = Street(made).referred()
    assert found.saved.middle == pytest.approx(50)  # nine came unreferred
    assert found.spared(365).tolist() == [42.0]
    assert found.spared(73).tolist() == [pytest.approx(8.4)]


# -- influence -----------------------------------------------------------------------------------------------------


def test_each_positive_response_has_its_strength(town) -> None:
    made = neighbours(town, "ann", "ben", "cat", "dan", "eve", "fay")
    made.said("r", "ann", 50, "positive", "recommendation")
    made.said("thanks", "ben", 49, "positive", "thanks", in_reply_to="r")
    made.said("glad", "cat", 49, "positive", in_reply_to="r")
    made.said("kind", "dan", 49, "neutral", in_reply_to="r")
    made.said("cross", "eve", 49, "negative", "complaint", in_reply_to="r")
    made.said("unread", "fay", 49, None, in_reply_to="r")
    assert Street(made).ties() == {("ben", "ann"): 1.0, ("cat", "ann"): 0.5}


def test_a_doubtful_response_counts_by_its_probability(town) -> None:
    made = neighbours(town, "ann", "ben", "cat", "dan")
    made.said("r", "ann", 50, "positive", "recommendation")
    made.said("glad", "ben", 49, "neutral", in_reply_to="r", p_positive=0.4)
    made.said("again", "ben", 40, "neutral", in_reply_to="r", p_positive=0.3)
    made.said("cool", "cat", 49, "neutral", in_reply_to="r", p_positive=0.4)
    made.said("cross", "dan", 49, "negative", "complaint", in_reply_to="r", p_positive=0.4, p_intent=0.6)
    street = Street(made)
    given = responses(street.said)
    assert sorted(given.chance) == [0.3, 0.4, 0.4]
    pairs = sway(given, nothing(given), 90)
    # Ben's two words: 1 − .6 · .7 = .58; Cat's one is less likely than not.
    assert [street.names[row] for row in pairs.swayed] == ["ben"]
    assert pairs.weight[0] == pytest.approx(0.5 * (0.4 * 2 ** (-49 / 90) + 0.3 * 2 ** (-40 / 90)))
    assert (pairs.responses[0], pairs.latest[0]) == (2, 40.0)


def test_who_answers_a_question_is_not_swayed_by_it(town) -> None:
    made = neighbours(town)
    made.said("q", "ann", 60, "positive", "question", "praise")
    made.said("advice", "ben", 59, "positive", "recommendation", in_reply_to="q")
    made.said("thanks", "cat", 59, "positive", "thanks", in_reply_to="q")
    assert Street(made).ties() == {("cat", "ann"): 1.0}


def test_what_was_answered_was_a_question_however_it_reads(town) -> None:
    made = neighbours(town)
    made.said("q", "ann", 60, "positive", "praise")
    made.said("a", "ben", 59, "positive", "recommendation", in_reply_to="q", accepted=True)
    made.said("also", "cat", 59, "positive", in_reply_to="q")
    assert Street(made).ties() == {("ann", "ben"): 1.0}


def test_a_complaint_never_sways_whoever_thanks_for_it(town) -> None:
    made = neighbours(town)
    made.said("doubtful", "ann", 60, "negative", "complaint", p_intent=0.51)
    made.said("thanks", "ben", 59, "positive", "thanks", in_reply_to="doubtful")
    made.said("q", "cat", 60, "neutral")
    made.said("taken", "dan", 59, "neutral", "complaint", in_reply_to="q", accepted=True)
    made.said("glad", "ben", 59, "positive", "thanks", in_reply_to="q")
    made.said("also", "ann", 59, "positive", in_reply_to="q")
    # Nor does what was taken make a question of what it answers: without it all would be the same.
    assert Street(made).ties() == {("ben", "cat"): 1.0, ("ann", "cat"): 0.5}


def test_thanks_of_its_own_author_show_no_help(town) -> None:
    made = neighbours(town)
    made.said("guide", "ann", 60, "neutral")
    made.said("self", "ann", 59, "positive", "thanks", in_reply_to="guide")
    made.said("glad", "ben", 59, "positive", in_reply_to="guide")
    assert not helps_or_recommends(Street(made).said).any()


def test_only_what_helps_or_recommends_can_sway(town) -> None:
    made = neighbours(town)
    made.said("chat", "ann", 60, "neutral")
    made.said("warn", "ben", 60, "negative", "warning")
    made.said("sour", "ben", 60, "positive", "recommendation", "complaint")
    made.said("q", "cat", 60, "neutral", "question")
    made.said("help", "ann", 59, "neutral", in_reply_to="q")
    made.said("own", "cat", 59, "neutral", in_reply_to="q")
    made.said("in the thread", "dan", 58, "neutral", thread="t")
    made.said("asked", "ann", 59, "neutral", "question", thread="t")
    street = Street(made)
    able = helps_or_recommends(street.said)
    assert [key for key, can in zip(street.said.message_id.to_pylist(), able, strict=True) if can] == [
        "help",
        "in the thread",
    ]


def test_an_accepted_answer_ties_the_one_who_asked(town) -> None:
    made = neighbours(town)
    made.said("q1", "ann", 60, "neutral", "question")
    made.said("a1", "ben", 59, "neutral", in_reply_to="q1", accepted=True)
    made.said("q2", "cat", 60, "neutral", "question", thread="t")
    made.said("a2", "dan", 59, "neutral", thread="t", accepted=True)
    assert Street(made).ties() == {("ann", "ben"): 1.0, ("cat", "dan"): 1.0}


def test_purchases_within_a_fortnight_of_a_response_count(town) -> None:
    given = acts([3, 3, 5], [1, 2, 1], [50.0, 40.0, 30.0], [1.0] * 3)
    after = purchases_after(given, np.array([3, 3, 3, 5, 9]), np.array([45.0, 37.0, 20.0, 31.0, 45.0]))
    found = sorted(zip(after.swayed.tolist(), after.by.tolist(), after.age.tolist(), strict=True))
    assert found == [(3, 1, 37.0), (3, 1, 45.0), (3, 2, 37.0)]


def test_one_purchase_counts_once_for_each_who_was_responded_to() -> None:
    given = Responses(np.array([3, 3]), np.array([1, 1]), np.array([50.0, 49.0]), np.ones(2), np.array([0.9, 0.6]))
    after = purchases_after(given, np.array([3]), np.array([45.0]))
    assert after.chance.tolist() == [0.9]  # as likely as the likeliest response before it


def test_weights_fade_by_half_in_a_half_life_and_shares_saturate() -> None:
    given = acts([0, 0, 7], [1, 2, 1], [0.0, 90.0, 0.0], [1.0, 1.0, 20.0])
    pairs = sway(given, nothing(given), 90)
    assert pairs.weight.tolist() == [1.0, 0.5, 20.0]
    evidence, part = divided(pairs)
    assert part.tolist() == pytest.approx([2 / 3, 1 / 3, 1.0])
    assert evidence.tolist() == pytest.approx([1 - np.exp(-6), 1 - np.exp(-6), 1.0])


def test_no_talk_makes_no_ties() -> None:
    nobody = np.empty(0, dtype=np.int64)
    none = Responses(nobody, nobody, np.empty(0), np.empty(0), np.empty(0))
    assert len(sway(none, purchases_after(none, nobody, np.empty(0)), 90)) == 0
    assert len(divided(sway(none, none, 90))[0]) == 0


# -- knowledge -----------------------------------------------------------------------------------------------------


def test_contacts_spared_in_three_ways(town) -> None:
    made = neighbours(town)
    made.said("q", "ann", 60, "neutral", "question", audience=1000)
    made.said("a", "ben", 59, "neutral", in_reply_to="q", accepted=True, helpful_votes=12)
    found = answers(Street(made).said, SHARE)
    # The asker: 1. Everyone who said that it helped: 13. One reader in twenty: 50, of 10 to 100.
    assert (found.low.tolist(), found.middle.tolist(), found.high.tolist()) == ([1.0], [13.0], [100.0])


def test_without_readers_counted_only_those_who_said_so_count(town) -> None:
    made = neighbours(town)
    made.said("q", "ann", 60, "neutral", "question")
    made.said("a", "ben", 59, "neutral", in_reply_to="q")
    made.said("t", "ann", 58, "positive", "thanks", in_reply_to="a")
    found = answers(Street(made).said, SHARE)
    assert (found.low.tolist(), found.middle.tolist(), found.high.tolist()) == ([1.0], [1.0], [1.0])


def test_good_answers_to_one_question_share_its_readers(town) -> None:
    made = neighbours(town)
    made.said("q", "ann", 60, "neutral", "question", audience=100)
    made.said("a", "ben", 59, "neutral", in_reply_to="q", helpful_votes=9)
    made.said("b", "cat", 59, "neutral", in_reply_to="q", helpful_votes=9)
    assert answers(Street(made).said, SHARE).middle.tolist() == [2.5, 2.5]


def test_answers_that_helped_nobody_are_none(town) -> None:
    made = neighbours(town)
    made.said("q", "ann", 60, "neutral", "question", audience=100)
    made.said("a", "ben", 59, "neutral", in_reply_to="q")
    made.said("rude", "cat", 59, "negative", "complaint", in_reply_to="q", helpful_votes=9)
    made.said("old", "dan", 500, "neutral", in_reply_to="q", accepted=True)
    assert len(answers(Street(made).said, SHARE)) == 0


def test_a_contact_costs_what_actions_say_else_what_is_assumed(town) -> None:
    made = neighbours(town)
    assumed, evidence, _ = contact_cost(made.facts, made.as_of)
    assert (assumed, evidence) == (Range(3, 6, 12), 4)
    for number in range(30):
        made.add("actions", kind="reply", days=10 + number, cost=4.0 + number % 2)
    found, evidence, notes = contact_cost(made.facts, made.as_of)
    assert found.middle == pytest.approx(4.5)
    assert found.low < 4.5 < found.high
    assert evidence == 1
    assert "30 replies and calls" in notes[0]


def test_minutes_are_paid_by_the_hour(town) -> None:
    made = neighbours(town)
    for number in range(30):
        made.add("actions", kind="call", days=10 + number, minutes=20.0)
    found, evidence, _ = contact_cost(made.facts, made.as_of)
    assert (found.middle, evidence) == (pytest.approx(10.0), 5)
    assert (found.low, found.high) == (pytest.approx(10 * 25 / 30), pytest.approx(10 * 40 / 30))


def knowledge_of(made) -> dict[tuple[str, str], float]:
    street = Street(made)
    found, _, _ = taught(street.facts, street.said, street.who, made.as_of, 365)
    return {
        (street.names[member], kind): money
        for member, kind, money in zip(found.member, found.kind, found.middle, strict=True)
    }


def test_an_idea_is_shared_among_the_first_three(town) -> None:
    made = neighbours(town, "ann", "ben", "cat", "dan")
    for day, who in ((40, "ann"), (30, "ben"), (20, "ann"), (10, "cat"), (5, "dan")):
        made.add("contributions", customer_id=who, days=day, kind="idea", idea="Slots", state="planned")
    made.rows["contributions"][-1] |= {"state": "shipped", "value": 1100.0}
    assert knowledge_of(made) == {
        ("ann", "idea"): pytest.approx(600),
        ("ben", "idea"): pytest.approx(300),
        ("cat", "idea"): pytest.approx(200),
    }


def test_money_only_where_it_was_entered(town) -> None:
    made = neighbours(town)
    made.add("contributions", customer_id="ann", days=10, kind="bug report")
    made.add("contributions", customer_id="ben", days=10, kind="test", value=50.0)
    made.add("contributions", customer_id="cat", days=10, kind="idea", value=90.0, state="declined")
    made.add("contributions", customer_id="voice", days=10, kind="idea", value=70.0, state="shipped")
    assert knowledge_of(made) == {("ben", "test"): pytest.approx(50)}


def test_the_past_year_is_expected_again_but_less_of_what_is_old(town) -> None:
    made = neighbours(town)
    for day in (0.5, 364.5):
        made.said(f"q{day}", "ann", day + 0.1, "neutral", "question")
        made.said(f"a{day}", "ben" if day < 1 else "cat", day, "neutral", in_reply_to=f"q{day}", accepted=True)
    found = knowledge_of(made)
    assert found["ben", "answer"] == pytest.approx(6.0, rel=0.01)
    assert found["cat", "answer"] == pytest.approx(3.0, rel=0.01)


# -- standing ------------------------------------------------------------------------------------------------------


def test_the_ladder_rung_by_rung(town) -> None:
    made = town().bought("none", 300)
    for name in ("loyal", "committed", "apostle", "owner"):
        made.bought(name, 300, 200)
    made.bought("new", 100).bought("praises", 300)
    made.add("responses", customer_id="committed", days=30, score=9)
    made.said("p", "praises", 20, "positive", "recommendation")
    made.referred("apostle", "new", 100)
    made.add("contributions", customer_id="owner", days=30, kind="test")
    made.add("contributions", customer_id="none", days=30, kind="test")
    rungs = Street(made).rungs()
    assert rungs == {"none": 0, "loyal": 1, "committed": 2, "apostle": 3, "owner": 4, "new": 0, "praises": 2}


def test_three_answers_that_helped_make_an_owner_of_a_loyal_customer(town) -> None:
    made = town().bought("ann", 300, 200).bought("ben", 300)
    for number in range(3):
        made.said(f"q{number}", "ben", 50 + number, "neutral", "question")
        made.said(f"a{number}", "ann", 49 + number, "neutral", in_reply_to=f"q{number}", accepted=True)
    assert Street(made).rungs()["ann"] == 4


def test_a_declined_idea_improves_nothing(town) -> None:
    made = town().bought("ann", 300, 200)
    made.add("contributions", customer_id="ann", days=30, kind="idea", state="declined")
    made.add("contributions", customer_id="ann", days=30, kind="idea", state="heard")
    assert Street(made).rungs()["ann"] == 1


def test_what_others_thanked_for_helps_however_sad_it_sounds(town) -> None:
    made = neighbours(town, "ann", "ben", "cat", "dan")
    made.said("log", "ann", 60, "negative")
    made.said("ignored", "dan", 60, "negative")
    made.said("warning", "cat", 60, "negative", "warning")
    for key in ("log", "warning"):
        made.said(f"{key} thanks", "ben", 59, "positive", "thanks", in_reply_to=key)
    made.said("ignored kindly", "ben", 59, "positive", in_reply_to="ignored")
    assert Street(made).ties() == {("ben", "ann"): 1.0}
