"""What a consumer states who withdraws: Directive 2011/83/EU, Art. 11a(2) and (3)."""

import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _, gettext_lazy

from orders.models import LineItem, Order

from .problems import NamedProblems


class WithdrawalForm(NamedProblems, forms.Form):
    """Name, address for the acknowledgment, and units of each line that can be withdrawn from: all of them at first.

    The hidden key makes a second click the same statement.
    """

    key = forms.UUIDField(widget=forms.HiddenInput)
    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": gettext_lazy("Enter your name.")},
    )
    email = forms.EmailField(
        label=gettext_lazy("Email for the confirmation"),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={
            "required": gettext_lazy("Enter your email address."),
            "invalid": gettext_lazy("Enter a valid email address."),
        },
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason (optional)"),
        help_text=gettext_lazy("You do not have to give one."),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, order: Order, left: Mapping[LineItem, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.update(key=uuid.uuid4(), name=order.full_name, email=order.email)
        self._items = {f"units_{item.pk}": item for item in left}
        for name, item in self._items.items():
            facts = {"name": item.title, "left": left[item]}
            wrong = _("%(name)s: enter a whole number from 0 to %(left)d.") % facts
            self.fields[name] = forms.IntegerField(
                label=item.title,
                help_text=_("Of %d. 0 if you keep it.") % left[item],
                min_value=0,
                max_value=left[item],
                initial=left[item],
                error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), wrong),
            )
        self.order_fields([*self._items, "name", "email", "reason"])

    @property
    def lines(self) -> list[forms.BoundField]:
        """The fields for units."""
        return [self[name] for name in self._items]

    @property
    def units(self) -> dict[LineItem, int]:
        """The units named, by line item."""
        return {item: self.cleaned_data[name] for name, item in self._items.items() if self.cleaned_data.get(name)}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.units:
            raise ValidationError(_("Choose at least one unit that you withdraw from."))
        return cleaned
