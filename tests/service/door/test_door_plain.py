"""The door is in plain words: a reading age of twelve, measured on what it says itself."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

import pytest

from service.door.visitors import at_the_door, secret_for

if TYPE_CHECKING:
    from service.conftest import Service

pytestmark = pytest.mark.parametrize("service", ["sqlite"], indirect=True)

GRADE = 6.0
"""Flesch-Kincaid grade level (Kincaid et al. 1975): 6 is the sixth year at school, age eleven to twelve."""
LONGEST = 27
PAGES = ("/door", "/door/held", "/door/given", "/door/allowed", "/door/asked", "/door/leaving")
BLOCKS = {"p", "li", "h1", "h2", "h3", "label", "button", "legend", "td", "th", "summary", "dt", "dd", "blockquote"}


class Sentences(HTMLParser):
    """The sentences that stand on a page, block by block; a piece without a full stop is no sentence."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[list[str]] = [[]]
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        given = dict(attrs)
        if tag in ("script", "style", "time"):
            self.silent += 1
        if tag in BLOCKS or "sub" in (given.get("class") or ""):
            self.blocks.append([])

    def handle_endtag(self, tag: str) -> None:
        if tag in ("script", "style", "time"):
            self.silent -= 1
        if tag in BLOCKS:
            self.blocks.append([])

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.blocks[-1].append(data)

    def found(self) -> list[str]:
        texts = (" ".join("".join(block).split()) for block in self.blocks)
        return [one for text in texts for one in re.findall(r"[^.?!]+[.?!](?=\s|$)", text)]


def syllables(word: str) -> int:
    """By groups of vowels; a last e is silent but in -le."""
    word = word.lower()
    groups = len(re.findall(r"[aeiouy]+", word))
    if word.endswith("e") and not word.endswith(("le", "ee")) and groups > 1:
        groups -= 1
    if word.endswith("ed") and not word.endswith(("ted", "ded")) and groups > 1:
        groups -= 1
    return max(1, groups)


def words_in(sentence: str) -> list[str]:
    return re.findall(r"[A-Za-z][A-Za-z'’-]*", sentence)


def grade(sentences: list[str]) -> float:
    words = [word for sentence in sentences for word in words_in(sentence)]
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


@pytest.mark.parametrize(
    ("word", "number"),
    [("you", 1), ("erased", 2), ("people", 2), ("answer", 2), ("like", 1), ("added", 2), ("idea", 2)],
)
def test_syllables_are_counted_as_they_are_spoken(service: Service, word: str, number: int) -> None:
    assert syllables(word) == number


def test_the_measure_tells_hard_from_easy(service: Service) -> None:
    hard = ["The controller processes personal data pursuant to its overriding legitimate organisational interests."]
    assert grade(["We keep it safe.", "You can have it erased."]) < 4 < 14 < grade(hard)


def test_every_page_can_be_read_at_twelve(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    from goodwill.service.door import budget
    from goodwill.service.retention import RULES
    from service.live.filling import put

    monkeypatch.setenv("GOODWILL_SMTP_URL", "smtp://127.0.0.1:9")
    put("handles", {"customer_id": "x9", "kind": "email", "value": "x9@mail.example", "verified": True})
    said: dict[str, list[str]] = {}

    def read(name: str, answer: Any) -> None:
        reader = Sentences()
        reader.feed(answer.content.decode().partition("<body")[2])
        said[name] = reader.found()

    stranger = service.client()
    read("ask", stranger.get("/door"))
    read("sent", stranger.post("/door/link", {"email": "nobody@mail.example"}))
    read("enter", stranger.get(f"/door/enter/{secret_for('x9')}"))
    read("stale", stranger.get("/door/enter/none"))
    client = at_the_door(service, "x9")
    for kind in budget.KINDS:
        budget.ask("x9", kind, "a tool")
    rules = "".join(f"{name} = 3\n" for name in RULES)
    (service.home / "goodwill.toml").write_text(f"[retention.years]\n{rules}", encoding="utf-8")
    for path in (*PAGES, "/door/held/all/said", "/door/held/all/looked"):
        read(path, client.get(path))
    assert any("what you said in public, with your name" in one for one in said["/door/allowed"])
    client.post("/door/allowed", {"object": "1"})
    read("objected", client.get("/door/given"))
    read("erased", client.post("/door/erase", {"word": "erase"}))
    grades = {name: round(grade(sentences), 1) for name, sentences in said.items()}
    everything = [one for sentences in said.values() for one in sentences]
    assert len(set(everything)) > 60
    assert not {name: one for name, one in grades.items() if one > GRADE}, grades
    assert grade(everything) < 5
    long = {one for one in everything if len(words_in(one)) > LONGEST}
    assert not long


def test_the_words_for_the_log_and_the_terms_are_plain(service: Service) -> None:
    from goodwill.service.door import words

    given = [f"They {one}." for one in words.ACTS.values()] + [one[1] for one in words.ALLOWED.values()]
    given += [f"{one}." for one in (*words.ASKED.values(), *words.KEPT_FOR.values())]
    assert grade([one for said in given for one in re.findall(r"[^.]+\.", said)]) < GRADE


def test_every_act_that_names_a_customer_has_plain_words(service: Service) -> None:
    """What the code writes into a customer's log is said at the door in words of its own."""
    from pathlib import Path

    import goodwill.service as package
    from goodwill.service.door import words

    found: set[str] = set()
    for path in Path(package.__file__).parent.rglob("*.py"):
        for call in re.findall(
            r"record\((?:[^()]|\([^()]*\))*customer_id=(?:[^()]|\([^()]*\))*\)", path.read_text("utf-8")
        ):
            act = re.match(r"record\(\s*[^,]+,\s*\"([^\"]+)\"", call)
            if act:
                found.add(act[1])
    assert {"seen", "saw a case", "terms"} <= found
    assert found <= set(words.ACTS), found - set(words.ACTS)
