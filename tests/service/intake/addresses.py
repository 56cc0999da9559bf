"""The API alone, so that these tests stand on nothing else."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("api/", include("goodwill.service.api.urls"))]
