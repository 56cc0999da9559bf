"""Each decision counts at once, everywhere, and is taken back without a trace but its lines in the log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from goodwill.errors import InputError
from service.who import people_here as here

if TYPE_CHECKING:
    from service.conftest import Service


@pytest.fixture
def firm(service: Service) -> Service:
    here.fill()
    return service


def test_handles_say_who_is_who_before_anybody_decides(firm: Service) -> None:
    assert here.groups() == ["abc", "de", "f"]
    assert here.stands()["reading"]["forum:1"] == "a"


def test_a_merge_counts_at_once_and_is_taken_back_without_a_trace(firm: Service) -> None:
    from goodwill.service import live, who
    from goodwill.service.store.models import Audit, Job

    before = here.stands()
    done = who.merge("c", "f", by=firm.colleague(), why="on the phone")
    assert here.groups() == ["abcf", "de"]
    stands = here.stands()
    assert stands["reading"]["chat:f"] == stands["reading"]["forum:2"] == stands["case"]["forum:2"] == "a"
    assert {row["customer_id"] for row in live.now(50)[0]} == {"a", "d"}
    assert live.customer("f")["name"] == "NameA Longa" and sorted(live.customer("f")["ids"]) == list("abcf")
    assert {whose for word, whose in stands["search"] if word == "fay"} == {"a"}
    assert (done.number, done.kind, done.left, done.right) == (0, "merge", ["c", "a", "b"], ["f"])
    assert list(Audit.objects.filter(act="who is who: merge").values_list("customer_id", flat=True)) == ["c", "f"]
    assert Job.objects.filter(name="revalue", state=Job.WAITING).count() == 1
    who.undo(0, by="Ida")
    assert here.stands() == before
    who.undo(1, by="Ida")
    assert here.stands() == stands


def test_a_split_counts_at_once_and_is_taken_back_without_a_trace(firm: Service) -> None:
    from goodwill.service import live, who

    before = here.stands()
    who.split(["b"], by="Ida", why="her sister's")
    assert here.groups() == ["ac", "b", "de", "f"]
    stands = here.stands()
    assert stands["reading"]["chat:b"] == stands["case"]["chat:b"] == "b"
    assert stands["reading"]["chat:c"] == stands["reading"]["forum:1"] == "a"
    assert stands["reading"]["mail:1"] is None  # two persons have that address now: nobody's, until it is said whose
    assert live.customer("b")["ids"] == ["b"]
    who.undo(0, by="Ida")
    assert here.stands() == before


def test_a_split_ends_the_letters_that_are_on_their_way(firm: Service) -> None:
    from goodwill.service import who
    from goodwill.service.store.models import DoorLink

    soon = datetime.now(UTC) + timedelta(minutes=10)
    for person in ("a", "d"):
        DoorLink.objects.create(digest=person * 64, customer_id=person, until=soon)
    who.split(["b"], by="Ida")  # the letter to 'a' may have gone to the address of 'b'
    open_yet = DoorLink.objects.filter(until__gt=datetime.now(UTC)).values_list("customer_id", flat=True)
    assert list(open_yet) == ["d"]


def test_a_link_confirmed_and_rejected_and_back(firm: Service) -> None:
    from goodwill.service import who

    one, two = here.link("b", "f", 0.97), here.link("d", "f", 0.8)
    before = here.stands()
    ida = firm.colleague("ida@firm.example")
    done = who.confirm(one, by=ida, why="the same voice")
    assert here.groups() == ["abcf", "de"] and done.probability == 0.97
    link = who.link(one)
    assert (link["state"], link["decided_by"]) == ("confirmed", "ida@firm.example") and link["decided"] == done.at
    who.reject(two, by="the customer, at the door")
    assert who.link(two)["state"] == "rejected"
    who.undo(1, by="Ida")
    who.undo(0, by="Ida")
    assert here.stands() == before
    who.reject(two, by="Ida")
    here.put("handles", here.handle("f", "card", "4711"))
    assert here.groups() == ["abc", "de", "f"]  # a handle that comes later joins nobody whom a person put apart
    assert here.stands()["person"]["card|4711"] == ""


def test_all_links_above_what_the_firm_states(firm: Service) -> None:
    from goodwill.service import who

    here.link("a", "f", 0.97), here.link("c", "f", 0.96), here.link("d", "f", 0.95), here.link("acme", "f", 0.99)
    before = here.stands()
    with pytest.raises(InputError, match=r"0.3 is no probability to confirm by; state one from 0.5 to 1"):
        who.confirm_above(0.3, by="Ida")
    done = who.confirm_above(0.955, by="Ida")
    assert [(one.kind, one.probability, one.why) for one in done] == [("confirm", 0.97, "all links of at least 0.955")]
    assert here.groups() == ["abcf", "de"]
    assert {(row[0], row[1]): row[2] for row in here.stands()["link"]} == {
        ("a", "f"): "confirmed",
        ("c", "f"): "confirmed",  # one person by the other link
        ("d", "f"): "proposed",
        ("acme", "f"): "proposed",  # an organisation is nobody's other record
    }
    assert who.confirm_above(0.96, by="Ida") == []
    who.undo(done[0].number, by="Ida")
    assert here.stands() == before


def test_what_cannot_be_decided_is_refused_and_leaves_no_trace(firm: Service) -> None:
    from goodwill.service import who
    from goodwill.service.store.models import Audit, Decision

    before = here.stands()
    link = here.link("a", "acme")
    for act, message in (
        (lambda: who.merge("a", "nobody", by="Ida"), "nothing is held under the id 'nobody'; give an id of a customer"),
        (lambda: who.merge("a", "pool", by="Ida"), "nothing is held under the id 'pool'"),
        (lambda: who.merge("a", "c", by="Ida"), "'a' and 'c' are one person already; name two persons"),
        (lambda: who.merge("f", "acme", by="Ida"), "'f' is a person and 'acme' is not; enter their role in"),
        (lambda: who.merge("acme", "f", by="Ida"), "'acme' is an organisation and 'f' is not; enter their role in"),
        (lambda: who.confirm(link, by="Ida"), "'a' is a person and 'acme' is not"),
        (lambda: who.confirm(10**6, by="Ida"), "there is no link 1000000; open the queue again"),
        (lambda: who.split(["a", "f"], by="Ida"), "2 records of 2 persons; name some of the records of one person"),
        (lambda: who.split(["a", "b", "c"], by="Ida"), "every record of the person is named; leave at least one"),
        (lambda: who.split([], by="Ida"), "split: no record; name some"),
        (lambda: who.undo(0, by="Ida"), "there is no decision 0; give the number of one in the customer's log"),
        (lambda: who.merge("a", "f", by=" "), "nobody took this decision; say by whom"),
        (lambda: who.merge("a", "f", by="Ida", why="x" * 2001), "the reason has 2,001 letters; keep it under 2,000"),
    ):
        with pytest.raises(InputError, match=message):
            act()
    after = here.stands()
    assert after.pop("link")[0][2] == "proposed" and before.pop("link") == []
    assert after == before and not Decision.objects.exists() and not Audit.objects.filter(act__contains="who").exists()


def test_a_later_handle_never_joins_whom_a_person_put_apart(firm: Service) -> None:
    from goodwill.service import who

    who.split(["b", "c"], by="Ida")
    assert here.groups() == ["a", "bc", "de", "f"]
    here.put("handles", here.handle("a", "phone", "+41 44 668 18 00"), here.handle("c", "email", "ab@x.example"))
    assert here.groups() == ["a", "bc", "de", "f"]
    here.put("handles", here.handle("f", "account", "@sea", channel="forum"))
    assert here.groups() == ["a", "bcf", "de"]  # but it joins others, as before
    who.undo(0, by="Ida")
    assert here.groups() == ["abcf", "de"]


def test_the_valuation_says_the_same_and_the_sums_follow(firm: Service) -> None:
    from goodwill.service import live, who
    from goodwill.service.store.models import Worth

    who.merge("c", "f", by="Ida")
    who.split(["e"], by="Ida")
    persons = here.stands()["person"]
    live.revalue()
    assert here.groups() == ["abcf", "d", "e"]
    assert here.stands()["person"] == persons  # what followed at once is what follows from everything
    worth = dict(Worth.objects.values_list("customer_id", "spend"))
    assert set(worth) == {"a", "d", "e", "acme"}
    who.undo(1, by="Ida")
    who.undo(0, by="Ida")
    live.revalue()
    assert here.groups() == ["abc", "de", "f"] and set(Worth.objects.values_list("customer_id", flat=True)) == {
        "a", "d", "f", "acme",
    }  # fmt: skip


def test_what_is_decided_while_everybody_is_valued_is_not_lost(firm: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    from goodwill.service import live, who
    from goodwill.service.live import revaluing

    write = revaluing._write_beside

    def meanwhile(*given: Any) -> None:
        write(*given)
        who.merge("c", "f", by="Ida")

    monkeypatch.setattr(revaluing, "_write_beside", meanwhile)
    live.revalue()
    assert here.groups() == ["abcf", "de"]
    assert here.stands()["reading"]["forum:2"] == "a"


def test_the_log_is_the_same_read_again_and_only_grows(firm: Service) -> None:
    from goodwill.service import who
    from goodwill.service.store.models import Decision

    who.merge("c", "f", by="Ida", why="on the phone")
    who.undo(0, by="Ben")
    who.split(["a"], by="Ida")
    events = who.history().events
    assert [(one.number, one.kind, one.by, one.undoes) for one in events] == [
        (0, "merge", "Ida", None), (1, "undo", "Ben", 0), (2, "split", "Ida", None),
    ]  # fmt: skip
    assert all(one.at <= datetime.now(UTC) for one in events)
    assert list(Decision.objects.values_list("number", flat=True).order_by("number")) == [0, 1, 2]
    assert who.persons(["a"]).records_of("b") == ("b", "c")
