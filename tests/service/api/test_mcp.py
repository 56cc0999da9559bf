"""goodwill as tools: the real client of the protocol, over standard input and output."""

from __future__ import annotations

import asyncio
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from service.api.conftest import Shop

OURS = {"lena", "hex", "ole berg", "kim", "o'neil", "mail.example", "668 18 00", "lenahex"}
"""What would tell who somebody is."""


def talk(shop: Shop, conversation: Callable[[Any], Awaitable[None]], token: str = "") -> None:
    """A conversation with a server of its own process."""
    from mcp import Client, StdioServerParameters

    given = {"GOODWILL_TOKEN": token} if token else {}
    program = StdioServerParameters(
        command=sys.executable,
        args=["-c", "from goodwill.cli import main; main()", "mcp"],
        env=shop.service.environment | given,
    )

    async def run() -> None:
        async with Client(program) as client:
            await conversation(client)

    # In a thread of its own: a browser of another test may keep a loop in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(asyncio.wait_for(run(), 120))).result()


def said(answer: Any) -> Any:
    assert not answer.is_error, answer.content
    return json.loads(answer.content[0].text)


def test_an_agent_program_reads_and_proposes(valued: Shop) -> None:
    from goodwill.service.store.models import FACTS, Audit, Deed, Proposal

    async def conversation(client: Any) -> None:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert {"now", "get_message", "get_customer", "get_statement", "propose_answer"} <= set(tools)
        assert all(tool.input_schema["additionalProperties"] is False for tool in tools.values())
        assert tools["now"].annotations.read_only_hint and not tools["propose_answer"].annotations.read_only_hint

        now = said(await client.call_tool("now", {"limit": 10}))
        texts = {one["message_id"]: one["text"] for one in now["items"]}
        assert not any(one["may_quote"] for one in now["items"])  # nobody has said yes to it
        assert set(texts["chat:1"]) == {"untrusted"} and "Where is my refund?" in texts["chat:1"]["untrusted"]
        assert "[email]" in texts["chat:1"]["untrusted"] and "[phone]" in texts["chat:1"]["untrusted"]
        everything = [json.dumps(now)]
        for name in ("list_messages", "list_customers", "list_cases", "list_readings"):
            everything.append(json.dumps(said(await client.call_tool(name, {"limit": 50}))))
        kim = next(one for one in now["items"] if one["message_id"] == "chat:4")["customer_id"]
        assert kim.startswith("ref_")  # their id is an e-mail
        theirs = said(await client.call_tool("get_customer", {"customer_id": kim}))
        assert theirs["customer_id"] == kim and theirs["worth"] is None
        everything.append(json.dumps(theirs))
        known = said(await client.call_tool("get_customer", {"customer_id": "ole"}))
        assert known["worth"] == 80.0
        everything.append(json.dumps(known | {"customer_id": ""}))
        told = " ".join(everything).lower().replace('"lena"', "")  # an id is shown as the shop gave it
        assert [one for one in OURS - {"lena"} if one in told] == []

        for name, arguments in (
            ("now", {"limit": 5, "sql": "1"}),
            ("now", {"limit": 0}),
            ("get_message", {}),
            ("get_message", {"message_id": "chat:99"}),
            ("get_customer", {"customer_id": "ref_abc"}),
            ("propose_answer", {"message_id": "chat:1", "text": " "}),
            ("propose_correction", {"message_id": "chat:1", "field": "lane", "value": "x"}),
        ):
            refused = await client.call_tool(name, arguments)
            assert refused.is_error, (name, arguments)
        extra = await client.call_tool("now", {"sql": "1"})
        assert "sql" in extra.content[0].text and "Extra inputs are not permitted" in extra.content[0].text

        answer = {"message_id": "chat:1", "text": "We are sorry; here it is.", "why": "it is due"}
        first = said(await client.call_tool("propose_answer", answer))
        assert first["state"] == "waiting" and said(await client.call_tool("propose_answer", answer)) == first
        said(await client.call_tool("propose_thanks", {"message_id": "chat:2", "text": "Thank you!"}))
        right = {"message_id": "chat:3", "field": "mood", "value": "negative"}
        said(await client.call_tool("propose_correction", right))

    talk(valued, conversation)
    waiting = list(Proposal.objects.order_by("id").values_list("kind", "message_id", "customer_id", "state", "by"))
    assert waiting == [
        ("answer", "chat:1", "lena", "waiting", "mcp"),
        ("thanks", "chat:2", "lena", "waiting", "mcp"),
        ("correction", "chat:3", "ole", "waiting", "mcp"),
    ]
    assert not any(model.objects.exists() for model in (Deed, FACTS["corrections"], FACTS["actions"]))
    lines = set(Audit.objects.filter(purpose="mcp").values_list("act", "customer_id"))
    assert {("seen", "ole"), ("seen", "email:kim@mail.example"), ("proposed", "lena")} <= lines


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_a_token_that_reads_proposes_nothing_and_a_revoked_one_reads_nothing(shop: Shop) -> None:
    from goodwill.service.store.models import Audit, Proposal

    async def conversation(client: Any) -> None:
        said(await client.call_tool("now", {}))
        refused = await client.call_tool("propose_thanks", {"message_id": "chat:2", "text": "Thank you!"})
        assert refused.is_error and "not write" in refused.content[0].text
        await asyncio.to_thread(_revoke)
        gone = await client.call_tool("now", {})
        assert gone.is_error and "this token opens nothing" in gone.content[0].text

    talk(shop, conversation, shop.tokens["read"])
    assert not Proposal.objects.exists()
    assert Audit.objects.filter(purpose="mcp").values_list("who", flat=True).first() == "token a read one"


def _revoke() -> None:
    from django.db import connections

    from goodwill.service.api.auth import revoke_token

    revoke_token("a read one")
    connections.close_all()


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_a_token_that_is_none_starts_nothing(service: Any) -> None:
    from goodwill.errors import GoodwillError
    from goodwill.service.mcp.server import serve

    with pytest.raises(GoodwillError, match=r"GOODWILL_TOKEN: this token opens nothing; make one"):
        serve("gw_none")


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_ids_that_name_somebody_are_sealed_and_read_back(service: Any) -> None:
    from goodwill.errors import InputError
    from goodwill.service.mcp import veil

    for given in ("c-17", "chat:1", "email:kim@mail.example", "ref_x", "+41 44 668 18 00"):
        assert veil.meant(veil.shown(given) or "") == given
    assert veil.shown("c-17") == "c-17" and "kim" not in (veil.shown("email:kim@mail.example") or "")
    for wrong in ("ref_", "ref_abc", "ref_é", "ref_" + "A" * 40):
        with pytest.raises(InputError, match="is no id"):
            veil.meant(wrong)
