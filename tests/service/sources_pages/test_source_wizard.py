"""Connecting a source on the page: the form is the kind's own, the test says what it saw, and then it is in Now."""

from __future__ import annotations

from typing import Any

import pytest

from servers.web import Page
from service.sources.conftest import drain
from service.sources_pages.conftest import SECRET, message, send

sqlite = pytest.mark.parametrize("service", ["sqlite"], indirect=True)

ANGRY = "My download broke off twice and nobody answers. I want my money back!"
FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Kim's blog</title>{}</channel></rss>"""


def feed(*entries: str) -> Page:
    from email.utils import format_datetime

    from django.utils import timezone

    at = format_datetime(timezone.now())
    items = "".join(
        f"<item><guid>{place}</guid><title>{text}</title><description>{text}</description><author>kim</author>"
        f"<pubDate>{at}</pubDate></item>"
        for place, text in enumerate(entries)
    )
    return Page(FEED.format(items).encode(), kind="application/rss+xml")


def in_now() -> list[str]:
    from goodwill.service import live

    return [row["text"] for row in live.now(500)[0]]


@sqlite
def test_every_kind_can_be_chosen_and_has_its_form(admin: Any) -> None:
    from goodwill.listen.sources import kinds
    from goodwill.service.sources.connect import form_of

    page = admin.get("/sources/new").content.decode()
    for kind in kinds():
        assert f'href="/sources/new/{kind.name}"' in page
        form = admin.get(f"/sources/new/{kind.name}")
        assert form.status_code == 200
        shown = form.content.decode()
        for field in form_of(kind.name).fields:
            assert f'name="s-{field.name}"' in shown
            assert not field.secret or f'name="s-{field.name}" type="password"' in shown
        assert (f"/webhooks/{kind.name}/{kind.name}" in shown) is (kind.way == "accept")
        assert ("Test it" in shown) is (kind.check is not None)
    assert admin.get("/sources/new/discord").status_code == 404


def test_a_feed_from_the_test_to_the_row_in_now(service: Any, admin: Any, side: Any) -> None:
    from goodwill.service.sources import pulling
    from goodwill.service.store.models import Batch, Source

    side.pages["/feed"] = feed(ANGRY)
    form = {"name": "kim", "s-url": side.url("/feed"), "s-about": "us", "s-channel": "blog", "s-audience": ""}
    seen = admin.post("/sources/new/feed", {**form, "act": "try"}, headers={"HX-Request": "true"}).content.decode()
    assert "It answers." in seen and "Nothing of it was stored." in seen
    assert not Source.objects.exists() and not Batch.objects.exists()
    assert admin.post("/sources/new/feed", {**form, "act": "add"})["Location"] == "/source/kim"
    waits = admin.get("/source/kim").content.decode()
    assert "is asked within seconds" in waits and "every 2s" in waits
    assert pulling.pull("kim") == "1 rows"
    drain()
    assert in_now() and ANGRY in in_now()[0]
    there = admin.get("/source/kim/state", headers={"HX-Request": "true"}).content.decode()
    assert "heard" in there and ANGRY in there and "every 2s" not in there


def test_a_webhook_waits_for_its_first_delivery(service: Any, admin: Any) -> None:
    from goodwill.service.store.models import Source

    added = admin.post("/sources/new/standard", {"name": "shop", "s-secret": SECRET, "act": "add"})
    assert added["Location"] == "/source/shop"
    fragment = {"HX-Request": "true"}
    page = admin.get("/source/shop").content.decode()
    assert "/webhooks/standard/shop" in page and "waits for its first delivery" in page
    assert "every 2s" in admin.get("/source/shop/state", headers=fragment).content.decode()
    other = "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"
    assert send(service.client(), "shop", [message(ANGRY)], other).status_code == 401
    refused = admin.get("/source/shop/state", headers=fragment).content.decode()
    assert "refused" in refused and "every 2s" in refused
    assert send(service.client(), "shop", [message(ANGRY)]).status_code == 202
    drain()
    there = admin.get("/source/shop/state", headers=fragment).content.decode()
    assert ANGRY in there and "every 2s" not in there and "refused" not in there
    assert in_now() == [ANGRY]
    assert Source.objects.get().secrets and SECRET not in Source.objects.get().secrets


@sqlite
def test_what_does_not_hold_is_said_beside_its_field(admin: Any) -> None:
    from goodwill.service.store.models import Source

    answer = admin.post("/sources/new/feed", {"name": "blog", "act": "add"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "URL: is missing." in page and page.count('aria-invalid="true"') == 1
    answer = admin.post("/sources/new/standard", {"name": "A b", "s-secret": SECRET, "act": "add"})
    assert answer.status_code == 422 and "is no name" in answer.content.decode()
    answer = admin.post("/sources/new/mailbox", {"name": "box", "s-host": "h", "s-user": "u", "s-password": "p",
                                                 "s-port": "many", "act": "add"})  # fmt: skip
    page = answer.content.decode()
    assert answer.status_code == 422 and "Port: " in page and 'value="many"' in page
    assert not Source.objects.exists()
    assert admin.post("/sources/new/standard", {"name": "shop", "s-secret": SECRET, "act": "add"}).status_code == 302
    answer = admin.post("/sources/new/standard", {"name": "shop", "s-secret": SECRET, "act": "add"})
    assert answer.status_code == 422 and "called &#x27;shop&#x27; already" in answer.content.decode()
    assert 'value="standard"' in admin.get("/sources/new/standard").content.decode()


@sqlite
def test_a_test_says_what_stands_in_the_way(admin: Any, side: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    side.pages["/page"] = Page(b"<html><body>no feed</body></html>")
    for address, words in ((side.url("/none"), "404"), (side.url("/page"), "feed"), ("http://10.0.0.1/x", "10.0.0.1")):
        answer = admin.post("/sources/new/feed", {"name": "b", "s-url": address, "act": "try"})
        page = answer.content.decode()
        assert answer.status_code == 200 and "Not yet." in page and words in page, address
        assert address in page  # what was typed stays
    from goodwill.service.sources import connect

    def breaks(*_: object) -> str:
        raise RuntimeError("<script>alert(1)</script>")

    monkeypatch.setattr(connect, "try_out", breaks)
    page = admin.post("/sources/new/feed", {"name": "b", "s-url": "http://a.example", "act": "try"}).content.decode()
    assert "It could not be tried: RuntimeError" in page and "<script>alert" not in page


@sqlite
def test_the_address_follows_the_name(admin: Any) -> None:
    fragment = admin.get("/sources/new/zendesk/address", {"name": "Desk"}, headers={"HX-Request": "true"})
    assert "/webhooks/zendesk/desk" in fragment.content.decode()
    for bad in ('"><script>alert(1)</script>', "a b", "", "\x00"):
        page = admin.get("/sources/new/zendesk/address", {"name": bad}).content.decode()
        assert "This is no name" in page and "<script" not in page


@sqlite
def test_a_typed_secret_comes_back_in_no_answer(admin: Any, side: Any) -> None:
    secret = "whsec_c2VjcmV0IHRoYXQgbm9ib2R5IHNlZXM="
    side.pages["/feed"] = feed(ANGRY)
    given = {"s-host": "10.0.0.1", "s-user": "u", "s-password": secret, "s-security": "perhaps"}
    rotated = {"act": "rotate", "field": "secret", "secret": SECRET, "keep": "1"}
    answers = [
        admin.post("/sources/new/standard", {"name": "B ad", "s-secret": secret, "act": "add"}),
        admin.post("/sources/new/mailbox", {"name": "box", **given, "act": "add"}),
        admin.post("/sources/new/mailbox", {"name": "box", **given, "s-security": "TLS", "act": "try"}),
        admin.post("/sources/new/standard", {"name": "shop", "s-secret": secret, "act": "add"}),
        admin.get("/source/shop"),
        admin.get("/sources"),
        admin.post("/source/shop/act", {"act": "rotate", "field": "secret", "secret": "short " + secret}),
        admin.post("/source/shop/act", {"act": "rotate", "field": "other", "secret": secret}),
        admin.post("/source/shop/act", rotated, follow=True),
        admin.get("/source/shop/delete"),
        admin.get("/audit"),
    ]
    for answer in answers:
        assert answer.status_code in (200, 302, 422)
        assert secret not in answer.content.decode() and SECRET not in answer.content.decode()
