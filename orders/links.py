"""Links in mails: signed and good for a while. They lead to the order's page, which goes by its own token."""

from django.conf import settings
from django.core import signing
from django.urls import reverse

from .models import Order

SALT = "order link"
OPT_OUT_SALT = "opt out"


class LinkExpired(Exception):
    """The link was ours, once."""


def link_to(order: Order) -> str:
    """An absolute address for a mail about this order, good for ORDER_LINK_DAYS from now."""
    return settings.SITE_URL + reverse("orders:order_link", args=[signing.dumps(order.pk, salt=SALT)])


def opt_out_link(email: str) -> str:
    """An absolute address at which the owner of a mailbox ends the mails that nobody needs; good for ever."""
    return settings.SITE_URL + reverse("orders:opt_out", args=[signing.dumps(email.lower(), salt=OPT_OUT_SALT)])


def opted_out(signed: str) -> str:
    """The mailbox that such a link is for; empty where it is forged."""
    try:
        return str(signing.loads(signed, salt=OPT_OUT_SALT))
    except signing.BadSignature:
        return ""


def order_of(signed: str) -> Order | None:
    """The order that a link was made for; None where it is forged, or the order is gone. Raises LinkExpired."""
    try:
        pk = signing.loads(signed, salt=SALT, max_age=settings.ORDER_LINK_DAYS * 24 * 3600)
    except signing.SignatureExpired as error:
        raise LinkExpired from error
    except signing.BadSignature:
        return None
    return Order.objects.filter(pk=pk).first()
