"""Edits take the place of facts, removals take all that was made of them; on both databases, in the lake too."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from service.sources.conftest import drain
from service.sources.kinds import said

if TYPE_CHECKING:
    from service.conftest import Service

THANKS = "Thank you so much, it has arrived. Wonderful service!"


def deed(kind: str, *given: Any) -> Any:
    """What a person does."""
    from goodwill.service import deeds

    return deeds.deed(kind)(*given)


def put(table: str, *rows: dict[str, Any], source: str = "forum") -> None:
    from goodwill.service import intake

    intake.store_rows(table, list(rows), source=source, by="test")


def edit(table: str, *rows: dict[str, Any], source: str = "forum", by: str = "source forum") -> None:
    from goodwill.service import intake

    intake.replace_rows(table, list(rows), source=source, by=by)


def remove(table: str, *keys: str, source: str = "forum", by: str = "source forum") -> None:
    from goodwill.service import intake

    intake.remove(table, keys, source=source, by=by)


def fact(key: str, table: str = "messages") -> Any:
    from goodwill.service.store.models import FACTS

    return FACTS[table].objects.filter(fact_key=key).first()


def standing() -> list[str]:
    from goodwill.service import live

    return [row["message_id"] for row in live.now(500)[0]]


def reasons() -> list[str]:
    from goodwill.service.store.models import Unread

    return list(Unread.objects.order_by("pk").values_list("reason", flat=True))


def in_the_lake(service: Service, table: str, *columns: str) -> list[tuple[Any, ...]]:
    if not list((service.home / "lake" / table).glob("month=*/*.parquet")):
        return []
    files = f"{service.home}/lake/{table}/*/*.parquet"
    return duckdb.sql(f"SELECT {', '.join(columns)} FROM read_parquet('{files}') ORDER BY ALL").fetchall()


# --- edits ------------------------------------------------------------------------------------------------------------


def test_an_edit_is_read_again_and_ranked_again(service: Service) -> None:
    from goodwill.service.store.models import Audit, Reading

    put("messages", said("forum", 1, audience=50, rating=1), said("forum", 2))
    drain()
    assert standing()[:1] == ["forum:1"] or "forum:1" in standing()
    assert Reading.objects.get(message_id="forum:1").mood == "negative"
    edit("messages", said("forum", 1, text=THANKS, rating=None))
    drain()
    row = fact("forum:1")
    assert (row.text, row.rating, row.audience) == (THANKS, None, 50)  # emptied where None is said, else as it was
    assert Reading.objects.get(message_id="forum:1").mood == "positive"
    from goodwill.service import live

    [shown] = [one for one in live.now(500)[0] if one["message_id"] == "forum:1"]
    assert (shown["mood"], shown["group"]) == ("positive", "thank")
    assert Audit.objects.filter(act="edited facts").values_list("who", "what").get() == (
        "source forum",
        "1 messages of forum: forum:1",
    )


def test_an_edit_waits_its_turn(service: Service) -> None:
    """Edits, removals and facts that wait together are carried out one after the other."""
    put("messages", said("forum", 1))
    edit("messages", said("forum", 1, text="first edit"))
    edit("messages", said("forum", 1, text="second edit"), said("forum", 2, text="new by its edit"))
    put("messages", said("forum", 3))
    remove("messages", "forum:3", "forum:never")
    put("messages", said("forum", 4))
    remove("messages", "forum:4")
    put("messages", said("forum", 4, text="said again"))
    drain()
    assert [fact(f"forum:{n}") and fact(f"forum:{n}").text for n in (1, 2, 3, 4)] == [
        "second edit", "new by its edit", None, "said again",
    ]  # fmt: skip
    assert reasons() == []


def test_an_edit_drained_again_changes_nothing(service: Service) -> None:
    from goodwill.service.store.models import Audit, Reading

    put("messages", said("forum", 1))
    drain()
    row = said("forum", 1, text="edited")
    edit("messages", row)
    drain()
    before = fact("forum:1").row
    Reading.objects.update(model="as it was")
    edit("messages", row)
    drain()
    assert fact("forum:1").row == before
    assert Reading.objects.get().model == "as it was"
    assert Audit.objects.filter(act="edited facts").count() == 1


def test_other_tables_are_edited_too(service: Service) -> None:
    at = said("forum", 1)["at"]
    put("purchases", {"purchase_id": "shop:1", "customer_id": "c1", "at": at, "amount": "40.00"}, source="shop")
    edit("purchases", {"purchase_id": "shop:1", "email": "kim@x.example", "at": at, "amount": "35.50"}, source="shop")
    drain()
    row = fact("shop:1", "purchases")
    assert (str(row.amount), row.customer_id, reasons()) == ("35.50", "email:kim@x.example", [])
    assert fact("email:kim@x.example\x1femail\x1fkim@x.example\x1f", "handles").fact_source == "shop"


def test_only_the_source_itself_or_a_person_may_change_a_fact(service: Service) -> None:
    put("messages", said("forum", 1), said("forum", 2))
    put("messages", said("goodwill", 3), source="goodwill")
    edit("messages", said("forum", 1, text="not yours"), source="stranger")
    remove("messages", "forum:2", source="stranger")
    edit("messages", said("goodwill", 3, text="what a person wrote"), source="stranger")
    drain()
    assert (fact("forum:1").text, fact("forum:2") is None) == (said("forum", 1)["text"], False)
    assert fact("goodwill:3").text == "what a person wrote"
    assert reasons() == ["the fact came from 'forum', which alone may change it"] * 2
    edit("messages", said("forum", 1, text="by hand"), source="goodwill", by="anna@firm.example")
    remove("messages", "forum:2", source="goodwill", by="anna@firm.example")
    drain()
    assert (fact("forum:1").text, fact("forum:2")) == ("by hand", None)


def test_what_is_replayed_from_the_list_stays_an_edit(service: Service) -> None:
    from goodwill.service import intake
    from goodwill.service.store.models import FACTS, Unread

    put("messages", said("forum", 1))
    edit("messages", said("forum", 1, text="later"), source="stranger")
    drain()
    FACTS["messages"].objects.update(fact_source="stranger")
    intake.replay(Unread.objects.values_list("pk", flat=True))
    drain()
    assert fact("forum:1").text == "later"


def test_what_a_person_corrected_outlives_an_edit(service: Service) -> None:
    from goodwill.service.store.models import Reading

    anna = service.colleague()
    put("people", {"customer_id": "c1", "name": "Kim"}, source="shop")
    put("messages", said("forum", 1), said("forum", 2))
    drain()
    deed("correct", anna, "readings", "forum:1", "mood", "neutral")
    deed("correct", anna, "messages", "forum:2", "customer_id", "c1")
    drain()
    edit("messages", said("forum", 1, text=THANKS), said("forum", 2, text=THANKS, customer_id="c9"))
    drain()
    first, second = Reading.objects.order_by("message_id")
    assert (first.mood, first.corrected) == ("neutral", True)
    assert (second.mood, second.customer_id, fact("forum:2").customer_id) == ("positive", "c1", "c1")


def test_an_edit_that_cannot_be_is_refused_at_the_door(service: Service) -> None:
    from goodwill.service import intake

    with pytest.raises(intake.Refused, match=r"row 1, at: .*"):
        edit("messages", {"message_id": "forum:1", "at": "soon", "text": "?"})
    with pytest.raises(intake.Refused, match="no table of facts is called 'mesages'; did you mean 'messages'"):
        edit("mesages", {})
    with pytest.raises(intake.Refused, match="key 2: this is no key of a fact"):
        remove("messages", "forum:1", "")
    with pytest.raises(intake.Refused, match="there is no key in it"):
        remove("messages")


# --- removals ---------------------------------------------------------------------------------------------------------


def test_a_removal_takes_all_that_was_made_of_a_message(service: Service) -> None:
    from goodwill.service.store.models import FACTS, Audit, Batch, Case, Deed, Raw, Reading

    anna = service.colleague()
    put("messages", said("forum", 1, customer_id="c1"), said("forum", 2, customer_id="c1"))
    drain()
    deed("take", anna, "forum:1")
    deed("correct", anna, "readings", "forum:1", "mood", "neutral")
    drain()
    asked = Batch.objects.filter(table="messages").get()
    remove("messages", "forum:1")
    drain()
    assert fact("forum:1") is None
    assert standing() == ["forum:2"]
    for model in (Case, Reading):
        assert list(model.objects.values_list("message_id", flat=True)) == ["forum:2"]
    assert not FACTS["corrections"].objects.exists()
    assert not Raw.objects.filter(batch=asked).exists()  # the bytes in which it came
    assert set(Deed.objects.values_list("kind", flat=True)) == {"take", "correct"}  # what Anna did is hers
    assert Audit.objects.filter(act="removed facts").values_list("who", "what").get() == (
        "source forum",
        "1 messages of forum: forum:1",
    )


def test_a_removal_takes_what_could_not_be_read(service: Service) -> None:
    from goodwill.service import intake
    from goodwill.service.intake.accept import keep_unchecked

    keep_unchecked("messages", [{"message_id": "forum:7", "at": "soon", "text": "private"}], source="forum", by="test")
    drain()
    assert len(reasons()) == 1
    remove("messages", "forum:77")
    drain()
    assert len(reasons()) == 1
    remove("messages", "forum:7")
    drain()
    assert reasons() == []
    assert intake.backlog() == 0


def test_the_stake_goes_to_what_they_still_say(service: Service) -> None:
    """A sum stands once a person: when the message that bore it is removed, another bears it."""
    from goodwill.service import live
    from service.live.test_now import buyers

    buyers(12)
    put("messages", said("forum", 1, customer_id="c007"), said("forum", 2, customer_id="c007"))
    drain()
    stakes = {row["message_id"]: row["stake"] for row in live.now(500)[0]}
    [bearer] = [one for one, stake in stakes.items() if stake]
    [other] = set(stakes) - {bearer}
    remove("messages", bearer)
    drain()
    [left] = live.now(500)[0]
    assert (left["message_id"], left["stake"] > 0) == (other, True)


# --- the lake ---------------------------------------------------------------------------------------------------------


def test_the_lake_follows_edits_removals_undone_deeds_and_corrections(service: Service) -> None:
    from goodwill.service import live

    anna = service.colleague()
    at = said("forum", 1)["at"]
    put("messages", *(said("forum", n) for n in range(1, 5)))
    put("messages", said("forum", 1, place="Ghent"))  # a second version of it
    put("people", {"customer_id": "c1", "name": "Kim"})
    put("purchases", {"purchase_id": "o1", "customer_id": "c1", "at": at, "amount": "40.00"})
    drain()
    note = deed("answer", anna, "forum:4", "We are sorry.")
    drain()
    live.export_lake()
    assert len(in_the_lake(service, "messages", "message_id")) >= 4
    assert in_the_lake(service, "actions", "kind") == [("reply",)]
    edit("messages", said("forum", 2, text="edited"))
    remove("messages", "forum:1")
    deed("undo", anna, note.pk)
    correction = deed("correct", anna, "people", "c1", "name", "Kim B.")
    deed("correct", anna, "purchases", "o1", "at", (at - timedelta(days=70)).isoformat())
    drain()
    live.export_lake()
    texts = dict(in_the_lake(service, "messages", "message_id", "text"))
    assert set(texts) == {"forum:2", "forum:3", "forum:4"}
    assert len(in_the_lake(service, "messages", "message_id")) == 3
    assert texts["forum:2"] == "edited"
    assert in_the_lake(service, "actions", "kind") == []
    assert in_the_lake(service, "people", "name") == [("Kim B.",)]
    [(found,)] = in_the_lake(service, "purchases", 'epoch("at")')
    assert found == (at - timedelta(days=70)).timestamp()
    [file] = (service.home / "lake" / "purchases").glob("month=*/*.parquet")
    assert file.parent.name == f"month={at - timedelta(days=70):%Y-%m}"
    deed("undo", anna, correction.pk)
    live.export_lake()
    assert in_the_lake(service, "people", "name") == [("Kim",)]
    assert "c1" not in str(in_the_lake(service, "corrections", '"key"'))


def test_the_lake_follows_again_after_a_crash(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    from goodwill.service import live
    from goodwill.service.live import lake_changes
    from goodwill.service.store.models import LakeChange

    put("messages", *(said("forum", n) for n in range(1, 4)))
    drain()
    live.export_lake()
    edit("messages", said("forum", 1, text="edited"))
    remove("messages", "forum:2")
    drain()
    with monkeypatch.context() as patched:
        patched.setattr(lake_changes, "done", lambda changes: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            live.export_lake()
    assert LakeChange.objects.count() == 2
    for _ in range(2):
        live.export_lake()
        assert dict(in_the_lake(service, "messages", "message_id", "text"))["forum:1"] == "edited"
        assert [key for (key,) in in_the_lake(service, "messages", "message_id")] == ["forum:1", "forum:3"]
    assert not LakeChange.objects.exists()


# --- killed with −9 ---------------------------------------------------------------------------------------------------

DRAINS = """
import sys, threading
import goodwill.service
goodwill.service.start()
from goodwill.service.intake import Drainer
print("ready", flush=True)
Drainer().run(threading.Event())
"""


@pytest.mark.slow
def test_edits_and_removals_happen_once_whatever_kills_the_drainer(service: Service) -> None:
    from goodwill.service import intake
    from goodwill.service.store.models import FACTS, Audit, Batch

    number = kills = hits = 0
    while not hits or intake.backlog():
        if not intake.backlog():  # at first, and where a drainer was done before it was killed
            for n in range(number, number + 8):
                put("messages", said("forum", n), said("forum", 1000 + n))
                edit("messages", said("forum", n, text=f"{THANKS} {n}"))
                remove("messages", f"forum:{1000 + n}")
            number += 8
        process = subprocess.Popen(
            [sys.executable, "-c", DRAINS], env=service.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.05 * 4**hits)  # later each time: it must get on, however slow the machine is
        process.kill()
        process.wait()
        process.stdout.close()
        kills += 1
        hits += intake.backlog() > 0
        assert kills < 100
    drain()
    texts = dict(FACTS["messages"].objects.values_list("message_id", "text"))
    assert texts == {f"forum:{n}": f"{THANKS} {n}" for n in range(number)}
    assert not Batch.objects.exclude(state="drained").exists()
    assert Audit.objects.filter(act="edited facts").count() == number
    assert Audit.objects.filter(act="removed facts").count() == number
    from goodwill.service import live
    from goodwill.service.store.models import Case, Reading

    live.rerank()
    assert set(Reading.objects.values_list("message_id", flat=True)) == set(texts)
    assert {one.mood for one in Reading.objects.all()} == {"positive"}
    assert set(Case.objects.values_list("message_id", flat=True)) <= set(texts)
