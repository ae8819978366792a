"""Draws the commonest widgets of forms as Django's own templates do, which take one template for each option."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.utils.formats import localize
from django.utils.html import conditional_escape

FOLDER = "django/forms/widgets"
INPUTS = ("checkbox", "email", "hidden", "number", "text")

Widget = Mapping[str, Any]


class Renderer(DjangoTemplates):
    """Inputs and selects without a template; everything else by Django's."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        if template_name in DRAWN:
            return DRAWN[template_name](context["widget"])
        return str(super().render(template_name, context, request))


def _input(widget: Widget) -> str:
    value = "" if widget["value"] is None else f' value="{conditional_escape(widget["value"])}"'
    return f'<input type="{widget["type"]}" name="{conditional_escape(widget["name"])}"{value}{_attributes(widget)}>'


def _select(widget: Widget) -> str:
    options = "\n  ".join(["", *_options(widget)])
    return f'<select name="{conditional_escape(widget["name"])}"{_attributes(widget)}>{options}\n</select>'


def _options(widget: Widget) -> Iterator[str]:
    for group, options, _index in widget["optgroups"]:
        if group:
            yield f'<optgroup label="{conditional_escape(group)}">'
        for option in options:
            label, value = conditional_escape(localize(option["label"])), conditional_escape(option["value"])
            yield f'<option value="{value}"{_attributes(option)}>{label}</option>'
        if group:
            yield "</optgroup>"


def _attributes(widget: Widget) -> str:
    """True is a name alone, False none at all."""
    given = ((name, value) for name, value in widget["attrs"].items() if value is not False)
    return "".join(f" {name}" if value is True else f' {name}="{conditional_escape(value)}"' for name, value in given)


DRAWN = {f"{FOLDER}/{name}.html": _input for name in INPUTS} | {f"{FOLDER}/select.html": _select}
