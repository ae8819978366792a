"""What staff say of a parcel: what is in it, who carries it, when it arrived."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from orders.carriers import Carrier
from orders.models import LineItem, Order


class ShipForm(forms.Form):
    """Units of each line that are still to be shipped, all of them unless said otherwise."""

    carrier = forms.ChoiceField(choices=Carrier.choices, label=gettext_lazy("Carrier"))
    tracking = forms.CharField(max_length=60, required=False, label=gettext_lazy("Tracking number"))
    tracking_url = forms.URLField(
        max_length=300,
        required=False,
        assume_scheme="https",
        label=gettext_lazy("Tracking link"),
        help_text=gettext_lazy("Only for another carrier: the others’ links are made from the number."),
    )

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._items = {f"units_{item.pk}": item for item in order.line_items.all() if item.units_to_ship}
        for name, item in self._items.items():
            left = item.units_to_ship
            label = _("%(name)s (%(left)d to ship)") % {"name": item.title, "left": left}
            self.fields[name] = forms.IntegerField(min_value=0, max_value=left, initial=left, label=label)
        self.order_fields([*self._items, "carrier", "tracking", "tracking_url"])

    @property
    def units(self) -> dict[LineItem, int]:
        """The units named, by line item."""
        return {item: self.cleaned_data[name] for name, item in self._items.items() if self.cleaned_data.get(name)}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.units:
            raise ValidationError(_("Choose at least one unit."))
        return cleaned


class ShipManyForm(forms.Form):
    """One carrier for several orders, and a tracking number for each, by its primary key."""

    carrier = forms.ChoiceField(choices=Carrier.choices, label=gettext_lazy("Carrier"))

    def __init__(self, *args: Any, orders: list[Order], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for order in orders:
            label = _("Tracking number of %s") % order
            self.fields[_field_of(order)] = forms.CharField(max_length=60, required=False, label=label)

    def tracking_of(self, order: Order) -> forms.BoundField:
        """The field for the number of this order's parcel."""
        return self[_field_of(order)]

    def parcel_of(self, order: Order) -> dict[str, str]:
        """What orders.services.ship takes of this order's parcel."""
        return {"carrier": self.cleaned_data["carrier"], "tracking": self.cleaned_data[_field_of(order)]}


def _field_of(order: Order) -> str:
    return f"tracking_{order.pk}"


class DeliveredForm(forms.Form):
    """When a parcel arrived."""

    delivered_at = forms.SplitDateTimeField(
        label=gettext_lazy("Arrived on"),
        widget=forms.SplitDateTimeWidget(
            date_attrs={"type": "date"}, time_attrs={"type": "time"}, time_format="%H:%M", date_format="%Y-%m-%d"
        ),
    )

    def clean_delivered_at(self) -> Any:
        at = self.cleaned_data["delivered_at"]
        if at > timezone.now():
            raise ValidationError(_("A parcel cannot have arrived in the future."))
        return at
