"""What a shopper may say about a cart."""

from decimal import Decimal

from django import forms

from .models.coupons import LONGEST_CODE

MOST = 2**31 - 1  # larger numbers fit into no column; what an order may have is for the services to say


class QuantityForm(forms.Form):
    """How many units: a whole number, 1 when it is not said."""

    quantity = forms.IntegerField(min_value=1, max_value=MOST, required=False)
    variant = forms.IntegerField(min_value=1, max_value=MOST, required=False)

    def clean_quantity(self) -> int:
        return self.cleaned_data["quantity"] or 1


class UpdateForm(forms.Form):
    """The new quantity of a line; 0 removes it."""

    quantity = forms.IntegerField(min_value=0, max_value=MOST)


class UndoForm(forms.Form):
    """What was removed just now, in the address of the page that offers to put it back."""

    removed = forms.IntegerField(min_value=1, max_value=MOST)
    quantity = forms.IntegerField(min_value=1, max_value=MOST)


class AlertForm(forms.Form):
    """Who is to be told that a variant is back, and which one of the page's."""

    email = forms.EmailField(max_length=254)
    variant = forms.IntegerField(min_value=1, max_value=MOST, required=False)


class CouponForm(forms.Form):
    """A coupon's code as somebody typed it."""

    code = forms.CharField(max_length=2 * LONGEST_CODE)


class PricesForm(forms.Form):
    """The prices that the shopper agrees to: `price_<variant id>` for each line that asked."""

    def accepted(self) -> dict[int, Decimal]:
        """Variant id -> price, for what is well-formed."""
        prices = {}
        for name, value in self.data.items():
            kind, _sep, variant_id = str(name).partition("_")
            field = forms.DecimalField(max_digits=12, decimal_places=3, min_value=Decimal(0))
            if kind != "price" or not variant_id.isdecimal() or len(variant_id) > 18:
                continue
            try:
                prices[int(variant_id)] = field.clean(value) or Decimal(0)
            except forms.ValidationError:
                continue  # not one of ours: the page asks again
        return prices
