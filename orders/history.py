"""An order's history as staff read it: its kinds are kept as English words, and shown in their language."""

from django.utils.translation import gettext as _, gettext_lazy

from .models import Order, OrderEmail, OrderEvent
from .sentences import in_language

KINDS = {
    "placed": gettext_lazy("order placed"),
    Order.Status.PROCESSING.value: gettext_lazy("order waits for its money"),
    Order.Status.PAID.value: gettext_lazy("order paid"),
    Order.Status.CANCELED.value: gettext_lazy("order canceled"),
    Order.Status.EXPIRED.value: gettext_lazy("order expired"),
    "payment": gettext_lazy("payment received"),
    "coupon": gettext_lazy("coupon used beyond its limit"),
    "attention": gettext_lazy("staff called"),
    "attended": gettext_lazy("seen to by staff"),
    "corrected": gettext_lazy("address corrected"),
    "note": gettext_lazy("note"),
    "mail again": gettext_lazy("mail sent again"),
    "shipped": gettext_lazy("parcel sent"),
    "delivered": gettext_lazy("parcel delivered"),
    "shipping held": gettext_lazy("shipping forbidden"),
    "shipping allowed": gettext_lazy("shipping allowed again"),
    "withdrawn": gettext_lazy("withdrawal"),
    "withdrawal closed": gettext_lazy("withdrawal closed"),
    "dispute": gettext_lazy("dispute"),
    "refund asked": gettext_lazy("refund asked for"),
    "refund on its way": gettext_lazy("refund on its way"),
    "refunded": gettext_lazy("refunded"),
    "refund refused": gettext_lazy("refund refused"),
    "refund failed": gettext_lazy("refund failed"),
    "refund canceled": gettext_lazy("refund canceled"),
    "erased": gettext_lazy("customer forgotten"),
}


def what(event: OrderEvent) -> str:
    """What happened; a kind that has no name here is shown as it is kept."""
    return str(KINDS.get(event.kind, event.kind))


def why(event: OrderEvent) -> str:
    """The reason, empty for none."""
    if event.kind == "corrected":
        names = {field.name: str(field.verbose_name) for field in Order._meta.fields}
        return ", ".join(names.get(name, name) for name in event.reason.split(", "))
    if event.kind == "mail again":
        return _mail(event.reason)
    return in_language(event.reason)


def _mail(reason: str) -> str:
    kind, _colon, to = reason.partition(": ")
    if kind not in OrderEmail.Kind.values:
        return reason
    return _("%(mail)s, to %(address)s") % {"mail": OrderEmail.Kind(kind).label, "address": to}
