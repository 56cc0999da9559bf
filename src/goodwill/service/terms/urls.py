"""Where the firm says what terms it accepts."""

from __future__ import annotations

from django.urls import path

from goodwill.service.terms import publishing

urlpatterns = [path(".well-known/myterms.json", publishing.myterms, name="myterms")]
