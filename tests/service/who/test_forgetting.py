"""After an erasure no byte of the person is in a link or a decision, and whom they held together stays together."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from service.erasing import someone
from service.who import people_here as here

if TYPE_CHECKING:
    from service.conftest import Service


def erased(customer_id: str) -> None:
    from goodwill.service import erasing, jobs

    erasing.erase(customer_id, "the customer")
    worker = jobs.Worker("test worker", beats=False)
    while worker.once():
        pass


def test_links_go_and_decisions_keep_tombstones(service: Service) -> None:
    from goodwill.service import who
    from goodwill.service.store.models import Decision, Job, Link

    one, other = "kunde-7731", "kunde-7732"
    people = (one, other, "kunde-9001", "kunde-9002")
    names = ("Björn Quellwasser", "B. Quellwasser", "Anna Meyer", "A. Meyer")
    here.put("people", *({"customer_id": each, "name": name} for each, name in zip(people, names, strict=True)))
    here.put("purchases", *(here.bought(f"p{each}", each, number) for number, each in enumerate(people)))
    here.link(one, "kunde-9001"), here.link("kunde-9001", "kunde-9002", 0.8)
    who.merge(one, other, by="Ida", why="Quellwasser said so on the phone")
    who.merge(one, "kunde-9001", by="Ida")
    who.merge(one, "kunde-9002", by="Ida")  # 9001 and 9002 are one person by nothing but this one
    who.split([one, other], by="Ida", why="Björn is somebody else")
    persons = who.persons(people)
    assert persons.same("kunde-9001", "kunde-9002") and not persons.same(one, "kunde-9001")

    erased(one)

    rows = list(Decision.objects.order_by("number").values())
    text = json.dumps([rows, list(Link.objects.values()), list(Job.objects.values())], default=str, ensure_ascii=False)
    needles = (one, other, "Quellwasser", "Björn")
    assert not [needle for needle in needles if needle in text]
    everywhere = someone.dumped(service).items()
    assert not [(name, needle) for name, content in everywhere for needle in needles if needle.encode() in content]
    assert [row["number"] for row in rows] == list(range(len(rows))) and len(rows) >= 4
    assert {each[:7] for row in rows[:1] for each in (*row["left"], *row["right"])} == {"erased|"}
    after = who.persons(["kunde-9001"])
    assert after.same("kunde-9001", "kunde-9002")
    assert [(row.a, row.b) for row in Link.objects.all()] == [("kunde-9001", "kunde-9002")]
    assert len(who.history().events) == len(rows)
    here.put("people", {"customer_id": one, "name": "Björn Quellwasser 31"})
    assert who.of_customer("kunde-9001")["records"][0]["id"] == "kunde-9001"
    who.undo(3, by="Ida")  # what names the erased alone has no effect any more, and harms nobody
    assert who.persons(["kunde-9001"]).same("kunde-9001", "kunde-9002")
    assert not [person for person in here.stands()["person"].values() if person.startswith("erased")]
