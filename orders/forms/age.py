"""Whether a buyer is old enough: asked with the age of the country that the order goes to."""

import re
from typing import Any

from django import forms
from django.conf import settings


def minimum_age(country: str) -> int:
    """In years; 0 where nobody is asked."""
    least = settings.SHOP_MINIMUM_AGE
    return max(least, settings.SHOP_MINIMUM_AGES.get(country, 0)) if least else 0


class AgeBox(forms.CheckboxInput):
    """A box whose value is the age that it confirms: ticked for 18, it is not ticked for 21."""

    def __init__(self, age: int, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, check_test=self.is_confirmed)
        self.age = age

    def format_value(self, value: Any) -> str:
        return str(self.age)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> bool:
        return self.is_confirmed(data.get(name))

    def is_confirmed(self, value: Any) -> bool:
        """Of "on" as of the shop's own age: what a box says that names none."""
        years = str(settings.SHOP_MINIMUM_AGE) if value == "on" else str(value)
        return value is True or (re.fullmatch("[0-9]{1,3}", years) is not None and int(years) >= self.age)
