"""A long account: the latest lines are read out, what was before is carried forward, each sum is of all of them."""

from __future__ import annotations

from typing import Any

import pytest

from service.pages import shop


def test_of_a_long_account_the_latest_is_shown_and_all_counts(service: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from goodwill.service.pages import account

    shop.fill()
    whole = account.account_of("tom")
    assert whole is not None and whole.forward is None and whole.beside
    assert whole.happened.earlier == whole.expected.earlier == 0
    assert whole.happened.total == sum(line["amount"] for line in whole.happened.lines)
    counting = whole.shown_lines
    assert [line["balance"] for line in counting][-1] == whole.worth.worth
    assert len(counting) == len(whole.happened.lines) + len(whole.expected.lines)

    monkeypatch.setattr(account, "MOST_LINES", 2)
    part = account.account_of("tom")
    assert part is not None
    assert part.shown_lines == counting[-2:]
    assert part.forward == {"number": len(counting) - 2, "balance": counting[-3]["balance"]}
    for short, long in ((part.happened, whole.happened), (part.expected, whole.expected)):
        assert (short.name, short.total, short.lines) == (long.name, long.total, long.lines[-2:])
        assert short.earlier == len(long.lines) - len(short.lines)
        assert short.before == sum(line["amount"] for line in long.lines[: short.earlier])
    assert part.paid_evidence == whole.paid_evidence == ("measured", "estimated")
    taken = [line for line in counting if line["kind"] == "referral" and line["amount"] < 0]
    assert list(part.latest(["referral"], 9, passed_on=True)) == taken

    client = service.client(service.colleague(role="agent"))
    statement = client.get("/customers/tom").content.decode()
    assert "earlier line" in statement and "together" in statement
    assert "carried forward" in client.get("/customers/tom?tab=books").content.decode()


def test_who_has_no_lines_yet_has_an_account_all_the_same(service: Any) -> None:
    from goodwill.service.pages.account import account_of

    shop.fill()
    found = account_of("dana")
    assert found is not None and found.shown_lines == found.beside == found.happened.lines == ()
    assert (found.happened.total, found.paid_evidence) == (0, ())
    assert account_of("nobody") is None
