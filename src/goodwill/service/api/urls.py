"""Addresses for machines: /api/v1/…, /api/docs, /api/openapi.json."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import path
from ninja import NinjaAPI

from goodwill import __version__
from goodwill.facts import TABLES
from goodwill.service import addresses  # noqa: F401  the ids that addresses hold are known before any is read
from goodwill.service.api import (
    customers,
    door,
    erasing,
    facts,
    messages,
    methods,
    now,
    problems,
    readings,
    recognise,
    requests,
    terms,
    who,
)


class Api(NinjaAPI):
    """The API, whose description also has the rows of every table."""

    def get_openapi_schema(self, **given: Any) -> Any:
        schema = super().get_openapi_schema(**given)
        schema["components"]["schemas"].update({table: facts.row_schema(table) for table in TABLES})
        for operations in schema["paths"].values():
            for operation in operations.values():
                _add_too_often(operation)
        return schema


def _add_too_often(operation: dict[str, Any]) -> None:
    """Whatever asks for a token may be told to ask less often."""
    answers = operation["responses"]
    refused = answers.get("401", answers.get(401))
    if operation.get("security") and refused is not None:
        header = {"description": "seconds until there is room again", "schema": {"type": "integer", "minimum": 1}}
        told = {**refused, "description": "Too Many Requests", "headers": {"Retry-After": header}}
        answers.setdefault(429 if 401 in answers else "429", told)


api = Api(
    title="goodwill",
    version=__version__,
    description="What every customer is worth for all that they give, and whom to answer now.",
    urls_namespace="api",
    docs_url="/docs",
    openapi_url="/openapi.json",
)
problems.install(api)
api.add_router("/v1/facts", facts.router)
api.add_router("/v1/messages", messages.router)
api.add_router("/v1", now.router)
api.add_router("/v1", readings.router)
api.add_router("/v1", recognise.router)
api.add_router("/v1", terms.router)
api.add_router("/v1", door.router)
api.add_router("/v1", erasing.router)
api.add_router("/v1", requests.router)
api.add_router("/v1", who.router)
api.add_router("/v1", customers.router)


def nothing_here(request: HttpRequest, rest: str) -> Any:
    """An address that the API does not have, in the shape of its other errors."""
    told = problems.body("there is nothing at this address", f"/api/{rest[:80]}", "see /api/docs")
    return api.create_response(request, told, status=404)


urlpatterns = [path("", methods.told_of_methods(api.urls)), path("<whole_id:rest>", nothing_here)]
