"""Who may see and do what; and what strangers, other sites and customers' texts cannot do."""

from __future__ import annotations

from typing import Any

import pytest

from service.pages import shop

SEE = ["/", "/case?message=x:1", "/customers/tom", "/fact?table=purchases&key=o7441"]


def test_strangers_are_asked_to_sign_in(service: Any) -> None:
    shop.fill()
    for path in SEE:
        answer = service.client().get(path)
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/sign-in")
    assert service.client().get("/", headers={"hx-request": "true"}).status_code == 401


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_a_viewer_sees_numbers_and_no_persons(service: Any) -> None:
    shop.fill()
    client = service.client(service.colleague("vera@firm.example", "viewer"))
    page = client.get("/").content.decode()
    assert "Now: 5" in page
    assert "Dana" not in page
    for path in SEE[1:]:
        refused = client.get(path)
        assert refused.status_code == 403
        assert "This needs somebody who is an analyst" in refused.content.decode()


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_an_analyst_sees_everything_and_acts_on_nothing(service: Any) -> None:
    from goodwill.service.store.models import Case, Deed

    shop.fill()
    client = service.client(service.colleague("sam@firm.example", "analyst"))
    page = client.get("/").content.decode()
    assert "Dana Whitfield" in page
    assert "Answer" not in page
    for kind, given in (
        ("take", {"message_id": "x:1"}),
        ("answer", {"message_id": "x:1", "text": "Hello"}),
        ("note", {"message_id": "x:1", "text": "Hello"}),
        ("thank", {"message_id": "blog:6"}),
        ("refund", {"message_id": "x:1", "amount": "5"}),
        ("close", {"message_id": "x:1"}),
        ("correct", {"table": "readings", "key": "x:1", "field": "mood", "value": "positive"}),
        ("undo", {"deed": "1"}),
    ):
        refused = client.post(f"/deeds/{kind}", given, headers={"hx-request": "true"})
        assert refused.status_code == 403, kind
    assert not Deed.objects.exists()
    assert set(Case.objects.values_list("state", flat=True)) == {"open"}


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_other_sites_cannot_send_forms(service: Any) -> None:
    from django.test import Client

    from goodwill.service.store.models import Deed

    shop.fill()
    client = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    client.force_login(service.colleague())
    for path in ("/deeds/take", "/theme", "/sign-out"):
        assert client.post(path, {"message_id": "x:1"}).status_code == 403
    assert client.get("/deeds/take").status_code == 405
    assert not Deed.objects.exists()


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_signing_in_changes_the_session_and_leads_nowhere_else(service: Any) -> None:
    service.colleague()
    client = service.client()
    session = client.session
    session["planted"] = True
    session.save()
    before = client.cookies["sessionid"].value if "sessionid" in client.cookies else session.session_key
    for wanted, got in (("/customers/tom", "/customers/tom"), ("https://evil.example/", "/"), ("//evil.example", "/"),
                        ("javascript:alert(1)", "/"), ("/\\evil.example", "/")):  # fmt: skip
        answer = client.post(
            "/sign-in", {"email": "Anna@firm.example", "password": "a long enough password", "next": wanted}
        )
        assert (answer.status_code, answer["Location"]) == (302, got)
    assert client.cookies["sessionid"].value != before


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_a_wrong_password_is_refused_and_tries_are_counted(service: Any) -> None:
    service.colleague()
    client = service.client()
    for _ in range(10):
        refused = client.post("/sign-in", {"email": "anna@firm.example", "password": "guess"})
        assert refused.status_code == 422
        assert "do not belong together" in refused.content.decode()
    late = client.post("/sign-in", {"email": "anna@firm.example", "password": "a long enough password"})
    assert late.status_code == 429


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_a_link_lets_in_once_and_looking_uses_nothing_up(service: Any) -> None:
    from goodwill.service.ops import invitations

    anna = service.colleague()
    secret = invitations.sign_in_link(anna)
    client = service.client()
    for _ in range(3):
        assert client.get(f"/enter/{secret}").status_code == 200
    assert client.post(f"/enter/{secret}")["Location"] == "/"
    assert client.get("/").status_code == 200
    assert service.client().get(f"/enter/{secret}").status_code == 410


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_an_invitation_makes_a_colleague(service: Any) -> None:
    from goodwill.service.ops import invitations
    from goodwill.service.store.models import Colleague

    secret = invitations.invite("ben@firm.example", "agent", service.colleague())
    client = service.client()
    weak = client.post(f"/enter/{secret}", {"name": "Ben", "password": "short"})
    assert weak.status_code == 422
    assert client.post(f"/enter/{secret}", {"name": "Ben", "password": "a quite different one"})["Location"] == "/"
    ben = Colleague.objects.get(email="ben@firm.example")
    assert (ben.name, ben.role, ben.check_password("a quite different one")) == ("Ben", "agent", True)


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_what_customers_write_stays_words(site: Any) -> None:
    shop.fill()
    anna = site.service.colleague()
    for path in ("/", "/case?message=review:4&act=answer", "/customers/evil", "/customers/evil?tab=timeline",
                 "/fact?table=messages&key=review:4"):  # fmt: skip
        tab = site.tab(anna).go(path)
        tab.page.mouse.move(400, 300)
        page = tab.page.content()
        assert "<script>alert" not in page
        assert "javascript:" not in [link.get_attribute("href") or "" for link in tab.page.locator("a").all()]
        assert tab.page.locator('a[href^="javascript"], [onmouseover], img').count() == 0
        assert tab.page.evaluate("document.scripts.length") == tab.page.locator("head script[src]").count()


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_every_answer_carries_the_policy(service: Any) -> None:
    shop.fill()
    client = service.client(service.colleague())
    for path in [*SEE, "/sign-in", "/nowhere"]:
        policy = client.get(path)["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_sql_in_filters_and_keys_is_only_words(service: Any) -> None:
    shop.fill()
    client = service.client(service.colleague())
    evil = "x' OR '1'='1"
    assert client.get("/", {"channel": evil}).content.count(b"data-row=") == 0
    assert client.get("/", {"group": evil}).status_code == 200
    assert client.get("/", {"cursor": evil}).status_code in (200, 400)
    assert client.get("/case", {"message": evil}).status_code == 404
    assert client.get("/fact", {"table": evil, "key": "1"}).status_code == 404
    assert client.get("/customers/x%27%20OR%20%271").status_code == 404
