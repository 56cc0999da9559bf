"""People, one's own place, tokens: an admin is always left, secrets are shown once."""

from __future__ import annotations

import re
from typing import Any

import pytest

pytestmark = pytest.mark.parametrize("service", ["sqlite"], indirect=True)
GOOD = "quite another long sentence"


@pytest.fixture
def anna(service: Any) -> Any:
    return service.colleague(name="Anna Keller")


@pytest.fixture
def client(service: Any, anna: Any) -> Any:
    return service.client(anna)


def test_an_invitation_is_shown_once_and_lets_in_once(service: Any, client: Any) -> None:
    from goodwill.service.store.models import Colleague

    page = client.post("/people/invite", {"email": "Ben@Firm.example", "role": "agent"})
    link = re.search(r'value="http://[^/]+(/enter/[^"]+)"', page.content.decode())[1]
    assert page["Cache-Control"].count("no-store") and link not in client.get("/people").content.decode()
    newcomer = service.client()
    assert newcomer.post(link, {"name": "Ben", "password": GOOD}).status_code == 302
    assert Colleague.objects.get(email="ben@firm.example").role == "agent"
    assert service.client().post(link, {"password": GOOD}).status_code == 410
    for given, says in (
        ({"email": "ben@firm.example", "role": "agent"}, "works here already"),
        ({"email": "x", "role": "agent"}, "no e-mail address"),
        ({"email": "x@y.example", "role": "king"}, "no role is called"),
        ({"email": "", "role": "admin"}, "needs an e-mail address"),
    ):
        answer = client.post("/people/invite", given)
        assert answer.status_code == 422 and says in answer.content.decode()


def test_an_invitation_is_withdrawn(service: Any, client: Any) -> None:
    page = client.post("/people/invite", {"email": "ben@firm.example", "role": "agent"}).content.decode()
    link = re.search(r"/enter/[^\"]+", page)[0]
    client.post("/people/withdraw", {"email": "ben@firm.example"})
    assert service.client().get(link).status_code == 410
    assert "Withdraw the invitation" not in client.get("/people").content.decode()


def test_roles_change_and_people_leave_and_come_back(service: Any, client: Any) -> None:
    from goodwill.service.store.models import Audit

    ben = service.colleague("ben@firm.example", "viewer")
    his = service.client(ben)
    client.post("/people/change", {"colleague": ben.pk, "role": "agent", "act": "role"})
    assert his.get("/unread").status_code == 200
    client.post("/people/change", {"colleague": ben.pk, "act": "leave"})
    assert his.get("/unread").status_code == 302  # out at once
    client.post("/people/change", {"colleague": ben.pk, "act": "back"})
    ben.refresh_from_db()
    assert (ben.role, ben.is_active) == ("agent", True)
    assert Audit.objects.filter(act="changed a colleague").count() == 3
    assert client.post("/people/change", {"colleague": ben.pk, "role": "king"}).status_code == 422
    assert client.post("/people/change", {"colleague": "9" * 30, "role": "agent"}).status_code == 404


def test_somebody_stays_admin(service: Any, anna: Any, client: Any) -> None:
    for given in ({"role": "viewer", "act": "role"}, {"act": "leave"}):
        answer = client.post("/people/change", {"colleague": anna.pk, **given})
        assert answer.status_code == 422 and b"Nobody changes their own place" in answer.content
    anna.refresh_from_db()
    assert (anna.role, anna.is_active) == ("admin", True)


def test_a_way_back_in(service: Any, client: Any) -> None:
    ben = service.colleague("ben@firm.example", "agent")
    page = client.post("/people/link", {"colleague": ben.pk}).content.decode()
    his = service.client()
    his.post(re.search(r"/enter/[^\"]+", page)[0], {})
    assert his.get("/unread").status_code == 200


def test_a_password_needs_the_old_one_and_signs_out_elsewhere(service: Any, anna: Any, client: Any) -> None:
    elsewhere = service.client(anna)
    old = "a long enough password"
    for given, says in (
        ({"old": "wrong", "new": GOOD}, "This is not your password"),
        ({"old": old, "new": "short"}, "too short"),
        ({"old": old, "new": "anna@firm.example"}, "too similar"),
    ):
        answer = client.post("/self", {"act": "password", **given})
        assert answer.status_code == 422 and says in answer.content.decode()
        assert f'value="{given["old"]}"' not in answer.content.decode()
    assert client.post("/self", {"act": "password", "old": old, "new": GOOD}).status_code == 302
    assert client.get("/self").status_code == 200 and elsewhere.get("/self").status_code == 302
    anna.refresh_from_db()
    assert anna.check_password(GOOD)


def test_guessing_a_password_is_stopped(service: Any, anna: Any, client: Any) -> None:
    for _ in range(10):
        client.post("/self", {"act": "password", "old": "wrong", "new": GOOD})
    answer = client.post("/self", {"act": "password", "old": "a long enough password", "new": GOOD})
    assert answer.status_code == 422 and b"Too many tries" in answer.content


def test_ones_own_zone_and_hours(service: Any, anna: Any, client: Any) -> None:
    client.post("/self", {"act": "who", "name": " Anna K. ", "zone": "Asia/Tokyo"})
    anna.refresh_from_db()
    assert (anna.name, anna.zone) == ("Anna K.", "Asia/Tokyo")
    assert b"no time zone" in client.post("/self", {"act": "who", "zone": "Mars/Olympus"}).content
    client.post("/self", {"act": "duty", "monday-from": "09:00", "monday-to": "18:00", "sunday-from": "22:00",
                          "sunday-to": "06:00"})  # fmt: skip
    anna.refresh_from_db()
    assert anna.on_duty == [["monday", "09:00", "18:00"], ["sunday", "22:00", "06:00"]]
    for wrong in ({"monday-from": "09:00"}, {"monday-from": "25:00", "monday-to": "26:00"}):
        assert b"The hours of monday are not whole" in client.post("/self", {"act": "duty", **wrong}).content
    page = client.get("/self").content.decode()
    assert 'value="09:00"' in page and "<option selected>Asia/Tokyo" in page


def test_a_token_is_shown_once_and_revoked(service: Any, client: Any) -> None:
    from goodwill.service.store.models import Token

    page = client.post("/tokens", {"name": "shop", "scope": "write"})
    secret = re.search(r"gw_[\w-]{20,}", page.content.decode())[0]
    assert "no-store" in page["Cache-Control"] and Token.objects.get().digest != secret
    assert secret not in client.get("/tokens").content.decode()
    sends = service.client()
    row = '[{"message_id": "m1", "at": "2026-11-01T10:00:00Z", "text": "Hello"}]'

    def send() -> int:
        headers = {"authorization": f"Bearer {secret}"}
        return sends.post("/api/v1/facts/messages", row, content_type="application/json", headers=headers).status_code

    assert send() == 202
    assert client.post("/tokens/revoke", {"name": "shop"}).status_code == 302
    assert send() == 401
    assert "revoked" in client.get("/tokens").content.decode()
    for given, says in (
        ({"name": "shop", "scope": "write"}, "there is a token of this name"),
        ({"name": "", "scope": "write"}, "needs a name"),
        ({"name": "x", "scope": "everything"}, "no scope is called"),
    ):
        answer = client.post("/tokens", given)
        assert answer.status_code == 422 and says in answer.content.decode()
    client.post("/tokens/revoke", {"name": "no such"})
    assert Token.objects.count() == 1
