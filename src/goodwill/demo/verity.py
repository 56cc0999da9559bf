"""Gathers the truth of a drawn world into tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from goodwill.demo.files import customer_ids, message_ids, times, words_of
from goodwill.demo.kinds import KINDS
from goodwill.demo.records import authors
from goodwill.demo.setting import BATTERY_LEFT, CAUSES, CHANNELS, TODAY, TRUTHS, YEAR
from goodwill.demo.truth import Truth, follow
from goodwill.demo.world import summed

if TYPE_CHECKING:
    from goodwill.demo.invented import InventedFirm

_SOURCES = ("advertised", "referred", "word of mouth", "found us")


def gather(firm: InventedFirm) -> Truth:
    """The truth of this world as tables."""
    return Truth(
        customers=_customers(firm),
        ties=_ties(firm),
        messages=_messages(firm),
        listeners=_listeners(firm),
        figures=_figures(),
    )


def _customers(firm: InventedFirm) -> pa.Table:
    people, size = firm.people, firm.people.size
    taught = summed(firm.contributions.who, firm.contributions.true_money, size)
    answers = firm.answers
    expected = follow(
        people, firm.referrals, firm.ties, firm.margin, taught + summed(answers.by, answers.expected, size)
    )
    happened = follow(
        people, firm.referrals, firm.ties, firm.realised, taught + summed(answers.by, answers.realised, size)
    )
    forbids = np.zeros(size, dtype=bool)
    forbids[firm.terms.who[(firm.terms.refused & 2) > 0]] = True
    return pa.table(
        {
            "customer_id": customer_ids(np.arange(size)),
            "organisation": pa.array(people.organisation),
            "source": words_of(people.source, _SOURCES),
            "rate_a_year": pa.array(people.rate * YEAR),
            "lapse_a_year": pa.array(people.lapse * YEAR),
            "alive": pa.array(people.life_end > TODAY),
            "mean_ticket": pa.array(people.ticket),
            "margin_rate": pa.array(people.margin_rate),
            "power": pa.array(people.power),
            "forbids_valuing": pa.array(forbids),
            "spend": pa.array(expected.spend),
            "referral": pa.array(expected.referral),
            "influence": pa.array(expected.influence),
            "knowledge": pa.array(expected.knowledge),
            "follows": pa.array(expected.follows),
            "purchases_realised": pa.array(firm.future_count),
            "spend_realised": pa.array(happened.spend),
            "referral_realised": pa.array(happened.referral),
            "influence_realised": pa.array(happened.influence),
            "knowledge_realised": pa.array(happened.knowledge),
            "follows_realised": pa.array(happened.follows),
        }
    )


def _ties(firm: InventedFirm) -> pa.Table:
    """Every true tie with a share: referrals of the past year that were needed, and influence."""
    people, referrals, ties = firm.people, firm.referrals, firm.ties
    counted = referrals.needed & np.isfinite(referrals.converted_at) & (referrals.at > TODAY - YEAR)
    brought, bringer = referrals.referred[counted], referrals.referrer[counted]
    return pa.table(
        {
            "customer_id": customer_ids(np.concatenate([brought, ties.who])),
            "by_id": customer_ids(np.concatenate([bringer, ties.by])),
            "kind": words_of(np.repeat([0, 1], [len(brought), len(ties.who)]), ("referral", "influence")),
            "share": pa.array(np.concatenate([people.brought[brought], ties.share])),
            "responses": pa.array(np.concatenate([np.ones(len(brought), dtype=np.int64), ties.responses])),
            "last_at": times(np.concatenate([referrals.at[counted], ties.last_at])),
        }
    )


def _messages(firm: InventedFirm) -> pa.Table:
    sheet, stakes = firm.sheet, firm.stakes
    kind = sheet["kind"]
    intents = pa.array([list(k.intents) for k in KINDS], type=pa.list_(pa.string()))
    return pa.table(
        {
            "message_id": pa.array(message_ids(firm.sheet), type=pa.string()),
            "at": times(sheet["at"]),
            "author": pa.array(authors(firm)),
            "author_id": customer_ids(np.where(sheet["author"] >= 0, sheet["author"], -1)),
            "channel": words_of(sheet["channel"], CHANNELS),
            "audience": pa.array(sheet["audience"], mask=sheet["audience"] < 0),
            "kind": words_of(kind, tuple(k.name for k in KINDS)),
            "mood": pa.array([k.mood for k in KINDS]).take(pa.array(kind)),
            "intents": intents.take(pa.array(kind)),
            "anger": pa.array(sheet["anger"]),
            "cause": words_of(np.where(sheet["cause"] == 0, -1, sheet["cause"]), CAUSES),
            "open": pa.array(firm.waits),
            "leave_unanswered": pa.array(stakes.leave_unanswered),
            "leave_answered": pa.array(stakes.leave_answered),
            "gain_own": pa.array(stakes.own),
            "gain_account": pa.array(stakes.account),
            "gain_listeners": pa.array(stakes.listeners),
            "gain": pa.array(stakes.gain),
        }
    )


def _listeners(firm: InventedFirm) -> pa.Table:
    pairs = firm.stakes.pairs
    ids = np.array(message_ids(firm.sheet), dtype=object)
    return pa.table(
        {
            "message_id": pa.array(ids[pairs["row"]], type=pa.string()),
            "customer_id": customer_ids(pairs["listener"]),
            "swayed_unanswered": pa.array(pairs["unanswered"]),
            "swayed_answered": pa.array(pairs["answered"]),
        }
    )


def _figures() -> pa.Table:
    figures = {
        "acquisition_cost": TRUTHS.acquisition_cost,
        "contact_share": TRUTHS.contact_share,
        "contact_cost": TRUTHS.contact_cost,
        "influence_share": TRUTHS.influence_share,
        "influence_half_life": TRUTHS.influence_half_life,
        "would_have_come": TRUTHS.would_have_come,
        "battery_complaints_left": BATTERY_LEFT,
    }
    return pa.table({"name": pa.array(list(figures)), "value": pa.array(list(figures.values()))})
