"""Writes a mail: one template per kind, poured into a layout for the subject, one for text and one for HTML."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import prefetch_related_objects
from django.template import Context
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation

from cart import services as carts
from cart.models import Cart
from orders.links import link_to, opt_out_link
from orders.models import Order, OrderEmail
from shop import profile

from .papers import Paper, paper_of

STAFF = frozenset({OrderEmail.Kind.NEW_ORDER, OrderEmail.Kind.ATTENTION})


def compose(mail: OrderEmail) -> EmailMultiAlternatives:
    """The message of this row, text and HTML, in the order's language. Same row, same Message-ID."""
    with translation.override(settings.LANGUAGE_CODE if mail.kind in STAFF else mail.order.language):
        paper = paper_of(mail)
        values = _values(mail, paper)
        message = EmailMultiAlternatives(
            subject=" ".join(_pour(mail, "subject.txt", values).split()),
            body=re.sub(r"\n{3,}", "\n\n", _pour(mail, "mail.txt", values)).strip() + "\n",
            to=[mail.to],
            reply_to=profile.replies_to(),
            headers={"Message-ID": message_id(mail), **_list_headers(mail, values["opt_out_url"])},
        )
        message.attach_alternative(_pour(mail, "mail.html", values), "text/html")
    if paper:
        message.attach(paper.name, paper.data, "application/pdf")
    return message


def _values(mail: OrderEmail, paper: Paper | None) -> dict[str, Any]:
    order = mail.order
    prefetch_related_objects([order], "line_items")
    return {
        "order": order,
        "line_items": list(order.line_items.all()),
        "order_url": link_to(order),
        "cart_url": _cart_link(order),
        "staff_url": settings.SITE_URL + reverse("admin:orders_order_change", args=[order.pk]),
        "opt_out_url": opt_out_link(mail.to) if mail.kind == OrderEmail.Kind.REMINDER else "",
        "paper": paper,
        "is_for_staff": mail.kind in STAFF,
        "site_url": settings.SITE_URL,
        "shop_name": settings.SHOP_NAME,
        "profile": profile.current(),
        "facts": mail.facts,
    }


def _cart_link(order: Order) -> str:
    """Where what was ordered is still in the cart; empty where that is gone."""
    cart = Cart.objects.filter(key=order.cart_key, closed_at=None).first() if order.cart_key else None
    return carts.link_to(cart) if cart and cart.lines.exists() else ""


def _list_headers(mail: OrderEmail, opt_out_url: str) -> dict[str, str]:
    """One click in the mail program ends mails that nobody needs (RFC 8058)."""
    if not opt_out_url:
        return {}
    return {"List-Unsubscribe": f"<{opt_out_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _pour(mail: OrderEmail, layout: str, values: dict[str, Any]) -> str:
    """The words of the mail's kind in one of the layouts. Only HTML escapes."""
    words = get_template(f"orders/email/{mail.kind}.txt").template  # type: ignore[attr-defined]
    values = values | {"layout": f"orders/email/layout/{layout}"}
    return str(words.render(Context(values, autoescape=layout.endswith(".html"))))


def message_id(mail: OrderEmail) -> str:
    """The same for every try, so that a mail program shows a duplicate once; another when staff send it again."""
    again = str(mail.round) if mail.round > 1 else ""
    name = ".".join(part for part in (mail.order.number, mail.kind, mail.reference, again) if part)
    return f"<{name}@{urlsplit(settings.SITE_URL).hostname}>"
