"""To the payment page: one live attempt per order, stored before Stripe is asked for its session."""

import logging
import uuid
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import BigIntegerField
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from background.inserting import insert
from background.prepared import Given, Prepared
from orders import services as orders, transitions
from orders.models import LineItem, Order
from payment import gateway
from payment.models import CheckoutAttempt
from shop.money import to_minor

log = logging.getLogger(__name__)

State = CheckoutAttempt.State
JUST_NOW = timedelta(seconds=10)
ORDER = Given("order", BigIntegerField())
_live = Prepared(lambda: CheckoutAttempt.objects.live().filter(order_id=ORDER))
_line_items = Prepared(lambda: LineItem.objects.filter(order_id=ORDER))


class NotPayable(Exception):
    """The order awaits no payment: its page says why."""


def start_checkout(order_id: int) -> str:
    """The address of Stripe's payment page for this order; empty where there is nothing to pay.

    A second call, also at the same moment, leads to the same session. Raises NotPayable, gateway.Unavailable,
    gateway.InFlight and gateway.Refused; the order and its stock stay as they are.
    """
    attempt = _live_attempt(order_id)
    if attempt is None:
        return ""
    return attempt.url if attempt.state == State.OPEN else open_attempt(attempt).url


@transaction.atomic
def _live_attempt(order_id: int) -> CheckoutAttempt | None:
    """The order's one live attempt, made now where there is none; None when the total is nothing and so is paid."""
    order = transitions.lock(order_id)
    if not order.is_payable:
        raise NotPayable
    if order.total == 0:
        orders.mark_paid(order, actor="nothing to pay")
        return None
    return _live.first(order=order.pk) or _new_attempt(order)


def _new_attempt(order: Order) -> CheckoutAttempt:
    expires_at = _end(order)
    key = f"{order.number}-{uuid.uuid4().hex}"
    attempt = CheckoutAttempt(
        order=order,
        idempotency_key=key,
        parameters=session_parameters(order, key, int(expires_at.timestamp())),
        livemode=settings.STRIPE_LIVEMODE,
        expires_at=expires_at,
    )
    insert(attempt)
    if order.expires_at != expires_at:
        order.expires_at = expires_at
        order.save(update_fields=["expires_at", "updated"])
    return attempt


def _end(order: Order) -> datetime:
    """When the session ends, and the reservation with it: as late as may be; an order placed just now keeps its end."""
    latest = timezone.now() + timedelta(minutes=settings.ORDER_HOLD_MINUTES)
    return order.expires_at if timedelta(0) <= latest - order.expires_at < JUST_NOW else latest


def session_parameters(order: Order, key: str, expires_at: int) -> dict[str, Any]:
    """What Stripe is sent, in the order's language. Its line items sum to the order's total to the unit."""
    with translation.override(order.language):
        return _session_parameters(order, key, expires_at)


def _session_parameters(order: Order, key: str, expires_at: int) -> dict[str, Any]:
    metadata = {"order": order.number, "attempt": key}
    token = f"?order={order.token}"
    return {
        "mode": "payment",
        "client_reference_id": order.number,
        "customer_email": order.email,
        "locale": order.language,
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
        "line_items": [
            *(_stripe_line(item, order.currency) for item in _line_items(order=order.pk)),
            *([_priced(order.shipping_name, order.shipping, 1, order.currency)] if order.shipping else []),
            *([] if order.prices_include_tax or not order.tax else [_priced(_("Tax"), order.tax, 1, order.currency)]),
        ],
        "success_url": f"{_site(reverse('payment:completed'))}{token}&session_id={{CHECKOUT_SESSION_ID}}",
        "cancel_url": f"{_site(reverse('payment:canceled'))}{token}",
        "expires_at": expires_at,
    }


def _stripe_line(item: LineItem, currency: str) -> dict[str, Any]:
    name = f"{item.name}, {item.label}" if item.label else item.name
    if item.unit_price * item.quantity == item.total:
        return _priced(name, item.unit_price, item.quantity, currency)
    return _priced(f"{item.quantity} x {name}", item.total, 1, currency)


def _priced(name: str, amount: Any, quantity: int, currency: str) -> dict[str, Any]:
    return {
        "quantity": quantity,
        "price_data": {
            "currency": currency.lower(),
            "unit_amount": to_minor(amount, currency),
            "product_data": {"name": name[:250]},
        },
    }


def _site(path: str) -> str:
    return settings.SITE_URL + path


def open_attempt(attempt: CheckoutAttempt, *, patient: bool = False) -> CheckoutAttempt:
    """Ask Stripe for the attempt's session. A repeat, with the stored key and parameters, finds the same session.

    Raises gateway.Unavailable and gateway.InFlight, after which the outcome is unknown; gateway.Refused and
    gateway.KeyIsDead end the attempt, and the last one is raised as Unavailable: the next try is a new attempt.
    """
    try:
        session = gateway.create_session(attempt.parameters, idempotency_key=attempt.idempotency_key, patient=patient)
    except gateway.Unavailable as error:
        CheckoutAttempt.objects.filter(pk=attempt.pk).update(last_error=str(error)[:300], checked_at=timezone.now())
        raise
    except gateway.Refused as error:
        log.error("Stripe refuses the session of order %s: %s", attempt.order.number, error)
        bury(attempt, str(error))
        raise
    except gateway.KeyIsDead as error:
        bury(attempt, "Stripe replays a server error")
        raise gateway.Unavailable("try again") from error
    opened: dict[str, Any] = {"state": State.OPEN, "session_id": session.id, "url": session.url, "last_error": ""}
    opened["checked_at"] = timezone.now()
    if CheckoutAttempt.objects.filter(pk=attempt.pk, state=State.NEW).update(**opened):
        vars(attempt).update(opened)
    else:
        attempt.refresh_from_db()
    return attempt


def bury(attempt: CheckoutAttempt, why: str) -> None:
    """Note that no session will come of a live attempt. Twice changes nothing."""
    CheckoutAttempt.objects.live().filter(pk=attempt.pk).update(state=State.DEAD, last_error=why[:300])
