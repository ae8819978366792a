"""What a guest says at checkout."""

import re
import secrets
from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from cart.pricing import Countries
from orders.addresses import rules_for
from shop.letters import MOST_SIGNS, unprintable

from .age import AgeBox, minimum_age
from .problems import NamedProblems

LONGEST_POSTCODE = 20
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
PHONE = re.compile(r"[^0-9 ()+./-]")  # what no phone number has
UNPRINTABLE = _(
    "We cannot print “%(signs)s” on the parcel and the invoice. "
    "Please use Latin, Greek, Cyrillic, Chinese, Japanese or Korean letters."
)

ADDRESS_FIELDS = ("email", "full_name", "phone", "address1", "address2", "postcode", "city", "region", "country")


def text_field(label: Any, autocomplete: str, *, length: int, missing: Any = "", **attrs: str) -> forms.CharField:
    """A line of text that the browser knows how to fill; `missing` is said where it is empty and must not be."""
    widget = forms.TextInput(attrs={"autocomplete": autocomplete, **attrs})
    words = {"required": missing}
    return forms.CharField(label=label, max_length=length, required=bool(missing), widget=widget, error_messages=words)


def new_token() -> str:
    """What tells this form from every other, when it is sent twice."""
    return secrets.token_urlsafe(24)


class CheckoutForm(NamedProblems, forms.Form):
    """Address, contact and consent of a guest. `fingerprint` is that of the quote which was on the page."""

    email = forms.EmailField(
        label=_("Email"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("For the order confirmation and the receipt."),
        error_messages={"required": _("Enter your email address."), "invalid": _("Enter a valid email address.")},
    )
    full_name = text_field(_("Full name"), "name", length=120, missing=_("Enter your full name."))
    country = forms.ChoiceField(
        label=_("Country"),
        widget=forms.Select(attrs={"autocomplete": "country"}),
        error_messages={"required": _("Choose a country."), "invalid_choice": _("Choose a country from the list.")},
    )
    address1 = text_field(_("Address"), "address-line1", length=200, missing=_("Enter the street and house number."))
    address2 = text_field(_("Apartment, company (optional)"), "address-line2", length=200)
    postcode = text_field("", "postal-code", length=LONGEST_POSTCODE, autocapitalize="characters")
    city = text_field("", "address-level2", length=100)
    region = text_field("", "address-level1", length=100)
    phone = forms.CharField(
        label=_("Phone (optional)"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
        help_text=_("Only if the carrier cannot find you."),
    )
    reminder_wanted = forms.BooleanField(
        label=_("Remind me once by email, should I not finish this order."), required=False
    )
    fingerprint = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)
    token = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, countries: Countries, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = countries  # type: ignore[attr-defined]
        self.initial.setdefault("token", new_token())
        chosen = self.data.get("country") if self.is_bound else self.initial.get("country")
        country = chosen if chosen in dict(countries) else settings.SHOP_COUNTRY
        self.rules = rules_for(country)
        self._fit_to_country()
        self.minimum_age = minimum_age(country)
        if self.minimum_age:
            self._ask_for_age()

    def _ask_for_age(self) -> None:
        age = {"age": self.minimum_age}
        missing = _("Confirm that you are %(age)d or older: otherwise we may not sell to you.") % age
        self.fields["age_confirmed"] = forms.BooleanField(
            label=_("I am %(age)d or older.") % age,
            widget=AgeBox(self.minimum_age),
            error_messages={"required": missing},
        )

    def _fit_to_country(self) -> None:
        """Call the fields what the country calls them, require what it requires, and drop what it does not know."""
        for name in ("postcode", "city", "region"):
            if name not in self.rules.labels:
                del self.fields[name]
                continue
            label, missing = self.rules.labels[name]
            required = name in self.rules.required
            if name == "region" and self.rules.regions:
                choices = [("", _("Please choose")), *self.rules.regions]
                widget = forms.Select(attrs={"autocomplete": "address-level1"})
                self.fields[name] = forms.ChoiceField(choices=choices, widget=widget)
                self.fields[name].error_messages["invalid_choice"] = missing
            self.fields[name].required = required
            self.fields[name].label = label if required else format_lazy(_("{field} (optional)"), field=label)
            self.fields[name].error_messages["required"] = missing
        if "city" not in self.fields:
            self.fields["address1"].help_text = _("With the city or district.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in ADDRESS_FIELDS:
            value = cleaned.get(name)
            if value and CONTROL.search(value):
                self.add_error(name, _("Please use letters, digits and signs only."))
            elif value and name != "email" and (signs := unprintable(value)):
                self.add_error(name, UNPRINTABLE % {"signs": signs[:MOST_SIGNS]})
        return cleaned

    def clean_phone(self) -> str:
        """Any way to write a number; its digits are what counts."""
        phone = str(self.cleaned_data["phone"])
        if phone and (PHONE.search(phone) or not 5 <= len(re.findall("[0-9]", phone)) <= 20):
            raise forms.ValidationError(_("Enter a phone number, such as +49 6131 123456."), code="invalid")
        return phone

    def clean_postcode(self) -> str:
        """As the country writes it: case, spaces and hyphens are forgiven, since people type what they see."""
        typed = self.cleaned_data["postcode"]
        postcode = self.rules.written_postcode(typed) if typed else ""
        if postcode is None:
            words = _("%(label)s: such as %(example)s.") if self.rules.examples else _("%(label)s: please check it.")
            example = {"label": self.rules.labels["postcode"][0], "example": (*self.rules.examples, "")[0]}
            raise forms.ValidationError(words % example, code="invalid")
        if len(postcode) > LONGEST_POSTCODE:  # some letters become two or three in upper case
            raise forms.ValidationError(_("Please check the postcode: it is too long."), code="invalid")
        return postcode

    @property
    def address(self) -> dict[str, Any]:
        """The cleaned fields that an order keeps; empty where the country does not know one."""
        return {name: self.cleaned_data.get(name, "") for name in ADDRESS_FIELDS}


class ShownForm(forms.Form):
    """What the page said when it was submitted. Only the words of a message depend on it."""

    shown_total = forms.DecimalField(max_digits=12, decimal_places=3, required=False, widget=forms.HiddenInput)
    shown_country = forms.CharField(max_length=2, required=False, widget=forms.HiddenInput)
