"""What the shop asked of Stripe, what it got and gave back (Payment, Refund, Dispute), and what it was told."""

from collections.abc import Iterable
from decimal import Decimal

from django.db import models
from django.db.models import Q, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import LineItem, Order


class CheckoutAttemptQuerySet(models.QuerySet["CheckoutAttempt"]):
    def live(self) -> "CheckoutAttemptQuerySet":
        """Attempts that may still bring money."""
        return self.filter(state__in=CheckoutAttempt.LIVE)


class CheckoutAttempt(models.Model):
    """One checkout session, from before Stripe was asked for it. At most one per order is live."""

    class State(models.TextChoices):
        NEW = "new", _("asked, no answer yet")
        OPEN = "open", _("open")
        COMPLETE = "complete", _("complete")
        EXPIRED = "expired", _("expired")
        DEAD = "dead", _("without outcome")

    LIVE = (State.NEW, State.OPEN)

    order = models.ForeignKey(Order, models.PROTECT, related_name="checkout_attempts")
    state = models.CharField(max_length=10, choices=State, default=State.NEW)
    idempotency_key = models.CharField(max_length=255, unique=True)
    parameters = models.JSONField(help_text=_("What Stripe is sent: a repeat must be the same."))
    session_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    url = models.TextField(blank=True)
    livemode = models.BooleanField(default=False)
    last_error = models.CharField(max_length=300, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    checked_at = models.DateTimeField(default=timezone.now, help_text=_("When Stripe was last asked about it."))
    expires_at = models.DateTimeField()

    objects = CheckoutAttemptQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=Q(state__in=["new", "open"]), name="checkout_attempt_one_live_per_order"
            )
        ]

    def __str__(self) -> str:
        return self.session_id or f"attempt {self.pk}"


class Payment(models.Model):
    """Money that Stripe took for an order: one row per PaymentIntent, kept whatever becomes of the order."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="payments")
    payment_intent = models.CharField(max_length=255, unique=True)
    session_id = models.CharField(max_length=255, blank=True)
    amount = models.DecimalField(max_digits=12, decimal_places=3)
    currency = models.CharField(max_length=3)
    livemode = models.BooleanField()
    captured_at = models.DateTimeField()
    seen_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_("When the reconciler last found it at Stripe.")
    )

    class Meta:
        ordering = ["-captured_at", "-pk"]
        indexes = [models.Index(fields=["captured_at"], name="payment_captured_at")]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive")]

    def __str__(self) -> str:
        return self.payment_intent

    @property
    def refunded(self) -> Decimal:
        """What was given back, or is on its way back."""
        return self.refunds.counted().aggregate(sum=Sum("amount"))["sum"] or Decimal(0)

    @property
    def refundable(self) -> Decimal:
        """What is left to give back."""
        return self.amount - self.refunded


class RefundQuerySet(models.QuerySet["Refund"]):
    def counted(self) -> "RefundQuerySet":
        """Refunds whose money is gone or on its way: all but those that came to nothing."""
        return self.exclude(state__in=[Refund.State.FAILED, Refund.State.CANCELED])

    def due(self) -> "RefundQuerySet":
        """Refunds that Stripe still has to be asked for, and whose next try is not in the future."""
        return self.filter(state=Refund.State.NEW, not_before__lte=timezone.now())


class Refund(models.Model):
    """Money on its way back: asked of Stripe by a worker, or found there. Its states are Stripe's."""

    class State(models.TextChoices):
        NEW = "new", _("to be asked for")
        PENDING = "pending", _("on its way")
        REQUIRES_ACTION = "requires_action", _("waiting for the customer")
        SUCCEEDED = "succeeded", _("returned")
        FAILED = "failed", _("failed")
        CANCELED = "canceled", _("canceled")

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    key = models.CharField(max_length=255, unique=True, help_text=_("Idempotency key."))
    refund_id = models.CharField(max_length=255, unique=True, null=True, blank=True)
    amount = models.DecimalField(max_digits=12, decimal_places=3)
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=300, blank=True)
    actor = models.CharField(max_length=150)

    state = models.CharField(max_length=20, choices=State, default=State.NEW)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=timezone.now)
    last_error = models.CharField(max_length=300, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    checked_at = models.DateTimeField(default=timezone.now, help_text=_("When Stripe was last asked about it."))
    seen_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_("When the reconciler last found it at Stripe.")
    )

    objects = RefundQuerySet.as_manager()

    class Meta:
        ordering = ["-created", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="refund_amount_positive")]
        indexes = [
            models.Index(fields=["created"], name="refund_created"),
            models.Index(fields=["not_before"], condition=Q(state="new"), name="refund_due"),
        ]

    def __str__(self) -> str:
        return self.refund_id or self.key


class RefundLine(models.Model):
    """Units of a line item that a refund is for, how many it took off the order, and whether onto the shelf."""

    refund = models.ForeignKey(Refund, models.CASCADE, related_name="lines")
    line_item = models.ForeignKey(LineItem, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    restocked = models.BooleanField(default=False)
    taken_off = models.PositiveIntegerField(
        default=0, help_text=_("Fewer where an earlier refund of them failed: units are taken off an order once.")
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(quantity__gte=1), name="refund_line_quantity_positive")]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.line_item}"


class Dispute(models.Model):
    """A payment that the cardholder contests: until the shop has won nothing is shipped."""

    CLOSED = ("won", "lost", "warning_closed", "prevented")

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="disputes")
    dispute_id = models.CharField(max_length=255, unique=True)
    state = models.CharField(max_length=40, help_text=_("Stripe's word: needs_response, under_review, won, lost."))
    reason = models.CharField(max_length=60)
    amount = models.DecimalField(max_digits=12, decimal_places=3)
    currency = models.CharField(max_length=3)
    respond_by = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)
    seen_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text=_("When the reconciler last found it at Stripe.")
    )

    class Meta:
        ordering = ["-created", "-pk"]

    def __str__(self) -> str:
        return self.dispute_id

    @property
    def is_open(self) -> bool:
        """Whether it is still undecided."""
        return self.state not in self.CLOSED


class StripeEventQuerySet(models.QuerySet["StripeEvent"]):
    def due(self) -> "StripeEventQuerySet":
        """Events that still need their handler, and whose next try is not in the future."""
        return self.filter(state=StripeEvent.State.RECEIVED, not_before__lte=timezone.now())

    def about(self, *, ids: Iterable[str], intents: Iterable[str], order: str) -> "StripeEventQuerySet":
        """Events about one of these objects, about anything of these payments, or that name the order's number.

        Both sides of each comparison are indexed. Payments that never came to be known here are found by the number.
        """
        named = self.annotate(
            payment_intent=Cast(KT("payload__data__object__payment_intent"), models.TextField()),
            number=Cast(KT("payload__data__object__metadata__order"), models.TextField()),
        )  # the casts change nothing on Postgres; SQLite would take the compared text for JSON
        return named.filter(Q(object_id__in=ids) | Q(payment_intent__in=intents) | Q(number=order))


class StripeEvent(models.Model):
    """One verified delivery, stored before it is answered. Its handler runs in a worker, and may run again."""

    class State(models.TextChoices):
        RECEIVED = "received", _("to be processed")
        PROCESSED = "processed", _("processed")
        IGNORED = "ignored", _("ignored")
        ORPHAN = "orphan", _("about no order of ours")
        PARKED = "parked", _("given up")

    event_id = models.CharField(max_length=255)
    type = models.CharField(max_length=100)
    object_id = models.CharField(max_length=255, blank=True)
    livemode = models.BooleanField()
    payload = models.JSONField()

    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=timezone.now)
    last_error = models.CharField(max_length=300, blank=True)
    received_at = models.DateTimeField(auto_now_add=True)
    processed_at = models.DateTimeField(null=True, blank=True)

    objects = StripeEventQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]  # as they were received
        # Each delivery writes into all but the partial ones before it is answered, so there is none to spare.
        constraints = [models.UniqueConstraint(fields=["event_id"], name="stripe_event_once")]
        indexes = [
            models.Index(fields=["not_before"], condition=Q(state="received"), name="stripe_event_due"),
            models.Index(
                fields=["received_at"], condition=Q(state__in=["parked", "orphan"]), name="stripe_event_given_up"
            ),
            # For an order's black box: an event names its object, and in the payload the payment and the order.
            models.Index(fields=["object_id"], name="stripe_event_object"),
            models.Index(KT("payload__data__object__payment_intent"), name="stripe_event_payment"),
            models.Index(KT("payload__data__object__metadata__order"), name="stripe_event_order"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"


class ReconcileReportQuerySet(models.QuerySet["ReconcileReport"]):
    def finished(self) -> "ReconcileReportQuerySet":
        """Reports of runs that came to their end."""
        return self.filter(finished__isnull=False)


class ReconcileReport(models.Model):
    """What one run of the reconciler found and repaired, for staff to read. Only payment/reconcile.py writes it.

    `repaired` and `unexplained` hold the first findings as {"what", "object", "order"}, the counts all of them.
    `balance` is {currency: {"captured" | "refunded" | "disputed": {"here", "there", "difference"}}}, amounts as text.
    """

    since = models.DateTimeField(help_text=_("What Stripe made from here on was compared."))
    started = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True, blank=True)
    repaired_count = models.PositiveIntegerField(_("repaired"), default=0)
    repaired = models.JSONField(default=list, blank=True)
    unexplained_count = models.PositiveIntegerField(_("unexplained"), default=0)
    unexplained = models.JSONField(default=list, blank=True)
    balance = models.JSONField(default=dict, blank=True)
    last_error = models.CharField(max_length=300, blank=True, help_text=_("Why it did not finish."))

    objects = ReconcileReportQuerySet.as_manager()

    class Meta:
        ordering = ["-started", "-pk"]

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d} to {self.started:%Y-%m-%d %H:%M}"

    @property
    def is_clean(self) -> bool:
        """Whether it came to its end, explained everything, and found no difference."""
        differences = [Decimal(line["difference"]) for lines in self.balance.values() for line in lines.values()]
        return self.finished is not None and not self.unexplained_count and not any(differences)


class RefusedDeliveries(models.Model):
    """How many webhook deliveries a day were not Stripe's: all that is kept of them."""

    day = models.DateField(unique=True)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "refused deliveries"

    def __str__(self) -> str:
        return f"{self.day}: {self.count}"
