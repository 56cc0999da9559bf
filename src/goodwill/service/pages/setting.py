"""One setting of the firm: checked as a part of the whole, kept over goodwill.toml, taken back."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from goodwill.errors import SettingsError
from goodwill.firm import Firm
from goodwill.firm import settings as all_settings
from goodwill.service.door import choices
from goodwill.service.live import firms
from goodwill.service.pages import stated
from goodwill.service.store.audit import record
from goodwill.service.store.models import FACTS, Setting

if TYPE_CHECKING:
    from goodwill.service.store.models import Colleague

PLAIN = ("firm.name", "firm.currency", "firm.timezone", "terms.basis")
RANGE = ("value", "low", "high")


def is_known(name: str) -> bool:
    """Whether pages may change it."""
    return name in (*PLAIN, *choices.CHOICES, stated.LEAST) or (
        name.startswith("assumptions.") and name in all_settings()
    )


def currency_is_fixed() -> bool:
    """Whether sums are stored already: they are in the firm's currency, and would not change with it."""
    return FACTS["purchases"].objects.exists() or FACTS["outlays"].objects.exists()


def typed(name: str, given: dict[str, str], by: str) -> Any:
    """What a form sent, as the firm has it: a word, or a figure with its range, its author and its day."""
    if name in choices.CHOICES:
        return choices.typed(name, given["value"])
    if name == stated.LEAST:
        return stated.typed(given["value"])
    if name in PLAIN:
        value = given["value"].replace("\x00", "").strip()
        if not value:
            raise SettingsError("it is empty", where=name, mend="write it")
        if name == "firm.currency" and currency_is_fixed():
            raise SettingsError(
                "the currency stands fast once sums are stored in it", where=name, mend="rates are in goodwill.toml"
            )
        return value[:200].upper() if name == "firm.currency" else value[:200]
    numbers = {part: _number(name, part, given[part]) for part in RANGE if given[part].strip()}
    if "value" not in numbers:
        raise SettingsError("it has no value", where=name, mend="write a number")
    return {**numbers, "by": by, "at": timezone.localdate().isoformat(), "measured": bool(given.get("measured"))}


def _number(name: str, part: str, written: str) -> float:
    try:
        number = float(written.strip().replace(",", "."))
    except ValueError:
        number = float("nan")
    if not abs(number) < 1e12:
        raise SettingsError(f"{written[:40]!r} is no number", where=f"{name}, {part}", mend="write it as 0.25")
    return number


def put(by: Colleague, name: str, value: Any) -> None:
    """Keeps a setting, if the whole firm can be with it. Raises SettingsError, and keeps nothing, where it cannot."""
    with transaction.atomic():
        was = Setting.objects.filter(name=name).values_list("value", flat=True).first()
        Setting.objects.update_or_create(name=name, defaults={"value": value, "by": by.email})
        Firm.from_mapping(firms.given(), where="settings")
        record(by, "changed a setting", what=f"{name}: {_said(was)} → {_said(value)}")


def take_back(by: Colleague, name: str) -> None:
    """What goodwill.toml says holds again, or goodwill's own."""
    with transaction.atomic():
        if Setting.objects.filter(name=name).delete()[0]:
            Firm.from_mapping(firms.given(), where="settings")
            record(by, "took a setting back", what=name)


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return f"{value.get('value')} ({value.get('low', '')} to {value.get('high', '')})"
    return "as in the file" if value is None else str(value)


def today() -> datetime:
    """The beginning of today, in the firm's zone: a promise that was entered now holds for the whole day."""
    zone = firms.firm().zone
    return timezone.now().astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
