"""Orders, their lines, and what happened to them. Only orders/transitions.py writes Order.status."""

import secrets
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cart.pricing import country_name
from orders.addresses import address_lines
from shop.models import TaxClass, Variant, WithdrawalExclusion

CONFIRMATION_TIME = timedelta(minutes=10)  # after a payer's return; later the order may be paid again
ADDRESS_COLUMNS = ("full_name", "address1", "address2", "postcode", "city", "region", "country")
NUMBER_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without 0 O 1 I, which people mix up


def new_number() -> str:
    """A number to read aloud, such as 7K4M-92QX; it tells nobody how many orders the shop has."""
    letters = [secrets.choice(NUMBER_ALPHABET) for _position in range(8)]
    return "".join(letters[:4]) + "-" + "".join(letters[4:])


def new_token() -> str:
    """The unguessable part of an order's links."""
    return secrets.token_urlsafe(24)


def is_to_ship() -> Q:
    """Of orders, also where no OrderQuerySet is at hand: paid, and units are still to be shipped."""
    left = LineItem.objects.to_ship().filter(order=OuterRef("pk"))
    return Q(Exists(left), status=Order.Status.PAID, nothing_to_ship=False)


class OrderQuerySet(models.QuerySet["Order"]):
    def awaiting_payment(self) -> "OrderQuerySet":
        return self.filter(status=Order.Status.PENDING)

    def paid_by(self, email: str) -> "OrderQuerySet":
        """The paid orders of this address, whatever its case."""
        return self.filter(status=Order.Status.PAID, email__iexact=email)

    def hold_ended(self) -> "OrderQuerySet":
        """Unpaid orders whose time to keep stock is over."""
        return self.awaiting_payment().filter(expires_at__lte=timezone.now())

    def to_ship(self) -> "OrderQuerySet":
        """Paid orders of which units are still to be shipped."""
        return self.filter(is_to_ship())


class Order(models.Model):
    """One purchase: a snapshot of what was agreed, and how far it has come."""

    class Status(models.TextChoices):
        PENDING = "pending", _("awaiting payment")
        PROCESSING = "processing", _("payment processing")
        PAID = "paid", _("paid")
        CANCELED = "canceled", _("canceled")
        EXPIRED = "expired", _("expired")

    class Fulfilment(models.TextChoices):
        UNFULFILLED = "unfulfilled", _("not shipped")
        PARTLY = "partly", _("partly shipped")
        FULFILLED = "fulfilled", _("shipped")

    number = models.CharField(max_length=20, unique=True, default=new_number, editable=False)
    token = models.CharField(max_length=64, unique=True, default=new_token, editable=False)
    cart_key = models.CharField(max_length=32, blank=True, editable=False)
    placement = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text=_("Of the form as it was sent; sent again, it is this order."),
    )
    fingerprint = models.CharField(max_length=64, editable=False, help_text=_("Of the quote and the address agreed."))
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    email = models.EmailField()
    full_name = models.CharField(max_length=120)
    phone = models.CharField(max_length=40, blank=True)
    address1 = models.CharField(max_length=200)
    address2 = models.CharField(max_length=200, blank=True)
    postcode = models.CharField(max_length=20, blank=True)
    city = models.CharField(max_length=100, blank=True)
    region = models.CharField(max_length=100, blank=True)
    country = models.CharField(max_length=2)
    language = models.CharField(max_length=10, default="en")
    reminder_wanted = models.BooleanField(default=False, help_text=_("One mail about the cart, if it stays unpaid."))
    age_confirmed_at = models.DateTimeField(null=True, blank=True)

    currency = models.CharField(max_length=3)
    subtotal = models.DecimalField(max_digits=12, decimal_places=3)
    discount = models.DecimalField(max_digits=12, decimal_places=3, default=0)
    shipping = models.DecimalField(max_digits=12, decimal_places=3, default=0)
    shipping_name = models.CharField(max_length=100, blank=True)
    shipping_tax_rate = models.DecimalField(max_digits=6, decimal_places=3, default=0, help_text=_("Percent."))
    shipping_tax = models.DecimalField(max_digits=12, decimal_places=3, default=0)
    prices_include_tax = models.BooleanField(
        default=True, help_text=_("Whether prices, discount and shipping contain tax, or it was added to them.")
    )
    coupon_codes = models.JSONField(default=list, blank=True, editable=False, help_text=_("The coupons it uses."))
    tax = models.DecimalField(max_digits=12, decimal_places=3, default=0, help_text=_("Contained in the total."))
    total = models.DecimalField(max_digits=12, decimal_places=3)
    delivery_earliest = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text=_("Working days from payment to delivery, as promised.")
    )
    delivery_latest = models.PositiveSmallIntegerField(null=True, blank=True)

    status = models.CharField(max_length=12, choices=Status, default=Status.PENDING, editable=False)
    attention = models.TextField(blank=True, help_text=_("Why staff must look, a line each; empty if not."))
    hold_shipping = models.CharField(
        max_length=300, blank=True, editable=False, help_text=_("Why nothing may be shipped; empty if it may.")
    )
    # Saves reading the lines of a shop's whole past. While it is false, the lines tell.
    nothing_to_ship = models.BooleanField(
        db_default=False, editable=False, help_text=_("All of it was shipped or taken off, which stays so.")
    )
    revision = models.PositiveIntegerField(default=0, editable=False, help_text=_("Counts what was learnt of it."))

    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)
    expires_at = models.DateTimeField(help_text=_("Until when an unpaid order keeps its stock."))
    payer_returned_at = models.DateTimeField(null=True, blank=True, help_text=_("From the payment page."))
    paid_at = models.DateTimeField(null=True, blank=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["cart_key"], condition=Q(status="pending") & ~Q(cart_key=""), name="order_pending_once_per_cart"
            ),
            models.UniqueConstraint(
                fields=["placement"], condition=~Q(placement=""), name="order_placed_once_per_form"
            ),
            models.CheckConstraint(condition=Q(total__gte=0), name="order_total_not_negative"),
        ]
        indexes = [
            models.Index(fields=["status", "expires_at"], name="order_status_expiry"),
            models.Index(fields=["-created", "-id"], name="order_newest"),
            models.Index(fields=["paid_at"], name="order_paid_at"),
            models.Index(fields=["created"], condition=~Q(attention=""), name="order_attention"),
            models.Index(
                fields=["-created", "-id"], condition=Q(status="paid", nothing_to_ship=False), name="order_to_ship"
            ),
            models.Index(fields=["country"], name="order_country"),
            models.Index(Upper("email"), condition=Q(status="paid"), name="order_paid_email"),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("orders:order_detail", args=[self.token])

    @property
    def country_name(self) -> str:
        """The country in the visitor's language."""
        return country_name(self.country)

    @property
    def address_lines(self) -> list[str]:
        """The address as its country writes it, and the country in the visitor's language."""
        address = {name: getattr(self, name) for name in ADDRESS_COLUMNS}
        return [*address_lines(address), self.country_name or self.country]

    @property
    def fulfilment(self) -> Fulfilment:
        """How much of what is to be shipped was shipped. One query, unless the line items were prefetched."""
        items = self.line_items.all()
        if not any(item.shipped_units for item in items):
            return self.Fulfilment.UNFULFILLED
        return self.Fulfilment.PARTLY if any(item.units_to_ship for item in items) else self.Fulfilment.FULFILLED

    @property
    def has_goods(self) -> bool:
        """Whether it is of things that are shipped, and not of an amount alone; as cheap as `fulfilment`."""
        return any(item.variant_id for item in self.line_items.all())

    @property
    def has_units_to_ship(self) -> bool:
        """Whether something is left to ship. One query, unless the line items were prefetched."""
        return any(item.units_to_ship for item in self.line_items.all())

    @property
    def is_packed_next(self) -> bool:
        """Whether something is left to ship, and no open withdrawal keeps any of that in the house.

        For orders whose line items and withdrawals' lines were prefetched.
        """
        waiting = [statement for statement in self.withdrawals.all() if not statement.handled_at]
        named = {line.line_item_id for statement in waiting for line in statement.lines.all()}
        left = {item.pk for item in self.line_items.all() if item.units_to_ship}
        return bool(left) and not left & named

    @property
    def is_delivered(self) -> bool:
        """Whether everything arrived, as far as anybody noted."""
        return self.fulfilment == self.Fulfilment.FULFILLED and all(
            shipment.delivered_at for shipment in self.shipments.all()
        )

    @property
    def is_payable(self) -> bool:
        """Whether the shopper may still go and pay."""
        return self.status == self.Status.PENDING and self.expires_at > timezone.now()

    @property
    def is_being_confirmed(self) -> bool:
        """Whether a payment may be on its way: then nobody is asked to pay again."""
        if self.status == self.Status.PROCESSING:
            return True
        returned = self.payer_returned_at
        return self.is_payable and returned is not None and returned > timezone.now() - CONFIRMATION_TIME

    @property
    def is_waiting(self) -> bool:
        """Whether what the order page says may still change by itself."""
        return self.status in {self.Status.PENDING, self.Status.PROCESSING}


class LineItemQuerySet(models.QuerySet["LineItem"]):
    def to_ship(self) -> "LineItemQuerySet":
        """Lines of which units were neither shipped nor taken off; of orders paid or not."""
        return self.exclude(variant=None).filter(quantity__gt=F("shipped_units") + F("canceled_units"))


class LineItem(models.Model):
    """A line of an order as it was agreed: names and prices stay when the catalogue moves on."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="line_items")
    # None for an amount that no goods stand for: nothing of it is kept in stock or shipped.
    variant = models.ForeignKey(Variant, models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=200)
    label = models.CharField(max_length=60, blank=True)
    sku = models.CharField("SKU", max_length=40, blank=True)

    unit_price = models.DecimalField(max_digits=12, decimal_places=3)
    quantity = models.PositiveIntegerField()
    subtotal = models.DecimalField(max_digits=12, decimal_places=3, default=0, help_text=_("Before discount."))
    discount = models.DecimalField(max_digits=12, decimal_places=3, default=0)
    total = models.DecimalField(max_digits=12, decimal_places=3, help_text=_("After discount."))
    tax_class = models.CharField(max_length=20, choices=TaxClass, default=TaxClass.STANDARD)
    tax_rate = models.DecimalField(max_digits=6, decimal_places=3, default=0, help_text=_("Percent."))
    tax = models.DecimalField(
        max_digits=12,
        decimal_places=3,
        default=0,
        help_text=_("In its total, or on top of it where prices exclude tax."),
    )

    withdrawal_exclusion = models.CharField(
        max_length=20, choices=WithdrawalExclusion, blank=True, help_text=_("As it was when the line was sold.")
    )

    # Where its units are; only orders/services/shipping.py writes these.
    shipped_units = models.PositiveIntegerField(default=0, editable=False)
    returned_units = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("Of the shipped ones, those that are back on the shelf.")
    )
    canceled_units = models.PositiveIntegerField(
        default=0, editable=False, help_text=_("Refunded before they were shipped, so they never will be.")
    )

    objects = LineItemQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gte=1), name="line_item_quantity_positive"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("shipped_units") + F("canceled_units")), name="line_item_not_overshipped"
            ),
            models.CheckConstraint(
                condition=Q(shipped_units__gte=F("returned_units")), name="line_item_not_overreturned"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.title}"

    @property
    def total_with_tax(self) -> Decimal:
        """What its units cost, tax included, whether the order's prices contain tax or not."""
        return self.total if self.order.prices_include_tax else self.total + self.tax

    @property
    def title(self) -> str:
        """What it is called, with its size."""
        return f"{self.name}, {self.label}" if self.label else self.name

    @property
    def units_left(self) -> int:
        """Units that were neither shipped nor taken off the order."""
        return self.quantity - self.shipped_units - self.canceled_units

    @property
    def units_to_ship(self) -> int:
        """Units that are still to be shipped; an amount alone has none."""
        return self.units_left if self.variant_id else 0


class OrderEvent(models.Model):
    """One thing that happened to an order: its history, written with the change itself."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20, help_text=_("The new status, or what else happened."))
    actor = models.CharField(max_length=150, help_text=_("Who did it: shopper, Stripe, sweep, a member of staff."))
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.kind} by {self.actor}"
