"""What Prometheus reads.

What is in the database (backlog, lag, jobs, cases) is asked when it is read, so every web worker gives the same answer
and drainer and worker need no port of their own. What happens in the web workers (requests) is added up over them by
prometheus-client's multi-process mode, in files that `goodwill serve` lays out; without them it is of one process.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

import prometheus_client
from django.db import DatabaseError
from django.db.models import Count, Max, Sum
from django.utils import timezone
from prometheus_client.core import CollectorRegistry, CounterMetricFamily, GaugeMetricFamily

from goodwill.service.ops import checks
from goodwill.service.store.models import FACTS, Alert, Batch, Case, Heartbeat, Job, Source, Unread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest, HttpResponse
    from prometheus_client.metrics_core import Metric

CONTENT_TYPE = prometheus_client.CONTENT_TYPE_LATEST
_own = CollectorRegistry()
REQUESTS = prometheus_client.Counter(
    "goodwill_requests", "Requests answered", ["route", "method", "status"], registry=_own
)
SECONDS = prometheus_client.Histogram(
    "goodwill_request_seconds",
    "Time to answer",
    ["route"],
    registry=_own,
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 2.5, 5, 10),
)


class Timing:
    """Middleware: counts and times each request by its route (never by its path, which may name a customer)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        found = request.resolver_match
        route = found.route if found else "none"
        method = request.method if request.method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD") else "other"
        REQUESTS.labels(route, method, str(response.status_code)).inc()
        SECONDS.labels(route).observe(time.perf_counter() - began)
        return response


class Stored:
    """Collects what the database knows."""

    def collect(self) -> Iterator[Metric]:
        """Every figure; where the database does not answer, only that."""
        up = GaugeMetricFamily("goodwill_database_up", "1 where the database answers")
        found: list[Any] = []
        try:
            found = list(_figures())
        except DatabaseError:
            up.add_metric([], 0)
        else:
            up.add_metric([], 1)
        yield up
        yield from found


def _figures() -> Iterator[Metric]:
    now = timezone.now()
    waiting = Batch.objects.filter(state=Batch.WAITING).aggregate(rows=Sum("rows"), batches=Count("id"))
    yield _gauge("goodwill_backlog_rows", "Facts accepted and not yet stored", waiting["rows"] or 0)
    yield _gauge("goodwill_backlog_batches", "Batches accepted and not yet stored", waiting["batches"])
    yield _gauge("goodwill_drainer_lag_seconds", "How long the oldest of them has waited", checks.drainer_lag(now))
    facts = CounterMetricFamily("goodwill_facts_stored", "Facts ever stored, by table", labels=["table"])
    for table, model in FACTS.items():
        facts.add_metric([table], model.objects.aggregate(last=Max("row"))["last"] or 0)
    yield facts
    unread = Unread.objects.filter(settled__isnull=True).count()
    yield _gauge("goodwill_unread_rows", "Facts that could not be read and wait for somebody", unread)
    yield _by("goodwill_jobs", "Jobs that wait, run or failed", "state", _counts(Job, "state", exclude=Job.DONE))
    open_cases = Case.objects.filter(state=Case.OPEN)
    yield _by("goodwill_cases_open", "Messages in Now", "group", _tally(open_cases, "group"))
    yield _gauge("goodwill_cases_overdue", "Messages whose promise is broken", open_cases.filter(due__lt=now).count())
    yield _gauge("goodwill_alerts_open", "Alerts whose cause lasts", Alert.objects.filter(ended__isnull=True).count())
    yield _gauge(
        "goodwill_sources_failing", "Sources whose last pull failed", Source.objects.exclude(failures=0).count()
    )
    beats = GaugeMetricFamily("goodwill_heartbeat_age_seconds", "Since a process was heard", labels=["kind"])
    for row in Heartbeat.objects.values("kind").annotate(latest=Max("at")).order_by("kind"):
        beats.add_metric([row["kind"]], max(0.0, (now - row["latest"]).total_seconds()))
    yield beats
    yield _gauge("goodwill_disk_free_bytes", "Free where the home lies", checks.disk().figure or 0)


def _gauge(name: str, about: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, about, value=value)


def _by(name: str, about: str, label: str, counts: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, about, labels=[label])
    for key, count in sorted(counts.items()):
        family.add_metric([key], count)
    return family


def _counts(model: Any, column: str, exclude: str) -> dict[str, int]:
    return _tally(model.objects.exclude(**{column: exclude}), column)


def _tally(rows: Any, column: str) -> dict[str, int]:
    return {row[column]: row["n"] for row in rows.order_by().values(column).annotate(n=Count("pk"))}


def exposed() -> bytes:
    """Everything, in Prometheus' text form."""
    stored = CollectorRegistry()
    stored.register(Stored())  # type: ignore[arg-type]
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess

        requests = CollectorRegistry()
        multiprocess.MultiProcessCollector(requests)
    else:
        requests = _own
    return prometheus_client.generate_latest(stored) + prometheus_client.generate_latest(requests)
