"""What programs read, on both databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from service.api.conftest import Shop


def walked(shop: Shop, address: str, limit: int = 2) -> list[dict[str, Any]]:
    """Every item of a list, piece by piece."""
    found: list[dict[str, Any]] = []
    cursor = ""
    sign = "&" if "?" in address else "?"
    for _ in range(20):
        answer = shop.get(f"{address}{sign}limit={limit}&cursor={cursor}").json()
        assert len(answer["items"]) <= limit
        found += answer["items"]
        cursor = answer["next"]
        if cursor is None:
            return found
    raise AssertionError("the cursor never ends")


def test_messages_come_the_latest_first_with_their_reading_and_stake(shop: Shop) -> None:
    items = shop.items("messages")
    assert [one["message_id"] for one in items] == ["web:a/b?c", "chat:4", "chat:3", "chat:2", "chat:1"]
    thanks = items[3]
    assert thanks["reading"]["mood"] == "positive" and "thanks" in thanks["reading"]["intents"]
    assert thanks["customer_id"] == "lena" and thanks["stake"] is None  # nobody is valued yet
    assert items[0]["customer_id"] is None


def test_a_list_read_in_pieces_is_the_whole_list_once(valued: Shop) -> None:
    for address in ("messages", "readings", "cases", "customers", "worth", "now"):
        key = "customer_id" if address in ("customers", "worth") else "message_id"
        whole = [one[key] for one in valued.items(address)]
        assert len(whole) >= 2 and len(set(whole)) == len(whole), address
        for limit in (1, 2):
            assert [one[key] for one in walked(valued, address, limit)] == whole, address


def test_filters_narrow_the_messages(shop: Shop) -> None:
    def ids(query: str) -> list[str]:
        return [one["message_id"] for one in shop.items(f"messages?{query}")]

    assert ids("channel=review") == ["web:a/b?c"]
    assert ids("customer_id=ole") == ["chat:3"]
    assert ids("intent=thanks") == ["chat:2"]
    assert ids("q=PAIR") == ["chat:4"]
    assert ids("q=50%25") == ["chat:3"]  # the sign itself, not 'anything'
    assert ids("until=2020-01-01T00:00:00Z") == [] and len(ids("since=2020-01-01T00:00:00Z")) == 5
    assert set(ids("mood=positive")) >= {"chat:2"} and "chat:1" not in ids("mood=positive")


def test_what_no_index_knows_is_looked_for_a_part_at_a_time(valued: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A piece may then hold fewer than were asked for; all pieces together hold the same, in the same order."""
    from goodwill.service.api import paging
    from goodwill.service.store.models import Case

    Case.objects.filter(message_id="chat:3").update(state=Case.ANSWERED, cause_id="late parcels")
    asked = [
        "messages?mood=positive", "messages?mood=negative", "messages?intent=thanks", "messages?q=pair",
        "messages?q=nowhere", "messages?q=a&channel=review", "messages?language=en&until=2100-01-01T00:00:00Z",
        "messages?q=a&customer_id=ole", "readings?mood=negative", "readings?intent=thanks", "readings?lane=fast",
        "cases?state=answered", "cases?group=stake", "cases?cause_id=late+parcels", "cases?state=open",
    ]  # fmt: skip
    whole = {address: walked(valued, address) for address in asked}
    assert whole["messages?q=pair"] and whole["cases?cause_id=late+parcels"] and whole["readings?mood=negative"]
    monkeypatch.setattr(paging, "WALK", 1)
    assert {address: walked(valued, address) for address in asked} == whole
    first = valued.get("messages?q=pair&limit=2").json()
    assert len(first["items"]) <= 1 and first["next"], "only one was looked at, and there are more"


def test_one_message_whatever_its_id_holds(shop: Shop) -> None:
    answer = shop.get("messages/web:a/b%3Fc")
    assert answer.status_code == 200 and answer.json()["text"] == "It's worse now, never again"
    missing = shop.get("messages/chat:99")
    assert missing.status_code == 404 and "chat:99" in missing.json()["error"]["what"]
    for address in ("messages/a%0Ab", "customers/a%0Ab", "customers/a%0Ab/statement", "customers/a%0Ab/terms", "%0A"):
        assert shop.get(address).json()["error"]["what"], address  # a line break ends no address


def test_now_is_in_order_and_can_be_narrowed(shop: Shop) -> None:
    from goodwill.service import live

    items = shop.items("now")
    assert [one["message_id"] for one in items] == [row["message_id"] for row in live.now(50)[0]]
    assert items[0]["reasons"][0]["what"] and items[0]["looking"] == []
    assert {one["customer_id"] for one in shop.items("now?customer_id=lena")} == {"lena"}
    assert shop.items("now?taken_by=nobody") == items and shop.items("now?taken_by=17") == []


def test_customers_are_found_before_any_valuation(shop: Shop) -> None:
    def ids(q: str) -> list[str]:
        return [one["customer_id"] for one in shop.items(f"customers?q={q}")]

    assert len(shop.items("customers")) == 4
    assert ids("hex") == ["lena"] and ids("nameless") == ["nameless"]
    assert ids("@lenahex") == ["lena"] and ids("lena.hex@mail.example") == ["lena"]
    assert ids("O'Neil") == ids("100%25") == ["email:kim@mail.example"] and ids("h_x") == []
    assert all(one["worth"] is None for one in shop.items("customers"))


def test_a_customer_has_sums_lines_and_latest_facts(valued: Shop) -> None:
    found = valued.get("customers/lena").json()
    assert (found["name"], found["worth"], found["follows"], found["standing"]) == ("Lena Hex", 120.5, 120.5, "loyal")
    assert found["purchased"]["total"] == 40.0 and found["purchases"][0]["amount"] == 40.0
    assert {one["message_id"] for one in found["messages"]} == {"chat:1", "chat:2"}
    assert valued.get("customers/email:kim@mail.example").json()["worth"] is None
    statement = valued.get("customers/lena/statement").json()
    assert statement["worth"] == 120.5 and statement["lines"] == []


def test_terms_count_at_once_and_the_latest_hold(valued: Shop) -> None:
    given = {"agreement": "SD-BASE", "purposes": ["answer me"]}
    answer = valued.ask("PUT", "customers/lena/terms", given, scope="write")
    assert answer.status_code == 200 and answer.json()["in_force"] is True, answer.content
    found = valued.get("customers/lena").json()
    assert found["worth"] is None and found["follows"] is None and found["standing"] is None
    assert found["terms"]["purposes"] == ["answer me"] and found["terms"]["agreement"] == "SD-BASE"
    assert valued.get("customers/lena/statement").json()["worth"] is None
    assert [one["worth"] for one in valued.items("customers?q=hex")] == [None]
    assert [one["customer_id"] for one in valued.items("worth")] == ["nameless", "ole"]  # in nobody's ranking
    again = {"purposes": ["value me", "answer me", "value me"]}
    kept = valued.ask("PUT", "customers/lena/terms", again, scope="write").json()
    assert kept["purposes"] == ["answer me", "value me"]
    assert valued.get("customers/lena").json()["worth"] == 120.5


def test_terms_that_cannot_be_are_refused(shop: Shop) -> None:
    wrong = [
        ({"purposes": ["sell me"]}, 422),
        ({"purposes": "answer me"}, 422),
        ({"agreement": "SD-BASE"}, 422),
        ({"purposes": [], "more": 1}, 422),
        ({"purposes": [], "agreement": "a\x00b"}, 422),
    ]
    for given, status in wrong:
        answer = shop.ask("PUT", "customers/lena/terms", given, scope="write")
        assert answer.status_code == status and answer.json()["error"]["what"], (given, answer.content)
    assert shop.ask("PUT", "customers/nobody/terms", {"purposes": []}, scope="write").status_code == 404


def test_whoever_was_erased_is_gone_and_nothing_names_them(shop: Shop) -> None:
    from goodwill.service import erasing
    from goodwill.service.store.models import Audit

    erasing.erase("lena", "goodwill", "they asked")
    for address in ("customers/lena", "customers/lena/statement"):
        answer = shop.get(address)
        assert answer.status_code == 410 and answer.json()["error"]["what"] == "they were erased"
    assert shop.ask("PUT", "customers/lena/terms", {"purposes": []}, scope="write").status_code == 410
    assert "lena" not in str(Audit.objects.filter(act="erasing").values_list("customer_id", "what"))
    assert shop.get("customers/ole").status_code == 200


def test_every_read_of_a_customer_leaves_a_line(shop: Shop) -> None:
    from goodwill.service.store.models import Audit

    for address in ("customers/lena", "customers/lena/statement", "messages/chat:1", "messages?customer_id=lena"):
        before = Audit.objects.count()
        assert shop.get(address).status_code == 200
        line = Audit.objects.order_by("-id").first()
        assert Audit.objects.count() == before + 1
        assert (line.who, line.customer_id, line.purpose) == ("token a read one", "lena", "api")


def test_whoever_has_the_latest_answer_is_told_so(shop: Shop) -> None:
    for address in ("messages", "customers/lena", "now", "readings", "cases", "worth"):
        answer = shop.get(address)
        mark = answer.headers["ETag"]
        same = shop.get(address, **{"if-none-match": f'"other", W/{mark}'})
        assert same.status_code == 304 and same.content == b"" and same.headers["ETag"] == mark
        assert same.headers["Cache-Control"] == "private, no-cache"
        assert shop.get(address, **{"if-none-match": '"other"'}).status_code == 200
    before = shop.get("customers/lena").headers["ETag"]
    shop.ask("PUT", "customers/lena/terms", {"purposes": []}, scope="write")
    assert shop.get("customers/lena").headers["ETag"] != before


def test_texts_are_understood_in_order(shop: Shop) -> None:
    answer = shop.ask("POST", "understand", {"texts": ["Thank you so much!", None, "😡😡😡"], "lane": "fast"})
    assert answer.status_code == 200, answer.content
    first, nothing, angry = answer.json()["readings"]
    assert first["intent"] == "thanks" and nothing["lane"] == "no text" and nothing["mood"] is None
    assert angry["mood"] == "negative" and angry["message_id"] == "2"
    for wrong in ({"texts": ["a"] * 1001}, {"texts": ["a"], "lane": "slow"}, {"texts": "a"}, {"texts": ["a\x00"]}):
        refused = shop.ask("POST", "understand", wrong)
        assert refused.status_code == 422 and refused.json()["error"]["what"], wrong
