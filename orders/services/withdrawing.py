"""The right of withdrawal: until when, from which units, and the statement itself.

Directive 2011/83/EU, Art. 9 (14 days from delivery) and Art. 11a, in force since 19 June 2026 by Directive (EU)
2023/2673 (the function on the page, and its acknowledgment on a durable medium).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from orders import transitions
from orders.emails import owe as owe_email
from orders.models import LineItem, Order, OrderEmail, Withdrawal, WithdrawalLine
from orders.sentences import sentence
from shop import dates

SATURDAY = 5
CONCLUDED = frozenset({Order.Status.PAID, Order.Status.PROCESSING})
WITHDRAWN = sentence("Withdrawal of %(at)s, to be refunded: %(units)s")


class CannotWithdraw(Exception):
    """Nothing, or not so much, can be withdrawn from. Says why, for the shopper."""


@dataclass(frozen=True)
class Statement:
    """Who withdraws, where the acknowledgment goes, and why if they say so. `key` is that of the form."""

    key: UUID
    name: str
    email: str
    reason: str = ""


def last_day_to_withdraw(order: Order) -> date | None:
    """The last day on which a statement is in time; None while something is still to be delivered.

    An order of no goods counts from its payment (Directive 2011/83/EU, Art. 9(2)(a)). Else the last parcel counts, from
    the day after it arrived; a last day on a weekend becomes the Monday (Regulation (EEC, Euratom) 1182/71, Art. 3). A
    parcel that nobody marked as delivered counts as delivered DELIVERY_DAYS_ASSUMED after
    it left, or twice the working days that were promised where that is more: the doubt is the shopper's.
    """
    parcels = list(order.shipments.all())
    if not order.has_goods:
        return _days_after(order.paid_at or order.created)
    if not parcels or any(item.units_to_ship for item in order.line_items.all()):
        return None
    assumed = timedelta(days=max(settings.DELIVERY_DAYS_ASSUMED, 2 * (order.delivery_latest or 0)))
    arrived = max(parcel.delivered_at or parcel.shipped_at + assumed for parcel in parcels)
    return _days_after(arrived)


def _days_after(moment: datetime) -> date:
    last = timezone.localdate(moment) + timedelta(days=settings.WITHDRAWAL_DAYS)
    while last.weekday() >= SATURDAY:
        last += timedelta(days=1)
    return last


def withdrawable_units(order: Order) -> dict[LineItem, int]:
    """Line item -> units that a statement may name, whatever the day.

    Units that were withdrawn from or refunded before are left out; after a refund that a withdrawal led to, units are
    both, and count once. Four queries, however many lines.
    """
    withdrawn: dict[int, int] = {}
    for line in WithdrawalLine.objects.filter(withdrawal__order=order):
        withdrawn[line.line_item_id] = withdrawn.get(line.line_item_id, 0) + line.quantity
    left = {
        item: item.quantity - max(withdrawn.get(item.pk, 0), item.canceled_units + item.returned_units)
        for item in order.line_items.all()
        if not item.withdrawal_exclusion
    }
    return {item: units for item, units in left.items() if units > 0}


def why_not_to_withdraw(order: Order) -> str:
    """Why no statement can be made now, for the shopper; empty if one can."""
    if order.status not in CONCLUDED:
        return _("There is no contract to withdraw from: this order was not paid.")
    last = last_day_to_withdraw(order)
    if last and timezone.localdate() > last:
        return _("The time to withdraw ended on %s.") % dates.day(last)
    if not withdrawable_units(order):
        return _("Nothing is left in this order that you could withdraw from.")
    return ""


def withdraw(order: Order, units: Mapping[LineItem, int], statement: Statement) -> Withdrawal:
    """Take down a statement about units (line item -> units) of a locked order; it is acknowledged, and staff called.

    Raises CannotWithdraw. A second call with the same key is the same statement.
    """
    known = order.withdrawals.filter(key=statement.key).first()
    if known:
        return known
    why = why_not_to_withdraw(order)
    if why:
        raise CannotWithdraw(why)
    left = withdrawable_units(order)
    if not units or any(not 0 < quantity <= left.get(item, 0) for item, quantity in units.items()):
        raise CannotWithdraw(_("Please look again: not all of that is left to withdraw from."))
    withdrawal = Withdrawal.objects.create(
        order=order, key=statement.key, name=statement.name, email=statement.email, reason=statement.reason
    )
    WithdrawalLine.objects.bulk_create(
        WithdrawalLine(withdrawal=withdrawal, line_item=item, quantity=quantity) for item, quantity in units.items()
    )
    contents = [f"{quantity} × {item.title}" for item, quantity in units.items()]
    transitions.note(order, "withdrawn", actor="shopper", attention=_calling(withdrawal))
    _acknowledge(withdrawal, contents)
    return withdrawal


def _calling(withdrawal: Withdrawal) -> str:
    """The sentence that calls staff for it."""
    lines = withdrawal.lines.select_related("line_item")
    contents = ", ".join(f"{line.quantity} × {line.line_item.title}" for line in lines)
    return WITHDRAWN % {"at": f"{timezone.localtime(withdrawal.at):%Y-%m-%d %H:%M}", "units": contents}


def _acknowledge(withdrawal: Withdrawal, contents: list[str]) -> None:
    """The mail that Art. 11a(4) asks for: what was stated, and the date and time of its submission."""
    order = withdrawal.order
    with translation.override(order.language):
        owe_email(
            order,
            OrderEmail.Kind.WITHDRAWAL,
            reference=f"withdrawal-{withdrawal.pk}",
            to=withdrawal.email,
            at=f"{dates.day_and_time(withdrawal.at)} ({dates.zone(withdrawal.at)})",
            name=withdrawal.name,
            reason=withdrawal.reason,
            contents="\n\n".join(contents),
        )


def withdrawal_handled(order: Order, withdrawal: Withdrawal, *, actor: str) -> bool:
    """Note that staff did what a statement about a locked order asks for; it calls for them no more.

    False where that is known already.
    """
    if not order.withdrawals.filter(pk=withdrawal.pk, handled_at=None).update(handled_at=timezone.now()):
        return False
    sentence = _calling(withdrawal)
    if all(_calling(other) != sentence for other in order.withdrawals.filter(handled_at=None)):
        transitions.settled(order, sentence, actor=actor)
    return True


def keeps_from_shipping(order: Order) -> bool:
    """Whether a statement that nobody handled yet names units which were not shipped: they stay in the house."""
    return kept_from_shipping().filter(withdrawal__order=order).exists()


def kept_from_shipping() -> QuerySet[WithdrawalLine]:
    """What `keeps_from_shipping` looks for, of all orders."""
    unshipped = F("line_item__shipped_units") + F("line_item__canceled_units")
    return WithdrawalLine.objects.filter(withdrawal__handled_at=None, line_item__quantity__gt=unshipped)
