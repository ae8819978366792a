"""The number that a list goes by: one for everything, for each shelf, and for each attribute value."""

from collections.abc import Iterable

from shop.models import AttributeValue, Category

EVERYTHING = 0


def of_shelf(category_id: int) -> int:
    """The list of what stands on this shelf and on the shelves in it."""
    return -category_id


def of_value(value_id: int) -> int:
    """The list of what has this value or one below it: New World has a Maipo."""
    return value_id


def of_shelves(shelves: Iterable[Category]) -> list[int]:
    return [of_shelf(shelf.pk) for shelf in shelves]


def of_values(values: Iterable[AttributeValue]) -> list[int]:
    return [of_value(value.pk) for value in values]
