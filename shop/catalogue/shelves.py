"""The tree of categories, which a page reads once and walks in memory."""

from collections.abc import Iterable

from shop.models import Category


def inside(category: Category, tree: Iterable[Category]) -> set[int]:
    """The primary keys of the shelf and of the shelves that stand in it; `tree` is every category."""
    found = {category.pk}
    shelves = list(tree)
    while added := {shelf.pk for shelf in shelves if shelf.parent_id in found} - found:
        found |= added
    return found


def ancestors(category: Category, tree: Iterable[Category]) -> list[Category]:
    """The shelves that `category` stands in, outermost first; `tree` is every category."""
    by_id = {shelf.pk: shelf for shelf in tree}
    found: list[Category] = []
    parent = by_id.get(category.parent_id or 0)
    while parent and parent not in found:
        found.insert(0, parent)
        parent = by_id.get(parent.parent_id or 0)
    return found
