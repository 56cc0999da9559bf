"""Every address of the service."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [
    path("api/", include("goodwill.service.api.urls")),
    path("", include("goodwill.service.ops.urls")),
    path("", include("goodwill.service.sources.urls")),
    path("", include("goodwill.service.terms.urls")),
    path("", include("goodwill.service.door.urls")),
    path("", include("goodwill.service.pages.urls")),
]
