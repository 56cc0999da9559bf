"""Rows of erased people are left out of an import and counted, unnamed; an undo gives cases the state that they had."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from service.imports.test_imports import drain, facts, said, take_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PEOPLE = "customer_id,name,email\nann,Ann Archer,ann@x.example\nbob,Bob Stone,bob@x.example\n"


def file(tmp_path: Path) -> Callable[[str, str], Path]:
    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_erased_people_who_come_again_are_counted_as_left_out_and_not_named(service: Any, tmp_path: Path) -> None:
    from goodwill.service import erasing, imports
    from goodwill.service.imports.job import said_of
    from service.erasing import someone as firm

    write = file(tmp_path)
    take_in(write("people.csv", PEOPLE))
    erasing.erase("ann", "ann")
    firm.work()
    again = take_in(write("people.csv", PEOPLE + "cleo,Cleo Frost,cleo@x.example\n"))
    assert facts("people", "fact_key") == ["bob", "cleo"]
    now = imports.progress(again)
    # Ann, and her address: a row of people each, and one of handles.
    assert (now.rows, now.stored, now.left_out) == (6, 2, 2)
    told = said_of(again)
    assert "; 2 new; 2 left out: of people who were erased" in told
    page = service.client(service.colleague()).get("/sources").content.decode()
    assert "2 left out: of people who were erased" in page
    assert not any("Archer" in words or "ann@x" in words for words in (told, page))


def answered(*messages: str) -> str:
    now = datetime.now(UTC).isoformat()
    return "action_id,message_id,at,kind\n" + "".join(f"act-{one},{one},{now},reply\n" for one in messages)


def states() -> dict[str, str]:
    from goodwill.service.store.models import Case

    return dict(Case.objects.order_by("message_id").values_list("message_id", "state"))


def test_undone_answers_leave_their_cases_as_they_were(service: Any, tmp_path: Path) -> None:
    from goodwill.service import imports, live
    from goodwill.service.deeds.answer import answer
    from goodwill.service.deeds.close import close
    from goodwill.service.store.models import Case

    write, anna = file(tmp_path), service.colleague()
    take_in(write("messages.csv", said(4)))
    assert set(states().values()) == {"open"}
    one = take_in(write("actions.csv", answered("forum:0", "forum:1", "forum:2")))
    live.rerank()
    assert states() == {f"forum:{n}": "answered" for n in range(3)} | {"forum:3": "open"}
    answer(anna, "forum:1", "We mended it.", again=True)  # what a person did since holds
    close(anna, "forum:2", again=True)
    drain()
    done = imports.undo(one, by="x")
    assert done.reopened == 1 and "; 1 case they had answered is open again" in done.said
    assert states() == {"forum:0": "open", "forum:1": "answered", "forum:2": "resolved", "forum:3": "open"}
    assert Case.objects.get(pk="forum:0").place is not None and Case.objects.get(pk="forum:0").answered_at is None
    live.rerank()
    assert states()["forum:0"] == "open"


def test_answers_of_two_imports_are_undone_one_by_one(service: Any, tmp_path: Path) -> None:
    from goodwill.service import imports, live

    write = file(tmp_path)
    take_in(write("messages.csv", said(1)))
    first = take_in(write("one.csv", answered("forum:0")))
    second = take_in(write("two.csv", answered("forum:0").replace("act-", "other-")))
    live.rerank()
    assert states() == {"forum:0": "answered"}
    assert imports.undo(first, by="x").reopened == 0 and states() == {"forum:0": "answered"}
    assert imports.undo(second, by="x").reopened == 1 and states() == {"forum:0": "open"}


def test_answers_to_surveys_open_and_close_no_case(service: Any, tmp_path: Path) -> None:
    from goodwill.service import imports

    write, now = file(tmp_path), datetime.now(UTC).isoformat()
    take_in(write("messages.csv", said(1)))
    one = take_in(write("responses.csv", f"response_id,customer_id,at,score,comment\nr1,ann,{now},0,Never again\n"))
    assert states() == {"forum:0": "open"}
    imports.undo(one, by="x")
    assert states() == {"forum:0": "open"}
