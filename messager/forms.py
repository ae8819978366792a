"""What a visitor writes."""

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST_TEXT = 4000


class MessageForm(forms.Form):
    """Enough to be answered. Nothing more is asked."""

    email = forms.EmailField(
        label=_("Email"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        help_text=_("Where we answer."),
        error_messages={"required": _("Enter your email address."), "invalid": _("Enter a valid email address.")},
    )
    name = forms.CharField(
        label=_("Name (optional)"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    text = forms.CharField(
        label=_("Message"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 6}),
        error_messages={"required": _("Write your message.")},
    )

    @property
    def problems(self) -> list[tuple[str, str]]:
        """(id of the control, what to do about it) for each field that was refused."""
        return [(field.id_for_label, " ".join(map(str, field.errors))) for field in self if field.errors]
