"""A page of their own: one file that keeps their terms, the signed records and our answers, and those of other firms.

It is downloaded and works alone, from a folder, without any net: its script is in it, and its own policy lets it load
and send nothing. It checks no signature, and says so: `goodwill terms verify` does.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.template.loader import render_to_string

from goodwill.know.proffers import public_of
from goodwill.service import live, terms
from goodwill.service.live import people
from goodwill.service.store.models import Request
from goodwill.service.terms.publishing import address, firm_key

FORMAT = "goodwill own page, 1"
_ESCAPED = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def make(customer_id: str) -> str:
    """The whole file, as HTML."""
    return render_to_string("door/own_page.html", {"data": script_json(data(customer_id))})


def data(customer_id: str) -> dict[str, Any]:
    """What it keeps: {format, firms: [{name, address, key, made, terms, records, requests}]}, of this firm alone."""
    state = terms.state(customer_id)
    ids = sorted(people.ids_of([customer_id]))
    asked = Request.objects.filter(customer_id__in=ids).order_by("received", "number")
    firm = {
        "name": live.firm().name,
        "address": address(),
        "key": public_of(firm_key()),
        "made": _day(datetime.now(UTC)),
        "terms": {
            "since": _day(state["at"]),
            "agreement": state["agreement"],
            "basis": state["basis"],
            "allowed": state["purposes"],
            "refused": state["refused"],
        },
        "records": [
            {"at": _day(one["at"]), "state": one["state"], "agreement": one["agreement"], "record": one["record"]}
            for one in reversed(terms.records(customer_id))
        ],
        "requests": [
            {
                "number": one.number,
                "kind": one.kind,
                "received": _day(one.received),
                "state": one.state,
                "answered": _day(one.answered),
                "answer": one.answer,
                "receipt": one.receipt,
            }
            for one in asked
        ],
    }
    return {"format": FORMAT, "firms": [firm]}


def script_json(value: Any) -> str:
    """JSON that no HTML parser can take for the end of the script it stands in.

    >>> script_json({"a": "</script>"})
    '{"a": "\\\\u003c/script\\\\u003e"}'
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True).translate(_ESCAPED)


def _day(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else None
