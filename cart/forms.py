"""What a shopper may say about a cart's line."""

from django import forms

from .services import MAXIMUM_UNITS


class QuantityForm(forms.Form):
    """How many units: a whole number, 1 when it is not said."""

    quantity = forms.IntegerField(min_value=1, max_value=MAXIMUM_UNITS, required=False)
    variant = forms.IntegerField(min_value=1, max_value=2**31, required=False)

    def clean_quantity(self) -> int:
        return self.cleaned_data["quantity"] or 1


class UpdateForm(forms.Form):
    """The new quantity of a line; 0 removes it."""

    quantity = forms.IntegerField(min_value=0, max_value=MAXIMUM_UNITS)
