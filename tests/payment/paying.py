"""A shopper's way to Stripe and what comes back from there, for tests: real events, real signatures, no shortcuts."""

from datetime import timedelta
from typing import Any

import stripe
from celery import current_app
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from orders.models import Order
from payment import gateway, handlers, services
from payment.models import CheckoutAttempt, Refund, StripeEvent
from shop.models import Variant
from tests.checkout import placed_order
from tests.stripe_sandbox.process import Sandbox

from .deliveries import deliver


def checked_out(*variants: Variant, quantity: int = 1) -> tuple[Order, CheckoutAttempt]:
    """An order whose payment page is open."""
    order = placed_order(*variants, quantity=quantity)
    services.start_checkout(order.pk)
    return order, order.checkout_attempts.get()


def session_of(attempt: CheckoutAttempt) -> str:
    """The id of the attempt's session."""
    assert attempt.session_id
    return attempt.session_id


def fresh(order: Order) -> Order:
    """The order as it stands in the database now."""
    return Order.objects.get(pk=order.pk)


def go_to_pay(client: Client, order: Order) -> Any:
    """The answer to the button that leads to the payment page."""
    return client.post(f"/payment/process/?order={order.token}")


def events_of(sandbox: Sandbox, *kinds: str) -> list[dict[str, Any]]:
    """What Stripe has to tell, of these kinds or of all, oldest first, as it is delivered."""
    happened = [event for event in reversed(sandbox.events()) if not kinds or event["type"] in kinds]
    return [{name: value for name, value in event.items() if name != "deliveries"} for event in happened]


def hear(client: Client, *events: dict[str, Any]) -> None:
    """Each event is delivered to the webhook, and a worker works on it and on what follows from it."""
    for event in events:
        assert deliver(client, event) == 200
        work_off()


def hear_all(client: Client, sandbox: Sandbox) -> None:
    """Everything that Stripe has to tell so far, in its order, then what that led to."""
    hear(client, *events_of(sandbox))


def work_off() -> None:
    """Do once what a worker would be nudged to do now: events, then refunds."""
    for pk in StripeEvent.objects.due().order_by("pk").values_list("pk", flat=True):
        handlers.process(pk)
    for pk in Refund.objects.due().order_by("pk").values_list("pk", flat=True):
        services.submit_refund(pk)


def run_nudges(nudges: list[tuple[str, Any]]) -> None:
    """Run the tasks that were nudged, and those that they nudge; Stripe may be away, as a task's failure shows."""
    while nudges:
        name, *args = nudges.pop(0)
        if name.startswith("payment."):
            try:
                current_app.tasks[name](*args)
            except (gateway.Unavailable, gateway.InFlight):
                continue


def everything_is_due() -> None:
    """Let the time pass that events, refunds and attempts wait before somebody looks at them again."""
    now = timezone.now()
    StripeEvent.objects.update(not_before=now)
    Refund.objects.update(not_before=now)
    CheckoutAttempt.objects.update(checked_at=now - timedelta(hours=2))


def dashboard(sandbox: Sandbox) -> stripe.StripeClient:
    """The account's owner at work with Stripe's own library, beside the shop."""
    return stripe.StripeClient("sk_test_dashboard", base_addresses={"api": sandbox.url})


def charge_of(sandbox: Sandbox, payment_intent: str) -> str:
    """The charge that brought this payment."""
    intent = dashboard(sandbox).v1.payment_intents.retrieve(payment_intent)
    assert isinstance(intent.latest_charge, str)
    return intent.latest_charge


def refunds_at_stripe(sandbox: Sandbox) -> list[stripe.Refund]:
    """Every refund that Stripe knows."""
    return list(dashboard(sandbox).v1.refunds.list({"limit": 100}).auto_paging_iter())


def calls_to(sandbox: Sandbox, method: str, path: str) -> list[dict[str, Any]]:
    """What the API was asked with this method at addresses that begin with `path`, oldest first."""
    return [c for c in reversed(sandbox.calls()) if c["method"] == method and c["path"].startswith(path)]


def must_balance() -> None:
    """Stock is conserved: the counters say what the ledger sums to, and hold what orders hold."""
    for variant in Variant.objects.annotate(
        moved=Sum("stock_movements__on_hand"), held=Sum("stock_movements__reserved")
    ):
        assert (variant.on_hand, variant.reserved) == (variant.moved, variant.held)
        assert variant.available >= 0
