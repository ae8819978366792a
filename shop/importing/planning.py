"""What a table would change, found out without changing anything."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext as _

from shop.models import Category, ImportFinding, Product, Variant

from . import cells
from .columns import Column
from .values import Values

Kind = ImportFinding.Kind
BATCH = 500
NEEDED_FOR_PRODUCT = ("name", "category")
NEEDED_FOR_VARIANT = ("label", "price")


@dataclass
class ProductPlan:
    """A product as the file wants it: only what differs, or all that is said of a new one."""

    slug: str
    product: Product | None
    line: int
    said: dict[str, Any] = field(default_factory=dict)
    changes: dict[str, Any] = field(default_factory=dict)
    values: dict[str, list[str]] = field(default_factory=dict)

    @property
    def differs(self) -> bool:
        return self.product is None or bool(self.changes or self.values)


@dataclass
class VariantPlan:
    """A variant as the file wants it. `price` and `units` (a difference) are None where they stay."""

    sku: str
    variant: Variant | None
    product: ProductPlan
    changes: dict[str, Any] = field(default_factory=dict)
    price: Any = None
    units: int = 0


@dataclass
class Plan:
    """Everything that a file would do, and what to tell of it, line by line."""

    products: dict[str, ProductPlan] = field(default_factory=dict)
    variants: dict[str, VariantPlan] = field(default_factory=dict)
    findings: list[ImportFinding] = field(default_factory=list)

    @property
    def has_errors(self) -> bool:
        return any(finding.kind == Kind.ERROR for finding in self.findings)


class Planner:
    """Reads rows in batches, in a number of queries that grows with the batches only."""

    def __init__(self, headings: Sequence[str], mapping: Mapping[str, Column]) -> None:
        self.plan = Plan()
        self._width = len(headings)
        places = {headings.index(heading): column for heading, column in mapping.items() if heading in headings}
        self._columns = sorted(places.items(), key=lambda place: place[0])
        self._categories = {category.slug: category for category in Category.objects.all()}
        self._values = Values(column.field for column in mapping.values() if column.of == "attribute")

    def read(self, rows: Sequence[tuple[int, list[str]]]) -> Iterator[int]:
        """Plan the rows; yields after each batch how many have been read."""
        for start in range(0, len(rows), BATCH):
            self._read(rows[start : start + BATCH])
            yield min(start + BATCH, len(rows))

    def _read(self, batch: Sequence[tuple[int, list[str]]]) -> None:
        lines = [(number, texts) for number, row in batch if (texts := self._texts(number, row))]
        found = Variant.objects.filter(sku__in=[texts["sku"] for _number, texts in lines])
        variants = {variant.sku: variant for variant in found.select_related("product__category")}
        slugs = {texts.get("product", "") for _number, texts in lines}
        products = {product.slug: product for product in Product.objects.filter(slug__in=slugs)}
        products |= {variant.product.slug: variant.product for variant in variants.values()}
        self._values.remember(products.values())
        for number, texts in lines:
            variant = variants.get(texts["sku"])
            product = variant.product if variant else products.get(texts.get("product", ""))
            if said := self._said(number, texts, {"variant": variant, "product": product}):
                self._line(number, said, variant, products)

    def _texts(self, number: int, row: list[str]) -> dict[str, str] | None:
        """What stands in the row, by column; None, with a finding, where that cannot be told."""
        if len(row) < self._width or any(cell.strip() for cell in row[self._width :]):
            counts = {"cells": len(row), "headings": self._width}
            self._error(number, "", _("%(cells)d cells under %(headings)d headings.") % counts)
            return None
        return {column.key: cells.plain(row[place]) for place, column in self._columns}

    def _said(self, number: int, texts: Mapping[str, str], rows: Mapping[str, Any]) -> dict[str, Any] | None:
        """What the line says of the `rows` that it names; None, with findings, where it cannot be understood."""
        sku = texts["sku"]
        said: dict[str, Any] = {"sku": sku, "product": texts.get("product", "")}
        wrong = self._sku_problem(sku, rows["variant"])
        for _place, column in self._columns:
            if column.of == "key":
                continue
            try:
                self._understand(said, column, texts[column.key], getattr(rows.get(column.of), column.field, None))
            except (ValueError, ValidationError) as error:
                wrong.append(f"{column.label}: {_words(error)}")
        for problem in wrong:
            self._error(number, sku[:40], problem)
        return None if wrong else said

    def _sku_problem(self, sku: str, variant: Variant | None) -> list[str]:
        if sku in self.plan.variants:
            return [_("This SKU stands on an earlier line.")]
        try:
            if variant is None:
                Variant._meta.get_field("sku").clean(sku, None)
        except ValidationError as error:
            return [f"SKU: {_words(error)}"]
        return []

    def _understand(self, said: dict[str, Any], column: Column, text: str, before: Any) -> None:
        """Note what a cell says. What the shop has already is taken as it is, though it might be refused today."""
        if column.of == "attribute":
            said[column.key] = self._values.resolve(column.field, cells.to_list(text))
        elif column.field == "category" and text:
            if text not in self._categories:
                raise ValueError(_("there is no category “%(slug)s”.") % {"slug": text[:100]})
            said[column.key] = self._categories[text]
        elif isinstance(before, str) and not _differs(before, text):
            said[column.key] = text
        elif text or column.may_be_empty:
            said[column.key] = column.value(text)

    def _line(
        self, number: int, said: dict[str, Any], variant: Variant | None, products: Mapping[str, Product]
    ) -> None:
        sku = said["sku"]
        if variant and said["product"] not in ("", variant.product.slug):
            self._error(number, sku, _("This SKU belongs to the product “%s”.") % variant.product.slug)
            return
        slug = variant.product.slug if variant else said["product"] or slugify(str(said.get("name", "")))
        product = self.plan.products.get(slug) or ProductPlan(slug, products.get(slug), number)
        planned = VariantPlan(sku, variant, product)
        told = [*self._product(product, said), *self._variant(planned, said)]
        problems = [*self._missing(product, planned, said), *self._refused(planned, said), *_contradicts(product, said)]
        for problem in problems:
            self._error(number, sku, problem)
        if problems:
            return
        product.said |= {key: value for key, value in said.items() if self._of(key) in ("product", "attribute")}
        self.plan.products[slug] = product
        self.plan.variants[sku] = planned
        if told:
            kind = Kind.CHANGE if variant else Kind.ADD
            self.plan.findings.append(ImportFinding(line=number, kind=kind, sku=sku, text="; ".join(told)))

    def _of(self, key: str) -> str:
        return next((column.of for _place, column in self._columns if column.key == key), "")

    def _product(self, plan: ProductPlan, said: dict[str, Any]) -> Iterator[str]:
        """Note and tell what becomes different of the product; lines after its first tell only what they add."""
        if plan.product is None and plan.slug not in self.plan.products:
            yield _("new product %(slug)s") % {"slug": plan.slug}
        for _place, column in self._columns:
            if column.key not in said or column.key in plan.said:
                continue
            if column.of == "product":
                before = getattr(plan.product, column.field) if plan.product else None
                if _differs(before, said[column.key]):
                    plan.changes[column.field] = said[column.key]
                    yield _told(column, before, said[column.key])
            elif column.of == "attribute":
                before_names = self._values.names_of(plan.product, column.field)
                wanted = said[column.key]
                if set(before_names) != set(wanted):
                    plan.values[column.field] = wanted
                    new = self._values.new(column.field, wanted)
                    yield f"{column.label}: {_list(before_names)} → {_list(wanted)}" + (
                        _(" (new value)") if new else ""
                    )

    def _variant(self, plan: VariantPlan, said: dict[str, Any]) -> Iterator[str]:
        """Note and tell what becomes different of the variant."""
        if plan.variant is None:
            yield _("new variant")
        for _place, column in self._columns:
            if column.of != "variant" or column.key not in said:
                continue
            wanted = said[column.key]
            before = getattr(plan.variant, column.field) if plan.variant else (0 if column.key == "stock" else None)
            if not _differs(before, wanted):
                continue
            if column.key == "price":
                plan.price = wanted
            elif column.key == "stock":
                plan.units = wanted - before
            else:
                plan.changes[column.field] = wanted
            yield _told(column, before, wanted)

    def _missing(self, product: ProductPlan, plan: VariantPlan, said: dict[str, Any]) -> Iterator[str]:
        needed: list[str] = []
        if product.product is None and product.slug not in self.plan.products:
            needed += NEEDED_FOR_PRODUCT
        if plan.variant is None:
            needed += NEEDED_FOR_VARIANT
        if missing := [key for key in needed if said.get(key) in (None, "")]:
            yield _("A new product or variant needs: %s.") % ", ".join(missing)
        elif product.product is None and (not product.slug or product.slug != slugify(product.slug)[:200]):
            yield _("“%s” cannot be a product's address.") % product.slug[:100]

    def _refused(self, plan: VariantPlan, said: dict[str, Any]) -> Iterator[str]:
        if plan.variant and plan.variant.on_hand + plan.units < plan.variant.reserved:
            yield _("%(reserved)d units are promised to orders.") % {"reserved": plan.variant.reserved}

    def _error(self, number: int, sku: str, text: str) -> None:
        self.plan.findings.append(ImportFinding(line=number, kind=Kind.ERROR, sku=sku, text=text))


def _contradicts(product: ProductPlan, said: dict[str, Any]) -> Iterator[str]:
    """Two lines of one product have to say the same of it."""
    for key, value in product.said.items():
        if key in said and said[key] != value:
            yield _("%(column)s is another than on line %(line)d, which is of the same product.") % {
                "column": key,
                "line": product.line,
            }


def _differs(before: Any, wanted: Any) -> bool:
    """Texts are compared without the space around them, which no cell keeps."""
    if isinstance(before, str) and isinstance(wanted, str):
        return before.strip(" \u00a0") != wanted
    return bool(before != wanted)


def _told(column: Column, before: Any, wanted: Any) -> str:
    return f"{column.label}: {_short(column, before)} → {_short(column, wanted)}"


def _short(column: Column, value: Any) -> str:
    text = column.cell(value) if value != "" else ""
    return (text if len(text) <= 60 else f"{text[:59]}…") or "–"


def _list(names: Sequence[str]) -> str:
    return ", ".join(names) or "–"


def _words(error: Exception) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
