"""What staff call rooms, models and fields, in their language.

Django makes an English name of each out of the code's. That name is the text to translate, so models need not repeat
it, every new field is in the catalogue of texts at once, and words never become a migration.
"""

from collections.abc import Iterator
from pathlib import Path

from django.apps import AppConfig, apps
from django.conf import settings
from django.contrib import admin
from django.db.models import Field, Model
from django.utils.text import camel_case_to_spaces
from django.utils.translation import pgettext_lazy

ROOM, MODEL, FIELD = "name of a room", "name of a model", "name of a field"
CAPITALS = {word.lower(): word for word in ("API", "ID", "Stripe", "URL")}


def translate() -> None:
    """Give everything that the admin shows a name that follows the language. To be called once, when all is loaded."""
    for room in _rooms():
        room.verbose_name = pgettext_lazy(ROOM, _of_room(room))
    for model in _models():
        for attribute, name in _of_model(model).items():
            setattr(model._meta, attribute, pgettext_lazy(MODEL, name))
        for field in _fields(model):
            field.verbose_name = pgettext_lazy(FIELD, _of_field(field))


def texts() -> Iterator[tuple[str, str, str]]:
    """(context, English name, file) of every name, for the catalogue of texts."""
    for room in _rooms():
        yield ROOM, _of_room(room), f"{room.label}/apps.py"
    for model in _models():
        file = model.__module__.replace(".", "/") + ".py"
        yield from ((MODEL, name, file) for name in _of_model(model).values())
        yield from ((FIELD, _of_field(field), file) for field in _fields(model))


def _rooms() -> list[AppConfig]:
    return [config for config in apps.get_app_configs() if Path(config.path).parent == settings.BASE_DIR]


def _models() -> list[type[Model]]:
    """The models of our rooms that have a page in the admin, or are a table on one."""
    pages = admin.site._registry
    shown = {*pages, *(inline.model for page in pages.values() for inline in page.inlines)}
    rooms = {room.label for room in _rooms()}
    return sorted((model for model in shown if model._meta.app_label in rooms), key=lambda model: model._meta.label)


def _fields(model: type[Model]) -> list[Field]:
    """Those whose name is made by Django: a name that was written down, such as SKU, stays as it is."""
    named = (field for field in model._meta.local_fields if "verbose_name" not in field.deconstruct()[3])
    return [field for field in named if not field.auto_created]


def _of_room(room: AppConfig) -> str:
    return room.label.title()


def _of_model(model: type[Model]) -> dict[str, str]:
    """Attribute of _meta -> name, for those of the two that are plain English: made by Django, or a plural of ours."""
    written = model._meta.original_attrs
    name = written.get("verbose_name", _spelled(camel_case_to_spaces(model.__name__)))
    plural = written.get("verbose_name_plural", f"{name}s")
    found = {"verbose_name": name, "verbose_name_plural": plural}
    return {attribute: words for attribute, words in found.items() if isinstance(words, str)}


def _of_field(field: Field) -> str:
    return _spelled(field.name.replace("_", " "))


def _spelled(name: str) -> str:
    """The words of a name as English writes them: API keys, not api keys."""
    return " ".join(CAPITALS.get(word, word) for word in name.split())
