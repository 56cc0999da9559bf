"""Facts that are older than their rule go, in batches, every day; a legal hold keeps what it names.

Messages go with what was made of them. Purchases of erased persons go when the law no longer wants them; those of
others are reduced to number, day, amount and currency. Who was not heard of for longer than people are kept is erased,
as if they had asked for it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction

from goodwill.know.identify import SURE
from goodwill.service import live
from goodwill.service.erasing import ERASED
from goodwill.service.erasing.cleaning import write_over
from goodwill.service.erasing.facts import alter
from goodwill.service.intake.changes import forget as forget_facts
from goodwill.service.intake.changes import lake_follows
from goodwill.service.intake.pieces import lock
from goodwill.service.jobs import job
from goodwill.service.live import people, terms
from goodwill.service.retention.holds import end_those_over
from goodwill.service.retention.silent import erase_the_silent
from goodwill.service.store import audit
from goodwill.service.store.models import FACTS, Audit, Batch, Deed, Hold, Raw, Reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from goodwill.service.jobs.registry import Tell

AT_ONCE = 500
YEAR = timedelta(days=365.25)
RULES = {
    "messages": "removed, with their readings and cases; our answers to them lose their words",
    "events": "removed",
    "responses": "removed",
    "contributions": "removed",
    "referrals": "removed",
    "actions": "removed",
    "purchases": "reduced to number, day, amount and currency, under nobody’s name",
    "people": "erased, with all that is theirs, so long after they were last heard of",
    "handles": "removed where they were only guessed; sure ones stay as long as the person",
    "roles": "removed, counted from the day on which they were entered",
    "terms": "removed where a later choice took their place; what holds stays",
    "looks": "removed: who looked at whom",
}
"""What a rule of `[retention.years]` does to each kind."""
COUNTED_FROM = {"handles": "arrived", "roles": "entered_at"}
"""The column that a rule counts from, where it is not `at`."""


@job("retention", at_hour=5, tries=3)
def by_the_rules(tell: Tell) -> str:
    """Facts that are older than their rule."""
    went = forget(datetime.now(UTC), tell)
    return ", ".join(f"{number:,} {name}" for name, number in went.items()) or "nothing was too old"


def forget(now: datetime, tell: Tell | None = None) -> dict[str, int]:
    """Removes or reduces what is older than its rule; how many of each kind."""
    rules = live.firm().retention
    write_over()
    went: dict[str, int] = {}
    for place, (name, years) in enumerate(sorted(rules.years.items())):
        if tell:
            tell(f"forgetting {name}", place / len(rules.years))
        rule = {"looks": _looks, "people": erase_the_silent}.get(name)
        went[name] = rule(now - years * YEAR) if rule else _facts(name, now - years * YEAR)
    went["purchases of erased persons"] = _kept_long_enough(now, rules.purchases_years)
    went["facts under holds that are over"] = end_those_over(now.date())
    went = {name: number for name, number in went.items() if number}
    for name, number in went.items():
        audit.record("goodwill", "retention", what=f"{number:,} {name}", purpose="retention")
    return went


def _looks(before: datetime) -> int:
    return int(Audit.objects.filter(at__lt=before).exclude(customer_id=None).delete()[0])


def _facts(name: str, before: datetime) -> int:
    done = 0
    for rows in _batches(name, before):
        with transaction.atomic():
            lock()
            if name == "purchases":
                for row in rows:
                    _reduce(row)
            else:
                keys = [row.fact_key for row in rows]
                if name == "messages":
                    Deed.objects.filter(message_id__in=keys).update(text="", before={}, after={})
                forget_facts(name, keys, {row.fact_key: row.row for row in rows}, set())
            came_in = {row.batch for row in rows} - {None}
            Raw.objects.filter(batch__in=came_in, batch__state=Batch.DRAINED).delete()
        done += len(rows)
    return done


def _batches(name: str, before: datetime) -> Iterator[list[Any]]:
    """What is too old and not held, some hundreds at a time."""
    held = _held(name)
    last = 0
    while True:
        old = {f"{COUNTED_FROM.get(name, 'at')}__lt": before}
        rows = FACTS[name].objects.filter(**old, row__gt=last).order_by("row")
        if name == "purchases":
            rows = rows.exclude(customer_id=ERASED).exclude(customer_id=None)
        if name == "handles":
            rows = rows.filter(confidence__lt=SURE).exclude(verified=True)
        some = list(rows[:AT_ONCE])
        if not some:
            return
        last = some[-1].row
        if name == "terms":
            some = _superseded(some)
        free = [row for row in some if not _is_held(name, row, held)]
        if free:
            yield free


def _superseded(rows: list[Any]) -> list[Any]:
    """Choices in whose place a later one of the same person has come."""
    person = people.persons_of(row.customer_id for row in rows)
    latest = terms.latest_terms(sorted(set(person.values())))
    holding = {(row["customer_id"], row["at"]) for row in latest.values()}
    return [row for row in rows if person[row.customer_id] in latest and (row.customer_id, row.at) not in holding]


def _held(name: str) -> frozenset[str]:
    """Every id of those on whose facts of this table a hold stands."""
    today = datetime.now(UTC).date()
    holds = Hold.objects.filter(table=name, ended=None, until__gte=today)
    persons = sorted({people.person_of(one) for one in set(holds.values_list("customer_id", flat=True))})
    return frozenset(people.ids_of(persons)) if persons else frozenset()


def _is_held(name: str, row: Any, held: frozenset[str]) -> bool:
    if not held:
        return False
    names = {getattr(row, column, None) for column in ("customer_id", "referrer_id", "referred_id")}
    if name == "messages":
        names |= set(Reading.objects.filter(message_id=row.fact_key).values_list("customer_id", flat=True))
    return not held.isdisjoint(names - {None})


def _reduce(row: Any) -> None:
    day = row.at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    alter("purchases", row, {"customer_id": None, "at": day, "margin": None, "items": None, "channel": None})


def _kept_long_enough(now: datetime, years: float) -> int:
    """Purchases of erased persons: kept to the end of the year in which the law's years have passed."""
    before = datetime((now - years * YEAR).year, 1, 1, tzinfo=UTC)
    old = FACTS["purchases"].objects.filter(customer_id=ERASED, at__lt=before)
    rows = dict(old.values_list("fact_key", "row"))
    with transaction.atomic():
        lock()
        keys = sorted(rows)
        for start in range(0, len(keys), AT_ONCE):
            FACTS["purchases"].objects.filter(fact_key__in=keys[start : start + AT_ONCE]).delete()
        lake_follows("purchases", rows)
    return len(rows)
