"""Rows for tests, named by what they mean in the shop."""

from decimal import Decimal
from typing import Any

import factory
from django.utils.text import slugify

from cart.models import Coupon
from shop import listings, search, stock
from shop.models import Attribute, AttributeValue, Category, Product, Variant

# To mypy a factory's instances are factories; in truth they are the model's.
ModelFactory: Any = factory.django.DjangoModelFactory
SubFactory: Any = factory.SubFactory


class CategoryFactory(ModelFactory):
    class Meta:
        model = Category

    name = factory.Sequence(lambda n: f"Shelf {n}")
    slug = factory.LazyAttribute(lambda o: slugify(o.name))


class AttributeFactory(ModelFactory):
    """One attribute per slug, however often it is asked for."""

    class Meta:
        model = Attribute
        django_get_or_create = ("slug",)

    name = factory.LazyAttribute(lambda o: o.slug.title())
    slug = "country"


class AttributeValueFactory(ModelFactory):
    """`AttributeValueFactory(attribute__slug="grape", name="Syrah")`"""

    class Meta:
        model = AttributeValue

    attribute = SubFactory(AttributeFactory)
    name = factory.Sequence(lambda n: f"Value {n}")
    slug = factory.LazyAttribute(lambda o: slugify(o.name))


class ProductFactory(ModelFactory):
    """A published product that search finds; without a variant it is not for sale: see VariantFactory."""

    class Meta:
        model = Product
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Wine {n}")
    slug = factory.LazyAttribute(lambda o: slugify(o.name))
    description = "Cherries and a long walk."
    category = SubFactory(CategoryFactory)
    published = True

    @factory.post_generation
    def values(self: Product, create: bool, extracted: list[AttributeValue] | None, **kwargs: Any) -> None:
        self.attribute_values.set(extracted or [])
        search.index(Product.objects.filter(pk=self.pk))


class VariantFactory(ModelFactory):
    """A variant with `stock` units on hand (10), written into the ledger as a delivery."""

    class Meta:
        model = Variant
        skip_postgeneration_save = True

    product = SubFactory(ProductFactory)
    sku = factory.Sequence(lambda n: f"SKU-{n}")
    label = "75 cl"
    price = Decimal("12.00")
    weight = 1300
    volume = 750

    @factory.post_generation
    def stock(self: Variant, create: bool, extracted: int | None, **kwargs: Any) -> None:
        units = 10 if extracted is None else extracted
        if units:
            stock.adjust(self.pk, units, reference="delivery")
        listings.refresh([self.product_id])
        self.refresh_from_db()


class CouponFactory(ModelFactory):
    """Ten percent off everything, for anybody, as often as they like."""

    class Meta:
        model = Coupon

    code: Any = factory.Sequence(lambda n: f"CODE{n}")
    value = Decimal(10)
