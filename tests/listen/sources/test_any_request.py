"""Whatever a verified sender sends, one of three things happens: rows that hold, a reason, or NotUnderstood."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from goodwill.errors import NotUnderstood
from goodwill.listen.sources import kinds
from listen.sources import (
    test_chatwoot,
    test_delighted,
    test_discourse,
    test_events,
    test_formbricks,
    test_shopify,
    test_signed,
    test_standard,
    test_stripe,
    test_trustpilot,
    test_typeform,
    test_zendesk,
)
from listen.sources.senders import accepted, place_of, signed

REQUESTS: list[tuple[str, Any, dict[str, str]]] = [
    ("discourse", test_discourse.post(), test_discourse.event("post_edited")),
    ("discourse", {"solved": test_discourse.post()["post"]}, test_discourse.event("accepted_solution")),
    ("discourse", {"user": {"id": 1, "username": "a", "email": "a@b.ch"}}, test_discourse.event("user_created")),
    ("chatwoot", test_chatwoot.message(), {}),
    ("chatwoot", test_chatwoot.message(message_type="outgoing"), {}),
    ("chatwoot", {"event": "contact_updated", **test_chatwoot.ANNA}, {}),
    ("shopify", test_shopify.DANA, test_shopify.topic("customers/create")),
    ("shopify", test_shopify.order(refunds=[test_shopify.refund()]), test_shopify.topic("orders/updated")),
    ("shopify", test_shopify.refund(), test_shopify.topic("refunds/create")),
    ("shopify", {"customer": test_shopify.DANA, "orders_to_redact": [1]}, test_shopify.topic("customers/redact")),
    ("stripe", test_stripe.event("charge.succeeded", test_stripe.charge()), {}),
    ("stripe", test_stripe.event("invoice.paid", {**test_stripe.charge(charge="ch_2"), "amount_paid": 5}), {}),
    ("stripe", test_stripe.event("customer.created", {"id": "cus", "preferred_locales": ["de"]}), {}),
    ("zendesk", test_zendesk.event("ticket.created"), {}),
    ("zendesk", test_zendesk.comment("A word"), {}),
    ("zendesk", test_zendesk.event("user.created", role="end-user", email="a@b.ch", external_id="7"), {}),
    ("typeform", test_typeform.form(), {}),
    ("delighted", test_delighted.event("survey_response.updated"), {}),
    ("formbricks", test_formbricks.event(), {}),
    ("trustpilot", {"events": [test_trustpilot.event()]}, {}),
    ("signed", {"messages": [test_signed.MESSAGE], "removed": {"events": ["1"]}}, {}),
    ("standard", test_standard.SAID, {}),
    ("events", [test_events.FAILED], {}),
]
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([0, -1, 10**18, 10**40, 1.5, 1e300, "", " ", "x" * 2000, "\x00", "a@b.ch", "2026-11-22", "9" * 30]),
    st.sampled_from([[], {}, [None], [{}], {"id": None}, {"id": 1}, [[[]]], "nächste Woche", "１２"]),
    st.text(max_size=20),
)


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where the values of a body stand."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [before, *(path for name, one in inner for path in paths(one, (*before, name)))]


def changed(said: Any, path: tuple[Any, ...], odd: Any) -> Any:
    if not path:
        return odd
    said = copy.deepcopy(said)
    at = said
    for name in path[:-1]:
        at = at[name]
    at[path[-1]] = odd
    return said


@pytest.mark.parametrize("case", range(len(REQUESTS)), ids=[f"{one[0]}-{at}" for at, one in enumerate(REQUESTS)])
@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_body_with_something_odd_in_it(case: int, data: st.DataObject) -> None:
    kind, said, headers = REQUESTS[case]
    for _ in range(data.draw(st.integers(1, 3))):
        said = changed(said, data.draw(st.sampled_from(paths(said))), data.draw(ODD))
    body = json.dumps(said).encode()
    word = {"word": test_trustpilot.WORD} if kind == "trustpilot" else {}
    place = place_of(kind, *word.values())
    right = headers if kind == "trustpilot" else {**headers, **signed(kind, body)}
    try:
        heard = accepted(kind, body, right, place=place, query=word)
    except NotUnderstood as reason:
        assert str(reason).partition(":")[0] and reason.mend
        return
    assert heard.facts or heard.edited or heard.removed or heard.said
    assert heard.once and isinstance(heard.once, str)


def test_each_kind_that_accepts_is_tried_here() -> None:
    ours = {"webmention"}  # has a test of its own
    assert {one.name for one in kinds() if one.accept} - ours == {kind for kind, _, _ in REQUESTS}


@pytest.mark.parametrize("kind", sorted({kind for kind, _, _ in REQUESTS}))
def test_a_kind_says_what_it_is(kind: str) -> None:
    from goodwill.listen.sources import kind as kind_called

    found = kind_called(kind)
    assert found.name == kind and found.way == "accept" and "goodwill shows" in found.connect
    assert found.says.endswith(".") and found.connect.endswith(".") and found.tried.startswith("with requests")
    for name, field in found.settings.model_fields.items():
        assert field.description, name
    with pytest.raises(ValueError, match="secret"):
        found.settings(secret=())
