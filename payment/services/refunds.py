"""Money back: a row first, then Stripe by a worker, then whatever Stripe says became of it."""

import uuid
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from background.task import LEASE, nudge
from orders import documents, services as orders, transitions
from orders.models import LineItem, Order, OrderEmail
from orders.sentences import sentence
from payment import gateway
from payment.models import Payment, Refund, RefundLine
from shop.money import format_money, from_minor, plain_money, quantum, round_money, to_minor

from .agreement import agree

State = Refund.State
HOLDING = frozenset({Order.Status.PAID, Order.Status.PROCESSING})  # orders whose units are theirs
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=1)

REFUSED = sentence("Stripe refused to refund %(amount)s: %(why)s")
FAILED = sentence("A refund of %(amount)s failed: %(why)s.")
CANCELED = sentence("A refund of %(amount)s was canceled: %(why)s.")
NO_REASON = sentence("no reason given")
NOTE_STANDS = sentence("%(what)s Credit note %(note)s stands, for the refund that has to follow.")
DASHBOARD = sentence("made in Stripe's dashboard")
OF_AMOUNT = sentence("%(amount)s: %(why)s")


class CannotRefund(Exception):
    """The refund would be more than was taken, or of units that were not sold. Says why, for staff."""


def request_refund(
    order: Order,
    payment: Payment,
    amount: Decimal,
    *,
    reason: str,
    actor: str,
    key: str = "",
    units: Mapping[LineItem, int] | None = None,
    restock: bool = False,
) -> Refund:
    """Write down that `amount` of a payment goes back, for a locked order; a worker asks Stripe for it.

    `units` says for how many of which line items it is: they are taken off the order, those that were not shipped
    first, and with `restock` go back on the shelf now. Raises CannotRefund, and then the transaction is to be rolled
    back. A second call with the same `key` is the same refund; without a key it is another one.
    """
    key = key or f"refund-{uuid.uuid4().hex}"
    asked_before = Refund.objects.filter(key=key).first()
    if asked_before:
        return asked_before
    if not Decimal(0) < amount <= payment.refundable or amount % quantum(payment.currency):
        most = format_money(payment.refundable, payment.currency)
        raise CannotRefund(_("%(amount)s is not between 0 and %(most)s.") % {"amount": amount, "most": most})
    refund = Refund.objects.create(
        payment=payment,
        key=key,
        amount=amount,
        currency=payment.currency,
        reason=reason,
        actor=actor,
    )
    transitions.note(order, "refund asked", actor=actor, reason=_of_amount(refund))
    nudge("payment.tasks.submit_refund", refund.pk)
    if units:
        _take_off(order, refund, units, restock=restock)  # last: the shelf stays locked until commit
    return refund


def _take_off(order: Order, refund: Refund, units: Mapping[LineItem, int], *, restock: bool) -> None:
    """Note the units of a refund, and take them off the order, but for those that a refund which failed took before."""
    back, off = refunded_units(order), _taken_off(order)
    now = {}
    for item, quantity in units.items():
        if not 0 < quantity <= item.quantity - back[item.pk]:
            said = {"quantity": quantity, "name": item.name}
            raise CannotRefund(_("%(quantity)d of %(name)s were not sold, or were refunded before.") % said)
        now[item] = max(0, quantity - max(0, off[item.pk] - back[item.pk])) if order.status in HOLDING else 0
    RefundLine.objects.bulk_create(
        RefundLine(refund=refund, line_item=item, quantity=quantity, taken_off=now[item], restocked=restock)
        for item, quantity in units.items()
    )
    try:
        taken = {item: quantity for item, quantity in now.items() if quantity}
        orders.take_off(order, taken, restock=restock, actor=refund.actor)
    except orders.CannotTakeOff as error:
        raise CannotRefund(str(error)) from error


def refunded_units(order: Order) -> Counter[int]:
    """Line item's primary key -> units that were refunded, or are about to be."""
    return _units(order, "quantity", refund__in=Refund.objects.counted())


def _taken_off(order: Order) -> Counter[int]:
    """Line item's primary key -> units that refunds took off the order, whatever became of the money."""
    return _units(order, "taken_off")


def _units(order: Order, column: str, **which: Any) -> Counter[int]:
    rows = RefundLine.objects.filter(line_item__order=order, **which).values_list("line_item")
    return Counter(dict(rows.annotate(units=Sum(column)).order_by()))


def price_of(item: LineItem, units: int, *, after: int) -> Decimal:
    """What `units` of a line cost, tax included, after so many were refunded: at last all that was paid for it."""
    currency = item.order.currency

    def first(count: int) -> Decimal:
        return round_money(item.total_with_tax * count / item.quantity, currency)

    return first(after + units) - first(after)


def submit_refund(refund_pk: int) -> bool:
    """Ask Stripe for a refund that waits to be asked for; whether it was asked now.

    The row is claimed first, so a second call, also at the same moment, does nothing; the key makes a repeat after a
    crash the same refund. Raises what the gateway raises, after the next try has been set; a refusal ends the refund
    and calls staff.
    """
    claimed = Refund.objects.due().filter(pk=refund_pk)
    if not claimed.update(not_before=timezone.now() + LEASE, attempts=F("attempts") + 1):
        return False
    refund = Refund.objects.select_related("payment").get(pk=refund_pk)
    payment = refund.payment
    try:
        amount = to_minor(refund.amount, refund.currency)
        answer = gateway.create_refund(payment.payment_intent, amount, idempotency_key=refund.key)
    except (gateway.Refused, gateway.KeyIsDead) as error:
        why = str(error) or type(error).__name__
        agree(payment.order_id, lambda: why, lambda order, why: _note_refusal(order, refund, why))
        return True
    except Exception as error:
        wait = min(FIRST_RETRY * 2 ** (refund.attempts - 1), LONGEST_RETRY)
        refund.not_before, refund.last_error = timezone.now() + wait, f"{type(error).__name__}: {error}"[:300]
        refund.save(update_fields=["not_before", "last_error"])
        raise
    settle_refund(payment, answer.id)
    return True


def _of_amount(refund: Refund) -> str:
    amount = plain_money(refund.amount, refund.currency)
    return OF_AMOUNT % {"amount": amount, "why": refund.reason} if refund.reason else amount


def _note_refusal(order: Order, refund: Refund, why: str) -> None:
    waiting = Refund.objects.filter(pk=refund.pk, state=State.NEW)
    if not waiting.update(state=State.FAILED, last_error=why[:300]):
        return  # an event was faster, and knows what became of it
    attention = REFUSED % {"amount": plain_money(refund.amount, refund.currency), "why": why}
    transitions.note(order, "refund refused", actor="Stripe", attention=attention)


def settle_refund(payment: Payment, refund_id: str) -> Refund:
    """Make the refund's row agree with what Stripe says of it; the row, made now for a refund made in its dashboard.

    Any number of callers, in any order and at once, have one result. Raises what the gateway raises.
    """
    rows: list[Refund] = []

    def apply(order: Order, answer: gateway.Refund) -> None:
        rows[:] = [_apply(order, payment, answer)]

    agree(payment.order_id, lambda: gateway.retrieve_refund(refund_id), apply)
    return rows[0]


def _apply(order: Order, payment: Payment, answer: gateway.Refund) -> Refund:
    refund = _row(payment, answer)
    before, refund.state = refund.state, State(answer.status)
    refund.refund_id, refund.checked_at, refund.last_error = answer.id, timezone.now(), answer.failure_reason
    refund.save()
    if refund.state != before:
        _tell(order, refund)
    return refund


def _row(payment: Payment, answer: gateway.Refund) -> Refund:
    known = Refund.objects.filter(refund_id=answer.id) | Refund.objects.filter(key=answer.metadata.get("refund", ""))
    return known.first() or Refund(
        payment=payment,
        key=answer.id,
        amount=from_minor(answer.amount, answer.currency),
        currency=answer.currency,
        reason=DASHBOARD,
        actor="Stripe",
    )


def _tell(order: Order, refund: Refund) -> None:
    """Write the refund's new state into the order's history; tell the shopper of success, and staff of failure."""
    amount = plain_money(refund.amount, refund.currency)
    if refund.state == State.SUCCEEDED:
        transitions.note(order, "refunded", actor="Stripe", reason=_of_amount(refund))
        full = "yes" if refund.amount == order.total else ""
        written = format_money(refund.amount, refund.currency, order.language)
        orders.owe_email(order, OrderEmail.Kind.REFUNDED, reference=refund.key[:60], amount=written, is_full=full)
        _credit(order, refund)
    elif refund.state in {State.FAILED, State.CANCELED}:
        text = FAILED if refund.state == State.FAILED else CANCELED
        attention = text % {"amount": amount, "why": refund.last_error or NO_REASON}
        if note := documents.credit_note_of(order, refund.key[:60]):
            attention = NOTE_STANDS % {"what": attention, "note": note}
        transitions.note(order, f"refund {refund.state}", actor="Stripe", attention=attention)
    else:
        transitions.note(order, "refund on its way", actor="Stripe", reason=_of_amount(refund))


def _credit(order: Order, refund: Refund) -> None:
    """Correct the order's invoice by what went back of the payment that it was paid with; last, for its number's lock.

    Money that should never have come, such as a second payment's, is on no invoice.
    """
    if order.payments.order_by("pk").first() == refund.payment:
        units = {line.line_item: line.quantity for line in refund.lines.select_related("line_item")}
        documents.issue_credit_note(order, refund.amount, reference=refund.key[:60], units=units)
