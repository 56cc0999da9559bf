"""An erasure that is killed in the middle is done again, and ends as if nothing had happened."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from service.erasing import someone as firm
from service.erasing.test_coming_again import small

if TYPE_CHECKING:
    from service.conftest import Service

pytestmark = pytest.mark.slow
PROCESS = """
import time
import goodwill.service
goodwill.service.start()
from goodwill.service.erasing import {module}, work
from goodwill.service import jobs
was = {module}.{function}
def stops(*given, **named):
    if {after}:
        was(*given, **named)
    print("in the middle", flush=True)
    time.sleep(600)
{module}.{function} = stops
while jobs.Worker("killed", beats=False).once():
    pass
print("nothing to do", flush=True)
"""


@pytest.mark.parametrize(
    ("module", "function", "after"),
    [("facts", "erase", True), ("made", "erase", False), ("sweeping", "sweep", True), ("cleaning", "make_anew", False)],
)
def test_killed_in_the_middle(service: Service, module: str, function: str, after: bool) -> None:
    from django.conf import settings
    from django.db import connections

    from goodwill.service import erasing, jobs
    from goodwill.service.store.models import Job

    small()
    receipt = erasing.erase(firm.ID, "the customer", "")
    connections.close_all()
    code = PROCESS.format(module=module, function=function, after=after)
    environment = service.environment | {"GOODWILL_SECRET_KEY": settings.SECRET_KEY}
    with subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"in the middle\n"
        os.kill(process.pid, signal.SIGKILL)
    Job.objects.filter(state=Job.RUNNING).update(leased_until=firm.NOW)
    assert jobs.reap() == 1
    Job.objects.update(error="")
    firm.work()
    told = erasing.receipt(receipt)
    assert told is not None and told["state"] == "done" and told["gone"]["messages"] == 1
    assert told["reduced"]["purchases"] == 1 and told["kept"][0]["number"] == 1
    left = {name: found for name, content in firm.dumped(service).items() if (found := firm.needles_in(content))}
    assert left == {}
