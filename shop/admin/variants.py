"""Variants in the admin: prices change through shop/prices.py, stock through shop/stock.py."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.http import urlencode
from django.utils.translation import gettext, gettext_lazy as _

from shop import prices, stock
from shop.models import Variant
from shop.money import format_money, round_money

LARGEST_ADJUSTMENT = 1_000_000  # a slip of the finger beyond; and what every database can hold


class VariantForm(forms.ModelForm):
    """A variant's own fields, and a delivery or a count that goes into the stock ledger."""

    adjust_by = forms.IntegerField(
        label=_("Adjust stock by"),
        required=False,
        min_value=-LARGEST_ADJUSTMENT,
        max_value=LARGEST_ADJUSTMENT,
        help_text=_("12 for a delivery, -1 for a broken bottle."),
    )
    reason = forms.CharField(label=_("Because"), required=False, max_length=60)
    actor = ""  # who is at the form; the admin fills it in
    refused = False  # an order came between the check and the ledger

    class Meta:
        model = Variant
        fields = "sku label position price cost weight volume maximum_per_order low_stock_mark".split()

    def clean_price(self) -> Any:
        price = self.cleaned_data["price"]
        if price != round_money(price, settings.SHOP_CURRENCY):
            raise forms.ValidationError(_("Such a fraction cannot be charged."))
        return price

    def clean_adjust_by(self) -> int:
        units = self.cleaned_data["adjust_by"] or 0
        if self.instance.on_hand + units < self.instance.reserved:
            raise forms.ValidationError(_("Fewer would be left than are promised to orders."))
        return units

    def save(self, commit: bool = True) -> Variant:
        """Write the fields that were changed and no others: orders move the counters at the same time."""
        variant: Variant = self.instance
        price = variant.price
        if variant.pk is None:
            variant.save()
        else:
            variant.save(update_fields=set(self.changed_data) & set(VariantForm.Meta.fields) - {"price"})
        prices.set_price(variant.pk, price)
        if units := self.cleaned_data["adjust_by"]:
            reason = self.cleaned_data["reason"] or gettext("counted")
            try:
                stock.adjust(variant.pk, units, reference=reason, actor=self.actor)
            except stock.OutOfStock:
                self.refused = True
        return variant


class VariantInline(admin.StackedInline):
    model = Variant
    form = VariantForm
    extra = 0
    fields = [
        ("sku", "label", "position"),
        ("price", "cost"),
        ("weight", "volume"),
        ("maximum_per_order", "low_stock_mark"),
        ("on_hand", "reserved", "available"),
        ("adjust_by", "reason"),
        "history",
    ]
    readonly_fields = ["on_hand", "reserved", "available", "history"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Variant]:
        return super().get_queryset(request).select_related("product")  # each row names it

    @admin.display(description=_("History"))
    def history(self, variant: Variant) -> str:
        """Where staff read what became of its price and its stock, and whether shoppers see it as reduced."""
        if variant.pk is None:
            return "–"
        of_this = urlencode({"variant__id__exact": variant.pk})
        links = format_html_join(
            " · ",
            '<a href="{}?{}">{}</a>',
            [
                (reverse("admin:shop_pricechange_changelist"), of_this, _("Prices")),
                (reverse("admin:shop_stockmovement_changelist"), of_this, _("Stock movements")),
            ],
        )
        if not variant.is_reduced or variant.prior_price is None:
            return links
        prior = format_money(variant.prior_price, settings.SHOP_CURRENCY)
        return format_html("{} · {}", links, _("shown as reduced from %(price)s") % {"price": prior})
