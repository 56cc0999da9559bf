"""What agent programs propose waits for a person, who may change it; accepted, it is that person's own deed."""

from __future__ import annotations

from typing import Any

import pytest

from service.pages2 import office

pytestmark = pytest.mark.parametrize("service", ["sqlite"], indirect=True)


def waiting(kind: str, message_id: str) -> Any:
    from goodwill.service.store.models import Proposal

    return Proposal.objects.get(kind=kind, message_id=message_id, state="waiting")


def test_an_answer_is_accepted_in_the_persons_own_words(service: Any) -> None:
    from goodwill.service import intake
    from goodwill.service.store.models import FACTS, Audit, Case, Deed

    office.proposals()
    ben = service.colleague("ben@firm.example", "agent", name="Ben Osei")
    client = service.client(ben)
    page = client.get("/proposals").content.decode()
    assert "Proposals: 4" in page and "It is on its way" in page and "The carrier has it." in page
    assert "The parcel is &lt;b&gt;late&lt;/b&gt;" in page
    one = waiting("answer", "mail:1")
    client.post("/proposals/settle", {"proposal": one.pk, "act": "accept", "text": "It comes tomorrow."})
    intake.drain()
    one.refresh_from_db()
    assert (one.state, one.settled_by) == ("accepted", ben)
    assert one.what["text"] == "It is on its way; here is the number.", "what was proposed stays as it was"
    assert Case.objects.get(message_id="mail:1").state == "answered"
    deed = Deed.objects.get()
    assert (deed.kind, deed.text, deed.by) == ("answer", "It comes tomorrow.", ben)
    assert FACTS["actions"].objects.get().staff == "Ben Osei"
    assert Audit.objects.filter(act="accepted a proposal", what__contains="of helper: answer mail:1").exists()
    again = client.post("/proposals/settle", {"proposal": one.pk, "act": "accept"})
    assert again.status_code == 409 and "Ben Osei accepted it already" in again.content.decode()
    assert Deed.objects.count() == 1


def test_thanks_and_a_correction(service: Any) -> None:
    from goodwill.service.store.models import Case, Reading

    office.proposals()
    client = service.client(service.colleague("ben@firm.example", "agent"))
    client.post("/proposals/settle", {"proposal": waiting("thanks", "mail:2").pk, "act": "accept"})
    client.post("/proposals/settle", {"proposal": waiting("correction", "mail:1").pk, "act": "accept"})
    assert Case.objects.get(message_id="mail:2").state == "answered"
    read = Reading.objects.get(message_id="mail:1")
    assert (read.mood, read.corrected, read.review) == ("negative", True, False)


def test_declined_nothing_happens(service: Any) -> None:
    from goodwill.service.store.models import Case, Deed, Proposal

    office.proposals()
    client = service.client(service.colleague("ben@firm.example", "agent"))
    one = waiting("answer", "mail:1")
    client.post("/proposals/settle", {"proposal": one.pk, "act": "decline"})
    assert Proposal.objects.get(pk=one.pk).state == "declined"
    assert not Deed.objects.exists() and Case.objects.get(message_id="mail:1").state == "open"
    assert "declined by" in client.get("/proposals").content.decode()


def test_what_cannot_be_done_says_why_and_keeps_the_words(service: Any) -> None:
    office.proposals()
    client = service.client(service.colleague("ben@firm.example", "agent"))
    gone = client.post(
        "/proposals/settle", {"proposal": waiting("answer", "gone:1").pk, "act": "accept", "text": "My own words"}
    )
    assert gone.status_code == 422
    assert "no case is called &#x27;gone:1&#x27;" in gone.content.decode() and "My own words" in gone.content.decode()
    assert waiting("answer", "gone:1")
    assert client.post("/proposals/settle", {"proposal": "x", "act": "accept"}).status_code == 422


def test_a_case_that_was_answered_meanwhile_is_not_answered_twice_unaware(service: Any) -> None:
    from goodwill.service import deeds
    from goodwill.service.store.models import Deed

    office.proposals()
    ben = service.colleague("ben@firm.example", "agent", name="Ben Osei")
    deeds.do("answer", service.colleague(name="Anna Keller"), message_id="mail:1", text="I did.")
    client = service.client(ben)
    one = waiting("answer", "mail:1")
    refused = client.post("/proposals/settle", {"proposal": one.pk, "act": "accept", "text": "Mine too"})
    page = refused.content.decode()
    assert refused.status_code == 409 and "Anna Keller already answered this" in page
    assert "Record it all the same" in page
    client.post("/proposals/settle", {"proposal": one.pk, "act": "accept", "text": "Mine too", "again": "1"})
    assert Deed.objects.filter(kind="answer").count() == 2
