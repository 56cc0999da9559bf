"""The firm's own words and figures: goodwill.toml.

A figure that nobody measured is an *assumption*: a value with a range, and who entered it when. Where the firm has
entered none, goodwill's own stands in, and is shown as such wherever a sum rests on it.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from goodwill.assumptions import Assumption, Assumptions
from goodwill.errors import SettingsError
from goodwill.perks import PerkRule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

FILE_NAME = "goodwill.toml"
OWN_READER = "own-reader.npz"
"""What `goodwill evaluate --adapt` writes."""
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SPAN = r"(?:[01]?\d|2[0-3]):[0-5]\d\s*[-–]\s*(?:[01]?\d|2[0-4]):[0-5]\d"
_HOURS = re.compile(rf"closed|{_SPAN}(?:\s*,\s*{_SPAN})*")


class FirmSection(BaseModel):
    """The `[firm]` of goodwill.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(default="The firm", description="the firm's name, as the report's title has it")
    currency: str = Field(default="EUR", description="ISO 4217; every sum is in it", pattern="^[A-Z]{3}$")
    timezone: str = Field(default="UTC", description="IANA zone of times that name none")
    margin: float | Assumption | None = Field(
        default=None, description="what the firm keeps of a sale; without one .3, assumed"
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            raise ValueError(f"no time zone is called {zone!r}; 'Europe/Zurich' is one") from unknown
        return zone


Kept = Literal[
    "messages", "events", "responses", "contributions", "referrals", "actions", "purchases", "people", "handles",
    "roles", "terms", "looks",
]  # fmt: skip
"""What is kept for so many years: tables of facts by their time, people since they were last heard of, and who looked
at whom ('looks')."""
Agreement = Literal["SD-BASE", "SD-BASE-DP", "PDC-AI", "PDC-GOOD", "PDC-INTENT"]
"""The agreements of IEEE Std 7012-2025's roster that goodwill knows (goodwill.know.agreements)."""


class TermsSection(BaseModel):
    """The `[terms]` of goodwill.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    basis: Literal["legitimate interest", "consent"] = Field(
        default="legitimate interest",
        description="on what ground customers are valued; under 'consent' nobody is valued unasked",
    )
    accepts: tuple[Agreement, ...] = Field(
        default=("SD-BASE", "SD-BASE-DP", "PDC-INTENT"),
        description="agreements that are accepted when a customer's agent proffers them",
    )
    offers: Agreement | None = Field(
        default="SD-BASE-DP",
        description="the one agreement that is offered instead of one that is not accepted; it must be among `accepts`",
    )

    @model_validator(mode="after")
    def _offers_what_it_accepts(self) -> TermsSection:
        if self.offers is not None and self.accepts and self.offers not in self.accepts:
            raise ValueError(f"{self.offers} is offered and not accepted; put it into `accepts`, or offer another")
        return self


class RecognitionSection(BaseModel):
    """The `[recognition]` of goodwill.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    a_minute: int = Field(default=120, ge=1, description="how often one token may ask who somebody is, in a minute")
    a_day: int = Field(default=20_000, ge=1, description="and in a day")


class RetentionSection(BaseModel):
    """The `[retention]` of goodwill.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    purchases_years: float = Field(
        default=10.0,
        ge=0,
        le=100,
        description="years for which the law keeps the purchases of an erased customer, reduced to number, day, amount "
        "and currency; assumed until you say what holds for you; 0: none",
    )
    backup_days: int = Field(
        default=30, ge=0, description="after how many days your oldest backup is gone, as receipts of erasures say"
    )
    years: dict[Kept, Annotated[float, Field(gt=0, le=100)]] = Field(
        default={},
        description="[retention.years] messages = 5: facts of a table go (purchases: are reduced) after so many years; "
        "people = 7: who was not heard of for so long is erased",
    )


class StaffSection(BaseModel):
    """The `[staff]` of goodwill.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: tuple[str, ...] = Field(default=(), description="colleagues whom customers may name")


class CompetitorsSection(BaseModel):
    """The `[competitors]` of goodwill.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: tuple[str, ...] = Field(default=(), description="other firms that customers may talk about")


class ReadingSection(BaseModel):
    """The `[reading]` of goodwill.toml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lane: Literal["fast", "auto", "careful"] = Field(
        default="fast", description="who reads messages: `fast`, `careful`, or `auto`, the careful one where in doubt"
    )
    speed: float = Field(
        default=2000,
        gt=0,
        description="lane auto: messages a second on one core to aim at; fewer leave more to the careful reader",
    )
    threads: int | None = Field(
        default=None, ge=1, le=1024, description="threads of the careful reader; without it GOODWILL_THREADS, else 2"
    )
    own: Path | None = Field(
        default=None,
        description="what `goodwill evaluate --adapt` learnt from your corrections; a path beside goodwill.toml",
    )
    review_below: float = Field(
        default=0.55, ge=0, le=1, description="a reading whose mood is less sure than this is marked for review"
    )
    cut_offs: dict[str, float] = Field(
        default={},
        description="from which probability an intent holds, where yours differs: `goodwill evaluate` suggests",
    )

    @field_validator("cut_offs")
    @classmethod
    def _probabilities(cls, cut_offs: dict[str, float]) -> dict[str, float]:
        for intent, cut_off in cut_offs.items():
            if not 0 < cut_off <= 1:
                raise ValueError(f"the cut-off of {intent!r} is {cut_off}; it must be above 0 and at most 1")
        return cut_offs


class Firm(BaseModel):
    """Everything that goodwill.toml says; frozen.

    >>> firm = Firm.model_validate({"firm": {"currency": "USD"}, "rates": {"EUR": 1.1}})
    >>> firm.currency, firm.rate("EUR"), firm.margin.value
    ('USD', 1.1, 0.3)
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    firm: FirmSection = Field(default=FirmSection(), description="who the firm is")
    rates: dict[str, float] = Field(default={}, description="what one unit of another currency is in the firm's")
    terms: TermsSection = Field(default=TermsSection(), description="on what ground customers are valued")
    perks: tuple[PerkRule, ...] = Field(
        default=(),
        description='what is given for acts that anyone can do, `[[perks]] name = "Regulars"`, `perk = "a coffee"`, '
        '`for = "third purchase in a year"`; the first that applies is given (docs/recognition.md)',
    )
    recognition: RecognitionSection = Field(
        default=RecognitionSection(), description="recognising people at the till and in the shop"
    )
    retention: RetentionSection = Field(default=RetentionSection(), description="how long facts are kept")
    topics: dict[str, tuple[str, ...]] = Field(
        default={}, description="the firm's own topics: a name, and words or examples that point at it"
    )
    examples: dict[str, tuple[str, ...]] = Field(
        default={},
        description="a topic's name and sentences that its messages are like, compared by meaning; also "
        'delivery = { words = ["parcel"], examples = ["Where is it?"] } under [topics]',
    )
    staff: StaffSection = Field(default=StaffSection(), description="colleagues")
    competitors: CompetitorsSection = Field(default=CompetitorsSection(), description="other firms")
    reading: ReadingSection = Field(default=ReadingSection(), description="how messages are read")
    hours: dict[str, str | dict[str, str]] = Field(
        default={}, description='opening hours, `monday = "09:00-18:00"` or "closed"; [hours."PLACE"] for one place'
    )
    assumptions: Assumptions = Field(default=Assumptions(), description="figures that somebody entered")
    columns: dict[str, dict[str, str]] = Field(
        default={}, description='[columns.purchases] amount = "Total": our column = the file\'s, where guessing errs'
    )

    unknown: tuple[str, ...] = Field(default=(), exclude=True, description="what the file says that nobody knows")

    @model_validator(mode="before")
    @classmethod
    def _topics_with_examples(cls, given: Any) -> Any:
        """A topic may be a table of words and examples; the examples go where they belong."""
        topics = given.get("topics") if isinstance(given, dict) else None
        if not isinstance(topics, dict):
            return given
        tables = {name: said for name, said in topics.items() if isinstance(said, dict)}
        if not tables:
            return given
        for name, said in tables.items():
            if odd := sorted(set(said) - {"words", "examples"}):
                raise ValueError(f"the topic {name!r} has {odd[0]!r}; a topic has words and examples")
        words = {name: said.get("words", []) for name, said in tables.items()}
        examples = {name: said["examples"] for name, said in tables.items() if "examples" in said}
        return {**given, "topics": {**topics, **words}, "examples": {**given.get("examples", {}), **examples}}

    @field_validator("staff", "competitors", mode="before")
    @classmethod
    def _names_in_any_form(cls, given: Any) -> Any:
        """A list of names, `names = [...]`, or a line a person: `Gareth = ["Gareth Pugh", "gareth_h"]`."""
        if isinstance(given, dict) and "names" not in given:
            given = [
                name for key, also in given.items() for name in (key, *([also] if isinstance(also, str) else also))
            ]
        return {"names": given} if isinstance(given, list | tuple) else given

    @field_validator("topics", "examples", mode="before")
    @classmethod
    def _one_example_is_a_list(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        return {name: [words] if isinstance(words, str) else words for name, words in given.items()}

    @field_validator("hours")
    @classmethod
    def _hours_of_days(cls, hours: dict[str, str | dict[str, str]]) -> dict[str, str | dict[str, str]]:
        for place, said in hours.items():
            for day, times in said.items() if isinstance(said, dict) else ((place, said),):
                if day not in _DAYS:
                    raise ValueError(f'{day!r} is no day; write monday = "09:00-18:00"')
                if not _HOURS.fullmatch(times):
                    raise ValueError(f'{times!r} are no hours; write "09:00-18:00", two spans with a comma, or closed')
        return hours

    @field_validator("rates")
    @classmethod
    def _rates_are_above_zero(cls, rates: dict[str, float]) -> dict[str, float]:
        for currency, rate in rates.items():
            if not 0 < rate < float("inf"):
                raise ValueError(f"the rate of {currency} is {rate}; it must be above 0")
        return rates

    @property
    def name(self) -> str:
        return self.firm.name

    @property
    def currency(self) -> str:
        return self.firm.currency

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.firm.timezone)

    @property
    def margin(self) -> Assumption:
        """What the firm keeps of a sale, where a purchase says nothing: [firm] margin, else the assumption."""
        own = self.firm.margin
        if own is None:
            return self.assumptions.margin
        if isinstance(own, Assumption):
            return own
        return Assumption(value=own, low=own, high=own, by=self.name, measured=True)

    def rate(self, currency: str | None) -> float | None:
        """What one unit of `currency` is in the firm's own; None where no rate is known."""
        return 1.0 if currency in (None, "", self.currency) else self.rates.get(str(currency))

    @classmethod
    def load(cls, path: Path) -> Firm:
        """Reads goodwill.toml; a file that is not there gives the defaults."""
        if not path.exists():
            return cls()
        try:
            given = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as broken:
            raise SettingsError(f"not readable as TOML: {broken}", where=str(path)) from broken
        return cls.from_mapping(given, where=str(path)).beside(path.parent)

    def beside(self, folder: Path) -> Firm:
        """The same firm, its goodwill.toml lying in a folder: paths that it names are taken from there."""
        if self.reading.own is None:
            return self
        reading = self.reading.model_copy(update={"own": folder / self.reading.own})
        return self.model_copy(update={"reading": reading})

    @classmethod
    def from_mapping(cls, given: Mapping[str, Any], where: str = FILE_NAME) -> Firm:
        """Checks what was given. A setting that nobody knows is left aside and named in `unknown`; a known one with
        a value that cannot be is an error, since a firm's sums must not rest on a guess."""
        try:
            return cls.model_validate(given)
        except ValidationError as wrong:
            errors = wrong.errors()
        nobody_knows = [error["loc"] for error in errors if error["type"] == "extra_forbidden"]
        if len(nobody_knows) < len(errors):
            first = next(error for error in errors if error["type"] != "extra_forbidden")
            field = ".".join(str(part) for part in first["loc"])
            raise SettingsError(
                str(first["msg"]).removeprefix("Value error, "), where=f"{where}, {field}", mend=_mend(field)
            )
        said = tuple(_no_such_setting(where, ".".join(map(str, place))) for place in nobody_knows)
        return cls.model_validate({**_without(given, nobody_knows), "unknown": said})


def _without(given: Mapping[str, Any], places: Sequence[tuple[str | int, ...]]) -> dict[str, Any]:
    """The mapping without the keys at these places."""
    kept = deepcopy(dict(given))
    for *path, last in places:
        holder = kept
        for key in path:
            holder = holder[str(key)]
        holder.pop(str(last), None)
    return kept


def _no_such_setting(where: str, field: str) -> str:
    near = difflib.get_close_matches(field, settings(), n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"{where}, {field}: no such setting, so it is left aside; {hint}docs/settings.md lists them all"


def _mend(field: str) -> str:
    known = settings()
    return f"{field}: {known[field]}" if field in known else "docs/settings.md lists them all"


def settings() -> dict[str, str]:
    """Every setting by its dotted name, with what it means.

    >>> settings()["firm.currency"]
    'ISO 4217; every sum is in it'
    """
    found: dict[str, str] = {}
    for section, about in Firm.model_fields.items():
        if about.exclude:
            continue
        kind = about.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            for name, field in kind.model_fields.items():
                found[f"{section}.{name}"] = field.description or ""
        else:
            found[section] = about.description or ""
    return found


def to_utc(naive: datetime, zone: ZoneInfo) -> datetime:
    """A time that names no zone is the firm's own.

    >>> to_utc(datetime(2026, 7, 1, 12), ZoneInfo("Europe/Zurich")).isoformat()
    '2026-07-01T10:00:00+00:00'
    """
    aware = naive if naive.tzinfo else naive.replace(tzinfo=zone)
    return aware.astimezone(ZoneInfo("UTC"))
