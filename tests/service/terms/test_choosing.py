"""What a customer chose counts when it was answered; what the firm publishes; PUT and GET of terms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from service.terms.conftest import Agent, fill, value_by_hand

if TYPE_CHECKING:
    from service.conftest import Service

ADDRESS = "/api/v1/customers/anna/terms"


def ask(service: Service, method: str, token: str, given: Any = None, address: str = ADDRESS) -> Any:
    client, headers = service.client(), {"authorization": f"Bearer {token}"}
    if given is None:
        return client.get(address, headers=headers)
    return getattr(client, method)(address, given, content_type="application/json", headers=headers)


def test_a_choice_counts_when_it_was_answered_however_much_waits(agent: Agent, tokens: dict[str, str]) -> None:
    from goodwill.service import intake

    value_by_hand(anna="4711.17", ben="10.00")
    waiting = [{"purchase_id": f"w{n}", "customer_id": "cem", "at": "2026-01-01", "amount": "1"} for n in range(3000)]
    intake.store_rows("purchases", waiting, source="", by="test")  # nobody drains it
    chosen = {"agreement": "SD-BASE", "purposes": ["answer me"]}
    answer = ask(agent.service, "put", tokens["write"], chosen)
    assert answer.status_code == 200, answer.content
    found = answer.json()
    assert (found["purposes"], found["agreement"], found["in_force"]) == (["answer me"], "SD-BASE", True)
    assert intake.backlog() >= 0
    held = ask(agent.service, "get", tokens["read"], address="/api/v1/customers/anna").json()
    assert held["worth"] is None and held["terms"]["agreement"] == "SD-BASE"
    assert ask(agent.service, "get", tokens["read"]).json()["purposes"] == ["answer me"]


def test_without_a_choice_the_basis_holds_and_is_said(agent: Agent, tokens: dict[str, str]) -> None:
    found = ask(agent.service, "get", tokens["read"]).json()
    assert (found["at"], found["agreement"], found["basis"]) == (None, None, "legitimate interest")
    assert found["purposes"] == ["answer me", "value me"]
    assert [one["ground"] for one in found["answers"]] == ["the basis"] * 2 + ["nobody asked"] * 3


def test_every_word_of_terms_is_in_their_own_log(agent: Agent, tokens: dict[str, str]) -> None:
    from goodwill.service.store.models import Audit

    ask(agent.service, "put", tokens["write"], {"purposes": ["quote me"]})
    ask(agent.service, "get", tokens["read"])
    rows = list(Audit.objects.filter(customer_id="anna").order_by("id").values_list("who", "act", "what", "purpose"))
    assert ("token a write one", "terms", "quote me", "their choice") in rows
    assert rows[-1][:2] == ("token a read one", "seen")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"purposes": ["sell me"]}, "purposes"),
        ({"purposes": "answer me"}, "purposes"),
        ({"purposes": [], "agreement": "SD-ALL"}, "agreement"),
        ({"purposes": [], "agreement": 3}, "agreement"),
        ({"agreement": "SD-BASE"}, "purposes"),
        ({"purposes": [], "more": 1}, "more"),
    ],
)
@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_what_is_wrong_is_named(agent: Agent, tokens: dict[str, str], given: Any, field: str) -> None:
    answer = ask(agent.service, "put", tokens["write"], given)
    assert answer.status_code == 422 and answer.json()["error"]["field"] == field, answer.content


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_reading_is_not_choosing(agent: Agent, tokens: dict[str, str]) -> None:
    assert ask(agent.service, "put", tokens["read"], {"purposes": []}).status_code == 403
    assert ask(agent.service, "put", "nothing", {"purposes": []}).status_code == 401
    nobody = "/api/v1/customers/nobody/terms"
    assert ask(agent.service, "put", tokens["write"], {"purposes": []}, nobody).status_code == 404
    assert ask(agent.service, "get", tokens["read"], address=nobody).status_code == 404


def test_the_service_says_the_same(agent: Agent) -> None:
    from goodwill.service import terms
    from goodwill.service.intake import Refused

    anna = agent.service.colleague()
    assert terms.set("anna", None, "SD-BASE", anna)["purposes"] == ["answer me"]
    assert terms.set("anna", None, "PDC-GOOD", anna)["purposes"] == ["answer me", "study together"]
    assert terms.set("anna", ["value me"], None, anna)["purposes"] == ["value me"]
    assert terms.state("anna")["purposes"] == ["value me"]
    with pytest.raises(Refused, match="terms, purposes: neither purposes nor an agreement were chosen") as refused:
        terms.set("anna", None, None, anna)
    assert refused.value.field == "purposes"
    with pytest.raises(Refused, match="no agreement is called 'SD-ALL'; choose SD-BASE"):
        terms.set("anna", None, "SD-ALL", anna)
    assert terms.records("anna") == []


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_what_the_firm_accepts_is_published_and_can_be_kept(service: Service) -> None:
    fill()
    client = service.client()
    answer = client.get("/.well-known/myterms.json")
    found = answer.json()
    assert answer.status_code == 200 and answer["Cache-Control"] == "public, max-age=3600"
    assert found["standard"] == "IEEE Std 7012-2025" and found["basis"] == "legitimate interest"
    named = {one["agreement"]: one["accepted"] for one in found["agreements"]}
    assert named == {"SD-BASE": True, "SD-BASE-DP": True, "PDC-AI": False, "PDC-GOOD": False, "PDC-INTENT": True}
    assert found["proffer"] == "http://127.0.0.1:8321/api/v1/terms/proffer"
    assert len(found["key"]["x"]) == 43 and found["key"] == client.get("/.well-known/myterms.json").json()["key"]
    assert "anna" not in answer.content.decode().lower()
    again = client.get("/.well-known/myterms.json", headers={"if-none-match": answer["ETag"]})
    assert again.status_code == 304 and again.content == b""
    (service.home / "goodwill.toml").write_text('[terms]\nbasis = "consent"\naccepts = []\n', encoding="utf-8")
    changed = client.get("/.well-known/myterms.json", headers={"if-none-match": answer["ETag"]}).json()
    assert changed["basis"] == "consent" and changed["accepts"] == [] and changed["offers"] is None
    assert client.post("/.well-known/myterms.json").status_code == 405


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_the_key_is_kept_sealed(service: Service) -> None:
    import base64

    from goodwill.service.store.models import Setting
    from goodwill.service.terms.publishing import firm_key

    made = firm_key()
    held = Setting.objects.get(name="keys.terms").value
    assert base64.b64encode(made).decode() not in held and made.hex() not in held and firm_key() == made
