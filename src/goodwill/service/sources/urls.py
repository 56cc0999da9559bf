"""Where senders reach their source."""

from __future__ import annotations

from django.urls import path

from goodwill.service.sources import webhooks

urlpatterns = [path("webhooks/<str:kind>/<str:name>", webhooks.webhook, name="webhook")]
