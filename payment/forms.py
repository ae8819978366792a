"""What staff say when they give money back."""

import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from orders.models import LineItem
from shop.money import plain_money, round_money

from .models import Payment
from .services.refunds import refunded_units


class RefundForm(forms.Form):
    """An amount, or units of lines whose price is the amount; never more than is left of the payment.

    The hidden key makes a second click the same refund.
    """

    key = forms.UUIDField(widget=forms.HiddenInput)
    amount = forms.DecimalField(
        max_digits=12,
        decimal_places=3,
        required=False,
        label=gettext_lazy("Amount"),
        help_text=gettext_lazy("Empty: the price of the units below."),
    )
    reason = forms.CharField(max_length=300, label=gettext_lazy("Reason"))
    restock = forms.BooleanField(required=False, label=gettext_lazy("Put the units below back on the shelf"))

    def __init__(self, *args: Any, payment: Payment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid.uuid4()
        self.payment = payment
        self._items = {f"units_{item.pk}": item for item in payment.order.line_items.all()}
        for name, item in self._items.items():
            left = item.quantity - refunded_units(item)
            label = f"{item.name}, {item.label} ({left})"
            self.fields[name] = forms.IntegerField(min_value=0, max_value=left, required=False, label=label)

    @property
    def units(self) -> dict[LineItem, int]:
        """The units named, by line item."""
        return {item: self.cleaned_data[name] for name, item in self._items.items() if self.cleaned_data.get(name)}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        price = sum((item.total_with_tax / item.quantity * units for item, units in self.units.items()), Decimal(0))
        amount = cleaned.get("amount") or round_money(price, self.payment.currency)
        if not 0 < amount <= self.payment.refundable:
            left = plain_money(self.payment.refundable, self.payment.currency)
            self.add_error("amount", _("Between 0 and %s can be given back.") % left)
        return cleaned | {"amount": amount}
