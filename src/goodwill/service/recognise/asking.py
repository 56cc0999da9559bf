"""One look-up at the till: who has this handle, what the firm's rule gives them, and the line in their own log.

Whoever gets nothing gets the same nothing: a handle that nobody has, one that two people have, somebody who did not do
what a rule asks, and somebody whose terms say no. The same questions are put to the database for each of them, so that
the time does not tell either. Recognition counts what somebody did, so it needs their 'value me'.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from goodwill.engage.recognition import choose
from goodwill.know.handles import UNITING_KINDS
from goodwill.know.terms import VALUE_ME, allows
from goodwill.service import live
from goodwill.service.intake.refused import Refused
from goodwill.service.live import people, tables
from goodwill.service.recognise.counting import counts
from goodwill.service.store import audit, pace

if TYPE_CHECKING:
    from goodwill.firm import Firm
    from goodwill.service.store.models import Colleague, Token

NOBODY = "\x1fnobody"
"""Stands for a person where there is none, so that the same is asked; no id can hold this sign."""
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
_HEX = re.compile(r"[0-9a-f]{64}")
PURPOSE = "perk"


@dataclass(frozen=True)
class Perk:
    """What is said at the till; both None for whoever gets none."""

    perk: str | None
    reason: str | None


def recognise(kind: str, handle_hash: str, by: Token | Colleague | str) -> Perk:
    """The perk of whoever has this handle. Raises Refused: 422 with the field that is wrong, 429 for too many."""
    if kind not in UNITING_KINDS:
        mend = f"choose among {', '.join(UNITING_KINDS)}"
        raise Refused(422, f"no kind of handle is called {kind[:40]!r}", where="kind", mend=mend, field="kind")
    if not _HEX.fullmatch(handle_hash):
        mend = "send HMAC-SHA-256 of the normalised handle, in lower case"
        raise Refused(422, "these are not 64 hexadecimal digits", where="handle_hash", mend=mend, field="handle_hash")
    firm, now = live.firm(), datetime.now(UTC)
    _if_it_may_ask(firm, audit.name_of(by), now)
    person, ids = _whose(f"{kind}:{handle_hash}")
    allowed = allows(_terms(ids, now), firm, VALUE_ME)
    done = counts(person or NOBODY, ids, (act for rule in firm.perks for act in rule.acts), now)
    given = choose(firm.perks, lambda act: done[act]) if allowed and person else None
    what = "nobody" if person is None else "refused: their terms" if not allowed else given.rule if given else "no perk"
    _note(firm, by, person, what, now)
    return Perk(given.perk, given.reason) if given else Perk(None, None)


def _whose(digest: str) -> tuple[str | None, list[str]]:
    """The one person whose handle it is, and every id that stands for them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.customer_id, i.given FROM recognisable r JOIN person p ON p.given = r.given"
            " LEFT JOIN person i ON i.customer_id = p.customer_id AND i.given LIKE 'id|%%' AND p.customer_id <> ''"
            " WHERE r.digest = %s",
            [digest],
        )
        rows = cursor.fetchall()
    person = rows[0][0] if rows else None
    if not person:
        return None, [NOBODY]
    return person, sorted({person, *(given.removeprefix(people.ID) for _, given in rows if given)})


def _terms(ids: list[str], now: datetime) -> dict[str, Any] | None:
    """The row of terms that holds for whoever has these ids: the same as `live.terms.latest_terms` finds."""
    among, parameters = tables.among("t.customer_id", ids)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.agreement, CAST(t.purposes AS TEXT), CAST(t.refused AS TEXT) FROM fact_terms t"
            f' WHERE {among} AND t."at" <= %s ORDER BY t."at" DESC, t."row" DESC LIMIT 1',
            [*parameters, tables.stored(now)],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    agreement, purposes, refused = row
    return {"agreement": agreement, "purposes": _words(purposes), "refused": _words(refused)}


def _words(kept: str | None) -> list[str] | None:
    return None if kept is None else json.loads(kept)


_TOO_OFTEN: dict[tuple[str, str, int], datetime] = {}
"""Who has asked too often, by database and limit, and until when they are refused without another look."""


def _if_it_may_ask(firm: Firm, who: str, now: datetime) -> None:
    """Raises Refused (429) for whoever was found to ask too often a moment ago: a flood costs one look at a clock."""
    for stretch, most in _limits(firm):
        until = _TOO_OFTEN.get((_database(), who, most))
        if until is not None and until > now:
            raise _too_often(who, stretch, most, now)


def _limits(firm: Firm) -> tuple[tuple[timedelta, int], ...]:
    return (MINUTE, firm.recognition.a_minute), (DAY, firm.recognition.a_day)


def _database() -> str:
    return str(connection.settings_dict["NAME"])


def _too_often(who: str, stretch: timedelta, most: int, now: datetime) -> Refused:
    wait = pace.ends_in(stretch, now)
    mend = f"wait {wait} seconds, or raise [recognition] in goodwill.toml"
    return Refused(429, f"{who} has asked more than {most:,} times", where="recognise", mend=mend, retry_after=wait)


def _note(firm: Firm, by: Token | Colleague | str, person: str | None, what: str, now: datetime) -> None:
    """Counts the look-up and writes the line in the log, which the person's own pages show; for nobody one that names
    nobody. All in one transaction, for each costs a write to the disk. Raises Refused (429) for too many."""
    who = audit.name_of(by)
    limits = _limits(firm)
    with transaction.atomic():
        asked = pace.count_in(f"recognise|{who}", [stretch for stretch, _ in limits], now)
        beyond = next((limit for limit, times in zip(limits, asked, strict=True) if times > limit[1]), None)
        if beyond is None:
            audit.record(by, "looked up at the till", customer_id=person, what=what, purpose=PURPOSE)
    if beyond is not None:
        stretch, most = beyond
        if len(_TOO_OFTEN) > 1_000:
            _TOO_OFTEN.clear()
        _TOO_OFTEN[_database(), who, most] = now + timedelta(seconds=pace.ends_in(stretch, now))
        raise _too_often(who, stretch, most, now)
