"""Topics given by a few sentences each."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow as pa
import pytest

from goodwill.errors import SettingsError
from goodwill.facts import TABLES
from goodwill.firm import Firm
from goodwill.lake import Facts
from goodwill.understand import read_messages
from goodwill.understand.by_example import Examples, with_examples

GIVEN = {
    "delivery": ["Where is my parcel?", "My order has not arrived yet", "When will it be delivered?"],
    "price": ["This is too expensive", "Can I have a discount?", "Why did the price go up?"],
    "sign-in": ["I cannot log in", "I forgot my password", "My account is locked"],
}
SAID = [
    "Has my package been delivered?",
    "How much do I save with the discount?",
    "The password reset does not work",
    "What a lovely morning",
    "",
]


def test_a_message_has_the_topic_that_it_is_nearest_to() -> None:
    assert Examples(GIVEN).of_texts(SAID) == ["delivery", "price", "sign-in", None, None]


def test_a_texts_topic_is_its_own() -> None:
    examples = Examples(GIVEN)
    assert [examples.of_texts([text])[0] for text in SAID] == examples.of_texts(SAID)


def test_one_topic_alone_stands_on_its_own_likeness() -> None:
    alone = Examples({"delivery": GIVEN["delivery"]})
    assert alone.of_texts(["Where is my package?", "What a lovely morning"]) == ["delivery", None]


def test_words_come_first_and_meaning_adds() -> None:
    found = with_examples([["price"], ["delivery"]], SAID[:1] * 2, GIVEN)
    assert found == [["price", "delivery"], ["delivery"]]


def test_the_firms_file_may_give_words_examples_or_both(tmp_path: Path) -> None:
    path = tmp_path / "goodwill.toml"
    path.write_text(
        '[topics]\nnoise = ["fan"]\ndelivery = { words = ["courier"], examples = ["Where is my parcel?"] }\n'
        '[examples]\nprice = ["Too dear"]\n',
        encoding="utf-8",
    )
    firm = Firm.load(path)
    assert firm.topics == {"noise": ("fan",), "delivery": ("courier",)}
    assert firm.examples == {"price": ("Too dear",), "delivery": ("Where is my parcel?",)}
    path.write_text('[topics.delivery]\nwords = ["courier"]\nexemples = ["x"]\n', encoding="utf-8")
    with pytest.raises(SettingsError, match="the topic 'delivery' has 'exemples'; a topic has words and examples"):
        Firm.load(path)


def test_readings_have_them_and_firms_without_examples_never_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"message_id": str(place), "text": text} for place, text in enumerate(SAID)]
    messages = pa.Table.from_pylist(rows, schema=TABLES["messages"].arrow)
    firm = Firm.model_validate({"topics": {name: {"words": [], "examples": said} for name, said in GIVEN.items()}})
    readings = read_messages(Facts.from_arrow(firm, {"messages": messages}))
    assert readings["topic"].to_pylist() == ["delivery", "price", "sign-in", None, None]
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    plain = Firm.model_validate({"topics": {"delivery": ["package"]}})
    assert read_messages(Facts.from_arrow(plain, {"messages": messages}))["topic"].to_pylist()[0] == "delivery"
