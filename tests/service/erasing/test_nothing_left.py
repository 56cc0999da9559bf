"""After an erasure no byte of the person is found anywhere: the test greps the home and the whole database."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from service.erasing import someone as firm

if TYPE_CHECKING:
    from service.conftest import Service

pytestmark = pytest.mark.slow


def test_no_byte_is_left_and_the_books_balance(service: Service) -> None:
    from django.db.models import Sum

    from goodwill.service import erasing
    from goodwill.service.store.models import FACTS, Worth

    firm.people()
    firm.bjorn()
    firm.around(service)
    before = firm.dumped(service)
    everywhere = {needle for content in before.values() for needle in firm.needles_in(content)}
    assert everywhere >= {"quellwasser", firm.EMAIL, firm.ACCOUNT, *firm.SAID}
    kinds = {name.partition(" ")[0] for name, content in before.items() if firm.needles_in(content)}
    assert kinds >= {"table", "batch_raw,", "logs/service.log"}
    # SQLite may keep all of it in its write-ahead log for now.
    files = ("goodwill.sqlite3", "goodwill.sqlite3-wal") if service.kind == "sqlite" else ("server",)
    assert kinds & set(files)
    assert Worth.objects.filter(customer_id=firm.ID).exists()

    receipt = erasing.erase(firm.ID, "the customer", f"{firm.NAME} asked")
    assert erasing.erase(firm.ID, "the customer", "again") == receipt
    firm.work()

    told = erasing.receipt(receipt)
    assert told is not None and told["state"] == "done", told
    left = {name: found for name, content in firm.dumped(service).items() if (found := firm.needles_in(content))}
    assert left == {}
    assert not [name for name, content in firm.dumped(service).items() if firm.ID.encode() in content]

    assert told["gone"]["messages"] == 2 and told["reduced"]["purchases"] == 6 and told["why"] == "[name] asked"
    kept = FACTS["purchases"].objects.filter(customer_id="erased")
    assert kept.count() == 6 and kept.aggregate(sum=Sum("amount"))["sum"] == Decimal("511.50")
    assert not kept.exclude(channel=None).exists() and all(row.at.hour == 0 for row in kept)
    assert told["kept"][0]["until"].endswith("-12-31")
    sums = Worth.objects.aggregate(worth=Sum("worth"), generated=Sum("generated"))
    assert sums["worth"] == sums["generated"] and sums["worth"]
    others = FACTS["messages"].objects.get(fact_key="twitter:others")
    assert others.in_reply_to == others.thread and others.thread.startswith("erased:")
    assert "same here" in others.text
