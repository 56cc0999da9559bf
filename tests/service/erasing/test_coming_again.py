"""What comes again of somebody who was erased stays out, and is counted; what is new comes in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from goodwill.errors import InputError
from service.erasing import someone as firm

if TYPE_CHECKING:
    from service.conftest import Service


@pytest.fixture
def erased(service: Service) -> str:
    """Somebody small, erased."""
    from goodwill.service import erasing

    small()
    receipt = erasing.erase(firm.ID, "the customer", "")
    firm.work()
    return receipt


def small() -> None:
    firm.put("people", person(), {"customer_id": "other", "name": "Olga Other"})
    firm.put("handles", {"customer_id": firm.ID, "kind": "account", "value": firm.ACCOUNT, "channel": "twitter"})
    firm.put("purchases", bought("R-1", firm.NOW - 90 * firm.DAY))
    firm.put("messages", said(firm.MESSAGE, firm.NOW - firm.DAY))


def person(**more: Any) -> dict[str, Any]:
    return {"customer_id": firm.ID, "name": firm.NAME, "email": firm.EMAIL, **more}


def bought(number: str, at: datetime, **more: Any) -> dict[str, Any]:
    return {"purchase_id": number, "customer_id": firm.ID, "at": at, "amount": "20.00", **more}


def said(number: str, at: datetime, **more: Any) -> dict[str, Any]:
    return {"message_id": number, "at": at, "channel": "twitter", "author": f"@{firm.ACCOUNT}", "text": "Oh no", **more}


def held() -> dict[str, int]:
    from goodwill.service.store.models import FACTS

    return {name: count for name, model in FACTS.items() if (count := model.objects.count())}


def test_a_second_import_of_the_same_raises_nobody(service: Service, erased: str) -> None:
    from goodwill.service import erasing
    from goodwill.service.store.models import Audit, Batch, Raw

    before = held()
    again = firm.NOW - 80 * firm.DAY
    firm.put("people", person(), {"customer_id": "third", "name": "Thea Third"})
    firm.put("people", person(customer_id="under-another-id"))
    firm.put("people", {"customer_id": f"email:{firm.EMAIL}", "name": firm.NAME})
    firm.put("handles", {"customer_id": "x", "kind": "email", "value": firm.EMAIL.upper()})
    firm.put("purchases", bought("R-1", again), bought("R-2", again, customer_id=None, email=firm.EMAIL))
    firm.put("messages", said("twitter:again", again), said(firm.MESSAGE, again, author=None))
    firm.put("terms", {"customer_id": firm.ID, "at": again, "purposes": ["value me"]})
    assert held() == before | {"people": before["people"] + 1}
    told = erasing.receipt(erased)
    assert told is not None and told["kept_out"] == 9 and told["last_kept_out"] is not None
    assert Batch.objects.filter(left_out__gt=0).count() == 7
    assert not Raw.objects.filter(batch__left_out__gt=0).exists()
    assert Audit.objects.filter(act="kept out", what="2 messages of persons who were erased").exists()
    assert erasing.is_erased(firm.ID)


def test_what_could_not_be_read_of_them_is_not_listed(service: Service, erased: str) -> None:
    from goodwill.service.intake.accept import keep_unchecked
    from goodwill.service.store.models import Unread

    rows = [
        bought("R-9", firm.NOW, amount="much"),
        {"purchase_id": "o-1", "customer_id": "other", "at": "never", "amount": 1},
    ]
    keep_unchecked("purchases", rows, source="shop", by="test")
    firm.drain()
    assert [one.position for one in Unread.objects.all()] == [2]


def test_a_part_of_an_import_is_sifted_too(service: Service, erased: str) -> None:
    import pyarrow as pa

    from goodwill.facts import TABLES
    from goodwill.service.intake import arrow
    from goodwill.service.store.models import FACTS

    rows = [{"customer_id": firm.ID, "name": firm.NAME}, {"customer_id": "fourth", "name": "Fay Fourth"}]
    arrow.keep("people", pa.Table.from_pylist(rows, schema=TABLES["people"].arrow), source="file", by="test")
    firm.drain()
    assert set(FACTS["people"].objects.values_list("customer_id", flat=True)) == {"other", "fourth"}


def test_whoever_comes_back_of_their_own_accord_is_a_customer_again(service: Service, erased: str) -> None:
    from goodwill.service import erasing
    from goodwill.service.store.models import FACTS

    later = datetime.now(UTC) + timedelta(seconds=1)
    firm.put("purchases", bought("N-1", later), bought("R-1", firm.NOW - 80 * firm.DAY))
    assert [row.purchase_id for row in FACTS["purchases"].objects.filter(customer_id=firm.ID)] == ["N-1"]
    assert not erasing.is_erased(firm.ID)
    firm.put("people", person())
    assert FACTS["people"].objects.filter(name=firm.NAME).exists()
    again = erasing.erase(firm.ID, "the customer", "")
    assert again != erased
    firm.work()
    assert erasing.is_erased(firm.ID) and not FACTS["people"].objects.filter(name=firm.NAME).exists()


def test_a_tombstone_may_be_lifted(service: Service, erased: str) -> None:
    from goodwill.service import erasing
    from goodwill.service.erasing import tombstones
    from goodwill.service.store.models import FACTS

    assert tombstones.second_copy().read_text().count("\n") >= 4
    assert erasing.lift(firm.EMAIL.upper(), "anna") >= 4
    assert tombstones.second_copy().read_text() == ""
    firm.put("people", person())
    assert FACTS["people"].objects.filter(customer_id=firm.ID).exists()
    with pytest.raises(InputError, match=r"lift: nobody of this name was erased here; name an id or an e-mail address"):
        erasing.lift(firm.EMAIL, "anna")


@pytest.mark.parametrize("wanted", ["pool", "erased", ""])
def test_accounts_of_nobody_are_not_erased(service: Service, wanted: str) -> None:
    from goodwill.service import erasing

    with pytest.raises(InputError, match="erase: this is nobody's own account; name a customer"):
        erasing.erase(wanted, "anna", "")
    with pytest.raises(InputError, match="erase: nobody is called so, or nothing of theirs is held; check the id"):
        erasing.erase("never-seen", "anna", "")


def test_a_restored_backup_is_erased_again(service: Service) -> None:
    from django.db import connections

    from goodwill.service import erasing
    from goodwill.service.ops.backup import backup
    from goodwill.service.ops.restore import restore
    from goodwill.service.store.models import FACTS

    small()
    old = service.home.parent / "old.zip"
    backup(old)
    receipt = erasing.erase(firm.ID, "the customer", "")
    firm.work()
    connections.close_all()
    manifest = restore(old, replace=True)
    assert manifest["erased_again"] == 1
    assert set(FACTS["people"].objects.values_list("customer_id", flat=True)) == {"other"}
    assert erasing.is_erased(firm.ID)
    firm.work()
    told = erasing.receipt(receipt)
    assert told is not None and told["state"] == "done" and told["why"] == "a backup that was restored still had them"
    left = {name: found for name, content in firm.dumped(service).items() if (found := firm.needles_in(content))}
    assert left == {}
