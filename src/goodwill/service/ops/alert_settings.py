"""What the firm has set about alerts: rows of Setting named `alerts.…`; the webhook's secret is sealed."""

from __future__ import annotations

import re
from datetime import time
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from goodwill.errors import SettingsError

if TYPE_CHECKING:
    from goodwill.service.store.models import Colleague

PREFIX = "alerts."
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")


class AlertSettings(BaseModel):
    """Every setting, with its default."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    first_minutes: float = Field(default=10, gt=0, description="a case in group 'first' that nobody took for so long")
    promise_minutes: float = Field(default=60, gt=0, description="how long before a promise breaks")
    drainer_seconds: float = Field(default=60, gt=0, description="how far the drainer may be behind")
    source_failures: int = Field(default=3, ge=1, description="failed pulls in a row of one source")
    gather_minutes: float = Field(default=15, ge=0, description="what is not urgent is told at most so often")
    quiet: str = Field(default="", description="'21:00-07:00' in the firm's zone: only group 'first' is told then")
    mail: bool = Field(default=True, description="tell colleagues on duty by mail")
    webhook: str = Field(default="", description="an address that is told too; signed")
    webhook_secret: str = Field(default="", description="what the webhook is signed with")

    @field_validator("quiet")
    @classmethod
    def _a_span(cls, written: str) -> str:
        if written and not _SPAN.fullmatch(written):
            raise ValueError("write it as 21:00-07:00")
        return written

    @field_validator("webhook")
    @classmethod
    def _an_address(cls, written: str) -> str:
        from goodwill.errors import NotLetOut
        from goodwill.service.ops.webhook import gate

        if written:
            try:
                gate(written).check(written)
            except NotLetOut as wrong:
                raise ValueError(wrong.what) from wrong
        return written

    def quiet_at(self, at: time) -> bool:
        """Whether this time of day, in the firm's zone, is quiet.

        >>> AlertSettings(quiet="21:00-07:00").quiet_at(time(23)), AlertSettings(quiet="21:00-07:00").quiet_at(time(7))
        (True, False)
        """
        found = _SPAN.fullmatch(self.quiet)
        if not found:
            return False
        first, hour_minute = time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))
        return within(at, first, hour_minute)


def within(at: time, first: time, last: time) -> bool:
    """Whether a time of day lies in [first, last), which may go over midnight."""
    return first <= at < last if first <= last else at >= first or at < last


def read() -> AlertSettings:
    """The settings as they stand."""
    from goodwill.service.store.models import Setting
    from goodwill.service.store.secrets import unseal

    rows = Setting.objects.filter(name__startswith=PREFIX).values_list("name", "value")
    given = {name.removeprefix(PREFIX): value for name, value in rows}
    if given.get("webhook_secret"):
        given["webhook_secret"] = unseal(given["webhook_secret"])
    return _checked({name: value for name, value in given.items() if name in AlertSettings.model_fields})


def write(by: Colleague | str, **changes: Any) -> AlertSettings:
    """Changes some; gives all. Raises SettingsError for what cannot be, and then changes nothing."""
    from django.db import transaction

    from goodwill.service.store.audit import name_of, record
    from goodwill.service.store.models import Setting
    from goodwill.service.store.secrets import seal

    settings = _checked({**read().model_dump(), **changes})
    with transaction.atomic():
        for name in changes:
            value = getattr(settings, name)
            kept = seal(value) if name == "webhook_secret" else value
            Setting.objects.update_or_create(name=PREFIX + name, defaults={"value": kept, "by": name_of(by)})
        record(by, "changed alerts", what=", ".join(sorted(changes)))
    return settings


def _checked(given: dict[str, Any]) -> AlertSettings:
    try:
        return AlertSettings.model_validate(given)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise SettingsError(
            str(first["msg"]).removeprefix("Value error, "), where=PREFIX + field, mend="docs/service.md lists them"
        ) from wrong
