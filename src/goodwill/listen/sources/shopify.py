"""Shopify: orders, refunds and customers of a web shop, as they happen; and what its privacy rules ask.

Rows are as its exports give them (`dialects.shopify`): an order is a purchase under its name ('#1001'), a customer has
the shop's number. A refund has a number of its own here, where the export has one sum for an order.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from pydantic import Field, SecretStr

from goodwill.listen.posted import signing
from goodwill.listen.posted.payload import Part, cleaned, opened
from goodwill.listen.posted.persons import Person, handle_key
from goodwill.listen.sources.kind import Heard, Kind, Place, Request, Row, Settings

SENDER = "Shopify"
NOT_SOLD = ("voided", "expired", "pending", "authorized")
RECENT = timedelta(days=2)  # as long as Shopify tries to deliver


class ShopifySettings(Settings):
    """What is entered for a shop."""

    secret: tuple[SecretStr, ...] = Field(
        min_length=1,
        description="what the webhooks are signed with: it stands under Settings › Notifications › Webhooks, or it is"
        " the client secret of the app that made them; two while one replaces another",
    )


def accept(place: Place, request: Request) -> Heard:
    """One event; which it is, the header X-Shopify-Topic says."""
    digest = signing.by_body(
        request, place.settings.secret, header="X-Shopify-Hmac-Sha256", sender=SENDER, form="base64"
    )
    topic = request.headers.get("x-shopify-topic", "").strip().lower()
    heard = Heard(once=request.headers.get("x-shopify-webhook-id", "").strip() or f"{topic} {digest}")
    body = opened(request.body, SENDER)
    if topic in ("orders/create", "orders/paid", "orders/updated", "orders/cancelled"):
        _order(heard, place, body, request.at, edited=topic != "orders/create")
    elif topic == "refunds/create":
        _refund(heard, place, body)
    elif topic in ("customers/create", "customers/update"):
        _customer(body).into(heard, place)
        if not heard.facts:
            heard.said.append(f"{topic}: nothing is told of them")
    elif topic in PRIVACY:
        _privacy(heard, place, body, topic)
    else:
        heard.said.append(f"{topic or 'an event without X-Shopify-Topic'} says nothing to us")
    return heard


# --- what was bought --------------------------------------------------------------------------------------------------


def _order(heard: Heard, place: Place, order: Part, now: datetime, *, edited: bool) -> None:
    name = order.id("name")
    if order.flag("test"):
        heard.said.append(f"order {name}: a test")
        return
    status = order.text("financial_status").lower()
    if status in NOT_SOLD:
        heard.said.append(f"order {name}: {status}, so nothing is sold")
        if edited and status in ("voided", "expired"):
            heard.removed["purchases"] = [name]
        return
    buyer = _buyer(order)
    row: Row = {
        "purchase_id": name,
        "customer_id": buyer.into(heard, place),
        "at": order.maybe_at("created_at") or order.at("processed_at"),
        "amount": _sum(order, "total_price"),
        "currency": order.text("currency") or None,
        "kind": "sale",
        "items": _items(order),
        "channel": order.text("source_name") or None,
    }
    if edited:
        heard.edited["purchases"] = [{column: value for column, value in row.items() if value is not None}]
        _refunds_of(heard, place, order, row, now)
    else:
        heard.add("purchases", row)


def _items(order: Part) -> int | None:
    things = sum(item.count("quantity") for item in order.parts("line_items"))
    return things if 0 < things < 10**9 else None


def _refunds_of(heard: Heard, place: Place, order: Part, bought: Row, now: datetime) -> None:
    """An order lists its refunds, and knows whose they are, which a refund alone does not say.

    Those of long ago were heard then, or are in the export that was imported, under a sum for the whole order.
    """
    for refund in order.parts("refunds"):
        row = _return(place, refund)
        if row is not None and now - row["at"] <= RECENT:
            who = {name: bought[name] for name in ("currency", "customer_id", "channel") if bought[name]}
            heard.edited["purchases"].append({**who, **row})


def _refund(heard: Heard, place: Place, refund: Part) -> None:
    row = _return(place, refund)
    if row is None:
        heard.said.append(f"refund {refund.id('id')}: nothing was paid back")
    else:
        heard.add("purchases", row)
        heard.said.append("whose refund it was comes with the order's own update")


def _return(place: Place, refund: Part) -> Row | None:
    """Money that was paid back: the transactions of a refund that went through."""
    back, currency = Decimal(0), ""
    for transaction in refund.parts("transactions"):
        if transaction.text("kind") in ("", "refund") and transaction.text("status") in ("", "success"):
            back += _sum(transaction, "amount")
            currency = currency or transaction.text("currency")
    if back <= 0:
        return None
    row: Row = {
        "purchase_id": place.key(f"refund {refund.id('id')}"),
        "at": refund.maybe_at("processed_at") or refund.at("created_at"),
        "amount": -back,
        "kind": "return",
    }
    return row | ({"currency": currency} if currency else {})


def _sum(part: Part, name: str) -> Decimal:
    sum_ = part.money(name)
    if sum_ is None:
        raise part.wrong(name, "it is not there")
    return sum_


# --- who --------------------------------------------------------------------------------------------------------------


def _buyer(order: Part) -> Person:
    """Whose order it is: the shop's customer, else whoever left an address."""
    customer = order.maybe("customer")
    known = _customer(customer) if "id" in customer else Person()
    billing = order.maybe("billing_address")
    return Person(
        own=known.own,
        email=known.email or order.text("email") or order.text("contact_email"),
        phone=known.phone or order.text("phone") or billing.text("phone"),
        name=known.name or billing.text("name"),
        verified=known.verified,
        language=known.language or order.text("customer_locale"),
        country=known.country or billing.text("country_code"),
    )


def _customer(customer: Part) -> Person:
    """A customer, by the shop's own number, as in its export."""
    names = (customer.text("first_name"), customer.text("last_name"))
    return Person(
        own=customer.id("id"),
        email=customer.text("email"),
        phone=customer.text("phone"),
        name=" ".join(name for name in names if name),
        verified=True if customer.flag("verified_email") else None,
        joined_at=customer.maybe_at("created_at"),
        country=customer.maybe("default_address").text("country_code"),
    )


# --- what its privacy rules ask ---------------------------------------------------------------------------------------


PRIVACY = ("customers/redact", "customers/data_request", "shop/redact")


def _privacy(heard: Heard, place: Place, body: Part, topic: str) -> None:
    """A customer's wish to be forgotten takes their name and addresses at once; the rest a person does, who is told."""
    if topic == "shop/redact":
        shop = body.text("shop_domain") or "the shop"
        heard.said.append(f"{topic}: {shop} has left; delete this source with its facts, unless you may keep them")
        return
    customer = body.part("customer")
    who = customer.id("id")
    if topic == "customers/data_request":
        heard.said.append(f"{topic}: customer {who} asks what is held; send them the export from their page in 30 days")
        return
    heard.removed["people"] = [who]
    keys = [handle_key(handle) for handle in _customer(customer).handles(place)]
    if keys:
        heard.removed["handles"] = keys
    listed = body.values.get("orders_to_redact")
    orders = (
        [cleaned(str(one))[:40] for one in listed if isinstance(one, int | str)] if isinstance(listed, list) else []
    )
    which = f", orders {', '.join(orders[:20])}," if orders else ""
    heard.said.append(
        f"{topic}: customer {who}{which} is to be forgotten; name and addresses are gone,"
        " erase the person on their page within 30 days"
    )


KIND = Kind(
    name="shopify",
    title=SENDER,
    says="What is ordered, paid back and by whom, as it happens in the web shop.",
    connect="In Shopify: Settings › Notifications › Webhooks › Create webhook, format JSON, with the address that "
    "goodwill shows, one each for 'Order creation', 'Order update', 'Refund create', 'Customer creation' and 'Customer "
    "update'. The line 'Your webhooks will be signed with …' on that page is the secret. An app of your own signs with "
    "its client secret, and sends the privacy topics (customers/redact, customers/data_request, shop/redact) here too. "
    "What was sold before comes from the orders export; make it first, since a refund has no number there.",
    settings=ShopifySettings,
    tried="with requests signed as documented; not tried against a real shop",
    accept=accept,
)
