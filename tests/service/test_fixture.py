"""The fixture that every test of the service stands on: each test has an installation of its own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from service.conftest import Service


@pytest.mark.parametrize("again", [1, 2])
def test_each_test_begins_with_an_empty_store(service: Service, again: int) -> None:
    from django.db import connection

    from goodwill.service.home import home
    from goodwill.service.store.models import Batch, Colleague

    assert connection.vendor == service.kind
    assert home().folder == service.home
    assert os.environ["GOODWILL_HOME"] == str(service.home)
    assert not Colleague.objects.exists()
    service.colleague()
    assert Colleague.objects.count() == again - again + 1
    assert not Batch.objects.exists()
