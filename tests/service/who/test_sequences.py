"""Any sequence of decisions ends where it began once all are taken back, and loses nothing on the way."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goodwill.errors import InputError
from service.who import people_here as here

if TYPE_CHECKING:
    from service.conftest import Service

STEPS = st.tuples(
    st.sampled_from(["merge", "split", "confirm", "reject", "undo"]),
    st.sampled_from(here.PEOPLE),
    st.sampled_from(here.PEOPLE),
    st.integers(0, 30),
)
COUNTED = ("fact_people", "fact_handles", "fact_messages", "fact_purchases", "reading", "case")


@pytest.mark.slow
def test_all_taken_back_ends_where_it_began(service: Service) -> None:
    here.fill()
    links = [here.link(a, b, p) for a, b, p in (("a", "f", 0.97), ("c", "d", 0.9), ("e", "f", 0.8), ("b", "e", 0.7))]
    begun = here.stands()
    rows = counts()

    @settings(max_examples=10, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(STEPS, min_size=1, max_size=6))
    def sequence(steps: list[tuple[str, str, str, int]]) -> None:
        from goodwill.service import who

        clear()
        for step in steps:
            before = here.stands()
            try:
                done = decide(links, *step)
            except InputError:
                assert here.stands() == before
                continue
            after = here.stands()
            assert counts() == rows  # no fact is lost, nor what was made of it
            assert everybody(after) == everybody(begun)
            back = who.undo(done.number, by="Ida")
            assert here.stands() == before, (step, steps)
            who.undo(back.number, by="Ida")
            assert here.stands() == after, (step, steps)
        log = who.history()
        for event in log.events:
            if event.kind != "undo" and event.number not in who.history().undone():
                who.undo(event.number, by="Ida")
        assert here.stands() == begun, steps
        assert who.history().events[: len(log.events)] == log.events  # the log only grows

    sequence()


@pytest.mark.slow
@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_what_follows_at_once_is_what_follows_from_everything(service: Service) -> None:
    """After any decisions, a valuation of everybody finds what each decision had already put right."""
    from goodwill.service import live

    here.fill()
    links = [here.link(a, b) for a, b in (("a", "f"), ("c", "d"), ("e", "f"))]
    chance = random.Random(3)
    kinds = ["merge", "split", "confirm", "reject", "undo"]
    for turn in range(12):
        try:
            decide(links, chance.choice(kinds), chance.choice(here.PEOPLE), chance.choice(here.PEOPLE), turn)
        except InputError:
            continue
        at_once = here.stands()
        live.revalue()
        assert said(here.stands()) == said(at_once)


def decide(links: list[int], kind: str, left: str, right: str, number: int) -> Any:
    from goodwill.service import who

    if kind == "merge":
        return who.merge(left, right, by="Ida")
    if kind == "split":
        return who.split({left, right}, by="Ida")
    if kind == "undo":
        return who.undo(number, by="Ida")
    return (who.confirm if kind == "confirm" else who.reject)(links[number % len(links)], by="Ida")


def said(stands: dict[str, Any]) -> dict[str, Any]:
    """Who is who, by ids, handles, readings, cases and search."""
    return {**stands, "link": None}


def everybody(stands: dict[str, Any]) -> set[str]:
    """Every message, with or without somebody who said it."""
    return {*stands["reading"], *stands["case"]}


def counts() -> dict[str, int]:
    from django.db import connection

    found = {}
    with connection.cursor() as cursor:
        for table in COUNTED:
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            found[table] = cursor.fetchone()[0]
    return found


def clear() -> None:
    """An empty log, for the next sequence."""
    from goodwill.service.store.models import Decision

    Decision.objects.all().delete()
