"""Breadcrumbs: pairs of a name and an address, from the home page on."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from shop import catalogue, profile
from shop.addresses import address
from shop.models import AttributeValue, Category

Breadcrumbs = list[tuple[str, str]]
DEEPEST = 3


def home() -> tuple[str, str]:
    return _("Home"), address("shop:product_list")


def to_value(value: AttributeValue) -> Breadcrumbs:
    levels = [value]
    while levels[0].parent and len(levels) < DEEPEST:
        levels.insert(0, levels[0].parent)
    return [home(), *((level.name, level.get_absolute_url()) for level in levels)]


def to_category(category: Category, tree: Iterable[Category]) -> Breadcrumbs:
    trail = [*catalogue.ancestors(category, tree), category]
    return [home(), *((shelf.name, shelf.get_absolute_url()) for shelf in trail)]


def to_product(card: catalogue.Card) -> Breadcrumbs:
    shelf = profile.shelf(pk=card.category_id)
    trail = to_category(shelf, profile.tree()) if shelf else [home()]
    return [*trail, (card.name, card.get_absolute_url())]
