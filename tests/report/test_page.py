"""The report as a whole: what it says, in what order, that it is safe, and that it is the same every time."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from goodwill import report
from goodwill.facts import LEDGER, WORTH
from goodwill.prove import Community, Love, Promises, concentration
from goodwill.report.page import make_page
from goodwill.value.stability import Stability

SECTIONS = (
    "books", "practices", "customers", "concentration", "now", "talk", "claims", "love", "flows", "commons", "grounds",
    "models", "order", "unread", "columns",
)  # fmt: skip
MOST_BYTES = 1_500_000


class Words(HTMLParser):
    """The words of a page, and which elements it uses."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.said: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.said))


@pytest.fixture(scope="module")
def html(result: Any) -> str:
    return report.render(result)


@pytest.fixture(scope="module")
def page(html: str) -> Words:
    return Words(html)


def with_result(result: Any, **changed: Any) -> Any:
    return SimpleNamespace(**{**vars(result), **changed})


def empty_of(result: Any) -> Any:
    """A run on nothing but one message that nobody needs to answer."""
    worth, none = WORTH.arrow.empty_table(), result.ranking.cases.slice(0, 0)
    community = Community(0, None, 0, 0, 0, None, (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), 0, (), 0)
    proof = replace(
        result.proof, causes=(), love=Love(None, (), (), (), None, None, 0), growth=None, flows=(),
        promises=Promises((), (), ()), community=community, concentration=concentration(worth),
    )  # fmt: skip
    valuation = SimpleNamespace(
        notes=(),
        spend={},
        reconciliation=result.valuation.reconciliation,
        stability=Stability(0.1, 0.05, 0.2, (), (), ""),
    )
    facts = replace(result.facts, rejects=(), mapping=(), notes=())
    return with_result(
        result, facts=facts, worth=worth, ledger=LEDGER.arrow.empty_table(), ranking=SimpleNamespace(cases=none),
        notes=(), proof=proof, valuation=valuation, themes=[], correctable=result.correctable.slice(0, 0),
    )  # fmt: skip


def test_it_is_one_page_that_asks_nobody(html: str, page: Words) -> None:
    assert len(html.encode()) <= MOST_BYTES
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "img", "iframe", "object", "embed", "form", "base"}
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")], tag
        for name in ("href", "src", "xlink:href"):
            address = attributes.get(name)
            assert address is None or address.startswith("#") or address == "data:,", (tag, address)
    assert not re.findall(r"url\((?!data:font/woff2;base64,)", html)


def test_the_sections_stand_in_their_order(page: Words) -> None:
    found = [attributes["id"] for tag, attributes in page.elements if tag == "section"]
    assert found == list(SECTIONS)
    links = [str(attributes["href"])[1:] for tag, attributes in page.elements if tag == "a"]
    links.remove("main")
    assert links == list(SECTIONS)


def test_both_sides_of_the_books_are_the_same_to_the_cent(result: Any, html: str) -> None:
    books = make_page(result).books
    assert books.balance
    assert books.total_generated == books.total_booked

    def total(lines: Any) -> int:
        return sum(int(line.amount.replace(",", "").replace(".", "").replace("\u2212", "-")) for line in lines)

    assert total(books.generated) == total(books.booked)
    assert html.count(f">{books.total_generated}<") == 2
    assert any("differ by 0.00" in words for words in books.words)


def test_books_that_do_not_balance_are_said_to(result: Any) -> None:
    lame = result.worth.slice(1)
    books = make_page(with_result(result, worth=lame)).books
    assert not books.balance
    assert "do not balance" in books.words[0]


def test_what_happened_stands_apart_from_what_is_expected(result: Any) -> None:
    books = make_page(result).books
    whens = [line.note for line in books.generated]
    assert whens == sorted(whens, key=("happened", "expected").index)
    assert [line.what for line in books.generated if line.note == "happened"] == ["Ideas that shipped"]
    assert "what happened" in " ".join(books.words)


def test_strangers_stand_beside_the_sums(result: Any) -> None:
    books = make_page(result).books
    assert [line.what for line in books.beside] == ["Strangers who may have heard of us"]
    assert not [line for line in books.generated if "tranger" in line.what]


def test_the_practice_that_costs_most_is_said_in_the_meeting(result: Any) -> None:
    first, second = make_page(result).sentence
    assert first.startswith("In the coming year our 240 customers should bring us about €16,000; ")
    assert (
        second
        == "“Download fee” earns us €9,100 and costs us about €41,000 (12,000–90,000) a year. Head of shop decides."
    )


def test_causes_stand_in_rows_with_reasons(result: Any, page: Words) -> None:
    rows = make_page(result).practices
    assert [row.name for row in rows] == ["Download fee", "Return shipping", "Fan header", "Secret"]
    assert rows[0].result is not None and rows[0].result.text == "\u221232,000"
    assert rows[2].earns is None and rows[2].result is None
    assert rows[3].hidden and rows[3].bar is None
    assert "negative messages about it fell by 41" in page.text
    assert page.text.count("hidden: fewer than five people") == 3


def test_what_follows_from_whom_is_in_order_and_adds_up(result: Any) -> None:
    rows = make_page(result).customers
    assert len(rows) == 15
    assert [row.follows.value for row in rows] == sorted((row.follows.value for row in rows), reverse=True)
    assert rows[0].name == "Tom Ashdown"
    for row in rows:
        assert sum(part.value for _, part in row.parts) == pytest.approx(row.follows.value, abs=0.005)
        assert "fill-spend" in row.bar
    assert "customer pool" not in str(rows)


def test_who_to_answer_keeps_its_order_and_its_reasons(result: Any) -> None:
    now = make_page(result).now
    assert now.title == "Five messages to answer, one to thank for"
    assert [group.key for group in now.groups] == ["first", "promise", "stake", "thank"]
    assert [row.rank for group in now.groups for row in group.rows] == [1, 2, 3, 4, 5, 6]
    first = now.groups[0].rows[0]
    assert (first.who, first.where) == ("Dana Whitfield", "on Twitter, 4 minutes ago · could reach 6,214")
    assert (first.mark, first.tone, first.left, first.late) == ("warning others", "debit", "41 minutes left", False)
    assert first.by == "due 11:10"  # the firm's own zone
    assert [reason.sum.text for reason in first.reasons] == ["310", "1,900", "240"]
    assert "strangers" in first.notes[0].what
    late = now.groups[1].rows[0]
    assert (late.left, late.late) == ("3 hours late", True)
    voice = now.groups[2].rows[0]
    assert (voice.who, voice.stake) == ("“hexgear”", None)


def test_long_lists_are_cut_and_say_so(result: Any) -> None:
    many = pa.concat_tables([result.ranking.cases.slice(4, 1)] * 12)
    group = make_page(with_result(result, ranking=SimpleNamespace(cases=many))).now.groups[0]
    assert len(group.rows) == 8
    assert group.more == "and 4 more in now.csv"


def test_stored_scripts_stay_words(html: str) -> None:
    assert "<script" not in html
    assert "&lt;script&gt;alert(&#34;owned&#34;)&lt;/script&gt;" in html
    assert "<b>own purchases" not in html
    assert "&lt;b&gt;own purchases" in html


@pytest.mark.parametrize(
    "evil", ['"><script>alert(1)</script>', "</style><script>1</script>", "{{ 7 * 7 }}", "<svg/onload=x>"]
)
def test_names_from_files_stay_words(result: Any, evil: str) -> None:
    """Everything that comes from a file: the firm's name, causes, columns, rejects, groups."""
    firm = result.facts.firm.model_copy(update={"firm": result.facts.firm.firm.model_copy(update={"name": evil})})
    rejects = tuple(replace(reject, reason=evil, file=evil, column=evil) for reject in result.facts.rejects)
    mapping = tuple(replace(column, column=evil, file=evil) for column in result.facts.mapping)
    proof = replace(
        result.proof,
        causes=tuple(replace(cause, name=evil, owner=evil) for cause in result.proof.causes),
        love=replace(
            result.proof.love, by_period=tuple(replace(g, name=evil + g.name) for g in result.proof.love.by_period)
        ),
        promises=replace(result.proof.promises, warnings=(evil,)),
    )
    facts = replace(result.facts, firm=firm, rejects=rejects, mapping=mapping)
    bad = Words(report.render(with_result(result, facts=facts, proof=proof, notes=(evil,))))
    assert not {tag for tag, _ in bad.elements} & {"script", "img"}
    assert not [name for _, attributes in bad.elements for name in attributes if name.startswith("on")]
    assert evil in bad.text


def test_the_same_result_gives_the_same_bytes(result: Any, html: str) -> None:
    assert report.render(result) == html


def test_it_is_written_in_utf8(result: Any, html: str, tmp_path: Any) -> None:
    report.write(result, tmp_path / "report.html")
    assert (tmp_path / "report.html").read_bytes() == html.encode("utf-8")


def test_an_empty_run_says_what_will_be_here(result: Any) -> None:
    html = report.render(empty_of(result))
    text = Words(html).text
    for words in (
        "No cause yet.", "Nobody yet.", "Nothing to answer", "No answers yet.", "No message yet.",
        "No promise in writing yet.",
        "nobody has asked a question in the open", "Every row of every file could be read.",
        "the facts came as tables", "the curve needs at least five customers",
    ):  # fmt: skip
        assert words in text, words
    assert "nan" not in text.lower().split()
    assert "To say in a meeting" not in text


def test_assumptions_say_who_entered_them(page: Words) -> None:
    assert "Anna Keller, 3 May 2026" in page.text
    assert "goodwill’s own" in page.text


def test_the_order_shows_who_moves(result: Any) -> None:
    order = make_page(result).order
    assert order.heads == ("τ 0.05", "τ 0.1, as entered", "τ 0.2")
    assert order.rows[0].ranks == (("1", False), ("1", False), ("3", True))
    assert order.rows[-1].ranks == (("after 10", True), ("12", False), ("10", True))
    assert order.summary[1] == ("doubled, 0.2", "0.991", "88\u00a0%")


def test_what_could_not_be_read_has_its_place_and_mend(page: Words) -> None:
    assert "purchases.csv, line 1,412" in page.text
    assert "write 12.50 and the currency in its own column" in page.text
    assert "left aside" in page.text


@pytest.mark.slow
def test_a_hundred_thousand_customers_take_seconds(make_result: Any) -> None:
    large = make_result(100_000)
    report.render(make_result(20))  # the first picture loads its drawing machine
    started = time.process_time()
    html = report.render(large)
    assert time.process_time() - started < 30
    assert len(html.encode()) <= MOST_BYTES
