"""What the shop asked of Stripe (CheckoutAttempt), got from it (Payment), and was told by it (StripeEvent)."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orders.models import Order


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

    class Meta:
        ordering = ["-captured_at", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive")]

    def __str__(self) -> str:
        return self.payment_intent


class StripeEventQuerySet(models.QuerySet["StripeEvent"]):
    def due(self) -> "StripeEventQuerySet":
        """Events that still need their handler, and whose next try is not in the future."""
        return self.filter(state=StripeEvent.State.RECEIVED, not_before__lte=timezone.now())


class StripeEvent(models.Model):
    """One verified delivery, stored before it is answered. Its handler runs in a worker, and may run again."""

    class State(models.TextChoices):
        RECEIVED = "received", _("to be processed")
        PROCESSED = "processed", _("processed")
        IGNORED = "ignored", _("ignored")
        ORPHAN = "orphan", _("about no order of ours")
        PARKED = "parked", _("given up")

    event_id = models.CharField(max_length=255, unique=True)
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
        ordering = ["-received_at", "-pk"]
        indexes = [
            models.Index(fields=["not_before"], condition=Q(state="received"), name="stripe_event_due"),
            models.Index(fields=["object_id"], name="stripe_event_object"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.event_id}"
