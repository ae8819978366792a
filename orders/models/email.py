"""The mails that an order owes. Only orders/emails.py sends them."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .order import Order


class OrderEmailQuerySet(models.QuerySet["OrderEmail"]):
    def unsent(self) -> "OrderEmailQuerySet":
        """Mails whose time has come: never sent, not given up, and not waiting for another try."""
        return self.filter(state=OrderEmail.State.QUEUED, not_before__lte=timezone.now())


class OrderEmail(models.Model):
    """A mail that an order owes its customer, or staff: one row per fact, sent by a worker."""

    class Kind(models.TextChoices):
        RECEIVED = "received", _("order received")
        RECEIPT = "receipt", _("payment received")
        PAYMENT_FAILED = "payment_failed", _("payment failed")
        EXPIRED = "expired", _("time to pay is over")
        CANCELED = "canceled", _("order canceled")
        REMINDER = "reminder", _("reminder of a cart")
        SHIPPED = "shipped", _("order shipped")
        REFUNDED = "refunded", _("money returned")
        WITHDRAWAL = "withdrawal", _("withdrawal received")
        LINK = "link", _("link to the order")
        NEW_ORDER = "new_order", _("to staff: new order")
        ATTENTION = "attention", _("to staff: attention needed")

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENT = "sent", _("sent")
        PARKED = "parked", _("given up")
        WITHHELD = "withheld", _("not sent on purpose")

    order = models.ForeignKey(Order, models.CASCADE, related_name="emails")
    kind = models.CharField(max_length=20, choices=Kind)
    reference = models.CharField(max_length=60, blank=True, help_text=_("Which one, where an order has several."))
    facts = models.JSONField(default=dict, blank=True, help_text=_("What the mail says and the order does not know."))
    to = models.EmailField()
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(default=timezone.now)
    last_error = models.CharField(max_length=300, blank=True)
    round = models.PositiveSmallIntegerField(default=1, help_text=_("Grows when staff send the mail again."))
    round_began = models.DateTimeField(default=timezone.now, help_text=_("It is tried for a day from here on."))
    created = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = OrderEmailQuerySet.as_manager()

    class Meta:
        ordering = ["created", "pk"]
        constraints = [models.UniqueConstraint(fields=["order", "kind", "reference"], name="order_email_once_per_fact")]
        indexes = [
            models.Index(Upper("to"), "created", name="order_email_to"),
            models.Index(fields=["not_before"], condition=Q(state="queued"), name="order_email_queued"),
            models.Index(fields=["created"], condition=Q(state="parked"), name="order_email_parked"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.to}"


class MailOptOut(models.Model):
    """A mailbox whose owner wants no reminders. Mails that an order owes still go there."""

    email = models.EmailField(unique=True, help_text=_("In small letters."))
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.email
