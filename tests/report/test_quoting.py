"""A report is handed on: it quotes what was said in public by those who said yes to it, and nobody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from goodwill import report
from goodwill.facts import TABLES
from goodwill.report.now import now_section
from goodwill.report.quoting import Quotes, quotable, unquoted
from goodwill.report.talk import claims, talk


def with_terms(result: Any, *rows: dict[str, Any], basis: str = "legitimate interest") -> Any:
    """The same result under other terms."""
    terms = pa.Table.from_pylist(list(rows), schema=TABLES["terms"].arrow)
    facts = result.facts.with_tables({"terms": terms})
    firm = facts.firm.model_copy(update={"terms": facts.firm.terms.model_copy(update={"basis": basis})})
    return SimpleNamespace(**{**vars(result), "facts": replace(facts, firm=firm)})


def row(customer_id: str, at: Any, **said: Any) -> dict[str, Any]:
    return {"customer_id": customer_id, "at": at, **said}


def rows_of(result: Any) -> dict[str, Any]:
    return {row.who: row for group in now_section(result).groups for row in group.rows}


def test_only_who_said_yes_and_in_public_is_quoted_in_now(result: Any) -> None:
    found = rows_of(result)
    assert found["Dana Whitfield"].said.startswith("Paid $24.95") and not found["Dana Whitfield"].unquoted
    marcus = found["Marcus Oyelaran"]  # said yes, but wrote by e-mail: a yes covers what was said in public
    assert (marcus.said, marcus.unquoted) == ("", "20 words, said in private: not quoted. To be read at m2")
    tom = found["Tom Ashdown"]  # in public, and never asked
    assert (tom.said, tom.unquoted) == ("", "20 words, not quoted without their yes. To be read at m5")
    assert not found["“hexgear”"].said  # nobody that we know can have said yes


@pytest.mark.parametrize("basis", ["legitimate interest", "consent"])
def test_nobody_is_quoted_by_the_basis_or_by_an_agreement_that_does_not_say_so(result: Any, basis: str) -> None:
    before = result.as_of - timedelta(days=9)
    for terms in (
        [],
        [row("c000000", before, agreement="SD-BASE")],
        [row("c000000", before, agreement="PDC-GOOD")],
        [row("c000000", before, refused=["quote me"])],
        [row("c000000", before - timedelta(days=1), purposes=["quote me"]), row("c000000", before, purposes=[])],
        [row("c000000", result.as_of + timedelta(days=1), purposes=["quote me"])],  # holds from tomorrow
    ):
        changed = with_terms(result, *terms, basis=basis)
        assert not quotable(changed)
        html = report.render(changed)
        for words in ("Never again", "Third RMA", "X570", "exemplary", "Netzteil", "fan header on my", "five weeks"):
            assert words not in html, (terms, words)


def test_a_yes_taken_back_takes_the_words_out_of_the_next_report(result: Any) -> None:
    yes = row("c000002", result.as_of - timedelta(days=9), purposes=["answer me", "quote me"])
    no = row("c000002", result.as_of - timedelta(hours=1), purposes=["answer me"])
    assert "exemplary" in report.render(with_terms(result, yes))
    assert "exemplary" not in report.render(with_terms(result, yes, no))


def test_themes_count_what_was_wanted_and_quote_who_agreed(result: Any) -> None:
    first = talk(result).risen[0]
    assert first.wanted == "19 complaints · 10 questions"
    assert first.said == (
        "The fan header on my new board has <b>bent</b> pins. Same as my friend's.",
        "Bent pins on arrival, call me on [phone]",  # masked; the third was said in private
    )
    nobody = talk(with_terms(result)).risen[0]
    assert nobody.said == () and nobody.wanted == first.wanted


def test_a_quote_need_not_be_an_example(result: Any) -> None:
    """Where none of the nearest messages may be quoted, another of the theme is."""
    quotes = Quotes(result)
    assert quotes.of([0, 1, 2], [2], 1) == ["Bent pins on arrival, call me on +41 44 668 18 00"]
    assert quotes.of([2], [2], 2) == quotes.of([], [], 2) == []
    assert quotes.wanted([1, 2]) == "2 complaints" and quotes.wanted([3]) == "1 question"


def test_a_statement_is_told_by_what_it_is_about(result: Any) -> None:
    first = claims(result).rows[0]
    assert first.said == ""
    assert first.about == "About delivery time. 22 words, said in private: not quoted. To be read at m1"
    messages = result.facts.arrow("messages").to_pylist()
    public = [{**one, "channel": "review"} if one["message_id"] == "m1" else one for one in messages]
    facts = result.facts.with_tables({"messages": pa.Table.from_pylist(public, schema=TABLES["messages"].arrow)})
    told = claims(SimpleNamespace(**{**vars(result), "facts": facts})).rows[0]
    assert told.said.startswith("Paid $24.95") and not told.about


def test_what_a_public_statement_states_is_told_and_the_rest_is_not(result: Any) -> None:
    messages = result.facts.arrow("messages").to_pylist()
    public = [{**one, "channel": "review"} if one["message_id"] == "m1" else one for one in messages]
    facts = result.facts.with_tables({"messages": pa.Table.from_pylist(public, schema=TABLES["messages"].arrow)})
    told = claims(with_terms(SimpleNamespace(**{**vars(result), "facts": facts}))).rows[0]
    assert told.about.startswith("About delivery time: took five weeks. 22 words, not quoted without their yes.")
    assert not told.said


def test_colleagues_who_are_named_are_named(result: Any) -> None:
    praised = {"message_id": "m", "channel": "blog"}
    assert unquoted(praised, "Thanks, Gareth!", ["Gareth"]).startswith("2 words that name Gareth, not quoted")
    assert "name" not in unquoted(praised, "Thanks to Garethson", ["Gareth"])


def test_a_message_without_words_has_nothing_in_their_place() -> None:
    assert unquoted({"message_id": "m", "channel": "review"}, None) == ""
    assert unquoted({"message_id": "m", "channel": None, "audience": 9}, "Yes!").startswith("1 word, not quoted")
