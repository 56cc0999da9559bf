"""Stripe: payments, what was paid back, invoices and customers.

Rows are as its payments export gives them (`dialects.stripe`): a charge is a purchase under its own id, what was paid
back of it is one return, `ch_…-refund`, whose sum grows.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from pydantic import Field, SecretStr

from goodwill.listen.posted import signing
from goodwill.listen.posted.payload import Part, opened
from goodwill.listen.posted.persons import Person
from goodwill.listen.sources.kind import Heard, Kind, Place, Request, Row, Settings

SENDER = "Stripe"
# Stripe's documentation, 'Currencies': zero-decimal ones, and three-decimal ones. ISK and UGX have no cents any more,
# but the API goes on to write them with two places ('to charge 5 UGX, provide 500').
NO_PLACES = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF"
THREE_PLACES = "BHD JOD KWD OMR TND"


class StripeSettings(Settings):
    """What is entered for an account of Stripe."""

    secret: tuple[SecretStr, ...] = Field(
        min_length=1,
        description="the endpoint's signing secret, whsec_…: Developers › Webhooks › the endpoint › Signing secret;"
        " two while one replaces another",
    )


def accept(place: Place, request: Request) -> Heard:
    """One event; its own id tells a repeated delivery."""
    digest = signing.by_time_in_header(request, place.settings.secret, header="Stripe-Signature", sender=SENDER)
    body = opened(request.body, SENDER)
    kind, heard = body.text("type"), Heard(once=body.maybe_id("id") or digest)
    if "livemode" in body and not body.flag("livemode"):
        heard.said.append(f"{kind}: a test, no real money")
        return heard
    thing = body.part("data").part("object") if kind in READ else Part({}, SENDER)
    READ.get(kind, _nothing)(heard, place, thing, body.maybe_at("created") or request.at)
    if not (heard.facts or heard.edited or heard.removed or heard.said):
        heard.said.append(f"{kind or 'an event without a type'} says nothing to us")
    return heard


def amount(minor: int, currency: str) -> Decimal:
    """A sum in the currency's own unit, of the smallest one, in which Stripe writes it.

    >>> amount(2495, "usd"), amount(500, "jpy"), amount(5124, "kwd"), amount(500, "ugx")
    (Decimal('24.95'), Decimal('500'), Decimal('5.124'), Decimal('5.00'))
    """
    code = currency.upper()
    return Decimal(minor).scaleb(0 if code in NO_PLACES.split() else -3 if code in THREE_PLACES.split() else -2)


def _paid(heard: Heard, place: Place, charge: Part, _at: datetime) -> None:
    if "captured" in charge and not charge.flag("captured"):
        heard.said.append(f"charge {charge.id('id')}: reserved only, not taken yet")
        return
    heard.add("purchases", _purchase(heard, place, charge))


def _purchase(heard: Heard, place: Place, charge: Part) -> Row:
    subscribed = "subscription" in charge.text("description").lower() or "invoice" in charge
    return {
        "purchase_id": charge.id("id"),
        "customer_id": _payer(charge).into(heard, place),
        "at": charge.at("created"),
        **_money(charge, "amount"),
        "kind": "subscription" if subscribed else "sale",
    }


def _paid_back(heard: Heard, place: Place, charge: Part, at: datetime) -> None:
    back = _money(charge, "amount_refunded")
    if back["amount"] <= 0:
        heard.said.append(f"charge {charge.id('id')}: nothing was paid back")
        return
    row: Row = {
        "purchase_id": f"{charge.id('id')}-refund",
        "customer_id": _payer(charge).into(heard, place),
        "at": at,
        "amount": -back["amount"],
        "currency": back["currency"],
        "kind": "return",
    }
    heard.edited["purchases"] = [{name: value for name, value in row.items() if value is not None}]


def _invoice(heard: Heard, place: Place, invoice: Part, at: datetime) -> None:
    """An invoice is no second purchase: its charge is one, which it may tell to be a subscription's. One that was paid
    outside Stripe has no charge, and is itself the purchase."""
    number = invoice.id("id")
    charge = invoice.maybe_id("charge")
    outside = invoice.flag("paid_out_of_band")
    paid = _money(invoice, "amount_paid")
    if paid["amount"] <= 0 or not (charge or outside):
        heard.said.append(f"invoice {number}: what was paid for it comes as a charge")
        return
    subscribed = invoice.text("billing_reason").startswith("subscription") or "subscription" in invoice
    row: Row = {
        "purchase_id": charge or number,
        "customer_id": _invoiced(invoice).into(heard, place),
        "at": invoice.maybe("status_transitions").maybe_at("paid_at") or at,
        **paid,
        "kind": "subscription" if subscribed else "sale",
    }
    heard.edited["purchases"] = [{name: value for name, value in row.items() if value is not None}]


def _money(part: Part, name: str) -> Row:
    minor, currency = part.whole(name), part.text("currency")
    if minor is None:
        raise part.wrong(name, "it is not there")
    if len(currency) != 3:
        raise part.wrong("currency", f"{currency!r} is no currency")
    return {"amount": amount(minor, currency), "currency": currency.upper()}


def _payer(charge: Part) -> Person:
    billing = charge.maybe("billing_details")
    return Person(
        own=_id_of(charge, "customer"),
        email=charge.text("receipt_email") or billing.text("email"),
        phone=billing.text("phone"),
        name=billing.text("name"),
        card=charge.maybe("payment_method_details").maybe("card").text("fingerprint"),
        country=billing.maybe("address").text("country"),
    )


def _invoiced(invoice: Part) -> Person:
    return Person(
        own=_id_of(invoice, "customer"),
        email=invoice.text("customer_email"),
        phone=invoice.text("customer_phone"),
        name=invoice.text("customer_name"),
    )


def _id_of(part: Part, name: str) -> str:
    """An id, or the id of what is given in full in its place."""
    return part.part(name).id("id") if isinstance(part.values.get(name), dict) else part.maybe_id(name)


def _customer(heard: Heard, place: Place, customer: Part, _at: datetime) -> None:
    locales = customer.values.get("preferred_locales")
    Person(
        own=customer.id("id"),
        email=customer.text("email"),
        phone=customer.text("phone"),
        name=customer.text("name"),
        joined_at=customer.maybe_at("created"),
        country=customer.maybe("address").text("country"),
        language=locales[0] if isinstance(locales, list) and locales and isinstance(locales[0], str) else "",
    ).into(heard, place)


def _nothing(heard: Heard, place: Place, thing: Part, at: datetime) -> None:
    """An event that says nothing to us."""


READ = {
    "charge.succeeded": _paid,
    "charge.captured": _paid,
    "charge.refunded": _paid_back,
    "invoice.paid": _invoice,
    "customer.created": _customer,
    "customer.updated": _customer,
}

KIND = Kind(
    name="stripe",
    title=SENDER,
    says="Payments, what was paid back, and who paid.",
    connect="In Stripe: Developers › Webhooks › Add destination, with the address that goodwill shows and the events "
    "charge.succeeded, charge.captured, charge.refunded, invoice.paid, customer.created and customer.updated. Enter "
    "the endpoint's signing secret (whsec_…) here; while it is rolled, Stripe signs with both. An invoice is counted "
    "by its charge, so choose the charge events too. Events of test mode are left out.",
    settings=StripeSettings,
    tried="with requests signed as documented; not tried against the real service",
    accept=accept,
)
