"""People decide who is who: reversible for ever, and nothing is lost."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from goodwill.errors import InputError
from goodwill.facts import TABLES
from goodwill.firm import Firm
from goodwill.know import History, identify
from goodwill.know.unite import unite
from goodwill.lake import Facts

RECORDS = ["a", "b", "c", "d", "e", "f"]
PROOFS = [("a", "b"), ("b", "c"), ("d", "e")]
NOON = datetime(2026, 10, 1, 12, tzinfo=UTC)


def groups(history: History, proofs: list[tuple[str, ...]] = PROOFS) -> list[str]:
    now = history.persons(RECORDS, proofs)
    return ["".join(now.records_of(person)) for person in sorted(set(now.person_of.values()))]


def test_without_a_decision_the_handles_say_who_is_who() -> None:
    assert groups(History()) == ["abc", "de", "f"]
    holders = [record for proof in PROOFS for record in proof]
    keys = [str(number) for number, proof in enumerate(PROOFS) for _ in proof]
    united = unite(pa.array(RECORDS), pa.array(holders), pa.array(keys)).person.to_pylist()
    assert history_person(History()) == dict(zip(RECORDS, united, strict=True))


def history_person(history: History) -> dict[str, str]:
    return dict(history.persons(RECORDS, PROOFS).person_of)


def test_a_merge_and_its_undoing() -> None:
    history = History()
    merged = history.merge("c", "f", history.persons(RECORDS, PROOFS), by="Ida", why="on the phone", at=NOON)
    assert groups(history) == ["abcf", "de"]
    assert merged.left == ("c", "a", "b") and merged.right == ("f",)  # both originals are kept
    undone = history.undo(merged.number, by="Ida")
    assert groups(history) == ["abc", "de", "f"]
    history.undo(undone.number, by="Ida")
    assert groups(history) == ["abcf", "de"]
    assert [event.kind for event in history.events] == ["merge", "undo", "undo"]


def test_a_split_beats_handles_that_are_there_and_that_come_later() -> None:
    history = History()
    split = history.split(["b"], history.persons(RECORDS, PROOFS), by="Ida")
    assert groups(history) == ["ac", "b", "de", "f"]  # a and c stay one, though only b held them together
    assert groups(history, [*PROOFS, ("a", "b", "c")]) == ["ac", "b", "de", "f"]
    history.undo(split.number, by="Ida")
    assert groups(history) == ["abc", "de", "f"]


def test_a_later_merge_beats_an_earlier_split() -> None:
    history = History()
    history.split(["b"], history.persons(RECORDS, PROOFS), by="Ida")
    history.merge("b", "a", history.persons(RECORDS, PROOFS), by="Ben")
    assert groups(history) == ["abc", "de", "f"]


def test_undoing_an_earlier_merge_leaves_what_came_after_it() -> None:
    history = History()
    first = history.merge("a", "f", history.persons(RECORDS, []), by="Ida")
    history.merge("f", "d", history.persons(RECORDS, []), by="Ida")
    history.split(["a"], history.persons(RECORDS, []), by="Ida")
    assert groups(history, []) == ["a", "b", "c", "df", "e"]
    history.undo(first.number, by="Ida")
    assert groups(history, []) == ["a", "b", "c", "df", "e"]


def links(*rows: tuple[str, str, float]) -> pa.Table:
    return pa.Table.from_pylist([{"left_id": a, "right_id": b, "probability": p} for a, b, p in rows])


def test_a_rejected_pair_is_never_proposed_again_and_no_handle_joins_it() -> None:
    history = History()
    proposed = links(("a", "d", 0.95), ("b", "e", 0.9), ("c", "f", 0.7), ("a", "b", 1.0), ("x", "a", 0.9))
    now = history.persons(RECORDS, PROOFS)
    assert [link["probability"] for link in history.proposals(proposed, now)] == [0.95, 0.9, 0.7]
    history.reject("a", "d", now, by="Ida", probability=0.95)
    now = history.persons(RECORDS, PROOFS)
    assert [link["probability"] for link in history.proposals(proposed, now)] == [0.7]
    assert groups(history, [*PROOFS, ("c", "d")]) == ["abc", "de", "f"]


def test_all_above_a_probability_that_the_firm_states() -> None:
    history = History()
    proposed = links(("a", "f", 0.97), ("c", "f", 0.96), ("d", "f", 0.8))
    done = history.confirm_above(proposed, 0.95, history.persons(RECORDS, PROOFS), PROOFS, by="Ida")
    assert [(event.kind, event.probability, event.why) for event in done] == [
        ("confirm", 0.97, "all links of at least 0.95")
    ]
    assert groups(history) == ["abcf", "de"]
    with pytest.raises(InputError, match=r"0.2 is no probability to confirm by; state one from 0.5 to 1"):
        history.confirm_above(proposed, 0.2, history.persons(RECORDS, PROOFS), PROOFS, by="Ida")


def test_bad_decisions_are_refused_and_leave_no_trace() -> None:
    history = History()
    now = history.persons(RECORDS, PROOFS)
    for act, message in (
        (lambda: history.merge("a", "b", now, by="Ida"), "'a' and 'b' are one person already; name two persons"),
        (lambda: history.merge("a", "z", now, by="Ida"), "there is no record 'z'"),
        (lambda: history.merge("a", "d", now, by=" "), "nobody took this decision; say by whom"),
        (lambda: history.split(["a", "d"], now, by="Ida"), "2 records of 2 persons; name some of the records of one"),
        (lambda: history.split([], now, by="Ida"), "split: no record"),
        (lambda: history.split(["a", "b", "c"], now, by="Ida"), "every record of the person is named; leave at least"),
        (lambda: history.reject("a", "c", now, by="Ida"), "'a' and 'c' are one person now; split them"),
        (lambda: history.undo(0, by="Ida"), "there is no decision 0"),
    ):
        with pytest.raises(InputError, match=message):
            act()
    assert history.events == []
    history.merge("a", "d", now, by="Ida")
    history.undo(0, by="Ida")
    with pytest.raises(InputError, match="decision 0 is undone already; undo its undoing to have it back"):
        history.undo(0, by="Ida")


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_nothing_is_lost_and_undoing_everything_ends_where_it_began(data: st.DataObject) -> None:
    history = History()
    start = history.persons(RECORDS, PROOFS)
    for _ in range(data.draw(st.integers(1, 12))):
        now = history.persons(RECORDS, PROOFS)
        before = len(history.events)
        _decide(data, history, now)
        after = history.persons(RECORDS, PROOFS)
        assert set(after.person_of) == set(RECORDS)  # no record is lost
        assert sorted(r for person in set(after.person_of.values()) for r in after.records_of(person)) == RECORDS
        if len(history.events) > before:
            last = history.events[-1]
            _holds(history, last, after)
            history.undo(last.number, by="Ida")
            assert history.persons(RECORDS, PROOFS) == now  # one step back is where it was
            history.undo(len(history.events) - 1, by="Ida")
            assert history.persons(RECORDS, PROOFS) == after  # and forward again
    copy = History.from_rows(history.to_rows())
    assert copy == history and copy.persons(RECORDS, PROOFS) == history.persons(RECORDS, PROOFS)
    for event in list(history.events):
        if event.kind != "undo" and event.number not in history.undone():
            history.undo(event.number, by="Ida")
    assert history.persons(RECORDS, PROOFS) == start
    assert len(history.events) >= len(copy.events)  # the log only grows


def _decide(data: st.DataObject, history: History, now: object) -> None:
    kind = data.draw(st.sampled_from(["merge", "confirm", "split", "reject", "undo"]))
    left, right = data.draw(st.sampled_from(RECORDS)), data.draw(st.sampled_from(RECORDS))
    try:
        if kind == "merge":
            history.merge(left, right, now, by="Ida")  # type: ignore[arg-type]
        elif kind == "confirm":
            history.confirm(left, right, now, by="Ida", probability=0.9)  # type: ignore[arg-type]
        elif kind == "split":
            history.split({left, right}, now, by="Ida")  # type: ignore[arg-type]
        elif kind == "reject":
            history.reject(left, right, now, by="Ida")  # type: ignore[arg-type]
        elif history.events:
            history.undo(data.draw(st.integers(0, len(history.events) - 1)), by="Ida")
    except InputError:
        return


def _holds(history: History, event: object, after: object) -> None:
    kind, left, right = event.kind, event.left, event.right  # type: ignore[attr-defined]
    if kind in ("merge", "confirm"):
        assert after.same(left[0], right[0])  # type: ignore[attr-defined]
    if kind in ("split", "reject"):
        assert not any(after.same(a, b) for a in left for b in right)  # type: ignore[attr-defined]
    if kind == "split":
        assert len({after.person_of[record] for record in left}) == 1  # type: ignore[attr-defined]
        assert len({after.person_of[record] for record in right}) == 1  # type: ignore[attr-defined]


def test_a_log_with_a_hole_is_refused() -> None:
    history = History()
    history.merge("a", "d", history.persons(RECORDS, PROOFS), by="Ida")
    rows = [*history.to_rows(), {**history.to_rows()[0], "number": 2}]
    with pytest.raises(InputError, match="row 1 is no decision 1; give the whole log in order"):
        History.from_rows(rows)


def facts_of(**tables: list[dict[str, object]]) -> Facts:
    return Facts.from_arrow(
        Firm(),
        {
            name: pa.Table.from_pylist(rows, schema=pa.schema([f.with_nullable(True) for f in TABLES[name].arrow]))
            for name, rows in tables.items()
        },
    )


def test_identify_follows_the_decisions_and_keeps_every_fact() -> None:
    handles = [
        {"customer_id": "a", "kind": "email", "value": "x@y.ch"},
        {"customer_id": "b", "kind": "email", "value": "x@y.ch"},
        {"customer_id": "c", "kind": "account", "value": "@hex", "channel": "forum"},
        {"customer_id": "d", "kind": "email", "value": "d@y.ch"},
    ]
    message = {"message_id": "m1", "at": NOON, "text": "hello", "author": "hex", "channel": "forum"}

    def facts() -> Facts:
        return facts_of(handles=handles, messages=[message])

    def persons(history: History | None) -> dict[str, str]:
        known = identify(facts(), history)
        assert known.facts.arrow("handles").num_rows == 4 and known.facts.arrow("messages").num_rows == 1
        return dict(zip(known.links["given_id"].to_pylist(), known.links["customer_id"].to_pylist(), strict=True))

    start = {"a": "a", "b": "a", "c": "c", "d": "d"}
    assert persons(None) == persons(History()) == start
    history = History()
    now = history.persons("abcd", [("a", "b")])
    history.split(["b"], now, by="Ida")
    assert persons(history) == {"a": "a", "b": "b", "c": "c", "d": "d"}
    history.merge("b", "c", history.persons("abcd", [("a", "b")]), by="Ida")
    assert persons(history) == {"a": "a", "b": "b", "c": "b", "d": "d"}
    assert identify(facts(), history).facts.arrow("messages")["customer_id"].to_pylist() == ["b"]
    history.undo(1, by="Ida")
    history.undo(0, by="Ida")
    assert persons(history) == start


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_confirming_many_at_once_is_confirming_them_one_by_one(data: st.DataObject) -> None:
    history = History()
    for _ in range(data.draw(st.integers(0, 5))):
        _decide(data, history, history.persons(RECORDS, PROOFS))
    pairs = data.draw(st.lists(st.tuples(*[st.sampled_from(RECORDS)] * 2), max_size=8))
    proposed = links(*((a, b, round(0.99 - place / 100, 2)) for place, (a, b) in enumerate(pairs)))
    one_by_one = History(list(history.events))
    if proposed.num_rows:
        history.confirm_above(proposed, 0.5, history.persons(RECORDS, PROOFS), PROOFS, by="Ida", at=NOON)
    for link in proposed.to_pylist():
        now = one_by_one.persons(RECORDS, PROOFS)
        for wanted in one_by_one.proposals(links((link["left_id"], link["right_id"], link["probability"])), now):
            sides = wanted["left_id"], wanted["right_id"]
            said = "all links of at least 0.5"
            one_by_one.confirm(*sides, now, by="Ida", probability=wanted["probability"], why=said, at=NOON)
    assert one_by_one.events == history.events
