"""The catalogue as lines of CSV that an import reads back without finding a change."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from shop.models import Variant, VariantQuerySet

from . import cells
from .columns import Column, columns
from .values import Values

BATCH = 500
BYTE_ORDER_MARK = "\ufeff"  # or Excel takes the file for Windows-1252


class _Line:
    """What csv.writer writes to: it hands each line back."""

    def write(self, text: str) -> str:
        return text


def lines(variants: VariantQuerySet | None = None) -> Iterator[str]:
    """CSV of all variants, or of `variants`: a line each, every column, cells that no spreadsheet runs.

    Five queries per 500 variants, and memory for as many.
    """
    known = columns()
    values = Values(column.field for column in known.values() if column.of == "attribute")
    writer = csv.writer(_Line())
    yield BYTE_ORDER_MARK + writer.writerow(known)
    rows = Variant.objects.all() if variants is None else variants
    rows = rows.select_related("product__category").order_by("product__slug", "position", "pk")
    for batch in _batches(rows):
        values.remember(variant.product for variant in batch)
        for variant in batch:
            yield writer.writerow([cells.neutral(_cell(column, variant, values)) for column in known.values()])


def _batches(rows: Iterable[Variant]) -> Iterator[list[Variant]]:
    batch: list[Variant] = []
    for variant in rows.iterator(BATCH) if isinstance(rows, VariantQuerySet) else rows:
        batch.append(variant)
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _cell(column: Column, variant: Variant, values: Values) -> str:
    product = variant.product
    if column.key in ("sku", "product"):
        return variant.sku if column.key == "sku" else product.slug
    if column.of == "attribute":
        return cells.from_list(cells.neutral(name) for name in values.names_of(product, column.field))
    value: Any = getattr(product if column.of == "product" else variant, column.field)
    return value.slug if column.field == "category" else column.cell(value)
