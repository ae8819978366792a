"""What a guest says who looks for an order."""

from django import forms
from django.utils.translation import gettext_lazy as _

from .problems import NamedProblems


class LookupForm(NamedProblems, forms.Form):
    """Number and email, as they stand in the mail. Whether they belong together is not told here."""

    number = forms.CharField(
        label=_("Order number"),
        max_length=20,
        help_text=_("Such as 7K4M-92QX, in the mail about your order."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": _("Enter the order number.")},
    )
    email = forms.EmailField(
        label=_("Email"),
        max_length=254,
        help_text=_("The one that the order was made with."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        error_messages={"required": _("Enter your email address."), "invalid": _("Enter a valid email address.")},
    )
