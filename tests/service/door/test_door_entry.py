"""The way in by mail, and every attack on it that we could think of."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import timezone

from service.door.visitors import ANNA, at_the_door, fill, secret_for, words_of
from service.live.filling import put

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.conftest import Service
    from service.door.conftest import Letterbox

MINE = ("/door/held", "/door/given", "/door/allowed", "/door/asked", "/door/leaving", "/door/take/json", "/door/page")


def ask(service: Service, email: str, client: Any = None) -> Any:
    return (client or service.client()).post("/door/link", {"email": email})


def is_in(client: Any) -> bool:
    return b"Everything we hold about you" in client.get("/door").content


# --- by mail ----------------------------------------------------------------------------------------------------------


def test_a_link_comes_by_mail_and_lets_in_once(service: Service, post: Letterbox, work: Callable[[], None]) -> None:
    fill()
    client = service.client()
    sent = ask(service, "  Anna@Mail.Example ", client)
    assert sent.status_code == 200 and "If we know anna@mail.example" in words_of(sent.content)
    work()
    assert [to for to, _ in post.letters] == [[ANNA]]
    assert post.letters[0][1]["Subject"] == "Your door at The firm" and "15 minutes" in post.text()

    # Looking uses nothing up: mail programs open links by themselves.
    path = post.path()
    assert all(client.get(path).status_code == 200 for _ in range(3)) and not is_in(client)
    entered = client.post(path)
    assert entered.status_code == 302 and entered["Location"] == "/door" and is_in(client)
    assert "Anna Hex" in words_of(client.get("/door").content)
    for path_of_mine in MINE:
        assert client.get(path_of_mine).status_code == 200, path_of_mine

    # Once: for another, and for the same.
    other = service.client()
    assert other.get(path).status_code == 410
    ended = other.post(path)
    assert ended.status_code == 410 and "This link has ended" in words_of(ended.content) and not is_in(other)
    from goodwill.service.store.models import Audit

    assert Audit.objects.filter(act="came to the door", customer_id="anna", purpose="their own").count() == 1


def test_two_at_once_are_not_both_let_in(service: Service) -> None:
    fill()
    path = f"/door/enter/{secret_for('anna')}"
    answers: list[int] = []
    together = threading.Barrier(4)

    def enter() -> None:
        from django.db import connection

        client = service.client()
        together.wait()
        answers.append(client.post(path).status_code)
        connection.close()

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(answers) == [302, 410, 410, 410]


def test_a_link_ends_after_a_quarter_of_an_hour_and_with_a_later_one(service: Service) -> None:
    from goodwill.service.store.models import DoorLink

    fill()
    first, second = secret_for("anna"), secret_for("anna")
    assert service.client().post(f"/door/enter/{first}").status_code == 410
    assert service.client().get(f"/door/enter/{second}").status_code == 200
    left = DoorLink.objects.get(until__gt=timezone.now()).until - timezone.now()
    assert timedelta(minutes=14) < left <= timedelta(minutes=15)
    DoorLink.objects.update(until=timezone.now() - timedelta(seconds=1))
    assert service.client().post(f"/door/enter/{second}").status_code == 410


def test_only_a_digest_of_a_link_is_kept_and_forged_ones_open_nothing(service: Service) -> None:
    from goodwill.service.store.models import DoorLink

    fill()
    secret = secret_for("anna")
    kept = DoorLink.objects.get()
    assert secret not in str(vars(kept)) and len(secret) >= 40
    for forged in (kept.digest, secret[:-1], secret + "A", "anna", "%00", "x" * 5_000, "..%2f..%2f"):
        assert service.client().post(f"/door/enter/{forged}").status_code in (404, 410), forged


# --- nobody learns who is known ---------------------------------------------------------------------------------------


def test_the_answer_is_the_same_for_everybody_and_nothing_is_looked_up(
    service: Service, post: Letterbox, work: Callable[[], None]
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    fill()
    ask(service, "first@mail.example")  # what a process does but once
    told, asked = {}, {}
    for email in (ANNA, "nobody@mail.example", "office@northwind.example"):
        with CaptureQueriesContext(connection) as queries:
            answer = ask(service, email)
        told[email] = (answer.status_code, words_of(answer.content).replace(email, "…"), sorted(answer.headers))
        asked[email] = [one["sql"].split("WHERE")[0].split("VALUES")[0] for one in queries.captured_queries]
    assert len(set(map(str, told.values()))) == 1
    # The same statements in the same order: there is no difference that time could tell.
    assert len(set(map(str, asked.values()))) == 1
    assert not any(table in sql for sql in asked[ANNA] for table in ("person", "handles", "people", "door_link"))
    work()
    assert [to for to, _ in post.letters] == [[ANNA]]  # of an organisation nobody is let in: many people read its mail


def test_who_asked_is_not_told_by_the_jobs(service: Service, post: Letterbox, work: Callable[[], None]) -> None:
    from goodwill.service.store.models import Job

    fill()
    for email in (ANNA, "nobody@mail.example"):
        ask(service, email)
    work()
    rows = list(Job.objects.filter(name="door link"))
    assert len(rows) == 2 and len({row.saying for row in rows}) == 1
    assert "mail.example" not in str([vars(row) for row in rows])


def test_an_address_that_two_have_lets_nobody_in(service: Service, post: Letterbox, work: Callable[[], None]) -> None:
    from goodwill.service.store.models import Person

    fill()
    Person.objects.filter(given=f"email|{ANNA}").update(customer_id="")
    ask(service, ANNA)
    work()
    assert post.letters == []


def test_a_handle_that_somebody_merely_claims_opens_no_door(
    service: Service, post: Letterbox, work: Callable[[], None]
) -> None:
    """What is only thought to be theirs lets nobody in."""
    fill()
    put("handles", {"customer_id": "ben", "kind": "email", "value": "claimed@mail.example", "confidence": 0.6})
    ask(service, "claimed@mail.example")
    work()
    assert post.letters == []


@pytest.mark.parametrize(
    "email",
    [
        "anna@mail.example\nBcc: eve@mail.example",
        "anna@mail.example%0aBcc:eve@mail.example",
        "anna@mail.example, eve@mail.example",
        "anna@mail.example\x00",
        "Anna <anna@mail.example>",
        "anna@mail.example" + "x" * 300,
        "",
        "anna",
    ],
)
def test_an_address_with_anything_more_is_refused(
    service: Service, post: Letterbox, work: Callable[[], None], email: str
) -> None:
    fill()
    answer = ask(service, email)
    assert answer.status_code == 422 and "This is no e-mail address" in words_of(answer.content)
    work()
    assert post.letters == []


def test_links_are_few_an_hour_and_the_answer_stays_the_same(
    service: Service, post: Letterbox, work: Callable[[], None]
) -> None:
    fill()
    answers = [ask(service, ANNA) for _ in range(6)]
    assert {answer.status_code for answer in answers} == {200}
    assert len({words_of(answer.content) for answer in answers}) == 1
    work()
    assert len(post.letters) == 3
    assert service.client().post(post.path(0)).status_code == 410  # the later ended the earlier
    assert service.client().post(post.path(2)).status_code == 302


def test_one_machine_asks_so_often_and_no_more(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    from django.conf import settings

    from goodwill.service.door import entry

    def asked(number: int, **told: str) -> int:
        return int(service.client().post("/door/link", {"email": f"n{number}@mail.example"}, **told).status_code)

    answers = [asked(number, REMOTE_ADDR="203.0.113.7") for number in range(32)]
    assert answers == [200] * 30 + [429] * 2
    refused = service.client().post("/door/link", {"email": "n@mail.example"}, REMOTE_ADDR="203.0.113.7")
    assert "Try again in an hour" in words_of(refused.content)
    # A header of the sender's own counts for nothing, unless a proxy stands before us: then what it wrote last.
    assert asked(40, REMOTE_ADDR="203.0.113.7", HTTP_X_FORWARDED_FOR="198.51.100.1") == 429
    assert asked(41, REMOTE_ADDR="203.0.113.8") == 200
    monkeypatch.setattr(settings, "SECURE_PROXY_SSL_HEADER", ("HTTP_X_FORWARDED_PROTO", "https"))
    forwarded = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "198.51.100.1, 203.0.113.7"}
    assert asked(42, **forwarded) == 429
    assert [asked(50 + number, REMOTE_ADDR="127.0.0.1") for number in range(35)] == [
        200
    ] * 35  # a proxy that says nothing
    monkeypatch.setattr(entry, "FROM_ALL", 1)
    assert asked(90, REMOTE_ADDR="203.0.113.9") == 429


def test_without_a_mail_server_the_door_says_what_to_do(service: Service) -> None:
    page = words_of(service.client().get("/door").content)
    assert "We cannot send mail from here right now" in page and "answer within a month" in page


# --- whose session it is ----------------------------------------------------------------------------------------------


def test_a_session_nobody_used_for_half_an_hour_is_over(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    from goodwill.service.door import entry

    fill()
    client = at_the_door(service)
    assert client.cookies["sessionid"]["max-age"] == entry.IDLE == 1800
    begun = entry.time.time()
    monkeypatch.setattr(entry.time, "time", lambda: begun + 1790)
    assert is_in(client)  # and it is fresh again
    monkeypatch.setattr(entry.time, "time", lambda: begun + 1790 + 1801)
    assert not is_in(client)
    monkeypatch.undo()
    assert not is_in(client) and client.get("/door/held")["Location"] == "/door"


def test_the_store_itself_forgets_an_idle_session(service: Service) -> None:
    from django.contrib.sessions.models import Session

    fill()
    client = at_the_door(service)
    kept = Session.objects.get(pk=client.cookies["sessionid"].value)
    assert kept.expire_date - timezone.now() <= timedelta(minutes=30)
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert not is_in(client)


def test_a_session_that_somebody_else_made_is_not_taken_over(service: Service) -> None:
    """Session fixation: the key that was there before is another afterwards."""
    fill()
    client = service.client()
    session = client.session
    session["mine"] = "planted"
    session.save()
    before = client.cookies["sessionid"].value if "sessionid" in client.cookies else session.session_key
    client.cookies["sessionid"] = before
    assert client.post(f"/door/enter/{secret_for('anna')}").status_code == 302
    assert client.cookies["sessionid"].value != before and "mine" not in client.session
    thief = service.client()
    thief.cookies["sessionid"] = before
    assert not is_in(thief)


def test_a_colleague_is_not_at_the_door_and_a_customer_not_in_the_office(service: Service) -> None:
    from goodwill.service.terms.proving import DOOR

    fill()
    colleague = service.colleague()
    client = service.client(colleague)
    assert not is_in(client) and client.get("/customers/anna").status_code == 200
    # A door planted in a colleague's session opens nothing, and is taken out.
    session = client.session
    session[DOOR], session["door_seen"] = "anna", 9e12
    session.save()
    assert not is_in(client) and DOOR not in client.session
    # By the door they leave the office.
    assert client.post(f"/door/enter/{secret_for('anna')}").status_code == 302
    assert is_in(client)
    for office in ("/", "/customers", "/customers/anna", "/asks", "/settings", "/audit", "/customers.csv"):
        assert client.get(office)["Location"].startswith("/sign-in"), office
    assert client.get("/api/v1/customers/anna").status_code == 401
    # And whoever signs in to the office is at the door no more.
    client.force_login(colleague)
    assert not is_in(client)


def test_the_door_closes_and_stays_closed(service: Service) -> None:
    fill()
    client = at_the_door(service)
    key = client.cookies["sessionid"].value
    assert client.get("/door/leave").status_code == 405 and is_in(client)
    assert client.post("/door/leave")["Location"] == "/door"
    thief = service.client()
    thief.cookies["sessionid"] = key
    assert not is_in(client) and not is_in(thief)


def test_every_page_but_the_way_in_needs_somebody(service: Service) -> None:
    """Each address of the door lets in nobody without a session, unless it is named here."""
    from goodwill.service.door.urls import urlpatterns

    open_to_all = {"door", "door-link", "door-enter", "door-leave", "door-receipt"}
    fill()
    for one in urlpatterns:
        if one.name in open_to_all:
            continue
        path = "/" + str(one.pattern).replace("<str:form>", "json")
        client = service.client()
        for answer in (client.get(path), client.post(path)):
            assert answer.status_code in (302, 405), path
            if answer.status_code == 302:
                assert answer["Location"] == "/door", path


def test_forms_from_elsewhere_do_nothing(service: Service) -> None:
    """Every form of the door carries its proof against forgery; the cookie goes nowhere else."""
    from django.test import Client

    from goodwill.service.store.models import FACTS, Ask

    fill()
    secret = secret_for("anna")
    client = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    assert client.post(f"/door/enter/{secret}").status_code == 403
    page = client.get(f"/door/enter/{secret}")
    token = page.content.decode().split('csrfmiddlewaretoken" value="')[1].split('"')[0]
    assert client.post(f"/door/enter/{secret}", {"csrfmiddlewaretoken": token}).status_code == 302
    assert client.cookies["sessionid"]["samesite"] == "Lax" and client.cookies["sessionid"]["httponly"]
    for path, sent in (
        ("/door/erase", {"word": "erase"}),
        ("/door/allowed", {"object": "1"}),
        ("/door/held/correct", {"name": "Eve"}),
        ("/door/held/dispute", {"words": "x"}),
        ("/door/asked", {"what": "x"}),
        ("/door/asked/withdraw", {"ask": "1"}),
        ("/door/leave", {}),
    ):
        assert client.post(path, sent).status_code == 403, path
    assert not FACTS["terms"].objects.exists() and not Ask.objects.exists() and is_in(client)


def test_pages_of_the_door_are_kept_by_no_browser_and_framed_by_nobody(service: Service) -> None:
    fill()
    client = at_the_door(service)
    for path in ("/door", *MINE):
        answer = client.get(path)
        assert "no-store" in answer["Cache-Control"], path
        assert answer["X-Frame-Options"] == "DENY" and "script-src 'self'" in answer["Content-Security-Policy"]
    assert "<script" not in client.get("/door/held").content.decode()
