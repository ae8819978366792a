"""An order's black box: what the shop did and believed, and what Stripe said, in the order of time. It only reads."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orders import history
from orders.models import Order
from orders.sentences import in_language
from payment.models import CheckoutAttempt, Dispute, Payment, Refund, StripeEvent
from shop.actors import who
from shop.models import StockMovement
from shop.money import format_money

MOST_EVENTS = 500


@dataclass(frozen=True)
class Step:
    """One thing that was done or learnt. `data` is JSON that the page folds away."""

    at: datetime
    source: str
    what: str
    about: str = ""
    data: str = ""


@admin.site.admin_view
@require_safe
def black_box(request: HttpRequest, number: str) -> HttpResponse:
    """The page: for staff who may see orders."""
    if not request.user.has_perm("orders.view_order"):
        raise PermissionDenied
    order = get_object_or_404(Order, number=number)
    title = _("Black box of order %s") % order.number
    context = {**admin.site.each_context(request), "title": title, "order": order, "steps": steps(order)}
    return render(request, "backoffice/black_box.html", context)


def steps(order: Order) -> list[Step]:
    """Everything that rows tell of this order, oldest first. The number of queries does not grow with the rows."""
    attempts = list(order.checkout_attempts.all())
    payments = list(order.payments.all())
    refunds = list(Refund.objects.filter(payment__order=order))
    disputes = list(Dispute.objects.filter(payment__order=order))
    intents = [payment.payment_intent for payment in payments]
    ids = [*intents, *(attempt.session_id for attempt in attempts), *(refund.refund_id for refund in refunds)]
    ids += [dispute.dispute_id for dispute in disputes]
    events = StripeEvent.objects.about(ids=[name for name in ids if name], intents=intents, order=order.number)
    told = chain(
        _history(order),
        _attempts(attempts),
        _events(list(events[:MOST_EVENTS])),
        _payments(payments),
        _refunds(refunds),
        _disputes(disputes),
        _mails(order),
        _stock(order),
    )
    return sorted(told, key=lambda step: step.at)


def _history(order: Order) -> Iterator[Step]:
    for event in order.events.all():
        yield Step(event.at, _("order"), f"{history.what(event)} ({who(event.actor)})", history.why(event))


def _attempts(attempts: list[CheckoutAttempt]) -> Iterator[Step]:
    for attempt in attempts:
        what = _("Stripe asked for a checkout session")
        key = attempt.idempotency_key
        yield Step(attempt.created, _("checkout"), what, _("key %s") % key, _pretty(attempt.parameters))
        said = " ".join(part for part in (attempt.session_id or "", attempt.last_error) if part)
        state = attempt.get_state_display()
        yield Step(attempt.checked_at, _("checkout"), _("last looked at: %s") % state, said)
        yield Step(attempt.expires_at, _("checkout"), _("end of the session's time"), attempt.session_id or "")


def _events(events: list[StripeEvent]) -> Iterator[Step]:
    for event in events:
        parts = [event.event_id, _made_at(event), event.get_state_display()]
        parts += [_("tries: %s") % event.attempts, event.last_error]
        about = ", ".join(part for part in parts if part)
        yield Step(
            event.received_at, _("Stripe event"), f"{event.type} {event.object_id}", about, _pretty(event.payload)
        )


def _made_at(event: StripeEvent) -> str:
    made = event.payload.get("created")
    return _("made %s") % f"{datetime.fromtimestamp(made, UTC):%H:%M:%S} UTC" if isinstance(made, int) else ""


def _payments(payments: list[Payment]) -> Iterator[Step]:
    for payment in payments:
        mode = _("live") if payment.livemode else _("test")
        what = _("%(amount)s taken") % {"amount": _money(payment)}
        yield Step(payment.captured_at, _("payment"), what, f"{payment.payment_intent}, {mode}")


def _refunds(refunds: list[Refund]) -> Iterator[Step]:
    for refund in refunds:
        what = _("refund of %s asked for") % _money(refund)
        about = f"{in_language(refund.reason)} {refund.key}".strip()
        yield Step(refund.created, _("refund"), f"{what} ({who(refund.actor)})", about)
        said = ", ".join(part for part in (str(refund), refund.last_error) if part)
        yield Step(refund.checked_at, _("refund"), _("last looked at: %s") % refund.get_state_display(), said)


def _disputes(disputes: list[Dispute]) -> Iterator[Step]:
    for dispute in disputes:
        what = _("%s contested") % _money(dispute)
        yield Step(dispute.created, _("dispute"), what, f"{dispute.dispute_id}, {dispute.reason}")
        yield Step(dispute.updated, _("dispute"), _("last looked at: %s") % dispute.state, dispute.dispute_id)


def _mails(order: Order) -> Iterator[Step]:
    for mail in order.emails.all():
        name = mail.get_kind_display()
        yield Step(mail.created, _("mail"), _("owed: %s") % name, mail.to)
        if mail.sent_at:
            yield Step(mail.sent_at, _("mail"), _("sent: %s") % name, mail.to)
        elif mail.attempts:
            tries = _("tries: %s") % mail.attempts
            tried = f"{mail.get_state_display()}, {tries}"
            yield Step(mail.not_before, _("mail"), f"{name}: {tried}", mail.last_error)


def _stock(order: Order) -> Iterator[Step]:
    for movement in StockMovement.objects.filter(reference=order.number).select_related("variant"):
        moved = _("on hand %(on_hand)+d, reserved %(reserved)+d") % {
            "on_hand": movement.on_hand,
            "reserved": movement.reserved,
        }
        yield Step(movement.at, _("stock"), f"{movement.get_kind_display()}: {movement.variant.sku}", moved)


def _money(row: Payment | Refund | Dispute) -> str:
    return format_money(row.amount, row.currency)


def _pretty(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False)
