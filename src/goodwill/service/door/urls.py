"""Addresses of the door."""

from __future__ import annotations

from django.urls import path

from goodwill.service.door import allowed, asked, entry, given, held, home, leaving, more

urlpatterns = [
    path("door", home.door, name="door"),
    path("door/link", entry.link, name="door-link"),
    path("door/enter/<str:secret>", entry.enter, name="door-enter"),
    path("door/leave", entry.leave, name="door-leave"),
    path("door/held", held.held, name="door-held"),
    path("door/held/correct", held.correct, name="door-correct"),
    path("door/held/dispute", held.dispute, name="door-dispute"),
    path("door/held/not-me", held.not_me, name="door-not-me"),
    path("door/held/all/<str:kind>", more.more, name="door-more"),
    path("door/given", given.given, name="door-given"),
    path("door/allowed", allowed.allowed, name="door-allowed"),
    path("door/asked", asked.asked, name="door-asked"),
    path("door/asked/withdraw", asked.withdraw, name="door-withdraw"),
    path("door/leaving", leaving.leaving, name="door-leaving"),
    path("door/take/<str:form>", leaving.take, name="door-take"),
    path("door/page", leaving.page, name="door-own-page"),
    path("door/erase", leaving.erase, name="door-erase"),
    path("door/receipt/<str:number>", leaving.receipt, name="door-receipt"),
]
