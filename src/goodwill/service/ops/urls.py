"""Health and metrics."""

from __future__ import annotations

from django.urls import path

from goodwill.service.ops import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("metrics", health.metrics_page, name="metrics"),
]
