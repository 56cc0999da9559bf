"""Who may see and do what with sources; forms from elsewhere; what comes from outside is never run."""

from __future__ import annotations

from typing import Any

import pytest

from service.sources_pages.conftest import SECRET

pytestmark = pytest.mark.parametrize("service", ["sqlite"], indirect=True)

ROLES = ("admin", "agent", "analyst", "viewer")
SEES = {
    "/sources": "analyst",
    "/source/shop": "analyst",
    "/source/shop/state": "analyst",
    "/sources/new": "admin",
    "/sources/new/feed": "admin",
    "/sources/new/stripe/address?name=x": "admin",
    "/source/shop/delete": "admin",
    "/sources/link": "agent",
    "/note": "agent",
    "/note/people?who=tom": "agent",
}
DOES: dict[str, tuple[str, dict[str, str]]] = {
    "/sources/new/feed": ("admin", {"name": "b", "s-url": "http://a.example/", "act": "add"}),
    "/source/shop/act": ("admin", {"act": "pause"}),
    "/source/shop/delete": ("admin", {"facts": "go", "name": "shop"}),
    "/sources/link": ("agent", {"url": "http://127.0.0.1:1/", "act": "look"}),
    "/note": ("agent", {"text": "hello", "where": "phone"}),
}
ATTACK = '"><script>alert(1)</script><b onmouseover=alert(1)>'


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    from goodwill.service.pages import note

    monkeypatch.setattr(note, "WAITS", 0.0)


@pytest.fixture
def connected(service: Any) -> None:
    from goodwill.service.sources import connect

    connect.add("standard", "shop", {"secret": SECRET}, by="test")


def everything() -> dict[str, list[Any]]:
    from django.apps import apps

    tables = ("source", "batch", "deed", "job", "audit", "delivery")
    return {name: list(apps.get_model("store", name).objects.order_by("pk").values()) for name in tables}


@pytest.mark.parametrize("role", ROLES)
def test_who_sees_and_does_what(service: Any, connected: None, role: str) -> None:
    client = service.client(service.colleague("one@firm.example", role))
    for path, needed in SEES.items():
        allowed = ROLES.index(role) <= ROLES.index(needed)
        assert (client.get(path).status_code != 403) is allowed, path
    before = everything()
    for path, (needed, form) in DOES.items():
        if ROLES.index(role) > ROLES.index(needed):
            assert client.post(path, form).status_code == 403, path
            assert everything() == before, path
    for path, (needed, form) in DOES.items():
        if ROLES.index(role) <= ROLES.index(needed):
            assert client.post(path, form).status_code in (302, 422), path


def test_strangers_are_asked_to_sign_in(service: Any, connected: None) -> None:
    client = service.client()
    for path in SEES:
        assert client.get(path)["Location"].startswith("/sign-in"), path
    for path, (_, form) in DOES.items():
        assert client.post(path, form)["Location"].startswith("/sign-in"), path


def test_forms_from_elsewhere_are_refused_and_acts_are_no_links(service: Any, connected: None) -> None:
    from django.test import Client

    anna = service.colleague()
    client = Client(enforce_csrf_checks=True, headers={"host": "localhost"})
    client.force_login(anna)
    before = everything()
    for path, (_, form) in DOES.items():
        assert client.post(path, form).status_code == 403, path
    assert everything() == before
    for act in ("pause", "drop", "rotate", "replay", "settings"):
        assert service.client(anna).get("/source/shop/act", {"act": act}).status_code == 405
    service.client(anna).get("/source/shop/delete", {"facts": "go", "name": "shop"})
    assert everything() == before


def test_what_comes_from_outside_is_never_run(service: Any, connected: None) -> None:
    from datetime import UTC, datetime

    from goodwill.service.sources import connect
    from goodwill.service.store.models import Batch, Source, Unread
    from service.pages.shop import fact

    now = datetime.now(UTC)
    said = {"last_error": ATTACK, "failures": 2, "said": ATTACK, "last_refused": now, "last_seen": now}
    connect.add("feed", "blog", {"url": "https://a.example/", "about": ATTACK}, by="test")
    Source.objects.update(**said)
    Source.objects.create(name="odd", kind=ATTACK[:40], **said)
    Batch.objects.create(table=ATTACK[:40], source="shop", rows=1, received=now, token=ATTACK)
    Batch.objects.create(table="messages", source=ATTACK[:80], rows=1, received=now, token=ATTACK)
    Unread.objects.create(
        batch=1, position=1, table="messages", source="shop", field=ATTACK, reason=ATTACK, mend=ATTACK, row="{}", at=now
    )
    fact("messages", message_id="shop:1", at=now, source="shop", text=ATTACK, channel="chat", author=ATTACK)
    from goodwill.service.store.models import FACTS

    FACTS["messages"].objects.update(fact_source="shop")
    client = service.client(service.colleague())
    for path in (
        "/sources",
        "/source/shop",
        "/source/blog",
        "/source/odd",
        "/source/shop/delete",
        "/source/odd/delete",
    ):
        page = client.get(path).content.decode()
        assert "<script>alert" not in page and "<b onmouseover" not in page, path
    assert "&lt;script&gt;alert(1)" in client.get("/source/shop").content.decode()
    answer = client.post("/sources/new/feed", {"name": ATTACK, "s-url": ATTACK, "s-about": ATTACK, "act": "add"})
    assert "<script>alert" not in answer.content.decode() and answer.status_code == 422


def test_a_stored_secret_is_in_no_answer(service: Any) -> None:
    from goodwill.service.sources import connect
    from goodwill.service.store.models import Source

    connect.add("standard", "shop", {"secret": SECRET}, by="test")
    connect.add("database", "books", {
        "secret": "postgresql://reader:hunter2@db.example/x", "query": "orders", "table": "purchases", "key": "id",
        "watermark": "at",
    }, by="test")  # fmt: skip
    client = service.client(service.colleague())
    sealed = [row.secrets for row in Source.objects.all()]
    paths = ["/sources", "/audit", "/settings", "/jobs"]
    for name in ("shop", "books"):
        paths += [f"/source/{name}", f"/source/{name}/state", f"/source/{name}/delete"]
        for form in ({"act": "try"}, {"act": "settings", "s-query": ""}, {"act": "rotate", "field": "secret"}):
            for headers in ({}, {"HX-Request": "true"}):
                page = client.post(f"/source/{name}/act", form, headers=headers).content.decode()
                assert not any(secret in page for secret in (SECRET, "hunter2", *sealed)), (name, form)
    for path in paths:
        for headers in ({}, {"HX-Request": "true"}):
            page = client.get(path, headers=headers).content.decode()
            assert not any(secret in page for secret in (SECRET, "hunter2", *sealed)), path
    for path in ("/source/shop", "/sources/new/feed", "/note", "/sources/link"):
        assert "no-store" in client.get(path)["Cache-Control"], path
