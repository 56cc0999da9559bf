"""GET /.well-known/myterms.json: what the firm accepts, on what basis it values, its key, and where to proffer."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from goodwill.facts import PURPOSES
from goodwill.know import proffers, records
from goodwill.know.agreements import AGREEMENTS, ROSTER, STANDARD
from goodwill.know.proffers import public_of
from goodwill.know.terms import unasked
from goodwill.service import live
from goodwill.service.ops.invitations import base_address
from goodwill.service.store.keys import TERMS, key

if TYPE_CHECKING:
    from django.http import HttpRequest

KEPT_FOR = 3600
"""Seconds for which an agent may keep the answer."""
BASES = {
    "legitimate interest": "We value customers by our legitimate interest. Anybody may object, in one click.",
    "consent": "We value a customer only after they said yes.",
}


def address() -> str:
    """The firm's address, as proffers name it."""
    return base_address().rstrip("/")


def firm_key() -> bytes:
    """The private half of the key that signs the firm's answers."""
    return key(TERMS)


def published() -> dict[str, Any]:
    """What an agent, or anybody, may know of the firm's terms."""
    firm = live.firm()
    return {
        "standard": STANDARD,
        "roster": ROSTER,
        "firm": {"name": firm.name, "address": address()},
        "basis": firm.terms.basis,
        "basis_means": BASES[firm.terms.basis],
        "accepts": list(firm.terms.accepts),
        "offers": firm.terms.offers if firm.terms.offers in firm.terms.accepts else None,
        "agreements": [
            {
                "agreement": one.name,
                "accepted": one.name in firm.terms.accepts,
                "purposes": list(one.purposes),
                "adds_to_what_holds": not one.replaces,
                "we_take_it_to_mean": one.meaning,
                "text": one.text,
            }
            for one in AGREEMENTS.values()
        ],
        "purposes": [{"purpose": one, "holds_unasked": unasked(firm, one)} for one in PURPOSES],
        "key": {"kty": "OKP", "crv": "Ed25519", "x": public_of(firm_key())},  # RFC 8037
        "proffer": f"{address()}/api/v1/terms/proffer",
        "forms": {"proffer": proffers.FORMAT, "record": records.FORMAT, "canonical": "RFC 8785"},
        "door": f"{address()}/door",
    }


@require_safe
def myterms(request: HttpRequest) -> HttpResponse:
    """The same as JSON, for anybody: it says nothing about any person."""
    body = json.dumps(published(), ensure_ascii=False, indent=1).encode()
    mark = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    held = parse_etags(request.headers.get("If-None-Match", ""))
    if "*" in held or mark in [one.removeprefix("W/") for one in held]:
        answer: HttpResponse = HttpResponseNotModified()
    else:
        answer = HttpResponse(body, content_type="application/json")
    answer["ETag"], answer["Cache-Control"] = mark, f"public, max-age={KEPT_FOR}"
    answer["Access-Control-Allow-Origin"] = "*"  # an agent may live in a browser
    return answer
