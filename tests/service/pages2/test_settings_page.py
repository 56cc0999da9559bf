"""Settings: checked as a whole, kept with who entered them, taken back; promises; alerts."""

from __future__ import annotations

from typing import Any

import pytest

from service.pages.shop import fact

pytestmark = pytest.mark.parametrize("service", ["sqlite"], indirect=True)


@pytest.fixture
def client(service: Any) -> Any:
    return service.client(service.colleague(name="Anna Keller"))


def change(client: Any, name: str, **given: Any) -> Any:
    return client.post("/settings/change", {"name": name, **given})


def test_an_assumption_is_kept_with_its_range_and_its_author(service: Any, client: Any) -> None:
    from goodwill.service import live
    from goodwill.service.store.models import Audit

    assert change(client, "assumptions.margin", value="0,35", low=".3", high="0.4").status_code == 302
    margin = live.firm().assumptions.margin
    assert (margin.value, margin.low, margin.high, margin.by, margin.measured) == (0.35, 0.3, 0.4, "Anna Keller", False)
    page = client.get("/settings?tab=assumptions").content.decode()
    assert "0.3 to 0.4" in page and "Anna Keller" in page and page.count("nobody: goodwill’s own") == 15
    change(client, "assumptions.margin", act="back")
    assert live.firm().assumptions.margin.by == "goodwill"
    assert [line.what for line in Audit.objects.filter(act="changed a setting")] == [
        "assumptions.margin: as in the file → 0.35 (0.3 to 0.4)"
    ]


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("assumptions.margin", {"value": "0.5", "low": "0.6", "high": "0.7"}, "low ≤ value ≤ high does not hold"),
        ("assumptions.margin", {"value": "much"}, "&#x27;much&#x27; is no number"),
        ("assumptions.margin", {"value": "nan"}, "is no number"),
        ("assumptions.margin", {"value": "1e400"}, "is no number"),
        ("assumptions.margin", {"value": ""}, "it has no value"),
        ("firm.timezone", {"value": "Mars/Olympus"}, "no time zone is called"),
        ("firm.currency", {"value": "euro"}, "pattern"),
        ("firm.name", {"value": " "}, "it is empty"),
        ("terms.basis", {"value": "because"}, "legitimate interest"),
    ],
)
def test_what_cannot_be_is_said_and_not_kept(service: Any, client: Any, name: str, given: Any, says: str) -> None:
    from goodwill.service.store.models import Audit, Setting

    answer = change(client, name, **given)
    assert answer.status_code == 422 and says in answer.content.decode()
    assert not Setting.objects.exists() and not Audit.objects.exists()


def test_only_what_pages_may_change(service: Any, client: Any) -> None:
    for name in ("alerts.webhook_secret", "rates.EUR", "assumptions.nothing", "columns", "", "firm", "__class__"):
        assert change(client, name, value="x").status_code == 404, name


def test_the_file_is_under_the_page_and_comes_back(service: Any, client: Any) -> None:
    from goodwill.service import live

    (service.home / "goodwill.toml").write_text('[firm]\nname = "Abacus"\ncurrency = "CHF"\n')
    change(client, "firm.name", value="Abacus & Sons")
    assert (live.firm().name, live.firm().currency) == ("Abacus & Sons", "CHF")
    page = client.get("/settings").content.decode()
    assert "Abacus &amp; Sons" in page and "anna@firm.example" in page
    change(client, "firm.name", act="back")
    assert live.firm().name == "Abacus"


def test_the_currency_stands_fast_once_sums_are_stored(service: Any, client: Any) -> None:
    assert change(client, "firm.currency", value="usd").status_code == 302
    fact("purchases", purchase_id="p1", customer_id="c1", amount="1.00", at="2026-11-01T00:00:00Z")
    assert "stands fast" in change(client, "firm.currency", value="EUR").content.decode()
    page = client.get("/settings").content.decode()
    assert "USD" in page and 'name="value" value="USD"' not in page


def test_a_promise_is_entered_and_holds_from_today(service: Any, client: Any) -> None:
    from django.utils import timezone

    from goodwill.service import intake
    from goodwill.service.store.models import FACTS

    given = {"promise_id": "mail", "kind": "answer", "channel": "email", "within_hours": "24", "text": "Within a day."}
    before = timezone.now()
    assert client.post("/settings/promise", given)["Location"] == "/settings?tab=promises"
    intake.drain()
    row = FACTS["promises"].objects.get()
    assert (row.within_hours, row.channel) == (24.0, "email")
    assert row.since.date() in (before.date(), timezone.now().date())
    assert "Within a day." in client.get("/settings?tab=promises").content.decode()
    for wrong in ({"within_hours": "-1"}, {"kind": "gift"}, {"within_hours": "soon"}):
        answer = client.post("/settings/promise", {**given, "promise_id": "other", **wrong})
        assert answer.status_code == 422 and b'role="alert"' in answer.content
    assert client.post("/settings/promise", given).status_code == 422
    assert FACTS["promises"].objects.count() == 1


def test_alerts_are_checked_and_their_secret_is_never_shown(service: Any, client: Any) -> None:
    from goodwill.service.ops import alert_settings
    from goodwill.service.store.models import Setting

    given = {"quiet": "21:00-07:00", "first_minutes": "5", "mail": "1", "webhook_secret": "very secret"}
    assert client.post("/settings/alerts", given).status_code == 302
    held = alert_settings.read()
    assert (held.quiet, held.first_minutes, held.mail, held.webhook_secret) == ("21:00-07:00", 5.0, True, "very secret")
    assert "very secret" not in str(Setting.objects.get(name="alerts.webhook_secret").value)
    page = client.get("/settings?tab=alerts").content.decode()
    assert "very secret" not in page and "21:00-07:00" in page and "One is kept, sealed" in page
    client.post("/settings/alerts", {"quiet": "", "webhook_secret": ""})
    assert (alert_settings.read().webhook_secret, alert_settings.read().mail) == ("very secret", False)
    wrong = client.post("/settings/alerts", {"quiet": "at night"})
    assert wrong.status_code == 422 and b"write it as 21:00-07:00" in wrong.content and b"at night" in wrong.content


def test_an_analyst_reads_without_forms(service: Any) -> None:
    client = service.client(service.colleague("ben@firm.example", "analyst"))
    for tab in ("firm", "promises", "assumptions&edit=assumptions.margin", "alerts"):
        page = client.get(f"/settings?tab={tab}").content.decode()
        main = page.partition("<main")[2].partition("</main>")[0]
        assert "<button" not in main and "change</a>" not in main, tab


def test_settings_ask_little(service: Any, client: Any, queries: Any) -> None:
    client.get("/settings")
    for tab in ("firm", "promises", "assumptions", "alerts"):
        with queries() as asked:
            client.get(f"/settings?tab={tab}")
        assert len(asked) <= 12, tab
