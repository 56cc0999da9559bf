"""An agent proffers: proof, policy, the record that both keep; and what a malicious one tries."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from goodwill.know.canonical import canonical
from goodwill.know.proffers import sign, stamp
from goodwill.know.records import verify
from servers.letters import taken_by
from service.terms.conftest import PROFFER, Agent, fill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from service.conftest import Service


class Letters:
    """A mail server that keeps what it is given."""

    def __init__(self) -> None:
        self.kept: list[tuple[list[str], str]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.kept.append((envelope.rcpt_tos, envelope.content.decode()))
        return "250 OK"


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> Iterator[Letters]:
    letters = Letters()
    with taken_by(letters) as port:
        monkeypatch.setenv("GOODWILL_SMTP_URL", f"smtp://127.0.0.1:{port}")
        monkeypatch.setenv("GOODWILL_MAIL_FROM", "us@firm.example")
        yield letters


def work() -> None:
    """Does the jobs that ask for a proof, as the worker does."""
    from goodwill.service.store.models import Job
    from goodwill.service.terms.proving import mail_the_code

    for job in Job.objects.filter(name="proof of a proffer", state=Job.WAITING):
        mail_the_code(lambda saying, share: None, **job.arguments)
        job.delete()


def code_in(letters: Letters) -> str:
    return re.search(r"\r?\n    (\S{20,})\r?\n", letters.kept[-1][1])[1]  # type: ignore[index]


def purposes(who: str = "anna") -> list[str]:
    from goodwill.service import terms

    return list(terms.state(who)["purposes"])


def test_a_mailed_code_proves_it_and_both_sides_keep_one_record(agent: Agent, letters: Letters) -> None:
    from goodwill.service import terms
    from goodwill.service.terms.publishing import published

    proffer = agent.made("SD-BASE")
    first = agent.send(proffer)
    assert first.status_code == 202 and first.json()["state"] == "proof wanted", first.content
    assert purposes() == ["answer me", "value me"]
    work()
    assert [to for to, _ in letters.kept] == [["anna@mail.example"]]
    second = agent.send(proffer, code=code_in(letters))
    found = second.json()
    assert second.status_code == 200 and found["state"] == "accepted", second.content
    assert purposes() == ["answer me"]
    (kept,) = terms.records("anna")
    assert kept["record"] == found["record"] and kept["agreement"] == "SD-BASE"
    said = verify(found["record"], firm_key=published()["key"]["x"], agent_key=agent.key)
    assert (said.state, said.handle) == ("accepted", ("email", "anna@mail.example"))


def test_a_session_at_the_door_proves_it_for_its_own_person_alone(agent: Agent) -> None:
    answer = agent.proffer("SD-BASE-DP", door="anna")
    assert answer.status_code == 200 and answer.json()["state"] == "accepted"
    assert purposes("anna") == ["answer me"]
    others = agent.proffer("SD-BASE", door="anna", handle="ben@mail.example")
    assert others.status_code == 202 and purposes("ben") == ["answer me", "value me"]


def test_a_colleagues_browser_is_never_a_customers_proof(agent: Agent) -> None:
    """A colleague signed in on a browser where somebody had come in by the door: nobody acts for the customer."""
    colleague = agent.service.client(agent.service.colleague(role="admin"))
    answer = agent.send(agent.made("SD-BASE"), door="anna", client=colleague)
    assert (answer.status_code, answer.json()["state"]) == (202, "proof wanted")
    assert purposes() == ["answer me", "value me"]
    assert "door_customer" not in colleague.session  # and the door is closed on that browser
    assert agent.proffer("SD-BASE", door="anna").json()["state"] == "accepted"


def test_a_session_that_is_over_proves_nothing(agent: Agent) -> None:
    from goodwill.service import erasing

    client = agent.service.client()
    session = client.session
    session["door_customer"], session["door_seen"] = "anna", time.time() - 31 * 60
    session.save()
    assert agent.send(agent.made("SD-BASE"), client=client).status_code == 202
    erasing.erase("ben", "ben")
    assert agent.send(agent.made(handle="ben@mail.example"), door="ben").status_code == 202
    assert purposes() == ["answer me", "value me"]


def test_the_firm_offers_one_alternative_and_no_second(agent: Agent) -> None:
    offer = agent.proffer("PDC-AI", door="anna").json()
    assert offer["state"] == "offered" and offer["record"]["answer"]["agreement"] == "SD-BASE-DP"
    assert purposes() == ["answer me", "value me"]
    # The same agent takes it, without another proof; the record says to what it is the answer.
    taken = agent.proffer("SD-BASE-DP", answers=offer["record"]["answer"]["id"])
    assert taken.status_code == 200 and taken.json()["state"] == "accepted" and purposes() == ["answer me"]
    assert agent.proffer("SD-BASE", answers=offer["record"]["answer"]["id"]).status_code == 202  # it was answered
    again = agent.proffer("PDC-AI", door="ben", handle="ben@mail.example").json()
    declined = agent.proffer("PDC-GOOD", answers=again["record"]["answer"]["id"], handle="ben@mail.example").json()
    assert declined["state"] == "declined" and purposes("ben") == ["answer me", "value me"]


def test_nobody_else_can_take_an_offer(agent: Agent) -> None:
    offer = agent.proffer("PDC-AI", door="anna").json()["record"]["answer"]["id"]
    other = Agent(agent.service, secret=b"\x22" * 32)
    assert other.proffer("SD-BASE-DP", answers=offer).status_code == 202
    assert agent.proffer("SD-BASE-DP", answers=offer, handle="ben@mail.example").status_code == 202
    assert purposes("anna") == purposes("ben") == ["answer me", "value me"]


def test_a_contribution_adds_to_what_held(agent: Agent) -> None:
    (agent.service.home / "goodwill.toml").write_text('[terms]\naccepts = ["PDC-GOOD"]\noffers = "PDC-GOOD"\n')
    assert agent.proffer("PDC-GOOD", door="anna").json()["state"] == "accepted"
    assert purposes() == ["answer me", "value me", "study together"]


# --- whether the firm knows somebody is not told ------------------------------------------------------------------


def test_the_answer_is_the_same_whether_the_person_is_known_or_not(agent: Agent, letters: Letters) -> None:
    from goodwill.service.store.models import Audit, Job

    known, unknown = agent.made(), agent.made(handle="stranger@mail.example")
    answers = [agent.send(one) for one in (known, unknown)]
    bodies = [{**one.json(), "proffer": ""} for one in answers]
    assert [one.status_code for one in answers] == [202, 202] and bodies[0] == bodies[1]
    assert answers[0].headers.keys() == answers[1].headers.keys()
    assert len(Job.objects.filter(name="proof of a proffer")) == 2 and not Audit.objects.filter(customer_id="anna")
    work()
    assert [to for to, _ in letters.kept] == [["anna@mail.example"]]
    # Once more, and with a wrong code: still the same for both.
    assert [agent.send(one).status_code for one in (known, unknown)] == [202, 202]
    assert [agent.send(one, code="x" * 32).status_code for one in (known, unknown)] == [403, 403]


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_the_database_is_asked_the_same_for_known_and_unknown(agent: Agent) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def asked(handle: str) -> list[str]:
        with CaptureQueriesContext(connection) as queries:
            agent.proffer(handle=handle)
        return [re.sub(r"'[^']*'|\d+", "?", one["sql"])[:60] for one in queries.captured_queries]

    asked("warm@mail.example")
    assert asked("anna@mail.example") == asked("stranger@mail.example")


def test_letters_are_few_and_hold_nothing_that_an_agent_wrote(agent: Agent, letters: Letters) -> None:
    for number in range(6):
        loud = Agent(agent.service, secret=bytes([40 + number]) * 32)
        loud.send(loud.made(id=f"Buy-at-evil-example-{number}"))
        work()
    assert len(letters.kept) == 3
    assert not any("evil" in text for _, text in letters.kept)


# --- attacks ------------------------------------------------------------------------------------------------------


def test_a_replayed_proffer_changes_nothing(agent: Agent) -> None:
    from goodwill.service import terms
    from goodwill.service.store.models import Proffered

    proffer = agent.made("SD-BASE")
    assert agent.send(proffer, door="anna").status_code == 200
    terms.set("anna", ["answer me", "value me", "quote me"], None, "anna")
    for door in ("anna", None):
        again = agent.send(proffer, door=door)
        assert again.status_code == 409 and again.json()["error"]["what"] == "this proffer was answered"
    assert purposes() == ["answer me", "value me", "quote me"]
    assert Proffered.objects.count() == 1


def test_a_lost_answer_can_be_had_again_with_the_code(agent: Agent, letters: Letters) -> None:
    proffer = agent.made()
    agent.send(proffer)
    work()
    first, second = (agent.send(proffer, code=code_in(letters)) for _ in range(2))
    assert first.json() == second.json() and second.status_code == 200


def test_a_code_is_good_for_its_own_proffer_and_its_hour_alone(agent: Agent, letters: Letters) -> None:
    from goodwill.service.store.models import Proffered

    proffer = agent.made("SD-BASE")
    agent.send(proffer)
    work()
    code = code_in(letters)
    thief = Agent(agent.service, secret=b"\x33" * 32)
    assert thief.send(thief.made("PDC-INTENT"), code=code).status_code == 403
    assert agent.send(agent.made("PDC-INTENT"), code=code).status_code == 403
    Proffered.objects.filter(number=proffer["id"]).update(until=datetime.now(UTC) - timedelta(seconds=1))
    assert agent.send(proffer, code=code).status_code == 403
    assert purposes() == ["answer me", "value me"]


def test_one_id_names_one_proffer(agent: Agent) -> None:
    assert agent.send(agent.made("SD-BASE", id="the-same-id-00000")).status_code == 202
    other = agent.send(agent.made("PDC-INTENT", id="the-same-id-00000"), door="anna")
    assert other.status_code == 409 and other.json()["error"]["what"] == "this id named another proffer"


def test_a_record_cannot_be_made_with_anothers_key_or_handle(agent: Agent) -> None:
    proffer = agent.made()
    thief = Agent(agent.service, secret=b"\x44" * 32)
    body = {"proffer": proffer, "signature": sign(thief.secret, canonical(proffer))}
    answer = agent.service.client().post(PROFFER, body, content_type="application/json")
    assert answer.status_code == 422 and "signature is not this key's" in answer.json()["error"]["what"]
    swapped = {**proffer, "handle": {"kind": "email", "value": "ben@mail.example"}}
    body = {"proffer": swapped, "signature": sign(agent.secret, canonical(proffer))}
    assert agent.service.client().post(PROFFER, body, content_type="application/json").status_code == 422


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"firm": "https://other.example"}, "firm"),
        ({"at": stamp(datetime(2099, 1, 1, tzinfo=UTC))}, "at"),
        ({"at": stamp(datetime(2020, 1, 1, tzinfo=UTC))}, "at"),
        ({"agreement": "SD-ALL"}, "agreement"),
        ({"purposes": ["value me"]}, "purposes"),
        ({"surprise": {"deep": []}}, "surprise"),
    ],
)
@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_what_a_proffer_gets_wrong_is_named(agent: Agent, more: dict[str, Any], field: str) -> None:
    answer = agent.send({**agent.made(), **more}, door="anna")
    assert answer.status_code == 422 and answer.json()["error"]["where"].endswith(field), answer.content
    assert purposes() == ["answer me", "value me"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 422),
        (b"{", 422),
        (b"[]", 422),
        (b'{"proffer": {}}', 422),
        (b'{"proffer": {}, "signature": "", "more": 1}', 422),
        (b'{"proffer": {}, "proffer": {}, "signature": ""}', 422),
        (b'{"proffer": {}, "signature": "", "code": 5}', 422),
        (b'{"proffer": ' + b"[" * 5000 + b"]" * 5000 + b"}", 422),
        (b'{"proffer": "' + b"a" * 100_000 + b'"}', 413),
        (b"\xff\xfe", 422),
    ],
)
@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_what_is_no_proffer_gets_one_clear_answer(service: Service, body: bytes, status: int) -> None:
    answer = service.client().post(PROFFER, body, content_type="application/json")
    assert answer.status_code == status and answer.json()["error"]["what"], answer.content


def test_a_flood_is_held_back(agent: Agent) -> None:
    answers = [agent.proffer(handle=f"x{number}@mail.example").status_code for number in range(22)]
    assert answers == [202] * 20 + [429] * 2
    last = agent.proffer()
    assert last.status_code == 429 and 0 < int(last["Retry-After"]) <= 3600


def test_a_handle_that_two_people_have_is_nobodys(agent: Agent) -> None:
    from goodwill.service.store.models import Person

    Person.objects.filter(given="email|anna@mail.example").update(customer_id="")
    assert agent.proffer(door="anna").status_code == 202 and purposes() == ["answer me", "value me"]


def test_unproved_proffers_are_forgotten(agent: Agent) -> None:
    from goodwill.service.store.models import Proffered
    from goodwill.service.terms.proving import forget_old

    agent.proffer()
    agent.proffer(door="anna")
    Proffered.objects.update(made=datetime.now(UTC) - timedelta(days=3))
    forget_old(lambda saying, share: None)
    assert [one.state for one in Proffered.objects.all()] == ["accepted"]


# --- the documented command ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_goodwill_terms_verify_checks_a_record_offline(service: Service, tmp_path: Any) -> None:
    import subprocess
    import sys
    from pathlib import Path

    from django.conf import settings

    fill()
    record = Agent(service).proffer("SD-BASE", door="anna").json()["record"]
    goodwill = Path(sys.executable).parent / "goodwill"

    environment = {**service.environment, "GOODWILL_SECRET_KEY": settings.SECRET_KEY}

    def command(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([goodwill, *words], env=environment, capture_output=True, text=True, timeout=600)

    said = command("terms", "key")
    assert said.returncode == 0, said.stderr
    key = said.stdout.split()[-1]
    assert key == record["answer"]["key"]
    (tmp_path / "record.json").write_text(json.dumps(record), encoding="utf-8")
    good = command("terms", "verify", str(tmp_path / "record.json"), "--key", key)
    assert good.returncode == 0 and "accepted" in good.stdout and "both signatures are good" in good.stdout
    record["answer"]["agreement"] = "SD-BASE-DP"
    (tmp_path / "forged.json").write_text(json.dumps(record), encoding="utf-8")
    forged = command("terms", "verify", str(tmp_path / "forged.json"), "--key", key)
    assert forged.returncode == 1 and "signature is not this key's" in forged.stderr
    missing = command("terms", "verify", str(tmp_path / "no.json"), "--key", key)
    assert missing.returncode == 1 and "not readable" in missing.stderr
