"""Whether an address is known cannot be told by the time that the answer takes (a test of ranks, interleaved)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from service.live.filling import put

if TYPE_CHECKING:
    from collections.abc import Callable

    from service.conftest import Service

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("service", ["sqlite"], indirect=True)]
PAIRS = 150
SURE = 1e-4


def p_value(one: list[float], other: list[float]) -> float:
    """Mann and Whitney (1947): how probable so different ranks are where both take equally long."""
    from scipy.stats import mannwhitneyu

    return float(mannwhitneyu(one, other).pvalue)


def taken(ask: Callable[[str], Any]) -> tuple[list[float], list[float]]:
    """How long answers took for addresses that are known, and for those that are not, in turn."""
    times: dict[str, list[float]] = {"known": [], "stranger": []}
    for number in range(PAIRS):
        turn = ("known", "stranger") if number % 2 else ("stranger", "known")
        for sort in turn:
            begun = time.perf_counter()
            ask(f"{sort}{number}@mail.example")
            times[sort].append(time.perf_counter() - begun)
    return times["known"], times["stranger"]


@pytest.fixture
def asked(service: Service, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Any]:
    monkeypatch.setenv("GOODWILL_SMTP_URL", "smtp://127.0.0.1:9")
    put("people", *({"customer_id": f"c{n}", "email": f"known{n}@mail.example"} for n in range(PAIRS)))
    client = service.client()

    def ask(email: str) -> Any:
        answer = client.post("/door/link", {"email": email})
        assert answer.status_code == 200
        return answer

    for number in range(20):
        ask(f"warm{number}@mail.example")
    return ask


def test_a_known_address_takes_no_longer_than_an_unknown_one(asked: Callable[[str], Any]) -> None:
    said = []
    for _ in range(4):  # chance alone says so once in ten thousand times, and never four times in a row
        known, stranger = taken(asked)
        if p_value(known, stranger) > SURE:
            return
        said.append((sorted(known)[PAIRS // 2], sorted(stranger)[PAIRS // 2]))
    raise AssertionError(f"the time tells: {said}")


def test_the_measure_would_have_told_a_single_question_more(asked: Callable[[str], Any]) -> None:
    """The same, where each known address is looked up before it is answered, as a door that tells would do."""
    from goodwill.service import live

    def telling(email: str) -> None:
        if email.startswith("known"):
            live.customer(f"c{email.removeprefix('known').partition('@')[0]}")
        asked(email)

    known: list[float] = []
    stranger: list[float] = []
    for _ in range(10):  # the busier the machine, the more must be asked
        for all_of, more in zip((known, stranger), taken(telling), strict=True):
            all_of.extend(more)
        if p_value(known, stranger) < SURE:
            return
    raise AssertionError("a look-up more was not told")
