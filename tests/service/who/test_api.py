"""Who is who, for programs: who may, what comes back, and every error in its shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from service.who import people_here as here

if TYPE_CHECKING:
    from service.conftest import Service


class Program:
    """A program with a token of each scope."""

    def __init__(self, service: Service) -> None:
        from goodwill.service.api.auth import make_token

        self.client = service.client()
        self.tokens = {scope: make_token(scope, [scope]) for scope in ("read", "write", "admin", "recognise")}

    def ask(self, method: str, address: str, scope: str = "admin", body: Any = None) -> tuple[int, Any]:
        headers = {"Authorization": f"Bearer {self.tokens[scope]}"} if scope else {}
        given = {"data": body or b"", "content_type": "application/json"} if method == "post" else {}
        answer = getattr(self.client, method)(f"/api/v1/{address}", headers=headers, **given)
        return answer.status_code, answer.json()


@pytest.fixture
def program(service: Service) -> Program:
    here.fill()
    return Program(service)


def test_links_are_read_and_decided_on(program: Program) -> None:
    one, two, three = here.link("a", "f", 0.97), here.link("d", "f", 0.9), here.link("c", "d", 0.8)
    status, first = program.ask("get", "links?limit=2", "read")
    assert status == 200 and [row["id"] for row in first["items"]] == [one, two] and first["next"]
    assert program.ask("get", f"links?limit=2&cursor={first['next']}", "read")[1]["items"][0]["id"] == three
    assert program.ask("get", "links?least=0.95", "read")[1]["items"][0]["left"]["name"] == "NameA Longa"
    assert [row["id"] for row in program.ask("get", "links?q=namef", "read")[1]["items"]] == [one, two]
    status, link = program.ask("get", f"links/{one}", "read")
    assert status == 200 and link["left"]["facts"] == {"purchases": 1, "messages": 1}
    assert link["left"]["channels"] == ["chat"] and link["reasons"][0]["bits"] == -5.6 and link["state"] == "proposed"
    status, done = program.ask("post", f"links/{two}/reject", "write", {"why": "another voice"})
    assert (status, done["kind"], done["number"], done["by"], done["why"]) == (
        200, "reject", 0, "token write", "another voice",
    )  # fmt: skip
    assert program.ask("post", f"links/{one}/confirm", "write")[0] == 200
    assert here.groups() == ["abcf", "de"]
    status, who = program.ask("get", "customers/f/links", "read")
    assert status == 200 and who["customer_id"] == "a" and [one["id"] for one in who["records"]] == list("abcf")
    # Whoever f is put apart from, the others of f's person are put apart from too.
    assert {(one["left"]["id"], one["right"]["id"], one["state"]) for one in who["links"]} == {
        ("d", "f", "rejected"), ("c", "d", "rejected"),
    }  # fmt: skip
    assert [one["kind"] for one in who["decisions"]] == ["confirm", "reject"]
    status, back = program.ask("post", "decisions/1/undo", "write")
    assert (status, back["kind"], back["undoes"]) == (200, "undo", 1)
    assert here.groups() == ["abc", "de", "f"]
    who = program.ask("get", "customers/f/links", "read")[1]
    assert [(one["number"], one["undone"]) for one in who["decisions"]] == [(2, False), (1, True), (0, False)]


def test_customers_are_merged_and_split(program: Program) -> None:
    status, done = program.ask("post", "customers/c/merge", "write", {"with": "f", "why": "by phone"})
    assert (status, done["left"], done["right"]) == (200, ["c", "a", "b"], ["f"])
    assert program.ask("get", "customers/f", "read")[1]["customer_id"] == "a"
    status, done = program.ask("post", "customers/a/split", "write", {"records": ["b"]})
    assert (status, done["left"], done["right"]) == (200, ["b"], ["a", "c", "f"])
    assert here.groups() == ["acf", "b", "de"]
    here.link("b", "d", 0.99), here.link("a", "d", 0.6)
    status, all_of_them = program.ask("post", "links/confirm", "admin", {"least": 0.95})
    assert status == 200 and [one["probability"] for one in all_of_them["items"]] == [0.99]
    assert here.groups() == ["acf", "bde"]


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_who_may_and_what_is_refused(program: Program) -> None:
    link = here.link("a", "f")
    refused = "this token may read, not write"
    for method, address, scope, body, status, said in (
        ("get", "links", "", None, 401, "no valid token came with it"),
        ("get", "links", "recognise", None, 403, "this token may recognise, not read"),
        ("post", f"links/{link}/confirm", "read", None, 403, refused),
        ("post", f"links/{link}/reject", "read", None, 403, refused),
        ("post", "customers/a/merge", "read", {"with": "f"}, 403, refused),
        ("post", "customers/a/split", "read", {"records": ["b"]}, 403, refused),
        ("post", "decisions/0/undo", "read", None, 403, refused),
        ("post", "links/confirm", "write", {"least": 0.9}, 403, "this token may write, not admin"),
        ("post", "links/confirm", "admin", {"least": 0.2}, 422, "Input should be greater than or equal to 0.5"),
        ("post", "links/confirm", "admin", {}, 422, "Field required"),
        ("get", "links?state=open", "read", None, 422, "Input should be 'proposed', 'confirmed' or 'rejected'"),
        ("get", "links?leest=1", "read", None, 422, "no parameter is called 'leest'"),
        ("get", "links?cursor=WyJhIl0", "read", None, 422, "'WyJhIl0' is no cursor"),
        ("get", "links?cursor=W05hTiwgMV0", "read", None, 422, "'W05hTiwgMV0' is no cursor"),  # [NaN, 1]
        ("get", "links/77", "read", None, 404, "there is no link 77"),
        ("get", f"links/{2**70}", "read", None, 404, "there is no such number"),
        ("post", "links/77/confirm", "write", None, 404, "there is no link 77"),
        ("post", "decisions/77/undo", "write", None, 404, "there is no decision 77"),
        ("get", "customers/nobody/links", "read", None, 404, "no customer is called 'nobody'"),
        ("post", "customers/a/merge", "write", {"with": "nobody"}, 404, "no customer is called 'nobody'"),
        ("post", "customers/a/merge", "write", {"with": "c"}, 422, "'a' and 'c' are one person already"),
        ("post", "customers/acme/merge", "write", {"with": "f"}, 422, "'acme' is an organisation and 'f' is not"),
        ("post", "customers/a/merge", "write", {"with": "f", "whom": "x"}, 422, "Extra inputs are not permitted"),
        ("post", "customers/a/split", "write", {"records": ["f"]}, 422, "'f' is no id of theirs"),
        ("post", "customers/a/split", "write", {"records": ["a", "b", "c"]}, 422, "every record of the person is"),
        ("post", "customers/a/split", "write", {"records": []}, 422, "List should have at least 1 item"),
    ):  # fmt: skip
        code, answer = program.ask(method, address, scope, body)
        assert (code, said in answer["error"]["what"]) == (status, True), (address, code, answer)
    assert here.groups() == ["abc", "de", "f"]
