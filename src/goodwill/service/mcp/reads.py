"""Tools that read: the API's own questions, behind the veil. Each call leaves a line in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from goodwill.errors import InputError
from goodwill.facts import INTENTS, MOODS, STANDINGS
from goodwill.service.mcp import veil

if TYPE_CHECKING:
    from collections.abc import Callable

    from goodwill.service.mcp.identity import Asker

PURPOSE = "mcp"
Limit = Annotated[int, Field(ge=1, le=100, description="how many at most")]
Cursor = Annotated[str, Field(max_length=2000, description="`next` of the last answer")]
Id = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00-\x1f\x7f]+$")]
Word = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Mood = Literal[("", *MOODS)]
Intent = Literal[("", *INTENTS)]
SUMS = (
    "spend", "referral", "influence", "knowledge", "follows", "passed_on", "worth", "follows_low", "follows_high",
    "worth_low", "worth_high", "evidence", "standing",
)  # fmt: skip
_READ = ("mood", "score", "intent", "intents", "topics", "urgency", "flow", "language", "lane")
_STAKE = ("stake", "low", "high")


def tools(asker: Asker) -> list[Callable[..., Any]]:
    """The reads, for one asker."""
    from goodwill.service.api import customers as people_api
    from goodwill.service.api import finding, messages, readings
    from goodwill.service.api import now as now_api
    from goodwill.service.live.plain import plain
    from goodwill.service.store.audit import record

    def seen(what: str, customer_id: str | None = None) -> None:
        record(asker.who, "seen", customer_id=customer_id, what=what[:200], purpose=PURPOSE)

    def now(
        limit: Limit = 20, cursor: Cursor = "", group: Literal["", "first", "promise", "stake", "thank"] = ""
    ) -> dict[str, Any]:
        """Whom to answer now, in order: promises first, then the money at stake, with the reasons."""
        found = now_api.current(now_api.NowAsked(limit=limit, cursor=cursor, group=group))
        seen("now")
        return plain({**found, "items": _with_leave(found["items"], _place)})

    def list_messages(
        limit: Limit = 20, cursor: Cursor = "", mood: Mood = "", intent: Intent = "", customer_id: Word = ""
    ) -> dict[str, Any]:
        """What was said, the latest first, with what was understood. Show others only what `may_quote` says you may."""
        person = veil.meant(customer_id) if customer_id else ""
        asked = messages.Asked(limit=limit, cursor=cursor, mood=mood, intent=intent, customer_id=person)
        found = messages.some(asked)
        seen("messages", person or None)
        return plain({**found, "items": _with_leave(found["items"], _said)})

    def get_message(message_id: Id) -> dict[str, Any]:
        """One message: what was said, what was understood, what is at stake and why."""
        found = messages.one(veil.meant(message_id))
        if found is None:
            raise InputError(f"no message is called {message_id[:80]!r}", where="message_id", mend="list_messages")
        seen("message", found["customer_id"])
        return plain(_with_leave([found], _said)[0])

    def list_customers(
        limit: Limit = 20, cursor: Cursor = "", standing: Literal[("", *STANDINGS)] = ""
    ) -> dict[str, Any]:  # type: ignore[valid-type]
        """Customers, the highest worth first; those whose terms forbid it have no sums."""
        found = finding.by_worth(standing, limit, cursor)
        seen("customers")
        rows = [{"customer_id": veil.shown(row["customer_id"]), **_sums(row)} for row in found["items"]]
        return plain({**found, "items": rows})

    def get_customer(customer_id: Id) -> dict[str, Any]:
        """What one customer is worth for all that they give, what they allow, and their latest messages."""
        found = people_api.one(veil.meant(customer_id))
        seen("customer", found["customer_id"])
        names = (found["name"],)

        def told(row: dict[str, Any]) -> dict[str, Any]:
            known = {"message_id": veil.shown(row["message_id"]), "at": row["at"], "channel": row["channel"]}
            return known | {"text": veil.outside(row["text"], names), **{name: row.get(name) for name in _READ}}

        theirs = [{**row, "customer_id": found["customer_id"]} for row in found["messages"][:20]]
        terms = found["terms"] or {}
        return plain(
            {
                "customer_id": veil.shown(found["customer_id"]),
                **_sums(found),
                "terms": {"purposes": terms.get("purposes"), "refused": terms.get("refused")},
                "purchased": found["purchased"],
                "referrals": found["referrals"],
                "open_cases": sum(one["state"] == "open" for one in found["cases"]),
                "messages": _with_leave(theirs, told),
            }
        )

    def get_statement(customer_id: Id) -> dict[str, Any]:
        """A customer's statement of account, line by line; others are counted in it and never named."""
        from goodwill.service import live

        person = people_api.known(veil.meant(customer_id))
        seen("statement", person)
        found = live.statement(person) or {"lines": []}
        lines = [
            {**line, "what": veil.masked(line["what"]), "who": veil.masked(line["who"]) if line["who"] else None}
            for line in found["lines"]
        ]
        return plain({**found, "customer_id": veil.shown(person), "lines": lines})

    def list_cases(
        limit: Limit = 20, cursor: Cursor = "", state: Literal["", "open", "answered", "resolved"] = ""
    ) -> dict[str, Any]:
        """Cases: what somebody should act on, and what became of each."""
        found = now_api.cases(now_api.CasesAsked(limit=limit, cursor=cursor, state=state))
        seen("cases")
        kept = ("at", "state", "group", "due", *_STAKE, "answered_at", "resolved_at", "cause_id")
        return plain(
            {**found, "items": [{**_ids(row), **{name: row[name] for name in kept}} for row in found["items"]]}
        )

    def list_readings(limit: Limit = 20, cursor: Cursor = "", mood: Mood = "", intent: Intent = "") -> dict[str, Any]:
        """What each message meant, without its text."""
        found = readings.some(readings.Asked(limit=limit, cursor=cursor, mood=mood, intent=intent))
        seen("readings")
        rows = [{**_ids(row), **{name: row[name] for name in _READ}} for row in found["items"]]
        return plain({**found, "items": rows})

    return [now, list_messages, get_message, list_customers, get_customer, get_statement, list_cases, list_readings]


def _with_leave(rows: list[dict[str, Any]], told: Callable[[dict[str, Any]], dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows as they are told, each with whether its words may be shown to others: `may_quote` (know.terms)."""
    from goodwill.report.quoting import may_quote
    from goodwill.service.live.terms import unquoted

    persons = sorted({row["customer_id"] for row in rows if row["customer_id"]})
    agreed = frozenset(persons) - unquoted(persons)
    return [{**told(row), "may_quote": may_quote(row, agreed)} for row in rows]


def _ids(row: dict[str, Any]) -> dict[str, Any]:
    return {name: veil.shown(row[name]) for name in ("message_id", "customer_id")}


def _sums(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row.get(name) for name in SUMS}


def _place(row: dict[str, Any]) -> dict[str, Any]:
    names = (row["name"], row["author"] or "")
    kept = ("at", "channel", "audience", "rating", "mood", "intents", "topics", "group", "due", *_STAKE, "state")
    return {
        **_ids(row),
        "text": veil.outside(row["text"], names),
        **{name: row[name] for name in kept},
        "reasons": veil.reasons(row["reasons"], names),
    }


def _said(row: dict[str, Any]) -> dict[str, Any]:
    names = tuple(_names(row))
    kept = ("at", "channel", "audience", "rating", "state", "group", "due", *_STAKE)
    read = row["reading"] or {}
    return {
        **_ids(row),
        "text": veil.outside(row["text"], names),
        **{name: row[name] for name in kept},
        "reading": {name: read.get(name) for name in _READ} if read else None,
        "reasons": veil.reasons(row["reasons"], names),
    }


def _names(row: dict[str, Any]) -> list[str]:
    """The names of whoever said it: the handle, and the person's."""
    from goodwill.service.store.models import FACTS

    found = FACTS["people"].objects.filter(fact_key=row["customer_id"]).values_list("name", flat=True)
    return [name for name in (row["author"], *(found if row["customer_id"] else ())) if name]
