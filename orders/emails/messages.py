"""Writes a mail: one template per kind, poured into a layout for the subject, one for text and one for HTML."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template import Context
from django.template.loader import get_template
from django.utils import translation

from orders.links import link_to
from orders.models import OrderEmail
from shop import profile


def compose(mail: OrderEmail) -> EmailMultiAlternatives:
    """The message of this row, text and HTML, in the order's language. Same row, same Message-ID."""
    with translation.override(mail.order.language):
        values = _values(mail)
        message = EmailMultiAlternatives(
            subject=" ".join(_pour(mail, "subject.txt", values).split()),
            body=_pour(mail, "mail.txt", values).strip() + "\n",
            to=[mail.to],
            headers={"Message-ID": message_id(mail)},
        )
        message.attach_alternative(_pour(mail, "mail.html", values), "text/html")
    return message


def _values(mail: OrderEmail) -> dict[str, Any]:
    order = mail.order
    return {
        "order": order,
        "line_items": list(order.line_items.all()),
        "order_url": link_to(order),
        "site_url": settings.SITE_URL,
        "shop_name": settings.SHOP_NAME,
        "profile": profile.current(),
        "facts": mail.facts,
    }


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
