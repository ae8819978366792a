"""Goods leave and come back: shipments, units that will not be shipped, and what forbids to ship."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from orders import transitions
from orders.emails import owe as owe_email
from orders.models import LineItem, Order, OrderEmail, Shipment, ShipmentLine, is_to_ship
from orders.sentences import in_language
from shop import stock

from .withdrawing import keeps_from_shipping, kept_from_shipping

Status = Order.Status


class CannotShip(Exception):
    """The order is not to be shipped now, or not so much of it. Says why, for staff."""


class CannotTakeOff(Exception):
    """More units than the line still has. Says which, for staff."""


def ship(
    order: Order,
    units: Mapping[LineItem, int],
    *,
    carrier: str,
    tracking: str,
    actor: str,
    tracking_url: str = "",
) -> Shipment:
    """Send units (line item -> units) of a locked, paid order: their stock leaves, and the shopper gets a mail.

    `tracking` is the carrier's number, `tracking_url` its page where the carrier is not in our table. Raises CannotShip
    for what is unpaid, on hold, withdrawn, or more than is left: so a second call does not ship the same units again.
    """
    why = why_not_to_ship(order)
    if why:
        raise CannotShip(why)
    _must_be_left(order, units)
    shipment = Shipment.objects.create(
        order=order, carrier=carrier, tracking_number=tracking, tracking_url=tracking_url, actor=actor
    )
    ShipmentLine.objects.bulk_create(
        ShipmentLine(shipment=shipment, line_item=item, quantity=quantity) for item, quantity in units.items()
    )
    _count(order, units, "shipped_units")
    contents = [f"{quantity} × {item.title}" for item, quantity in _named(units)]
    transitions.note(order, "shipped", actor=actor, reason=f"{shipment}: {', '.join(contents)}")
    owe_email(
        order,
        OrderEmail.Kind.SHIPPED,
        reference=f"shipment-{shipment.pk}",
        carrier=shipment.carrier_name,
        tracking_number=tracking,
        tracking_link=shipment.tracking_link,
        contents="\n\n".join(contents),
    )
    stock.ship(_of_variants(units), reference=order.number, actor=actor)  # last: the shelf stays locked until commit
    return shipment


def why_not_to_ship(order: Order) -> str:
    """What forbids to ship this order now, for staff; empty if nothing does."""
    if order.status != Status.PAID:
        return _("The order is not paid.")
    if order.hold_shipping:
        return _("Shipping is on hold: %s") % in_language(order.hold_shipping)
    if not order.address1:
        return _("The order has no address: ask the customer for it.")
    if keeps_from_shipping(order):
        return _("The customer has withdrawn from units that were not shipped: refund them first.")
    return ""


def to_pack(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Those of the orders that have units left to ship, and that nothing forbids to ship now."""
    kept = kept_from_shipping().values("withdrawal__order")
    return orders.filter(is_to_ship(), hold_shipping="").exclude(address1="").exclude(pk__in=kept)


def _must_be_left(order: Order, units: Mapping[LineItem, int]) -> None:
    """Under the order's lock the line items are read again: what the caller looked at may be old."""
    left = {item.pk: item for item in order.line_items.all()}
    if not units:
        raise CannotShip(_("Nothing was chosen."))
    for item, quantity in units.items():
        now = left.get(item.pk)
        if now is None or not 0 < quantity <= now.units_to_ship:
            raise CannotShip(
                _("Of %(name)s %(left)d are left to ship, not %(quantity)d.")
                % {"name": item.title, "left": now.units_to_ship if now else 0, "quantity": quantity}
            )


def mark_delivered(shipment: Shipment, *, actor: str, at: datetime | None = None) -> bool:
    """Note, in a transaction, that a parcel has arrived, now or `at` an earlier moment. False where that is known."""
    order = transitions.lock(shipment.order_id)
    marked = Shipment.objects.filter(pk=shipment.pk, delivered_at=None)
    if not marked.update(delivered_at=max(at or timezone.now(), shipment.shipped_at)):
        return False
    transitions.note(order, "delivered", actor=actor, reason=str(shipment))
    return True


def hold_shipping(order: Order, why: str, *, actor: str) -> bool:
    """Forbid to ship a locked order, with the reason for staff. False where it is forbidden for this reason already."""
    if order.hold_shipping == why:
        return False
    order.hold_shipping = why
    order.save(update_fields=["hold_shipping", "updated"])
    transitions.note(order, "shipping held", actor=actor, reason=why)
    return True


def allow_shipping(order: Order, *, actor: str) -> bool:
    """Lift the hold of a locked order. False where there is none."""
    if not order.hold_shipping:
        return False
    order.hold_shipping = ""
    order.save(update_fields=["hold_shipping", "updated"])
    transitions.note(order, "shipping allowed", actor=actor)
    return True


def take_off(order: Order, units: Mapping[LineItem, int], *, restock: bool, actor: str) -> None:
    """Units (line item -> units) of a locked order are not sold after all: refunded before or after they were shipped.

    Those not shipped yet come first: they will not be, and go back to the shelf with `restock`, else they are written
    off. Of the rest, which was shipped, `restock` puts what came back on the shelf; without it nothing moves. Raises
    CannotTakeOff for more than the line has. A second call takes off more: callers guard by their own row.
    """
    now = {item.pk: item for item in order.line_items.all()}
    unshipped: dict[LineItem, int] = {}
    shipped: dict[LineItem, int] = {}
    for item, quantity in units.items():
        left = now[item.pk].units_left
        kept = now[item.pk].shipped_units - now[item.pk].returned_units
        if not 0 < quantity <= left + kept:
            raise CannotTakeOff(
                _("Of %(name)s only %(count)d can be taken off.") % {"name": item.title, "count": left + kept}
            )
        if left:
            unshipped[item] = min(left, quantity)
        if quantity > left:
            shipped[item] = quantity - left
    _count(order, unshipped, "canceled_units")
    leave = stock.release if restock else stock.write_off
    if unshipped:
        leave(_of_variants(unshipped), reference=order.number, actor=actor)
    if shipped and restock:
        _count(order, shipped, "returned_units")
        stock.take_back(_of_variants(shipped), reference=order.number, actor=actor)


def _count(order: Order, units: Mapping[LineItem, int], column: str) -> None:
    """Add units to a column of their lines, and note on the order when nothing is left to ship."""
    for item, quantity in _named(units):
        LineItem.objects.filter(pk=item.pk).update(**{column: F(column) + quantity})
    if not LineItem.objects.to_ship().filter(order=order).exists():
        Order.objects.filter(pk=order.pk, nothing_to_ship=False).update(nothing_to_ship=True)


def _named(units: Mapping[LineItem, int]) -> list[tuple[LineItem, int]]:
    return sorted(units.items(), key=lambda pair: pair[0].pk)


def _of_variants(units: Mapping[LineItem, int]) -> dict[int, int]:
    """Variant id -> units; two lines may be of one variant."""
    moved: dict[int, int] = {}
    for item, quantity in units.items():
        if item.variant_id is not None:
            moved[item.variant_id] = moved.get(item.variant_id, 0) + quantity
    return moved
