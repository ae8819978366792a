"""Writes a plan. Whoever calls it holds the transaction; prices and stock come last, in ascending order of variants."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from shop import prices, search, stock
from shop.models import Product, Variant

from .planning import Plan, ProductPlan, VariantPlan
from .values import Values


def write_plan(plan: Plan, *, actor: str, reference: str) -> None:
    """Everything that the plan changes. Raises stock.OutOfStock and IntegrityError where the catalogue moved meanwhile.

    Orders for a variant wait while its price or stock is written, so that is left for the end.
    """
    values = Values({attribute for product in plan.products.values() for attribute in product.values})
    products = {slug: _write_product(planned, values) for slug, planned in plan.products.items()}
    touched = [products[slug].pk for slug, planned in plan.products.items() if planned.differs]
    search.index(Product.objects.filter(pk__in=touched))
    variants = [(_write_variant(planned, products), planned) for planned in plan.variants.values()]
    prices.set_prices({variant.pk: planned.price for variant, planned in variants if planned.price is not None})
    units = {variant.pk: planned.units for variant, planned in variants}
    stock.adjust_many(units, reference=reference, actor=actor)


def _write_product(plan: ProductPlan, values: Values) -> Product:
    product = plan.product or Product.objects.create(slug=plan.slug, **plan.changes)
    if plan.product and plan.changes:
        for name, value in plan.changes.items():
            setattr(product, name, value)
        product.save(update_fields=[*plan.changes, "updated"])
    for attribute, names in plan.values.items():
        wanted = {value.pk for value in values.rows(attribute, names)}
        has = set(product.attribute_values.filter(attribute__slug=attribute).values_list("pk", flat=True))
        product.attribute_values.remove(*(has - wanted))
        product.attribute_values.add(*(wanted - has))
    return product


def _write_variant(plan: VariantPlan, products: Mapping[str, Product]) -> Variant:
    if plan.variant is None:
        product = products[plan.product.slug]
        return Variant.objects.create(sku=plan.sku, product=product, price=plan.price, **plan.changes)
    if plan.changes:
        for name, value in plan.changes.items():
            setattr(plan.variant, name, value)
        plan.variant.save(update_fields=list(plan.changes))
    return plan.variant


def reference_of(pk: int) -> str:
    """What the stock ledger names as the reason."""
    return _("import %d") % pk
