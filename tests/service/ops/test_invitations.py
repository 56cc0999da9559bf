"""One-time links: only their digest is kept, each works once and for a while, and the first admin is the first."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from goodwill.errors import GoodwillError

if TYPE_CHECKING:
    from service.conftest import Service


def test_the_first_admin_says_who_they_are_and_is_the_only_first(service: Service) -> None:
    from goodwill.service.ops import invitations

    secret = invitations.invite("", "admin", by="goodwill")
    with pytest.raises(GoodwillError, match="this is no e-mail address"):
        invitations.redeem(secret)
    assert invitations.look(secret) is not None  # a slip uses nothing up
    first = invitations.redeem(secret, email="Anna@Firm.example", name="Anna")
    assert (first.email, first.role) == ("anna@firm.example", "admin")
    with pytest.raises(GoodwillError, match="an invitation needs an e-mail address"):
        invitations.invite("", "admin", by="goodwill")


def test_of_two_first_links_only_the_later_holds_and_none_after_somebody_came(service: Service) -> None:
    from goodwill.service.ops import invitations

    early = invitations.invite("", "admin", by="goodwill")
    late = invitations.invite("", "admin", by="goodwill")
    assert invitations.look(early) is None
    service.colleague()
    with pytest.raises(invitations.LinkRefused, match="the first admin has come already"):
        invitations.redeem(late, email="x@firm.example")


def test_links_end(service: Service) -> None:
    from django.utils import timezone

    from goodwill.service.ops import invitations
    from goodwill.service.store.models import Invitation

    anna = service.colleague()
    secret = invitations.sign_in_link(anna)
    kept = Invitation.objects.get()
    assert secret not in (kept.digest, kept.email)
    assert timedelta(minutes=14) < kept.until - timezone.now() <= timedelta(minutes=15)
    assert invitations.look(secret) == invitations.look(secret) == kept
    Invitation.objects.update(until=timezone.now())
    assert invitations.look(secret) is None
    with pytest.raises(invitations.LinkRefused, match="this link is too old"):
        invitations.redeem(secret)
    with pytest.raises(invitations.LinkRefused, match="this link is not one of ours"):
        invitations.redeem("made up")
    assert invitations.clean(timezone.now() + timedelta(days=31)) == 1


def test_a_link_is_used_once_even_by_many_at_once(service: Service) -> None:
    from django.db import connection

    from goodwill.service.ops import invitations

    secret = invitations.sign_in_link(service.colleague())
    ends: list[str] = []
    start = threading.Barrier(6)

    def try_it() -> None:
        start.wait()
        try:
            ends.append(invitations.redeem(secret).email)
        except invitations.LinkRefused as refused:
            ends.append(refused.what)
        finally:
            connection.close()

    threads = [threading.Thread(target=try_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["anna@firm.example"] + ["this link has been used"] * 5


def test_who_left_comes_in_by_no_old_link_and_may_be_taken_back(service: Service) -> None:
    from goodwill.service.ops import invitations

    admin, ben = service.colleague(), service.colleague("ben@firm.example", "agent")
    secret = invitations.sign_in_link(ben)
    ben.is_active = False
    ben.save()
    with pytest.raises(invitations.LinkRefused, match="this colleague has left"):
        invitations.redeem(secret)
    with pytest.raises(invitations.LinkRefused, match="this colleague has left"):
        invitations.sign_in_link(ben)
    back = invitations.redeem(invitations.invite(ben.email, "viewer", admin))
    assert (back.pk, back.role, back.is_active, back.has_usable_password()) == (ben.pk, "viewer", True, False)
    # An invitation of an admin who is one no longer does not hold.
    offered = invitations.invite("new@firm.example", "admin", admin)
    admin.role = "agent"
    admin.save()
    with pytest.raises(invitations.LinkRefused, match="may no longer invite"):
        invitations.redeem(offered)


def test_a_weak_password_uses_nothing_up(service: Service) -> None:
    from django.core.exceptions import ValidationError

    from goodwill.service.ops import invitations
    from goodwill.service.store.models import Colleague

    secret = invitations.invite("new@firm.example", "agent", service.colleague())
    with pytest.raises(ValidationError, match="too short"):
        invitations.redeem(secret, password="short")
    assert not Colleague.objects.filter(email="new@firm.example").exists()
    assert invitations.redeem(secret, password="a long enough passphrase").role == "agent"


def test_bad_invitations(service: Service) -> None:
    from goodwill.service.ops import invitations

    anna = service.colleague()
    for email, role, said in (
        ("x@firm.example", "owner", "no role is called 'owner'; choose one of admin, agent, analyst, viewer"),
        ("x", "agent", "x: this is no e-mail address; write it whole"),
        (anna.email, "agent", "anna@firm.example works here already; send them a sign-in link instead"),
    ):
        with pytest.raises(GoodwillError) as caught:
            invitations.invite(email, role, anna)
        assert said in str(caught.value)
