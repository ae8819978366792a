"""What staff say when they give money back, cancel an order, or close a withdrawal."""

import uuid
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from orders.models import LineItem, Order, Withdrawal
from shop.money import format_money, quantum, to_currency_digits

from .models import Payment
from .services.refunds import price_of, refunded_units

GIVEN_BACK = gettext_lazy("All of it was given back already.")


class RefundForm(forms.Form):
    """An amount, or units of lines whose price is the amount; never more than is left of the payment.

    The hidden key makes a second click the same refund. A withdrawal presets what it asks for.
    """

    key = forms.UUIDField(widget=forms.HiddenInput)
    amount = forms.DecimalField(
        max_digits=12,
        decimal_places=3,
        required=False,
        label=gettext_lazy("Amount"),
        help_text=gettext_lazy("Empty: the price of the units below, without shipping."),
    )
    reason = forms.CharField(max_length=300, label=gettext_lazy("Reason"))
    restock = forms.BooleanField(
        required=False,
        label=gettext_lazy("Put the units below back on the shelf"),
        help_text=gettext_lazy("Units that were not shipped are taken first. Else they are written off."),
    )

    def __init__(self, *args: Any, payment: Payment, withdrawal: Withdrawal | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid.uuid4()
        self.payment, self.withdrawal = payment, withdrawal
        self._items = {f"units_{item.pk}": item for item in payment.order.line_items.all()}
        self._refunded = refunded_units(payment.order)
        for name, item in self._items.items():
            left = item.quantity - self._refunded[item.pk]
            words = {"name": item.title, "left": left, "unshipped": item.units_to_ship}
            label = _("%(name)s (%(left)d, not shipped: %(unshipped)d)") % words
            gone = {} if left else {"max_value": GIVEN_BACK}
            self.fields[name] = forms.IntegerField(
                min_value=0, max_value=left, required=False, label=label, error_messages=gone
            )
        if withdrawal:
            self._preset(withdrawal)

    def _preset(self, withdrawal: Withdrawal) -> None:
        """All that was paid, with shipping, where nothing is left of the order: Directive 2011/83/EU, Art. 13."""
        named = {line.line_item_id: line.quantity for line in withdrawal.lines.all()}
        left = {item: item.quantity - self._refunded[item.pk] for item in self._items.values()}
        units = {item: min(named.get(item.pk, 0), count) for item, count in left.items()}
        amount = self.payment.refundable if units == left else self._price(units)
        at = timezone.localtime(withdrawal.at)
        self.initial = {
            **{f"units_{item.pk}": count for item, count in units.items() if count},
            "amount": to_currency_digits(amount, self.payment.currency),
            "reason": _("Withdrawal of %s") % f"{at:%Y-%m-%d %H:%M}",
            "restock": True,
        }

    def _price(self, units: dict[LineItem, int]) -> Decimal:
        prices = (price_of(item, count, after=self._refunded[item.pk]) for item, count in units.items())
        return sum(prices, Decimal(0))

    @property
    def units(self) -> dict[LineItem, int]:
        """The units named, by line item."""
        return {item: self.cleaned_data[name] for name, item in self._items.items() if self.cleaned_data.get(name)}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        named = cleaned["amount"]
        amount = self._price(self.units) if named is None else named
        currency, left = self.payment.currency, self.payment.refundable
        least = quantum(currency)
        if not left:
            self.add_error("amount", GIVEN_BACK)
        elif not least <= amount <= left:
            ends = {"least": format_money(least, currency), "left": format_money(left, currency)}
            self.add_error("amount", _("Between %(least)s and %(left)s can be given back.") % ends)
        elif amount % least:
            self.add_error("amount", _("Amounts go in steps of %s.") % format_money(least, currency))
        return cleaned | {"amount": amount}


class CancelForm(forms.Form):
    """Why an order is canceled, and what becomes of its money and its units where its money has come."""

    reason = forms.CharField(max_length=300, label=gettext_lazy("Reason"))
    money = forms.ChoiceField(
        choices=[
            ("refund", gettext_lazy("Give back what was paid")),
            ("keep", gettext_lazy("Give nothing back: it went another way")),
        ],
        widget=forms.RadioSelect,
        label=gettext_lazy("Money"),
    )
    restock = forms.BooleanField(
        required=False,
        initial=True,
        label=gettext_lazy("Put the units back on the shelf"),
        help_text=gettext_lazy("Else they are written off."),
    )

    def __init__(self, *args: Any, order: Order, may_refund: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._may_refund = may_refund
        if order.status == Order.Status.PENDING:
            del self.fields["money"], self.fields["restock"]

    @property
    def decision(self) -> dict[str, Any]:
        """What payment.services.cancel_order takes. The units of an unpaid order always go back on the shelf."""
        said = self.cleaned_data
        return {
            "reason": said["reason"],
            "refund": said.get("money") == "refund",
            "restock": said.get("restock", True),
        }

    def clean_money(self) -> str:
        money: str = self.cleaned_data["money"]
        if money == "refund" and not self._may_refund:
            raise ValidationError(_("You are not allowed to give money back."))
        return money


class CloseForm(forms.Form):
    """What becomes of a withdrawal's units, when no money is left to give back."""

    restock = forms.BooleanField(required=False, label=gettext_lazy("Put the units back on the shelf"))
