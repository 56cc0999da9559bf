"""Who speaks for which organisation, and what hangs on their word: so that the one who advises a large account is seen.

A role is what a person entered, with who and when; nothing is inferred. A role nobody signed counts for nothing, as in
the ranking of what is at stake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from goodwill.lake import Facts

VOICES = pa.schema(
    [
        ("organisation_id", pa.string()),
        ("organisation", pa.string()),
        ("customer_id", pa.string()),
        ("name", pa.string()),
        ("roles", pa.list_(pa.string())),
        ("say", pa.float64()),
        ("brings", pa.float64()),
        ("counted", pa.float64()),
        ("entered_by", pa.string()),
    ]
)


def voices(facts: Facts, generated: pa.Table) -> pa.Table:
    """For each organisation the people who speak for it, the weightiest first.

    `generated` has customer_id and generated: what each customer or organisation itself is expected to bring, in the
    firm's money. `brings` is the organisation's, `counted` that times the person's say (null where no say was
    entered): it is not theirs and never added to their own. Several roles of one person in one organisation are one
    row with the largest say. Columns: see `VOICES`.
    """
    roles = facts.arrow("roles")
    signed = pc.greater(pc.utf8_length(pc.utf8_trim_whitespace(pc.fill_null(roles["entered_by"], ""))), 0)
    roles = roles.filter(signed)
    if not roles.num_rows:
        return VOICES.empty_table()
    people = facts.arrow("people")
    names = dict(zip(people["customer_id"].to_pylist(), people["name"].to_pylist(), strict=True))
    money = dict(zip(generated["customer_id"].to_pylist(), generated["generated"].to_pylist(), strict=True))
    rows: dict[tuple[str, str], dict[str, object]] = {}
    for role in roles.to_pylist():
        key = (role["organisation_id"], role["customer_id"])
        held = rows.setdefault(
            key,
            {
                "organisation_id": key[0],
                "organisation": names.get(key[0]) or key[0],
                "customer_id": key[1],
                "name": names.get(key[1]) or key[1],
                "roles": [],
                "say": None,
                "brings": float(money[key[0]]) if money.get(key[0]) is not None else None,
                "counted": None,
                "entered_by": "",
            },
        )
        _add_role(held, role)
    for row in rows.values():
        row["roles"] = sorted(set(row["roles"]))  # type: ignore[call-overload]
        if row["say"] is not None and row["brings"] is not None:
            row["counted"] = round(row["say"] * row["brings"], 2)  # type: ignore[operator]
    ordered = sorted(rows.values(), key=_weight)
    return pa.Table.from_pylist(ordered, schema=VOICES)


def advisers(facts: Facts, generated: pa.Table, *, largest: float = 0.1) -> pa.Table:
    """The people who advise one of the largest accounts, by what the organisation brings; columns as `voices`.

    `largest` is the share of the organisations, by what they bring, that counts as large.
    """
    spoken = voices(facts, generated)
    accounts = {row["organisation_id"]: row["brings"] or 0.0 for row in spoken.to_pylist()}
    if not accounts:
        return spoken
    least = float(np.quantile(list(accounts.values()), 1 - largest, method="higher"))
    advise = [
        "adviser" in roles and (brings or 0.0) >= least
        for roles, brings in zip(spoken["roles"].to_pylist(), spoken["brings"].to_pylist(), strict=True)
    ]
    return spoken.filter(pa.array(advise, pa.bool_()))


def overcounted(facts: Facts) -> tuple[str, ...]:
    """Organisations whose people's say, as entered, adds up to more than the whole: a sentence for each."""
    total: dict[str, dict[str, float]] = {}
    for role in facts.arrow("roles").to_pylist():
        if role["say"] is not None and (role["entered_by"] or "").strip():
            by_person = total.setdefault(role["organisation_id"], {})
            by_person[role["customer_id"]] = max(by_person.get(role["customer_id"], 0.0), role["say"])
    return tuple(
        f"the say entered for the people of '{organisation}' adds up to {sum(say.values()):.0%}; enter shares of 1"
        for organisation, say in sorted(total.items())
        if sum(say.values()) > 1 + 1e-9
    )


def _add_role(row: dict[str, object], role: dict[str, object]) -> None:
    row["roles"].append(role["role"])  # type: ignore[attr-defined]
    if role["say"] is not None:
        row["say"] = max(float(role["say"]), row["say"] or 0.0)  # type: ignore[arg-type, call-overload]
    signed = sorted({*filter(None, str(row["entered_by"]).split(", ")), str(role["entered_by"]).strip()})
    row["entered_by"] = ", ".join(signed)


def _weight(row: dict[str, object]) -> tuple[float, float, str, str]:
    counted, brings = row["counted"] or 0.0, row["brings"] or 0.0
    return (-counted, -brings, str(row["organisation_id"]), str(row["customer_id"]))  # type: ignore[operator]
