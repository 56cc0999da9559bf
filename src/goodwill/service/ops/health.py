"""GET /healthz for whatever watches the service, GET /metrics for Prometheus. Neither says anything about persons."""

from __future__ import annotations

import hmac
import os
from typing import TYPE_CHECKING

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from goodwill.service.ops import checks, metrics

if TYPE_CHECKING:
    from django.http import HttpRequest


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 where everything is well or nearly; 503 where one check fails."""
    found = checks.quick()
    well = all(check.state != checks.FAIL for check in found)
    body = {
        "ok": well,
        "checks": {
            check.name: {
                "state": check.state,
                "what": check.what,
                **({"mend": check.mend} if check.mend else {}),
                **({"figure": round(check.figure, 3)} if check.figure is not None else {}),
            }
            for check in found
        },
    }
    return JsonResponse(body, status=200 if well else 503, headers={"Cache-Control": "no-store"})


@require_safe
def metrics_page(request: HttpRequest) -> HttpResponse:
    """Prometheus' text form. Where GOODWILL_METRICS_TOKEN is set, it must be sent as a bearer token."""
    wanted = os.environ.get("GOODWILL_METRICS_TOKEN", "")
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if wanted and not hmac.compare_digest(sent.encode(), wanted.encode()):
        return HttpResponse(
            "send GOODWILL_METRICS_TOKEN as a bearer token\n",
            status=401,
            content_type="text/plain; charset=utf-8",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return HttpResponse(metrics.exposed(), content_type=metrics.CONTENT_TYPE, headers={"Cache-Control": "no-store"})
