"""What a source removed stays removed when it comes again; what it edits anew comes back; who may change what."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from goodwill.errors import SourceError
from service.sources.conftest import drain
from service.sources.kinds import said

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from service.conftest import Service

SECRET = "a secret of twenty letters"


def refused(name: str) -> list[tuple[str, int]]:
    from goodwill.service.intake import refusals

    return [(one.what, one.times) for one in refusals.of(name)]


def put(table: str, *rows: dict[str, Any], source: str) -> Any:
    from goodwill.service import intake

    return intake.store_rows(table, list(rows), source=source, by="test")


def heard_again(name: str, **parts: Any) -> None:
    """What a source says, kept as the service keeps it."""
    from goodwill.listen.sources import Heard
    from goodwill.service.sources import keeping

    keeping.deliver(name, Heard(**parts))
    drain()


def texts(name: str) -> dict[str, str]:
    from goodwill.service.store.models import FACTS

    return dict(FACTS["messages"].objects.filter(fact_source=name).values_list("fact_key", "text"))


@pytest.fixture
def forum(heard: Callable[..., Any]) -> Any:
    return heard("signed", "forum", {"secret": SECRET})


def test_what_a_source_removed_does_not_come_back_by_itself(forum: Any) -> None:
    from goodwill.service.store.models import Batch, Raw, Removal, Unread

    rows = [said("forum", number) for number in (1, 2, 3)]
    heard_again("forum", facts={"messages": rows[:2]})
    heard_again("forum", removed={"messages": ["forum:1", "forum:3"]})
    assert list(texts("forum")) == ["forum:2"]
    heard_again("forum", facts={"messages": rows})
    assert list(texts("forum")) == ["forum:2"]
    last = Batch.objects.latest("pk")
    assert (last.left_out, last.stored) == (2, 0) and not Raw.objects.filter(batch=last).exists()
    assert refused("forum") == [("2 messages came again and were left out: their source had removed them before", 1)]
    assert not Unread.objects.exists()  # nobody is to mend it, and its words are kept nowhere
    assert not [one for one in Removal.objects.values_list("digest", flat=True) if "forum" in one]


def test_a_newer_edit_publishes_it_again(forum: Any) -> None:
    from goodwill.service.store.models import Removal

    heard_again("forum", facts={"messages": [said("forum", 1)]})
    heard_again("forum", removed={"messages": ["forum:1"]})
    heard_again("forum", edited={"messages": [said("forum", 1, text="said anew")]})
    assert texts("forum") == {"forum:1": "said anew"} and not Removal.objects.exists()
    heard_again("forum", facts={"messages": [said("forum", 1)]})
    assert list(texts("forum")) == ["forum:1"]


def test_another_source_may_bring_what_this_one_removed(forum: Any, heard: Callable[..., Any]) -> None:
    heard("signed", "other", {"secret": SECRET})
    heard_again("forum", facts={"messages": [said("forum", 1)]})
    heard_again("forum", removed={"messages": ["forum:1"]})
    heard_again("other", facts={"messages": [said("forum", 1)]})
    assert list(texts("other")) == ["forum:1"]


def test_one_row_at_a_time_it_is_left_out_too(forum: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import IntegrityError

    heard_again("forum", facts={"messages": [said("forum", 1)]})
    heard_again("forum", removed={"messages": ["forum:1"]})

    def refuses(_batches: Any) -> Any:
        raise IntegrityError("no")

    monkeypatch.setattr(sys.modules["goodwill.service.intake.drain"], "_drain", refuses)
    heard_again("forum", facts={"messages": [said("forum", 1), said("forum", 2)]})
    assert list(texts("forum")) == ["forum:2"]


def test_a_source_that_was_deleted_with_its_facts_begins_anew(forum: Any, heard: Callable[..., Any]) -> None:
    from goodwill.service.sources import connect, forgetting
    from goodwill.service.store.models import Refusal, Removal

    heard_again("forum", facts={"messages": [said("forum", 1), said("forum", 2)]})
    heard_again("forum", removed={"messages": ["forum:1"]})
    heard_again("forum", facts={"messages": [said("forum", 1)]})
    connect.delete("forum", with_facts=True, by="test")
    assert not Refusal.objects.exists()

    def tell(_said: str, _done: float) -> None:
        drain()

    forgetting.forget_source(tell, "forum", "test")
    from goodwill.service.store.models import Job

    Job.objects.all().delete()
    assert not Removal.objects.exists()
    heard("signed", "forum", {"secret": SECRET})
    heard_again("forum", facts={"messages": [said("forum", 1), said("forum", 2)]})
    assert sorted(texts("forum")) == ["forum:1", "forum:2"]


# --- who may change what ----------------------------------------------------------------------------------------------


@pytest.fixture
def old_orders(service: Service, tmp_path: Path) -> Path:
    """Orders of before the shop was connected, brought as a file."""
    rows = ["purchase_id,customer_id,at,amount"] + [f"o{n},c{n},2026-05-0{n}T10:00:00Z,{n}0.00" for n in (1, 2, 3)]
    file = tmp_path / "purchases.csv"
    file.write_text("\n".join(rows) + "\n")
    bring(file)
    return file


def bring(file: Path) -> Any:
    from goodwill.service import imports, live

    one = imports.begin(file, source="file orders", by="test")

    def drive() -> None:
        drain(1)

    imports.work(one, live.firm(), lambda _step, _done: None, drive=drive)
    one.refresh_from_db()
    return one


def paid(key: str) -> Any:
    from goodwill.service.store.models import FACTS

    found = FACTS["purchases"].objects.filter(fact_key=key).values_list("amount", "fact_source").first()
    return None if found is None else (float(found[0]), found[1])


def test_an_order_of_an_import_is_its_own_until_a_person_says_otherwise(
    service: Service, heard: Callable[..., Any], old_orders: Path
) -> None:
    from goodwill.service.sources import connect
    from goodwill.service.store.models import Audit, Unread

    shop = heard("signed", "shop", {"secret": SECRET})
    newer = {"purchase_id": "o1", "customer_id": "c1", "at": "2026-05-01T10:00:00Z", "amount": "7.00"}
    heard_again("shop", edited={"purchases": [newer]}, removed={"purchases": ["o2"]})
    assert (paid("o1"), paid("o2")) == ((10.0, "file orders"), (20.0, "file orders"))
    assert [one.reason for one in Unread.objects.order_by("pk")] == [
        "the fact came from 'file orders', which alone may change it"
    ] * 2
    assert "also owns what came from there" in Unread.objects.first().mend  # type: ignore[union-attr]

    turn = shop.source.turn
    connect.own("shop", ["file orders"], by="anna@firm.example")
    assert shop.source.turn == turn + 1
    told = Audit.objects.filter(act="let a source own").values_list("who", "what").get()
    assert told == ("anna@firm.example", "shop: also what came from 'file orders'")
    heard_again("shop", edited={"purchases": [newer]}, removed={"purchases": ["o2"]})
    assert (paid("o1"), paid("o2"), paid("o3")) == ((7.0, "shop"), None, (30.0, "file orders"))
    one = bring(old_orders)  # the file once more: what the shop removed since stays away
    assert paid("o2") is None
    assert list(one.rejects.values_list("reason", flat=True)) == [
        "1 purchases came again and were left out: their source had removed them before"
    ]
    connect.own("shop", [], by="test")
    heard_again("shop", removed={"purchases": ["o3"]})
    assert paid("o3") == (30.0, "file orders")


def test_what_cannot_be_taken_over_is_named(heard: Callable[..., Any], old_orders: Path) -> None:
    from goodwill.service.sources import connect

    heard("signed", "shop", {"secret": SECRET})
    for other, message in [
        ("shop", "'shop' cannot be taken over"),
        ("goodwill", "'goodwill' cannot be taken over"),
        ("file of dreams", "nothing came from 'file of dreams'; there are file orders"),
    ]:
        with pytest.raises(SourceError, match=message):
            connect.own("shop", [other], by="test")
    assert connect.may_own("shop") == ["file orders"]


# --- an answer that is taken back -------------------------------------------------------------------------------------


def case(key: str) -> Any:
    from goodwill.service.store.models import Case

    return Case.objects.get(message_id=key)


def answer(number: int, **more: Any) -> dict[str, Any]:
    from datetime import UTC, datetime

    row = {"action_id": f"forum:a{number}", "at": datetime.now(UTC).isoformat(), "kind": "reply", "channel": "forum"}
    return row | more


def test_a_case_whose_answer_is_removed_opens_again(forum: Any) -> None:
    heard_again("forum", facts={"messages": [said("forum", 1), said("forum", 2)]})
    heard_again("forum", facts={"actions": [answer(1, message_id="forum:1"), answer(2, message_id="forum:1")]})
    assert case("forum:1").state == "answered"
    heard_again("forum", removed={"actions": ["forum:a1"]})
    assert case("forum:1").state == "answered"  # the other answer stands
    heard_again("forum", removed={"actions": ["forum:a2"]})
    now = case("forum:1")
    assert (now.state, now.answered_at) == ("open", None) and now.place is not None
    assert "forum:1" in [row["message_id"] for row in forum.now()]


def test_an_answer_to_the_customer_alone_is_taken_back_too(forum: Any) -> None:
    heard_again("forum", facts={"messages": [said("forum", 1, customer_id="c1"), said("forum", 2, customer_id="c2")]})
    heard_again("forum", facts={"actions": [answer(1, customer_id="c1")]})
    assert (case("forum:1").state, case("forum:2").state) == ("answered", "open")
    heard_again("forum", removed={"actions": ["forum:a1"]})
    assert case("forum:1").state == "open"


def test_what_a_person_closed_stays_closed(forum: Any) -> None:
    from goodwill.service.store.models import Case

    heard_again("forum", facts={"messages": [said("forum", 1)]})
    heard_again("forum", facts={"actions": [answer(1, message_id="forum:1")]})
    Case.objects.filter(message_id="forum:1").update(state=Case.RESOLVED)
    heard_again("forum", removed={"actions": ["forum:a1"]})
    assert case("forum:1").state == "resolved"


# --- why it was refused -----------------------------------------------------------------------------------------------


def test_the_last_fifty_refusals_are_kept_the_same_in_a_row_as_one(service: Service) -> None:
    from goodwill.service.intake import refusals
    from goodwill.service.store.models import Refusal

    for number in range(60):
        for _ in range(2):
            refusals.note("forum", SourceError(f"refusal {number} of anna@home.example", where="there", mend="do this"))
    refusals.note("shop", KeyError("anna@home.example"))
    kept = refusals.of("forum")
    assert len(kept) == 50 and Refusal.objects.count() == 51
    assert (kept[0].what, kept[0].where, kept[0].mend, kept[0].times) == (
        "refusal 59 of [email]", "there", "do this", 2,
    )  # fmt: skip
    assert refused("shop") == [("an error of goodwill’s own: KeyError", 1)]


def test_a_webhook_and_a_pull_that_fail_keep_their_reasons(
    heard: Callable[..., Any], invented: Callable[[Any], Any]
) -> None:
    from goodwill.listen.sources import Kind, Settings
    from goodwill.service.sources import pulling, webhooks

    forum = heard("signed", "forum", {"secret": SECRET})
    assert forum.send(json.dumps({}).encode(), {}).status_code == 401
    webhooks._noted.clear()
    from goodwill.service.store.models import Source

    Source.objects.update(last_refused=None)
    assert forum.send(b"{}", {"X-Goodwill-Signature": "t=1,v1=00"}).status_code == 401
    assert len(refused("forum")) >= 1

    def pull(place: Any, cursor: Any) -> Any:
        raise SourceError("it is away", where="there", mend="wait")
        yield

    invented(Kind("away", "Away", "", "", Settings, "", pull=pull))
    heard("away", "far")
    for _ in range(3):
        pulling.pull("far")
    assert refused("far") == [("it is away", 3)]
