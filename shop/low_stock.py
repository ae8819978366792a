"""Tells staff by mail which variants run low, once a fall below the mark. Only this file writes LowStock."""

import hashlib
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import F, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext

from background.task import LEASE

from .models import LowStock, Variant, VariantQuerySet

MOST = 200  # variants in one mail; the next mail names the others


def tell_staff() -> int:
    """Note what fell below its mark or rose above it, and mail what staff were not told yet: how many variants.

    A second call, also at the same moment, tells nothing twice: each row is claimed first. A mail that cannot be sent
    is raised, and its variants are due again after a minute. Without recipients nothing is noted.
    """
    to = settings.LOW_STOCK_RECIPIENTS or [address for _name, address in settings.ADMINS]
    if not to:
        return 0
    _note_falls_and_rises()
    claimed = _claim()
    if claimed:
        _mail(claimed, to).send()
        LowStock.objects.filter(pk__in=[row.pk for row in claimed]).update(told_at=timezone.now())
    return len(claimed)


def low() -> VariantQuerySet:
    """Variants for sale of which fewer are available than their mark, or the shop's, says; annotated as `mark`."""
    mark = Coalesce("low_stock_mark", Value(settings.LOW_STOCK_MARK))
    return Variant.objects.sellable().annotate(mark=mark).filter(available__lt=F("mark"))


def _note_falls_and_rises() -> None:
    LowStock.objects.exclude(variant__in=low().values("pk")).delete()
    fallen = low().filter(low_stock=None).order_by("pk")
    LowStock.objects.bulk_create((LowStock(variant=variant) for variant in fallen), ignore_conflicts=True)


def _claim() -> list[LowStock]:
    now = timezone.now()
    due = LowStock.objects.filter(told_at=None, not_before__lte=now)
    return [
        row
        for row in due.select_related("variant__product").order_by("variant__product__name", "variant__position", "pk")[
            :MOST
        ]
        if due.filter(pk=row.pk).update(not_before=now + LEASE)
    ]


def _mail(rows: list[LowStock], to: list[str]) -> EmailMessage:
    subject = ngettext("%(count)d variant runs low", "%(count)d variants run low", len(rows)) % {"count": len(rows)}
    body = "\n\n".join([_("Fewer are available than the mark says:"), *(_line(row.variant) for row in rows)])
    return EmailMessage(
        f"{settings.EMAIL_SUBJECT_PREFIX}{subject}", f"{body}\n", to=to, headers={"Message-ID": _message_id(rows)}
    )


def _line(variant: Variant) -> str:
    mark = settings.LOW_STOCK_MARK if variant.low_stock_mark is None else variant.low_stock_mark
    facts = {"variant": variant, "sku": variant.sku, "available": variant.available, "mark": mark}
    page = reverse("admin:shop_product_change", args=[variant.product_id])
    return _("%(variant)s (%(sku)s): %(available)d available, mark %(mark)d") % facts + f"\n{settings.SITE_URL}{page}"


def _message_id(rows: list[LowStock]) -> str:
    """The same for every try, so that a mail program shows a duplicate once."""
    name = hashlib.sha256(",".join(str(row.pk) for row in rows).encode()).hexdigest()[:24]
    return f"<low-stock.{name}@{urlsplit(settings.SITE_URL).hostname}>"
