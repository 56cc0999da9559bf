"""The language of the invented firm: every kind can be said, in every language, and few texts are alike."""

from __future__ import annotations

import random

import pytest

from goodwill.demo.kinds import KINDS
from goodwill.demo.setting import CHANNELS
from goodwill.demo.texts import Grammar, Writer
from goodwill.demo.texts.english import RULES as ENGLISH
from goodwill.demo.texts.others import RULES as OTHERS

GIVEN = {"product", "product2", "order", "staff", "rival", "name", "sting"}


def words() -> dict[str, str]:
    return {
        "product": "Hollin headset",
        "product2": "Bramble fan",
        "order": "HC-1",
        "staff": "",
        "rival": "Byteborough",
        "name": "Ann Lee",
    }


def test_every_symbol_has_a_rule_or_is_given() -> None:
    assert Grammar(ENGLISH).unknown() <= GIVEN
    for code, rules in OTHERS.items():
        assert Grammar(rules).unknown() <= GIVEN, code


def test_every_kind_can_be_said_in_english_on_every_channel() -> None:
    writer = Writer(1)
    for kind in range(len(KINDS)):
        for channel in range(len(CHANNELS)):
            text, language = writer.write(kind, "en", channel, 2, words())
            assert text and "<" not in text
            assert language == "en"


@pytest.mark.parametrize("code", sorted(OTHERS))
def test_other_languages_fall_back_to_english_only_where_they_lack_words(code: str) -> None:
    writer = Writer(1)
    for number, kind in enumerate(KINDS):
        _, language = writer.write(number, code, 0, 0, words())
        assert language == (code if kind.name in OTHERS[code] else "en")


def test_tweets_are_short_and_emails_are_signed() -> None:
    writer = Writer(2)
    tweets = [writer.write(kind, "en", 2, 2, words())[0] for kind in range(len(KINDS)) for _ in range(20)]
    assert max(map(len, tweets)) <= 280 + 16
    mails = [writer.write(0, "en", 0, 0, words())[0] for _ in range(50)]
    assert sum("Ann Lee" in mail for mail in mails) > 25


def test_the_same_seed_says_the_same() -> None:
    one, two = Writer(5), Writer(5)
    assert [one.write(3, "en", 2, 1, words()) for _ in range(9)] == [
        two.write(3, "en", 2, 1, words()) for _ in range(9)
    ]


def test_complaints_are_hardly_ever_alike() -> None:
    writer = Writer(7)
    texts = [writer.write(0, "en", 0, n % 3, words())[0] for n in range(1000)]
    assert len(set(texts)) > 980


def test_a_symbol_without_alternatives_is_refused() -> None:
    with pytest.raises(ValueError, match=r"symbols without alternatives: \['greeting'\]"):
        Grammar({"greeting": []})


def test_a_word_that_was_not_given_is_named() -> None:
    with pytest.raises(KeyError, match="name"):
        Grammar({"greeting": ["Hello <name>"]}).say("greeting", {}, random.Random(1).random)
