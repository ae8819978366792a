"""What staff put right of an order, and what they note."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from orders.models import Order
from orders.services.correcting import CORRECTABLE

from .checkout import CheckoutForm


class CorrectionForm(CheckoutForm):
    """The checkout's address, by the same rules, without what money depends on: country and region stay."""

    def __init__(self, data: Any = None, *, order: Order) -> None:
        asked = None if data is None else {**data.dict(), "country": order.country}
        initial = {name: getattr(order, name) for name in (*CORRECTABLE, "country")}
        super().__init__(asked, initial=initial, countries=((order.country, order.country_name),))
        self.fields = {name: field for name, field in self.fields.items() if name in CORRECTABLE}

    @property
    def correction(self) -> dict[str, str]:
        """The columns of the order as they are to be."""
        return {name: self.cleaned_data[name] for name in self.fields}


class NoteForm(forms.Form):
    """A note for colleagues; shoppers never see it."""

    text = forms.CharField(max_length=300, widget=forms.Textarea(attrs={"rows": 4, "cols": 60}), label=_("Note"))
