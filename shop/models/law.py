"""What the law asks of a product: its kind of tax, and whether its buyer may withdraw."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaxClass(models.TextChoices):
    """Which of a country's tax rates applies; the kinds of Directive 2006/112/EC, Art. 96 to 98."""

    STANDARD = "standard", _("standard rate")
    REDUCED = "reduced", _("reduced rate")
    SECOND_REDUCED = "second_reduced", _("second reduced rate")
    SUPER_REDUCED = "super_reduced", _("super-reduced rate")
    ZERO = "zero", _("zero rate")


class WithdrawalExclusion(models.TextChoices):
    """Why a buyer may not withdraw, in the words of Directive 2011/83/EU, Art. 16 (d), (e), (c), and (b) with (g)."""

    PERISHABLE = "perishable", _("goods which are liable to deteriorate or expire rapidly")
    SEALED = (
        "sealed",
        _("sealed goods which are not suitable for return due to health protection or hygiene reasons, once unsealed"),
    )
    MADE_TO_ORDER = "made_to_order", _("goods made to your specifications or clearly personalised")
    FLUCTUATING = (
        "fluctuating",
        _("goods whose price or value depends on fluctuations in the market which the trader cannot control"),
    )
