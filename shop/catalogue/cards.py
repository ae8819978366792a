"""Products as lists show them, with everything already read: any number of them in one query."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property, partial
from itertools import groupby
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils import timezone

from background.connections import read_again_if_broken
from shop.addresses import address
from shop.models import Picture, Priced, WithdrawalExclusion

from .filters import Filters
from .scopes import Order, Scope

OF_PRODUCT = ("id", "name", "slug", "description", "category_id", "popularity", "withdrawal_exclusion")
# Variants and images begin with what they are sorted by.
OF_VARIANT = ("position", "id", "sku", "label", "price", "prior_price", "reduced_at", "volume", "available")
OF_IMAGE = ("position", "id", *Picture._fields)
STATEMENT = """
SELECT
    (SELECT CAST({list}({array}({variant})) AS text) FROM shop_variant WHERE product_id = product.id),
    (SELECT CAST({list}({array}({image})) AS text) FROM shop_productimage WHERE product_id = product.id),
    (
        SELECT CAST({list}({array}(attribute.position, attribute.name, value.position, value.name, attribute.slug,
            value.slug, attribute.is_filter)) AS text)
        FROM shop_product_attribute_values held JOIN shop_attributevalue value ON value.id = held.attributevalue_id
        JOIN shop_attribute attribute ON attribute.id = value.attribute_id
        WHERE held.product_id = product.id
    ),
    {product}
FROM {wanted} JOIN shop_product product ON product.id = wanted.id
WHERE product.published AND (product.published_from IS NULL OR product.published_from <= {now})
ORDER BY wanted.number
"""
COLUMNS = {
    "product": ", ".join(f"product.{column}" for column in OF_PRODUCT),
    "variant": ", ".join(OF_VARIANT),
    "image": ", ".join(OF_IMAGE),
}
# Postgres takes as long to plan the statement as to run it, so it is the body of a function, which each connection
# plans once: migration 0013 has it.
ON_POSTGRES = "SELECT * FROM shop_cards(ARRAY({ids}), %(now)s)"
IN_FUNCTION = {
    "list": "json_agg",
    "array": "json_build_array",
    "wanted": "unnest(ids) WITH ORDINALITY wanted (id, number)",
    "now": "at",
}
ON_SQLITE = {
    "list": "json_group_array",
    "array": "json_array",
    "wanted": "(SELECT product_id AS id, row_number() OVER () AS number FROM ({ids})) wanted",
    "now": "%(now)s",
}
AS_WRITTEN = json.JSONDecoder(parse_float=Decimal)  # so that no amount is rounded
LISTED = "SELECT product_id FROM {rows} ORDER BY {order} LIMIT {most} OFFSET {first}"
NAMED = "SELECT id AS product_id FROM shop_product WHERE id IN ({numbers}) OR slug = %(slug)s"


class Told(NamedTuple):
    """What an attribute says of a product; sorts as pages show it."""

    attribute_position: int
    attribute: str
    position: int
    name: str
    attribute_slug: str
    slug: str
    is_filter: bool

    def get_absolute_url(self) -> str:
        return address("shop:product_list_by_attribute", self.attribute_slug, self.slug)


@dataclass(slots=True)
class Offer(Priced):
    """A variant as pages show it."""

    pk: int
    sku: str
    label: str
    price: Decimal
    prior_price: Decimal | None
    reduced_at: datetime | None
    volume: int | None
    available: int


@dataclass(frozen=True)
class Card:
    """A product as lists show it."""

    variants: Sequence[Offer]
    images: Sequence[Picture]
    told: Sequence[Told]
    pk: int
    name: str
    slug: str
    description: str
    category_id: int
    popularity: float
    withdrawal_exclusion: str

    def __str__(self) -> str:
        return self.name

    @property
    def cover(self) -> Picture | None:
        return self.images[0] if self.images else None

    @cached_property
    def variant(self) -> Offer:
        """The cheapest that is in stock, else the cheapest: its price and its stock are the card's."""
        return min(self.variants, key=lambda variant: (variant.available <= 0, variant.price, variant.pk))

    @property
    def variant_count(self) -> int:
        return len(self.variants)

    @property
    def available(self) -> int:
        """Units of the variant that the card shows: other sizes cannot stand in for it. None only if all are gone."""
        return self.variant.available

    @property
    def most_available(self) -> int:
        """Units of the variant that there is most of."""
        return max(variant.available for variant in self.variants)

    @cached_property
    def named(self) -> dict[str, str]:
        """Attribute's slug -> the names of its values."""
        groups = groupby(self.told, key=lambda told: told.attribute_slug)
        return {slug: ", ".join(told.name for told in values) for slug, values in groups}

    @property
    def facts(self) -> list[tuple[str, list[Told]]]:
        """The attributes in their order, each with its values."""
        return [(name, list(group)) for name, group in groupby(self.told, key=lambda told: told.attribute)]

    @cached_property
    def url(self) -> str:
        return address("shop:product_detail", self.slug)

    def get_absolute_url(self) -> str:
        return self.url

    def get_withdrawal_exclusion_display(self) -> str:
        return str(WithdrawalExclusion(self.withdrawal_exclusion).label)


def page_of(scope: Scope, filters: Filters, order: Order, *, first: int, most: int) -> list[Card]:
    """The products of a list from the one with the number `first` (0) on, in this order."""
    return _read(LISTED.format(rows=scope.rows(filters), order=order, most=int(most), first=int(first)))


def of_products(ids: Iterable[int], *, slug: str = "") -> list[Card]:
    """These products, and the one with this slug, in no order; without those that cannot be found."""
    numbers = ",".join(str(int(pk)) for pk in ids) or "NULL"
    return _read(NAMED.format(numbers=numbers), slug=slug)


def _read(ids: str, **values: str) -> list[Card]:
    """The products that a query finds, in its order."""
    statement = ON_POSTGRES if connection.vendor == "postgresql" else STATEMENT.format(**COLUMNS, **ON_SQLITE)
    ask = partial(_rows, statement.format(ids=ids), {"now": timezone.now(), **values})
    cards = [_card(*row) for row in read_again_if_broken(ask)]
    return [card for card in cards if card.variants]


def _rows(statement: str, values: dict[str, Any], connection: BaseDatabaseWrapper) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def _card(variants: Any, images: Any, told: Any, *product: Any) -> Card:
    return Card(
        [_offer(*fields) for fields in sorted(_parsed(variants))],
        [Picture(*fields) for _position, _pk, *fields in sorted(_parsed(images))],
        sorted(Told(*fields) for fields in _parsed(told)),
        *product,
    )


def _parsed(told: Any) -> list[list[Any]]:
    """The rows of a list that the database wrote; Postgres writes none where there are none."""
    return AS_WRITTEN.decode(told) if told else []


def _offer(
    _position: int, pk: int, sku: str, label: str, price: Any, prior_price: Any, reduced_at: str | None, *rest: Any
) -> Offer:
    """Of a row of OF_VARIANT. SQLite has no decimal numbers, and keeps no zone."""
    at = datetime.fromisoformat(reduced_at) if reduced_at else None
    if at and not at.tzinfo:
        at = at.replace(tzinfo=UTC)
    prior = None if prior_price is None else Decimal(prior_price)
    return Offer(pk, sku, label, Decimal(price), prior, at, *rest)
