"""The API keeps to its own description: schemathesis asks it all that the schema allows, and some that it does not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from service.api.conftest import Shop

READS = ("/api/v1/messages", "/api/v1/now", "/api/v1/cases", "/api/v1/readings", "/api/v1/customers", "/api/v1/worth")


def description(shop: Shop) -> dict[str, Any]:
    answer = shop.service.client().get("/api/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json())


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_every_address_says_who_may_and_what_comes_back(shop: Shop) -> None:
    described = description(shop)
    assert described["info"]["title"] == "goodwill"
    by_their_own_key = described["paths"].pop("/api/v1/terms/proffer")["post"]
    assert "security" not in by_their_own_key and by_their_own_key["summary"]
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            assert operation["security"] == [{"Scoped": []}], (path, method)
            assert operation["summary"] and {"401", "403", "429"} <= set(operation["responses"]), (path, method)
    for path in READS:
        assert {"200", "304", "422"} <= set(described["paths"][path]["get"]["responses"])


@pytest.mark.slow
def test_the_api_keeps_to_its_schema(valued: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, settings
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_headers_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    from goodwill.service.wsgi import application

    monkeypatch.setenv("GOODWILL_API_RATE", "0")
    headers = {"Authorization": f"Bearer {valued.tokens['admin']}", "Host": "localhost"}
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", application, headers={"Host": "localhost"})
    checks = [
        not_a_server_error,
        status_code_conformance,
        content_type_conformance,
        response_headers_conformance,
        response_schema_conformance,
    ]
    asked, answered = 0, Counter()
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=20,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def each(case: Any) -> None:
            answer = case.call(headers=headers)
            answered[answer.status_code] += 1
            case.validate_response(answer, headers=headers, checks=checks)

        given(case=operation.as_strategy())(each)()
        given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode.NEGATIVE))(each)()
        asked += 1
    assert asked >= 12 and {200, 404, 422} <= set(answered), answered
    assert set(answered) <= {200, 202, 400, 401, 404, 405, 413, 415, 422}, answered
