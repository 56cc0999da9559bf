"""The page of the API's description: everything on it is our own, and the policy of the pages holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from service.pages.conftest import site  # noqa: F401

if TYPE_CHECKING:
    from service.conftest import Service
    from service.pages.conftest import Site

pytestmark = pytest.mark.parametrize("service", ["sqlite"], indirect=True)


def test_the_page_loads_nothing_from_elsewhere(service: Service) -> None:
    client = service.client()
    page = client.get("/api/docs")
    html = page.content.decode()
    assert page.status_code == 200 and "script-src 'self'" in page.headers["Content-Security-Policy"]
    loaded = re.findall(r'(?:src|href)="([^"]+)"', html)
    assert loaded and all(address.startswith("/static/") for address in loaded), loaded
    for address in loaded:
        part = client.get(address)
        assert part.status_code == 200 and b"".join(part.streaming_content), address
        part.close()
    scripts = re.findall(r"<script([^>]*)>", html)
    assert all('src="' in one or 'type="application/json"' in one for one in scripts), scripts
    assert not re.search(r"<style|\son\w+=|\sstyle=|javascript:", html)


@pytest.mark.slow
def test_a_browser_shows_every_address_and_complains_of_nothing(site: Site) -> None:  # noqa: F811
    tab = site.tab().go("/api/docs")  # requests elsewhere, breaches of the policy and errors fail in the fixture
    tab.page.wait_for_selector("#operations-customers-goodwill_service_api_customers_get_customer")
    assert "/api/v1/understand" in tab.page.inner_text("#swagger-ui").replace("\u200b", "")
