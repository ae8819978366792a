"""Attribute values as cells name them: by name where that is clear, else by #slug."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.core.exceptions import ValidationError
from django.utils.text import slugify
from django.utils.translation import gettext as _

from shop.models import Attribute, AttributeValue, Product

from . import cells

SLUG = "#"  # before a slug, where the name would not be clear


class Values:
    """The values of some attributes (their slugs), read once, and those that products have."""

    def __init__(self, attributes: Iterable[str]) -> None:
        self._attributes = {row.slug: row for row in Attribute.objects.filter(slug__in=list(attributes))}
        self._by_slug: dict[tuple[str, str], AttributeValue] = {}
        self._by_name: dict[tuple[str, str], list[AttributeValue]] = defaultdict(list)
        for value in AttributeValue.objects.filter(attribute__in=self._attributes.values()).select_related("attribute"):
            self._learn(value)
        self._of_product: dict[int, dict[str, list[str]]] = {}

    def _learn(self, value: AttributeValue) -> None:
        slug = value.attribute.slug
        self._by_slug[slug, value.slug] = value
        self._by_name[slug, value.name.strip()].append(value)
        if value.name.strip() != value.name.strip().casefold():
            self._by_name[slug, value.name.strip().casefold()].append(value)

    def find(self, attribute: str, text: str) -> AttributeValue | None:
        """The value of this name, or #slug; capitals count only where they make a difference."""
        if text.startswith(SLUG):
            return self._by_slug.get((attribute, text.removeprefix(SLUG)))
        for name in (text, text.casefold()):
            named = self._by_name.get((attribute, name), [])
            if len(named) == 1:
                return named[0]
        return None

    def label(self, value: AttributeValue) -> str:
        """How an export names the value, so that `find` finds it again."""
        name = value.name
        is_clear = cells.SEPARATOR not in name and cells.plain(cells.neutral(name)) == name
        return name if is_clear and self.find(value.attribute.slug, name) == value else SLUG + value.slug

    def resolve(self, attribute: str, names: Sequence[str]) -> list[str]:
        """`names` as the values are labelled; new ones as they are. Raises ValueError for what cannot be a value."""
        return [self._label_or_new(attribute, name) for name in names]

    def _label_or_new(self, attribute: str, name: str) -> str:
        if value := self.find(attribute, name):
            return self.label(value)
        try:
            AttributeValue._meta.get_field("name").clean(name, None)
        except ValidationError as error:
            raise ValueError(" ".join(error.messages)) from error
        slug = slugify(name)
        if not slug or (attribute, slug) in self._by_slug or self._by_name.get((attribute, name)):
            raise ValueError(_("“%(name)s” is too much like another value. Add it in the admin.") % {"name": name})
        return name

    def new(self, attribute: str, names: Sequence[str]) -> list[str]:
        """Those that do not exist yet."""
        return [name for name in names if self.find(attribute, name) is None]

    def rows(self, attribute: str, names: Sequence[str]) -> list[AttributeValue]:
        """The values called so; new ones are made."""
        found = []
        for name in names:
            value = self.find(attribute, name)
            if value is None:
                row = self._attributes[attribute]
                value = AttributeValue.objects.create(attribute=row, name=name, slug=slugify(name)[:100])
                self._learn(value)
            found.append(value)
        return found

    def remember(self, products: Iterable[Product]) -> None:
        """Read which values these products have. One query."""
        ids = [product.pk for product in products]
        self._of_product = {pk: defaultdict(list) for pk in ids}
        through = Product.attribute_values.through.objects.filter(product__in=ids).select_related(
            "attributevalue__attribute"
        )
        for row in through.order_by("attributevalue__position", "attributevalue__name"):
            value = row.attributevalue
            if value.attribute.slug in self._attributes:
                self._of_product[row.product_id][value.attribute.slug].append(self.label(value))

    def names_of(self, product: Product | None, attribute: str) -> list[str]:
        """How the values of a remembered product are labelled; none for a new one."""
        return list(self._of_product.get(product.pk, {}).get(attribute, [])) if product else []
