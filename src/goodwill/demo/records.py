"""The firm's records as it keeps them: the fifteen tables of facts, made from what was drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodwill.demo import registers, stories
from goodwill.demo.files import customer_ids, message_ids, money, numbers, strings, times, words_of, write
from goodwill.demo.names import account_channels, phone
from goodwill.demo.setting import (
    CHANNELS,
    CHAT,
    FORUM,
    PHONE,
    RATES,
    RIVALS,
    SOURCES,
    settings_file,
)
from goodwill.demo.telling import order_numbers
from goodwill.demo.world import COUNTRIES, LANGUAGES, RETURN, SALE, SUBSCRIPTION
from goodwill.facts import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from goodwill.demo.invented import InventedFirm
    from goodwill.demo.people import Integers, Reals

_CURRENCIES = ("EUR", *RATES)
_CURRENCY_OF_COUNTRY = np.array([0, 0, 0, 0, 0, 1, 2, 0, 0, 0])
_BLOCK = 1_000_000
_GUEST_SHARE, _MARGIN_KNOWN = 0.02, 0.93


def write_records(firm: InventedFirm, folder: Path, seed: int) -> None:
    """Writes goodwill.toml and the fifteen tables."""
    rng = np.random.default_rng([seed, 200])
    (folder / "goodwill.toml").write_text(settings_file(), encoding="utf-8")
    tables: dict[str, Callable[[], Iterable[pa.Table]]] = {
        "people": lambda: [_people(firm)],
        "handles": lambda: [_handles(firm, rng)],
        "roles": lambda: [registers.roles(firm)],
        "purchases": lambda: _purchases(firm, rng),
        "messages": lambda: [_messages(firm, rng)],
        "responses": lambda: [registers.responses(firm)],
        "referrals": lambda: [registers.referrals(firm)],
        "actions": lambda: [registers.actions(firm)],
        "outlays": lambda: [registers.outlays(firm)],
        "contributions": lambda: [registers.contributions(firm)],
        "events": lambda: [registers.events(firm)],
        "promises": lambda: [registers.promises()],
        "causes": lambda: [registers.causes(firm.people.size)],
        "terms": lambda: [registers.terms(firm)],
        "corrections": lambda: [TABLES["corrections"].empty()],
    }
    # One after the other: no two tables are in memory at once.
    for name, rows in tables.items():
        write(folder, name, rows(), firm.people.size)


def _people(firm: InventedFirm) -> pa.Table:
    people = firm.people
    told = np.arange(people.size) % 3 > 0  # two in three told us their language
    return pa.table(
        {
            "customer_id": customer_ids(np.arange(people.size)),
            "kind": words_of(people.organisation.astype(np.int64), ("person", "organisation")),
            "name": pa.array(firm.names.name),
            "email": pa.array(firm.names.email),
            "joined_at": times(people.arrival),
            "language": words_of(np.where(told, people.language, -1), LANGUAGES),
            "country": words_of(people.country, COUNTRIES),
        }
    )


def _handles(firm: InventedFirm, rng: np.random.Generator) -> pa.Table:
    """The accounts of those who speak, where the firm knows whose they are; telephones."""
    sheet = firm.sheet
    author, channel = sheet["author"], sheet["channel"]
    spoken = (author >= 0) & np.isin(channel, account_channels())
    pairs = np.unique(author[spoken] * 16 + channel[spoken])
    who, where = pairs // 16, pairs % 16
    known = firm.names.linked[who]
    who, where = who[known], where[known]
    rings = (rng.random(firm.people.size) < 0.25) & (np.arange(firm.people.size) >= stories.RESERVED)
    rings[author[(author >= 0) & (channel == PHONE)]] = True
    callers = np.flatnonzero(rings)
    also = sorted(
        {(person, CHANNELS.index(name), handle) for person, (name, handle) in stories.ACCOUNTS.items()}
        | {(person, CHANNELS.index(name), handle) for person, name, handle in stories.MORE_ACCOUNTS}
    )
    drawn = [firm.names.handle(w, c) for w, c in zip(who.tolist(), where.tolist(), strict=True)]
    have = set(zip(who.tolist(), where.tolist(), drawn, strict=True))
    also = [row for row in also if row not in have]
    ids = np.concatenate([who, [row[0] for row in also], callers]).astype(np.int64)
    channels = np.concatenate([where, [row[1] for row in also], np.full(len(callers), -1)]).astype(np.int64)
    values = [*drawn, *(row[2] for row in also), *(phone(w) for w in callers.tolist())]
    accounts = len(who) + len(also)
    sure = np.where(rng.random(len(ids)) < 0.7, 1.0, np.round(rng.uniform(0.9, 1.0, len(ids)), 2))
    return pa.table(
        {
            "customer_id": customer_ids(ids),
            "kind": words_of((np.arange(len(ids)) >= accounts).astype(np.int64), ("account", "phone")),
            "value": pa.array(values),
            "channel": words_of(channels, CHANNELS),
            "source": words_of((np.arange(len(ids)) >= accounts).astype(np.int64), ("profile page", "order form")),
            "confidence": pa.array(sure),
            "verified": pa.array(sure == 1.0),
        }
    )


def _purchases(firm: InventedFirm, rng: np.random.Generator) -> Iterator[pa.Table]:
    """Sales, returns and subscriptions by time, a million at once."""
    sales, returns, subscriptions = firm.sales, firm.returns, firm.subscriptions
    number = order_numbers(sales)
    buyer = np.concatenate([sales.buyer, returns.buyer, subscriptions.buyer])
    cents = np.concatenate([sales.cents, returns.cents, subscriptions.cents])
    margin = np.concatenate([sales.margin_cents, returns.margin_cents, subscriptions.margin_cents])
    kind = np.repeat([SALE, RETURN, SUBSCRIPTION], [sales.size, returns.size, subscriptions.size])
    running = np.concatenate([number, number[returns.of], np.arange(subscriptions.size)])
    at = np.concatenate([sales.at, returns.at, subscriptions.at])
    order = np.lexsort((running, kind, at))
    emails = pa.array(firm.names.email)
    for first in range(0, len(order), _BLOCK):
        rows = order[first : first + _BLOCK]
        table = _block_of_purchases(
            firm, emails, buyer[rows], at[rows], cents[rows], margin[rows], kind[rows], running[rows], rng
        )
        yield table
    yield _story_purchases(table.schema)


def _block_of_purchases(
    firm: InventedFirm,
    emails: pa.Array,
    buyer: Integers,
    at: Reals,
    cents: Integers,
    margin: Integers,
    kind: Integers,
    running: Integers,
    rng: np.random.Generator,
) -> pa.Table:
    """Money is in the currency in which it was paid; a few order as guests, by e-mail; a few margins are not known."""
    many = len(buyer)
    currency = _CURRENCY_OF_COUNTRY[firm.people.country[buyer]]
    rate = np.array([1.0, *RATES.values()])[currency]
    guest = (rng.random(many) < _GUEST_SHARE) & (kind != SUBSCRIPTION) & (buyer >= stories.RESERVED)
    known = rng.random(many) < _MARGIN_KNOWN
    items = np.where(kind == RETURN, 1, 1 + rng.poisson(0.5, many))
    shop = np.where(kind == SUBSCRIPTION, 0, rng.choice(3, many, p=[0.82, 0.11, 0.07]))
    prefix = words_of(kind, ("HC-", "HR-", "HS-"))
    return pa.table(
        {
            "purchase_id": pc.binary_join_element_wise(prefix, pa.array(running).cast(pa.string()), ""),
            "customer_id": customer_ids(np.where(guest, -1, buyer)),
            "email": emails.take(pa.array(buyer, mask=~guest)),
            "at": times(at),
            "amount": money(np.rint(cents / rate).astype(np.int64)),
            "margin": money(np.rint(margin / rate).astype(np.int64), known),
            "currency": words_of(currency, _CURRENCIES),
            "kind": words_of(kind, ("sale", "return", "subscription")),
            "items": pa.array(items),
            "channel": words_of(shop, ("web", "shop", "phone")),
        }
    )


def _story_purchases(schema: pa.Schema) -> pa.Table:
    bought = stories.tell().bought
    return pa.table(
        {
            "purchase_id": pa.array([b.purchase_id for b in bought]),
            "customer_id": customer_ids(np.array([b.buyer for b in bought])),
            "email": pa.nulls(len(bought), pa.string()),
            "at": times(np.array([b.at for b in bought])),
            "amount": money(np.array([b.cents for b in bought])),
            "margin": money(np.array([b.margin_cents for b in bought])),
            "currency": pa.array([b.currency for b in bought]),
            "kind": pa.array([b.kind for b in bought]),
            "items": pa.array([1] * len(bought)),
            "channel": pa.array([b.channel for b in bought]),
        },
        schema=schema,
    )


def _messages(firm: InventedFirm, rng: np.random.Generator) -> pa.Table:
    sheet = firm.sheet
    ids = np.array([*message_ids(firm.sheet), ""], dtype=object)
    rows = np.arange(len(ids) - 1)
    channel, author = sheet["channel"], sheet["author"]
    opened = np.zeros(len(rows), dtype=bool)
    opened[sheet["thread"][sheet["thread"] >= 0]] = True
    thread = np.where(sheet["thread"] >= 0, sheet["thread"], np.where(opened | (channel == FORUM), rows, -1))
    signed_in = (author >= 0) & (channel == CHAT) & (rng.random(len(rows)) < 0.7)
    told = rng.random(len(rows)) < 0.7
    about = np.where(sheet["rival"] >= 0, 1 + sheet["rival"], np.where(sheet["to_us"], 0, -1))
    about = np.where((sheet["rival"] >= 0) & (rng.random(len(rows)) < 0.4), -1, about)
    return pa.table(
        {
            "message_id": pa.array(ids[:-1], type=pa.string()),
            "at": times(sheet["at"]),
            "source": words_of(channel, SOURCES),
            "channel": words_of(channel, CHANNELS),
            "author": pa.array(authors(firm)),
            "customer_id": customer_ids(np.where(signed_in, author, -1)),
            "text": pa.array(firm.texts, type=pa.string()),
            "language": strings([t if known else "" for t, known in zip(firm.tongues, told.tolist(), strict=True)]),
            "audience": numbers(sheet["audience"], sheet["audience"] >= 0),
            "engagements": numbers(sheet["engagements"], sheet["audience"] >= 0),
            "in_reply_to": strings(ids[sheet["reply_to"]].tolist()),
            "thread": strings(ids[thread].tolist()),
            "rating": numbers(sheet["rating"], np.isfinite(sheet["rating"])),
            "place": pa.nulls(len(rows), pa.string()),
            "url": pa.nulls(len(rows), pa.string()),
            "about": words_of(about, ("us", *RIVALS)),
            "to_us": pa.array(sheet["to_us"]),
            "accepted": numbers(sheet["accepted"], sheet["accepted"]),
            "helpful_votes": numbers(sheet["votes"], sheet["votes"] >= 0),
        }
    )


def authors(firm: InventedFirm) -> list[str]:
    """Each message's author handle on its channel."""
    said = stories.tell().said
    names, sheet = firm.names, firm.sheet
    found = []
    for who, channel, told in zip(
        sheet["author"].tolist(), sheet["channel"].tolist(), sheet["told"].tolist(), strict=True
    ):
        if told >= 0:
            found.append(said[told].handle)
        elif who >= 0:
            found.append(names.handle(who, channel))
        else:
            found.append(_voice(-1 - who, channel))
    return found


def _voice(number: int, channel: int) -> str:
    name = CHANNELS[channel]
    return {"email": f"reader{number}@elsewhere.example", "twitter": f"@passerby_{number}"}.get(
        name, f"passerby_{number}" + (".blog.example" if name == "blog" else "")
    )
