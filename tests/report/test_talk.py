"""The sections on themes and on what the facts contradict."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from goodwill import report
from goodwill.report.talk import claims, talk


def changed(result: Any, **parts: Any) -> Any:
    return SimpleNamespace(**{**vars(result), **parts})


def test_what_rises_stands_apart_with_its_number_its_odds_and_its_words(result: Any) -> None:
    told = talk(result)
    first, second = told.risen
    assert (first.name, first.mark, first.number, first.topic) == ("Fan header, bent pins, b650", "new", "27", "faults")
    assert first.words == (
        "this week, fewer than one expected; so many come by chance less than once in a million weeks"
    )
    assert second.words == "this week, 11 expected; so many come by chance once in 4,000 weeks"
    assert first.negative == "88\xa0% negative"
    assert [row.mark for row in told.others] == ["", "falling"]
    assert [row.words for row in told.others] == ["8 expected", "21 expected"]
    assert [row.tone for row in (*told.risen, *told.others)] == ["debit", "debit", "", ""]
    assert not told.quiet


def test_a_quiet_week_and_an_early_one_say_so(result: Any) -> None:
    steady = [theme for theme in result.themes if theme.state == "steady"]
    assert talk(changed(result, themes=steady)).quiet.startswith("Nothing new this week")
    early = [replace(steady[0], state="too early", expected=None, severity=None)]
    told = talk(changed(result, themes=early))
    assert told.quiet.startswith("Too early to say")
    assert told.others[0].words == "of 66 in all"
    assert talk(changed(result, themes=[])).empty is not None


def test_each_statement_stands_beside_its_fact(result: Any) -> None:
    told = claims(result)
    assert told.words.startswith("2 statements of the past 90 days that our records contradict, 1 of them in public.")
    first, second = told.rows
    assert first.known == "Delivered 3 days after the order, on 12 October 2026."
    assert (first.sure, first.state, first.answered) == ("our records leave no doubt", "Not answered yet", False)
    assert first.rests_on == "events\xa0e9, purchases\xa04471"
    assert second.state == "Answered on 31 October 2026; since then 4 of 5 stars"
    assert second.sure == "look first: it may be an exception"
    assert claims(changed(result, correctable=result.correctable.slice(0, 0))).empty is not None


def test_what_customers_wrote_is_escaped(result: Any) -> None:
    html = report.render(result)
    assert "&lt;b&gt;bent&lt;/b&gt;" in html
    assert "<b>bent</b>" not in html
