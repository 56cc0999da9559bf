"""What comes before everything, and above all what does not."""

from __future__ import annotations

import pytest

from engage.small_firm import SmallFirm
from goodwill.engage.first import kinds_of

FIRST = [
    ("The charger caught fire while we slept", ("danger",)),
    ("smoke came pouring out of the power supply", ("danger",)),
    ("There's a burning smell from the PSU", ("danger",)),
    ("my laptop battery is badly swollen, is it safe?", ("danger",)),
    ("I got a nasty shock from the case", ("danger",)),
    ("The battery exploded and burned my hand", ("danger",)),
    ("He was taken to hospital after eating it", ("danger",)),
    ("Das Netzteil riecht verbrannt", ("danger",)),
    ("La batterie est gonflée", ("danger",)),
    ("I paid for the course and I can't log in", ("access",)),
    ("Paid $24.95, download broken, and support wants ANOTHER $25.95", ("access",)),
    ("sold me a $24.95 download that failed, then told me to pay more", ("access",)),
    ("bought the suite yesterday, licence key rejected", ("access",)),
    ("I was charged but never received the key", ("access",)),
    ("Ich habe bezahlt und kann die Datei nicht herunterladen", ("access",)),
    ("My mother uses an oxygen concentrator and the cable is dead", ("vulnerable",)),
    ("she is blind and cannot use the new form", ("vulnerable",)),
    ("my solicitor will write to you", ("legal",)),
    ("I hereby exercise my right of withdrawal", ("legal",)),
    ("I'll see you in court", ("legal",)),
    ("You charged my card twice", ("money",)),
    ("still waiting for my refund since March", ("money",)),
    ("I haven’t received my refund", ("money",)),
    ("where is my refund??", ("money",)),
    ("there is an unauthorised charge on my card", ("money",)),
    ("Ich warte seit drei Wochen auf meine Rückerstattung", ("money",)),
]

NOT_FIRST = [
    "Nothing caught fire, don't worry",
    "This sale is fire",
    "fire sale this weekend?",
    "prices exploded this year",
    "the sticker shock is real",
    "I was shocked by your service",
    "adding insult to injury, the box was torn",
    "my phone blew up with notifications",
    "burned a hole in my wallet",
    "The battery was not swollen at all",
    "the battery lasts nine hours",
    "quiet fan, no burning smell, all good",
    "I want my money back",
    "Will I get a refund if it does not fit?",
    "thanks for the quick refund",
    "I was never charged twice",
    "the download was quick",
    "can't access the parking behind your shop",
    "I paid €40 for this and it is rubbish",
    "my order never arrived",
    "downloads of the manual are broken",
    "I was locked out but it is solved now, I had paid with PayPal",
    "the lawyer in the series uses the same keyboard",
    "Sue told me about you",
    "love is blind, and so is my choice of keyboard",
    "court side seats",
    "",
]


@pytest.mark.parametrize(("text", "kinds"), FIRST)
def test_what_comes_first(text: str, kinds: tuple[str, ...]) -> None:
    assert kinds_of(text) == kinds


@pytest.mark.parametrize("text", NOT_FIRST)
def test_what_does_not(text: str) -> None:
    assert kinds_of(text) == ()


def test_blocked_from_what_our_records_show_they_bought(firm: SmallFirm) -> None:
    firm.say("known", 2, "the download failed at 80 %", customer_id="a", channel="chat")
    firm.say("unknown", 2, "the download failed at 80 %", customer_id="b", channel="chat")
    firm.say("long ago", 2, "the download failed at 80 %", customer_id="c", channel="chat")
    firm.add("purchases", 30, purchase_id="p", customer_id="a", amount=24.95)
    firm.add("purchases", 24 * 40, purchase_id="q", customer_id="c", amount=24.95)
    cases = firm.cases()
    assert cases["known"]["group"] == "first"
    assert cases["unknown"]["group"] == cases["long ago"]["group"] == "stake"
    why = cases["known"]["reasons"][0]
    assert why["what"] == (
        "before everything: paid for access and does not have it (bought shortly before, by our records)"
    )
    assert why["evidence"] == "measured" and why["amount"] is None


def test_a_failure_in_our_records_and_words_of_paying_are_enough(firm: SmallFirm) -> None:
    firm.add("events", 5, event_id="e", customer_id="a", kind="failure", detail="download failed")
    firm.say("m", 2, "I paid and now you want more money from me?", customer_id="a", channel="chat")
    firm.say("n", 2, "I paid and now you want more money from me?", customer_id="b", channel="chat")
    cases = firm.cases()
    assert cases["m"]["group"] == "first" and cases["n"]["group"] == "stake"
    assert "a failure shortly before, by our records" in cases["m"]["reasons"][0]["what"]


def test_praise_is_no_emergency(firm: SmallFirm) -> None:
    firm.say("m", 2, "I had been charged twice and they put it right in an hour. Great!", "praise", channel="email")
    assert firm.cases()["m"]["group"] == "thank"


def test_danger_leads_even_over_money_owed_for_longer(firm: SmallFirm) -> None:
    firm.say("owed", 30, "I was charged twice", customer_id="rich", channel="email")
    firm.values_of("rich", 100_000)
    firm.say("fire", 1, "the adapter is smoking", customer_id="poor", channel="email")
    assert firm.order() == ["fire", "owed"]
