"""The columns that a file of the catalogue may have: how each is called, read, compared and written."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shop.models import Attribute, Product, Variant
from shop.money import minor_digits, round_money
from shop.search import normalise

from . import cells

MOST_UNITS = 1_000_000
ATTRIBUTE = "attribute:"
Of = Literal["key", "product", "variant", "attribute"]


@dataclass(frozen=True)
class Column:
    """`field` is the model's; an empty cell empties what may be `empty`, and leaves alone what may not."""

    key: str
    label: str | Promise
    of: Of
    field: str = ""
    parse: Callable[[str], Any] = str
    write: Callable[[Any], str] = str
    empty: Any = None
    may_be_empty: bool = False
    synonyms: tuple[str, ...] = ()

    def value(self, cell: str) -> Any:
        """What the cell says, checked as the field checks it. Raises ValueError or ValidationError."""
        if not cell and self.may_be_empty:
            return self.empty
        model: type[Model] = Product if self.of == "product" else Variant
        value = self.parse(cell)
        if self.field in ("category", "on_hand"):
            return value
        return clean(model, self.field, value)

    def cell(self, value: Any) -> str:
        """The value as exports write it."""
        return "" if value is None else self.write(value)


def clean(model: type[Model], field: str, value: Any) -> Any:
    """`value` as the model's field takes it. Raises ValidationError."""
    return next(found for found in model._meta.fields if found.name == field).clean(value, None)


def _price(cell: str) -> Any:
    price = cells.to_decimal(cell)
    if price != round_money(price, settings.SHOP_CURRENCY):
        raise ValidationError(_("Such a fraction cannot be charged."))
    return price


def _units(cell: str) -> int:
    units = cells.to_whole(cell)
    if not 0 <= units <= MOST_UNITS:
        raise ValidationError(_("Stock is between 0 and %(most)d units."), params={"most": MOST_UNITS})
    return units


def _money(amount: Any) -> str:
    digits = minor_digits(settings.SHOP_CURRENCY)
    return f"{amount:.{digits}f}" if amount == round(amount, digits) else f"{amount:f}"


FIXED = (
    Column("sku", "SKU", "key", synonyms=("article number", "artikelnummer", "item number", "referencia", "артикул")),
    Column("product", _("Product's address"), "key", synonyms=("slug", "handle")),
    Column("name", _("Name"), "product", "name", synonyms=("title", "product name", "bezeichnung", "nombre")),
    Column("description", _("Description"), "product", "description", may_be_empty=True, empty=""),
    Column("category", _("Category's address"), "product", "category", synonyms=("category", "kategorie", "shelf")),
    Column("published", _("Published"), "product", "published", cells.to_bool, cells.from_bool),
    Column(
        "published_from",
        _("Published from"),
        "product",
        "published_from",
        cells.to_moment,
        lambda moment: moment.isoformat(),
        may_be_empty=True,
    ),
    Column("tax_class", _("Tax class"), "product", "tax_class"),
    Column("withdrawal", _("Withdrawal excluded"), "product", "withdrawal_exclusion", may_be_empty=True, empty=""),
    Column("label", _("Variant"), "variant", "label", synonyms=("size", "grösse", "größe", "variant label")),
    Column("position", _("Position"), "variant", "position", cells.to_whole),
    Column("price", _("Price"), "variant", "price", _price, _money, synonyms=("preis", "precio", "цена")),
    Column("cost", _("Cost"), "variant", "cost", cells.to_decimal, _money, may_be_empty=True),
    Column("weight", _("Weight in grams"), "variant", "weight", cells.to_whole, synonyms=("weight", "gewicht")),
    Column("volume", _("Millilitres"), "variant", "volume", cells.to_whole, may_be_empty=True, synonyms=("volume",)),
    Column("maximum", _("Most per order"), "variant", "maximum_per_order", cells.to_whole, may_be_empty=True),
    Column("low_stock", _("Low stock mark"), "variant", "low_stock_mark", cells.to_whole, may_be_empty=True),
    Column("stock", _("Units on hand"), "variant", "on_hand", _units, synonyms=("quantity", "bestand", "inventory")),
)


def columns() -> dict[str, Column]:
    """Every column there is, by its key: those of the models, and one for each attribute. One query."""
    attributes = [
        Column(f"{ATTRIBUTE}{attribute.slug}", attribute.name, "attribute", attribute.slug, synonyms=(attribute.slug,))
        for attribute in Attribute.objects.all()
    ]
    return {column.key: column for column in (*FIXED, *attributes)}


def guess(headings: Sequence[str]) -> dict[str, str]:
    """Heading -> key of the column that it seems to mean; each column at most once."""
    known = columns()
    names: dict[str, str] = {}
    for key, column in known.items():
        for name in (key, str(column.label), *column.synonyms):
            names.setdefault(normalise(name), key)
    found: dict[str, str] = {}
    for heading in headings:
        key = names.get(normalise(heading), "")
        if key and key not in found.values():
            found[heading] = key
    return found
