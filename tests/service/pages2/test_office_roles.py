"""Who may see and do what: each page and each deed, tried by each role and by a stranger."""

from __future__ import annotations

from typing import Any

import pytest

from service.pages2 import office

pytestmark = pytest.mark.parametrize("service", ["sqlite"], indirect=True)

ROLES = ("admin", "agent", "analyst", "viewer")
SEES = {
    "/customers": "viewer",
    "/customers.csv": "analyst",
    "/causes": "viewer",
    "/promises": "viewer",
    "/proposals": "agent",
    "/asks": "agent",
    "/till": "agent",
    "/sources": "analyst",
    "/sources/new": "admin",
    "/sources/new/feed": "admin",
    "/sources/link": "agent",
    "/source/web-shop": "analyst",
    "/source/web-shop/delete": "admin",
    "/note": "agent",
    "/sources/look/0": "admin",
    "/unread": "agent",
    "/settings": "analyst",
    "/people": "admin",
    "/self": "viewer",
    "/tokens": "admin",
    "/audit": "admin",
    "/jobs": "analyst",
    "/causes/new": "admin",
}
DOES = {
    "/views/keep": "analyst",
    "/views/forget": "analyst",
    "/causes/new": "admin",
    "/proposals/settle": "agent",
    "/asks/answer": "agent",
    "/sources/upload": "admin",
    "/sources/take-in/0": "admin",
    "/sources/imports/1/undo": "admin",
    "/unread/settle": "agent",
    "/unread/mend": "agent",
    "/settings/change": "admin",
    "/settings/promise": "admin",
    "/settings/alerts": "admin",
    "/people/invite": "admin",
    "/people/link": "admin",
    "/people/withdraw": "admin",
    "/people/change": "admin",
    "/tokens": "admin",
    "/tokens/revoke": "admin",
    "/jobs/act": "admin",
}


def everything(table: str) -> list[Any]:
    from django.apps import apps

    return list(apps.get_model("store", table).objects.order_by("pk").values())


@pytest.mark.parametrize("role", ROLES)
def test_who_sees_what(service: Any, role: str) -> None:
    office.fill(service)
    client = service.client(service.colleague("one@firm.example", role))
    for path, needed in SEES.items():
        allowed = ROLES.index(role) <= ROLES.index(needed)
        status = client.get(path).status_code
        assert (status != 403) is allowed, (path, status)
        assert not allowed or status in (200, 422), (path, status)


@pytest.mark.parametrize("role", ROLES)
def test_who_does_what(service: Any, role: str) -> None:
    office.fill(service)
    client = service.client(service.colleague("one@firm.example", role))
    watched = ("setting", "token", "invitation", "colleague", "job", "schedule", "view", "batch", "unread", "audit")
    before = {name: everything(name) for name in watched}
    for path, needed in DOES.items():
        if ROLES.index(role) > ROLES.index(needed):
            full = {"name": "firm.name", "value": "Mine", "email": "x@y.example", "role": "admin", "act": "revalue",
                    "scope": "admin", "colleague": "1", "id": "1", "page": "customers"}  # fmt: skip
            answer = client.post(path, full)
            assert answer.status_code == 403, path
            assert b"This page is not for you" in answer.content
        else:
            assert client.post(path, {}).status_code in (200, 302, 404, 422), path
    if role != "admin":
        for name in ("setting", "token", "invitation", "job", "schedule"):
            assert everything(name) == before[name], name
    if role == "viewer":
        assert {name: everything(name) for name in watched} == before


def test_strangers_are_asked_to_sign_in(service: Any) -> None:
    client = service.client()
    for path in (*SEES, *DOES):
        for answer in (client.get(path), client.post(path, {})):
            assert answer.status_code in (302, 405), path
            assert answer.status_code == 405 or answer["Location"].startswith("/sign-in"), path


def test_a_form_from_elsewhere_is_refused(service: Any) -> None:
    from django.test import Client

    client = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    client.force_login(service.colleague())
    for path in DOES:
        assert client.post(path, {"name": "x"}).status_code == 403, path


def test_deeds_are_no_links(service: Any) -> None:
    client = service.client(service.colleague())
    both = ("/tokens", "/causes/new")
    assert all(client.get(path).status_code == 405 for path in DOES if path not in both)
