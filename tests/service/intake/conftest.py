"""Ways of sending and draining that the tests of the way in share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from service.conftest import Service

POST = "/api/v1/facts/"


def message(number: int, **more: Any) -> dict[str, Any]:
    """A message that nothing is wrong with."""
    return {"message_id": f"forum:{number}", "at": "2026-05-03T10:00:00Z", "text": f"number {number}", **more}


def stored(table: str, *columns: str) -> list[tuple[Any, ...]]:
    """What stands in a table of facts, in the order in which it came."""
    from goodwill.service.store.models import FACTS

    return list(FACTS[table].objects.order_by("row").values_list(*columns))


@pytest.fixture(autouse=True)
def api_alone(request: pytest.FixtureRequest) -> Iterator[None]:
    """Requests reach the API and nothing else."""
    from django.test import override_settings

    with override_settings(ROOT_URLCONF="service.intake.addresses"):
        yield


@pytest.fixture
def post(service: Service) -> Callable[..., Any]:
    """Sends a body to a table with a token that may write: rows as JSON, or bytes as they are."""
    from goodwill.service.api.auth import make_token

    token = make_token("shop", ["write"])
    client = service.client()

    def send(table: str, body: Any, content_type: str = "application/json", **headers: str) -> Any:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        return client.post(
            POST + table, text, content_type=content_type, headers={"authorization": f"Bearer {token}", **headers}
        )

    return send


@pytest.fixture
def drain_all() -> Callable[[], Any]:
    """Drains until nothing waits; gives what the rounds did together."""
    from goodwill.service.intake import drain

    def run() -> list[Any]:
        rounds = []
        while (drained := drain()).batches:
            rounds.append(drained)
        return rounds

    return run
