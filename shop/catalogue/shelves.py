"""The tree of categories, which a page reads once and walks in memory."""

from collections.abc import Iterable

from shop.models import Category


def ancestors(category: Category, tree: Iterable[Category]) -> list[Category]:
    """The shelves that `category` stands in, outermost first; `tree` is every category."""
    by_id = {shelf.pk: shelf for shelf in tree}
    found: list[Category] = []
    parent = by_id.get(category.parent_id or 0)
    while parent and parent not in found:
        found.insert(0, parent)
        parent = by_id.get(parent.parent_id or 0)
    return found
