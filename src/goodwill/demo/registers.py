"""The smaller registers: surveys, referrals, actions, outlays, contributions, events, promises, causes, terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from goodwill.demo import deeds, stories
from goodwill.demo.files import customer_ids, message_ids, money, numbers, strings, times, words_of
from goodwill.demo.setting import (
    BATTERY_FROM,
    CAUSES,
    CHANNELS,
    FEE_FROM,
    FEE_UNTIL,
    PROMISED_HOURS,
    STAFF,
    STRIKE_FROM,
    day,
)
from goodwill.demo.voices import subject_names

if TYPE_CHECKING:
    from goodwill.demo.invented import InventedFirm


def roles(firm: InventedFirm) -> pa.Table:
    """Who speaks for which organisation."""
    held = firm.roles
    return pa.table(
        {
            "customer_id": customer_ids(held.who),
            "organisation_id": customer_ids(held.organisation),
            "role": pa.array(held.role),
            "say": pa.array(held.say),
            "entered_by": pa.array(["Bram, service desk"] * len(held.role)),
            "entered_at": times(held.at),
        }
    )


def responses(firm: InventedFirm) -> pa.Table:
    """Answered surveys."""
    surveys = firm.surveys
    many = len(surveys.score)
    return pa.table(
        {
            "response_id": pa.array([f"r{row + 1}" for row in range(many)], type=pa.string()),
            "survey": words_of(surveys.touchpoint, ("after a purchase", "after a case")),
            "customer_id": customer_ids(surveys.who),
            "at": times(surveys.at),
            "score": pa.array(surveys.score),
            "comment": strings(firm.survey_words),
            "touchpoint": words_of(surveys.touchpoint, ("purchase", "case")),
            "staff": words_of(surveys.staff, STAFF),
            "reason": words_of(surveys.reason, deeds.REASONS),
        }
    )


def referrals(firm: InventedFirm) -> pa.Table:
    """Who brought whom, as the records have it."""
    referrals = firm.referrals
    many = len(referrals.at)
    return pa.table(
        {
            "referral_id": pa.array([f"f{row + 1}" for row in range(many)], type=pa.string()),
            "referrer_id": customer_ids(referrals.referrer),
            "referred_id": customer_ids(referrals.referred),
            "at": times(referrals.at),
            "converted_at": times(referrals.converted_at),
            "would_have_come": numbers(referrals.answer, np.isfinite(referrals.answer)),
            "reward_cost": money(referrals.reward_cents),
        }
    )


def actions(firm: InventedFirm) -> pa.Table:
    """What the firm did, most of it in answer to a message."""
    actions, sheet = firm.actions, firm.sheet
    ids = np.array(message_ids(firm.sheet), dtype=object)
    order = np.lexsort((actions.message, actions.at))
    message = actions.message[order]
    told = stories.tell().done
    story = (sheet["cause"] == 0)[message]
    table = pa.table(
        {
            "action_id": pa.array([f"a{row + 1}" for row in range(len(message))], type=pa.string()),
            "message_id": pa.array(ids[message], type=pa.string()),
            "customer_id": pa.nulls(len(message), pa.string()),
            "at": times(actions.at[order]),
            "staff": words_of(actions.staff[order], STAFF),
            "kind": words_of(actions.kind[order], deeds.ACTION_KINDS),
            "minutes": pa.array(actions.minutes[order]),
            "cost": money(actions.cents[order]),
            "channel": words_of(sheet["channel"][message], CHANNELS),
            "cause_id": words_of(np.where(story, -1, sheet["cause"][message]), CAUSES),
        }
    )
    rows = pa.table(
        {
            "action_id": pa.array([d.action_id for d in told]),
            "message_id": strings([d.message_id for d in told]),
            "customer_id": customer_ids(np.array([d.customer for d in told])),
            "at": times(np.array([d.at for d in told])),
            "staff": pa.array([d.staff for d in told]),
            "kind": pa.array([d.kind for d in told]),
            "minutes": pa.array([float(d.minutes) for d in told]),
            "cost": money(np.array([d.cost_cents for d in told])),
            "channel": pa.array([d.channel for d in told]),
            "cause_id": strings([d.cause for d in told]),
        },
        schema=table.schema,
    )
    return pa.concat_tables([table, rows])


def outlays(firm: InventedFirm) -> pa.Table:
    """What was spent each month."""
    rows = firm.outlays
    return pa.table(
        {
            "outlay_id": pa.array([f"o{row + 1}" for row in range(len(rows))]),
            "at": times(np.array([row[0] for row in rows])),
            "activity": pa.array([row[1] for row in rows]),
            "kind": pa.array([row[2] for row in rows]),
            "amount": money(np.array([row[3] for row in rows])),
            "segment": pa.array([row[4] for row in rows]),
        }
    )


_WORDS_OF_CONTRIBUTIONS: dict[str, tuple[str, ...]] = {
    "idea": ("Let people filter by noise.", "Print the wiring inside the box.", "Show how high each cooler is.",
             "A button to order the same again.", "Check a build's parts list before it is paid."),
    "bug report": ("The basket forgets the voucher.", "The page shows the wrong clearance.",
                   "The search finds no part numbers."),
    "test": ("Tested the new fan-control suite.", "Tried the pre-release of the build checker."),
    "staff choice": ("Met two candidates for the service desk.",),
    "testimonial": ("You may print what I wrote about my build.", "Happy to be quoted."),
}  # fmt: skip


def contributions(firm: InventedFirm) -> pa.Table:
    """What customers taught the firm."""
    given = firm.contributions
    order = np.lexsort((given.who, given.at))
    kinds = [given.kind[row] for row in order.tolist()]
    cents = given.cents[order]
    known = cents >= 0
    options = [_WORDS_OF_CONTRIBUTIONS[kind] for kind in kinds]
    return pa.table(
        {
            "contribution_id": pa.array([f"k{row + 1}" for row in range(len(kinds))], type=pa.string()),
            "customer_id": customer_ids(given.who[order]),
            "at": times(given.at[order]),
            "kind": pa.array(kinds, type=pa.string()),
            "text": pa.array([words[row % len(words)] for row, words in enumerate(options)], type=pa.string()),
            "state": pa.array([given.state[row] for row in order.tolist()], type=pa.string()),
            "value": money(cents, known),
            "value_low": money(cents * 7 // 10, known),
            "value_high": money(cents * 14 // 10, known),
            "idea": strings([given.idea[row] for row in order.tolist()]),
        }
    )


def events(firm: InventedFirm) -> pa.Table:
    """Visits, sign-ins, uses and failures."""
    events = firm.events
    products = subject_names()
    many = len(events.at)
    details = [f"download failed: {products[d]}" if d >= 0 else "" for d in events.detail.tolist()]
    table = pa.table(
        {
            "event_id": pa.array([f"e{row + 1}" for row in range(many)], type=pa.string()),
            "customer_id": customer_ids(events.who),
            "at": times(events.at),
            "kind": words_of(events.kind, ("visit", "sign-in", "use", "failure")),
            "ok": pa.array(events.kind != 3),
            "place": words_of(events.kind, ("shop", "web", "app", "downloads")),
            "detail": strings(details),
        }
    )
    told = stories.tell().failures
    rows = pa.table(
        {
            "event_id": pa.array([row[0] for row in told]),
            "customer_id": customer_ids(np.array([row[1] for row in told])),
            "at": times(np.array([row[2] for row in told])),
            "kind": pa.array(["failure"] * len(told)),
            "ok": pa.array([False] * len(told)),
            "place": pa.array([row[3] for row in told]),
            "detail": pa.array([row[4] for row in told]),
        },
        schema=table.schema,
    )
    return pa.concat_tables([table, rows])


def promises() -> pa.Table:
    """What everyone is promised in writing."""
    hours = PROMISED_HOURS.tolist()
    said = [f"We answer on {name} within {hour:.0f} hours." for name, hour in zip(CHANNELS, hours, strict=True)]
    return pa.table(
        {
            "promise_id": pa.array([*(f"answer-{name}" for name in CHANNELS), "refund"]),
            "kind": pa.array([*["answer"] * len(CHANNELS), "refund"]),
            "channel": pa.array([*CHANNELS, None]),
            "within_hours": pa.array([*hours, 14 * 24.0]),
            "text": pa.array([*said, "You have your money back within fourteen days."]),
            "since": times(np.zeros(len(CHANNELS) + 1)),
        }
    )


def causes(customers: int) -> pa.Table:
    """What the practices earn grows with the firm: a little."""
    scale = customers / 2000
    never = np.inf
    rows: list[tuple[str, str, str, str, float | None, list[str], float, float, float]] = [
        ("download-fee", "Fee for a second download", "practice", "Head of web shop", 310 * scale, ["downloads"],
         never, FEE_FROM, FEE_UNTIL),
        ("restocking-fee", "Restocking fee on returns", "practice", "Head of finance", 640 * scale, ["returns"],
         day(2026, 12, 1), 0.0, never),
        ("batteries", "Batteries that swell", "fault", "Head of purchasing", None, ["batteries"], never, BATTERY_FROM,
         never),
        ("late-parcels", "Parcels later than promised", "promise", "Head of logistics", None, ["delivery"], never,
         STRIKE_FROM, never),
        ("faulty-parts", "Parts that arrive broken", "fault", "Head of purchasing", None, ["faults"], never, 0.0,
         never),
        ("slow-answers", "Answers that do not come", "promise", "Head of service", None, ["service"], never, 0.0,
         never),
    ]  # fmt: skip
    earns = np.array([round((row[4] or 0) * 100) for row in rows])
    decide_by, since, until = (np.array([row[place] for row in rows]) for place in (6, 7, 8))
    return pa.table(
        {
            "cause_id": pa.array([row[0] for row in rows]),
            "name": pa.array([row[1] for row in rows]),
            "kind": pa.array([row[2] for row in rows]),
            "owner": pa.array([row[3] for row in rows]),
            "earns": money(earns, np.array([row[4] is not None for row in rows])),
            "topics": pa.array([row[5] for row in rows]),
            "decide_by": times(decide_by),
            "since": times(since),
            "until": times(until),
        }
    )


def terms(firm: InventedFirm) -> pa.Table:
    """Some refuse a purpose or two; whoever lists what they allow refuses the rest."""
    terms = firm.terms
    allowed: list[list[str] | None] = []
    refused: list[list[str] | None] = []
    for row, bits in enumerate(terms.refused.tolist()):
        no = [purpose for place, purpose in enumerate(deeds.PURPOSES) if bits >> place & 1]
        yes = [purpose for purpose in deeds.PURPOSES if purpose not in no]
        allowed.append(yes if row % 2 else None)
        refused.append(None if row % 2 else no)
    return pa.table(
        {
            "customer_id": customer_ids(terms.who),
            "at": times(terms.at),
            "agreement": pa.array(["SD-BASE"] * len(allowed), type=pa.string()),
            "purposes": pa.array(allowed, type=pa.list_(pa.string())),
            "refused": pa.array(refused, type=pa.list_(pa.string())),
            "signature": pa.array([f"signed-{row + 1:06d}" for row in range(len(allowed))], type=pa.string()),
        }
    )
