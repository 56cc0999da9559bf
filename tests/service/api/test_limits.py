"""One token that asks too often is told so, and when to come back; nobody else is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from service.api.conftest import Shop

pytestmark = pytest.mark.parametrize("service", ["sqlite"], indirect=True)


def test_who_asks_too_often_is_told_when_to_come_back(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOODWILL_API_RATE", "3")
    assert [shop.get("customers").status_code for _ in range(3)] == [200, 200, 200]
    refused = shop.get("now")
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 20
    assert refused.json()["error"] == {
        "what": "this token has asked more than 3 times in a minute",
        "where": "token a read one",
        "mend": f"ask again in {refused.headers['Retry-After']} s, and less often",
    }
    assert shop.ask("GET", "customers", scope="admin").status_code == 200, "another token has its own store"


def test_facts_that_come_in_are_not_counted(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOODWILL_API_RATE", "1")
    for number in range(5):
        row = {"purchase_id": f"q{number}", "customer_id": "lena", "at": "2026-05-03T10:00:00Z", "amount": "5"}
        assert shop.ask("POST", "facts/purchases", json.dumps([row]), scope="write").status_code == 202
    assert shop.ask("GET", "now", scope="write").status_code == 200
    assert shop.ask("GET", "now", scope="write").status_code == 429


def test_nought_is_no_limit_and_what_is_no_number_is_said(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    from goodwill.errors import SettingsError
    from goodwill.service.api import limits

    monkeypatch.setenv("GOODWILL_API_RATE", "0")
    assert {shop.get("now").status_code for _ in range(10)} == {200}
    monkeypatch.setenv("GOODWILL_API_RATE", "often")
    with pytest.raises(SettingsError) as error:
        limits.a_minute()
    assert str(error.value) == "GOODWILL_API_RATE: 'often' is no whole number; write it as 600; 0: no limit"
