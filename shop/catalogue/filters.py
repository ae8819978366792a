"""What the address of a list asks for, beside its order and page: shelves, attribute values, prices, stock."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, cached_property, reduce
from operator import or_

from django.db.models import CharField, Q
from django.http import QueryDict

from background.prepared import Given, Prepared
from shop import listings
from shop.models import AttributeValue, Category

# Names that are not attributes: an attribute cannot have them as its slug (RESERVED_SLUGS).
OTHERS = frozenset({"category", "in_stock", "page", "price_from", "price_to", "q", "sort"})
MOST = 50  # values that one address may ask for
PAIR = ("name", "slug")
AMOUNT = re.compile(r"\d{1,9}(?:[.,]\d{1,3})?", re.ASCII)


@dataclass(frozen=True)
class Filters:
    """The filters of a list, each of which exists. Values of one facet are alternatives, facets narrow each other."""

    tree: Sequence[Category] = ()  # every category
    categories: tuple[Category, ...] = ()
    values: tuple[AttributeValue, ...] = ()
    price_from: Decimal | None = None
    price_to: Decimal | None = None
    in_stock: bool = False

    def __bool__(self) -> bool:
        return any(True for _pair in self.query())

    def query(self) -> Iterator[tuple[str, str]]:
        """Names and values of an address that asks for these filters, always in the same order."""
        yield from sorted(("category", shelf.slug) for shelf in self.categories)
        yield from sorted((value.attribute.slug, value.slug) for value in self.values)
        for name in ("price_from", "price_to"):
            if (amount := getattr(self, name)) is not None:
                yield name, f"{amount:f}"
        if self.in_stock:
            yield "in_stock", "1"

    def without(self, name: str, slug: str) -> "Filters":
        """These filters but one."""
        if name == "category":
            return replace(self, categories=tuple(shelf for shelf in self.categories if shelf.slug != slug))
        if name == "price_from":
            return replace(self, price_from=None)
        if name == "price_to":
            return replace(self, price_to=None)
        if name == "in_stock":
            return replace(self, in_stock=False)
        kept = (value for value in self.values if (value.attribute.slug, value.slug) != (name, slug))
        return replace(self, values=tuple(kept))

    @cached_property
    def places(self) -> dict[str, tuple[int, ...]]:
        """Facet -> the lists of which a product must be in one."""
        found = {"category": tuple(listings.of_shelves(self.categories))} if self.categories else {}
        for slug in dict.fromkeys(value.attribute.slug for value in self.values):
            found[slug] = tuple(listings.of_values(v for v in self.values if v.attribute.slug == slug))
        return found

    @cached_property
    def limits(self) -> dict[str, str]:
        """Facet -> what else a product's row `one` must fulfil, in SQL."""
        price = []
        if self.price_from is not None:
            price.append(f"one.price >= {self.price_from:f}")
        if self.price_to is not None:
            price.append(f"one.price <= {self.price_to:f}")
        found = {"price": " AND ".join(price)} if price else {}
        return found | ({"in_stock": "one.in_stock"} if self.in_stock else {})


def read(asked: QueryDict, tree: Sequence[Category], values: Sequence[AttributeValue]) -> Filters:
    """The filters that an address asks for; what is unknown or malformed is left out."""
    shelves = set(asked.getlist("category"))
    wanted = set(_pairs(asked))
    return Filters(
        tree=tree,
        categories=tuple(shelf for shelf in tree if shelf.slug in shelves),
        values=tuple(value for value in values if (value.attribute.slug, value.slug) in wanted),
        price_from=_amount(asked.get("price_from", "")),
        price_to=_amount(asked.get("price_to", "")),
        in_stock=asked.get("in_stock") == "1",
    )


def asked_values(asked: QueryDict, *, of_page: tuple[str, str] | None = None) -> list[AttributeValue]:
    """The attribute values that an address names, with that of the page itself. One query; none where none is named."""
    pairs = list(dict.fromkeys([*_pairs(asked), *([of_page] if of_page else [])]))
    if not pairs:
        return []
    texts = {
        f"{part}{number}": text for number, pair in enumerate(pairs) for part, text in zip(PAIR, pair, strict=True)
    }
    found = _values(len(pairs))(**texts)
    return [value for value in found if value.attribute.is_filter or (value.attribute.slug, value.slug) == of_page]


@cache
def _values(pairs: int) -> Prepared[AttributeValue]:
    """The values that so many pairs of a name and a slug mean, each with those that it stands in."""
    given = [[Given(f"{part}{number}", CharField()) for part in PAIR] for number in range(pairs)]
    conditions = [Q(attribute__slug=name, slug=slug) for name, slug in given]
    related = ("attribute", "parent__attribute", "parent__parent__attribute")
    return Prepared(lambda: AttributeValue.objects.filter(reduce(or_, conditions)).select_related(*related))


def _pairs(asked: QueryDict) -> list[tuple[str, str]]:
    """Names and values that may be an attribute's."""
    pairs = [(name, slug) for name in asked if name not in OTHERS for slug in asked.getlist(name)]
    return [(name, slug) for name, slug in pairs if len(name) <= 60 and 0 < len(slug) <= 100][:MOST]


def _amount(text: str) -> Decimal | None:
    text = text.strip()
    return Decimal(text.replace(",", ".")).normalize() if AMOUNT.fullmatch(text) else None
