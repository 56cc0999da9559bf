"""Requests by law: the clock, the steps, an answer in minutes; holds and retention; over API and pages."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from goodwill.errors import InputError
from service.erasing import someone as firm

if TYPE_CHECKING:
    from service.conftest import Service


@pytest.fixture
def olga(service: Service) -> Service:
    firm.put(
        "people",
        {"customer_id": "olga", "name": "Olga Novak", "email": "olga@mail.example"},
    )
    firm.put("people", {"customer_id": "ben", "name": "Ben Bauer"})
    firm.put("purchases", *({"purchase_id": f"p{n}", "customer_id": "olga", "at": firm.NOW - n * 400 * firm.DAY,
                             "amount": "10.00", "channel": "web"} for n in range(1, 5)))  # fmt: skip
    firm.put("messages", *({"message_id": f"m{n}", "at": firm.NOW - n * 400 * firm.DAY, "channel": "chat",
                            "text": f"Hm {n}", "customer_id": "olga"} for n in range(1, 5)))  # fmt: skip
    return service


# --- the queue --------------------------------------------------------------------------------------------------------


def test_the_clock_and_the_steps(olga: Service) -> None:
    from goodwill.service import requests
    from goodwill.service.store.models import Audit

    anna = olga.colleague(name="Anna")
    row = requests.open("object", "olga", anna, "Stop it", received=datetime(2026, 1, 31, 9, tzinfo=UTC))
    assert row.due == datetime(2026, 2, 28, 9, tzinfo=UTC) and row.state == "open"
    with pytest.raises(InputError, match="it was not made sure that it is they; note how their identity was checked"):
        requests.fulfil(row.number, anna)
    requests.check_identity(row.number, "called back", anna)
    assert requests.extend(row.number, "many at once", anna).due == datetime(2026, 4, 30, 9, tzinfo=UTC)
    with pytest.raises(InputError, match="it was extended before; the law allows it once"):
        requests.extend(row.number, "again", anna)
    done = requests.fulfil(row.number, anna)
    assert done.state == "answered" and [step["what"].partition(":")[0] for step in done.steps] == [
        "received", "identity", "extended", "answered",
    ]  # fmt: skip
    with pytest.raises(InputError, match="it was answered already; take in a new one"):
        requests.settle(row.number, "no", anna)
    assert Audit.objects.filter(act="request", customer_id="olga", purpose="their request").count() == 4


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_what_cannot_be_asked(olga: Service) -> None:
    from goodwill.service import requests

    with pytest.raises(InputError, match="kind: nothing that one may ask for is called 'sue'; access"):
        requests.open("sue", "olga", "anna")
    with pytest.raises(InputError, match="customer: a request is somebody's; name whose it is"):
        requests.open("access", "", "anna")
    with pytest.raises(InputError, match="received: it cannot have come yet; name the day on which it came"):
        requests.open("access", "olga", "anna", received=datetime.now(UTC) + timedelta(days=2))
    with pytest.raises(InputError, match="there is no such request; look into the queue"):
        requests.fulfil("nothing", "anna")
    row = requests.open("rectify", "olga", "anna", identity="signed in")
    with pytest.raises(InputError, match="answer: say what was done, or why not; write it"):
        requests.fulfil(row.number, "anna")
    assert requests.settle(row.number, "It was right", "anna", state="refused").state == "refused"


def test_each_kind_is_answered_with_one_call(olga: Service) -> None:
    from goodwill.service import erasing, requests, terms
    from goodwill.service.store.models import FACTS, Request

    for kind in ("access", "portability", "restrict", "object"):
        row = requests.open(kind, "olga", "the customer", identity="signed in at the door")
        assert requests.fulfil(row.number, "anna@firm.example").answer
    assert terms.state("olga")["purposes"] == ["answer me"]
    row = requests.open("erase", "olga", "the customer", "Olga Novak, please", identity="signed in at the door")
    done = requests.fulfil(row.number, "anna@firm.example")
    firm.work()
    told = erasing.receipt(done.receipt)
    assert told is not None and told["state"] == "done" and told["why"] == "their request (GDPR art. 17)"
    assert not FACTS["people"].objects.filter(fact_key="olga").exists()
    kept = Request.objects.get(pk=row.number)
    assert kept.customer_id is None and kept.words == "" and kept.state == "answered"


# --- holds and retention ----------------------------------------------------------------------------------------------


def test_a_hold_keeps_its_part_sealed_until_it_ends(olga: Service) -> None:
    from goodwill.service import erasing, holdings, retention
    from goodwill.service.retention.holds import read_held
    from goodwill.service.store.models import FACTS, HeldFact

    until = datetime.now(UTC).date() + timedelta(days=90)
    hold = retention.hold("olga", "messages", "the case at the district court", until, "anna")
    kept = holdings.everything("olga")["kept"]
    assert {
        "table": "messages",
        "rule": "a legal hold keeps them: the case at the district court",
        "until": until,
    } in kept
    receipt = erasing.erase("olga", "the customer", "")
    firm.work()
    told = erasing.receipt(receipt)
    assert (
        told is not None
        and {one["what"]: one["until"] for one in told["kept"]}["messages under a legal hold"] == until.isoformat()
    )
    assert not FACTS["messages"].objects.exists() and HeldFact.objects.count() == 4
    assert not any(b"Hm 2" in content or b"Novak" in content for content in firm.dumped(olga).values())
    assert {row["text"] for row in read_held(hold.pk, "anna")} == {"Hm 1", "Hm 2", "Hm 3", "Hm 4"}
    assert retention.release(hold.pk, "anna") == 4 and not HeldFact.objects.exists()
    with pytest.raises(InputError, match="no such hold stands; look at those that stand"):
        retention.release(hold.pk, "anna")


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_what_cannot_be_held(olga: Service) -> None:
    from goodwill.service import retention

    later = date(2099, 1, 1)
    with pytest.raises(InputError, match="table: no facts of a person are in 'outlays'; choose people, handles"):
        retention.hold("olga", "outlays", "why", later, "anna")
    with pytest.raises(InputError, match="reason: a hold needs a reason: the customer reads it"):
        retention.hold("olga", "messages", " ", later, "anna")
    with pytest.raises(InputError, match="until: it would have ended already; name a day to come"):
        retention.hold("olga", "messages", "why", date(2020, 1, 1), "anna")


def test_facts_go_when_they_are_too_old_but_what_is_held_stays(olga: Service) -> None:
    from goodwill.service import live, retention
    from goodwill.service.store.models import FACTS, Reading

    (olga.home / "goodwill.toml").write_text("[retention.years]\nmessages = 3\npurchases = 2\n")
    live.export_lake()
    hold = retention.hold("olga", "messages", "a claim", datetime.now(UTC).date() + timedelta(days=9), "anna")
    assert retention.forget(datetime.now(UTC)) == {"purchases": 3}
    retention.release(hold.pk, "anna")
    assert retention.forget(datetime.now(UTC)) == {"messages": 2}
    assert set(FACTS["messages"].objects.values_list("fact_key", flat=True)) == {"m1", "m2"}
    assert set(Reading.objects.values_list("message_id", flat=True)) == {"m1", "m2"}
    assert FACTS["purchases"].objects.filter(customer_id=None, channel=None).count() == 3
    live.export_lake()
    left = {name for name, content in firm.dumped(olga).items() if b"Hm 4" in content}
    assert not [name for name in left if name.startswith("table") or name.endswith("unpacked")]


def _came_in(days: int, *tables: str) -> None:
    """As if these facts had arrived so long ago."""
    from goodwill.service.store.models import FACTS

    for table in tables:
        FACTS[table].objects.update(arrived=datetime.now(UTC) - timedelta(days=days))


def test_who_was_not_heard_of_for_years_is_erased(olga: Service) -> None:
    """Whoever bought, wrote or came to their door stays; so does a record that came in lately, and one under a hold."""
    from goodwill.service import erasing, retention
    from goodwill.service.store.audit import record
    from goodwill.service.store.models import FACTS, Erasure

    old = firm.NOW - 900 * firm.DAY
    names = ("silent", "asker", "brought", "visitor", "wanted", "twice", "thrice")
    firm.put("people", *({"customer_id": one, "name": f"Name {one}", "email": f"{one}@mail.example"} for one in names))
    firm.put("people", {"customer_id": "acme", "kind": "organisation", "name": "Acme"})
    firm.put("purchases", {"purchase_id": "s1", "customer_id": "silent", "at": old, "amount": "5.00"})
    firm.put("messages", {"message_id": "a1", "at": firm.NOW - firm.DAY, "text": "Hello?", "channel": "email",
                          "author": "asker@mail.example"})  # fmt: skip
    firm.put("referrals", {"referral_id": "f1", "referrer_id": "olga", "referred_id": "brought", "at": firm.NOW})
    firm.put("handles", {"customer_id": "thrice", "kind": "email", "value": "twice@mail.example", "verified": True})
    firm.put("purchases", {"purchase_id": "t1", "customer_id": "thrice", "at": firm.NOW, "amount": "5.00"})
    record("the customer", "came to the door", customer_id="visitor")
    retention.hold("wanted", "people", "a claim", datetime.now(UTC).date() + timedelta(days=9), "anna")
    _came_in(900, "people")
    (olga.home / "goodwill.toml").write_text("[retention.years]\npeople = 2\n")
    assert retention.forget(datetime.now(UTC)) == {"people": 2}  # silent, and ben of whom nothing was ever heard
    firm.work()
    assert {one for one in ("silent", "ben", "olga", "asker", "twice") if erasing.is_erased(one)} == {"silent", "ben"}
    left = set(FACTS["people"].objects.values_list("fact_key", flat=True))
    assert left == {"olga", "asker", "brought", "visitor", "wanted", "twice", "thrice", "acme"}
    assert not FACTS["handles"].objects.filter(customer_id="silent").exists()
    assert {one.why for one in Erasure.objects.all()} == {"not heard of for as long as people are kept here"}
    assert retention.forget(datetime.now(UTC)) == {}


def test_guessed_handles_old_roles_and_former_terms_go(olga: Service) -> None:
    from goodwill.service import retention, terms
    from goodwill.service.store.models import FACTS

    old = firm.NOW - 900 * firm.DAY
    firm.put(
        "handles",
        {"customer_id": "olga", "kind": "account", "value": "guess", "confidence": 0.4},
        {"customer_id": "olga", "kind": "account", "value": "proved", "confidence": 0.4, "verified": True},
        {"customer_id": "olga", "kind": "phone", "value": "+41446681800"},
    )
    firm.put("people", {"customer_id": "acme", "kind": "organisation", "name": "Acme"})
    for role, entered in (("buyer", old), ("adviser", firm.NOW)):
        firm.put("roles", {"customer_id": "olga", "organisation_id": "acme", "role": role, "say": 0.5,
                           "entered_by": "A", "entered_at": entered})  # fmt: skip
    firm.put("terms", {"customer_id": "olga", "at": old - firm.DAY, "purposes": ["quote me"]},
             {"customer_id": "olga", "at": old, "purposes": ["answer me"]},
             {"customer_id": "ben", "at": old, "refused": ["value me"]})  # fmt: skip
    _came_in(900, "handles")
    rules = "[retention.years]\nhandles = 2\nroles = 2\nterms = 2\n"
    (olga.home / "goodwill.toml").write_text(rules)
    assert retention.forget(datetime.now(UTC)) == {"handles": 1, "roles": 1, "terms": 1}
    assert not FACTS["handles"].objects.filter(value="guess").exists()
    assert FACTS["handles"].objects.filter(value__in=["proved", "+41446681800"]).count() == 2
    assert [row.role for row in FACTS["roles"].objects.all()] == ["adviser"]
    assert terms.state("olga")["purposes"] == ["answer me"] and "value me" in terms.state("ben")["refused"]
    assert retention.forget(datetime.now(UTC)) == {}


def test_purchases_of_the_erased_go_with_the_law(olga: Service) -> None:
    from goodwill.service import erasing, retention
    from goodwill.service.erasing.facts import kept_until
    from goodwill.service.store.models import FACTS

    erasing.erase("olga", "anna", "")
    firm.work()
    assert FACTS["purchases"].objects.filter(customer_id="erased").count() == 4
    oldest = min(FACTS["purchases"].objects.values_list("at", flat=True))
    last = datetime.combine(kept_until(oldest, 10), datetime.min.time(), UTC)
    assert retention.forget(last) == {}
    assert retention.forget(last + timedelta(days=2))["purchases of erased persons"] >= 1
    assert retention.forget(last + timedelta(days=366 * 5)) and not FACTS["purchases"].objects.exists()


# --- the API ----------------------------------------------------------------------------------------------------------


class Asking:
    def __init__(self, service: Service) -> None:
        from goodwill.service.api.auth import make_token

        self.client = service.client()
        self.tokens = {scope: make_token(f"a {scope} one", [scope]) for scope in ("read", "write", "admin")}

    def __call__(self, method: str, address: str, scope: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.tokens[scope]}"}
        return self.client.generic(
            method,
            f"/api/v1/{address}",
            json.dumps(body) if body is not None else "",
            "application/json",
            headers=headers,
        )


def test_erasing_over_the_api(olga: Service) -> None:
    ask = Asking(olga)
    assert ask("POST", "customers/nobody/erase", "admin").status_code == 404
    assert ask("POST", "customers/olga/erase", "write").status_code == 403
    answer = ask("POST", "customers/olga/erase", "admin")
    assert answer.status_code == 200 and set(answer.json()) == {"receipt"}
    receipt = answer.json()["receipt"]
    for address in (
        "customers/olga",
        "customers/olga/statement",
        "customers/olga/export",
        "customers/email:olga@mail.example",
    ):
        assert ask("GET", address, "read").status_code == 410, address
    assert ask("GET", f"receipts/{receipt}", "read").json()["state"] == "asked"
    firm.work()
    told = ask("GET", f"receipts/{receipt}", "read").json()
    assert told["state"] == "done" and told["kept"][0]["number"] == 4
    assert ask("GET", "customers/olga", "read").status_code == 410
    assert ask("POST", "customers/olga/erase", "admin").status_code == 410
    assert ask("GET", "customers/nobody", "read").status_code == 404
    assert ask("GET", "customers/erased", "read").status_code == 410
    assert [one["customer_id"] for one in ask("GET", "customers", "read").json()["items"]] == ["ben"]
    assert ask("GET", "customers/ben", "read").status_code == 200
    assert ask("GET", "receipts/nothing", "read").status_code == 404


def test_export_and_requests_over_the_api(olga: Service) -> None:
    ask = Asking(olga)
    told = ask("GET", "customers/olga/export?format=json", "read")
    assert json.loads(told.getvalue())["parts"][0]["rows"][0]["name"] == "Olga Novak"
    assert ask("GET", "customers/olga/export?format=csv", "read").getvalue()[:2] == b"PK"
    assert ask("GET", "customers/olga/export?format=xml", "read").status_code == 422
    assert ask("POST", "requests", "read", {"kind": "access", "customer_id": "olga"}).status_code == 403
    assert ask("POST", "requests", "write", {"kind": "sue", "customer_id": "olga"}).status_code == 422
    assert ask("POST", "requests", "write", {"kind": "access", "customer_id": "nobody"}).status_code == 404
    made = ask(
        "POST", "requests", "write", {"kind": "access", "customer_id": "olga", "received": "2026-01-05T10:00:00Z"}
    )
    assert made.status_code == 200 and made.json()["due"].startswith("2026-02-05T10:00:00")
    ask("POST", "requests", "write", {"kind": "object", "customer_id": "ben"})
    first = ask("GET", "requests?state=open&limit=1", "read").json()
    assert [one["kind"] for one in first["items"]] == ["access"] and first["next"]
    second = ask("GET", f"requests?state=open&limit=1&cursor={first['next']}", "read").json()
    assert [one["kind"] for one in second["items"]] == ["object"] and second["next"] is None
    one = ask("GET", f"requests/{made.json()['number']}", "read").json()
    assert one["steps"][0]["what"] == "received: see what is held (art. 15)"


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", ["admin", "agent", "analyst", "viewer"])
def test_who_may(olga: Service, role: str) -> None:
    from goodwill.service import erasing, requests
    from goodwill.service.store.models import Hold, Request, Setting

    row = requests.open("access", "olga", "the customer", identity="signed in")
    receipt = erasing.erase("ben", "anna", "")
    client = olga.client(olga.colleague("one@firm.example", role))
    for address in ("/requests", f"/requests/{row.number}", f"/receipts/{receipt}", "/keeping",
                    "/take-along?customer=olga&format=csv"):  # fmt: skip
        assert client.get(address).status_code == (200 if role in ("admin", "agent") else 403), address
    agents = {"/requests/take-in": {"kind": "access", "customer": "olga"}}
    admins = {
        f"/requests/{row.number}/act": {"act": "fulfil"},
        "/keeping/change": {"years.messages": "5", "law": "8"},
        "/keeping/hold": {"customer": "olga", "table": "messages", "reason": "x", "until": "2099-01-01"},
        "/keeping/release": {"hold": "1"},
        "/keeping/held": {"hold": "1"},
        "/erase": {"customer": "olga", "sure": "erase"},
    }
    for address, given in agents.items():
        assert client.post(address, given).status_code == (302 if role in ("admin", "agent") else 403), address
    for address, given in admins.items():
        assert client.get(address).status_code == 405
        status = client.post(address, given).status_code
        assert status in (200, 302) if role == "admin" else status == 403, (address, status)
    assert Hold.objects.exists() is (role == "admin") and Request.objects.count() == (
        2 if role in ("admin", "agent") else 1
    )
    assert Setting.objects.filter(name="retention.years").exists() is (role == "admin")
    assert erasing.is_erased("olga") is (role == "admin")
    assert olga.client().get("/requests").status_code == 302


@pytest.mark.parametrize("service", ["sqlite"], indirect=True)
def test_an_erased_customer_has_a_page_no_more(olga: Service) -> None:
    anna = olga.client(olga.colleague())
    page = anna.get("/customers/olga")
    assert b"Everything held of them" in page.content
    unsure = anna.post("/erase", {"customer": "olga", "sure": "yes"}, follow=True)
    assert "Nothing was erased" in unsure.content.decode()
    done = anna.post("/erase", {"customer": "olga", "sure": "Erase", "why": "they asked"}, follow=True)
    assert b"Receipt of an erasure" in done.content
    assert anna.get("/customers/olga").status_code == 410
    assert anna.get("/customers/nobody").status_code == 404
    wrong = anna.post("/requests/take-in", {"kind": "access", "customer": "olga", "day": "2099-01-01"})
    assert wrong.status_code == 422
