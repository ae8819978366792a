"""Widgets that are drawn without a template are those of Django's templates, to the letter but for empty lines."""

from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates, get_default_renderer
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy, override

from shop.widgets import DRAWN, Renderer

NASTY = """<b>"it's" & more</b>"""
CHOICES = [
    ("", gettext_lazy("Please choose")),
    (1, 1234567),
    ("DE", NASTY),
    (NASTY, mark_safe("<b>bold</b>")),
    (Decimal("1.50"), Decimal("1234.50")),
    ("day", date(2026, 2, 28)),
    (NASTY, [("in", "in a group"), ("too", "too")]),
]
ATTRIBUTES = {"id": "id_a", "required": True, "disabled": False, "title": NASTY, "maxlength": 12000, "data-safe": ""}


@pytest.mark.parametrize("language", ["en", "ru", "es"])
@pytest.mark.parametrize("value", [None, "", "DE", NASTY, 1, 12345, Decimal("1.50"), True, mark_safe("&amp;")])
@pytest.mark.parametrize(
    "widget",
    [
        forms.TextInput(),
        forms.EmailInput(attrs={"autocomplete": "email"}),
        forms.NumberInput(),
        forms.HiddenInput(),
        forms.CheckboxInput(),
        forms.Select(choices=CHOICES),
        forms.NullBooleanSelect(),
    ],
    ids=lambda widget: type(widget).__name__,
)
def test_they_are_the_same(widget: forms.Widget, value: object, language: str) -> None:
    with override(language):
        ours = widget.render("na<me", value, ATTRIBUTES, renderer=Renderer())
        theirs = widget.render("na<me", value, ATTRIBUTES, renderer=DjangoTemplates())
        assert ours == theirs.replace("\n\n", "\n")


def test_forms_are_drawn_so() -> None:
    renderer = get_default_renderer()
    assert isinstance(renderer, Renderer)
    used = {f"django/forms/widgets/{name}.html" for name in ("text", "email", "hidden", "number", "checkbox", "select")}
    assert used == set(DRAWN)
