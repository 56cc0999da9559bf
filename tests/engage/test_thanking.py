"""One thank-you a person, on whatever channels they praised us, and leave to quote them."""

from __future__ import annotations

from engage.small_firm import SmallFirm


def praise(firm: SmallFirm, number: str, channel: str, **more: object) -> None:
    more = {"customer_id": "tom", "to_us": channel == "email", **more}
    firm.say(number, 20, "The service was exemplary", "praise", channel=channel, **more)


def reasons(firm: SmallFirm, number: str) -> list[str]:
    return [reason["what"] for reason in firm.cases()[number]["reasons"]]


def test_several_channels_are_one_thank_you_where_most_could_read_it(firm: SmallFirm) -> None:
    praise(firm, "mail", "email")
    praise(firm, "tweet", "twitter", audience=340)
    praise(firm, "post", "blog", audience=1900)
    assert firm.order() == ["post"]
    assert "said on blog, email, twitter: one thank-you for all" in reasons(firm, "post")


def test_leave_to_quote_is_asked_for_what_was_said_in_public(firm: SmallFirm) -> None:
    praise(firm, "post", "blog", audience=1900)
    praise(firm, "mail", "email", customer_id="anna")
    asked = "ask leave to quote them; without their yes nothing is quoted"
    assert asked in reasons(firm, "post")
    assert asked not in reasons(firm, "mail")


def test_who_refused_being_quoted_is_not_asked_again(firm: SmallFirm) -> None:
    praise(firm, "post", "blog", audience=1900)
    firm.add("terms", customer_id="tom", hours=300, refused=["quote me"])
    assert not [what for what in reasons(firm, "post") if "quote" in what]


def test_a_complaint_of_the_same_person_stands_on_its_own(firm: SmallFirm) -> None:
    praise(firm, "post", "blog", audience=1900)
    firm.say("broken", 2, "It does not work", customer_id="tom", channel="email", to_us=True)
    assert set(firm.order()) == {"post", "broken"}


def test_praise_of_last_season_is_not_thanked_in_public(firm: SmallFirm) -> None:
    firm.say("old", 24 * 40, "The service was exemplary", "praise", customer_id="tom", channel="blog", to_us=False)
    assert firm.order() == []
