"""Card payments by Stripe Checkout, available when both of its keys are set.

Card data never reaches this site. Credits are granted when Stripe's signed webhook confirms the payment, once for each
checkout, however often and in whatever order webhooks arrive.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from typing import Any

import stripe
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.utils import timezone

from gifweb.accounts.models import Account
from gifweb.deadlock import again_after_deadlock
from gifweb.errors import BadInput, NotFound, Unavailable

from . import ledger, plans
from .models import Kind, Purchase

log = logging.getLogger(__name__)

PRO_DAYS = 31
TOLERANCE_S = 300  # older messages are replays


@dataclass(frozen=True, slots=True)
class Item:
    """``credits`` 0 is the pro plan for PRO_DAYS. ``price`` is in the currency's smallest unit."""

    name: str
    credits: int
    price: int

    @property
    def label(self) -> str:
        return f"{self.credits:,} credits" if self.credits else f"Pro for {PRO_DAYS} days"

    @property
    def money(self) -> str:
        return f"{self.price / 100:.2f} {settings.CURRENCY.upper()}"


def enabled() -> bool:
    return bool(settings.STRIPE_SECRET_KEY and settings.STRIPE_WEBHOOK_SECRET)


def items() -> dict[str, Item]:
    """Return the items for sale from STRIPE_PRICES: “500:500,pro:900”. Raises ImproperlyConfigured."""
    found: dict[str, Item] = {}
    for part in settings.STRIPE_PRICES.replace(" ", "").split(","):
        name, _, price = part.partition(":")
        if not price.isdigit() or not (name == "pro" or name.isdigit()) or int(price) < 1 or name == "0":
            raise ImproperlyConfigured(f"STRIPE_PRICES: “{part}” is not credits:price or pro:price.")
        found[name] = Item(name, 0 if name == "pro" else int(name), int(price))
    return found


def start(account: Account, name: str, origin: str, back: str) -> str:
    """Return the URL of a new checkout. Raises BadInput for an unknown item, Unavailable when Stripe does not
    answer."""
    if not enabled():
        raise NotFound()
    item = items().get(name)
    if item is None:
        raise BadInput("That is not for sale.")
    client = stripe.StripeClient(settings.STRIPE_SECRET_KEY, max_network_retries=2)
    try:
        session = client.v1.checkout.sessions.create(
            params={
                "mode": "payment",
                "client_reference_id": str(account.pk),
                "metadata": {"item": item.name, "credits": str(item.credits)},
                "line_items": [
                    {
                        "quantity": 1,
                        "price_data": {
                            "currency": settings.CURRENCY,
                            "unit_amount": item.price,
                            "product_data": {"name": item.label},
                        },
                    }
                ],
                "success_url": f"{origin}{back}?paid=1",
                "cancel_url": f"{origin}{back}",
                **({"customer_email": account.user.email} if account.user else {}),
            }
        )
    except stripe.StripeError as error:
        log.error("stripe refused a checkout: %s", error)
        raise Unavailable("Paying is not possible just now. Nothing was charged.") from error
    if not session.url:
        raise Unavailable("Paying is not possible just now. Nothing was charged.")
    return session.url


def receive(body: bytes, signature: str) -> str:
    """Handle one webhook. Return the outcome as one word. Raises BadInput when it is unsigned, too old or
    unreadable."""
    if not enabled():
        raise NotFound()
    try:
        event = stripe.Webhook.construct_event(body, signature, settings.STRIPE_WEBHOOK_SECRET, tolerance=TOLERANCE_S)
    except (ValueError, stripe.SignatureVerificationError) as error:
        raise BadInput("This message was not signed by Stripe, or too long ago.") from error
    thing: dict[str, Any] = event.data.object.to_dict()
    if event.type in ("checkout.session.completed", "checkout.session.async_payment_succeeded"):
        return _paid(thing)
    if event.type == "charge.refunded":
        return _refunded(thing)
    return "ignored"


@again_after_deadlock
def _paid(session: dict[str, Any]) -> str:
    if session.get("payment_status") != "paid":
        return "waiting"  # another webhook follows with the payment
    # Read the item from the session: the price list may have changed meanwhile.
    sold = session.get("metadata") or {}
    name, credits = str(sold.get("item", "")), str(sold.get("credits", ""))
    account = _account(session.get("client_reference_id"))
    if account is None or not name or not credits.isdigit():
        log.error("a paid checkout fits nothing that was sold here: %s", session.get("id"))
        return "unknown"
    with transaction.atomic():
        bought, fresh = Purchase.objects.get_or_create(
            session=str(session["id"]),
            defaults={
                "account": account,
                "payment": str(session.get("payment_intent") or ""),
                "item": name,
                "credits": int(credits),
                "price": int(session.get("amount_total") or 0),
                "currency": str(session.get("currency") or settings.CURRENCY)[:3],
            },
        )
        if not fresh:
            return "known"
        if bought.credits:
            ledger.grant(account, bought.credits, Kind.TOPUP, f"stripe:{bought.session}", reason=f"{credits} credits")
        else:
            plans.extend(account, "pro", PRO_DAYS)
    return "credited"


def _account(ident: object) -> Account | None:
    try:
        return Account.objects.filter(pk=uuid.UUID(str(ident))).first()
    except ValueError:
        return None


@again_after_deadlock
def _refunded(charge: dict[str, Any]) -> str:
    """Take back the credits for the refunded part of a payment. Webhooks carry the sum refunded so far."""
    total, refunded = int(charge.get("amount") or 0), int(charge.get("amount_refunded") or 0)
    with transaction.atomic():
        bought = Purchase.objects.select_for_update().filter(payment=str(charge.get("payment_intent") or "-")).first()
        if bought is None or total < 1:
            return "unknown"
        due = -(-bought.credits * min(refunded, total) // total)
        if due > bought.taken_back:
            ledger.take_back(
                bought.account,
                due - bought.taken_back,
                f"stripe_refund:{bought.session}:{due}",
                "The payment went back",
            )
            bought.taken_back = due
        elif not bought.credits and refunded >= total and bought.refunded_at is None:
            plans.end(bought.account)
        else:
            return "known"
        bought.refunded_at = timezone.now()
        bought.save(update_fields=["taken_back", "refunded_at"])
    return "taken back"
