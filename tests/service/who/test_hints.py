"""A probable link is a hint: it is found, told with its reasons, and nothing rests on it until somebody confirms it."""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING, Any

import pytest

from service.who import people_here as here

if TYPE_CHECKING:
    from service.conftest import Service

GIVEN = (
    *("Anna", "Bruno", "Carla", "Dario", "Elena", "Fabio", "Greta", "Hugo", "Ines", "Jonas"),
    *("Kira", "Luca", "Mara", "Nino", "Olga", "Paul", "Rita", "Sven", "Tina", "Urs"),
)
FAMILY = (
    *("Meyer", "Keller", "Frei", "Graf", "Huber", "Kunz", "Lang", "Moser", "Roth"),
    *("Suter", "Vogel", "Wirth", "Zeller", "Arnold", "Baum", "Cerny", "Dietz", "Egli"),
)

ENDS = ("", "mann", "er", "hofer", "berg", "ski", "son", "etti", "ard", "aud")


def town(persons: int = 600, twins: int = 60) -> list[tuple[str, str]]:
    """Customers of a shop, some of whom wrote by chat under an id of its own; who is who in truth."""
    chance = random.Random(7)
    rows, handles, truth = [], [], []
    for number in range(persons):
        name = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}{chance.choice(ENDS)}"
        # Namesakes there are, and their addresses differ by little.
        mail = f"{name.lower().replace(' ', '.')}{chance.randrange(60, 99)}@{chance.choice(['mail', 'post'])}.example"
        phone = f"+4179{chance.randrange(10**7):07d}"
        rows.append({"customer_id": f"shop-{number:03d}", "name": name, "country": "CH"})
        handles += [here.handle(f"shop-{number:03d}", "email", mail), here.handle(f"shop-{number:03d}", "phone", phone)]
        if number < twins:
            other = f"chat-{number:03d}"
            rows.append({"customer_id": other, "name": name.replace("e", "é", 1), "country": "CH"})
            # Written down by an agent, who was not sure: evidence, and no proof.
            handles.append(here.handle(other, "email", mail.replace(".example", ".exampel"), confidence=0.5))
            handles.append(here.handle(other, "phone", phone, confidence=0.5))
            truth.append((other, f"shop-{number:03d}"))
    here.put("people", *rows)
    here.put("handles", *handles)
    return truth


def proposed() -> set[tuple[str, str]]:
    from goodwill.service.store.models import Link

    return set(Link.objects.filter(state="proposed").values_list("a", "b"))


@pytest.mark.slow
def test_a_search_proposes_with_reasons_and_leaves_alone_what_was_decided(service: Service) -> None:
    from goodwill.service import jobs, who
    from goodwill.service.store.models import Job, Link

    truth = town()
    jobs.add("probable links")
    assert jobs.Worker("test", names=["probable links"], beats=False).once()
    job = Job.objects.get(name="probable links")
    assert job.state == Job.DONE and "links wait for a person" in job.saying, job.error
    found = proposed()
    assert len(found & set(truth)) >= 57 and len(found - set(truth)) <= 3
    rows, following = who.queue(limit=10)
    assert [row["probability"] for row in rows] == sorted((row["probability"] for row in rows), reverse=True)
    assert following is not None
    again, _ = who.queue(limit=500, cursor=following)
    assert len(rows) + len(again) == len(found) and {row["id"] for row in rows}.isdisjoint(row["id"] for row in again)
    told = who.link(rows[0]["id"])
    assert told["reasons"][0]["what"] == "before anything is compared"
    assert sum(one["bits"] for one in told["reasons"]) == pytest.approx(told["bits"], abs=0.01)
    assert {"name", "phone"} <= {one["what"] for one in told["reasons"]}
    assert {told["left"]["id"][:4], told["right"]["id"][:4]} == {"chat", "shop"} and told["left"]["handles"]
    assert [row["id"] for row in who.queue(q=told["left"]["name"])[0]]
    assert who.queue(q="nobody called so")[0] == []

    who.confirm(rows[0]["id"], by="Ida")
    who.reject(rows[1]["id"], by="Ida")
    Link.objects.create(a="shop-100", b="shop-101", probability=0.7, bits=1.2, found=here.NOW)  # from a search before
    who.find()
    assert proposed() == found - {_pair(rows[0]), _pair(rows[1])}
    assert {_pair(row) for row in who.queue("rejected")[0]} == {_pair(rows[1])}
    mine = who.of_customer(rows[1]["left"]["id"])
    assert [link["state"] for link in mine["links"] if link["id"] == rows[1]["id"]] == ["rejected"]
    assert [one["kind"] for one in mine["decisions"]] == ["reject"] and not mine["decisions"][0]["undone"]


def _pair(row: dict[str, Any]) -> tuple[str, str]:
    return row["left"]["id"], row["right"]["id"]


@pytest.mark.slow
def test_whoever_forbids_valuing_is_guessed_at_by_nobody(service: Service) -> None:
    from goodwill.service import who

    truth = town()
    who.find()
    before = proposed()
    (chat, shop), (_, second) = sorted(before & set(truth))[:2]
    here.put("terms", {"customer_id": shop, "at": here.NOW, "refused": ["value me"]})
    told = {_pair(row) for row in who.queue(limit=500)[0]}
    assert (chat, shop) not in told and len(told) < len(before)
    assert all((chat, shop) != (one.left[0], one.right[0]) for one in who.confirm_above(0.999, by="Ida"))
    assert who.of_customer(shop)["links"] == []
    here.put("terms", {"customer_id": second, "at": here.NOW, "refused": ["value me"]})
    who.find()
    assert not [pair for pair in proposed() if shop in pair or second in pair]
    who.merge(chat, shop, by="Ida", why="they said so")  # their own word, or a proof, still makes them one


@pytest.mark.slow
def test_newcomers_are_placed_as_they_come(service: Service) -> None:
    from goodwill.service import jobs, who
    from goodwill.service.store.models import Job
    from goodwill.service.who import newcomers

    town()
    assert newcomers.place() == 0 and not Job.objects.filter(name=newcomers.JOB).exists()  # nobody has searched yet
    who.find()
    before = proposed()
    known = who.of_customer("shop-120")["records"][0]
    phone = next(one["value"] for one in known["handles"] if one["kind"] == "phone")
    worker = jobs.Worker("test", names=[newcomers.JOB], beats=False)
    here.put("people", {"customer_id": "forum-1", "name": known["name"], "country": "CH"})
    here.put("handles", here.handle("forum-1", "phone", phone, confidence=0.6))
    assert Job.objects.filter(name=newcomers.JOB, state=Job.WAITING).count() == 1
    assert worker.once()
    assert proposed() - before == {("forum-1", "shop-120")}
    here.put("people", {"customer_id": "forum-2", "name": known["name"], "country": "CH"})
    here.put("handles", here.handle("forum-2", "phone", phone, confidence=0.6))
    here.put("terms", {"customer_id": "forum-3", "at": here.NOW, "refused": ["value me"]})
    here.put("people", {"customer_id": "forum-3", "name": known["name"], "country": "CH"})
    started = time.perf_counter()
    assert worker.once() and not worker.once()
    print(f"two newcomers placed in {time.perf_counter() - started:.3f} s")
    assert {pair for pair in proposed() - before if "forum-2" in pair}
    assert not [pair for pair in proposed() if "forum-3" in pair]
    assert Job.objects.get(name=newcomers.JOB, pk=Job.objects.filter(name=newcomers.JOB).latest("pk").pk).error == ""


def test_too_few_to_compare_is_no_error(service: Service) -> None:
    from goodwill.service import who

    assert who.find().links == 0
    here.put("people", {"customer_id": "a", "name": "Anna Meyer"})
    found = who.find()
    assert found.links == 0 and found.notes
    assert who.queue() == ([], None) and who.link(1) is None


# --- nothing rests on it ----------------------------------------------------------------------------------------------


def test_no_sum_and_no_answer_rests_on_a_proposed_link(service: Service) -> None:
    from goodwill.service import holdings, live, who

    here.fill()
    live.revalue()
    before = _all_that_is_said(service)
    ids = [here.link("a", "f", 0.999), here.link("d", "f", 0.95)]
    live.revalue()
    live.rerank()
    assert _all_that_is_said(service) == before
    told = json.dumps(list(holdings.everything("f")["links"]))
    assert "probable" in told and "NameA" not in told  # the customer sees that there is a hint, and not who else it is
    who.confirm(ids[0], by="Ida")
    live.revalue()
    assert _all_that_is_said(service) != before


def _all_that_is_said(service: Service) -> Any:
    """Sums, places in Now, whose each handle and message is (by that the till and replies go), what each page says."""
    from goodwill.service import live
    from goodwill.service.store.models import Case, Line, Tie, Worth

    sums = ("customer_id", "worth", "follows", "passed_on", "spend", "standing", "name")
    customers = [{**live.customer(one), "cases": None} for one in here.PEOPLE]
    for one in customers:
        one["worth"] = {**(one["worth"] or {}), "valuation": None}
    return (
        list(Worth.objects.order_by("customer_id").values_list(*sums)),
        sorted(Line.objects.values_list("customer_id", "counterparty_id", "kind", "amount")),
        sorted(Tie.objects.values_list("owner", "beneficiary", "share")),
        sorted(Case.objects.values_list("message_id", "customer_id", "group", "stake")),
        here.stands()["person"],
        here.stands()["reading"],
        customers,
    )
